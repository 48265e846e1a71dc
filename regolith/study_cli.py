"""The commands of studies. Rooms are imported inside them, as in `cli`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from regolith.errors import ConfigError
from regolith.options import ARCH, SchedulerOption, SlotsOption, SlurmOption, ThreadsOption, errors_told


def sweep(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="A study file, or the name of a shipped one.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Study directory; default: studies/NAME.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the table of runs and stop.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="RUN", help="Id or number of a run to do; repeatable.")
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Begin at most so many runs.")] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try failed runs again, too.")] = False,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Make the run directories and runs.txt, for a batch system, and stop.")
    ] = False,
    arch: Annotated[str, typer.Option(metavar=ARCH, help="Where to compute; gpu is the best there is.")] = "cpu",
    threads: Annotated[int, ThreadsOption] = 1,
    slots: Annotated[int | None, SlotsOption] = None,
    scheduler: Annotated[str | None, SchedulerOption] = None,
    slurm: Annotated[Path | None, SlurmOption] = None,
) -> None:
    """Run a study, which varies a mission or a campaign; once more, to go on with it or because its file has grown."""
    with errors_told():
        one_cluster(scheduler, slurm)
        from regolith import sweep_command

        chosen: dict[str, Any] = {"only": only or [], "limit": limit, "retry_failed": retry_failed}
        if dry_run:
            sweep_command.dry_run(study, out, **chosen)
        elif prepare:
            sweep_command.prepare_runs(study, out, **chosen)
        else:
            where = {"arch": arch, "threads": threads, "slots": slots, "scheduler": scheduler, "slurm": slurm}
            raise typer.Exit(sweep_command.run(study, out, **chosen, **where))


def one_cluster(scheduler: str | None, slurm: Path | None) -> None:
    """Whether at most one cluster is named.

    Raises:
        ConfigError: Two are.
    """
    if scheduler is not None and slurm is not None:
        raise ConfigError("--scheduler and --slurm: are two ways to the same; give one")


def status(
    studydir: Annotated[Path, typer.Argument(metavar="STUDYDIR", help="The study's directory.")],
) -> None:
    """Say how a study stands, from any shell: counts, runs at work, failures, time left."""
    with errors_told():
        from regolith import sweep_command

        sweep_command.status(studydir)

"""What the commands share: options, and how errors end."""

import contextlib
from collections.abc import Iterator

import typer

from regolith.errors import Interrupted, RegolithError
from regolith.runtime import ARCHS

ARCH = "|".join(ARCHS)
ThreadsOption = typer.Option(
    "--threads",
    metavar="N",
    min=1,
    help="CPU threads, of each operation or run where there are several; the result is the same for any number.",
)
SettingsOption = typer.Option(
    "--set", metavar="KEY=VALUE", help="Stands above the file, e.g. soil.friction=0.6; repeatable."
)
SlotsOption = typer.Option(
    "--slots",
    metavar="N",
    min=1,
    help="Operations of a campaign, or runs of a study, at once on this machine; default: cores over threads, and one "
    "per GPU. The result is the same for any number.",
)
SchedulerOption = typer.Option(
    "--scheduler", metavar="ADDRESS", help="Do a study's runs on the workers of this Dask scheduler, tcp://HOST:PORT."
)
SlurmOption = typer.Option(
    "--slurm", metavar="FILE", help="Do a study's runs on Slurm; a file as data/cluster/slurm.toml says how."
)
RunDirArgument = typer.Argument(metavar="RUNDIR", help="The run directory.")


@contextlib.contextmanager
def errors_told() -> Iterator[None]:
    """What the user can mend ends in one message and an exit code; anything else keeps its traceback."""
    try:
        yield
    except Interrupted:
        raise typer.Exit(Interrupted.exit_code) from None
    except RegolithError as error:
        typer.echo(f"regolith: error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None

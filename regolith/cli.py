"""The command line. Rooms are imported inside the commands, so that `--help` and a misspelt word answer at once."""

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regolith import study_cli
from regolith.console import print_rows
from regolith.errors import ConfigError, Interrupted
from regolith.options import (
    ARCH,
    RunDirArgument,
    SchedulerOption,
    SettingsOption,
    SlotsOption,
    SlurmOption,
    ThreadsOption,
    errors_told,
)

if TYPE_CHECKING:
    from regolith.config import CampaignConfig, MissionConfig

app = typer.Typer(
    name="regolith",
    help="Sampling of lunar regolith by the discrete-element method: what a tool catches, and what it costs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry of the command `regolith`."""
    app(prog_name="regolith")


@app.command()
def run(
    mission: Annotated[
        str, typer.Argument(metavar="FILE", help="A mission or campaign file, or a shipped one's name.")
    ],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Run directory; default: runs/NAME-HASH.")] = None,
    arch: Annotated[str, typer.Option(metavar=ARCH, help="Where to compute; gpu is the best there is.")] = "cpu",
    threads: Annotated[int | None, ThreadsOption] = None,
    slots: Annotated[int | None, SlotsOption] = None,
    precision: Annotated[str | None, typer.Option(metavar="mixed|f64", help="Stands above the mission's.")] = None,
    settings: Annotated[list[str] | None, SettingsOption] = None,
) -> None:
    """Run a mission or a campaign: make the bed, dig, write a run directory and its report."""
    with errors_told():
        from regolith import campaign_command
        from regolith.config import is_campaign, load_campaign, load_mission
        from regolith.config.load import read_with

        # As one more setting, the precision is part of what mission.toml records and the hash names.
        chosen = [*(settings or []), *([f'precision="{precision}"'] if precision is not None else [])]
        if is_campaign(read_with(mission, chosen)[1]):
            campaign = load_campaign(mission, chosen)
            folder = out or _free_folder(Path("runs"), campaign)
            campaign_command.run(campaign, folder, arch=arch, threads=threads, slots=slots)
        else:
            _refuse_slots(slots)
            config = load_mission(mission, chosen)
            folder = out or _free_folder(Path("runs"), config)
            _run_mission(config, folder, arch, threads)


@app.command()
def resume(
    rundir: Annotated[Path, RunDirArgument],
    arch: Annotated[str | None, typer.Option(metavar=ARCH, help="Where to compute; default: as before.")] = None,
    threads: Annotated[int | None, ThreadsOption] = None,
    slots: Annotated[int | None, SlotsOption] = None,
    scheduler: Annotated[str | None, SchedulerOption] = None,
    slurm: Annotated[Path | None, SlurmOption] = None,
) -> None:
    """Go on with a run, a campaign or a study from its newest checkpoints, to the same bits as an unbroken one."""
    with errors_told():
        from regolith.sweep.study_dir import is_study_folder

        if is_study_folder(rundir):
            from regolith import sweep_command

            study_cli.one_cluster(scheduler, slurm)
            where = {"slots": slots, "scheduler": scheduler, "slurm": slurm}
            raise typer.Exit(sweep_command.resume(rundir, arch=arch, threads=threads, **where))
        if scheduler is not None or slurm is not None:
            raise ConfigError(f"{rundir}: is no study, and clusters are for studies; leave --scheduler and --slurm out")
        from regolith import campaign_command
        from regolith.campaign_record import is_campaign_folder

        if is_campaign_folder(rundir):
            campaign_command.resume(rundir, arch=arch, threads=threads, slots=slots)
        else:
            _refuse_slots(slots)
            _resume_mission(rundir, arch, threads)


app.command()(study_cli.sweep)
app.command()(study_cli.status)


@app.command()
def report(rundir: Annotated[Path, RunDirArgument]) -> None:
    """Make report.html anew from the run directory alone; also of an unfinished run, campaign or study."""
    with errors_told():
        from regolith import campaign_report, study_report
        from regolith import report as mission_report
        from regolith.campaign_record import is_campaign_folder
        from regolith.sweep.study_dir import is_study_folder

        if is_study_folder(rundir):
            typer.echo(study_report.write(rundir))
        else:
            typer.echo((campaign_report if is_campaign_folder(rundir) else mission_report).write(rundir))


@app.command()
def export(
    studydir: Annotated[Path, typer.Argument(metavar="STUDYDIR", help="The study's directory.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; ends in .csv or .parquet.")],
) -> None:
    """Write a study's table, a row per run, for other programs: as CSV, or as Parquet (needs pyarrow)."""
    with errors_told():
        from regolith.sweep.export import export as export_table
        from regolith.sweep.study_dir import StudyDir

        export_table(StudyDir(studydir).table, file)
        typer.echo(file)


@app.command()
def info(
    what: Annotated[str, typer.Argument(metavar="FILE", help="Mission, campaign or soil: a file or a shipped name.")],
) -> None:
    """Say what a mission or campaign would run (grains, steps, memory, time), or what a soil is, with sources."""
    with errors_told():
        from regolith.config import is_campaign, load_campaign, load_mission, load_soil
        from regolith.config.load import read_with
        from regolith.info import describe_campaign, describe_mission, describe_soil
        from regolith.soil import make_soil

        if _is_soil(what):
            print_rows(describe_soil(load_soil(what, Path.cwd())))
        elif is_campaign(read_with(what)[1]):
            print_rows(describe_campaign(load_campaign(what)))
        else:
            config = load_mission(what)
            print_rows(describe_mission(config, make_soil(config.soil, config.gravity), config.gravity))


@app.command()
def tool(
    mission: Annotated[str, typer.Argument(metavar="MISSION", help="A mission file, or the name of a shipped one.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the files.")] = Path("tool"),
    unit: Annotated[str, typer.Option(metavar="um|mm|cm|dm|m|in|ft", help="Unit of the numbers.")] = "mm",
    settings: Annotated[list[str] | None, SettingsOption] = None,
) -> None:
    """Write a mission's tool as STL: its mesh, the volume that counts as held, and the liner if it has one."""
    with errors_told():
        from regolith.assemble import make_tool
        from regolith.config import load_mission
        from regolith.info import describe_files
        from regolith.tools import save_stl

        print_rows(describe_files(save_stl(make_tool(load_mission(mission, settings or [])), out, unit)))


@app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Option("--case", metavar="NAME", help="A case or a family; repeatable.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List the cases and stop.")] = False,
    long: Annotated[bool, typer.Option("--long", help="The long cases too: hours on a laptop.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every number.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with tables and figures.")] = None,
    arch: Annotated[str, typer.Option(metavar=ARCH, help="Where to compute.")] = "cpu",
    threads: Annotated[int | None, ThreadsOption] = None,
    seeds: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Repeats of the cases that have a spread.")
    ] = None,
) -> None:
    """Prove the physics: cases with a closed form or a published reference; exit code 1 if one fails."""
    with errors_told():
        from regolith.verify.command import list_cases, verify_cases

        if show:
            print_rows(list_cases())
        elif not verify_cases(
            names or [], long=long, json_file=json_file, html=html, arch=arch, threads=threads, seeds=seeds
        ):
            raise typer.Exit(1)


def _run_mission(config: "MissionConfig", folder: Path, arch: str, threads: int | None) -> None:
    from regolith.mission import run as run_mission
    from regolith.watch import Terminal

    typer.echo(f"run directory: {folder}", err=True)
    with _resumable(folder), Terminal() as watch:
        result = run_mission(config, folder, arch=arch, threads=threads, watch=watch)
    _finish(folder, result)


def _resume_mission(rundir: Path, arch: str | None, threads: int | None) -> None:
    from regolith.mission import resume as resume_mission
    from regolith.watch import Terminal

    with _resumable(rundir), Terminal() as watch:
        result = resume_mission(rundir, arch=arch, threads=threads, watch=watch)
    _finish(rundir, result)


def _refuse_slots(slots: int | None) -> None:
    if slots is not None:
        raise ConfigError(f"--slots {slots}: is for campaigns and studies; a single mission takes --threads")


@contextlib.contextmanager
def _resumable(folder: Path) -> Iterator[None]:
    """Says how to go on with an interrupted run."""
    try:
        yield
    except Interrupted:
        found = any((folder / "checkpoints").glob("ckpt_*.h5"))
        kept = f"a checkpoint was written to {folder / 'checkpoints'}" if found else "no checkpoint was due yet"
        typer.echo(f"regolith: interrupted: {kept}; `regolith resume {folder}` goes on with the run", err=True)
        raise


def _free_folder(parent: Path, config: "MissionConfig | CampaignConfig") -> Path:
    """`<name>-<hash>` in `parent`, with -2, -3, ... if that is taken."""
    name = f"{config.name}-{config.content_hash()}"
    candidates = itertools.chain([name], (f"{name}-{count}" for count in itertools.count(2)))
    return next(parent / candidate for candidate in candidates if not (parent / candidate).exists())


def _is_soil(what: str) -> bool:
    """Whether a name or a file is a soil's; a mission's wins where a name is both.

    Raises:
        ConfigError: There is no such file.
    """
    from regolith.config.files import read_toml, shipped

    missions, soils = shipped("missions"), shipped("soils")
    if what in missions or what in soils:
        return what not in missions
    path = os.path.expanduser(what)
    if not os.path.isfile(path):
        raise ConfigError(
            f"{what}: no such file; give a path, or a shipped mission ({', '.join(missions)}) or soil "
            f"({', '.join(soils)})"
        )
    return "grain_size" in read_toml(Path(path))


def _finish(folder: Path, result: dict[str, Any]) -> None:
    from regolith.report import result_rows, write

    print_rows(result_rows(result))
    page = write(folder)
    print_rows([("report", str(page)), ("ParaView", str(folder / "grains.vtkhdf"))])

"""What `regolith sweep`, `resume` and `status` do with a study: run it, look at it, say how its runs ended."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from regolith.config.files import find
from regolith.console import print_grid, print_rows
from regolith.errors import Interrupted
from regolith.sweep.plan import make_study
from regolith.sweep.progress import Tally, TerminalStudy
from regolith.sweep.rows import LOST, Row, Study
from regolith.sweep.study import left, pick, prepare, sweep
from regolith.sweep.study_dir import StudyDir
from regolith.sweep.survey import survey

MOST_TOLD = 10  # failures that are told one by one


def run(file: str, out: Path | None, **wishes: Any) -> int:
    """Run what is left of a study, by its file.

    Args:
        file: The study file, or a shipped one's name.
        out: The study's directory; None: studies/NAME.
        wishes: As of `sweep.study.sweep`.

    Returns:
        The exit code: 1 if runs failed.
    """
    return _sweep(*_planned(file, out), wishes)


def resume(folder: Path, **wishes: Any) -> int:
    """Run what is left of a study, by its directory, where it goes on as it was begun, on the same cluster if on one.

    Args:
        folder: The directory.
        wishes: As of `sweep.study.sweep`; None: as before. If slots, scheduler or slurm are stated, the others are not
            as before, but none.

    Returns:
        The exit code: 1 if runs failed.
    """
    directory = StudyDir(folder)
    before = directory.manifest()
    stated = {key: wish for key, wish in wishes.items() if wish is not None}
    kept = {"arch": before.get("arch", "cpu"), "threads": before.get("threads", 1)}
    if not stated.keys() & {"slots", "scheduler", "slurm"}:
        kept |= {"scheduler": before.get("scheduler"), "slurm": directory.slurm if before.get("slurm") else None}
    return _sweep(make_study(directory.study), directory.study, folder, kept | stated)


def prepare_runs(file: str, out: Path | None, **wishes: Any) -> None:
    """Make a study's run directories and the list of them, for a batch system."""
    study, source, folder = _planned(file, out)
    ids = prepare(study, source, folder, **wishes)
    print_rows([("prepared", f"{len(ids)} runs"), ("list", str(StudyDir(folder).list))])
    typer.echo(f"Do each with `regolith resume {folder}/runs/ID`, then collect them with `regolith sweep {file}`.")


def dry_run(file: str, out: Path | None, *, only: Collection[str], limit: int | None, retry_failed: bool) -> None:
    """Print the runs that are left and those that cannot run, and what they would cost; write nothing."""
    from regolith.sweep.forecast import describe

    study, _, folder = _planned(file, out)
    directory, chosen = StudyDir(folder), pick(study, only)
    directory.check(study)
    rows = directory.rows(study)
    refused = [row.run for row in rows if row.state == "refused" and row.run.number in chosen]
    runs = sorted([*left(rows, chosen, limit, retry_failed), *refused], key=lambda run: run.number)
    forecast = describe(study, runs)
    print_grid(forecast.headings, forecast.rows)
    typer.echo(forecast.text)


def status(folder: Path) -> None:
    """Print how a study stands."""
    found = survey(folder)
    driver = f"process {found.driver.pid} on {found.driver.host}" if found.driver else "none"
    rows = [("study", f"{found.name}, of {found.base}"), ("driven by", driver), ("runs", found.tally.said())]
    if found.driver and found.tally.left:
        rows.append(("time left", found.tally.time_said()))
    at_work = [row for row in found.rows if row.run.id in found.progress]
    print_rows(rows + [(row.name, found.progress[row.run.id]) for row in at_work])
    _print_failures(found.rows, folder)
    if not found.driver and found.tally.left:
        typer.echo(f"go on with: regolith resume {folder}")


def _planned(file: str, out: Path | None) -> tuple[Study, Path, Path]:
    """A study, its file, and where it goes."""
    source = find(file, "studies", Path.cwd())
    study = make_study(source)
    return study, source, out or Path("studies") / study.name


def _sweep(study: Study, source: Path, folder: Path, wishes: Mapping[str, Any]) -> int:
    typer.echo(f"study directory: {folder}", err=True)
    try:
        with TerminalStudy() as watch:
            rows = sweep(study, source, folder, **wishes, watch=watch)
    except Interrupted as error:
        typer.echo(f"regolith: interrupted: {error}", err=True)
        raise
    directory = StudyDir(folder)
    print_rows([("runs", Tally(rows, 0, 1).said())])
    _print_failures(rows, folder)
    print_rows([("table", str(directory.table)), ("run directories", str(directory.runs))])
    return int(any(row.state in ("failed", "crashed") for row in rows))


def _print_failures(rows: Sequence[Row], folder: Path) -> None:
    failures = [row for row in rows if row.state in LOST]
    print_rows([(row.name, f"{row.state}: {row.reason}") for row in failures[:MOST_TOLD]])
    if len(failures) > MOST_TOLD:
        typer.echo(f"and {len(failures) - MOST_TOLD} more, see the column `reason` in {StudyDir(folder).table}")

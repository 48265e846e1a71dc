"""How a study stands, looked at from outside: by its table and its runs' own words, whether or not anyone drives it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regolith.output import lock
from regolith.sweep.progress import Tally
from regolith.sweep.rows import ENDED, Planned, Row, State
from regolith.sweep.study_dir import StudyDir, read_status, standing
from regolith.sweep.table import Table, read_table


@dataclass(frozen=True)
class Survey:
    """A study as it stands.

    Attributes:
        name: Its name.
        base: Of the mission or campaign that its runs vary.
        driver: The living process that drives it; None if there is none.
        rows: Every run.
        progress: Id of a run at work -> how far it is.
        tally: Counts and time left.
    """

    name: str
    base: str
    driver: lock.Owner | None
    rows: list[Row]
    progress: dict[str, str]
    tally: Tally


def survey(folder: Path) -> Survey:
    """Look at a study's directory; changes nothing.

    Args:
        folder: The directory.

    Raises:
        OutputError: It is no study's, is of another version, or was killed before it had a table.
    """
    directory = StudyDir(folder)
    manifest, table = directory.manifest(), read_table(directory.table)
    rows = [_row(table, number) for number in range(table.n)]
    progress: dict[str, str] = {}
    for row in rows:
        status = read_status(directory.runs / row.run.id) if row.run.id else {}
        if status:
            row.state, row.reason = standing(status)
            row.result = status.get("result", {})
        elif row.state == "running":  # it has not come to tell of itself, or never will
            row.state = "waiting"
        if status.get("state") == "running" and lock.owner_of(directory.runs / row.run.id) is not None:
            row.state = "running"
            progress[row.run.id] = _how_far(status)
    left = sum(row.state not in ENDED for row in rows)
    tally = Tally(rows, left, manifest.get("slots", 1))
    return Survey(table.name, table.base, lock.owner_of(folder), rows, progress, tally)


def _row(table: Table, number: int) -> Row:
    """A run as the table has it."""
    columns = table.columns
    state: State = columns["state"][number]  # type: ignore[assignment]
    reason = str(columns["reason"][number])
    refused = reason if state == "refused" else ""
    seed, repeat = int(columns["seed"][number]), int(columns["repeat"][number])
    run = Planned(int(columns["run"][number]), str(columns["id"][number]), {}, repeat, seed, "", "", refused)
    return Row(run, state, reason, int(columns["crashes"][number]))


def _how_far(status: Mapping[str, Any]) -> str:
    if progress := status.get("progress"):
        return f"{progress['time']:.3g} of {progress['end']:.3g} s, {progress['captured_mass'] * 1e3:.1f} g held"
    if "operations" in status:
        return f"{len(status['operations'])} operations done"
    return "making its bed"

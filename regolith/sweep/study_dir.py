"""A study's directory: whose it is, what is in it, and how each of its runs stands."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from regolith.errors import Interrupted, OutputError
from regolith.output import lock
from regolith.output.atomic import reporting, write_text
from regolith.output.rundir import RunDir, versions
from regolith.sweep.executors import Ended, signal_name
from regolith.sweep.rows import Planned, Row, State, Study
from regolith.sweep.sources import BASE, STUDY, standing_alone
from regolith.sweep.worker import BUSY

KIND = "study"
FORMAT = 1
RUNS = "runs"
SLURM = "slurm.toml"  # name of the copy of the settings of Slurm
CRASHED = "crashed"  # reason in the status of a run that a signal ended more often than is retried
LONGEST = 500  # characters kept of what a process said at its end
UNTOLD = "ended"  # and of one that ended without telling why in its status
TOLD = (CRASHED, UNTOLD, "guard", "ConfigError", "OutputError", "OperationFailed")  # the message alone says it


class StudyDir:
    """The directory of a study.

    Attributes:
        path: The folder.
        study: Copy of the study file.
        table: A row per run.
        runs: Folder of the run directories.
        list: Ids of the runs to do, for a batch system.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.study = path / STUDY
        self.slurm = path / SLURM
        self.table = path / "study.h5"
        self.runs = path / RUNS
        self.list = path / "runs.txt"

    def run(self, run: Planned) -> RunDir:
        """A run's directory; it may not be there yet."""
        return RunDir(self.runs / run.id)

    def manifest(self) -> dict[str, Any]:
        """What manifest.json says.

        Raises:
            OutputError: This is no study's directory, or one of another version.
        """
        found = RunDir(self.path).read_manifest()
        if not found:
            raise OutputError(f"{self.path}: is no directory of a study. Name one that `regolith sweep` made.")
        self._check(found)
        return found

    def check(self, study: Study) -> None:
        """Whether a study may go here: nothing is, or the same study, perhaps before it grew.

        Raises:
            OutputError: Something else is here, another study, or one of another version.
        """
        if not self.path.exists():
            return
        with reporting(self.path, "use it as the directory of a study"):
            foreign = {entry.name for entry in self.path.iterdir()} - {lock.LOCK_NAME, STUDY, BASE, SLURM}
        found = RunDir(self.path).read_manifest()
        if found:
            self._check(found)
            self._check_same(study, found)
        elif any(not entry.startswith(".") for entry in foreign):
            raise OutputError(f"{self.path}: the folder is not empty. Choose another --out, or empty it.")

    def _check_same(self, study: Study, manifest: Mapping[str, Any]) -> None:
        said = manifest.get("name"), manifest.get("base")
        if said != (study.name, study.base):
            raise OutputError(
                f"{self.path}: holds the study {said[0]!r} of {said[1]!r}, not {study.name!r} of {study.base!r}. "
                "Choose another --out, or undo the change."
            )
        begun = self._begun()
        if begun and not begun & {run.id for run in study.runs}:
            raise OutputError(
                f"{self.path}: none of the {len(begun)} runs that were begun here is in the study any more, so its "
                "table would lose them all: a change of base, set, seed or soils makes every run another one. Choose "
                "another --out, or undo the change."
            )

    def strays(self, study: Study) -> int:
        """How many runs that were begun here are not in a study any more."""
        return len(self._begun() - {run.id for run in study.runs})

    def _begun(self) -> set[str]:
        """Ids of the runs that have a directory.

        Raises:
            OutputError: The folder of the runs cannot be read.
        """
        with reporting(self.runs, "list the runs"):
            return {name for name in os.listdir(self.runs) if not name.startswith(".")} if self.runs.is_dir() else set()

    @contextmanager
    def held(self, study: Study) -> Iterator[None]:
        """Makes the directory and locks it.

        Raises:
            InUse: A living process holds it; OutputError: as `check`, or it cannot be made.
        """
        new = not self.path.exists()
        with reporting(self.path, "create the study directory"):
            self.path.mkdir(parents=True, exist_ok=True)
        lock.acquire(self.path)
        try:
            self.check(study)
            yield
        finally:
            lock.release(self.path)
            if new and not any(self.path.iterdir()):
                self.path.rmdir()

    def write(self, study: Study, source: Path, facts: Mapping[str, Any]) -> None:
        """Writes the manifest, and the study so that it stands alone.

        Args:
            study: The plan.
            source: Its file; may be the copy that is here already.
            facts: What else the manifest should say.

        Raises:
            OutputError: The disk refused; ConfigError: the file changed since it was planned.
        """
        texts = {} if source.absolute() == self.study.absolute() else standing_alone(source, study.name)
        told = {"kind": KIND, "format": FORMAT, "name": study.name, "base": study.base, "runs": len(study.runs)}
        RunDir(self.path).write_manifest(told | dict(facts))
        for name, text in texts.items():
            write_text(self.path / name, text)
        with reporting(self.runs, "create the folder of the runs"):
            self.runs.mkdir(exist_ok=True)

    def keep_profile(self, profile: Path) -> None:
        """Copy the settings of Slurm, with which `resume` goes on.

        Args:
            profile: Their file; may be the copy that is here already.

        Raises:
            OutputError: The disk refused.
        """
        if profile.absolute() != self.slurm.absolute():
            with reporting(self.slurm, "copy the settings of Slurm"):
                write_text(self.slurm, profile.read_text(encoding="utf-8"))

    def rows(self, study: Study) -> list[Row]:
        """How every run stands by what is on the disk; one that seems to be at work counts as interrupted.

        Raises:
            OutputError: The folder of the runs cannot be read.
        """
        begun = self._begun()
        crashes = self._crashes()
        rows = []
        for run in study.runs:
            row = Row(run, crashes=crashes.get(run.id, 0))
            if run.refused:
                row.state, row.reason = "refused", run.refused
            elif run.id in begun:
                self.look(row)
            rows.append(row)
        return rows

    def look(self, row: Row) -> None:
        """Take a run's state from its status.json."""
        try:
            status = read_status(os.path.join(self.runs, row.run.id))
        except OutputError as error:
            status = {"state": "failed", "reason": "OutputError", "message": str(error)}
        row.state, row.reason = standing(status)
        row.result = status["result"] if row.state == "done" else {}

    def close_account(self, row: Row, ended: Ended) -> None:
        """Enter how a run's process ended; its status.json learns of what the process could not tell itself.

        Where the disk refuses that, the table alone knows, and the next sweep tries the run again.
        """
        self.look(row)
        row.crashes += ended.crashes
        if row.state in ("done", "failed"):
            return
        if ended.crashed:
            how = f"its process was ended by {signal_name(-ended.code)}, {ended.crashes} times"
            self._fail(row, "crashed", ": ".join(filter(None, [how, _last(ended.message)])))
        elif ended.cancelled or ended.code in (Interrupted.exit_code, BUSY):
            row.reason = ended.message if ended.code == BUSY else ""
        else:
            self._fail(row, "failed", _last(ended.message) or f"its process ended with exit code {ended.code}")

    def lay_down(self, row: Row) -> None:
        """Say of an interrupted run that it is, which nobody could if its last process was killed."""
        place = self.run(row.run)
        if row.state != "interrupted" or lock.owner_of(place.path) is not None:
            return
        with suppress(OutputError):
            status = place.read_status()
            if status.get("state") == "running":
                place.write_status(status | {"state": "interrupted", "message": "its process was killed"})

    def _fail(self, row: Row, state: Literal["failed", "crashed"], reason: str) -> None:
        row.state, row.reason = state, reason
        status = {"state": "failed", "reason": CRASHED if state == "crashed" else UNTOLD, "message": reason}
        with suppress(OutputError):
            self.run(row.run).write_status(status)

    def _check(self, manifest: Mapping[str, Any]) -> None:
        kind = manifest.get("kind", "run")
        if kind != KIND:
            raise OutputError(f"{self.path}: holds a {kind}, not a study. Choose another --out.")
        made_by, mine = str((manifest.get("versions") or {}).get("regolith-dem", "unknown")), versions()["regolith-dem"]
        if (manifest.get("format"), made_by) != (FORMAT, mine):
            raise OutputError(
                f"{self.path}: was made by another version of regolith ({made_by}, format {manifest.get('format')!r}; "
                f"this one is {mine}, format {FORMAT}), whose results do not belong into one table with this one's. Go "
                "on with that version, or choose another --out."
            )

    def _crashes(self) -> dict[str, int]:
        """How often each run has crashed so far."""
        from regolith.sweep.table import read_table

        with suppress(OutputError):
            columns = read_table(self.table).columns
            return {name: int(n) for name, n in zip(columns["id"], columns["crashes"], strict=True) if n}
        return {}


def is_study_folder(path: Path) -> bool:
    """Whether a directory is a study's."""
    with suppress(OutputError):
        return RunDir(path).read_manifest().get("kind") == KIND
    return False


def read_status(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """What a run's status.json says; empty if there is none. As `RunDir.read_status`, for thousands of runs.

    Raises:
        OutputError: It cannot be read.
    """
    try:
        with open(os.path.join(folder, "status.json"), "rb") as file:
            return dict(json.loads(file.read()))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError):
        return RunDir(Path(folder)).read_status()  # for its message


def standing(status: Mapping[str, Any]) -> tuple[State, str]:
    """State and reason by a run's status.json; one that says that it is at work may have been killed."""
    match status.get("state"):
        case None:
            return "waiting", ""
        case "done":
            return "done", ""
        case "failed":
            kind, message = str(status.get("reason", "")), str(status.get("message", ""))
            reason = message if kind in TOLD else f"{kind}: {message}"
            return ("crashed" if kind == CRASHED else "failed"), reason
        case _:
            return "interrupted", ""


def _last(said: str) -> str:
    """What a process said at its end; of a traceback the last line, which names the error."""
    text = said.splitlines()[-1] if "Traceback (most recent call last)" in said else said
    return text[-LONGEST:]

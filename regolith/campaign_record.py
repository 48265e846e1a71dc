"""A campaign's directory read back: all that its report needs to know, without Taichi."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regolith.config.load import is_campaign
from regolith.errors import OutputError
from regolith.output import history
from regolith.output.atomic import reporting
from regolith.output.rundir import RunDir

Floats = NDArray[np.float64]
OPERATIONS = "operations"  # folder of the operations' run directories
TABLE = "campaign.csv"  # a row per operation


@dataclass(frozen=True)
class Curves:
    """One operation over the campaign's operating time.

    Attributes:
        time: Since the campaign began, waiting not counted [s], shape (n,).
        stored: Mass in the container with what the tool holds [kg], shape (n,).
        force: Magnitude, mean since the row before [N], shape (n,).
        torque: As `force` [N m], shape (n,).
        power: As `force` [W], shape (n,).
    """

    time: Floats
    stored: Floats
    force: Floats
    torque: Floats
    power: Floats


@dataclass(frozen=True)
class CampaignRecord:
    """A campaign.

    Attributes:
        path: Its directory.
        text: mission.toml.
        file: The same, parsed.
        manifest: manifest.json; empty if the campaign did not come so far.
        status: status.json; empty if the campaign did not come so far.
        rows: One per operation done, in order (see `ledger`).
    """

    path: Path
    text: str
    file: dict[str, Any]
    manifest: dict[str, Any]
    status: dict[str, Any]
    rows: list[dict[str, Any]]

    @property
    def state(self) -> str:
        """What status.json says: running, done, failed or interrupted."""
        return str(self.status.get("state", "running"))

    @property
    def goal(self) -> dict[str, Any]:
        """`[campaign]`."""
        return dict(self.file["campaign"])

    def curves(self) -> list[Curves]:
        """Each operation's, in order, as far as their histories are there.

        Raises:
            OutputError: A history is damaged.
        """
        found, time, stored = [], 0.0, 0.0
        for row in self.rows:
            path = RunDir(self.path / OPERATIONS / row["folder"]).history
            if path.is_file():
                found.append(_curves(history.read(path), row, time, stored))
            time += row["simulated_time_s"]
            stored += row["stored_mass_kg"]
        return found


def is_campaign_folder(path: Path) -> bool:
    """Whether a directory is a campaign's rather than a single run's, or neither."""
    file = RunDir(path).mission
    return file.is_file() and is_campaign(_parsed(file)[1])


def read(path: Path) -> CampaignRecord:
    """Reads a campaign's directory; an unfinished one may lack what it has not come to yet.

    Raises:
        OutputError: It is no campaign's, or a file is damaged.
    """
    run = RunDir(path)
    if not is_campaign_folder(path):
        raise OutputError(f"{path}: is no directory of a campaign. Name one that `regolith run` made.")
    text, file = _parsed(run.mission)
    status = run.read_status()
    return CampaignRecord(path, text, file, run.read_manifest(), status, list(status.get("operations", [])))


def _parsed(file: Path) -> tuple[str, dict[str, Any]]:
    with reporting(file, "read"):
        try:
            text = file.read_text(encoding="utf-8")
            return text, tomllib.loads(text)
        except ValueError as error:
            raise OutputError(f"{file}: is damaged, or not written by regolith ({error}). Repeat the run.") from error


def _curves(columns: dict[str, Floats], row: dict[str, Any], time: float, stored: float) -> Curves:
    share = row["stored_mass_kg"] / row["captured_mass_kg"] if row["captured_mass_kg"] else 0.0
    since = np.diff(columns["time"], prepend=0.0)
    work = np.diff(columns["work"], prepend=0.0)
    force, torque = (
        np.linalg.norm([columns[f"{kind}_{axis}"] for axis in "xyz"], axis=0) for kind in ("force", "torque")
    )
    return Curves(
        time=time + columns["time"],
        stored=stored + share * columns["captured_mass"],
        force=force,
        torque=torque,
        power=np.divide(work, since, out=np.zeros_like(work), where=since > 0),
    )

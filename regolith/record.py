"""A run directory read back: all that a report or a figure needs to know, without Taichi."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regolith.errors import OutputError
from regolith.output import history, trajectory
from regolith.output.atomic import reporting
from regolith.output.rundir import RunDir
from regolith.output.transaction import readable

Floats = NDArray[np.float64]

_WRENCH = {f"{kind}_{part}" for kind in ("force", "torque") for part in ("x", "y", "z", "peak")}
COLUMNS = _WRENCH | {
    "time",
    "step",
    "work",
    "captured_mass",
    "captured_volume",
    "heap_mass",
    "spilled_mass",
    "captured_grains",
    "largest_overlap",
}
BED, CAPTURED, SPILLED = 0, 1, 2  # values of `status` in grains.vtkhdf
_GRAIN_FIELDS = {"diameter", "mass", "origin_depth", "status"}


@dataclass(frozen=True)
class Grains:
    """A frame of grains, in id order.

    Attributes:
        time: [s].
        position: [m], shape (N, 3).
        diameter: [m], shape (N,).
        mass: [kg], shape (N,).
        origin_depth: Depth below the surface before the dig [m], shape (N,).
        status: BED, CAPTURED or SPILLED, shape (N,).
    """

    time: float
    position: Floats
    diameter: Floats
    mass: Floats
    origin_depth: Floats
    status: NDArray[np.int64]


@dataclass(frozen=True)
class Record:
    """A run.

    Attributes:
        path: Its directory.
        mission_text: mission.toml.
        mission: The same, parsed.
        manifest: manifest.json; empty if the run did not come so far.
        status: status.json; empty if the run did not come so far.
        history: Name -> column, all of one length, in SI; empty without a row.
        grain_times: Times of the frames of grains.vtkhdf [s].
        tool_times: Times of the frames of tools.vtkhdf [s].
    """

    path: Path
    mission_text: str
    mission: dict[str, Any]
    manifest: dict[str, Any]
    status: dict[str, Any]
    history: dict[str, Floats]
    grain_times: Floats
    tool_times: Floats

    @property
    def state(self) -> str:
        """What status.json says: running, done, failed or interrupted."""
        return str(self.status.get("state", "running"))

    @property
    def phases(self) -> list[tuple[str, float, float]]:
        """Name, start and end [s] of what the tool does; a drill's are known at its end."""
        with _intact(self.path / "manifest.json"):
            found = (self.status.get("result") or {}).get("phases") or self.manifest.get("phases") or []
            return [(str(name), float(start), float(end)) for name, start, end in found]

    def table(self, name: str) -> dict[str, Any]:
        """A table of the manifest, such as `notes` or `bed`; empty if it is not there.

        Raises:
            OutputError: It is no table.
        """
        content = self.manifest.get(name) or {}
        if not isinstance(content, dict):
            raise OutputError(f"{self.path / 'manifest.json'}: is damaged ({name} is no table). Repeat the run.")
        return content

    @property
    def surface_z(self) -> float:
        """Height of the soil's surface before the dig [m]."""
        with _intact(self.path / "manifest.json"):
            return float(self.manifest.get("surface_z") or self.mission.get("bed", {}).get("depth") or 0.0)

    def grains(self, index: int) -> Grains:
        """Frame number `index` of the grains; negative numbers count from the end.

        Raises:
            OutputError: The file is damaged, or a field is missing.
        """
        path = self.path / "grains.vtkhdf"
        with _intact(path):
            frame = trajectory.read(path, index)
            data = {name: np.asarray(frame.point_data[name], dtype=float) for name in _GRAIN_FIELDS}
        status = np.rint(data.pop("status")).astype(np.int64)
        return Grains(time=frame.time, position=frame.points.astype(float), status=status, **data)

    def tool(self, time: float) -> Floats:
        """The tool's triangles in the world at the frame nearest to `time` [m], shape (T, 3, 3).

        Raises:
            OutputError: The file is damaged.
        """
        path = self.path / "tools.vtkhdf"
        with _intact(path):
            points = trajectory.read(path, int(np.argmin(np.abs(self.tool_times - time)))).points
            with reporting(path, "read"), readable(path) as file:
                faces = file["VTKHDF/Polygons/Connectivity"][:].reshape(-1, 3)
            return np.asarray(points[faces], dtype=float)


def read(path: Path) -> Record:
    """Reads a run directory; an unfinished run may lack what it has not written yet.

    Raises:
        OutputError: It is no run directory, a file is damaged, or a finished run lacks one.
    """
    run = RunDir(path)
    text, mission = _read_mission(path)
    status = run.read_status()
    manifest = run.read_manifest()
    if status.get("state") == "done":
        for file in (run.manifest, run.history, run.grains, run.tools):
            if not file.exists():
                raise OutputError(f"{file}: is missing, though the run is done. Put it back, or repeat the run.")
    return Record(
        path=path,
        mission_text=text,
        mission=mission,
        manifest=manifest,
        status=status,
        history=_read_history(run.history) if run.history.exists() else {},
        grain_times=_times(run.grains),
        tool_times=_times(run.tools),
    )


def _read_mission(path: Path) -> tuple[str, dict[str, Any]]:
    file = RunDir(path).mission
    if not file.is_file():
        what = "is no run directory (it has no mission.toml)" if path.is_dir() else "there is no such folder"
        raise OutputError(f"{path}: {what}. Name one that `regolith run` made.")
    with reporting(file, "read"), _intact(file):
        text = file.read_text(encoding="utf-8")
        return text, tomllib.loads(text)


def _read_history(path: Path) -> dict[str, Floats]:
    columns = history.read(path)
    missing = sorted(COLUMNS - columns.keys())
    if missing:
        names = ", ".join(missing)
        raise OutputError(f"{path}: lacks the columns {names}. Was it made by another version? Repeat the run.")
    return columns if len(columns["time"]) else {}


def _times(path: Path) -> Floats:
    if not path.exists():
        return np.empty(0)
    with _intact(path):
        return np.asarray(trajectory.times(path)[1], dtype=float)


@contextmanager
def _intact(path: Path) -> Iterator[None]:
    """Contents that do not have the expected form are a damaged file, not a bug."""
    try:
        yield
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise OutputError(f"{path}: is damaged, or not written by regolith ({error}). Repeat the run.") from error

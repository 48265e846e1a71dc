"""A study's table: `study.h5`, one row per run, in SI; every column has an attribute `units` ("1": a pure number).

xarray: `xr.open_dataset("study.h5")`;
pandas: `pd.DataFrame({k: v[()] for k, v in h5py.File("study.h5").items()})`, or `regolith export DIR study.csv`.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from regolith.errors import OutputError
from regolith.output.atomic import reporting
from regolith.output.transaction import created, readable
from regolith.sweep.rows import Parameter, Row, Study

FORMAT = 1
KIND = "study"
Floats = NDArray[np.float64]
Column = NDArray[Any] | list[str]

_OF_EVERY_STUDY = {
    "run": "its number in the plan",
    "id": "name of its directory below runs/",
    "state": "waiting, running, interrupted, done, failed, crashed or refused",
    "reason": "why it did not come to its end",
    "repeat": "which of the repeats at its point",
    "seed": "of its soil",
    "crashes": "how often a signal ended it",
}
# ends of a result's names and their units; the first that fits holds
_SUFFIXES = (
    ("grain_steps_per_s", "1/s"),
    ("_kg_per_s", "kg/s"),
    ("_J_per_kg", "J/kg"),
    ("_Nm", "N*m"),
    ("_m3", "m^3"),
    ("_kg", "kg"),
    ("_rpm", "rpm"),
    ("_MB", "MB"),
    ("_N", "N"),
    ("_J", "J"),
    ("_W", "W"),
    ("_m", "m"),
    ("_s", "s"),
)


@dataclass(frozen=True)
class Table:
    """A study's table as it was written last.

    Attributes:
        name: Of the study.
        base: Name of the mission or campaign that the runs vary.
        sampler: "latin-hypercube", "sobol", "saltelli", or "" where nothing is sampled.
        samples: Points drawn; 0 where nothing is sampled.
        repeats: Runs a point.
        goal: Mass that every campaign is to bring [kg]; None for missions, and where it differs.
        parameters: What varies.
        columns: Name -> one value per run: numbers, shape (n,), NaN where there is none; or texts, "" where there is
            none.
        units: Of every column, SI; "" for pure numbers and texts.
    """

    name: str
    base: str
    sampler: str
    samples: int
    repeats: int
    goal: float | None
    parameters: tuple[Parameter, ...]
    columns: dict[str, Column]
    units: dict[str, str]

    @property
    def n(self) -> int:
        """Number of runs."""
        return len(self.columns["run"])

    @property
    def results(self) -> list[str]:
        """Names of the columns that hold what runs found."""
        known = {*_OF_EVERY_STUDY, *(parameter.key for parameter in self.parameters)}
        return [name for name in self.columns if name not in known]

    @property
    def done(self) -> NDArray[np.bool_]:
        """Which runs came to their end, shape (n,)."""
        return np.array([state == "done" for state in self.columns["state"]], dtype=bool)

    def is_text(self, name: str) -> bool:
        """Whether a column holds texts."""
        return isinstance(self.columns[name], list)

    def numbers(self, name: str) -> Floats:
        """A column of numbers.

        Raises:
            OutputError: There is none of that name.
        """
        if name not in self.columns or self.is_text(name):
            raise OutputError(f"the study has no column of numbers {name!r}; it has {', '.join(self.columns)}")
        return np.asarray(self.columns[name], dtype=float)


def unit_of(name: str) -> str:
    """Unit in the name of a result, such as "N*m" of "peak_torque_Nm"; "" where it names none."""
    return next((unit for suffix, unit in _SUFFIXES if name.endswith(suffix)), "")


def write_table(path: Path, study: Study, rows: Sequence[Row]) -> None:
    """Writes the table anew, in the place of what `path` held; whoever opens it sees the old one or the new one whole.

    A result that has the name of another column is called `result_` and its name.

    Args:
        path: The file, by custom `study.h5` in the study's directory.
        study: Its plan.
        rows: Every run and how it stands, in the order of the plan.

    Raises:
        OutputError: The disk refused; the old table is still there.
    """
    safe = "The table as it was before is still there, and so are all runs."
    with reporting(path, "write the table", safe), created(path, ordered=True) as file:
        facts = {
            "kind": KIND,
            "format": FORMAT,
            "name": study.name,
            "base": study.base,
            "sampler": study.sampler,
            "samples": study.samples,
            "repeats": study.repeats,
            "goal_kg": np.nan if study.goal is None else study.goal,
            "parameters": json.dumps([asdict(parameter) for parameter in study.parameters]),
        }
        for key, fact in facts.items():
            file.attrs[key] = fact
        _write_column(file, "run", np.array([row.run.number for row in rows], dtype=np.int64), "")
        file["run"].make_scale("run")
        for name, (column, unit) in _columns(study, rows).items():
            _write_column(file, name, column, unit)
            file[name].dims[0].attach_scale(file["run"])
        for name, description in _OF_EVERY_STUDY.items():
            file[name].attrs["description"] = description


def read_table(path: Path) -> Table:
    """Reads a study's table; changes nothing, and may be asked while the study runs.

    Raises:
        OutputError: There is none, it is damaged, something else, or of another version.
    """
    if not path.is_file():
        raise OutputError(f"{path}: there is no table of a study. `regolith sweep` writes it as soon as it has begun.")
    with reporting(path, "read"), readable(path) as file:
        if file.attrs.get("kind") != KIND:
            raise OutputError(f"{path}: is no table of a study. Name one that `regolith sweep` wrote.")
        if (found := file.attrs.get("format")) != FORMAT:
            raise OutputError(
                f"{path}: was written by another version (format {found}, this version reads {FORMAT}). Read it with "
                "the version that wrote it; the study's manifest.json names it."
            )
        goal = float(file.attrs["goal_kg"])
        units = {name: str(dataset.attrs["units"]) for name, dataset in file.items()}
        return Table(
            name=file.attrs["name"],
            base=file.attrs["base"],
            sampler=file.attrs["sampler"],
            samples=int(file.attrs["samples"]),
            repeats=int(file.attrs["repeats"]),
            goal=None if np.isnan(goal) else goal,
            parameters=tuple(Parameter(**words) for words in json.loads(file.attrs["parameters"])),
            columns={name: _read_column(dataset) for name, dataset in file.items()},
            units={name: "" if unit == "1" else unit for name, unit in units.items()},
        )


def _columns(study: Study, rows: Sequence[Row]) -> dict[str, tuple[Column, str]]:
    """Name -> values and unit: what every study has, parameters, results."""
    made: dict[str, tuple[Column, str]] = {
        "id": ([row.run.id for row in rows], ""),
        "state": ([row.state for row in rows], ""),
        "reason": ([row.reason for row in rows], ""),
        "repeat": (np.array([row.run.repeat for row in rows], dtype=np.int64), ""),
        "seed": (np.array([row.run.seed for row in rows], dtype=np.int64), ""),
        "crashes": (np.array([row.crashes for row in rows], dtype=np.int64), ""),
    }
    for parameter in study.parameters:
        if parameter.key not in made:  # a `seed` that varies is the column that is there
            values = [row.run.values.get(parameter.key) for row in rows]
            made[parameter.key] = _column(values, text_if_empty=parameter.low is None), parameter.unit
    results = [row.result for row in rows]
    for key in dict.fromkeys(chain.from_iterable(results)):
        values = [result.get(key) for result in results]
        if not {list, dict} & set(map(type, values)):  # tables and lists stay in the runs' own files
            name = f"result_{key}" if key in made or key == "run" else key
            made[name] = _column(values), unit_of(key)
    return made


def _column(values: Sequence[Any], *, text_if_empty: bool = False) -> Column:
    """Numbers where all values are, else texts."""
    kinds = set(map(type, values)) - {type(None)}  # in one pass: a study may have a million values
    if kinds & {str, bool} or (not kinds and text_if_empty):
        return [value if type(value) is str else _said(value) for value in values]
    return np.array(values, dtype=float)  # None becomes NaN


def _said(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _write_column(file: h5py.File, name: str, column: Column, unit: str) -> None:
    if isinstance(column, list):
        dataset = file.create_dataset(name, (len(column),), h5py.string_dtype(), data=list(map(_storable, column)))
    else:
        dataset = file.create_dataset(name, data=column)
        unit = unit or "1"
    dataset.attrs["units"] = unit


def _storable(text: str) -> str:
    """Without what HDF5's strings cannot hold; what a dying process said may hold anything."""
    if text.isprintable() and text.isascii():
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _read_column(dataset: h5py.Dataset) -> Column:
    if h5py.check_string_dtype(dataset.dtype):
        return list(dataset.asstr()[()])
    column: NDArray[Any] = dataset[()]
    return column

"""Time series of a run: `history.h5:/timeseries`, one 1-D dataset per quantity over the dimension scale `time`.

pandas: `pd.DataFrame({k: v[:] for k, v in h5py.File("history.h5")["timeseries"].items()})`;
xarray: `xr.open_dataset("history.h5", group="timeseries", engine="h5netcdf")`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import h5py
import numpy as np

from regolith.errors import OutputError
from regolith.output.atomic import output_error, reporting
from regolith.output.transaction import appended, created, readable

_GROUP = "timeseries"
_CHUNK = 256  # rows; not compressed, since a chunk that is rewritten row by row must keep its size
_ALWAYS = {"time": ("s", "Simulated time"), "step": ("1", "Number of the time step")}


class History:
    """The open-ended table of a run. Every append opens the file, adds whole rows or none, and closes it again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, columns: Mapping[str, tuple[str, str]]) -> Self:
        """Starts an empty table, in the place of what `path` held.

        Args:
            path: The file, by custom `history.h5`.
            columns: Name -> (unit, description); `time` and `step` are always there.

        Raises:
            OutputError: The disk refused.
        """
        with reporting(path, "create the history"), created(path) as file:
            group = file.create_group(_GROUP)
            for name, (unit, description) in (_ALWAYS | dict(columns)).items():
                dtype = "i8" if name == "step" else "f8"
                dataset = group.create_dataset(name, (0,), dtype, maxshape=(None,), chunks=(_CHUNK,))
                dataset.attrs["units"], dataset.attrs["description"] = unit, description
            group["time"].make_scale("time")
            for name in group:
                if name != "time":
                    group[name].dims[0].attach_scale(group["time"])
            group.attrs["n_rows"] = 0
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The table of an earlier run, to be appended to.

        Raises:
            OutputError: It is missing, damaged, or something else.
        """
        with reporting(path, "open"), readable(path) as file:
            if _GROUP not in file or "n_rows" not in file[_GROUP].attrs:
                raise OutputError(f"{path}: is no history of regolith. Move it away, or choose another --out.")
        return cls(path)

    def append(self, step: int | np.ndarray, values: Mapping[str, float | np.ndarray]) -> None:
        """Adds a row, or several at once (an append costs some ten milliseconds, so gather quick ones).

        Args:
            step: Number of the time step, or (n,) ascending ones; above that of the last row.
            values: Every column except `step`, `time` included -> a number, or (n,).

        Raises:
            OutputError: The disk refused; all earlier rows are safe.
            ValueError: Wrong names, lengths or step.
        """
        rows = {name: np.atleast_1d(np.asarray(value)) for name, value in {**values, "step": step}.items()}
        n_before = None
        try:
            with appended(self.path) as file:
                group = file[_GROUP]
                n_before = int(group.attrs["n_rows"])
                _check_fits(group, rows, n_before)
                for name, column in rows.items():
                    # Resizing also drops what a killed writer left beyond the last whole row.
                    group[name].resize((n_before + len(column),))
                    group[name][n_before:] = column
                group.attrs["n_rows"] = n_before + len(rows["step"])
        except OSError as error:
            safe = "All earlier rows are safe." if n_before is None else f"The {n_before} rows before it are safe."
            raise output_error(self.path, f"append the row of step {rows['step'][0]}", error, safe) from error

    def truncate(self, step: int) -> int:
        """Drops every row after `step`; returns how many are kept."""
        return truncate(self.path, step)


def read(path: Path) -> dict[str, np.ndarray]:
    """All columns, each of the same length: the whole rows.

    Raises:
        OutputError: The file cannot be read.
    """
    with reporting(path, "read"), readable(path) as file:
        n = int(file[_GROUP].attrs["n_rows"])
        return {name: dataset[:n] for name, dataset in file[_GROUP].items()}


def units(path: Path) -> dict[str, tuple[str, str]]:
    """Unit and description of every column.

    Raises:
        OutputError: The file cannot be read.
    """
    with reporting(path, "read"), readable(path) as file:
        return {name: (d.attrs["units"], d.attrs["description"]) for name, d in file[_GROUP].items()}


def truncate(path: Path, step: int) -> int:
    """Drops every row after `step`, so that a run resumed from there can write them again.

    Returns:
        The number of rows kept.

    Raises:
        OutputError: The disk refused, or the file is damaged.
    """
    with reporting(path, f"drop the rows after step {step}"), appended(path) as file:
        group = file[_GROUP]
        kept = int(np.searchsorted(group["step"][: group.attrs["n_rows"]], step, side="right"))
        group.attrs["n_rows"] = kept
        for dataset in group.values():
            dataset.resize((kept,))
    return kept


def _check_fits(group: h5py.Group, rows: Mapping[str, np.ndarray], n: int) -> None:
    if set(rows) != set(group):
        raise ValueError(f"missing columns {sorted(set(group) - set(rows))}, unknown {sorted(set(rows) - set(group))}")
    lengths = {name: column.shape for name, column in rows.items()}
    if len(set(lengths.values())) != 1 or rows["step"].ndim != 1 or not len(rows["step"]):
        raise ValueError(f"columns must all have the same length: {lengths}")
    steps = rows["step"] if n == 0 else np.concatenate([group["step"][n - 1 : n], rows["step"]])
    if (np.diff(steps) <= 0).any():
        raise ValueError(f"step {rows['step'][0]}: steps must rise from row to row; truncate the file first")

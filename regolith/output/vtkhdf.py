"""Temporal VTKHDF 2.0 PolyData with a fixed number of points and a fixed topology.

Only what moves is stored per frame; the topology and static arrays are written once and every frame points to them with
offset 0. `Steps@NSteps` counts the frames that are complete and is set last. Source: VTK's `vtkhdf_specifications.md`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from regolith.errors import OutputError
from regolith.output.atomic import output_error, reporting
from regolith.output.transaction import appended, created, readable

_TOPOLOGIES = ("Vertices", "Lines", "Polygons", "Strips")
_SMALL_CHUNK = 256  # rows of datasets that grow by one row a frame
_PACKED = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


class FieldSpec(NamedTuple):
    """What a changing array holds: its unit ("" or "1" if it has none) and its numbers per point (or per frame)."""

    unit: str
    components: int = 1


class Layout(NamedTuple):
    """What stays the same over all frames of a file."""

    n_points: int
    topology: str  # one of Vertices, Polygons
    cells: np.ndarray  # (cells, points per cell) point numbers
    static: Mapping[str, tuple[np.ndarray, str]]  # point arrays (n_points, ...) written once, with their unit
    point_fields: Mapping[str, FieldSpec]  # per point and frame, f4
    frame_fields: Mapping[str, FieldSpec]  # per frame, f8


class Frame(NamedTuple):
    """One moment.

    Attributes:
        time: [s].
        step: Number of the time step.
        points: [m], shape (N, 3).
        point_data: Name -> (N,) or (N, components), static arrays included.
        frame_data: Name -> (components,).
    """

    time: float
    step: int
    points: np.ndarray
    point_data: Mapping[str, np.ndarray]
    frame_data: Mapping[str, np.ndarray]


def create(path: Path, layout: Layout) -> None:
    """Writes a file without frames in the place of `path`.

    Raises:
        OutputError: The disk refused.
        ValueError: A name that VTKHDF cannot hold, or an array of another length than `n_points`.
    """
    for name in [*layout.static, *layout.point_fields, *layout.frame_fields]:
        if not name or "/" in name or "." in name:
            raise ValueError(f"array name {name!r}: must not be empty nor hold '/' or '.'")
    with reporting(path, "create the file"), created(path) as file:
        root = file.create_group("VTKHDF")
        root.attrs["Version"] = np.array([2, 0], dtype="i8")
        root.attrs["Type"] = np.bytes_("PolyData")
        _count(root, "NumberOfPoints", layout.n_points)
        _growing(root, "Points", layout.n_points, (3,), "f4", "m")
        _write_topologies(root, layout)
        steps = root.create_group("Steps")
        _growing(steps, "Values", _SMALL_CHUNK, (), "f8", "s")
        for name in ("PartOffsets", "NumberOfParts", "PointOffsets"):
            _growing(steps, name, _SMALL_CHUNK, (), "i8")
        for name in ("CellOffsets", "ConnectivityIdOffsets"):
            _growing(steps, name, _SMALL_CHUNK, (len(_TOPOLOGIES),), "i8")
        _write_point_data(root, layout)
        data, offsets = root.create_group("FieldData"), steps.create_group("FieldDataOffsets")
        _growing(data, "step", _SMALL_CHUNK, (), "i8", "1")
        for name, (unit, components) in layout.frame_fields.items():
            _growing(data, name, _SMALL_CHUNK, (components,), "f8", unit)
        for name in data:
            _growing(offsets, name, _SMALL_CHUNK, (), "i8")
        steps.attrs["NSteps"] = 0


def append(path: Path, frame: Frame) -> None:
    """Adds a frame, after dropping whatever was written after the last complete one.

    Raises:
        OutputError: The disk refused, or the file is damaged; earlier frames are safe.
        ValueError: Arrays that do not fit the file, or a step that is not after the last one.
    """
    n_before = None
    try:
        with appended(path) as file:
            root = file["VTKHDF"]
            steps = root["Steps"]
            n = n_before = int(steps.attrs["NSteps"])
            _check_fits(root, frame, n)
            n_points = len(frame.points)
            _put(root["Points"], n, frame.points)
            for name, values in frame.point_data.items():
                _put(root["PointData"][name], n, values)
            for name, dataset in root["FieldData"].items():
                _put(dataset, n, [frame.step if name == "step" else frame.frame_data[name]])
                _put(steps["FieldDataOffsets"][name], n, [n])
            for name, dataset in steps["PointDataOffsets"].items():
                _put(dataset, n, [n * n_points if name in frame.point_data else 0])
            for name, value in (("Values", frame.time), ("PartOffsets", 0), ("NumberOfParts", 1)):
                _put(steps[name], n, [value])
            _put(steps["PointOffsets"], n, [n * n_points])
            for name in ("CellOffsets", "ConnectivityIdOffsets"):
                _put(steps[name], n, [[0] * len(_TOPOLOGIES)])
            if n == 0:
                _show_counts(root, True)
            steps.attrs["NSteps"] = n + 1
    except OSError as error:
        safe = "All earlier frames are safe." if n_before is None else f"The {n_before} frames before it are safe."
        raise output_error(path, f"append the frame of step {frame.step}", error, safe) from error


def truncate(path: Path, step: int) -> int:
    """Drops every frame after `step`, so that a run resumed from there can write them again.

    Returns:
        The number of frames kept.

    Raises:
        OutputError: The disk refused, or the file is damaged.
    """
    with reporting(path, f"drop the frames after step {step}"), appended(path) as file:
        root = file["VTKHDF"]
        n = int(root["Steps"].attrs["NSteps"])
        kept = int(np.searchsorted(root["FieldData/step"][:n], step, side="right"))
        root["Steps"].attrs["NSteps"] = kept
        n_points = _n_points(root)
        if kept == 0:
            _show_counts(root, False)
        for dataset in _growing_datasets(root):
            per_point = dataset.name.startswith(("/VTKHDF/Points", "/VTKHDF/PointData/"))
            dataset.resize(kept * (n_points if per_point else 1), axis=0)
    return kept


def times(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Step numbers (S,) and times [s] (S,) of the complete frames.

    Raises:
        OutputError: The file cannot be read.
    """
    with reporting(path, "read"), readable(path) as file:
        root = file["VTKHDF"]
        n = int(root["Steps"].attrs["NSteps"])
        return root["FieldData/step"][:n], root["Steps/Values"][:n]


def read(path: Path, index: int) -> Frame:
    """Frame number `index`; negative numbers count from the end.

    Raises:
        IndexError: There is no such frame.
        OutputError: The file cannot be read.
    """
    with reporting(path, "read"), readable(path) as file:
        root = file["VTKHDF"]
        n, n_points = int(root["Steps"].attrs["NSteps"]), _n_points(root)
        k = range(n)[index]
        rows = slice(k * n_points, (k + 1) * n_points)
        return Frame(
            time=float(root["Steps/Values"][k]),
            step=int(root["FieldData/step"][k]),
            points=root["Points"][rows],
            point_data={name: d[rows] if d.maxshape[0] is None else d[:] for name, d in root["PointData"].items()},
            frame_data={name: d[k] for name, d in root["FieldData"].items() if name != "step"},
        )


def check(path: Path) -> None:
    """Makes sure that `path` can be appended to.

    Raises:
        OutputError: It is missing, damaged, or something else.
    """
    with reporting(path, "open"), readable(path) as file:
        if "VTKHDF/FieldData/step" not in file or "NSteps" not in file["VTKHDF/Steps"].attrs:
            raise OutputError(f"{path}: is no trajectory of regolith. Move it away, or choose another --out.")


def _write_topologies(root: h5py.Group, layout: Layout) -> None:
    n_cells, corners = layout.cells.shape
    for name in _TOPOLOGIES:
        n = n_cells if name == layout.topology else 0
        group = root.create_group(name)
        _count(group, "NumberOfCells", n)
        _count(group, "NumberOfConnectivityIds", n * corners)
        _static(group, "Offsets", np.arange(n + 1, dtype="i8") * corners)
        _static(group, "Connectivity", layout.cells[:n].astype("i8").ravel())


def _count(group: h5py.Group, name: str, count: int) -> None:
    group.create_dataset(name, data=np.zeros(1, dtype="i8")).attrs["count"] = count


def _show_counts(root: h5py.Group, shown: bool) -> None:
    """Sets what VTK takes for the size of a frame; it would look for one in a file without frames, so 0 there."""
    names = [f"{topology}/NumberOf{what}" for topology in _TOPOLOGIES for what in ("Cells", "ConnectivityIds")]
    for name in ["NumberOfPoints", *names]:
        root[name][0] = root[name].attrs["count"] if shown else 0


def _n_points(root: h5py.Group) -> int:
    return int(root["NumberOfPoints"].attrs["count"])


def _write_point_data(root: h5py.Group, layout: Layout) -> None:
    data, offsets = root.create_group("PointData"), root["Steps"].create_group("PointDataOffsets")
    for name, (array, unit) in layout.static.items():
        values = np.asarray(array)
        if len(values) != layout.n_points:
            raise ValueError(f"static array {name}: has {len(values)} entries, the file {layout.n_points} points")
        dtype = {"f": "f4", "b": "u1"}.get(values.dtype.kind, values.dtype.str)
        _static(data, name, values.astype(dtype)).attrs["units"] = unit
    for name, (unit, components) in layout.point_fields.items():
        _growing(data, name, layout.n_points, (components,) if components > 1 else (), "f4", unit)
    for name in data:
        _growing(offsets, name, _SMALL_CHUNK, (), "i8")


def _static(group: h5py.Group, name: str, values: np.ndarray) -> h5py.Dataset:
    return group.create_dataset(name, data=values, **(_PACKED if values.size else {}))


def _growing(group: h5py.Group, name: str, chunk: int, item: tuple[int, ...], dtype: str, unit: str = "") -> None:
    # A chunk that is rewritten row by row must keep its size, or each rewrite leaks space: compress only whole frames.
    # Of those, counts and marks shrink to an eighth or less; vectors lose an eighth to a fifth, at half a frame's time.
    options: dict[str, Any] = {} if item or chunk == _SMALL_CHUNK else _PACKED
    shape = {"shape": (0, *item), "maxshape": (None, *item), "chunks": (chunk, *item)}
    dataset = group.create_dataset(name, dtype=dtype, **shape, **options)
    if unit:
        dataset.attrs["units"] = unit


def _growing_datasets(root: h5py.Group) -> Iterator[h5py.Dataset]:
    for key in ("", "PointData", "FieldData", "Steps", "Steps/PointDataOffsets", "Steps/FieldDataOffsets"):
        group = root[key] if key else root
        yield from (item for item in group.values() if isinstance(item, h5py.Dataset) and item.maxshape[0] is None)


def _put(dataset: h5py.Dataset, frame: int, rows: Any) -> None:
    values = np.asarray(rows).astype(dataset.dtype)
    dataset.resize((frame + 1) * len(values), axis=0)  # also drops what a killed writer left beyond the last frame
    dataset[frame * len(values) :] = values


def _check_fits(root: h5py.Group, frame: Frame, n: int) -> None:
    if n and frame.step <= (last := int(root["FieldData/step"][n - 1])):
        raise ValueError(f"step {frame.step} is not after the last frame's, {last}: truncate the file first")
    n_points = _n_points(root)
    moving = {name: dataset for name, dataset in root["PointData"].items() if dataset.maxshape[0] is None}
    expected = {"points": (n_points, 3)} | {name: (n_points, *d.shape[1:]) for name, d in moving.items()}
    expected |= {name: d.shape[1:] for name, d in root["FieldData"].items() if name != "step"}
    arrays = {"points": frame.points, **frame.point_data, **frame.frame_data}
    given = {name: np.shape(values) for name, values in arrays.items()}
    if given != expected:
        raise ValueError(f"arrays {given} do not fit the file, which has {expected}")

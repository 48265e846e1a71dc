"""Checkpoints: the whole state of a run at one step, written at once, verified by checksums, two generations kept."""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from regolith.errors import OutputError
from regolith.output.atomic import output_error, reporting
from regolith.output.transaction import check_seal, created

_FORMAT = 1
_KEPT = 2
_NAME = re.compile(r"ckpt_(\d+)\.h5")


class Checkpoint(NamedTuple):
    """A verified checkpoint: its file, its arrays by name, and what else was saved."""

    path: Path
    arrays: dict[str, np.ndarray]
    meta: dict[str, Any]

    @property
    def step(self) -> int:
        """Number of the time step it was written at."""
        return _step_of(self.path)


def write(folder: Path, step: int, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> Path:
    """Saves a checkpoint and deletes all but the newest two.

    Checkpoints of later steps go as well: whoever writes step n has resumed from an earlier one, so the later ones were
    found damaged.

    Args:
        folder: Where checkpoints lie; made if missing.
        step: Number of the time step.
        arrays: Name (with "/" for groups) -> array of floats, integers or booleans; kept bit by bit, type included.
        meta: What JSON can hold (tuples come back as lists, NumPy numbers as Python's).

    Returns:
        The new file.

    Raises:
        OutputError: The disk refused; older checkpoints are untouched.
        TypeError: `meta` holds something that JSON cannot.
    """
    path = folder / f"ckpt_{step:012d}.h5"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with created(path, sealed=True) as file:
            _fill(file, step, arrays, meta)
    except OSError as error:
        older = [name.name for name in _files(folder)]
        safe = f"The older checkpoint {older[0]} is safe." if older else "There is no older checkpoint."
        raise output_error(path, "write the checkpoint", error, safe) from error
    files = _files(folder)
    for old in [file for file in files if _step_of(file) > step] + [f for f in files if _step_of(f) <= step][_KEPT:]:
        with contextlib.suppress(OSError):  # a leftover does no harm, and the new one is written
            old.unlink()
    return path


def read(path: Path) -> Checkpoint:
    """Reads a checkpoint and verifies every checksum.

    Raises:
        OutputError: It is missing, cannot be read, or is damaged; says what is wrong.
    """
    with reporting(path, "read the checkpoint"):
        size = path.stat().st_size
        whole = check_seal(path)
    try:
        _require(whole, "checksum of the file differs")
        with h5py.File(path, "r") as file:
            manifest = _read_manifest(file, size)
            arrays = {name: _read_array(file, name, seal, size) for name, seal in manifest["arrays"].items()}
            return Checkpoint(path, arrays, manifest["meta"])
    # A sealed file can still be a foreign one, which HDF5 meets with almost any exception.
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise OutputError(f"{path}: the checkpoint is damaged ({reason}). Use an older one.") from error


def newest(folder: Path, on_damaged: Callable[[Path, str], None] | None = None) -> Checkpoint | None:
    """The newest checkpoint that is whole, or None if there is none.

    Args:
        folder: Where checkpoints lie; may be missing.
        on_damaged: Told the file and the reason for every newer one that had to be skipped.
    """
    for path in _files(folder):
        try:
            return read(path)
        except OutputError as error:
            if on_damaged:
                on_damaged(path, str(error))
    return None


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted((p for p in folder.iterdir() if _NAME.fullmatch(p.name)), key=_step_of, reverse=True)


def _step_of(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path}: not named like a checkpoint, ckpt_<step>.h5")
    return int(match[1])


def _fill(file: h5py.File, step: int, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
    seals = {}
    for name, values in arrays.items():
        array = np.asarray(values, order="C")
        dataset = file.create_dataset(f"arrays/{name}", data=array)
        seals[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "sha256": _digest(array)}
        dataset.attrs["sha256"] = seals[name]["sha256"]
    manifest = {"format": _FORMAT, "step": step, "meta": meta, "arrays": seals}
    text = json.dumps(manifest, default=_plain).encode()
    dataset = file.create_dataset("manifest", data=np.frombuffer(text, dtype="u1"))
    dataset.attrs["sha256"] = hashlib.sha256(text).hexdigest()


def _read_manifest(file: h5py.File, size: int) -> dict[str, Any]:
    dataset = file["manifest"]
    _require(dataset.nbytes <= size, "manifest too long")
    text = dataset[:].tobytes()
    _require(hashlib.sha256(text).hexdigest() == dataset.attrs["sha256"], "checksum of the manifest differs")
    manifest = json.loads(text)
    _require(manifest["format"] == _FORMAT, f"format {manifest['format']}, this version reads {_FORMAT}")
    return manifest


def _read_array(file: h5py.File, name: str, seal: Mapping[str, Any], size: int) -> np.ndarray:
    dataset = file[f"arrays/{name}"]
    same = dataset.dtype.str == seal["dtype"] and dataset.shape == tuple(seal["shape"])
    _require(same and dataset.nbytes <= size, f"{name}: type or shape differs")
    array = np.asarray(dataset[()])
    _require(_digest(array) == seal["sha256"], f"{name}: checksum differs")
    return array


def _digest(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).reshape(-1).view("u1").data).hexdigest()


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise ValueError(reason)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"meta: {type(value).__name__} does not fit into JSON; arrays belong into `arrays`")

"""Checkpoints come back bit by bit, or not at all."""

import json

import h5py
import numpy as np
import pytest

from regolith.errors import OutputError
from regolith.output import checkpoint, transaction

RNG = np.random.default_rng(1)
ARRAYS = {
    "grains/position": RNG.normal(size=(50, 3)),
    "grains/velocity": RNG.normal(size=(50, 3)).astype("f4"),
    "grains/id": np.arange(50, dtype="i4")[::-1],
    "flags": RNG.integers(0, 255, 50).astype("u1"),
    "touching": RNG.random(50) > 0.5,
    "odd": np.array([np.nan, -0.0, np.inf, 5e-324]),
    "empty": np.zeros((0, 3)),
    "count": np.array(7, dtype="i8"),
    "fortran": np.asfortranarray(RNG.normal(size=(4, 5))),
}
META = {
    "time": 0.1,
    "rng": {"state": 2**127 + 1, "inc": [1, 2]},
    "name": "Mond \u2713",
    "skin": np.float64(1e-4),
    "none": None,
}


def test_every_bit_comes_back(tmp_path):
    path = checkpoint.write(tmp_path / "checkpoints", 120, ARRAYS, META)
    back = checkpoint.read(path)
    assert back.step == 120 and back.meta == META and back.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert back.arrays[name].dtype == array.dtype and back.arrays[name].shape == array.shape
        assert back.arrays[name].tobytes() == array.tobytes(), name
    assert not [p for p in path.parent.iterdir() if p != path]


def test_the_newest_two_are_kept(tmp_path):
    assert checkpoint.newest(tmp_path / "none") is None
    for step in (5, 10, 1000):
        checkpoint.write(tmp_path, step, {"a": np.arange(step)}, {})
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["ckpt_000000000010.h5", "ckpt_000000001000.h5"]
    path, arrays, meta = checkpoint.newest(tmp_path)
    assert len(arrays["a"]) == 1000 and meta == {} and path.name == "ckpt_000000001000.h5"


def test_later_damaged_ones_go_when_the_run_has_gone_back(tmp_path):
    for step in (100, 200):
        checkpoint.write(tmp_path, step, {"a": np.arange(3)}, {})
    (tmp_path / "ckpt_000000000200.h5").write_bytes(b"")
    assert checkpoint.newest(tmp_path).step == 100
    checkpoint.write(tmp_path, 150, {"a": np.arange(3)}, {})
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["ckpt_000000000100.h5", "ckpt_000000000150.h5"]


def write_sealed(path, change) -> None:
    """A file whose seal is right, but whose content is not."""
    with transaction.created(path, sealed=True) as file:
        change(file)


def copy_with(source, change):
    def fill(file):
        with h5py.File(source) as original:
            for name in original:
                original.copy(name, file)
        change(file)

    return fill


def change_value(file):
    file["arrays/grains/position"][4, 1] *= 1 + 1e-15


def change_manifest(file):
    file["manifest"][20] ^= 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (change_value, "grains/position: checksum differs"),
        (change_manifest, "checksum of the manifest differs"),
        (lambda file: file.pop("arrays/flags"), "flags"),
        (lambda file: file.pop("manifest"), "manifest"),
        (lambda file: file["arrays"].pop("flags") and file["arrays"].create_dataset("flags", data=1), "type or shape"),
    ],
)
def test_wrong_content_is_refused_by_name(tmp_path, change, reason):
    path, other = checkpoint.write(tmp_path, 1, ARRAYS, META), tmp_path / "ckpt_2.h5"
    write_sealed(other, copy_with(path, lambda file: None))
    assert checkpoint.read(other).meta == META
    write_sealed(other, copy_with(path, change))
    with pytest.raises(OutputError, match=rf"ckpt_2\.h5: the checkpoint is damaged \(.*{reason}.*older one"):
        checkpoint.read(other)


def test_missing_or_foreign_file_is_refused(tmp_path):
    h5py.File(tmp_path / "ckpt_2.h5", "w").close()
    with pytest.raises(OutputError, match="damaged.*checksum of the file"):
        checkpoint.read(tmp_path / "ckpt_2.h5")
    with pytest.raises(OutputError, match="ckpt_3.*No such file"):
        checkpoint.read(tmp_path / "ckpt_3.h5")


def test_meta_that_json_cannot_hold_is_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(TypeError, match="belong into `arrays`"):
        checkpoint.write(tmp_path, 1, {}, {"a": np.zeros(3)})
    assert list(tmp_path.iterdir()) == []
    assert json.loads(json.dumps(checkpoint.read(checkpoint.write(tmp_path, 1, {}, {"t": (1, 2)})).meta)) == {
        "t": [1, 2]
    }

"""A disk that is full, forbidden or rotten: one clear message, and nothing lost that was already written."""

import contextlib
import errno
import os
import subprocess

import numpy as np
import pytest

from regolith.errors import OutputError
from regolith.output import checkpoint, history, trajectory
from regolith.output.history import History
from regolith.output.rundir import RunDir
from regolith.output.trajectory import GrainTrajectory

resource = pytest.importorskip("resource")
N = 500


def points(step: int) -> np.ndarray:
    return np.random.default_rng(step).random((N, 3)).astype("f4")


def make_grains(path) -> GrainTrajectory:
    return GrainTrajectory.create(path, static={"id": (np.arange(N), "1")}, fields={"v": ("m/s", 3)})


@contextlib.contextmanager
def largest_file(size: int):
    """Writing beyond `size` bytes fails, as on a full disk (with EFBIG: Python ignores the signal)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount a file system here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_an_append_that_does_not_fit_changes_no_byte(tmp_path):
    grains, table = make_grains(tmp_path / "g.vtkhdf"), History.create(tmp_path / "h.h5", {"x": ("m", "")})
    for step in range(3):
        grains.append(step, step, points(step), {"v": points(step)})
        table.append(step, {"time": step, "x": step})
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    size = len(before[grains.path])
    refused = 0
    for limit in range(size - 2000, size + 14000, 500):  # the frame needs some 11 kB
        with largest_file(limit):
            try:
                grains.append(3, 3, points(3), {"v": points(3)})
            except OutputError as error:
                refused += 1
                assert "g.vtkhdf: cannot append the frame of step 3: File too large. The 3 frames" in str(error)
                assert error.exit_code == 2 and {path: path.read_bytes() for path in tmp_path.iterdir()} == before
            else:
                grains.truncate(2)
                before[grains.path] = grains.path.read_bytes()
    assert refused > 20
    with largest_file(1000), pytest.raises(OutputError, match=r"h\.h5: cannot append the row of step 3.*The 3 rows"):
        table.append(3, {"time": 3, "x": 3})
    assert table.path.read_bytes() == before[table.path]
    grains.append(3, 3, points(3), {"v": points(3)})
    table.append(3, {"time": 3, "x": 3})
    assert trajectory.times(grains.path)[0].tolist() == [0, 1, 2, 3] == history.read(table.path)["step"].tolist()
    for step in range(4):
        np.testing.assert_array_equal(trajectory.read(grains.path, step).points, points(step))


def test_a_new_file_or_checkpoint_that_does_not_fit_leaves_the_old_one(tmp_path):
    grains = make_grains(tmp_path / "g.vtkhdf")
    checkpoint.write(tmp_path, 1, {"x": points(1)}, {})
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for limit in (0, 100, 3000):
        with largest_file(limit):
            with pytest.raises(OutputError, match=r"g\.vtkhdf: cannot create the file: File too large.*limit"):
                make_grains(grains.path)
            with pytest.raises(OutputError, match=r"cannot write the checkpoint.*ckpt_000000000001\.h5 is safe"):
                checkpoint.write(tmp_path, 2, {"x": points(2)}, {})
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_full_disk(small_disk):
    with RunDir.create(small_disk / "run", "") as run:
        run.write_status({"state": "running"})
        grains, table = make_grains(run.grains), History.create(run.history, {"x": ("m", "")})
        checkpoint.write(run.checkpoints, 0, {"x": points(0)}, {})
        step = 0
        with pytest.raises(OutputError, match=rf"grains.vtkhdf.*No space left.*The {step}\d+ frames|Free space"):
            for step in range(1000):
                grains.append(step, step, points(step), {"v": points(step)})
        with contextlib.suppress(OSError), (run.path / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(512))
        rows = 0
        with pytest.raises(OutputError, match=r"history\.h5: cannot append.*No space left on device.*Free space"):
            for rows in range(10000):
                table.append(rows, {"time": rows, "x": rows})
        with pytest.raises(OutputError, match=r"No space left on device.*ckpt_000000000000\.h5 is safe.*Free space"):
            checkpoint.write(run.checkpoints, step, {"x": points(step)}, {})
        with pytest.raises(OutputError, match=r"status\.json: cannot write: No space left.*are safe"):
            run.write_status({"state": "failed", "why": "x" * 5000})
        assert run.read_status() == {"state": "running"} and step > 5
        assert checkpoint.newest(run.checkpoints).step == 0
        (run.path / "filler").unlink()
        assert trajectory.times(run.grains)[0].tolist() == list(range(step))
        assert history.read(run.history)["step"].tolist() == list(range(rows))
        np.testing.assert_array_equal(trajectory.read(run.grains, -1).points, points(step - 1))
        grains.truncate(2)
        table.append(rows, {"time": rows, "x": rows})


def test_read_only_disk(small_disk):
    with RunDir.create(small_disk / "run", "") as run:
        table = History.create(run.history, {"x": ("m", "")})
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for use in (
        lambda: table.append(0, {"time": 0, "x": 0}),
        lambda: make_grains(run.grains),
        lambda: checkpoint.write(run.checkpoints, 0, {}, {}),
        lambda: run.write_status({"state": "running"}),
        lambda: RunDir.open(run.path),
        lambda: RunDir.create(small_disk / "other", ""),
    ):
        with pytest.raises(OutputError, match=r"Read-only file system.*choose another --out"):
            use()
    assert len(history.read(run.history)["step"]) == 0


def test_forbidden_folder(tmp_path, monkeypatch):
    """Tests may run as root, whom nothing is forbidden: let the system's call say it."""
    table = History.create(tmp_path / "h.h5", {"x": ("m", "")})

    def forbidden(path, flags, *mode):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "open", forbidden)
    for use in (
        lambda: table.append(0, {"time": 0, "x": 0}),
        lambda: make_grains(tmp_path / "g.vtkhdf"),
        lambda: checkpoint.write(tmp_path, 0, {}, {}),
        lambda: RunDir.create(tmp_path / "run", ""),
    ):
        with pytest.raises(OutputError, match=r"Permission denied.*Make the folder writable"):
            use()


def test_damaged_checkpoints_are_skipped(tmp_path):
    """Whatever byte is flipped or wherever the file is cut: refused without asking HDF5, which some flips hang."""
    checkpoint.write(tmp_path, 1, {"x": points(0)}, {})
    path = checkpoint.write(tmp_path, 2, {"grains/x": points(1)[:20], "flags": np.arange(30) % 3 == 0}, {"time": 0.5})
    whole = path.read_bytes()
    damaged = [whole[:n] for n in (0, 1, 100, len(whole) // 2, len(whole) - 1)]
    for position in range(0, len(whole), 29):
        damaged.append(whole[:position] + bytes([whole[position] ^ 1 << position % 8]) + whole[position + 1 :])
    for content in damaged:
        path.write_bytes(content)
        told = []
        found = checkpoint.newest(tmp_path, on_damaged=lambda file, reason, told=told: told.append((file, reason)))
        assert found.step == 1 and [file for file, _ in told] == [path] and str(path) in told[0][1]
    path.write_bytes(whole)
    (tmp_path / "ckpt_000000000001.h5").write_bytes(b"rotten")
    assert checkpoint.newest(tmp_path).step == 2
    path.write_bytes(b"")
    assert checkpoint.newest(tmp_path) is None

"""A writer that is killed at any moment leaves files that open, lacks at most one frame, and can be gone on with."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import h5py
import numpy as np
import pytest

from regolith.output import checkpoint, history, trajectory
from regolith.output.history import History
from regolith.output.trajectory import GrainTrajectory
from regolith.output.transaction import recover

N = 60
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL and fork")

WRITER = """
    import os, pathlib, sys
    import numpy as np
    from regolith.output import checkpoint
    from regolith.output.history import History
    from regolith.output.trajectory import GrainTrajectory

    folder, first = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    N = 60

    def points(step):
        return np.random.default_rng(step).random((N, 3))

    def write(step):
        table.append(step, {"time": step * 0.1, "x": step * 2.0})
        grains.append(step * 0.1, step, points(step), {"v": points(step + 1)})
        checkpoint.write(folder / "checkpoints", step, {"grains/x": points(step)}, {"step": step})

    if first == 0:
        static = {"id": (np.arange(N), "1")}
        grains = GrainTrajectory.create(folder / "grains.vtkhdf", static=static, fields={"v": ("m/s", 3)})
        table = History.create(folder / "history.h5", {"x": ("m", "Something")})
    else:
        grains, table = GrainTrajectory(folder / "grains.vtkhdf"), History(folder / "history.h5")
"""
LOOP = """
    print("ready", flush=True)
    for step in range(first, 100000):
        write(step)
        print(step, flush=True)
"""
# Dies in place of the k-th change that one round of appends makes to the disk, for every k, each time in a copy.
DIE_EVERYWHERE = """
    import shutil
    from tests.dying import die_at
    for step in range(3):
        write(step)
    for k in range(100000):
        copy = folder / f"killed{k}"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("killed*"))
        child = os.fork()
        if child == 0:
            die_at(k, ("write", "ftruncate", "replace", "unlink", "rename"))
            folder = copy
            grains, table = GrainTrajectory(folder / "grains.vtkhdf"), History(folder / "history.h5")
            write(3)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            break
"""


def start(folder, first: int, body: str) -> subprocess.Popen:
    code = textwrap.dedent(WRITER) + textwrap.dedent(body)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(folder), str(first)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def points(step: int) -> np.ndarray:
    return np.random.default_rng(step).random((N, 3)).astype("f4")


def check_grains(path, steps) -> None:
    found, times = trajectory.times(path)
    assert found.tolist() == list(steps)
    np.testing.assert_allclose(times, 0.1 * found)
    for index, step in enumerate(found):
        frame = trajectory.read(path, index)
        np.testing.assert_array_equal(frame.points, points(step))
        np.testing.assert_array_equal(frame.point_data["v"], points(step + 1))


def check_history(path, steps) -> None:
    table = history.read(path)
    assert table["step"].tolist() == list(steps)
    np.testing.assert_array_equal(table["x"], 2.0 * table["step"])


def open_with_vtk(path, n_frames: int) -> None:
    vtk = pytest.importorskip("vtk")
    from vtk.util.numpy_support import vtk_to_numpy

    reader = vtk.vtkHDFReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    assert reader.GetNumberOfSteps() == n_frames
    for index in {0, n_frames // 2, n_frames - 1}:
        reader.SetStep(index)
        reader.Update()
        np.testing.assert_array_equal(vtk_to_numpy(reader.GetOutput().GetPoints().GetData()), points(index))


def test_killed_at_random_moments(tmp_path):
    """SIGKILL while appending; files open as they are, nothing announced is lost, and the next writer goes on."""
    moments = random.Random(5)
    first = 0
    for _ in range(10):
        child = start(tmp_path, first, LOOP)
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0.05, 0.35))
        child.send_signal(signal.SIGKILL)
        done = max([first - 1, *map(int, child.stdout.read().split())])  # the last step the child saw written
        child.wait()
        for name in ("grains.vtkhdf", "history.h5"):
            recover(tmp_path / name)  # as opening the run directory does
        with h5py.File(tmp_path / "grains.vtkhdf") as file:
            n_frames = int(file["VTKHDF/Steps"].attrs["NSteps"])
        assert n_frames in (done + 1, done + 2)
        if n_frames:
            open_with_vtk(tmp_path / "grains.vtkhdf", n_frames)
        with h5py.File(tmp_path / "history.h5") as file:
            assert len({len(column) for column in file["timeseries"].values()}) == 1
        last = checkpoint.newest(tmp_path / "checkpoints", on_damaged=lambda path, reason: pytest.fail(reason))
        assert (last.step if last else -1) in (done, done + 1)
        first = last.step + 1 if last else 0
        if last:
            trajectory.truncate(tmp_path / "grains.vtkhdf", last.step)
            history.truncate(tmp_path / "history.h5", last.step)
            np.testing.assert_array_equal(last.arrays["grains/x"].astype("f4"), points(last.step))
    assert first > 10
    check_grains(tmp_path / "grains.vtkhdf", range(first))
    check_history(tmp_path / "history.h5", range(first))


def test_killed_at_every_single_change_of_the_disk(tmp_path):
    """Every state of the disk that a kill can leave shows either three whole frames or four, and takes the next one."""
    child = start(tmp_path, 0, DIE_EVERYWHERE)
    assert child.wait(timeout=60) == 0
    killed = sorted(tmp_path.glob("killed*"))
    assert len(killed) > 50 and list(tmp_path.glob("killed*/*.journal"))
    seen = set()
    for folder in killed:
        n_frames, n_rows = (
            len(trajectory.times(folder / "grains.vtkhdf")[0]),
            len(history.read(folder / "history.h5")["step"]),
        )
        check_grains(folder / "grains.vtkhdf", range(n_frames))
        check_history(folder / "history.h5", range(n_rows))
        last = checkpoint.newest(folder / "checkpoints", on_damaged=lambda path, reason: pytest.fail(reason))
        seen.add((n_rows, n_frames, last.step))
        GrainTrajectory(folder / "grains.vtkhdf").append(
            0.1 * n_frames, n_frames, points(n_frames), {"v": points(n_frames + 1)}
        )
        History(folder / "history.h5").append(n_rows, {"time": n_rows * 0.1, "x": n_rows * 2.0})
        check_grains(folder / "grains.vtkhdf", range(n_frames + 1))
        check_history(folder / "history.h5", range(n_rows + 1))
        with h5py.File(folder / "grains.vtkhdf") as grains, h5py.File(folder / "history.h5") as table:
            assert len(grains["VTKHDF/Points"]) == N * (n_frames + 1) and len(table["timeseries/x"]) == n_rows + 1
        assert not list(folder.glob("*.journal"))
    assert seen == {(3, 3, 2), (4, 3, 2), (4, 4, 2), (4, 4, 3)}

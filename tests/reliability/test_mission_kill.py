"""Killed at random moments and resumed, a mission ends with the same bits and the same record as an undisturbed one."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from regolith.output.transaction import journal_of, recover
from regolith.recorder import FLUSH_ROWS
from tests.mission.tiny import ROOT, call, command, environment, run_words

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")
KILLS = int(os.environ.get("REGOLITH_KILLS", "3"))  # during the run; the claim is for 10
OFTEN = "output.checkpoint_interval=0.05 s"


class Sitting:
    """`regolith` at work on a run directory, in a process of its own that says what it is about to record."""

    def __init__(self, words: list[object], said: Path, cache: Path | None = None) -> None:
        said.write_text("")
        self.said = said
        more = {"REGOLITH_CACHE": str(cache)} if cache else {}
        self.process = subprocess.Popen(
            command(said, *words, module="tests.mission.driver"),
            cwd=ROOT, env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def records(self) -> list[list[str]]:
        return [line.split() for line in self.said.read_text().splitlines()]

    def wait_for_step(self, step: int) -> None:
        until = time.monotonic() + 120
        while not any(int(at) >= step for _, at in self.records()):
            assert self.process.poll() is None and time.monotonic() < until, self.process.communicate()
            time.sleep(0.002)

    def wait_for_stage(self, name: str) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith(name):
                return
        pytest.fail(f"ended before {name}")

    def end(self, number: int) -> str:
        self.process.send_signal(number)
        return self.process.communicate(timeout=120)[1]


def datasets(path: Path) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}

    def note(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]
        found.update({f"{name}@{key}": np.asarray(value) for key, value in item.attrs.items() if "LIST" not in key})

    with h5py.File(path) as file:
        file.visititems(note)
    return found


def assert_same_record(folder: Path, reference: Path) -> None:
    ends = [json.loads((run / "status.json").read_text())["result"] for run in (folder, reference)]
    assert ends[0]["final_state_sha256"] == ends[1]["final_state_sha256"]
    changing = {"wall_s", "grain_steps_per_s", "peak_memory_MB"}
    assert {k: v for k, v in ends[0].items() if k not in changing} == {
        k: v for k, v in ends[1].items() if k not in changing
    }
    for name in ("history.h5", "grains.vtkhdf", "tools.vtkhdf"):
        found, wanted = datasets(folder / name), datasets(reference / name)
        assert found.keys() == wanted.keys()
        for key, values in wanted.items():
            np.testing.assert_array_equal(found[key], values, err_msg=f"{name}: {key}")


def vtk_steps(path: Path) -> int:
    import vtk

    reader = vtk.vtkHDFReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    for step in range(reader.GetNumberOfSteps()):
        reader.SetStep(step)
        reader.Update()
        assert reader.GetOutput().GetNumberOfPoints() > 0
    return int(reader.GetNumberOfSteps())


def look_at_the_dead(folder: Path, copy: Path, announced: list[list[str]]) -> None:
    """The files of a killed run open, and what it had recorded before its last word is there."""
    shutil.copytree(folder, copy)
    frames = [int(step) for what, step in announced if what == "frame"]
    for name in ("grains.vtkhdf", "tools.vtkhdf"):
        if journal_of(copy / name).exists():  # killed while putting an append in place: any next start completes it
            recover(copy / name)
        with h5py.File(copy / name) as file:
            steps = file["VTKHDF/FieldData/step"][: file["VTKHDF/Steps"].attrs["NSteps"]].tolist()
        assert set(frames[:-1]) <= set(steps) and vtk_steps(copy / name) == len(steps)
    recover(copy / "history.h5")
    with h5py.File(copy / "history.h5") as file:
        rows = file["timeseries/step"][:].tolist()
        assert {len(column) for column in file["timeseries"].values()} == {len(rows)}
    # rows are written some at a time: the newest ones may be missing, no others
    assert set(sorted({int(step) for _, step in announced})[: -FLUSH_ROWS - 1]) <= set(rows)
    shutil.rmtree(copy)


def test_killed_while_the_bed_is_made_and_while_digging(tmp_path, reference):
    moments = random.Random(11)
    cache = tmp_path / "cache"
    cache.mkdir()  # without the reference's bed
    (cache / "kernels").symlink_to(Path(os.environ["REGOLITH_CACHE"]) / "kernels")
    folder, said = tmp_path / "run", tmp_path / "said"
    words: list[object] = [*run_words(folder, OFTEN), "--threads", 2]
    for stage, longest in (("pouring", 1.0), ("relaxing", 0.3)):
        sitting = Sitting(words, said, cache)
        sitting.wait_for_stage(stage)
        time.sleep(moments.uniform(0, longest))
        sitting.end(signal.SIGKILL)
        assert sitting.process.returncode == -signal.SIGKILL
        words = ["resume", folder, "--threads", 2]
    n_steps = json.loads((reference / "status.json").read_text())["result"]["steps"]
    for kill, step in enumerate(sorted(moments.randint(1, int(0.9 * n_steps)) for _ in range(KILLS))):
        sitting = Sitting(words, said, cache)
        sitting.wait_for_step(step)
        time.sleep(moments.uniform(0, 0.05))
        sitting.end(signal.SIGKILL)
        assert sitting.process.returncode == -signal.SIGKILL, "ended before it was killed"
        look_at_the_dead(folder, tmp_path / f"copy{kill}", sitting.records())
    assert list((folder / "checkpoints").glob("ckpt_*.h5"))
    done = call("resume", folder, "--threads", 1, REGOLITH_CACHE=str(cache))
    assert done.returncode == 0 and "damaged" not in done.stderr, done.stderr
    assert_same_record(folder, reference)


def test_ctrl_c_leaves_a_checkpoint_and_says_how_to_go_on(tmp_path, reference):
    folder = tmp_path / "run"
    sitting = Sitting([*run_words(folder), "--threads", 2], tmp_path / "said")
    sitting.wait_for_step(600)
    sitting.process.send_signal(signal.SIGSTOP)  # or it may end before the other has looked
    busy = call("resume", folder)
    sitting.process.send_signal(signal.SIGCONT)
    assert busy.returncode == 2 and f"in use by process {sitting.process.pid}" in busy.stderr
    text = sitting.end(signal.SIGINT)
    assert sitting.process.returncode == 130 and "Traceback" not in text
    assert f"regolith resume {folder}" in text and "a checkpoint was written" in text
    assert json.loads((folder / "status.json").read_text())["state"] == "interrupted"
    assert len(list((folder / "checkpoints").glob("ckpt_*.h5"))) == 1
    done = call("resume", folder)
    assert done.returncode == 0, done.stderr
    assert_same_record(folder, reference)

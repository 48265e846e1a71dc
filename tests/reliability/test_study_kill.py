"""A study killed at random moments, its driver and its runs, and begun again each time, ends as an undisturbed one."""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from regolith.sweep.table import Table, read_table
from tests.mission.tiny import ROOT, call, command, environment
from tests.reliability import fake_run, tiny_study
from tests.reliability.tiny_study import kill, wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")
KILLS = 20
IDS = [run.id for run in fake_run.study().runs]


@pytest.fixture(scope="module")
def processes():
    """Starts drivers quickly, with everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["regolith.sweep.study", "regolith.sweep.table", "tests.reliability.fake_run"])
    return context


class Study:
    """The study of forty runs as its files show it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.begun_when_done: dict[str, int] = {}

    @property
    def log(self) -> list[tuple[str, int]]:
        """Every begin of a run: its id and its process."""
        file = self.folder / "log"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(name, int(pid)) for name, pid in map(str.split, lines)]

    def check(self) -> Table:
        """The table can be read, no row is lost, it is not ahead of the runs, and no run began after it was done."""
        table = read_table(self.folder / "out" / "study.h5")
        begun = Counter(name for name, _ in self.log)
        done = {name for name in IDS if self.is_done(name)}
        for name in done:
            assert self.begun_when_done.setdefault(name, begun[name]) == begun[name], f"{name} was done again"
        assert table.columns["id"] == IDS
        assert {name for name, state in zip(IDS, table.columns["state"], strict=True) if state == "done"} <= done
        return table

    def is_done(self, name: str) -> bool:
        with suppress(FileNotFoundError):
            return json.loads((self.folder / "out" / "runs" / name / "status.json").read_text())["state"] == "done"
        return False


def test_killed_at_twenty_moments_nothing_is_lost_and_nothing_done_twice(tmp_path, processes):
    study, undisturbed = Study(tmp_path / "killed"), Study(tmp_path / "undisturbed")
    moments = random.Random(6)
    for _ in range(KILLS):
        begun = len(study.log)
        driver = processes.Process(target=fake_run.drive, args=(study.folder,), kwargs={"slots": 3})
        driver.start()
        wait_until(lambda begun=begun, driver=driver: len(study.log) > begun or not driver.is_alive())
        time.sleep(moments.uniform(0.0, 0.15))
        victims = [pid for _, pid in study.log[-3:]]
        if moments.random() < 0.3:  # a run alone, which its driver tries once more
            kill(victims.pop())
            time.sleep(moments.uniform(0.0, 0.1))
        assert driver.is_alive(), "ended before it was killed: the study is too short"
        driver.kill()
        driver.join()
        for pid in moments.sample(victims, moments.randint(0, len(victims))):
            kill(pid)
        study.check()
    assert not all(map(study.is_done, IDS))
    for one in (study, undisturbed):
        driver = processes.Process(target=fake_run.drive, args=(one.folder,), kwargs={"slots": 3})
        driver.start()
        driver.join()
        assert driver.exitcode == 0
    found, wanted = study.check(), undisturbed.check()
    assert found.done.all() and found.columns.keys() == wanted.columns.keys()
    for name in wanted.columns.keys() - {"crashes"}:
        np.testing.assert_array_equal(found.columns[name], wanted.columns[name], err_msg=name)
    assert list(Counter(name for name, _ in undisturbed.log).values()) == [1] * len(IDS)


def test_real_missions_killed_stopped_and_gone_on_with_give_the_same_bits(tmp_path, reference):
    file, out, moments = tiny_study.write(tmp_path), tmp_path / "out", random.Random(3)
    words: list[object] = ["sweep", file, "--out", out]
    for number in (signal.SIGKILL, signal.SIGINT):
        driver = subprocess.Popen(command(*words), cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)
        tiny_study.wait_for_digging(out, driver)
        time.sleep(moments.uniform(0.0, 0.5))
        victims = tiny_study.at_work(out)
        driver.send_signal(number)
        for pid in victims if number == signal.SIGKILL else ():
            kill(pid)
        said = driver.communicate()[1]
        assert len(read_table(out / "study.h5").columns["run"]) == 2
        words = ["resume", out]
    assert driver.returncode == 130 and f"Go on with: regolith resume {out}" in said
    assert set(tiny_study.states(out)) <= {"interrupted", "done"} and not tiny_study.at_work(out)
    said = call("status", out).stdout
    assert "driven by: none" in said and f"go on with: regolith resume {out}" in said
    done = call(*words)
    assert done.returncode == 0, done.stderr
    assert "runs: 2 of 2 runs done" in done.stdout and f"table: {out / 'study.h5'}" in done.stdout
    wanted = json.loads((reference / "status.json").read_text())["result"]["final_state_sha256"]
    assert tiny_study.hashes(out) == {wanted}

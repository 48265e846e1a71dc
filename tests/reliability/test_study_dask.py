"""A study on a real Dask scheduler and two workers on the loopback."""

import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from regolith.errors import ConfigError, Interrupted
from regolith.sweep import cluster
from regolith.sweep import study as driver
from regolith.sweep.executors import Job
from regolith.sweep.progress import StudyWatch
from regolith.sweep.rows import Row
from regolith.sweep.table import read_table
from tests.mission.tiny import ROOT, command, environment
from tests.reliability import fake_run, tiny_study
from tests.reliability.fake_run import sweep
from tests.reliability.tiny_study import kill, wait_until

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")


class Site:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.start("scheduler", "--host", "127.0.0.1", "--port", 0, "--scheduler-file", self.file)
        self.worker()
        self.worker()
        wait_until(lambda: self.address)
        self.client = distributed.Client(self.address, set_as_default=False)
        self.client.wait_for_workers(2)

    @property
    def address(self) -> str:
        """Of the scheduler; "" as long as it has not written its file, or not all of it."""
        try:
            return json.loads(self.file.read_text())["address"]
        except (FileNotFoundError, ValueError):
            return ""

    def start(self, what: str, *words: object) -> "subprocess.Popen[bytes]":
        line = command("--no-dashboard", *words, module=f"distributed.cli.dask_{what}")
        with (self.folder / "said").open("ab") as said:
            process = subprocess.Popen(line, cwd=self.folder, env=environment(), stdout=said, stderr=said)
        self.processes.append(process)
        return process

    def worker(self) -> "subprocess.Popen[bytes]":
        return self.start("worker", "--no-nanny", "--nthreads", 1, "--scheduler-file", self.file)

    def at_work(self) -> list[int]:
        """Processes of the workers that are at a run."""
        pids = self.client.run(os.getpid)
        return [pids[worker] for worker, busy in self.client.run(fake_run.is_at_work).items() if busy]

    def end(self) -> None:
        self.client.close()
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.end()


fake = pytest.fixture(fake_run.stand_in)


class Said(StudyWatch):
    """Keeps what it is told, and acts when a run has begun."""

    def __init__(self, act=lambda: None) -> None:
        self.stages: set[tuple[str, str]] = set()
        self.act, self.asked = act, False

    def hear(self, name, event):
        self.stages.add((name, event.get("stage", "")))

    def begin(self, row: Row) -> None:
        self.act()

    def stop_asked(self) -> bool:
        return self.asked


def test_the_same_results_as_in_slots_and_what_runs_say_is_heard(tmp_path, site, fake):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    watch = Said()
    rows, wanted = sweep(there, 8, scheduler=site.address, watch=watch), sweep(here, 8, slots=2)
    assert [row.state for row in rows] == ["done"] * 8
    assert [row.result for row in rows] == [row.result for row in wanted]
    assert watch.stages == {(row.run.id, "starting") for row in rows}
    manifest = json.loads((there / "out" / "manifest.json").read_text())
    assert (manifest["slots"], manifest["scheduler"]) == (2, site.address)


def test_a_worker_killed_in_the_middle_costs_its_run_one_retry(tmp_path, site, fake):
    killed: list[int] = []

    def act() -> None:
        if not killed and (victims := site.at_work()):
            killed.append(victims[0])
            kill(victims[0])
            site.worker()

    rows = sweep(tmp_path, 6, steps=30, scheduler=site.address, watch=Said(act))
    assert [row.state for row in rows] == ["done"] * 6 and len(killed) == 1
    assert sorted(row.crashes for row in rows) == [0, 0, 0, 0, 0, 1]
    assert read_table(tmp_path / "out" / "study.h5").done.all()


def test_stopping_waits_for_the_checkpoints(tmp_path, site, fake):
    watch = Said()
    watch.act = lambda: setattr(watch, "asked", True)
    with pytest.raises(Interrupted, match="the runs at work wrote checkpoints"):
        sweep(tmp_path, 6, scheduler=site.address, watch=watch)
    states = {row.state for row in driver.StudyDir(tmp_path / "out").rows(fake_run.study(6))}
    assert states <= {"interrupted", "waiting", "done"} and not tiny_study.at_work(tmp_path / "out")
    assert [row.state for row in sweep(tmp_path, 6, scheduler=site.address)] == ["done"] * 6


def test_real_missions_survive_their_driver_and_a_worker_and_give_the_same_bits(tmp_path, site, reference):
    """The death of the driver stops what its tasks had started, so that the next driver can go on with it."""
    file, out = tiny_study.write(tmp_path), tmp_path / "out"
    words = command("sweep", file, "--out", out, "--scheduler", site.address)
    for victim in ("driver", "worker"):
        process = subprocess.Popen(words, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)
        tiny_study.wait_for_digging(out, process)
        if victim == "driver":
            kill(process.pid)
            process.communicate()
            wait_until(lambda: not tiny_study.at_work(out))
            assert "interrupted" in tiny_study.states(out)
        else:
            kill(site.at_work()[0])
            said = process.communicate()[1]
            assert process.returncode == 0, said
    wanted = json.loads((reference / "status.json").read_text())["result"]["final_state_sha256"]
    assert tiny_study.hashes(out) == {wanted}
    assert sum(read_table(out / "study.h5").columns["crashes"]) == 1


class Task:
    """What a ticket knows of the scheduler: here, a task that ends at once with an error."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def add_done_callback(self, function) -> None:
        function(self)

    def result(self) -> None:
        raise self.error

    def release(self) -> None:
        pass


def test_how_a_run_ends_that_no_worker_brings_to_its_end():
    killed = distributed.scheduler.KilledWorker("r-0", types.SimpleNamespace(address="tcp://a:1"), 3)
    ended = cluster.ClusterTicket(Job("r-0", []), Task(killed), lambda: None).ended
    assert ended.crashed and ended.code == -9 and "tcp://a:1" in ended.message
    ended = cluster.ClusterTicket(Job("r-0", []), Task(ValueError("x")), lambda: None).ended
    assert (ended.code, ended.message, ended.cancelled) == (1, "ValueError: x", False)
    ended = cluster.ClusterTicket(Job("r-0", []), Task(distributed.CancelledError()), lambda: None).ended
    assert ended.cancelled and not ended.crashed


def test_a_scheduler_that_dies_is_told_and_the_study_goes_on_elsewhere(tmp_path, site, fake, tmp_path_factory):
    doomed = Site(tmp_path_factory.mktemp("doomed"))
    try:
        with pytest.raises(cluster.SchedulerLost, match="the connection to the Dask scheduler broke"):
            sweep(tmp_path, 6, steps=30, scheduler=doomed.address, watch=Said(lambda: kill(doomed.processes[0].pid)))
    finally:
        wait_until(lambda: not tiny_study.at_work(tmp_path / "out"))
        doomed.end()
    assert [row.state for row in sweep(tmp_path, 6, steps=30, scheduler=site.address)] == ["done"] * 6


def test_a_scheduler_that_cannot_be_reached_is_refused_before_anything_starts(tmp_path, fake, monkeypatch):
    monkeypatch.setattr(cluster, "TIMEOUT", 0.3)
    for address in ("tcp://127.0.0.1:9", "nonsense://here", "tcp://127.0.0.1"):
        with pytest.raises(ConfigError, match=r"cannot be reached within 0.3 s .* dask scheduler"):
            sweep(tmp_path, 2, scheduler=address)
    with pytest.raises(ConfigError, match="slots = 2: are those of this machine"):
        sweep(tmp_path, 2, scheduler="tcp://127.0.0.1:9", slots=2)
    assert not (tmp_path / "out").exists()


def test_workers_that_do_not_see_the_folder_or_have_another_regolith_are_refused(tmp_path, site, fake, monkeypatch):
    with cluster.connect(site.address, lambda name, event: None) as pool:
        with pytest.raises(ConfigError, match="does not see /nowhere; workers must share the file system"):
            pool.check(Path("/nowhere"))
        monkeypatch.setattr("importlib.metadata.version", lambda name: "9")
        with pytest.raises(ConfigError, match=r"has regolith \S+, this is 9; install the same"):
            pool.check(tmp_path)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r'pip install "regolith-dem\[sweep\]"'):
        cluster.connect("tcp://127.0.0.1:9", lambda name, event: None)

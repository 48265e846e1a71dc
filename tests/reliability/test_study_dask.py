"""A study on a real Dask scheduler and two workers on the loopback, and on a Slurm that is made up."""

import json
import os
import subprocess
import sys
import types
from importlib.util import find_spec
from pathlib import Path

import pytest

from regolith import sweep_command
from regolith.errors import ConfigError, Interrupted
from regolith.sweep import cluster, slurm, table_file
from regolith.sweep import study as driver
from regolith.sweep.executors import Job
from regolith.sweep.progress import StudyWatch
from regolith.sweep.rows import Row
from regolith.sweep.table import read_table
from tests.mission.tiny import ROOT, command, environment
from tests.reliability import fake_run, tiny_study
from tests.reliability.tiny_study import kill, wait_until

distributed = pytest.importorskip("distributed")
# looked for, not imported: only regolith may import it, and keep what Ctrl-C does
with_jobqueue = pytest.mark.skipif(find_spec("dask_jobqueue") is None, reason="needs dask-jobqueue")
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


@pytest.fixture
def fake(monkeypatch):
    """Runs are made up, and the table is written all the time."""
    monkeypatch.setattr(driver, "WORKER", (sys.executable, fake_run.__file__))
    monkeypatch.setattr(table_file, "PAUSE", 0.0)


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


def sweep(folder: Path, n: int, steps: int = 8, **wishes: object) -> list[Row]:
    return driver.sweep(fake_run.study(n, steps), fake_run.source(folder), folder / "out", **wishes)


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


@with_jobqueue
def test_what_ctrl_c_does_stays_as_it_was():
    """dask-jobqueue would end the process at once, and runs would write no checkpoints."""
    words = [sys.executable, "-c", CTRL_C, "data/cluster/slurm.toml"]
    said = subprocess.run(words, capture_output=True, text=True, env=environment(), cwd=ROOT, check=True)
    assert said.stdout == "dask_jobqueue.runner: True\n"


CTRL_C = """
import signal, sys
from pathlib import Path
from regolith.sweep.slurm import read_profile

before = signal.getsignal(signal.SIGINT)
read_profile(Path(sys.argv[1]), 1)
print(*(name for name in sys.modules if name == "dask_jobqueue.runner"), end=": ")
print(signal.getsignal(signal.SIGINT) is before)
"""

SBATCH = """#!/bin/sh
echo "$@" >> {folder}/submitted
cp "$1" {folder}/script
setsid sh {folder}/script > {folder}/said 2>&1 &
echo $! >> {folder}/pids
echo "Submitted batch job $!"
"""


@pytest.fixture
def made_up_slurm(tmp_path, monkeypatch):
    """sbatch starts the script at once, here; scancel kills it."""
    scancel = f'#!/bin/sh\necho "$1" >> {tmp_path}/cancelled\nkill -9 -- "-$1"\n'
    programs = {"sbatch": SBATCH.format(folder=tmp_path), "scancel": scancel}
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


@with_jobqueue
def test_slurm_jobs_do_the_runs_and_do_so_when_the_study_goes_on(made_up_slurm, fake, monkeypatch):
    profile = made_up_slurm / "slurm.toml"
    shipped = (ROOT / "data" / "cluster" / "slurm.toml").read_text()
    profile.write_text(shipped.replace("jobs = 4", "jobs = 1").replace("cores = 8", "cores = 2"))
    rows = sweep(made_up_slurm, 4, slurm=profile, threads=3)
    assert [row.state for row in rows] == ["done"] * 4
    script = (made_up_slurm / "script").read_text()
    assert "--cpus-per-task=6" in script and "--nworkers 2" in script and "--lifetime 230m" in script
    job = (made_up_slurm / "cancelled").read_text()
    assert job == (made_up_slurm / "pids").read_text()
    profile.unlink()  # the directory stands alone
    wishes = dict.fromkeys(("arch", "threads", "slots", "scheduler", "slurm"))
    monkeypatch.setattr(sweep_command, "make_study", lambda file: fake_run.study(5))
    assert sweep_command.resume(made_up_slurm / "out", **wishes) == 0
    assert len((made_up_slurm / "submitted").read_text().splitlines()) == 2


@with_jobqueue
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'jobs = 1\ncores = 2\nmemory = "1 GB"\nqeue = "x"\n',
            r"slurm\.toml: qeue: unknown key. Allowed: jobs, name, queue",
        ),
        ('jobs = 1\nmemory = "1 GB"\n', "cores is missing; it has no default"),
        ('jobs = 0\ncores = 2\nmemory = "1 GB"\n', "jobs = 0: must be a whole number, 1 or more"),
        ('jobs = 1\ncores = 2\nmemory = "1 GB"\n', "there is no sbatch here; run the study on a login node"),
    ],
)
def test_a_profile_with_a_mistake_is_refused(tmp_path, monkeypatch, text, message):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "slurm.toml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        slurm.on_slurm(tmp_path / "slurm.toml", 1, lambda name, event: None)


def test_the_array_script_does_the_run_of_its_line(tmp_path, monkeypatch):
    (tmp_path / "regolith").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "regolith").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "runs.txt").write_text("aaa\nbbb\n")
    script = ROOT / "data" / "cluster" / "slurm-array.sh"

    def submit(*words: object, **more: str) -> subprocess.CompletedProcess[str]:
        line = ["bash", str(script), *map(str, words)]
        return subprocess.run(line, capture_output=True, text=True, env=os.environ | more)

    done = submit(tmp_path, SLURM_ARRAY_TASK_ID="2", SLURM_CPUS_PER_TASK="4")
    assert done.stdout == f"resume {tmp_path}/runs/bbb --threads 4\n"
    assert submit(tmp_path, SLURM_ARRAY_TASK_ID="3").returncode == 2
    assert "which study directory?" in submit(SLURM_ARRAY_TASK_ID="1").stderr
    assert "sbatch --array" in submit(tmp_path).stderr

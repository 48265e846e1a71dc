"""`regolith sweep`, `status` and `resume` of a study: what they print, exit codes, bad words. Runs are stand-ins."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w
from typer.testing import CliRunner

from regolith.cli import app
from regolith.config import load_campaign
from regolith.config.load import read_with
from regolith.output import lock
from regolith.output.rundir import RunDir
from regolith.sweep import study as driver
from regolith.sweep.plan import make_study
from regolith.sweep.worker import BUSY

ROOT = Path(__file__).parents[2]
FAKE = Path(__file__).with_name("fake_worker.py")
STUDY = {
    "base": "scoop-preview",
    "vary": {"soil.friction": {"values": [0.4, 0.5]}, "soil.cohesion": {"values": ["50 kPa", "70 kPa"]}},
}


class Desk:
    """A study file, what its stand-ins are to do, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "out"
        self.file = folder / "soil.toml"
        self.write(STUDY)
        self.ids = [run.id for run in make_study(self.file).runs]
        self.script()

    def write(self, study: dict) -> None:
        self.file.write_text(tomli_w.dumps(study))

    def script(self, **words: dict) -> None:
        """What runs do, by their number: r0, r1, ..."""
        script = {name: {"mass": 0.1} | words.get(f"r{number}", {}) for number, name in enumerate(self.ids)}
        (self.folder / "script.json").write_text(json.dumps(script))

    def call(self, *words: object):
        return CliRunner().invoke(app, [str(word) for word in words])

    def sweep(self, *words: object):
        return self.call("sweep", self.file, "--out", self.out, *words)

    @property
    def executed(self) -> list[str]:
        file = self.folder / "executed"
        return file.read_text().split() if file.exists() else []


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(driver, "WORKER", (sys.executable, str(FAKE)))
    return Desk(tmp_path)


def test_a_study_ends_with_counts_and_paths_and_goes_on_by_its_directory(desk):
    done = desk.sweep("--limit", 1, "--threads", 2)
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines()[0] == f"study directory: {desk.out}"
    wanted = ["runs: 1 of 4 runs done, 3 waiting", f"table: {desk.out}/study.h5", f"run directories: {desk.out}/runs"]
    assert done.stdout.splitlines() == wanted
    desk.file.unlink()  # the directory stands alone
    done = desk.call("resume", desk.out)
    assert done.exit_code == 0 and done.stdout.splitlines()[0] == "runs: 4 of 4 runs done"
    assert sorted(desk.executed) == sorted(desk.ids)
    manifest = json.loads((desk.out / "manifest.json").read_text())
    assert (manifest["threads"], manifest["name"], len(manifest["earlier_starts"])) == (2, "soil", 1)


def test_a_study_goes_on_where_it_was_begun_unless_slots_say_here(desk, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("regolith.sweep.cluster.TIMEOUT", 0.2)
    assert desk.sweep("--limit", 1).exit_code == 0
    file = desk.out / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"scheduler": "tcp://127.0.0.1:9"}))
    assert desk.sweep("--prepare").exit_code == 0  # which does not change where it goes on
    refused = desk.call("resume", desk.out)
    assert refused.exit_code == 2 and "scheduler 'tcp://127.0.0.1:9': cannot be reached" in refused.stderr
    elsewhere = desk.call("resume", desk.out, "--scheduler", "tcp://127.0.0.1:8")
    assert elsewhere.exit_code == 2 and "scheduler 'tcp://127.0.0.1:8': cannot be reached" in elsewhere.stderr
    here = desk.call("resume", desk.out, "--slots", 1)
    assert here.exit_code == 0 and here.stdout.splitlines()[0] == "runs: 4 of 4 runs done"
    assert json.loads(file.read_text())["scheduler"] is None


def test_failures_are_told_and_give_exit_code_1(desk):
    values = [0.4 + 0.01 * k for k in range(12)]
    desk.write(STUDY | {"vary": {"soil.friction": {"values": values}}})
    desk.ids = [run.id for run in make_study(desk.file).runs]
    desk.script(**{f"r{number}": {"exit": 3} for number in range(11)})
    done = desk.sweep()
    assert done.exit_code == 1 and "Traceback" not in done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "runs: 1 of 12 runs done, 11 failed"
    assert lines[1] == f"run 0 ({desk.ids[0]}): failed: grain 7 is bad" and lines[10].startswith("run 9 (")
    assert lines[11] == f"and 1 more, see the column `reason` in {desk.out}/study.h5"
    assert desk.sweep().exit_code == 1 and len(desk.executed) == 12
    desk.script()
    assert desk.sweep("--retry-failed", "--only", 0, "--only", desk.ids[1]).exit_code == 1
    assert len(desk.executed) == 14
    assert desk.sweep("--retry-failed").exit_code == 0


def test_an_interrupted_study_says_how_to_go_on(desk, monkeypatch):
    monkeypatch.setattr("regolith.sweep.progress.TerminalStudy.stop_asked", lambda self: True)
    desk.script(r0={"wait": 60}, r1={"wait": 60})
    done = desk.sweep()
    assert done.exit_code == 130 and f"Go on with: regolith resume {desk.out}" in done.stderr
    monkeypatch.undo()
    status = desk.call("status", desk.out).stdout.splitlines()
    assert status[:2] == ["study: soil, of scoop-preview", "driven by: none"]
    assert status[-1] == f"go on with: regolith resume {desk.out}"


def test_status_of_a_study_at_work(desk):
    desk.script(r1={"exit": 3}, r2={"result": {"wall_s": 30.0}})
    assert desk.sweep("--only", "1,2").exit_code == 1
    run = RunDir(desk.out / "runs" / desk.ids[0])
    progress = {"time": 0.5, "end": 2.0, "captured_mass": 0.1}
    with RunDir.create(run.path, "") as run:
        run.write_status({"state": "running", "progress": progress})
        lock.acquire(desk.out)
        lines = desk.call("status", desk.out).stdout.splitlines()
        assert lines[1].startswith(f"driven by: process {os.getpid()} on ")
        assert lines[2] == "runs: 1 of 4 runs done, 1 running, 1 waiting, 1 failed"
        assert lines[3] == "time left: about 0 min 30 s left"  # two runs at 30 s in two slots
        assert lines[4] == f"run 0 ({desk.ids[0]}): 0.5 of 2 s, 100.0 g held"
        assert lines[5:] == [f"run 1 ({desk.ids[1]}): failed: grain 7 is bad"]
        lock.release(desk.out)
    lines = desk.call("status", desk.out).stdout.splitlines()
    assert lines[2] == "runs: 1 of 4 runs done, 1 waiting, 1 interrupted, 1 failed"  # cut off


def test_dry_run_lists_what_is_left(desk):
    done = desk.sweep("--dry-run")
    assert done.exit_code == 0 and not desk.out.exists()
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert lines[0][:4] == ["run", "id", "soil.friction", "soil.cohesion [Pa]"] and len(lines) == 6
    assert [line[1] for line in lines[1:5]] == desk.ids and lines[1][-1].endswith("s")
    desk.sweep("--only", 2)
    lines = desk.sweep("--dry-run", "--limit", 2).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines[1:3]] == ["0", "1"] and lines[3].startswith("2 runs: about")


def test_prepare_makes_run_directories_that_resume_knows(desk):
    done = desk.sweep("--prepare", "--limit", 3)
    assert done.exit_code == 0 and "prepared: 3 runs" in done.stdout.splitlines()
    assert f"`regolith resume {desk.out}/runs/ID`" in done.stdout
    ids = (desk.out / "runs.txt").read_text().split()
    assert sorted(ids) == sorted(desk.ids[:3]) and not desk.executed
    for name in ids:
        (desk.out / "runs" / name / "status.json").write_text(json.dumps({"state": "done", "result": {"work_J": 1.0}}))
    assert desk.sweep().exit_code == 0 and desk.executed == desk.ids[3:]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["sweep", "nowhere.toml"], "nowhere.toml: no such file"),
        (["sweep", "soil.toml", "--only", "x"], "--only x: there is no such run; must be a number from 0 to 3"),
        (["sweep", "soil.toml", "--arch", "abacus"], "arch = 'abacus'"),
        (["sweep", "soil.toml", "--slurm", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["sweep", "soil.toml", "--slurm", "a", "--scheduler", "b"], "give one"),
        (["sweep", "soil.toml", "--scheduler", "tcp://x:1", "--slots", "2"], "slots = 2: are those of this machine"),
        (["status", "nowhere"], "nowhere: is no directory of a study"),
    ],
)
def test_bad_words_leave_nothing_behind(desk, words, named):
    before = sorted(desk.folder.iterdir())
    done = desk.call(*words)
    last = done.stderr.splitlines()[-1]
    assert done.exit_code == 2 and last.startswith("regolith: error: ") and named in last
    assert sorted(desk.folder.iterdir()) == before


def test_a_directory_that_is_taken_is_refused(desk):
    desk.out.mkdir()
    (desk.out / "thesis.tex").write_text("")
    done = desk.sweep()
    assert done.exit_code == 2 and "the folder is not empty" in done.stderr and not desk.executed
    assert [entry.name for entry in desk.out.iterdir()] == ["thesis.tex"]


WORK = "import sys; from regolith import campaign; from regolith.sweep import worker; worker.PATIENCE = 0.0; "
WORK += f"campaign.WORKER = (sys.executable, {str(FAKE)!r}); sys.exit(worker.main(sys.argv[1], 'cpu', '1'))"


def work(folder: Path) -> subprocess.CompletedProcess[str]:
    """The worker of a run, whose standard input stays open."""
    with subprocess.Popen(
        [sys.executable, "-c", WORK, str(folder)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        said, complaint = process.stdout.read(), process.stderr.read()
    return subprocess.CompletedProcess([], process.returncode, said, complaint)


def test_the_worker_does_campaigns_too(tmp_path):
    content = read_with("scoop-preview", [])[1] | {"name": "mine", "campaign": {"goal": 0.7}}
    operations = [{"name": "scoop", "until": "goal", "at_most": 3}]
    (tmp_path / "mine.toml").write_text(tomli_w.dumps(content | {"operations": operations}))
    say = [{"stage": "starting", "share": 0.0}, {"time": 1.0, "end": 4.0}, {"warn": "soft"}]
    (tmp_path / "script.json").write_text(json.dumps({f"scoop-{k}": {"mass": 0.4, "say": say} for k in (1, 2, 3)}))
    RunDir.create(tmp_path / "run", load_campaign(tmp_path / "mine.toml").to_toml()).close()
    done = work(tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "run" / "status.json").read_text())["result"]["outcome"] == "goal met"
    assert (tmp_path / "run" / "report.html").is_file()
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"stage": "scoop-1: digging", "share": 0.25} in events and {"warn": "scoop-2: soft"} in events
    assert {"stage": "scoop-2: done", "share": 1.0} in events
    stages = [event["stage"] for event in events if "stage" in event]  # "starting" says that a bed is there
    assert stages.index("scoop-1: in its turn") < stages.index("scoop-1: starting")


def test_the_worker_has_a_code_for_a_run_that_another_process_holds(tmp_path):
    with RunDir.create(tmp_path / "run", 'name = "x"\n'):
        done = work(tmp_path / "run")
    assert done.returncode == BUSY and f"in use by process {os.getpid()}" in done.stderr


def test_a_run_does_not_wait_for_plots_to_be_imported():
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from regolith import mission\n"
        "from regolith.sweep import worker\n"
        "mission.resume = lambda *_, **__: sys.exit('matplotlib' in sys.modules)\n"
        "worker._go_on(Path('nowhere'), 'cpu', 1, None)\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

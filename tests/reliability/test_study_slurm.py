"""A study on Slurm: one that is made up does the jobs; profiles with mistakes; the script of a job array."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from regolith import sweep_command
from regolith.errors import ConfigError
from regolith.sweep import slurm
from tests.mission.tiny import ROOT, environment
from tests.reliability import fake_run
from tests.reliability.fake_run import sweep

pytest.importorskip("distributed")
# looked for, not imported: only regolith may import it, and keep what Ctrl-C does
with_jobqueue = pytest.mark.skipif(find_spec("dask_jobqueue") is None, reason="needs dask-jobqueue")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")
fake = pytest.fixture(fake_run.stand_in)


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

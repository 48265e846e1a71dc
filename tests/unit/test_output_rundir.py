"""Whose run directory it is, and what it says about itself."""

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from regolith.errors import OutputError
from regolith.output import lock, rundir
from regolith.output.lock import LOCK_NAME, Owner
from regolith.output.rundir import RunDir
from tests.mission.tiny import environment


def test_create_describe_close_and_open_again(tmp_path):
    path = tmp_path / "runs" / "scoop-abc"
    with RunDir.create(path, 'name = "scoop"\n') as run:
        run.write_manifest({"seed": 1, "backend": "cpu"})
        run.write_status({"state": "interrupted", "time": np.float32(0.5), "bad": float("nan"), "at": np.arange(2)})
        assert (path / LOCK_NAME).exists()
    assert not (path / LOCK_NAME).exists()
    with RunDir.open(path) as run:
        assert run.mission.read_text() == 'name = "scoop"\n'
        assert run.read_status() == {"state": "interrupted", "time": 0.5, "bad": None, "at": [0, 1]}
        run.write_manifest({"seed": 1, "backend": "cuda"})
        manifest = json.loads(run.manifest.read_text())
    assert manifest["backend"] == "cuda" and manifest["earlier_starts"][0]["backend"] == "cpu"
    assert manifest["versions"]["numpy"] == np.__version__ and "python" in manifest["versions"]
    assert sorted(entry.name for entry in path.iterdir()) == ["manifest.json", "mission.toml", "status.json"]


def test_a_living_holder_is_named(tmp_path):
    with RunDir.create(tmp_path / "run", ""):
        for again in (lambda: RunDir.open(tmp_path / "run"), lambda: RunDir.create(tmp_path / "run", "")):
            with pytest.raises(OutputError, match="this process already"):
                again()
        code = "import pathlib, sys; from regolith.output import rundir; rundir.RunDir.open(pathlib.Path(sys.argv[1]))"
        command = [sys.executable, "-c", code, str(tmp_path / "run")]
        other = subprocess.run(command, capture_output=True, text=True, env=child_env())
        assert f"in use by process {os.getpid()} on {socket.gethostname()}" in other.stderr


def child_env():
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


def put_lock(folder, **changes):
    owner = Owner.this_process()
    fields = {"pid": owner.pid, "host": owner.host, "start": owner.start} | changes
    (folder / LOCK_NAME).write_text(json.dumps(fields))


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_dead_holder_is_replaced_silently(tmp_path):
    RunDir.create(tmp_path, "").close()
    for changes in ({"pid": dead_pid()}, {"start": "another process had this number"}):
        put_lock(tmp_path, **changes)
        RunDir.open(tmp_path).close()
    (tmp_path / LOCK_NAME).write_text("")  # killed between making and filling it
    RunDir.open(tmp_path).close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["mission.toml"]


def test_a_killed_child_that_nobody_waits_for_counts_as_dead(tmp_path):
    RunDir.create(tmp_path, "").close()
    child = subprocess.Popen(["sleep", "60"])
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, but still in the table of processes
    put_lock(tmp_path, pid=child.pid)
    RunDir.open(tmp_path).close()
    child.wait()


def test_a_holder_on_another_host_is_left_alone(tmp_path):
    RunDir.create(tmp_path, "").close()
    put_lock(tmp_path, host="elsewhere")
    with pytest.raises(OutputError, match=r"on elsewhere.*delete .*run\.lock"):
        RunDir.open(tmp_path)


def test_a_holder_on_another_host_that_is_silent_for_long_is_replaced(tmp_path):
    RunDir.create(tmp_path, "").close()
    put_lock(tmp_path, host="elsewhere")
    past = time.time() - lock.SILENCE - 1
    os.utime(tmp_path / LOCK_NAME, (past, past))
    RunDir.open(tmp_path).close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["mission.toml"]


def test_a_holder_shows_that_it_lives_and_ends_when_another_host_took_over(tmp_path):
    """As after a long suspension: two processes must not write in one directory."""
    code = "import pathlib, sys, time; from regolith.output import lock; lock.BEAT = 0.05; "
    code += "lock.acquire(pathlib.Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=child_env()
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        past = time.time() - 1000
        os.utime(tmp_path / LOCK_NAME, (past, past))
        limit = time.monotonic() + 30
        while (tmp_path / LOCK_NAME).stat().st_mtime < past + 500:
            assert time.monotonic() < limit
            time.sleep(0.01)
        put_lock(tmp_path, host="elsewhere")
        assert "elsewhere has taken it over" in holder.communicate(timeout=30)[1] and holder.returncode == 2


def test_without_proc_the_start_comes_from_ps_or_is_unknown(monkeypatch):
    owner = Owner.this_process()
    assert Owner(owner.pid, owner.host, None).is_alive()
    assert owner.is_alive() and not Owner(dead_pid(), owner.host, owner.start).is_alive()


@pytest.mark.parametrize(
    ("state", "message"),
    [("done", "finished run.*--out"), ("interrupted", "unfinished.*regolith resume"), ("running", "regolith resume")],
)
def test_an_earlier_run_is_not_overwritten(tmp_path, state, message):
    with RunDir.create(tmp_path / "run", "") as run:
        run.write_status({"state": state})
    with pytest.raises(OutputError, match=message):
        RunDir.create(tmp_path / "run", "other")
    assert (tmp_path / "run" / "mission.toml").read_text() == ""
    assert not (tmp_path / "run" / LOCK_NAME).exists()


def test_a_foreign_folder_or_file_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(OutputError, match="not empty.*--out"):
        RunDir.create(tmp_path, "")
    with pytest.raises(OutputError, match=r"no mission\.toml"):
        RunDir.open(tmp_path)
    with pytest.raises(OutputError, match="thesis.tex"):
        RunDir.create(tmp_path / "thesis.tex", "")
    with pytest.raises(OutputError, match="thesis.tex"):
        RunDir.create(tmp_path / "thesis.tex" / "run", "")
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_run_killed_before_its_mission_was_written_may_be_created_again(tmp_path):
    (tmp_path / ".mission.toml.tmp").write_text("killed while writ")
    put_lock(tmp_path, pid=dead_pid())
    RunDir.create(tmp_path, "x").close()


def test_unknown_state_and_damaged_status_are_refused(tmp_path):
    with RunDir.create(tmp_path, "") as run:
        with pytest.raises(ValueError, match="must be one of running"):
            run.write_status({"state": "perhaps"})
        run.status.write_text("{")
        with pytest.raises(OutputError, match=r"status\.json: is damaged"):
            run.read_status()


def test_versions_and_commit_import_nothing_heavy(tmp_path):
    code = "import sys; from regolith.output import rundir; rundir.versions(); print('taichi' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=child_env(), check=True)
    assert out.stdout.strip() == "False"
    commit = rundir.git_commit()
    assert commit is None or len(commit.removesuffix("-dirty")) == 40


def test_a_lock_is_waited_for(tmp_path):
    code = "import sys, time; from pathlib import Path; from regolith.output import lock\n"
    code += "p = Path(sys.argv[1]); lock.acquire(p); print('held', flush=True); sys.stdin.read(); lock.release(p)"
    looks = []
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment()}
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], **pipes) as holder:
        assert holder.stdin is not None and holder.stdout is not None and holder.stdout.readline() == "held\n"

        def look() -> None:
            looks.append(holder.poll())
            if len(looks) == 2:
                holder.stdin.close()

        with lock.held(tmp_path, look):
            assert holder.wait(30) == 0
    assert len(looks) >= 2 and not list(tmp_path.iterdir())

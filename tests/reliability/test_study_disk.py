"""A study of real missions, one of which has a full disk: it fails by itself, and is made up for when there is room."""

import shutil
import subprocess

import pytest

from regolith.sweep.plan import make_study
from regolith.sweep.table import read_table
from tests.mission.tiny import call
from tests.reliability import tiny_study


@pytest.fixture
def study(tmp_path):
    """Its file, its directory, and the prepared directory of its first run, which is a disk of 200 kB of its own."""
    file, out = tiny_study.write(tmp_path), tmp_path / "out"
    assert call("sweep", file, "--out", out, "--prepare").returncode == 0
    full = out / "runs" / make_study(file).runs[0].id
    kept = tmp_path / "kept"
    shutil.copytree(full, kept)
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", full], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount a file system here")
    shutil.copytree(kept, full, dirs_exist_ok=True)
    yield file, out, full
    subprocess.run(["umount", full], check=True)


def test_a_full_disk_fails_one_run_and_the_table_says_why(study):
    file, out, full = study
    ended = call("sweep", file, "--out", out)
    assert ended.returncode == 1, ended.stderr
    columns = read_table(out / "study.h5").columns
    assert columns["state"] == ["failed", "done"] and "No space left on device" in columns["reason"][0]
    assert call("sweep", file, "--out", out).returncode == 1  # it is not tried again unasked
    subprocess.run(["mount", "-o", "remount,size=50m", full], check=True)
    again = call("sweep", file, "--out", out, "--retry-failed")
    assert again.returncode == 0, again.stderr
    assert read_table(out / "study.h5").done.all() and len(tiny_study.hashes(out)) == 1

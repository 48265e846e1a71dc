"""A shaken box of grains: guards, the same bits from any number of threads and after any restart."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("what", ["velocity", "position", "spin"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_non_finite_grain_stops_the_run_and_is_named(figures, precision, what, value):
    """Even if the grain left the pair list as lost before the guards look."""
    said = figures("shaker", precision)["guards"][f"{what}/{value}"]
    assert "non-finite values, the first is id 17" in said, said


def test_a_deep_overlap_stops_the_run_and_names_both_grains(figures, precision):
    guards = figures("shaker", precision)["guards"]
    assert "between grains 17 and 18" in guards["overlap"], guards["overlap"]
    assert guards["healthy"] == guards["allowed overlap"] == "nothing"


def shake(what: str, folder: Path, threads: int, precision: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.verification.restart", what, str(folder), str(threads), precision]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def drill(*words) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.verification.drilling", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ends(process: subprocess.Popen[str]) -> dict[str, str]:
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


def test_same_bits_for_any_threads_any_run_and_any_restart(tmp_path):
    """Restarted in a new process with other threads, at a rebuild, one step before it, after it, between two."""
    whole = ends(shake("run", tmp_path, 1, "mixed"))["end"]
    others = [shake("plain", tmp_path, 2, "mixed"), shake("resume", tmp_path, 2, "mixed")]
    assert ends(others[0]) == {"end": whole}
    assert ends(others[1]) == dict.fromkeys(("earlier", "rebuild", "later", "between"), whole)


def test_a_drill_ends_at_the_same_bits_for_any_threads_and_restart(tmp_path):
    """Enough grains for two threads; the state is saved in a process with one and gone on from in one with two."""
    whole = ends(drill("run", tmp_path, 1))["end"]
    assert ends(drill("again", tmp_path, 2)) == {"end": whole, "resumed": whole}

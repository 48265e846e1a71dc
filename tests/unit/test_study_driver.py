"""How a study is driven: how its runs end, what is tried again and what goes on. The runs are stand-ins."""

import json
import signal
import sys
from dataclasses import replace

import pytest

from regolith.errors import ConfigError, Interrupted, OutputError
from regolith.output import lock
from regolith.sweep import study as driver
from regolith.sweep import table_file
from tests.unit.study_desk import FAKE, make_desk, planned

KILL = int(signal.SIGKILL)
desk = pytest.fixture(make_desk)


def test_every_run_is_done_once_and_never_again(desk):
    assert desk.sweep() == ["done"] * 4
    assert sorted(desk.executed) == ["0", "1", "2", "3"]
    assert desk.table["id"] == [f"r-{n}" for n in range(4)] and desk.table["state"] == ["done"] * 4
    assert desk.table["captured_mass_kg"].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert desk.sweep() == ["done"] * 4 and len(desk.executed) == 4
    assert (desk.out / "runs" / "r-2" / "mission.toml").read_text() == desk.runs[2].text


def test_a_mix_of_failures_stops_nobody_and_each_says_why(desk):
    desk.runs = [planned(number) for number in range(6)]
    desk.runs[4] = replace(desk.runs[4], id="", contents="", refused="bed.depth = 9: too deep")
    disk = "grains.vtkhdf: cannot append: No space left on device."
    desk.change(0, signal=KILL)
    desk.change(1, exit=3, status={"state": "failed", "reason": "guard", "message": "grain 7 is lost"})
    desk.change(2, exit=2, status={"state": "failed", "reason": "OutputError", "message": disk})
    desk.change(3, exit=2)
    assert desk.sweep() == ["crashed", "failed", "failed", "failed", "refused", "done"]
    reasons = desk.table["reason"]
    assert reasons[0].startswith("its process was ended by SIGKILL, 2 times")
    assert reasons[1:] == ["grain 7 is lost", disk, "grain 7 is bad", "bed.depth = 9: too deep", ""]
    assert desk.table["crashes"].tolist() == [2, 0, 0, 0, 0, 0]
    assert [desk.executed.count(str(n)) for n in range(6)] == [2, 1, 1, 1, 0, 1]


def test_failed_runs_are_tried_again_if_asked_and_crashed_ones_always(desk):
    desk.change(0, signal=KILL, times=3)
    desk.change(1, exit=3, times=1)
    assert desk.sweep() == ["crashed", "failed", "done", "done"]
    assert desk.sweep() == ["done", "failed", "done", "done"]  # its third death is the first of this sitting
    assert desk.table["reason"][1] == "grain 7 is bad" and desk.table["crashes"].tolist() == [3, 0, 0, 0]
    assert desk.sweep(retry_failed=True) == ["done"] * 4
    assert desk.executed.count("0") == 4 and desk.executed.count("1") == 2 and desk.executed.count("2") == 1
    assert desk.table["reason"] == [""] * 4


def test_a_failed_run_that_was_to_be_tried_again_is_interrupted_until_then(desk):
    desk.change(0, exit=3, times=1)
    desk.sweep(only=["0"])
    desk.watch.stop_after = 0
    with pytest.raises(Interrupted):
        desk.sweep(retry_failed=True)
    desk.watch.stop_after = 1000
    assert desk.sweep(only=["0"])[0] == "done"  # unasked this time


def test_only_and_limit(desk):
    assert desk.sweep(only=["r-2", "0"]) == ["done", "waiting", "done", "waiting"]
    assert desk.sweep(limit=1) == ["done", "done", "done", "waiting"]
    assert desk.table["state"] == ["done", "done", "done", "waiting"]
    assert sorted(desk.executed) == ["0", "1", "2"]
    with pytest.raises(ConfigError, match="--only 4: there is no such run; must be a number from 0 to 3, or the id"):
        desk.sweep(only=["1,4"])


def test_a_study_grows_and_shrinks(desk):
    whole = desk.runs
    desk.runs = whole[:2]
    assert desk.sweep() == ["done", "done"]
    desk.runs = [replace(whole[3], number=0), *(replace(run, number=run.number + 1) for run in whole[:2])]
    assert desk.sweep() == ["done"] * 3
    assert desk.table["id"] == ["r-3", "r-0", "r-1"] and sorted(desk.executed) == ["0", "1", "3"]
    desk.runs = [replace(whole[1], number=0)]
    assert desk.sweep() == ["done"] and desk.table["id"] == ["r-1"]
    assert (desk.out / "runs" / "r-3").is_dir()


def test_interrupted_it_stops_its_runs_and_goes_on(desk):
    for number in (1, 2):
        desk.change(number, wait=60)
    desk.watch.stop_after = 1
    with pytest.raises(Interrupted, match=f"Go on with: regolith resume {desk.out}"):
        desk.sweep()
    assert ("r-0", "done") in desk.watch.ended and desk.table["state"][0] == "done"
    assert set(desk.table["state"][1:]) <= {"waiting", "interrupted"}
    assert lock.owner_of(desk.out) is None
    desk.words.clear()
    desk.watch.stop_after = 1000
    assert desk.sweep() == ["done"] * 4 and desk.executed.count("0") == 1


@pytest.mark.parametrize("chosen", [["0", "1"], ["0"]])  # the killed run is begun again, or is not
def test_a_killed_run_no_longer_seems_at_work_once_its_study_is_stopped(desk, chosen):
    desk.sweep(only=["1"])
    status = desk.out / "runs" / "r-1" / "status.json"
    status.write_text(json.dumps({"state": "running", "operations": []}))  # a kill has left it so
    desk.change(1, wait=60)
    desk.watch.stop_after = 1
    with pytest.raises(Interrupted):
        desk.sweep(only=chosen)
    assert desk.status(1) == {"state": "interrupted", "operations": [], "message": "its process was killed"}
    assert desk.table["state"][:2] == ["done", "interrupted"]


def test_a_stopped_run_that_another_process_has_taken_keeps_its_status(desk):
    desk.sweep(only=["1"])
    run = desk.out / "runs" / "r-1"
    (run / "status.json").write_text(json.dumps({"state": "running"}))
    lock.acquire(run)
    desk.change(1, wait=60)
    desk.watch.stop_after = 1
    with pytest.raises(Interrupted):
        desk.sweep(only=["0", "1"])
    assert desk.status(1) == {"state": "running"}
    lock.release(run)


def test_what_looks_at_work_was_cut_off_and_goes_on(desk):
    desk.sweep(only=["1"])
    status = desk.out / "runs" / "r-1" / "status.json"
    status.write_text(json.dumps({"state": "running"}))
    assert desk.sweep(only=["0"]) == ["done", "interrupted", "waiting", "waiting"]
    assert desk.sweep() == ["done"] * 4 and desk.executed.count("1") == 2


def test_a_run_that_another_process_holds_is_left_alone(desk):
    desk.change(0, exit=75)
    assert desk.sweep() == ["waiting", "done", "done", "done"]
    assert desk.table["reason"][0] == "grain 7 is bad"  # what the worker said of the other process


def test_a_table_that_cannot_be_written_is_told_once_tried_again_and_fails_at_the_end(desk, monkeypatch):
    writes = []

    def full(path, study, rows):
        writes.append([row.state for row in rows])
        raise OutputError("study.h5: cannot write the table: No space left on device.")

    monkeypatch.setattr(table_file, "PAUSE", 0.0)
    monkeypatch.setattr(table_file, "SHARE", 1.0)
    monkeypatch.setattr("regolith.sweep.table.write_table", full)
    with pytest.raises(OutputError, match="No space left"):
        desk.sweep()
    assert len(writes) > 2 and writes[-1] == ["done"] * 4
    assert len(desk.watch.warnings) == 1 and "goes on without it" in desk.watch.warnings[0]
    monkeypatch.undo()
    assert desk.sweep() == ["done"] * 4 and len(desk.executed) == 4 and desk.table["state"] == ["done"] * 4


def test_a_run_directory_that_cannot_be_made_fails_that_run_alone(desk, monkeypatch):
    create = driver.RunDir.create

    def full(path, text):
        if path.name == "r-1":
            raise OutputError(f"{path}: cannot create the run directory: No space left on device.")
        return create(path, text)

    monkeypatch.setattr(driver.RunDir, "create", full)
    assert desk.sweep() == ["done", "failed", "done", "done"]
    assert "No space left on device" in desk.table["reason"][1]
    monkeypatch.undo()
    monkeypatch.setattr(driver, "WORKER", (sys.executable, str(FAKE)))
    assert desk.sweep() == ["done"] * 4

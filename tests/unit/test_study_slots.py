"""Which run of a study begins when and on which GPU, and what a terminal is told meanwhile. The runs are stand-ins."""

import sys

import pytest

from regolith.errors import ConfigError
from regolith.sweep import study as driver
from regolith.sweep.order import Order
from regolith.sweep.places import places
from regolith.sweep.progress import Tally, TerminalStudy
from regolith.sweep.rows import Row
from tests.unit.study_desk import make_desk, planned

desk = pytest.fixture(make_desk)


def test_the_first_run_of_every_bed_comes_first(desk):
    desk.runs = [planned(n, bed) for n, bed in enumerate("aaabbbcd")]
    assert desk.sweep(slots=1) == ["done"] * 8
    assert desk.executed == ["0", "3", "6", "7", "1", "2", "4", "5"]
    assert [desk.executed.count(str(n)) for n in range(8)] == [1] * 8


def test_runs_wait_for_their_bed_outside_the_slots(desk):
    """Three slots, but the second run of a bed begins only when the first says that it is there."""
    desk.runs = [planned(n, bed) for n, bed in enumerate("aaab")]
    desk.change(0, wait=0.6, say=[{"stage": "bed: pouring", "share": 0.5}])
    desk.sweep(slots=3)
    assert desk.executed[:2] in (["0", "3"], ["3", "0"]) and desk.watch.ended[0] == ("r-3", "done")
    assert [name for name, _ in desk.watch.ended].index("r-0") < 2


@pytest.mark.parametrize("stage", ["starting", "scoop-1: starting"])  # of a mission, of a campaign's first operation
def test_a_bed_that_is_there_early_lets_the_others_begin(desk, stage):
    desk.runs = [planned(n, "a") for n in range(3)]
    desk.change(0, wait=1.5, say=[{"stage": stage, "share": 0.0}])
    desk.sweep(slots=3)
    assert desk.watch.ended[-1] == ("r-0", "done")


def test_where_the_first_run_of_a_bed_fails_the_next_one_settles_it(desk):
    desk.runs = [planned(n, "a") for n in range(4)]
    desk.change(0, exit=3)
    desk.change(1, exit=3)
    assert desk.sweep(slots=4) == ["failed", "failed", "done", "done"]
    assert desk.executed == ["0", "1", "2", "3"]


def test_order_counts_what_has_not_begun():
    order = Order([planned(n, bed) for n, bed in enumerate("xaab")], {"x"})
    assert [run.number for run in order.all()] == [1, 3, 0, 2] and len(order) == 4
    first = order.next()
    assert first is not None and first.number == 1 and len(order) == 3
    assert [run.number for run in (order.next(), order.next()) if run] == [3, 0] and order.next() is None
    order.end(first)
    behind = order.next()
    assert behind is not None and behind.number == 2 and len(order) == 0


def test_each_slot_has_its_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, 1")
    assert places("cuda", 1) == [{"CUDA_VISIBLE_DEVICES": "3"}, {"CUDA_VISIBLE_DEVICES": "1"}]
    assert places("gpu", 1, 1) == [{"CUDA_VISIBLE_DEVICES": "3"}]
    assert places("cpu", 1, 3) == [{}] * 3 and places("vulkan", 1) == [{}]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(ConfigError, match="hides every GPU"):
        places("cuda", 1)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    said = (
        "GPU 0: NVIDIA H200 (UUID: GPU-aa)\nGPU 1: NVIDIA H200 (UUID: GPU-bb)\n  MIG 1g.18gb Device 0: (UUID: MIG-x)\n"
    )
    said += "  MIG 1g.18gb Device 1: (UUID: MIG-y)\nGPU 2: NVIDIA H200 (UUID: GPU-cc)\n"
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{said}END\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = [place["CUDA_VISIBLE_DEVICES"] for place in places("cuda", 1)]
    assert found == ["GPU-aa", "MIG-x", "MIG-y", "GPU-cc"]


def test_runs_get_the_environment_of_their_slot(desk):
    code = "import os, sys, json, pathlib; p = pathlib.Path(sys.argv[1]); "
    code += "(p / 'status.json').write_text(json.dumps({'state': 'done', 'result': {'device': os.environ['DEVICE']}}))"
    driver.WORKER = (sys.executable, "-c", code)
    desk.sweep(places=[{"DEVICE": "x"}, {"DEVICE": "y"}])
    assert set(desk.table["device"]) == {"x", "y"}


def test_cuda_without_a_device_is_refused_before_anything_starts(desk, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(desk.folder))
    with pytest.raises(ConfigError, match="nvidia-smi shows no GPU here; use --arch cpu"):
        desk.sweep(slots=None, arch="cuda")
    assert not desk.out.exists()


def test_time_left_is_the_mean_of_the_ended_over_the_slots():
    rows = [Row(planned(n), "done", result={"wall_s": 10.0}) for n in range(2)] + [Row(planned(n)) for n in range(2, 8)]
    tally = Tally(rows, 6, 2)
    assert tally.said() == "2 of 8 runs done, 6 waiting" and tally.time_left() == 30.0
    rows[2].state = "done"
    tally.end(rows[2], 40.0)
    assert tally.time_left(shares=1.0) == pytest.approx((5 - 1) * 20 / 2)
    rows[3].state = "failed"
    tally.end(rows[3], 1000.0)
    assert tally.time_left() == pytest.approx(4 * 20 / 2) and tally.time_said() == "about 0 min 40 s left"
    assert Tally(rows[4:], 4, 2).time_said() == "time left not known yet"


def test_plain_lines_and_the_live_table(desk, capsys, monkeypatch):
    desk.change(1, exit=3)
    desk.change(2, say=[{"warn": "the bed is soft"}, {"time": 1.0, "end": 4.0, "captured_mass": 0.1}])
    with TerminalStudy() as watch:
        desk.sweep(slots=1, watch=watch)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "0 of 4 runs done, 4 waiting; 4 to do, 1 at once"
    assert lines[2].startswith(
        "run 1 (r-1): failed (grain 7 is bad); 1 of 4 runs done, 2 waiting, 1 failed, about 0 min"
    )
    assert "warning: run 2 (r-2): the bed is soft" in lines and lines[-1].endswith("3 of 4 runs done, 1 failed")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    row = Row(planned(5), "running")
    with TerminalStudy() as watch:
        watch.start(Tally([row], 1, 1))
        watch.begin(row)
        watch.hear(row.run.id, {"time": 1.0, "end": 4.0})
        assert watch._live is not None
        watch._live.console.print(watch._table())
    shown = capsys.readouterr().err
    assert "run 5 (r-5)" in shown and "cohesion=5000" in shown and "digging" in shown and "25%" in shown

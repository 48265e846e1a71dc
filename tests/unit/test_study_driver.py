"""How a study is driven: what begins and in which order, how runs end, what goes on. The runs are stand-ins."""

import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from regolith.errors import ConfigError, Interrupted, InUse, OutputError
from regolith.output import lock
from regolith.sweep import study as driver
from regolith.sweep import table_file
from regolith.sweep.order import Order
from regolith.sweep.places import places
from regolith.sweep.progress import StudyWatch, Tally, TerminalStudy
from regolith.sweep.rows import Parameter, Planned, Row, Study
from regolith.sweep.table import read_table

FAKE = Path(__file__).with_name("fake_worker.py")
KILL = int(signal.SIGKILL)


def planned(number: int, bed: str = "") -> Planned:
    return Planned(number, f"r-{number}", {"soil.cohesion": 1e3 * number}, 0, 7, f'{{"name": "r-{number}"}}', bed)


class Desk:
    """A study, what its stand-ins are to do, and what they did."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "out"
        self.words: dict[str, dict] = {}
        self.watch = Said()
        self.file = folder / "mine.toml"
        self.file.write_text('base = "scoop-preview"\n[vary."soil.cohesion"]\nvalues = [1, 2]\n')
        self.runs = [planned(number) for number in range(4)]

    def change(self, number: int, **words: object) -> None:
        self.words[str(number)] = words

    @property
    def study(self) -> Study:
        parameter = Parameter("soil.cohesion", "Pa", "list", 0.0, 9e3)
        return Study("mine", (parameter,), tuple(self.runs), "", 0, 1, None, "scoop-preview")

    def script(self) -> None:
        plain = {run.id.partition("-")[2]: {"mass": 0.1 * (1 + run.number)} for run in self.runs}
        script = {name: words | self.words.get(name, {}) for name, words in plain.items()}
        (self.folder / "script.json").write_text(json.dumps(script))

    def sweep(self, slots: int = 2, **wishes: object) -> list[str]:
        self.script()
        wishes = {"watch": self.watch} | wishes
        rows = driver.sweep(self.study, self.file, self.out, slots=slots, **wishes)
        return [row.state for row in rows]

    @property
    def executed(self) -> list[str]:
        path = self.folder / "executed"
        return path.read_text().split() if path.exists() else []

    @property
    def table(self) -> dict[str, Sequence]:
        return read_table(self.out / "study.h5").columns

    def status(self, number: int) -> dict:
        return json.loads((self.out / "runs" / f"r-{number}" / "status.json").read_text())


class Said(StudyWatch):
    """Keeps what it is told, and asks to stop once so many runs have ended."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.ended: list[tuple[str, str]] = []
        self.stop_after = 1000

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def end(self, row: Row) -> None:
        self.ended.append((row.run.id, row.state))

    def stop_asked(self) -> bool:
        return len(self.ended) >= self.stop_after


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(driver, "WORKER", (sys.executable, str(FAKE)))
    return Desk(tmp_path)


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


def test_the_directory_of_something_else_or_of_another_version_is_refused(desk):
    desk.sweep()
    manifest = desk.out / "manifest.json"
    content = json.loads(manifest.read_text())
    assert content["kind"] == "study" and content["runs"] == 4 and content["earlier_starts"] == []
    for change, message in (
        ({"format": 2}, r"was made by another version of regolith \(.*format 2; this one is .*, format 1\)"),
        ({"versions": {"regolith-dem": "0.0.1"}}, r"another version of regolith \(0.0.1, .*Go on with that version"),
        ({"versions": []}, r"another version of regolith \(unknown, "),
        ({"name": "other"}, "holds the study 'other' of 'scoop-preview', not 'mine'.*Choose another --out"),
        ({"base": "drill-preview"}, "holds the study 'mine' of 'drill-preview', not 'mine' of 'scoop-preview'"),
        ({"kind": "campaign"}, "holds a campaign, not a study"),
    ):
        manifest.write_text(json.dumps(content | change))
        with pytest.raises(OutputError, match=message):
            desk.sweep()
    manifest.unlink()
    with pytest.raises(OutputError, match="the folder is not empty"):
        desk.sweep()
    assert len(desk.executed) == 4


def test_a_directory_that_another_process_drives_is_refused(desk):
    desk.out.mkdir()
    lock.acquire(desk.out)
    with pytest.raises(InUse):
        desk.sweep()
    lock.release(desk.out)
    assert desk.sweep() == ["done"] * 4


def test_unknown_wishes_leave_nothing_behind(desk):
    for wishes in ({"arch": "abacus"}, {"only": ["9"]}, {"threads": 0}):
        with pytest.raises(ConfigError):
            desk.sweep(**wishes)
    assert not desk.out.exists()


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


def test_the_copy_of_the_study_stands_alone(desk):
    base = desk.folder / "deep" / "base.toml"
    base.parent.mkdir()
    (base.parent / "mine.stl").write_text("")
    base.write_text('[soil]\npreset = "grc-1"\n[tool]\nkind = "stl"\nfile = "mine.stl"\n')
    desk.file.write_text(
        'base = "deep/base.toml"\n[set]\n"soil.preset" = "mine.toml"\n[vary."tool.file"]\nvalues = ["a.stl", "b.stl"]\n'
        "[vary.bed]\ndepth.values = [1, 2]\n"
    )
    desk.sweep()
    from regolith.config.files import read_toml

    copied, its_base = read_toml(desk.out / "study.toml"), read_toml(desk.out / "base.toml")
    assert copied["base"] == "base.toml" and copied["name"] == "mine"
    assert copied["set"]["soil.preset"] == str(desk.folder / "mine.toml")
    assert copied["vary"]["tool.file"]["values"] == [str(desk.folder / name) for name in ("a.stl", "b.stl")]
    assert copied["vary"]["bed"] == {"depth": {"values": [1, 2]}}
    assert its_base["tool"]["file"] == str(base.parent / "mine.stl") and its_base["soil"]["preset"] == "grc-1"
    assert its_base["name"] == "base"
    desk.file = desk.out / "study.toml"
    before = desk.file.read_text()
    desk.sweep()
    assert desk.file.read_text() == before


def test_prepare_makes_the_directories_and_the_list(desk):
    desk.runs = [planned(n, bed) for n, bed in enumerate("aab")]
    desk.sweep(only=["2"])
    ids = driver.prepare(desk.study, desk.file, desk.out)
    assert ids == ["r-0", "r-1"] and (desk.out / "runs.txt").read_text() == "r-0\nr-1\n"
    assert (desk.out / "runs" / "r-1" / "mission.toml").is_file() and desk.executed == ["2"]
    assert desk.table["state"] == ["waiting", "waiting", "done"]


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


def test_a_study_that_shares_no_run_with_what_is_there_is_refused(desk):
    """It would have taken every row from the table."""
    desk.sweep()
    desk.runs = [planned(number) for number in range(10, 14)]
    with pytest.raises(OutputError, match="none of the 4 runs that were begun here is in the study any more"):
        desk.sweep()
    assert desk.table["id"] == [f"r-{n}" for n in range(4)]


def test_runs_that_leave_the_study_are_told_of(desk):
    desk.sweep()
    desk.runs = [replace(run, number=k) for k, run in enumerate([*desk.runs[2:], planned(7)])]
    assert desk.sweep() == ["done"] * 3
    assert any("2 earlier runs are not in the study any more" in text for text in desk.watch.warnings)


def test_cuda_without_a_device_is_refused_before_anything_starts(desk, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(desk.folder))
    with pytest.raises(ConfigError, match="nvidia-smi shows no GPU here; use --arch cpu"):
        desk.sweep(slots=None, arch="cuda")
    assert not desk.out.exists()

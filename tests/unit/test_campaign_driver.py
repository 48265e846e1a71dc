"""How a campaign is driven: order, speculation, failures, interruption, resuming. The operations are stand-ins."""

import csv
import json
import signal
import sys
import tomllib
from pathlib import Path

import pytest
import tomli_w
from typer.testing import CliRunner

from regolith import campaign, campaign_report
from regolith.board import Quiet
from regolith.cli import app
from regolith.config import load_campaign
from regolith.config.load import read_with
from regolith.errors import Interrupted, OperationFailed, OutputError

FAKE = Path(__file__).with_name("fake_worker.py")
DIGS = {"name": "dig", "site": "a", "ground": "trench", "repeat": 2}
SCOOPS = {"name": "scoop", "until": "goal", "at_most": 6}
MASSES = {"drill": 0.3, "dig-1": 0.25, "dig-2": 0.2, **{f"scoop-{k}": 0.4 + 0.01 * k for k in range(1, 7)}}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "WORKER", (sys.executable, str(FAKE)))
    return Desk(tmp_path)


class Desk:
    """A campaign file, what its stand-ins are to do, and what they did."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "out"
        self.script({name: {"mass": mass} for name, mass in MASSES.items()})

    def script(self, words: dict) -> None:
        (self.folder / "script.json").write_text(json.dumps(words))

    def change(self, name: str, **words: object) -> None:
        script = json.loads((self.folder / "script.json").read_text())
        script[name] = {"mass": MASSES[name], **words}
        self.script(script)

    def file(self, *operations: dict, **goal: object) -> Path:
        path = self.folder / "mine.toml"
        content = read_with("scoop-preview", [])[1] | {"name": "mine", "campaign": goal, "sites": {"a": {}}}
        path.write_text(tomli_w.dumps(content | {"operations": list(operations)}))
        return path

    def run(self, *operations: dict, slots: int = 2, watch: Quiet | None = None, **goal: object) -> dict:
        config = load_campaign(self.file(*operations, **goal))
        return campaign.run(config, self.out, slots=slots, watch=watch)

    @property
    def executed(self) -> list[str]:
        path = self.folder / "executed"
        return path.read_text().split() if path.exists() else []

    @property
    def status(self) -> dict:
        return json.loads((self.out / "status.json").read_text())

    @property
    def table(self) -> list[dict]:
        with (self.out / "campaign.csv").open() as file:
            return list(csv.DictReader(file))

    def mission(self, folder: str) -> dict:
        return tomllib.loads((self.out / "operations" / folder / "mission.toml").read_text())

    @property
    def folders(self) -> list[str]:
        return sorted(path.name for path in (self.out / "operations").iterdir())


@pytest.mark.parametrize("slots", [1, 2, 5])
def test_the_outcome_does_not_depend_on_the_slots(desk, slots):
    desk.change("drill", wait=0.4)  # so that what comes after it ends before it
    result = desk.run({"name": "drill"}, SCOOPS, goal=1.5, slots=slots)
    assert result["text"] == "goal met: 1.56 kg after 4 operations" and result["outcome"] == "goal met"
    assert result["not_needed"] == ["scoop-4", "scoop-5", "scoop-6"]
    assert [row["name"] for row in desk.table] == ["drill", "scoop-1", "scoop-2", "scoop-3"]
    assert desk.folders == ["01-drill", "02-scoop-1", "03-scoop-2", "04-scoop-3"]
    assert desk.executed.count("drill") == 1 and len(set(desk.executed)) == len(desk.executed)
    assert set(desk.executed) <= {"drill", *(f"scoop-{k}" for k in range(1, 4 + slots))}
    assert result["stored_mass_kg"] == pytest.approx(0.3 + 0.41 + 0.42 + 0.43) and result["work_J"] == 20
    assert desk.status["operations"][0]["stored_mass_kg"] == float(desk.table[0]["stored_mass_kg"]) == 0.3


def test_a_slow_operation_keeps_one_slot_alone_and_what_runs_ahead_stops_at_the_goal(desk):
    desk.change("drill", wait=3)
    desk.run({"name": "drill"}, SCOOPS, goal=1.5)
    ended = [(desk.out / "operations" / folder / "status.json").stat().st_mtime for folder in desk.folders]
    assert ended[0] > max(ended[1:]) and len(ended) == 4
    assert "scoop-4" in desk.executed and "scoop-5" not in desk.executed  # without the drill, four make the goal


def test_what_was_stopped_as_not_needed_is_done_after_all_where_it_is(desk):
    """The second drill seemed to make the goal, so the scoop was stopped; but the first stalls, and skips it."""
    stalled = {"outcome": "stalled", "reason": "a rock"}
    script = {
        "drill-1": {"mass": 0.1, "wait": 2, "result": stalled},
        "drill-2": {"mass": 2},
        "scoop": {"mass": 1, "wait": 1},
    }
    desk.script(script)
    drills = {"name": "drill", "repeat": 2, "on_stall": "skip"}
    result = desk.run(drills, {"name": "scoop"}, goal=1.0, slots=3)
    assert result["text"] == "goal met: 1.1 kg after 2 operations" and result["not_needed"] == ["drill-2"]
    assert desk.executed.count("scoop") >= 1


def test_a_core_that_stays_in_the_ground_is_not_stored(desk):
    desk.script({"drill": {"mass": 0.3, "result": {"outcome": "stuck", "reason": "stuck"}}, "scoop": {"mass": 0.4}})
    result = desk.run({"name": "drill"}, SCOOPS | {"at_most": 1}, goal=0.5)
    assert result["outcome"] == "goal not met" and result["stored_mass_kg"] == 0.4


def test_what_is_not_needed_is_stopped_and_removed(desk):
    desk.change("scoop-1", wait=0.2)
    desk.change("scoop-2", wait=60)
    result = desk.run(SCOOPS, goal=0.4)
    assert result["operations"] == 1 and desk.folders == ["01-scoop-1"] and set(desk.executed) >= {"scoop-1"}


def test_a_trench_is_dug_in_turn_beside_other_ground(desk):
    desk.change("dig-1", wait=0.5)
    desk.run(DIGS, {"name": "drill"}, goal=2.0, slots=3)
    assert desk.executed.index("drill") < desk.executed.index("dig-2")
    first, second, _ = (desk.mission(folder) for folder in desk.folders)
    assert "continues" not in first["bed"] and first["output"]["final_state"] is True
    assert second["bed"]["continues"] == "../01-dig-1" and second["output"]["final_state"] is False
    assert desk.status["result"]["outcome"] == "goal not met"


@pytest.mark.parametrize("code", [2, 3])
def test_a_failed_operation_fails_the_campaign_untried(desk, code):
    desk.change("scoop-2", exit=code)
    with pytest.raises(
        OperationFailed, match=rf"operation scoop-2 failed \(exit code {code}; .*grain 7 is bad"
    ) as told:
        desk.run(SCOOPS, goal=2.0)
    assert told.value.exit_code == code and desk.executed.count("scoop-2") == 1
    assert desk.status["state"] == "failed" and [row["name"] for row in desk.status["operations"]] == ["scoop-1"]
    desk.change("scoop-2")
    assert campaign.resume(desk.out)["outcome"] == "goal met"
    assert desk.executed.count("scoop-1") == 1 and desk.executed.count("scoop-2") == 2


def test_a_failure_ahead_of_its_turn_counts_only_if_it_is_needed(desk):
    desk.change("scoop-1", wait=0.3)
    desk.change("scoop-2", exit=3)
    assert desk.run(SCOOPS, goal=0.4)["outcome"] == "goal met"


def test_a_process_that_dies_twice(desk):
    desk.change("drill", signal=int(signal.SIGKILL))
    with pytest.raises(OperationFailed, match=r"its process was ended by signal 9, twice") as told:
        desk.run({"name": "drill"})
    assert told.value.exit_code == 1 and desk.executed == ["drill", "drill"]


class Impatient(Quiet):
    """Asks to stop once an operation's result is in."""

    asked = False

    def end(self, row):
        self.asked = True

    def stop_asked(self):
        return self.asked


def test_interrupted_and_resumed_repeats_nothing(desk):
    with pytest.raises(Interrupted, match=f"regolith resume {desk.out}"):
        desk.run(SCOOPS, goal=1.2, slots=1, watch=Impatient())
    assert desk.status["state"] == "interrupted" and len(desk.table) == 1
    result = campaign.resume(desk.out)
    assert result["text"] == "goal met: 1.26 kg after 3 operations" and desk.executed.count("scoop-1") == 1
    done = list(desk.executed)
    assert campaign.resume(desk.out) == result and desk.executed == done
    with pytest.raises(OutputError, match="holds a finished run"):
        desk.run(SCOOPS, goal=1.2)


def test_a_changed_campaign_is_not_gone_on_with(desk):
    with pytest.raises(Interrupted):
        desk.run(SCOOPS, goal=1.2, watch=Impatient())
    file = desk.out / "mission.toml"
    file.write_text(file.read_text().replace("goal = 1.2", "goal = 1.1"))
    with pytest.raises(OutputError, match="have changed since it began .* undo the change"):
        campaign.resume(desk.out)


def test_a_goal_out_of_reach_is_told_by_the_command_line_with_exit_code_0(desk):
    file = desk.file({"name": "drill"}, DIGS, goal=2.0, container_mass=3.0)
    done = CliRunner().invoke(app, ["run", str(file), "--out", str(desk.out), "--slots", "1"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith("operation\toutcome\tstored [g]") and lines[2].startswith("dig-1\tdone\t250\t550\t")
    assert lines[-1] == "goal not met: 0.75 kg after 3 operations, of 2 kg: all planned operations are done"
    assert f"report: {desk.out / 'report.html'}" in lines and f"table: {desk.out / 'campaign.csv'}" in lines
    again = CliRunner().invoke(app, ["resume", str(desk.out)])
    assert again.exit_code == 0 and again.stdout == done.stdout and len(desk.executed) == 3


def test_a_failure_is_one_message_and_the_operations_code(desk):
    desk.change("drill", exit=3)
    done = CliRunner().invoke(app, ["run", str(desk.file({"name": "drill"})), "--out", str(desk.out)])
    assert done.exit_code == 3 and done.stderr.splitlines()[-1].startswith("regolith: error: operation drill failed")


def test_the_report_stands_on_its_own_and_links_the_operations(desk):
    desk.run({"name": "drill"}, SCOOPS, goal=1.1, slots=1)
    (desk.out / "operations" / "01-drill" / "status.json").unlink()  # the campaign's own record is enough
    page = campaign_report.write(desk.out).read_text()
    assert page.startswith("<!doctype html>") and "goal met: 1.13 kg after 3 operations" in page
    assert "<a href='operations/01-drill/report.html'>drill</a>" in page and page.count("<tr>") > 20
    assert page.count("<img") == len(campaign_report.campaign_plots.PLOTS) and "src='data:image/png" in page
    assert "Planned and not needed: scoop-3, scoop-4" in page
    done = CliRunner().invoke(app, ["report", str(desk.out)])
    assert done.exit_code == 0 and done.stdout.strip() == str(desk.out / "report.html")


def test_an_unfinished_campaign_has_a_report(desk):
    desk.change("drill", exit=3)
    with pytest.raises(OperationFailed):
        desk.run({"name": "drill"})
    page = campaign_report.write(desk.out).read_text()
    assert "The campaign failed" in page and "grain 7 is bad" in page and "<img" not in page

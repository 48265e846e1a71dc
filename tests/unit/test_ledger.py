"""The book of a campaign: what is stored, what comes next, and how it ends."""

from types import SimpleNamespace

import pytest

from regolith.config.campaign import GoalConfig, OperationConfig, Step
from regolith.ledger import Ledger


def steps(*operations: OperationConfig) -> list[Step]:
    """Every run of the operations, on missions that only have a seed."""
    found: list[Step] = []
    for operation in operations:
        for repeat in range(operation.times):
            name = f"{operation.name}-{repeat + 1}" if operation.times > 1 else operation.name
            found.append(Step(len(found), name, operation, SimpleNamespace(seed=repeat)))  # type: ignore[arg-type]
    return found


def result(mass: float, *, outcome: str = "done", reason: str = "", time: float = 2.0, work: float = 10.0) -> dict:
    """Of a dig of soil of 1500 kg/m3."""
    return {
        "captured_mass_kg": mass, "captured_volume_m3": mass / 1500, "outcome": outcome, "reason": reason,
        "simulated_time_s": time, "work_J": work,
    }  # fmt: skip


def book(goal: dict, *operations: dict, duration: float = 2.0) -> Ledger:
    planned = steps(*(OperationConfig(**words) for words in operations))
    return Ledger(GoalConfig(**goal), planned, [duration] * len(planned))


SCOOPS = {"name": "scoop", "until": "goal", "at_most": 9}
DRILL = {"name": "drill"}


def ended(ledger: Ledger) -> tuple[str, str]:
    assert ledger.verdict is not None and ledger.next is None and ledger.ahead == []
    return ledger.verdict.outcome, ledger.verdict.text


def test_goal_met():
    ledger = book({"goal": 2.0}, DRILL, SCOOPS)
    for mass in (0.3, 0.7, 0.6):
        assert ledger.verdict is None
        ledger.enter(result(mass))
    assert [step.name for step in ledger.ahead][:2] == ["scoop-3", "scoop-4"]
    ledger.enter(result(0.43))
    assert ended(ledger) == ("goal met", "goal met: 2.03 kg after 4 operations")
    assert [row["cumulative_mass_kg"] for row in ledger.rows] == pytest.approx([0.3, 1.0, 1.6, 2.03])
    assert [step.name for step in ledger.unneeded] == [f"scoop-{k}" for k in range(4, 10)]


def test_goal_exactly_met_in_many_parts():
    ledger = book({"goal": 0.3}, {"name": "scoop", "repeat": 5})
    for _ in range(3):
        ledger.enter(result(0.1))
    assert ended(ledger)[0] == "goal met"


def test_all_done_without_reaching_the_goal():
    ledger = book({"goal": 2.0}, {"name": "scoop", "repeat": 2})
    ledger.enter(result(0.3))
    ledger.enter(result(0.0))
    assert ended(ledger) == (
        "goal not met", "goal not met: 0.3 kg after 2 operations, of 2 kg: all planned operations are done"
    )  # fmt: skip


def test_without_a_goal_everything_is_done_once():
    ledger = book({}, DRILL)
    ledger.enter(result(0.25))
    assert ended(ledger) == ("done", "done: 0.25 kg after 1 operation: all planned operations are done")


def test_to_the_end_leaves_out_only_what_waits_for_the_goal():
    ledger = book({"goal": 0.5, "stop": "end"}, SCOOPS, DRILL)
    ledger.enter(result(0.6))
    assert ledger.next is not None and ledger.next.name == "drill"
    ledger.enter(result(0.1))
    assert ended(ledger) == ("goal met", "goal met: 0.7 kg after 2 operations")
    assert len(ledger.unneeded) == 8


@pytest.mark.parametrize(
    "limit", [{"container_mass": 1.0}, {"container_volume": 1.0 / 1500}], ids=["by mass", "by volume"]
)
def test_a_full_container_takes_what_fits_and_ends_it(limit):
    ledger = book(limit, {"name": "scoop", "repeat": 4})
    ledger.enter(result(0.7))
    ledger.enter(result(0.7))
    assert ended(ledger) == ("done", "done: 1 kg after 2 operations: the container is full")
    assert ledger.rows[1]["stored_mass_kg"] == pytest.approx(0.3) and ledger.rows[1]["captured_mass_kg"] == 0.7


def test_an_operation_that_the_time_budget_does_not_hold_is_not_begun():
    ledger = book({"goal": 2.0, "time_budget": 5.0}, SCOOPS)
    ledger.enter(result(0.3))
    ledger.enter(result(0.3))
    outcome, text = ended(ledger)
    assert outcome == "goal not met" and "scoop-3 needs 2 s, and of the time budget of 5 s 1 s are left" in text
    assert ended(book({"time_budget": 1.0}, DRILL))[1].startswith("done: 0 kg after 0 operations: drill needs 2 s")


def test_a_drill_spends_what_its_actuators_do():
    ledger = book({"goal": 2.0, "energy_budget": 15.0}, {"name": "drill", "repeat": 5})
    for _ in range(2):
        ledger.enter(result(0.1, work=1.0) | {"actuator_work_J": 8.0})
    assert "the energy budget of 15 J is used up (16 J)" in ended(ledger)[1]
    assert ledger.work == 2.0


def test_a_used_energy_budget_ends_it():
    ledger = book({"goal": 2.0, "energy_budget": 15.0}, SCOOPS)
    ledger.enter(result(0.3))
    assert ledger.verdict is None
    ledger.enter(result(0.3))
    assert "the energy budget of 15 J is used up (20 J)" in ended(ledger)[1]


STALL = {"outcome": "stalled", "reason": "torque limit at 0.4 m"}


def test_after_a_stall_it_goes_on():
    ledger = book({"goal": 2.0}, {"name": "drill", "repeat": 3}, SCOOPS)
    ledger.enter(result(0.1, **STALL))
    assert ledger.next is not None and ledger.next.name == "drill-2"
    assert ledger.rows[0]["outcome"] == "stalled" and ledger.stored == 0.1


def test_after_a_stall_other_repeats_are_skipped():
    ledger = book({"goal": 2.0}, {"name": "drill", "repeat": 3, "on_stall": "skip"}, SCOOPS)
    ledger.enter(result(0.1, **STALL))
    assert ledger.next is not None and ledger.next.name == "scoop-1"
    assert [step.name for step in ledger.unneeded] == ["drill-2", "drill-3"]


def test_after_a_stall_it_stops():
    ledger = book({"goal": 2.0}, {"name": "drill", "on_stall": "stop"}, SCOOPS)
    ledger.enter(result(0.1, **STALL))
    assert ended(ledger) == (
        "goal not met",
        "goal not met: 0.1 kg after 1 operation, of 2 kg: drill ended early (torque limit at 0.4 m), and its on_stall "
        "is 'stop'",
    )


def test_whose_trench_is_dug_on():
    dig = {"name": "dig", "site": "a", "ground": "trench", "repeat": 2}
    ledger = book({}, dig, {"name": "else", "site": "b"}, {"name": "new", "site": "a"}, {**dig, "name": "on"})
    first, second, elsewhere, new, on, _ = ledger.steps
    assert ledger.before(first) is None
    ledger.enter(result(1.0))
    assert ledger.before(second)["name"] == "dig-1"
    ledger.enter(result(1.0))
    ledger.enter(result(1.0))
    assert ledger.before(elsewhere) is None and ledger.before(new) is None
    ledger.enter(result(1.0))
    assert ledger.before(on)["name"] == "new"

"""The shipped studies can be planned, and a forecast says how long a study takes and which runs will fail."""

import math
from itertools import pairwise

import pytest

from regolith.config.files import shipped
from regolith.sweep.forecast import MOST_ESTIMATES, describe, estimate
from regolith.sweep.plan import make_study
from tests.unit.study_desk import COHESION, study_writer

study = pytest.fixture(study_writer)


def test_four_studies_are_shipped():
    assert shipped("studies") == ["chang-e-5-2kg", "drill-drive", "drill-speed-up", "scoop-soil"]


@pytest.mark.parametrize("name", shipped("studies"))
def test_shipped_studies_can_be_planned_to_the_last_run(name):
    plan = make_study(name)
    assert plan.name == name and 10 < len(plan.runs) < 200
    assert not [run.refused for run in plan.runs if run.refused]
    for parameter in plan.parameters:
        low, high = min(plan.runs, key=of(parameter.key)), max(plan.runs, key=of(parameter.key))
        for run in (low, high):
            assert 1_000 < estimate(run).grains < 20_000


def of(key):
    return lambda run: run.values[key]


def test_speed_up_keeps_the_advance_per_turn():
    runs = make_study("drill-speed-up").runs
    per_turn = [2 * math.pi * run.values["motion.feed_rate"] / run.values["motion.spin_rate"] for run in runs]
    assert per_turn == pytest.approx([0.024] * 16)


def test_a_forecast_estimates_some_runs_and_says_so(study):
    plan = make_study(study('[vary."motion.speed"]\ngrid = [0.2, 0.4]\nsteps = 120\n' + COHESION))
    table = describe(plan)
    estimated = [row for row in table.rows if row[-1]]
    assert table.headings == ("run", "id", "motion.speed [m/s]", "soil.cohesion [Pa]", "repeat", "grains", "steps",
                              "expected time")  # fmt: skip
    assert len(table.rows) == 240 and len(estimated) == MOST_ESTIMATES
    assert table.rows[0][:5] == ("0", plan.runs[0].id, "0.2", "50000", "0")
    assert {row[3] for row in estimated} == {"50000", "150000"}
    whole = sum(estimate(run).seconds for run in plan.runs[::7]) * 7
    assert table.seconds == pytest.approx(whole, rel=0.05)
    assert table.text.startswith("240 runs: about ") and table.text.endswith("taken from 50 of them")
    few = describe(plan, plan.runs[:3])
    assert few.seconds == pytest.approx(sum(estimate(run).seconds for run in plan.runs[:3]))
    assert "taken from" not in few.text
    fast, slow = (estimate(run) for run in (plan.runs[-1], plan.runs[0]))
    assert all(a.seconds > b.seconds for a, b in pairwise([slow, fast]))


def test_a_forecast_shows_what_is_refused_and_what_will_fail(study):
    """A drag out of the box is seen only when the tool's mesh is there, which planning does not make."""
    plan = make_study(study('[vary."motion.drag"]\nvalues = ["50 mm", "0.6 m"]\n[vary."motion.penetration"]\n'
                            'values = ["30 mm", "90 mm"]'))  # fmt: skip
    good, deep, far, _ = describe(plan).rows
    assert good[-1].endswith(" s") and deep[1] == "-"
    assert deep[-1].startswith("refused: motion.penetration = 0.09 m: must be at most")
    assert far[-1].startswith("will fail: motion: the tool sweeps x =")
    assert describe(plan).text.startswith("1 runs: about ")


def test_a_campaign_is_estimated_with_all_its_operations(study):
    plan = make_study(study('[vary."operations.1.at_most"]\nvalues = [3, 6]', "", "chang-e-5-preview"))
    three, six = map(estimate, plan.runs)
    one = estimate(make_study(study(COHESION, base="drill-preview")).runs[0])
    assert six.steps - one.steps == pytest.approx(2 * (three.steps - one.steps), rel=0.01)
    assert six.grains == three.grains > 5_000

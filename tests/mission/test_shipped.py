"""Every mission that is shipped runs, at a tiny scale."""

import json

import pytest

import regolith
from regolith.assemble import make_plan
from regolith.campaign import make_plans
from regolith.config import is_campaign
from regolith.config.files import shipped
from regolith.config.load import read_with
from regolith.output import history
from tests.mission.tiny import DRILL, GROUND

# Keeps the kind of tool and motion of the file; sizes and speeds are those of the tiny mission.
SCOOP = (
    "motion.speed=1.5 m/s", "motion.penetration=0.25 m", "motion.attack_angle=20 deg", "motion.drag=0.4 m",
    "motion.curl=40 deg", "motion.lift=0.5 m", "motion.hold=1.2 s", "output.history_interval=0.1 s",
    "bed.size=[3.0, 1.7]",
)  # fmt: skip
BLOWS = ("motion.percussion={frequency=5, energy=20}", "motion.on_stall=recover")
MISSIONS = {
    "scoop-preview": (*GROUND, *SCOOP),
    "surveyor-scoop": (*GROUND, *SCOOP, "tool.lip_angle=20 deg"),
    "luna-24-drill": (*DRILL, *BLOWS),
    "drill-preview": (*DRILL, *BLOWS),
}
CAMPAIGNS = [name for name in shipped("missions") if is_campaign(read_with(name)[1])]


def of_operation(number: int, settings: tuple[str, ...]) -> list[str]:
    """Settings of a mission as those of a campaign's operation, whose own tables are emptied first."""
    keys = {text.partition("=")[0].partition(".")[0] for text in settings} - {"output", "numerics"}
    return [*(f"operations.{number}.{key}={{}}" for key in sorted(keys)),
            *(f"operations.{number}.{text}" for text in settings)]  # fmt: skip


def of_campaign(goal: float) -> list[str]:
    """Settings of a campaign of one drilling and some grabs; its goal [kg]."""
    scoop = ('tool.kind="scoop"', 'motion.kind="scoop"', *GROUND, *SCOOP)
    goals = (f"campaign.goal={goal} kg", "campaign.container_mass=1 t")
    return [*goals, *of_operation(0, DRILL), *of_operation(1, scoop)]


@pytest.mark.parametrize("name", sorted(set(shipped("missions")) - set(CAMPAIGNS)))
def test_mission_at_a_tiny_scale(name, tmp_path):
    """A scoop ends hovering: the force on it is the weight of what it says it holds. A drill ends drawn out."""
    result = regolith.run_mission(regolith.load_mission(name, MISSIONS[name]), tmp_path / "run")
    columns = history.read(tmp_path / "run" / "history.h5")
    assert result["captured_grains"] > 5
    if "bit_depth" in columns:
        assert columns["bit_depth"][-1] < 0 < result["blows"]
    else:
        held = 1.62 * result["captured_mass_kg"]
        assert -columns["force_z"][-6:].mean() == pytest.approx(held, rel=0.02)


@pytest.mark.parametrize("name", shipped("missions"))
def test_mission_can_be_planned_as_it_is_shipped(name):
    plans = make_plans(regolith.load_campaign(name)) if name in CAMPAIGNS else [make_plan(regolith.load_mission(name))]
    for plan in plans:
        assert plan.time_step > 0 and 1 < plan.motion.duration <= plan.motion.longest


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_campaign_at_a_tiny_scale(name, tmp_path):
    """Drills, then scoops until it has what it wants."""
    result = regolith.run_campaign(regolith.load_campaign(name, of_campaign(220)), tmp_path / "run")
    first, *grabs = json.loads((tmp_path / "run" / "status.json").read_text())["operations"]
    assert result["outcome"] == "goal met", result["text"]
    assert first["name"] == "drill" and first["captured_mass_kg"] > 0
    assert grabs and all(row["name"].startswith("scoop") and row["captured_mass_kg"] > 0 for row in grabs)
    assert result["captured_mass_kg"] == sum(row["captured_mass_kg"] for row in [first, *grabs]) > 220

"""Every mission that is shipped runs, at a tiny scale."""

import pytest

import regolith
from regolith.config.files import shipped
from regolith.output import history
from tests.mission.tiny import GROUND

# Keeps the kind of tool and motion of the file; sizes and speeds are those of the tiny mission.
MOTION = {
    "scoop-preview": (
        "motion.speed=1.5 m/s", "motion.penetration=0.25 m", "motion.attack_angle=20 deg", "motion.drag=0.4 m",
        "motion.curl=40 deg", "motion.lift=0.5 m", "motion.hold=1.2 s", "output.history_interval=0.1 s",
        "bed.size=[3.0, 1.7]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("sleep", ["false", "true"])
@pytest.mark.parametrize("name", shipped("missions"))
def test_mission_at_a_tiny_scale(name, sleep, tmp_path):
    """At the end, while the tool hovers, the force on it is the weight of what it says it holds."""
    words = [*GROUND, *MOTION[name], f"numerics.sleep={sleep}"]
    result = regolith.run_mission(regolith.load_mission(name, words), tmp_path / "run")
    force = history.read(tmp_path / "run" / "history.h5")["force_z"][-6:]
    assert result["captured_grains"] > 5
    assert -force.mean() == pytest.approx(1.62 * result["captured_mass_kg"], rel=0.02)

"""A tiny drill, from mission file to core: limits, conservation, restart under force control, rocks, the report."""

import json

import numpy as np
import pytest

import regolith
from regolith import record, report
from regolith.errors import ConfigError, Interrupted
from regolith.output.history import read
from tests.mission.tiny import DRILL
from tests.reliability.test_mission_kill import assert_same_record
from tests.reliability.test_mission_restart import Careful

# force control: too weak to come to the depth, and no stall before the time limit
HELD = ("motion.weight_on_bit=1.5 kN", "motion.time_limit=1.2 s", "motion.stall_time=2 s")


def mission(*more: str):
    return regolith.load_mission("scoop-preview", [*DRILL, *more])


@pytest.fixture(scope="module")
def drilled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drill") / "run"
    return folder, regolith.run_mission(mission(), folder)


def test_comes_to_its_depth_and_back_with_a_core(drilled):
    folder, result = drilled
    assert result["outcome"] == "done" and result["drilled_depth_m"] == pytest.approx(0.4, abs=0.05)
    assert [name for name, _, _ in result["phases"]] == ["approach", "drill", "retract"]
    columns = read(folder / "history.h5")
    assert columns["bit_depth"][-1] < 0  # drawn out again
    assert columns["captured_mass"][-1] == result["captured_mass_kg"] > 0
    assert result["core"]["mass"] == pytest.approx(result["captured_mass_kg"])
    closed = columns["time"] > result["phases"][1][2]
    assert np.ptp(columns["captured_mass"][closed]) == 0  # the bag keeps what it holds


def test_every_grain_is_in_one_place(drilled):
    folder, result = drilled
    columns = read(folder / "history.h5")
    grains = columns["bed_grains"] + columns["captured_grains"] + columns["spilled_grains"]
    assert (grains == result["grains"]).all()
    mass = columns["bed_mass"] + columns["captured_mass"] + columns["spilled_mass"]
    np.testing.assert_allclose(mass, mass[0], rtol=1e-12)


def test_core_rides_with_the_tool(drilled):
    folder, result = drilled
    last = record.read(folder).grains(-1)
    held = last.position[last.status == record.CAPTURED]
    assert len(held) == result["captured_grains"]
    bottom = float(read(folder / "history.h5")["tool_z"][-1])
    assert (held[:, 2] > bottom - 0.05).all() and (held[:, 2] < bottom + 1.9).all()


def test_report_shows_the_drill(drilled):
    folder, _ = drilled
    html = report.write(folder).read_text()
    for text in ("The core", "Drilling over depth", "recovery", "inertial number", "The drill reached 0.4 m"):
        assert text in html
    assert (folder / "core.png").exists() and (folder / "drilling.png").exists()


def test_limits_hold_and_restart_under_force_control_is_exact(tmp_path):
    limits = {"peak_feed_force_N": 20e3, "peak_spin_torque_Nm": 900.0}
    held = mission(*HELD, "motion.max_torque=900 N m", "motion.max_power=2.5 kW", "output.checkpoint_interval=0.01 s")
    whole = regolith.run_mission(held, tmp_path / "whole")
    assert whole["outcome"] == "limit" and "time limit" in whole["reason"]
    for key, limit in limits.items():
        assert 0 < whole[key] <= limit
    assert 0 < max(whole["peak_feed_power_W"], whole["peak_spin_power_W"]) <= 2500
    sittings = 0
    with pytest.raises(Interrupted):
        regolith.run_mission(held, tmp_path / "parts", watch=Careful(looks=20))
    while True:
        try:
            regolith.resume_mission(tmp_path / "parts", watch=Careful(looks=25))
            break
        except Interrupted:
            sittings += 1
    assert sittings > 0
    assert_same_record(tmp_path / "parts", tmp_path / "whole")


def test_a_rock_stalls_the_bit(tmp_path):
    rock = 'bed.rocks=[{diameter="0.9 m", position=[1.2, 0.85, 0.7], density=3000}]'
    result = regolith.run_mission(mission(rock, "motion.max_force=3 kN", "motion.depth=0.9 m"), tmp_path / "run")
    assert result["outcome"] == "stalled" and "stalled at" in result["reason"]
    assert result["drilled_depth_m"] < 0.6
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "done"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("motion.depth=1.9 m", r"motion\.depth = 1\.9 m: must be at most"),
        ("tool.bore_diameter=0.1 m", "narrower than the largest grain"),
        ("motion.start=[0.3, 0.85]", "reaches .* from its axis at x"),
        ("tool.length=1.2 m", "must be at most the tool.s length"),
        ("motion.max_torque=0 N m", "max_torque"),
        ("motion.feed_rate=-1 m/s", "feed_rate"),
        ("motion.max_force=0.4 kN", r"max_force = 400 N: must be above the weight of motion\.mass = 300 kg, 486 N"),
        ("motion.percussion={frequency=5, energy=20, duration=1e-5}", r"percussion\.duration = 1e-05 s: .* time step"),
        ('bed.rocks=[{diameter="0.6 m", number=40}]', r"bed\.rocks\[0\]: a rock of 600 mm finds no place"),
    ],
)
def test_impossible_drilling_is_refused(setting, said, tmp_path):
    more = [setting, "motion.depth=1.3 m"] if "length" in setting else [setting]
    with pytest.raises(ConfigError, match=said):
        regolith.run_mission(mission(*more), tmp_path / "run")
    assert not (tmp_path / "run").exists()

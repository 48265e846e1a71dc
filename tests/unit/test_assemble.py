"""From a mission's words to tool, motion and the rows of `regolith info`."""

from pathlib import Path

import numpy as np
import pytest

from regolith.assemble import make_motion, make_tool
from regolith.config import load_mission, load_soil
from regolith.config.files import shipped
from regolith.drive import extent
from regolith.errors import ConfigError
from regolith.info import describe_mission, describe_soil
from regolith.soil import make_soil


def test_default_motion_is_centred_over_the_bed():
    config = load_mission("scoop-preview")
    tool = make_tool(config)
    low, high = extent(make_motion(config, tool), tool.mesh)
    assert (low + high)[:2] == pytest.approx(config.bed.size, abs=1e-3)
    assert low[2] > 0


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("motion.start=[0.02, 0.1]", "sweeps x = "),
        ("motion.start=[0.12, 0.03]", "sweeps y = "),
        ("motion.drag=0.5", "sweeps x = "),
    ],
)
def test_a_tool_that_leaves_the_box_is_refused(override, said):
    config = load_mission("scoop-preview", [override])
    with pytest.raises(ConfigError, match=said):
        make_motion(config, make_tool(config))


def test_waypoints_become_a_motion(tmp_path):
    file = tmp_path / "way.toml"
    file.write_text(
        '[soil]\npreset = "grc-1"\ngrain_diameter = "8 mm"\n[motion]\nkind = "waypoints"\nwaypoints = [\n'
        '{time = 0, position = [0.15, 0.1, 0.2]}, {time = "2 s", position = [0.15, 0.1, 0.15], pitch = "20 deg"}]\n'
    )
    config = load_mission(file)
    motion = make_motion(config, make_tool(config))
    origin, rotation, _, _ = motion.poses([2.0])
    assert origin[0] == pytest.approx([0.15, 0.1, 0.15])
    assert np.degrees(np.arcsin(-rotation[0, 2, 0])) == pytest.approx(20)
    for heights, said in (((0.05, 0.2), "inside the ground"), ((0.2, -0.01), "above the floor")):
        first, last = (f"{{time={i}, position=[0.15, 0.1, {z}]}}" for i, z in enumerate(heights))
        config = load_mission(file, [f"motion.waypoints=[{first}, {last}]"])
        with pytest.raises(ConfigError, match=said):
            make_motion(config, make_tool(config))


def test_info_on_the_preview():
    config = load_mission("scoop-preview")
    soil = make_soil(config.soil, config.gravity)
    rows = dict(describe_mission(config, soil, config.gravity))
    grains = int(rows["grains"].split()[1].replace(",", ""))
    assert 10_500 <= grains <= 12_000
    assert rows["gravity"] == "1.62 m/s2"
    assert {"time step", "steps", "memory", "expected time", "pull-off over weight", "warning"} <= rows.keys()
    with pytest.raises(ConfigError, match="numerics.time_step"):
        slow = load_mission("scoop-preview", ["numerics.time_step=1 ms"])
        describe_mission(slow, soil, slow.gravity)


@pytest.mark.parametrize("name", shipped("soils"))
def test_info_on_soils(name):
    rows = dict(describe_soil(load_soil(name, Path())))
    assert "kg/m3" in rows["grain density"] and all(rows.values())


@pytest.mark.parametrize(
    ("kind", "sample"), [("corer", True), ("tube", True), ("cone", False), ("plate", False), ("blade", False)]
)
def test_tools_by_kind(tmp_path, kind, sample):
    file = tmp_path / "way.toml"
    file.write_text(f'[soil]\npreset = "grc-1"\ngrain_diameter = "8 mm"\n[tool]\nkind = "{kind}"\n')
    config = load_mission(file)
    tool = make_tool(config)
    assert tool.name == kind and (tool.capture is not None) == sample
    assert tool.mesh.bounds[0, 2] == 0
    assert load_mission(file, ["seed=1"]).content_hash() == config.content_hash()
    with pytest.raises(ConfigError, match=f'motion.kind = "scoop": a {kind} cannot scoop'):
        make_motion(config, tool)
    way = "motion.waypoints=[{time=0, position=[0.15, 0.1, 0.2]}, {time=1, position=[0.15, 0.1, 0.05]}]"
    config = load_mission(file, ["motion.kind=waypoints", way])
    assert make_motion(config, tool).duration == 1

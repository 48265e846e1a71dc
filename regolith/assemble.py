"""From the mission's words to its soil, tool and motion, with the checks that need them together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from regolith.config import (
    BladeConfig,
    ConeConfig,
    CorerConfig,
    MissionConfig,
    PlateConfig,
    ScoopConfig,
    StlToolConfig,
    TubeConfig,
    WaypointMotion,
    load_mission,
)
from regolith.config.checks import THINNEST_WALL
from regolith.config.drills import DrillMotion
from regolith.config.tools import ToolContact
from regolith.descent import Descent, check_drive_of, make_descent
from regolith.drive import Motion, extent, scoop_motion
from regolith.errors import ConfigError
from regolith.ground import time_step_of
from regolith.output.rundir import RunDir
from regolith.poses import Angles
from regolith.rocks import draw_rocks
from regolith.soil import Soil, make_soil
from regolith.tools.corer import make_corer, make_tube
from regolith.tools.probes import make_blade, make_cone, make_plate
from regolith.tools.scoop import make_scoop
from regolith.tools.stl import load_stl
from regolith.tools.tool import Scoop, Tool


def make_tool(config: MissionConfig) -> Tool:
    """The tool that a mission names.

    Raises:
        ConfigError: Its shape or its STL files are not usable.
    """
    tool = config.tool
    if isinstance(tool, CorerConfig):
        return make_corer(tool.shape())
    if isinstance(tool, StlToolConfig):
        return load_stl(tool.file, tool.unit, tool.capture)
    return _BUILDERS[type(tool)](**tool.model_dump(exclude={"kind", *ToolContact.model_fields}))


_BUILDERS: dict[type[ToolContact], Callable[..., Tool]] = {
    ScoopConfig: make_scoop,
    TubeConfig: make_tube,
    ConeConfig: make_cone,
    PlateConfig: make_plate,
    BladeConfig: make_blade,
}


def make_motion(config: MissionConfig, tool: Tool, clearance: float = 0.0) -> Motion:
    """The motion that a mission names, inside its box.

    Args:
        config: The mission.
        tool: From `make_tool`.
        clearance: How far the tool stays from walls and floor at least [m].

    Raises:
        ConfigError: The tool would start in the soil or come too close to the box's walls or floor.
    """
    surface, words = config.bed.depth, config.motion
    if isinstance(words, WaypointMotion):
        points = words.waypoints
        motion = Motion.waypoints(
            [p.time for p in points],
            [p.position for p in points],
            Angles([p.pitch for p in points], [p.roll for p in points], [p.yaw for p in points]),
            words.easing,
        )
    elif not isinstance(tool, Scoop) or isinstance(words, DrillMotion):
        raise ConfigError(f'motion.kind = "{words.kind}": a {tool.name} cannot scoop; state a motion of another kind')
    else:
        stated = words.model_dump(exclude={"kind", "start"}, exclude_none=True)
        start = words.start
        if start is None:
            low, high = extent(scoop_motion(tool, surface_z=surface, **stated), tool.mesh)
            start = (
                (config.bed.size[0] - float(low[0] + high[0])) / 2,
                (config.bed.size[1] - float(low[1] + high[1])) / 2,
            )
        motion = scoop_motion(tool, start=start, surface_z=surface, **stated)
    _check_start(config, tool, motion)
    _check_sweep(config, tool, motion, clearance)
    return motion


@dataclass(frozen=True)
class Plan:
    """A mission that has passed every check that needs no simulation.

    Attributes:
        config: The mission.
        soil: Its grains.
        tool: Its tool.
        motion: The tool's way: prescribed, or down along a drill's axis.
        time_step: [s].
    """

    config: MissionConfig
    soil: Soil
    tool: Tool
    motion: Motion | Descent
    time_step: float


def make_plan(config: MissionConfig) -> Plan:
    """Everything a mission needs before its bed is made; writes nothing, so that a refused mission leaves no trace.

    Raises:
        ConfigError: Whatever is wrong with soil, tool, motion or time step.
    """
    _check_trench(config)
    soil = make_soil(config.soil, config.gravity)
    tool = make_tool(config)
    largest = soil.diameter_range[1]
    thinnest = THINNEST_WALL * largest / 2
    if tool.wall is not None and tool.wall < thinnest:
        raise ConfigError(
            f"tool: its thinnest wall is {tool.wall:.3g} m; must be at least {THINNEST_WALL:g} radii of the largest "
            f"grain, which is {thinnest:.3g} m, or grains slip through; take a thicker wall or smaller grains"
        )
    # across a periodic side a mesh has no image; against a wall or the floor grains would be crushed
    clearance = largest / 2 if config.bed.boundary == "periodic" else largest
    words = config.motion
    if isinstance(words, DrillMotion):
        if config.bed.continues is not None:
            raise ConfigError(
                "bed.continues: a drill needs a fresh bed, as soil may stand above the surface of a trench; leave it "
                'out (in a campaign: ground = "fresh")'
            )
        way: Motion | Descent = make_descent(config, tool, words, largest, clearance)
    else:
        way = make_motion(config, tool, clearance)
    plan = Plan(config, soil, tool, way, time_step_of(config, soil))
    if isinstance(way, Descent):
        check_drive_of(way, plan.time_step)
    draw_rocks(config, soil.grain_density, largest)  # refuses those that find no place
    return plan


def _check_trench(config: MissionConfig) -> None:
    """The run that a mission continues must have left a state, in the same bed of the same soil."""
    if config.bed.continues is None:
        return
    folder = Path(config.bed.continues)
    words = f"bed.continues = {str(folder)!r}: that run"
    before = load_mission(folder / "mission.toml")
    mine, its = (
        {"gravity": c.gravity, "precision": c.precision}
        | {f"soil.{key}": value for key, value in c.soil}
        | {f"bed.{key}": value for key, value in c.bed if key != "continues"}
        for c in (config, before)
    )
    if differing := [key for key in mine if mine[key] != its[key]]:
        raise ConfigError(
            f"{words} has another {', '.join(differing)}; one trench has one soil and one bed: state the same, or "
            "leave bed.continues out"
        )
    if RunDir(folder).read_status().get("state") != "done":
        raise ConfigError(f"{words} is not finished; finish it with: regolith resume {folder}")
    if not RunDir(folder).final_state.is_dir():
        raise ConfigError(f"{words} kept no state; repeat it with output.final_state = true")


def _check_start(config: MissionConfig, tool: Tool, motion: Motion) -> None:
    lowest = float(extent(motion, tool.mesh, until=0.0)[0, 2])
    if lowest <= config.bed.depth:
        key = "motion.waypoints[0].position" if isinstance(config.motion, WaypointMotion) else "motion"
        raise ConfigError(
            f"{key} = {motion.poses(0.0)[0][0].tolist()} m: the tool's lowest point starts at a height of "
            f"{lowest:.4g} m, inside the ground, whose surface is at bed.depth = {config.bed.depth:.4g} m; start it "
            "higher"
        )


def _check_sweep(config: MissionConfig, tool: Tool, motion: Motion, clearance: float) -> None:
    low, high = extent(motion, tool.mesh)
    for axis, name in enumerate("xy"):
        side = config.bed.size[axis]
        if low[axis] < clearance or high[axis] > side - clearance:
            raise ConfigError(
                f"motion: the tool sweeps {name} = {low[axis]:.4g} to {high[axis]:.4g} m; must stay {clearance:.3g} m "
                f"(a grain) inside the box of bed.size[{axis}] = {side:g} m; enlarge the bed, or shorten or move the "
                "motion"
            )
    if low[2] < clearance:
        raise ConfigError(
            f"motion: the tool reaches down to {low[2]:.4g} m; must stay {clearance:.3g} m (a grain) above the floor "
            "at 0 m; make bed.depth larger or motion.penetration smaller"
        )

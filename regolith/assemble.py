"""From the mission's words to the tool and its motion, with the checks that need both."""

from regolith.config import MissionConfig, ScoopConfig, WaypointMotion
from regolith.drive import Motion, extent, scoop_motion
from regolith.errors import ConfigError
from regolith.poses import Angles
from regolith.tools.scoop import make_scoop
from regolith.tools.stl import load_stl
from regolith.tools.tool import Tool


def make_tool(config: MissionConfig) -> Tool:
    """The tool that a mission names.

    Raises:
        ConfigError: Its shape or its STL files are not usable.
    """
    tool = config.tool
    if isinstance(tool, ScoopConfig):
        return make_scoop(
            width=tool.width,
            radius=tool.radius,
            depth=tool.depth,
            wall=tool.wall,
            lip_angle=tool.lip_angle,
            back_angle=tool.back_angle,
        )
    return load_stl(tool.file, tool.unit, tool.capture)


def make_motion(config: MissionConfig, tool: Tool, surface_z: float | None = None) -> Motion:
    """The motion that a mission names, inside its box.

    Args:
        config: The mission.
        tool: From `make_tool`.
        surface_z: Height of the soil's surface [m]; None takes `bed.depth`.

    Raises:
        ConfigError: The tool would start in the soil or sweep through the box's walls or floor.
    """
    surface = config.bed.depth if surface_z is None else surface_z
    words = config.motion
    if isinstance(words, WaypointMotion):
        points = words.waypoints
        motion = Motion.waypoints(
            [p.time for p in points],
            [p.position for p in points],
            Angles([p.pitch for p in points], [p.roll for p in points], [p.yaw for p in points]),
            words.easing,
        )
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
    _check(config, tool, motion, surface)
    return motion


def _check(config: MissionConfig, tool: Tool, motion: Motion, surface: float) -> None:
    first, whole = extent(motion, tool.mesh, until=0.0), extent(motion, tool.mesh)
    if first[0, 2] <= surface:
        raise ConfigError(
            f"motion: the tool starts at a height of {first[0, 2]:.4g} m, inside the ground, whose surface is at "
            f"{surface:.4g} m; start it higher"
        )
    for axis, name in enumerate("xy"):
        if whole[0, axis] < 0 or whole[1, axis] > config.bed.size[axis]:
            raise ConfigError(
                f"motion: the tool sweeps {name} = {whole[0, axis]:.4g} to {whole[1, axis]:.4g} m, beyond the box of "
                f"bed.size[{axis}] = {config.bed.size[axis]:g} m; enlarge the bed, or shorten or move the motion"
            )
    if whole[0, 2] <= 0:
        raise ConfigError(
            f"motion: the tool reaches {whole[0, 2]:.4g} m, through the floor at 0 m; make bed.depth larger or "
            "motion.penetration smaller"
        )

"""Where a drill goes down: its axis over the bed, with the checks that need tool and bed together."""

from dataclasses import dataclass

import numpy as np

from regolith.config import MissionConfig
from regolith.config.drills import DrillMotion
from regolith.errors import ConfigError
from regolith.tools.mesh import Floats
from regolith.tools.tool import Corer, Tool

PATIENCE = 4  # times the time that the feed rate needs, unless a limit is stated
SLOW_ASCENT = 2  # times the time that drawing out needs, before it is given up


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """The way of a drill.

    Attributes:
        words: What the mission says.
        origin: Of the tool's frame at the start, its cutting edge over the surface [m], shape (3,).
        gap: From the start to the surface [m].
        reach: Largest distance of a point of the tool from its axis [m].
    """

    words: DrillMotion
    origin: Floats
    gap: float
    reach: float

    @property
    def duration(self) -> float:
        """Time that the feed rate needs to the depth, and to draw out [s]: as long as no limit slows it."""
        way, words = self.words.depth + self.gap, self.words
        return way / words.feed_rate + self._ascent + words.hold

    @property
    def time_limit(self) -> float:
        """After which it goes no deeper [s]."""
        return self.words.time_limit or PATIENCE * (self.words.depth + self.gap) / self.words.feed_rate

    @property
    def longest(self) -> float:
        """Time that it takes at most [s]."""
        return self.time_limit + SLOW_ASCENT * self._ascent + self.words.hold

    @property
    def _ascent(self) -> float:
        """Time to be drawn out at the stated rate [s]."""
        return (self.words.depth + self.gap) / self.words.retract_rate if self.words.retract_rate else 0.0


def make_descent(config: MissionConfig, tool: Tool, words: DrillMotion, largest: float, clearance: float) -> Descent:
    """The way of a mission's drill.

    Args:
        config: The mission.
        tool: Its tool, which goes down along its own z; its lowest point is the origin of its frame.
        words: Its motion.
        largest: Diameter of the largest grain [m].
        clearance: How far the tool stays from walls and floor at least [m].

    Raises:
        ConfigError: The drill is shorter than its way, reaches the floor or the walls, or the hole is narrower than a
            grain.
    """
    bed, low_high = config.bed, tool.mesh.bounds
    start = words.start or (bed.size[0] / 2, bed.size[1] / 2)
    reach = float(np.linalg.norm(tool.mesh.vertices[:, :2], axis=1).max())
    length = float(low_high[1][2] - low_high[0][2])
    deepest = bed.depth - largest
    if words.depth > deepest:
        raise ConfigError(
            f"motion.depth = {words.depth:g} m: must be at most {deepest:.4g} m, bed.depth less one grain, or grains "
            "are crushed on the floor; make bed.depth larger"
        )
    if words.depth > length:
        raise ConfigError(
            f"motion.depth = {words.depth:g} m: must be at most the tool's length, {length:.4g} m, or soil falls in "
            "over its upper end; make the tool longer"
        )
    for axis, name in enumerate("xy"):
        room = min(start[axis], bed.size[axis] - start[axis]) - clearance
        if reach > room:
            raise ConfigError(
                f"motion: the tool reaches {reach:.4g} m from its axis at {name} = {start[axis]:.4g} m, where "
                f"{room:.4g} m are free up to a grain from the wall of bed.size[{axis}] = {bed.size[axis]:g} m; "
                "enlarge the bed or move motion.start"
            )
    if isinstance(tool, Corer) and 2 * tool.bore_radius < largest:
        raise ConfigError(
            f"tool: the bore is {2 * tool.bore_radius:.4g} m wide, narrower than the largest grain, {largest:.4g} m; "
            "take a wider bore or smaller grains"
        )
    _check_actuators(config, words)
    gap = largest
    origin = np.array([*start, bed.depth + gap - float(low_high[0][2])])
    return Descent(words=words, origin=origin, gap=gap, reach=reach)


def _check_actuators(config: MissionConfig, words: DrillMotion) -> None:
    """The feed must be able to hold the drill's weight; what sleeps feels no blows."""
    if words.percussion and config.numerics.sleep:
        raise ConfigError(
            "numerics.sleep = true: sleeping grains feel no blows, so it does not go with motion.percussion; leave one "
            "of them out"
        )
    weight = words.mass * float(np.linalg.norm(config.gravity))
    holds_back = words.retract_rate or (words.weight_on_bit is not None and words.weight_on_bit < weight)
    if words.max_force is not None and words.max_force <= weight and holds_back:
        raise ConfigError(
            f"motion.max_force = {words.max_force:g} N: must be above the weight of motion.mass = {words.mass:g} kg, "
            f"{weight:.4g} N, or the feed can neither hold it back nor draw it out; take a stronger feed or a lighter "
            "drill"
        )


def check_drive_of(way: Descent, time_step: float) -> None:
    """What only the time step tells: the hammer's blow lasts at least a step.

    Raises:
        ConfigError: It does not.
    """
    blow = way.words.percussion
    if blow and blow.duration < time_step:
        raise ConfigError(
            f"motion.percussion.duration = {blow.duration:g} s: must be at least the time step, {time_step:.3g} s; "
            "take a longer blow or state a smaller numerics.time_step"
        )

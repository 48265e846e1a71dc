"""What only the parts of a mission together can tell: is the box, the tool, the number of grains sensible?"""

import math

from regolith.config.mission import MissionConfig
from regolith.config.preset import SoilPreset
from regolith.config.tools import ScoopConfig, ScoopMotion

SOLID_FRACTION = 0.58  # of frictional spheres settled with some compaction, where the mission states none
MOST_GRAINS = 5e8
FEWEST_ACROSS = 8  # median grains across the bed in any direction
THINNEST_WALL = 0.2  # of the largest grain's radius: an overlap beyond that stops the run


def simulated_diameters(mission: MissionConfig, preset: SoilPreset) -> tuple[float, float, float]:
    """Smallest, median and largest diameter of the simulated grains [m]."""
    soil = mission.soil
    median = soil.grain_diameter
    if median is None:
        median = (soil.grain_scale or 1.0) * preset.median_diameter()
    return median / math.sqrt(soil.size_ratio), median, median * math.sqrt(soil.size_ratio)


def estimate_grains(mission: MissionConfig, preset: SoilPreset) -> int:
    """About how many grains fill the bed, taking mass to be spread evenly over log(diameter) (within some per cent)."""
    bed = mission.bed
    volume = bed.size[0] * bed.size[1] * bed.depth * (bed.solid_fraction or SOLID_FRACTION)
    median = simulated_diameters(mission, preset)[1]
    half_range = 1.5 * math.log(mission.soil.size_ratio)
    smaller_ones = math.sinh(half_range) / half_range if half_range > 1e-6 else 1.0
    return math.ceil(volume / (math.pi / 6 * median**3) * smaller_ones)


def check_mission(mission: MissionConfig, preset: SoilPreset) -> list[str]:
    """Problems that lie between the tables of a mission, each as "key = value: what is allowed"."""
    grains = estimate_grains(mission, preset)
    found = _check_bed(mission, simulated_diameters(mission, preset)[1])
    if grains > MOST_GRAINS:
        finest = simulated_diameters(mission, preset)[1] * (grains / MOST_GRAINS) ** (1 / 3)
        found.append(
            f"soil.grain_diameter: about {grains:.2g} grains would fill the bed, at most {MOST_GRAINS:.0e} are "
            f"allowed; a median of {finest * 1e3:.3g} mm or a smaller bed would do"
        )
    found += _check_tool(mission, simulated_diameters(mission, preset)[2])
    return found


def _check_bed(mission: MissionConfig, median: float) -> list[str]:
    bed, least = mission.bed, FEWEST_ACROSS * median
    sides = {"bed.size[0]": bed.size[0], "bed.size[1]": bed.size[1], "bed.depth": bed.depth}
    return [
        f"{key} = {side:g} m: must be at least {FEWEST_ACROSS} median grain diameters ({median * 1e3:.3g} mm), "
        f"which is {least:.4g} m; enlarge the bed or take smaller grains"
        for key, side in sides.items()
        if side < least
    ]


def _check_tool(mission: MissionConfig, largest: float) -> list[str]:
    tool, motion, bed = mission.tool, mission.motion, mission.bed
    found = []
    if isinstance(tool, ScoopConfig):
        across = tool.width + 2 * tool.wall
        if across >= bed.size[1]:
            found.append(
                f"tool.width = {tool.width:g} m: with its walls the scoop is {across:g} m wide, "
                f"which does not fit into the box: bed.size[1] = {bed.size[1]:g} m"
            )
        thinnest = THINNEST_WALL * largest / 2
        if tool.wall < thinnest:
            found.append(
                f"tool.wall = {tool.wall:g} m: must be at least {THINNEST_WALL:g} radii of the largest grain, "
                f"which is {thinnest:.3g} m, or grains slip through; take a thicker wall or smaller grains"
            )
    if isinstance(motion, ScoopMotion):
        deepest = bed.depth - largest
        if motion.penetration is not None and motion.penetration > deepest:
            found.append(
                f"motion.penetration = {motion.penetration:g} m: must be at most {deepest:.4g} m, bed.depth less one "
                "grain, or grains are crushed on the floor; make bed.depth larger"
            )
        for axis, start in enumerate(motion.start or ()):
            if not 0 < start < bed.size[axis]:
                found.append(f"motion.start[{axis}] = {start:g} m: must be inside the bed: 0 to {bed.size[axis]:g} m")
    return found

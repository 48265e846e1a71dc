"""Plain bodies that soil is tested with: a blade, a cone penetrometer, a plate. None of them takes a sample."""

import math

from regolith.errors import ConfigError
from regolith.tools.shapes import SEGMENT_ANGLE, box_mesh, equal_turns, prism, refuse, revolve
from regolith.tools.tool import Tool


def make_blade(*, width: float, height: float, thickness: float, rake: float = 0.0) -> Tool:
    """A flat blade that pushes along x. The origin is the middle of the lower edge of its front face.

    Args:
        width: Along y [m].
        height: Of its front face [m].
        thickness: From the front to the back face, along x [m].
        rake: By how much the front face leans back from upright [rad], -80 to 80 degrees; the lower face stays level.

    Raises: ConfigError if a dimension is out of range.
    """
    _check({"width": width, "height": height, "thickness": thickness})
    if not abs(rake) <= math.radians(80):
        raise ConfigError(f"tool.rake = {math.degrees(rake):.6g} deg: must be from -80 to 80 deg")
    top, back = height * math.cos(rake), -height * math.sin(rake)
    side = [(0, 0), (back, top), (back - thickness, top), (-thickness, 0)]
    mesh = prism(side, -width / 2, width / 2)
    return Tool(name="blade", mesh=mesh, wall=thickness * math.cos(rake))


def make_plate(*, length: float, width: float, thickness: float) -> Tool:
    """A flat plate that is pressed down. The origin is the middle of its underside.

    Args:
        length: Along x [m].
        width: Along y [m].
        thickness: Along z [m].

    Raises: ConfigError if a dimension is out of range.
    """
    _check({"length": length, "width": width, "thickness": thickness})
    mesh = box_mesh((-length / 2, -width / 2, 0), (length / 2, width / 2, thickness))
    return Tool(name="plate", mesh=mesh, wall=thickness)


def make_cone(
    *,
    diameter: float,
    apex_angle: float,
    shaft_diameter: float,
    length: float,
    segment_angle: float = SEGMENT_ANGLE,
) -> Tool:
    """A cone penetrometer that points down. The origin is its tip.

    The base and the shaft are regular polygons of the same area as their circles.

    Args:
        diameter: Of the cone's base [m].
        apex_angle: Full angle at the tip [rad], 10 to 170 degrees.
        shaft_diameter: [m], less than the cone's, so that soil does not rub along the shaft.
        length: From the tip to the shaft's upper end [m].
        segment_angle: Largest angle that one facet spans [rad].

    Raises: ConfigError if a dimension is out of range.
    """
    _check({"diameter": diameter, "shaft_diameter": shaft_diameter, "length": length})
    if not math.radians(10) <= apex_angle <= math.radians(170):
        raise ConfigError(f"tool.apex_angle = {math.degrees(apex_angle):.6g} deg: must be from 10 to 170 deg")
    refuse(cone_problems(diameter, apex_angle, shaft_diameter, length))
    base, shaft = diameter / 2, shaft_diameter / 2
    height = _tip(diameter, apex_angle)
    profile = [(0, 0), (base, height), (shaft, height), (shaft, length), (0, length)]
    return Tool(name="cone", mesh=revolve(profile, equal_turns(segment_angle)))


def cone_problems(diameter: float, apex_angle: float, shaft_diameter: float, length: float) -> list[str]:
    """What does not go together in a cone, each as "key = value: what is allowed"."""
    found, height = [], _tip(diameter, apex_angle)
    if shaft_diameter >= diameter:
        found.append(f"shaft_diameter = {shaft_diameter:g} m: must be below diameter = {diameter:g} m")
    if length <= height:
        found.append(f"length = {length:g} m: must be above the {height:.4g} m that the tip is high")
    return found


def _tip(diameter: float, apex_angle: float) -> float:
    return 0.5 * diameter / math.tan(0.5 * apex_angle)


def _check(sizes: dict[str, float]) -> None:
    for key, value in sizes.items():
        if not 1e-4 <= value <= 100:
            raise ConfigError(f"tool.{key} = {value:.6g} m: must be from 0.0001 to 100 m")

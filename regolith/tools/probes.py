"""Plain bodies that soil is tested with: a flat blade and a cone penetrometer, as closed meshes."""

import math

import numpy as np

from regolith.errors import ConfigError
from regolith.tools.mesh import TriangleMesh

_BOX_FACES = [  # corners numbered 4 x + 2 y + z, seen from outside
    (0, 1, 3, 2),
    (4, 6, 7, 5),
    (0, 4, 5, 1),
    (2, 3, 7, 6),
    (0, 2, 6, 4),
    (1, 5, 7, 3),
]


def make_blade(*, width: float, height: float, thickness: float, rake: float = 0.0) -> TriangleMesh:
    """A flat blade that pushes along x. The origin is the middle of the lower edge of its front face.

    Args:
        width: Along y [m].
        height: Of its front face [m].
        thickness: From the front to the back face, along x [m].
        rake: By how much the front face leans back from upright [rad], -80 to 80 degrees; the lower face stays level.

    Raises: ConfigError if a dimension is out of range.
    """
    _check("blade", {"width": width, "height": height, "thickness": thickness})
    if not abs(rake) <= math.radians(80):
        raise ConfigError(f"blade.rake = {math.degrees(rake):.6g} deg: must be from -80 to 80 deg")
    corners = np.array([(x, y, z) for x in (-1, 0) for y in (-0.5, 0.5) for z in (0, 1)], dtype=float)
    corners *= (thickness, width, height * math.cos(rake))
    corners[:, 0] -= corners[:, 2] * math.tan(rake)
    faces = [(a, b, c) for a, b, c, _ in _BOX_FACES] + [(a, c, d) for a, _, c, d in _BOX_FACES]
    return TriangleMesh(corners, np.array(faces))


def make_cone(
    *, diameter: float, apex_angle: float, shaft_diameter: float, length: float, segments: int = 32
) -> TriangleMesh:
    """A cone penetrometer that points down. The origin is its tip.

    The base and the shaft are regular polygons of the same area as their circles.

    Args:
        diameter: Of the cone's base [m].
        apex_angle: Full angle at the tip [rad], 10 to 170 degrees.
        shaft_diameter: [m], less than the cone's, so that soil does not rub along the shaft.
        length: From the tip to the shaft's upper end [m].
        segments: Of the circles, 25 or more: facets then join into smooth patches.

    Raises: ConfigError if a dimension is out of range.
    """
    _check("cone", {"diameter": diameter, "shaft_diameter": shaft_diameter, "length": length})
    if not math.radians(10) <= apex_angle <= math.radians(170):
        raise ConfigError(f"cone.apex_angle = {math.degrees(apex_angle):.6g} deg: must be from 10 to 170 deg")
    height = 0.5 * diameter / math.tan(0.5 * apex_angle)
    if not (shaft_diameter < diameter and length > height and segments >= 25):
        raise ConfigError(
            f"cone: shaft_diameter = {shaft_diameter:g} m must be below diameter = {diameter:g} m, length = {length:g} "
            f"m above the tip's {height:.4g} m, segments = {segments} at least 25"
        )
    turn = 2 * np.pi * np.arange(segments) / segments
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    circle *= math.sqrt(2 * np.pi / segments / math.sin(2 * np.pi / segments))  # polygon with the circle's area
    rings = [(0.5 * diameter, height), (0.5 * shaft_diameter, height), (0.5 * shaft_diameter, length)]
    points = [np.column_stack([r * circle, np.full(segments, z)]) for r, z in rings]
    top = 3 * segments + 1
    faces = []
    for k in range(segments):
        j = (k + 1) % segments
        faces.append((0, 1 + j, 1 + k))
        for ring in (1, 1 + segments):
            faces += [(ring + k, ring + j, ring + segments + j), (ring + k, ring + segments + j, ring + segments + k)]
        faces.append((top - segments + k, top - segments + j, top))
    return TriangleMesh(np.vstack([np.zeros(3), *points, (0.0, 0.0, length)]), np.array(faces))


def _check(tool: str, sizes: dict[str, float]) -> None:
    for key, value in sizes.items():
        if not 1e-4 <= value <= 100:
            raise ConfigError(f"{tool}.{key} = {value:.6g} m: must be from 0.0001 to 100 m")

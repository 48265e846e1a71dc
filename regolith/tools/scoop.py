"""A bucket scoop after the Chang'e sampling arm's, as a closed mesh with walls.

No open source gives the flight hardware's dimensions. The defaults hold about 90 cm3, the mean grab of Chang'e 5
(1471 g in at least 12 grabs at 1.24 to 1.5 g/cm3), and are otherwise our choice.

Cross-section (x forward, z up; the side walls close it at both ends of the width):

        rim o-.
           (    `-.  mouth: the struck plane through the lip and the rims
    back  (         `-.
           `.___________`> lip (0, 0)
              floor    bevel
"""

import math

import numpy as np

from regolith.errors import ConfigError
from regolith.tools.mesh import Floats, TriangleMesh
from regolith.tools.shapes import prism
from regolith.tools.tool import Scoop

SEGMENT_ANGLE = math.radians(7.5)  # half of what joins triangles into one smooth patch


def make_scoop(
    *,
    width: float = 0.07,
    radius: float = 0.03,
    depth: float = 0.065,
    wall: float = 0.002,
    lip_angle: float = math.radians(20),
    back_angle: float = math.radians(120),
) -> Scoop:
    """Build the scoop.

    Args:
        width: Inner width along y [m].
        radius: Inner radius of the curved back [m].
        depth: Inner length from the back to the lip [m].
        wall: Wall thickness [m].
        lip_angle: Angle of the wedge at the cutting edge [rad], ground from below.
        back_angle: How far the back curves from the floor to the rim [rad]; 90 degrees ends upright.

    Returns: The tool; its frame's origin is the centre of the cutting edge. The back is faceted: its corners lie on the
        circle, and `struck_volume` is that of the facets (0.3 % of the arc's share below the round one).
    Raises: ConfigError if a dimension is out of range or the floor is too short for the bevel.
    """
    _check(width, radius, depth, wall, lip_angle, back_angle)
    floor, bevel = depth - radius, wall / math.tan(lip_angle)
    centre = np.array([-floor, radius])
    n_segments = math.ceil(back_angle / SEGMENT_ANGLE - 1e-9)
    back = centre + _arc(radius, back_angle, n_segments)
    rim = back[-1]
    outer_angle = _outer_angle(rim, centre, radius + wall)
    outer_back = centre + _arc(radius + wall, outer_angle, n_segments)
    inner = np.vstack([[0.0, 0.0], back])
    outer = np.vstack([[0.0, 0.0], [-bevel, -wall], outer_back])
    facet = max(back_angle, outer_angle) / n_segments
    return Scoop(
        name="scoop",
        mesh=_shell(inner, outer, width / 2, width / 2 + wall),
        capture=prism(inner, -width / 2, width / 2),
        lip=np.zeros(3),
        wall=min(wall, (radius + wall) * math.cos(facet / 2) - radius),
        pivot=np.array([centre[0], 0.0, centre[1]]),
        mouth_angle=math.atan2(rim[1], -rim[0]),
    )


def _check(width: float, radius: float, depth: float, wall: float, lip_angle: float, back_angle: float) -> None:
    degree = math.degrees
    ranges = [
        ("width", width, 1e-3, 10.0, "m"),
        ("radius", radius, 1e-3, 10.0, "m"),
        ("wall", wall, radius / 50, radius / 2, "m (radius / 50 to radius / 2)"),
        ("lip_angle", degree(lip_angle), 10.0, 60.0, "deg"),
        ("back_angle", degree(back_angle), 60.0, 180.0, "deg"),
    ]
    for key, value, low, high, unit in ranges:
        if not low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
            stated = f"tool.{key} = {value:.6g} {unit.split()[0]}"
            raise ConfigError(f"{stated}: must be from {low:.6g} to {high:.6g} {unit}")
    shortest = radius + 1.05 * wall / math.tan(lip_angle)
    if not shortest <= depth <= 10.0:
        raise ConfigError(
            f"tool.depth = {depth:.6g} m: must be from {shortest:.6g} m (radius, bevel of the lip and some flat floor) "
            "to 10 m; make the scoop longer, or its radius or wall smaller, or lip_angle larger"
        )


def _arc(radius: float, angle: float, n_segments: int) -> Floats:
    """Points (x, z) from straight below the centre backwards and up, shape (n + 1, 2)."""
    turned = np.linspace(0.0, angle, n_segments + 1)
    return radius * np.stack([-np.sin(turned), -np.cos(turned)], axis=1)


def _outer_angle(rim: Floats, centre: Floats, radius: float) -> float:
    """Angle at which the outer circle meets the struck plane, so that the whole rim is one flat face."""
    along = rim / np.linalg.norm(rim)
    offset = rim - centre
    projection = float(offset @ along)
    beyond = -projection + math.sqrt(projection**2 + radius**2 - float(offset @ offset))
    end = offset + beyond * along
    return math.atan2(-end[0], -end[1]) % (2 * math.pi)


def _section(outline: Floats, y: float) -> Floats:
    return np.insert(outline, 1, y, axis=1)


def _shell(inner: Floats, outer: Floats, half_inner: float, half_outer: float) -> TriangleMesh:
    """The bucket's wall. Both outlines start at the lip and end in the struck plane; every face is a convex polygon."""
    n, m = len(inner), len(outer)
    numbers = np.split(np.arange(2 * (n + m)), [n, 2 * n, 2 * n + m])
    in_minus, in_plus, out_minus, out_plus = (list(map(int, part)) for part in numbers)
    sections = [(inner, -half_inner), (inner, half_inner), (outer, -half_outer), (outer, half_outer)]
    faces = _fan(in_minus) + _fan(in_plus[::-1]) + _fan(out_minus[::-1]) + _fan(out_plus)
    for i in range(n - 1):  # floor and back, seen from the cavity
        faces += _fan([in_minus[i], in_plus[i], in_plus[i + 1], in_minus[i + 1]])
    # The bevel ends at the cutting edge, which the inner corners divide.
    faces += _fan([out_minus[1], out_plus[1], out_plus[0], in_plus[0], in_minus[0], out_minus[0]])
    for i in range(1, m - 1):  # underside and back, seen from outside
        faces += _fan([out_minus[i], out_minus[i + 1], out_plus[i + 1], out_plus[i]])
    faces += _fan([out_minus[0], in_minus[0], in_minus[-1], out_minus[-1]])
    faces += _fan([in_plus[0], out_plus[0], out_plus[-1], in_plus[-1]])
    faces += _fan([in_minus[-1], in_plus[-1], out_plus[-1], out_minus[-1]])
    return TriangleMesh(np.vstack([_section(outline, y) for outline, y in sections]), np.array(faces))


def _fan(polygon: list[int]) -> list[tuple[int, int, int]]:
    return [(polygon[0], polygon[i], polygon[i + 1]) for i in range(1, len(polygon) - 1)]

"""Closed meshes that tools are made of: bodies of revolution, prisms, boxes."""

import itertools
import math

import numpy as np
from numpy.typing import ArrayLike

from regolith.errors import ConfigError
from regolith.tools.mesh import Floats, TriangleMesh, check_closed, volume

# Of round parts: facets that bend by less than MAX_DIHEDRAL join into one patch.
SEGMENT_ANGLE = math.radians(11.25)
FINEST_SEGMENT, COARSEST_SEGMENT = math.radians(2), math.radians(14)


def closed(vertices: ArrayLike, faces: ArrayLike, name: str = "shape") -> TriangleMesh:
    """A closed mesh with outward normals, whichever way its triangles were wound as a whole."""
    mesh = TriangleMesh(np.array(vertices, float), np.array(faces, np.int32))
    if volume(mesh) < 0:
        mesh = TriangleMesh(mesh.vertices, mesh.faces[:, ::-1])
    check_closed(mesh, name)
    return mesh


def prism(polygon: ArrayLike, y_low: float, y_high: float) -> TriangleMesh:
    """A polygon in x and z, seen whole from its first corner, drawn along y."""
    p = np.array(polygon, float)
    n = len(p)
    vertices = np.concatenate([np.insert(p, 1, y, axis=1) for y in (y_low, y_high)])
    caps = [(0, k, k + 1) for k in range(1, n - 1)]
    sides = [f for k in range(n) for f in ((k, k + n, (k + 1) % n), ((k + 1) % n, k + n, (k + 1) % n + n))]
    faces = caps + [tuple(v + n for v in c[::-1]) for c in caps] + sides
    return closed(vertices, faces)


def box_mesh(low: ArrayLike, high: ArrayLike) -> TriangleMesh:
    """A box of 12 triangles."""
    (x0, y0, z0), (x1, y1, z1) = np.array(low, float), np.array(high, float)
    return prism(np.array([(x0, z0), (x1, z0), (x1, z1), (x0, z1)]), y0, y1)


def segment_problems(segment_angle: float) -> list[str]:
    """What is wrong with the angle of a round part's facets, as "key = value: what is allowed"."""
    if FINEST_SEGMENT * (1 - 1e-9) <= segment_angle <= COARSEST_SEGMENT * (1 + 1e-9):
        return []
    stated = f"segment_angle = {math.degrees(segment_angle):.4g} deg"
    return [f"{stated}: must be from 2 to 14 deg, or a round part is not one smooth patch"]


def refuse(problems: list[str]) -> None:
    """Raise what the rules of a tool's shape found, if anything.

    Raises: ConfigError of one line for each.
    """
    if problems:
        raise ConfigError("\n".join(f"tool.{problem}" for problem in problems))


def equal_turns(segment_angle: float = SEGMENT_ANGLE) -> Floats:
    """Angles of the corners of a regular polygon whose sides span `segment_angle` at most [rad], shape (m,).

    Raises: ConfigError if it is out of range.
    """
    refuse(segment_problems(segment_angle))
    m = math.ceil(2 * math.pi / segment_angle - 1e-9)
    return 2 * math.pi * np.arange(m) / m


def rim(turns: Floats) -> Floats:
    """Corners of a polygon of the area of the unit circle, shape (m, 2).

    Args:
        turns: Angles of its corners, ascending in [0, 2 pi) [rad], shape (m,).
    """
    gaps = np.diff(turns, append=turns[0] + 2 * math.pi)
    size = math.sqrt(2 * math.pi / float(np.sin(gaps).sum()))
    return size * np.stack([np.cos(turns), np.sin(turns)], axis=1)


def revolve(profile: ArrayLike, turns: Floats) -> TriangleMesh:
    """A body of revolution about z; circles are polygons of the same area.

    Args:
        profile: Radius and height of its corners [m], shape (n, 2): a ring if no corner is on the axis, else a line
            whose first and last corner are on the axis.
        turns: Angles of the polygons' corners, ascending in [0, 2 pi) [rad], shape (m,).
    """
    outline, circle = np.array(profile, float), rim(turns)
    m = len(turns)
    counts = [m if radius > 0 else 1 for radius in outline[:, 0]]
    starts = itertools.accumulate(counts, initial=0)
    vertices = [np.column_stack([r * circle[:n], np.full(n, z)]) for (r, z), n in zip(outline, counts, strict=True)]
    rings = [[start + k % n for k in range(m + 1)] for start, n in zip(starts, counts, strict=False)]
    if outline[0, 0] > 0:
        rings.append(rings[0])
    quads = [(a[k], a[k + 1], b[k + 1], b[k]) for a, b in itertools.pairwise(rings) for k in range(m)]
    faces = [f for a, b, c, d in quads for f in ((a, b, c), (a, c, d)) if len(set(f)) == 3]  # on the axis two corners
    return closed(np.vstack(vertices), faces)

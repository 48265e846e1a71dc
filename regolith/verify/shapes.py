"""Closed triangle meshes for the cases, besides those of tools."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import Delaunay

from regolith.tools.mesh import Floats, TriangleMesh
from regolith.tools.shapes import closed, prism


def turned_inside_out(mesh: TriangleMesh) -> TriangleMesh:
    """The same surface, touched from within: a container."""
    return TriangleMesh(mesh.vertices, mesh.faces[:, ::-1])


def slab(points: ArrayLike, half: float, thickness: float) -> TriangleMesh:
    """A square plate from -half to half; its top, z = 0, is the Delaunay mesh of its corners and `points` (n, 2)."""
    corners = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
    top = np.concatenate([corners, np.array(points, float).reshape(-1, 2)])
    tri = Delaunay(top).simplices
    assert len(np.unique(tri)) == len(top)
    a, b, c = (top[tri[:, k]] for k in range(3))
    flip = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) < (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    tri[flip] = tri[flip][:, ::-1]
    n = len(top)
    vertices = np.concatenate([np.insert(top, 2, 0.0, axis=1), np.insert(corners, 2, -thickness, axis=1)])
    faces = [tuple(t) for t in tri] + [(n, n + 2, n + 1), (n, n + 3, n + 2)]
    for k in range(4):
        m = (k + 1) % 4
        faces += [(k, n + k, m), (m, n + k, n + m)]
    return closed(vertices, faces)


def corner(opening: float, length: float) -> TriangleMesh:
    """A floor (z = 0, x > 0) and a wall that rises from x = 0 at an angle `opening` [rad] to the floor."""
    wall = length * np.array([np.cos(opening), np.sin(opening)])
    back = min(wall[0], 0.0) - 0.5 * length
    low = -0.3 * length
    outline = np.array([(0, 0), (wall[0], wall[1]), (back, wall[1]), (back, low), (length, low), (length, 0)])
    return prism(outline, -length, length)


def finer(mesh: TriangleMesh, times: int) -> TriangleMesh:
    """The same surface of 4^times as many triangles: each cut in four through its edges' middles."""
    vertices, faces = mesh.vertices, mesh.faces
    for _ in range(times):
        edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
        unique, middle = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
        ab, bc, ca = (len(vertices) + middle.reshape(-1, 3)).T
        a, b, c = faces.T
        faces = np.concatenate([np.stack(f, axis=1) for f in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
        vertices = np.concatenate([vertices, vertices[unique].mean(axis=1)])
    return TriangleMesh(vertices, faces)


def tube(radius: float, n_facets: int, half: float) -> TriangleMesh:
    """A rod of so many flat facets along y, its edges on the circle."""
    angle = 2 * np.pi * np.arange(n_facets) / n_facets
    return prism(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), -half, half)


def tops() -> dict[str, TriangleMesh]:
    """Square plates of 0.3 m, their tops at z = 0 triangulated as differently as can be."""
    rng = np.random.default_rng(11)
    half = 0.15625  # exact in binary, like the grid's spacing
    along = np.linspace(-0.14, 0.14, 29)
    lines = [
        np.stack([along, np.full(29, y) + rng.uniform(-1e-7, 1e-7, 29)], axis=1) for y in (-0.06, 0.02, 0.0200004, 0.07)
    ]
    return {
        "coarse": slab(rng.uniform(-0.14, 0.14, (12, 2)), half, 0.05),
        "fine": slab(rng.uniform(-0.15, 0.15, (3000, 2)), half, 0.05),
        "sliver": slab(np.concatenate(lines), half, 0.05),
        "grid": slab(_grid(19, 1 / 128), half, 0.05),
        "tiny": slab(_grid(40, 1 / 1024), half, 0.05),
    }


def _grid(n: int, spacing: float) -> Floats:
    """A square of (2 n + 1)^2 points around the origin, shape (n_points, 2)."""
    x, y = np.meshgrid(np.arange(-n, n + 1) * spacing, np.arange(-n, n + 1) * spacing)
    return np.stack([x.ravel(), y.ravel()], axis=1)

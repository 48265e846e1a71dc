import numpy as np
import pytest
import trimesh

from regolith.tools.mesh import TriangleMesh, closest_point_on_triangles
from regolith.tools.scoop import make_scoop
from regolith.tools.voxels import voxelise


def listed(grid, points):
    cell = np.floor((points - grid.origin) / grid.spacing).astype(int)
    inside = ((cell >= 0) & (cell < grid.shape)).all(axis=1)
    number = (cell[:, 2] * grid.shape[1] + cell[:, 1]) * grid.shape[0] + cell[:, 0]
    rows = [
        grid.triangles[grid.first[v] : grid.first[v + 1]] if ok else [] for v, ok in zip(number, inside, strict=True)
    ]
    return [np.asarray(row, dtype=int) for row in rows]


def distances(mesh, points):
    count = len(mesh.faces)
    tiled = np.tile(mesh.triangles, (len(points), 1, 1))
    found = closest_point_on_triangles(np.repeat(points, count, axis=0), tiled).reshape(len(points), count, 3)
    return np.linalg.norm(found - points[:, None], axis=2)


@pytest.mark.parametrize("reach, spacing", [(0.003, 0.003), (0.002, 0.007), (0.01, 0.004)])
def test_every_triangle_within_reach_is_listed(reach, spacing):
    mesh = make_scoop().mesh
    grid = voxelise(mesh, reach, spacing)
    rng = np.random.default_rng(3)
    low, high = mesh.bounds
    points = rng.uniform(low - 1.5 * reach, high + 1.5 * reach, (3000, 3))
    gaps = distances(mesh, points)
    slack = reach + np.sqrt(3) * grid.spacing * (1 + 1e-9)
    for row, gap in zip(listed(grid, points), gaps, strict=True):
        assert set(np.flatnonzero(gap <= reach)) <= set(row)
        assert (np.diff(row) > 0).all()
        assert (gap[row] <= slack).all()


def test_surface_points_at_the_edge_of_the_grid_are_covered():
    mesh = make_scoop().mesh
    reach = 0.004
    grid = voxelise(mesh, reach, 0.004)
    direction = np.random.default_rng(4).normal(size=(len(mesh.vertices), 3))
    points = mesh.vertices + reach * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    for row, gap in zip(listed(grid, points), distances(mesh, points), strict=True):
        assert set(np.flatnonzero(gap < reach * (1 - 1e-12))) <= set(row)


def test_a_huge_grid_gets_a_larger_spacing():
    mesh = make_scoop().mesh
    grid = voxelise(mesh, 0.003, 1e-5, max_voxels=20_000)
    assert np.prod(grid.shape) <= 20_000 and grid.spacing > 1e-5
    assert len(grid.first) == np.prod(grid.shape) + 1 and grid.first[-1] == len(grid.triangles)


def test_twenty_thousand_triangles():
    solid = trimesh.creation.icosphere(subdivisions=5, radius=0.1)
    grid = voxelise(TriangleMesh(solid.vertices, solid.faces), 0.003, 0.003)
    assert len(solid.faces) > 20_000
    centre = (np.array([0.1, 0, 0]) - grid.origin) // grid.spacing
    assert (centre < grid.shape).all()


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        voxelise(make_scoop().mesh, 0.0, 0.003)

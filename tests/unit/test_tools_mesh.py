import numpy as np
import pytest
import trimesh

from regolith.errors import ConfigError
from regolith.tools.mesh import (
    TriangleMesh,
    area,
    check_closed,
    closest_point_on_triangles,
    closest_points,
    contains,
    smooth_patches,
    volume,
)


def box(size=(1.0, 2.0, 3.0), at=(0.0, 0.0, 0.0)):
    solid = trimesh.creation.box(extents=size)
    return TriangleMesh(solid.vertices + np.asarray(at), solid.faces)


def joined(*meshes):
    offsets = np.cumsum([0] + [len(m.vertices) for m in meshes[:-1]])
    faces = np.vstack([m.faces + o for m, o in zip(meshes, offsets, strict=True)])
    return TriangleMesh(np.vstack([m.vertices for m in meshes]), faces)


def test_volume_and_area_of_a_box_far_from_the_origin():
    mesh = box(at=(1e4, 0, 0))
    assert volume(mesh) == pytest.approx(6, rel=1e-10)
    assert area(mesh) == pytest.approx(22, rel=1e-10)


def test_arrays_are_read_only_copies_of_the_right_type():
    vertices = np.eye(4, 3)
    mesh = TriangleMesh(vertices, [[0, 1, 2]])
    vertices[0] = 9
    assert mesh.vertices[0, 0] == 1 and mesh.faces.dtype == np.int32
    with pytest.raises(ValueError):
        mesh.vertices[0] = 1


@pytest.mark.parametrize("vertices, faces", [(np.zeros((3, 2)), [[0, 1, 2]]), (np.eye(3), [[0, 1, 3]])])
def test_wrong_shapes_and_numbers_are_refused(vertices, faces):
    with pytest.raises(ConfigError, match="mesh: "):
        TriangleMesh(vertices, faces)


def test_a_closed_box_passes():
    check_closed(joined(box(), box(at=(5, 0, 0))), "box.stl")


FLAWS = {
    "3 open edges": lambda m: TriangleMesh(m.vertices, m.faces[:-1]),
    "1 of 1 closed parts inside-out": lambda m: TriangleMesh(m.vertices, m.faces[:, ::-1]),
    "1 of 2 closed parts inside-out": lambda m: joined(m, TriangleMesh(m.vertices + 5, m.faces[:, ::-1])),
    "edges between triangles of opposite orientation": lambda m: TriangleMesh(
        m.vertices, np.vstack([m.faces[:-1], m.faces[-1:, ::-1]])
    ),
    "1 duplicate triangles": lambda m: TriangleMesh(m.vertices, np.vstack([m.faces, m.faces[:1]])),
    "3 non-manifold edges": lambda m: TriangleMesh(m.vertices, np.vstack([m.faces, m.faces[:1]])),
    "1 triangles without area": lambda m: TriangleMesh(
        np.vstack([m.vertices, m.vertices[m.faces[0, :2]].mean(axis=0)]), np.vstack([m.faces, [*m.faces[0, :2], 8]])
    ),
    "not finite": lambda m: TriangleMesh(np.where(m.vertices > 1, np.nan, m.vertices), m.faces),
    "at least 4": lambda m: TriangleMesh(m.vertices, m.faces[:2]),
}


@pytest.mark.parametrize("text", FLAWS)
def test_flaws_are_named(text):
    with pytest.raises(ConfigError, match=text) as caught:
        check_closed(FLAWS[text](box()), "box.stl")
    assert str(caught.value).startswith("box.stl: ")


def test_patches_are_the_faces_of_a_box_in_the_order_of_their_triangles():
    patches = smooth_patches(box())
    assert sorted(np.bincount(patches)) == [2] * 6
    first = [int(np.flatnonzero(patches == p)[0]) for p in range(6)]
    assert first == sorted(first)


@pytest.mark.parametrize("limit, count", [(11, 32), (13, 3), (91, 1)])
def test_patches_of_a_cylinder_depend_on_the_dihedral_angle(limit, count):
    solid = trimesh.creation.cylinder(radius=1, height=1, sections=30)  # 12 degrees a facet
    mesh = TriangleMesh(solid.vertices, solid.faces)
    assert smooth_patches(mesh, np.deg2rad(limit)).max() + 1 == count


def test_closest_point_against_a_fine_sampling_of_the_triangle():
    rng = np.random.default_rng(1)
    corners = rng.normal(size=(300, 3, 3))
    points = 2 * rng.normal(size=(300, 3))
    found = closest_point_on_triangles(points, corners)
    n = 60
    u, v = np.meshgrid(np.arange(n + 1) / n, np.arange(n + 1) / n)
    u, v = u[u + v <= 1 + 1e-12], v[u + v <= 1 + 1e-12]
    weights = np.stack([1 - u - v, u, v], axis=1)
    sampled = np.linalg.norm(np.einsum("sk,tkx->tsx", weights, corners) - points[:, None], axis=2).min(axis=1)
    exact = np.linalg.norm(found - points, axis=1)
    assert (exact <= sampled + 1e-12).all()
    assert (sampled - exact < 0.1).all()


def test_closest_point_in_each_of_the_seven_regions():
    triangle = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0]], dtype=float)
    points = np.array(
        [[-1, -1, 1], [3, -1, 1], [-1, 3, 1], [1, -1, 1], [-1, 1, 1], [2, 2, 1], [0.5, 0.5, 1]], dtype=float
    )
    expected = [[0, 0, 0], [2, 0, 0], [0, 2, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0.5, 0.5, 0]]
    found = closest_point_on_triangles(points, np.broadcast_to(triangle, (7, 3, 3)))
    np.testing.assert_allclose(found, expected, atol=1e-15)


def test_closest_points_and_inside_of_a_sphere():
    solid = trimesh.creation.icosphere(subdivisions=3)
    mesh = TriangleMesh(solid.vertices, solid.faces)
    points = np.random.default_rng(2).uniform(-1.5, 1.5, (500, 3))
    radius = np.linalg.norm(points, axis=1)
    closest, distance, triangle = closest_points(mesh, points)
    np.testing.assert_allclose(distance, np.abs(radius - 1), atol=0.01)
    np.testing.assert_allclose(np.linalg.norm(closest - points, axis=1), distance)
    again = closest_point_on_triangles(points, mesh.triangles[triangle])
    np.testing.assert_array_equal(again, closest)
    clear = np.abs(radius - 1) > 0.01
    np.testing.assert_array_equal(contains(mesh, points)[clear], radius[clear] < 1)

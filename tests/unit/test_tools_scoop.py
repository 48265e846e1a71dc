import math

import numpy as np
import pytest
import trimesh

from regolith.errors import ConfigError
from regolith.tools import check_closed, closest_points, make_scoop, smooth_patches
from regolith.tools.mesh import contains, volume
from regolith.tools.stl import thinnest_wall

SHAPES = [
    {},
    {"width": 0.1, "radius": 0.04, "depth": 0.1, "lip_angle": math.radians(30)},
    {"back_angle": math.pi / 2},
    {"back_angle": math.pi, "wall": 0.01, "lip_angle": math.radians(45)},
    {"back_angle": math.radians(60), "radius": 0.05, "depth": 0.06, "wall": 0.001},
]


def struck_area(radius, depth, back_angle):
    """Shoelace formula over floor and facets."""
    n = math.ceil(back_angle / math.radians(7.5) - 1e-9)
    turned = [back_angle * i / n for i in range(n + 1)]
    x = [0.0] + [radius - depth - radius * math.sin(a) for a in turned]
    z = [0.0] + [radius - radius * math.cos(a) for a in turned]
    return 0.5 * abs(sum(x[i - 1] * z[i] - x[i] * z[i - 1] for i in range(len(x))))


@pytest.mark.parametrize("shape", SHAPES)
def test_mesh_is_a_solid_of_ball_topology(shape):
    tool = make_scoop(**shape)
    check_closed(tool.mesh, "scoop")
    check_closed(tool.capture, "capture")
    for mesh in (tool.mesh, tool.capture):
        solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
        assert solid.is_watertight and solid.is_winding_consistent
        assert solid.euler_number == 2
        assert solid.volume == pytest.approx(volume(mesh)) and solid.volume > 0


@pytest.mark.parametrize("shape", SHAPES)
def test_struck_volume_is_analytic(shape):
    full = {"width": 0.07, "radius": 0.03, "depth": 0.065, "back_angle": math.radians(120)} | shape
    tool = make_scoop(**shape)
    expected = struck_area(full["radius"], full["depth"], full["back_angle"]) * full["width"]
    assert tool.struck_volume == pytest.approx(expected, rel=1e-9)
    assert volume(tool.capture) == pytest.approx(expected, rel=1e-9)
    assert tool.width == pytest.approx(full["width"])


@pytest.mark.parametrize("shape", SHAPES)
def test_cavity_and_wall_share_no_volume_and_the_skins_keep_apart(shape):
    tool = make_scoop(**shape)
    low, high = tool.mesh.bounds
    points = np.random.default_rng(5).uniform(low, high, (4000, 3))
    in_wall, in_cavity = contains(tool.mesh, points), contains(tool.capture, points)
    assert in_wall.any() and in_cavity.any() and not (in_wall & in_cavity).any()
    # Nothing else lies below the mouth: volumes add up to that of the convex outer body.
    outer = trimesh.convex.convex_hull(tool.mesh.vertices).volume
    assert volume(tool.mesh) + tool.struck_volume == pytest.approx(outer, rel=1e-9)
    assert 0 < tool.wall <= thinnest_wall(tool.mesh) * (1 + 1e-9)


def test_normals_of_the_cavity_point_into_the_cavity():
    tool = make_scoop()
    centres = tool.mesh.triangles.mean(axis=1)
    probe = centres + 1e-6 * tool.mesh.normals
    assert not contains(tool.mesh, probe).any()
    assert contains(tool.mesh, centres - 1e-6 * tool.mesh.normals).all()
    assert contains(tool.capture, probe).any()


def test_patches_are_the_bucket_s_faces():
    tool = make_scoop()
    patches = smooth_patches(tool.mesh)
    # floor with back inside and outside, two side walls inside and outside, bevel, rim
    assert patches.max() + 1 == 8
    assert len(tool.mesh.faces) < 200


def test_frame_lip_and_mouth():
    tool = make_scoop()
    np.testing.assert_array_equal(tool.lip, 0)
    low, high = tool.mesh.bounds
    assert (
        high[0] == pytest.approx(0) and low[2] == pytest.approx(-0.002) and low[1] == -high[1] == pytest.approx(-0.037)
    )
    assert low[0] == pytest.approx(-0.067, abs=1e-4)
    assert closest_points(tool.mesh, [[0, 0, 0]])[1][0] < 1e-15
    mouth = np.array([math.sin(tool.mouth_angle), 0, math.cos(tool.mouth_angle)])
    height = tool.capture.vertices @ mouth
    assert height.max() == pytest.approx(0, abs=1e-15) and (np.abs(height) < 1e-12).sum() == 4


@pytest.mark.parametrize(
    "shape, key",
    [
        ({"width": -1}, "tool.width"),
        ({"radius": math.nan}, "tool.radius"),
        ({"wall": 0.1}, "tool.wall"),
        ({"wall": 1e-5}, "tool.wall"),
        ({"lip_angle": 2.0}, "tool.lip_angle"),
        ({"back_angle": 0.1}, "tool.back_angle"),
        ({"depth": 0.03}, "tool.depth"),
    ],
)
def test_impossible_shapes_are_refused(shape, key):
    with pytest.raises(ConfigError, match=key):
        make_scoop(**shape)

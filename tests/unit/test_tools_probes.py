import numpy as np
import pytest

from regolith.errors import ConfigError
from regolith.tools import check_closed, make_blade, make_cone, make_plate, smooth_patches
from regolith.tools.mesh import volume
from regolith.tools.stl import thinnest_wall

BLADE = {"width": 0.3, "height": 0.1, "thickness": 0.01}
PLATE = {"length": 0.1, "width": 0.06, "thickness": 0.01}
CONE = {"diameter": 0.02, "apex_angle": np.deg2rad(60), "shaft_diameter": 0.015, "length": 0.2}


@pytest.mark.parametrize("rake", np.deg2rad([-20, 0, 12.5, 45]))
def test_blade_is_a_solid_whose_front_face_leans_back(rake):
    tool = make_blade(**BLADE, rake=rake)
    mesh = tool.mesh
    check_closed(mesh, "blade")
    assert volume(mesh) == pytest.approx(0.3 * 0.1 * np.cos(rake) * 0.01)
    front = mesh.normals @ (np.cos(rake), 0, np.sin(rake))
    assert front.max() == pytest.approx(1)
    assert (mesh.triangles[front > 1 - 1e-9] @ (np.cos(rake), 0, np.sin(rake))) == pytest.approx(0, abs=1e-12)
    assert len(np.unique(smooth_patches(mesh))) == 6
    assert tool.wall == pytest.approx(thinnest_wall(mesh))
    assert tool.capture is None and tool.struck_volume == 0


def test_plate_stands_on_its_origin():
    tool = make_plate(**PLATE)
    check_closed(tool.mesh, "plate")
    assert tool.mesh.bounds == pytest.approx(np.array([[-0.05, -0.03, 0], [0.05, 0.03, 0.01]]))
    assert volume(tool.mesh) == pytest.approx(0.1 * 0.06 * 0.01)
    assert tool.wall == 0.01 and tool.capture is None


def test_cone_is_a_solid_of_analytic_volume():
    mesh = make_cone(**CONE).mesh
    check_closed(mesh, "cone")
    height = 0.01 / np.tan(np.deg2rad(30))
    assert volume(mesh) == pytest.approx(np.pi * (0.01**2 * height / 3 + 0.0075**2 * (0.2 - height)))
    assert mesh.bounds[0, 2] == 0 and mesh.bounds[1, 2] == 0.2
    assert len(np.unique(smooth_patches(mesh))) == 4  # tip, shoulder, shaft, lid


@pytest.mark.parametrize(
    "build, wrong, named",
    [
        (make_blade, {**BLADE, "width": 0}, "tool.width"),
        (make_blade, {**BLADE, "rake": 1.5}, "tool.rake"),
        (make_plate, {**PLATE, "thickness": -1}, "tool.thickness"),
        (make_cone, {**CONE, "apex_angle": 0.1}, "tool.apex_angle"),
        (make_cone, {**CONE, "shaft_diameter": 0.03}, "tool.shaft_diameter = 0.03 m: must be below diameter = 0.02 m"),
        (make_cone, {**CONE, "length": 0.01}, "tool.length"),
        (make_cone, {**CONE, "segment_angle": 0.3}, "tool.segment_angle"),
    ],
)
def test_wrong_dimensions_are_named(build, wrong, named):
    with pytest.raises(ConfigError, match=named):
        build(**wrong)

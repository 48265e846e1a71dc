"""Planes, cylinders and meshes against closed forms and each other. `cases_surfaces` sets them up."""

import numpy as np
import pytest

SEAM = {"mixed": 1e-5, "f64": 1e-12}


@pytest.mark.parametrize("top", ["coarse", "fine", "sliver", "grid"])
def test_a_tessellated_plane_is_the_plane(figures, precision, top):
    """Spheres slide and roll over random triangulations, slivers, along edges and over vertices: as on the plane."""
    seams = figures("surfaces", precision)["seams"]
    assert seams["met"] == [["coarse", "fine", "grid", "sliver"], ["plane"]]
    assert max(seams[top].values()) < SEAM[precision]


def test_a_tilted_plate_of_slivers_is_the_tilted_plane(figures, precision):
    assert max(figures("surfaces", precision)["tilted_seams"].values()) < SEAM[precision]


@pytest.mark.parametrize("degrees", ["90", "120"])
def test_a_concave_corner_keeps_two_springs_and_equals_two_planes(figures, precision, degrees):
    corner = figures("surfaces", precision)["corner"][degrees]
    assert corner["springs"] == {"0": 2, "1": 2} and corner["smallest_spring"] > 1e-9
    assert max(corner[key] for key in ("position", "velocity", "spin")) < SEAM[precision]


@pytest.mark.parametrize("pose", ["straight", "turned"])
@pytest.mark.parametrize("solid", ["box", "plate"])
def test_faces_edges_and_vertices_of_a_solid_give_one_hertz_contact(figures, precision, solid, pose):
    """F = 4/3 E* sqrt(R) (R - distance)^(3/2) away from the closest point; also 1e-13 to 0.1 radii beside an edge."""
    found = figures("surfaces", precision)["convex"][f"{solid}/{pose}"]
    assert found["spheres"] > 200 and found["contacts"] == [1] and found["double"] == 0
    assert found["force"] < {"mixed": 1e-5, "f64": 1e-9}[precision]
    assert found["apart_force"] == 0


def test_the_far_side_of_a_thin_plate_is_not_felt(figures, precision):
    """A plate of a fifth of a radius, a sphere on each side at one place."""
    sides = figures("surfaces", precision)["plate_sides"]
    assert sides["contacts"] == 4 and sides["aside"] == 0
    assert sides["force"] < {"mixed": 1e-5, "f64": 1e-12}[precision]


def test_rolling_over_a_convex_edge_keeps_the_force_and_the_spring(figures, precision):
    """In a step the normal turns by 3e-4 and more; a spring lost from patch to patch would show as 0.08 weights."""
    edge = figures("surfaces", precision)["over_the_edge"]
    assert min(edge["past"]) > 0.05 and min(edge["friction"]) > 0.07
    assert max(edge["jump"]) < 2e-3
    assert np.ptp(edge["jump"]) < 1e-4  # all four edges alike, whatever their patches' numbers


def test_slide_to_roll(figures, precision):
    """u = u0 - mu g t until t = 2 u0 / (7 mu g), then 5/7 u0; 0.17 % less since the overlap shortens the lever arm."""
    roll = figures("surfaces", precision)["slide_to_roll"]
    assert abs(roll["sliding"]) < 1e-4
    assert abs(roll["rolling"]) < 1e-4 and abs(roll["five_sevenths"]) < 2e-3
    assert abs(roll["slip"]) < 1e-4


def test_rolling_resistance_slows_a_rolling_and_a_spinning_sphere(figures, precision):
    """u' = -5/7 mu_r g when it rolls, w' = -5 mu_r g / (2 R) when it spins on a frictionless plane."""
    decay = figures("surfaces", precision)["rolling_decay"]
    assert abs(decay["rolling"]) < 2e-4 and abs(decay["five_sevenths"]) < 2e-3
    assert abs(decay["spinning"]) < 1e-4


def test_a_sphere_on_an_incline_rests_or_rolls(figures, precision):
    """Rests where mu_r >= tan(angle), else a = 5/7 g (sin - mu_r cos)."""
    incline = figures("surfaces", precision)["incline"]
    assert abs(incline["0.08"]["speed"]) < 1e-6 and abs(incline["0.08"]["way"]) < 1e-3
    assert abs(incline["0.2"]["error"]) < 3e-4 and abs(incline["0.2"]["from_ideal"]) < 1e-2


def test_a_belt_takes_a_sphere_along(figures, precision):
    """It rolls back at 2/7 of the belt's speed, its surface at the belt's; with rolling resistance it goes along."""
    belt = figures("surfaces", precision)["belt"]
    assert abs(belt["free"]) < 1e-4 and abs(belt["surface"]) < 1e-4 and abs(belt["taken"]) < 1e-3


def test_a_spinning_drum(figures, precision):
    """Angular momentum about the axis passes from drum to spheres and none is lost; slip ends."""
    drum = figures("surfaces", precision)["drum"]
    assert drum["gained"] > 0.1
    assert drum["momentum"] < 1e-12 and drum["angular_momentum"] < {"mixed": 1e-7, "f64": 1e-12}[precision]
    assert drum["slip"] < 1e-4 and abs(drum["climbed"]) > 0.5


def test_work_of_a_moving_surface(figures, precision):
    """Work is V . impulse to round-off, and the sphere's gain in energy to the order of the step."""
    for name, work in figures("surfaces", precision)["work"].items():
        assert work["apart"] and abs(work["impulse"]) < 1e-13
        assert abs(work["gain"]) < (1e-5 if "shipped" in name else 1e-6)

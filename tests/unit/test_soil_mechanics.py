from dataclasses import replace

import numpy as np
import pytest

from regolith.soil_mechanics import (
    Blade,
    MohrCoulomb,
    bearing_capacity,
    bearing_factors,
    passive_coefficient,
    reece,
    triaxial_angle,
)

SAND = MohrCoulomb(density=1800, friction_angle=np.deg2rad(35))
BLADE = Blade(depth=0.5, width=1.0, angle=np.deg2rad(60), wall_friction_angle=np.deg2rad(20))


def test_published_check_case():
    found = reece(SAND, BLADE, 9.81)  # McKyes' wedge with rho 1800, phi 35, delta 20, a 60, d 0.5, w 1
    assert np.rad2deg(found.wedge_angle) == pytest.approx(28.1, abs=0.05)
    assert found.weight_factor == pytest.approx(1.82, abs=0.005)
    assert np.hypot(found.horizontal, found.vertical) == pytest.approx(8.0e3, rel=0.01)
    assert np.arctan2(found.vertical, found.horizontal) == pytest.approx(np.deg2rad(10))


@pytest.mark.parametrize("phi", np.deg2rad([5, 20, 30, 45]))
def test_smooth_upright_wall_is_rankine_passive(phi):
    soil = MohrCoulomb(density=1600, friction_angle=phi, cohesion=300.0)
    k_p = passive_coefficient(phi)
    found = reece(soil, Blade(depth=0.2, width=0.3), 1.62, surcharge=50.0)
    pressure = 0.5 * 1600 * 1.62 * 0.2 * k_p + 2 * 300 * np.sqrt(k_p) + 50 * k_p
    assert found.horizontal == pytest.approx(pressure * 0.2 * 0.3, rel=1e-6)
    assert found.wedge_angle == pytest.approx(np.pi / 4 - phi / 2, abs=1e-3)
    assert found.vertical == pytest.approx(0, abs=1e-9)


def test_scaling_of_a_cohesionless_soil():
    base = reece(SAND, BLADE, 9.81).horizontal
    assert reece(SAND, BLADE, 9.81 / 6).horizontal == pytest.approx(base / 6)
    assert reece(SAND, replace(BLADE, depth=1.0), 9.81).horizontal == pytest.approx(4 * base)


def test_crescents_add_to_a_narrow_blade_and_vanish_beside_a_wide_one():
    sides = [reece(SAND, replace(BLADE, width=w), 9.81, sides=True).horizontal / w for w in (0.1, 1.0, 1e5)]
    assert sides[0] > sides[1] > sides[2]
    assert sides[2] == pytest.approx(reece(SAND, BLADE, 9.81).horizontal, rel=1e-4)


def test_adhesion_of_an_upright_wall_adds_no_draught_without_friction():
    clay = MohrCoulomb(density=1e-9, friction_angle=1e-9, cohesion=1e3)
    assert reece(clay, Blade(depth=1.0, width=1.0), 9.81).horizontal == pytest.approx(2e3, rel=1e-4)


def test_adhesion_pulls_along_the_face():
    blade = Blade(depth=0.1, width=1.0, angle=np.deg2rad(45), adhesion=1e3)
    found = reece(SAND, blade, 9.81)  # without wall friction all else is normal to the face
    assert (found.horizontal - found.vertical) / np.sqrt(2) == pytest.approx(1e3 * 0.1 * np.sqrt(2))
    normal = (found.horizontal + found.vertical) / np.sqrt(2)
    assert found.horizontal == pytest.approx(normal / np.sqrt(2) + 100)


@pytest.mark.parametrize("adhesion", [0.0, 800.0])
def test_the_wedge_is_in_equilibrium(adhesion):
    soil = MohrCoulomb(density=1700, friction_angle=np.deg2rad(33), cohesion=500.0)
    blade = replace(BLADE, adhesion=adhesion)
    found = reece(soil, blade, 9.81, surcharge=200.0)
    a, b, d, w = blade.angle, found.wedge_angle, blade.depth, blade.width
    top = d * (1 / np.tan(a) + 1 / np.tan(b))
    weight = (0.5 * 1700 * 9.81 * d + 200.0) * top * w
    cohesive = 500.0 * d / np.sin(b) * w  # along the failure plane, downwards on the wedge
    base = (found.horizontal - cohesive * np.cos(b)) / np.sin(b + soil.friction_angle)
    carried = found.vertical + base * np.cos(b + soil.friction_angle) - cohesive * np.sin(b)
    assert carried == pytest.approx(weight)


def test_a_round_base_feels_the_triaxial_angle():
    assert triaxial_angle(np.deg2rad(44)) == pytest.approx(np.deg2rad(40))  # 1.1 times for a strip: Meyerhof (1963)


# Meyerhof (1963), table of bearing capacity factors
@pytest.mark.parametrize(
    "degrees, n_c, n_q, n_gamma",
    [(0, 5.14, 1.0, 0.0), (20, 14.83, 6.4, 2.9), (30, 30.14, 18.4, 15.7), (40, 75.3, 64.2, 93.7)],
)
def test_bearing_factors_are_meyerhofs(degrees, n_c, n_q, n_gamma):
    assert bearing_factors(np.deg2rad(degrees)) == pytest.approx(
        (n_c, n_q, n_gamma), rel=0.003, abs=0.05
    )  # printed to 0.1


def test_bearing_capacity_on_the_surface_and_with_depth():
    at = dict(diameter=0.02, gravity=1.62)
    surface = bearing_capacity(SAND, depth=0.0, **at)
    _, _, n_gamma = bearing_factors(SAND.friction_angle)
    shape = 1 + 0.1 * passive_coefficient(SAND.friction_angle)
    assert surface == pytest.approx(0.5 * 1800 * 1.62 * 0.02 * n_gamma * shape)
    assert bearing_capacity(SAND, depth=0.02, **at) > 3 * surface
    assert bearing_capacity(SAND, depth=0.02, diameter=0.02, gravity=16.2) == pytest.approx(
        10 * bearing_capacity(SAND, depth=0.02, **at)
    )

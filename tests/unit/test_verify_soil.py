"""What the soil-mechanics cases compute beside the simulation, and the motion that their servos state anew."""

import numpy as np
import pytest

from regolith.drive import Motion
from regolith.errors import ConfigError
from regolith.runtime import started
from regolith.soil_mechanics import MohrCoulomb
from regolith.surfaces import Plane
from regolith.verify import catalogue, cone, king_brewer, shear_cell
from regolith.verify.case import Sheet
from regolith.verify.king_brewer import fitted_force, published
from regolith.walls import Surroundings

DT = 1e-3


@pytest.mark.parametrize("cohesion", [0.0, 120.0])
def test_mohr_coulomb_is_found_from_circles(cohesion):
    phi, centres = np.deg2rad(33), np.array([400.0, 900.0, 1700.0])
    circles = [(p, cohesion * np.cos(phi) + p * np.sin(phi)) for p in centres]
    found = shear_cell._mohr_coulomb(circles, 1500.0)
    assert found.friction_angle == pytest.approx(phi)
    assert found.cohesion == pytest.approx(cohesion, abs=1e-9)


def test_mobilised_angle_and_dilation_of_a_made_up_loading():
    strain = np.linspace(0, 0.4, 800)
    sine, slope = np.sin(np.deg2rad(30)), 0.2
    run = shear_cell.Loading(
        strain, 500 * (1 + sine) / (1 - sine) * np.ones(800), np.full(800, 500.0), np.minimum(slope * strain, 0.02)
    )
    assert np.rad2deg(np.nanmax(run.friction)) == pytest.approx(30)
    assert np.sin(shear_cell._dilatancy(run)) == pytest.approx(slope / (2 + slope))


def test_soil_has_the_mean_angle_of_three_specimens_and_the_density_of_the_bed(monkeypatch):
    def measured(seed):
        found = [MohrCoulomb(density=1.0, friction_angle=phi + 0.01 * seed, cohesion=5.0) for phi in (0.6, 0.4)]
        return shear_cell.Strength(loadings=(), peak=found[0], residual=found[1])

    monkeypatch.setattr(shear_cell, "measured", measured)
    soils = shear_cell.dry(1500.0)
    assert [soil.friction_angle for soil in soils.values()] == pytest.approx([0.62, 0.42])
    assert {(soil.density, soil.cohesion) for soil in soils.values()} == {(1500.0, 0.0)}
    under = cone.under_a_round_base(1500.0)
    assert under["peak"].friction_angle == pytest.approx(0.62 / 1.1) and under["peak"].density == 1500.0


def test_a_blade_whose_pile_never_stands_where_it_is_compared_says_so(monkeypatch):
    monkeypatch.setattr(king_brewer, "plough", lambda _: (np.ones(3), np.ones(3), np.full(3, 1e-3)))
    with pytest.raises(RuntimeError, match=r"the pile was 1.0 to 1.0 mm high and never between .* let the blade"):
        king_brewer.king_brewer_blade(Sheet(catalogue.cases()["king-brewer-blade"], "mixed"))


def test_king_and_brewers_fit_gives_their_force_at_a_pile_of_two_centimetres():
    assert fitted_force(0.0, centred=True) == pytest.approx(460 * 0.00635 * 0.3048)
    for centred in (True, False):
        assert fitted_force(0.016, centred) < published()["blade"]["force"] < fitted_force(0.022, centred)


def test_a_motion_stated_anew_holds_from_then_on():
    started()
    plane = Plane(point=(0, 0, 0), normal=(0, 0, 1), material="rock", motion=Motion.at_rest(), name="cap")
    floor = Plane(point=(0, 0, 0), normal=(0, 0, 1), material="rock", name="floor")
    around = Surroundings([plane, floor], {"rock": 0}, 0.01, 1)
    assert around.pose(0, DT) == 0 and around.pose(5, DT) == 5 and around.top_speed(5, DT) == 0
    around.set_motions({"cap": Motion.constant(velocity=(0, 0, -2.0))})
    assert around.pose(6, DT) == 6
    assert around.pose_at("cap", 0.5)[0] == pytest.approx([0, 0, -1])
    assert around.top_speed(6, DT) == pytest.approx(2)
    for name in ("floor", "lid"):
        with pytest.raises(ConfigError, match=f"{name!r} is no surface that was made with a motion"):
            around.set_motions({name: Motion.at_rest()})
    around.walls.destroy()

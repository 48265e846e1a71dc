"""What the soil-mechanics cases compute beside the simulation, and the motion that their servos state anew."""

import numpy as np
import pytest

from regolith.drive import Motion
from regolith.errors import ConfigError
from regolith.runtime import started
from regolith.surfaces import Plane
from regolith.verify import shear_cell
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
    assert around.pose(6, DT) == 0  # poses were made anew, from this step on
    assert around.pose_at("cap", 0.5)[0] == pytest.approx([0, 0, -1])
    assert around.top_speed(6, DT) == pytest.approx(2)
    for name in ("floor", "lid"):
        with pytest.raises(ConfigError, match=f"{name!r} is no surface that was made with a motion"):
            around.set_motions({name: Motion.at_rest()})
    around.walls.destroy()

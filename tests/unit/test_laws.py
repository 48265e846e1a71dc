"""Contact laws on the device against their NumPy twins, and the laws' own coefficients."""

import re

import numpy as np
import pytest

from regolith.errors import ConfigError
from regolith.laws import LARGEST_REACH, Law, check_reach, effective_modulus, jkr_reach, pair_coefficients
from regolith.materials import Contact, Material
from regolith.pair_list import SKIN
from regolith.restitution import damping_of, restitution_of

# One step from random positions, velocities, spins and springs, relative to each vector's length. Turned set-ups keep
# fewer digits: their overlaps (1e-6 m and up) come from rounded positions (1 m).
RTOL = {"mixed": {"as_is": 1e-5, "turned": 1e-5}, "f64": {"as_is": 1e-12, "turned": 1e-10}}
KEYS = ("force", "force_j", "torque_i", "torque_j", "slide_spring", "roll_spring", "twist_spring")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("pose", ["as_is", "turned"])
@pytest.mark.parametrize("law", ["sjkr", "linear", "dmt", "jkr"])
def test_a_law_equals_its_twin_however_the_set_up_is_turned(figures, precision, law, pose, key):
    assert figures("laws", precision)[law][f"{pose}/{key}"] < RTOL[precision][pose]


@pytest.mark.parametrize("law", ["sjkr", "linear", "dmt", "jkr"])
def test_forces_on_two_grains_are_opposite_to_the_last_bit(figures, precision, law):
    assert figures("laws", precision)[law]["third_law"] == 0.0


@pytest.mark.parametrize("normal", ["hertz", "linear"])
@pytest.mark.parametrize("restitution", [0.05, 0.2, 0.5, 0.9, 0.999])
def test_damping_returns_the_restitution_it_was_solved_for(normal, restitution):
    assert restitution_of(damping_of(restitution, normal), normal) == pytest.approx(restitution, rel=1e-7)


def test_damping_of_the_linear_law_that_may_attract_is_a_lower_bound():
    # with tension allowed, alpha = -2 ln e / sqrt(ln^2 e + pi^2) is exact; cut at zero force, more damping is needed
    for e in (0.3, 0.6, 0.9):
        with_tension = -2 * np.log(e) / np.hypot(np.log(e), np.pi)
        assert damping_of(e, "linear") > with_tension
        assert damping_of(e, "linear") == pytest.approx(with_tension, rel=0.5)


def test_no_damping_at_full_restitution():
    assert damping_of(1.0, "hertz") == 0.0
    assert restitution_of(0.0, "hertz") == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("cohesion", ["sjkr", "dmt", "jkr"])
@pytest.mark.parametrize("restitution", [0.2, 0.8])
def test_damping_of_sticking_grains_returns_the_restitution_it_was_solved_for(cohesion, restitution):
    damping = damping_of(restitution, "hertz", cohesion, 0.1)
    assert restitution_of(damping, "hertz", cohesion, 0.1) == pytest.approx(restitution, rel=1e-7)
    assert damping < damping_of(restitution)  # what sticks needs less


def test_undamped_jkr_impacts_lose_what_it_costs_to_tear():
    """1 - e^2 = 2 W with W = -integral of F over the overlap from 0 down to tear-off, where the radius is s sqrt(h)."""
    pull_off = 0.5
    h = (pull_off / 9) ** (2 / 3)
    s = np.linspace(1, 4 ** (2 / 3), 20001)
    work = -np.trapezoid(h**1.5 * (s**3 - 6 * s**1.5), h * (s**2 - 4 * np.sqrt(s)))
    assert restitution_of(0.0, "hertz", "jkr", pull_off) == pytest.approx(np.sqrt(1 - 2 * work), rel=1e-6)


def test_jkr_damping_where_the_stated_restitution_is_out_of_reach():
    assert damping_of(0.9, "hertz", "jkr", 0.5) == 0.0  # the tear-off alone leaves 0.77
    assert restitution_of(0.0, "hertz", "jkr", 2.0) == 0.0  # sticks, whatever the damping: as if it were dry
    assert damping_of(0.9, "hertz", "jkr", 2.0) == damping_of(0.9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"normal": "jkr"},
        {"rolling": "epds"},
        {"twisting": "marshall"},
        {"cohesion": "dtm"},
        {"normal": "linear"},
        {"normal": "linear", "k_n": 1.0, "k_t": 1.0, "cohesion": "jkr"},
        {"twisting_damping": -0.1},
        {"impact_speed": 0.0},
    ],
)
def test_an_unknown_or_incomplete_law_is_refused(wrong):
    with pytest.raises(ConfigError, match="law"):
        Law(**wrong)


@pytest.mark.parametrize("key", ["surface_energy", "twisting_friction"])
@pytest.mark.parametrize("value", [-1, np.nan, np.inf])
def test_a_contact_of_less_than_nothing_or_no_number_is_refused(key, value):
    with pytest.raises(ConfigError, match=f"{key} = {value}"):
        Contact(restitution=0.5, friction=0.5, **{key: value})


def test_a_surface_energy_that_holds_grains_far_apart_is_refused_with_the_largest_that_would_do():
    law, sand = Law(cohesion="jkr"), Material(name="sand", density=2700, youngs_modulus=5e6, poisson_ratio=0.2)
    contact = Contact(restitution=0.5, friction=0.5, surface_energy=10.0)
    with pytest.raises(ConfigError, match="surface_energy = 10") as refused:
        check_reach(law, pair_coefficients(law, sand, sand, contact), sand, sand, 1e-3)
    largest = float(re.search("at most ([0-9.e+-]+) J", str(refused.value))[1])
    for energy, fits in ((largest, True), (1.02 * largest, False)):
        share = jkr_reach(energy, effective_modulus(sand, sand), 1e-3) / 1e-3
        assert (share <= LARGEST_REACH) == fits
    assert LARGEST_REACH < 2 * SKIN  # one of each grain; else a rebuild could drop a pair that is held

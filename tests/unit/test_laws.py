"""Contact laws on the device against their NumPy twins, and the laws' own coefficients."""

import numpy as np
import pytest

from regolith.errors import ConfigError
from regolith.laws import Law
from regolith.restitution import damping_of, restitution_of

# One step from random positions, velocities, spins and springs, relative to each vector's length. Turned set-ups keep
# fewer digits: their overlaps (1e-6 m and up) come from rounded positions (1 m).
RTOL = {"mixed": {"as_is": 1e-5, "turned": 1e-5}, "f64": {"as_is": 1e-12, "turned": 1e-10}}
KEYS = ("force", "force_j", "torque_i", "torque_j", "slide_spring", "roll_spring")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("pose", ["as_is", "turned"])
@pytest.mark.parametrize("group", ["impacts", "linear"])
def test_a_law_equals_its_twin_however_the_set_up_is_turned(figures, precision, group, pose, key):
    assert figures(group, precision)["law_twin"][f"{pose}/{key}"] < RTOL[precision][pose]


@pytest.mark.parametrize("group", ["impacts", "linear"])
def test_forces_on_two_grains_are_opposite_to_the_last_bit(figures, precision, group):
    assert figures(group, precision)["law_twin"]["third_law"] == 0.0


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


@pytest.mark.parametrize(
    "wrong", [{"normal": "jkr"}, {"rolling": "epds"}, {"cohesion": "dtm"}, {"normal": "linear"}]
)
def test_an_unknown_or_incomplete_law_is_refused(wrong):
    with pytest.raises(ConfigError, match="law"):
        Law(**wrong)

"""Impacts against closed forms. `cases_impacts` and `cases_linear` set them up."""

import numpy as np
import pytest

# Peak overlap [m], peak force [N], contact time [s]. Source: Chung & Ooi (2011), tests 1 and 2, from the closed form.
CHUNG_OOI = {
    "glass": (274.1e-6, 10.697e3, 40.34e-6),
    "limestone": (368.3e-6, 7.108e3, 54.20e-6),
    "aluminium": (49.72e-6, 11.370e3, 731.6e-6),
    "magnesium": (52.12e-6, 7.233e3, 767.0e-6),
}


def say(capsys, *words):
    with capsys.disabled():
        print("   ", *words)


@pytest.mark.parametrize("partner", ["pair", "plane", "slab"])
def test_head_on_restitution_is_what_is_stated(figures, precision, partner, capsys):
    """Mean over 64 phases of the first touch within 0.1 % at 50 (shipped), 30 and 20 steps per Hertz contact."""
    e = figures("impacts", precision)["restitution"]
    for steps in ("50", "30", "20"):
        mean, scatter = e[steps][partner]["mean"], e[steps][partner]["scatter"]
        assert np.abs(mean).max() < 1e-3, (steps, mean)
        assert max(scatter) < {"50": 0.02, "30": 0.04, "20": 0.06}[steps]
    if partner == "pair":
        shipped = e["50"]["pair"]
        say(
            capsys,
            f"{precision}, e = 0.2 ... 1: mean off by",
            [f"{x:.1e}" for x in shipped["mean"]],
            "scatter",
            [f"{x:.1e}" for x in shipped["scatter"]],
        )


def test_head_on_restitution_of_the_linear_law(figures, precision):
    """Within 0.1 % at 50 steps, t = pi sqrt(m* / k); at 20 it is 0.3 % for e = 0.2, and the scatter is larger."""
    e = figures("linear", precision)["restitution"]
    assert np.abs(e["50"]["mean"]).max() < 1e-3
    assert np.abs(e["20"]["mean"]).max() < 5e-3
    assert max(e["50"]["scatter"]) < 0.05


@pytest.mark.parametrize("solid", CHUNG_OOI)
def test_hertz_overlap_force_and_time(figures, precision, solid):
    """delta = (15 m* V^2 / (16 E* sqrt R*))^(2/5), F = 5/4 m* V^2 / delta, t = 2.943 delta / V, each to 0.1 %."""
    cases = figures("impacts", precision)
    found = cases["hertz_pairs" if solid in cases["hertz_pairs"] else "hertz_plane"][solid]
    for k, key in enumerate(("overlap", "force", "time")):
        assert found[key] == pytest.approx(found["exact"][k], rel=1e-3)
        assert found[key] == pytest.approx(CHUNG_OOI[solid][k], rel=1e-3)


def test_oblique_impacts_keep_momentum_and_angular_momentum(figures, precision):
    """Sum of m v, and of x cross m v plus 2/5 m r^2 w, over 400 pairs with friction and rolling resistance."""
    for figure in figures("impacts", precision)["oblique"].values():
        assert figure["met"] > 390 and figure["apart"] == 400
        assert figure["momentum"] < 1e-12  # velocities are f64 in both precisions
        assert figure["angular_momentum"] < {"mixed": 2e-6, "f64": 1e-11}[precision]


def test_kinetic_energy_does_not_rise(figures, precision):
    """e = 0.5 to 0.8: each of 300 oblique impacts loses energy.

    Mindlin's spring with a stiffness that follows the overlap is not conservative: k_t grows under a stretched spring.
    Alone (e = 1) it gains up to 0.08 % at mu = 0.3, whatever the time step; LAMMPS's `mindlin` does the same.
    """
    for figure in figures("impacts", precision)["oblique"].values():
        assert max(figure["energy_gain"][1:]) < 0
        assert figure["energy_gain"][0] < 8e-4


def test_free_fall(figures, precision):
    """v = v0 + g t, x = x0 + v0 t + g t (t + dt) / 2 at 1 m/s with dt = 1e-6 s, g = 1.62 m/s2: to 1e-3, and far better.

    An f32 velocity would lose 3 % of g here.
    """
    fall = figures("impacts", precision)["free_fall"]
    assert np.abs(fall["g"] + fall["drop"]).max() < {"mixed": 1e-6, "f64": 1e-9}[precision]


def test_sjkr_pull_off(figures, precision, capsys):
    """2/3 pi^3 k^3 R*^2 / E*^2; at the shipped step 4 % more, as the dashpot of a resting contact goes as dt."""
    error = figures("impacts", precision)["pull_off"]
    assert error["0.01"] == pytest.approx(0, abs=1e-3)
    assert error["1"] < 0.05
    assert error["1"] / error["0.1"] == pytest.approx(10, rel=0.05)  # first order
    say(capsys, f"{precision}, pull-off at the shipped step, a tenth, a hundredth of it: {error}")

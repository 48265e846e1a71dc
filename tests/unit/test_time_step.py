"""The time step: two times by hand, the rule, and what a user may ask for."""

import math

import pytest

from regolith.config import NumericsConfig
from regolith.errors import ConfigError
from regolith.materials import Material
from regolith.time_step import check_time_step, hertz_contact_time, largest_time_step, rayleigh_time, stable_time_step

GLASS = Material(name="glass", density=2500.0, youngs_modulus=1e7, poisson_ratio=0.25)


def test_rayleigh_time_by_hand():
    """G = 1e7 / 2.5 = 4e6 Pa, sqrt(2500 / 4e6) = 0.025 s/m."""
    assert rayleigh_time(1e-3, GLASS) == pytest.approx(math.pi * 1e-3 * 0.025 / (0.1631 * 0.25 + 0.8766))


def test_hertz_contact_time_against_the_equation_of_motion():
    """m* x'' = -4/3 E* sqrt(R*) x^1.5 from x = 0 at 0.4 m/s, stepped until x returns to 0."""
    radius, speed = 2e-3, 0.4
    m_eff = 0.5 * 2500 * 4 / 3 * math.pi * radius**3
    stiffness = 4 / 3 * 1e7 / (2 * (1 - 0.25**2)) * math.sqrt(radius / 2)
    x, v, t, dt = 0.0, speed, 0.0, 1e-8
    while x >= 0:
        v -= 0.5 * dt * stiffness * x**1.5 / m_eff
        x += dt * v
        v -= 0.5 * dt * stiffness * max(x, 0.0) ** 1.5 / m_eff
        t += dt
    assert hertz_contact_time(radius, GLASS, speed) == pytest.approx(t, rel=1e-3)


def test_the_shorter_of_two_fractions():
    slow, fast = NumericsConfig(impact_speed=1e-4), NumericsConfig(impact_speed=100)
    assert stable_time_step(1e-3, GLASS, slow) == 0.1 * rayleigh_time(1e-3, GLASS)
    assert stable_time_step(1e-3, GLASS, fast) == hertz_contact_time(1e-3, GLASS, 100) / 50
    finer = NumericsConfig(impact_speed=100, contact_steps=200)
    assert stable_time_step(1e-3, GLASS, finer) == pytest.approx(stable_time_step(1e-3, GLASS, fast) / 4)


def test_a_step_may_be_asked_for_up_to_the_limit():
    numerics = NumericsConfig()
    largest = largest_time_step(1e-3, GLASS, numerics)
    assert largest == min(0.25 * rayleigh_time(1e-3, GLASS), hertz_contact_time(1e-3, GLASS, 1.0) / 20)
    assert check_time_step(None, 1e-3, GLASS, numerics) == stable_time_step(1e-3, GLASS, numerics)
    assert check_time_step(largest, 1e-3, GLASS, numerics) == largest
    with pytest.raises(ConfigError, match="numerics.time_step") as caught:
        check_time_step(1.01 * largest, 1e-3, GLASS, numerics)
    would_do = float(str(caught.value).split("at most ")[1].split(" s")[0])
    assert check_time_step(would_do, 1e-3, GLASS, numerics) == would_do > 0.98 * largest
    for wrong in (0.0, -1e-6, math.nan, math.inf):
        with pytest.raises(ConfigError):
            check_time_step(wrong, 1e-3, GLASS, numerics)

"""How long a time step may be: a fraction of the time in which waves and contacts of the smallest grain pass."""

import math
from typing import TYPE_CHECKING

from regolith.errors import ConfigError
from regolith.materials import Material

if TYPE_CHECKING:
    from regolith.config.mission import NumericsConfig

# What a user may ask for at most; the defaults of `NumericsConfig` are finer.
LARGEST_RAYLEIGH_FRACTION = 0.25
FEWEST_CONTACT_STEPS = 20


def rayleigh_time(radius: float, material: Material) -> float:
    """Time of a Rayleigh wave over half a grain's surface [s]: pi r sqrt(rho / G) / (0.1631 nu + 0.8766).

    Args:
        radius: Of the grain [m].
        material: Of the grain.

    Source: Thornton and Randall (1988); as used by LIGGGHTS and most DEM codes.
    """
    wave = math.sqrt(material.density / material.shear_modulus)
    return math.pi * radius * wave / (0.1631 * material.poisson_ratio + 0.8766)


def hertz_contact_time(radius: float, material: Material, speed: float) -> float:
    """Duration of a head-on elastic impact of two equal grains [s]: 2.868 (m*^2 / (R* E*^2 V))^(1/5).

    Args:
        radius: Of both grains [m].
        material: Of both grains.
        speed: Of approach [m/s].

    Source: Johnson (1985), Contact Mechanics, section 11.4.
    """
    m_eff = 0.5 * material.density * 4 / 3 * math.pi * radius**3
    r_eff = 0.5 * radius
    e_eff = material.youngs_modulus / (2 * (1 - material.poisson_ratio**2))
    return 2.868 * (m_eff**2 / (r_eff * e_eff**2 * speed)) ** 0.2


def stable_time_step(radius_min: float, material: Material, numerics: "NumericsConfig") -> float:
    """The time step that is taken unless the user states one [s].

    Args:
        radius_min: Radius of the smallest grain [m].
        material: Of the grains; the stiffest one where there are several.
        numerics: Fractions of the two times, and the impact speed of the second.
    """
    rayleigh = numerics.rayleigh_fraction * rayleigh_time(radius_min, material)
    contact = hertz_contact_time(radius_min, material, numerics.impact_speed) / numerics.contact_steps
    return min(rayleigh, contact)


def largest_time_step(radius_min: float, material: Material, numerics: "NumericsConfig") -> float:
    """The largest time step that a user may state [s]: a quarter of the Rayleigh time, 20 steps a contact."""
    rayleigh = LARGEST_RAYLEIGH_FRACTION * rayleigh_time(radius_min, material)
    return min(rayleigh, hertz_contact_time(radius_min, material, numerics.impact_speed) / FEWEST_CONTACT_STEPS)


def check_time_step(asked: float | None, radius_min: float, material: Material, numerics: "NumericsConfig") -> float:
    """The time step to take [s]: the stable one, or the user's own where it is not too large.

    Args:
        asked: `numerics.time_step` [s], or None.
        radius_min: Radius of the smallest grain [m].
        material: Of the grains.
        numerics: Fractions of the two times.

    Raises:
        ConfigError: The one asked for is larger than `largest_time_step`; with the number that would do.
    """
    stable = stable_time_step(radius_min, material, numerics)
    if asked is None:
        return stable
    largest = largest_time_step(radius_min, material, numerics)
    if not 0 < asked <= largest:
        raise ConfigError(
            f"numerics.time_step = {asked:g} s: must be above 0 and at most {_floor(largest)} s, which is the shorter "
            f"of {LARGEST_RAYLEIGH_FRACTION:g} Rayleigh times and 1/{FEWEST_CONTACT_STEPS} of a contact of the "
            f"smallest grains (radius {radius_min * 1e3:.3g} mm, E {material.youngs_modulus:.3g} Pa) at "
            f"{numerics.impact_speed:g} m/s; leave the key out to get {_floor(stable)} s"
        )
    return asked


def _floor(seconds: float) -> str:
    """Three digits, rounded down, so that the number shown is itself allowed."""
    digits = 10.0 ** (math.floor(math.log10(seconds)) - 2)
    return f"{math.floor(seconds / digits) * digits:.3g}"

"""What cohesion means at the grain, and how SJKR's energy density follows stiffness and size.

The core's SJKR law pulls with k times the contact area: F = k 2 pi R* d - 4/3 E* sqrt(R*) d^1.5 at an overlap d.
Its largest value over d, the pull-off force, is found where dF/dd = 0, at sqrt(d) = pi k sqrt(R*) / E*:

    F_pull = (2/3) pi^3 k^3 R*^2 / E*^2

So a contact softened from E* to E*' pulls (E* / E*')^2 times harder unless k falls with E*^(2/3), and over the
weight (which goes as R^3) it is kept for grains s times as large if k grows with s^(1/3).
"""

import math
from dataclasses import dataclass, replace
from typing import Self

from regolith.config.preset import SoilPreset
from regolith.laws import effective_modulus
from regolith.materials import Material

# Rumpf's estimate of a random packing's tensile strength: (solid fraction) (contacts a grain) F / (pi d^2)
_SOLID_FRACTION, _COORDINATION = 0.5, 6.0


def sjkr_pull_off(energy_density: float, effective_radius: float, e_eff: float) -> float:
    """Largest attraction of an SJKR contact [N].

    Args:
        energy_density: k [Pa].
        effective_radius: R* [m]; a quarter of the diameter for two equal grains.
        e_eff: E* [Pa].
    """
    return 2 / 3 * math.pi**3 * energy_density**3 * effective_radius**2 / e_eff**2


def sjkr_energy_density(pull_off: float, effective_radius: float, e_eff: float) -> float:
    """The k [Pa] that gives a pull-off force [N]: `sjkr_pull_off` turned round."""
    return (1.5 * pull_off * e_eff**2 / (math.pi**3 * effective_radius**2)) ** (1 / 3)


def rescaled_energy_density(energy_density: float, *, softening: float, scale: float) -> float:
    """The k [Pa] that keeps pull-off over weight.

    Args:
        energy_density: k of the real contact [Pa].
        softening: Simulated over real E* [-].
        scale: Simulated over real diameter [-].
    """
    return energy_density * softening ** (2 / 3) * scale ** (1 / 3)


def jkr_pull_off(surface_energy: float, effective_radius: float) -> float:
    """3 pi gamma R* [N]: pull-off of smooth spheres whose work of adhesion is 2 gamma (JKR 1971)."""
    return 3 * math.pi * surface_energy * effective_radius


def weight(density: float, diameter: float, gravity: float) -> float:
    """Of a sphere [N]."""
    return density * gravity * math.pi / 6 * diameter**3


def tensile_strength(pull_off: float, diameter: float) -> float:
    """Rumpf's order-of-magnitude estimate of what a packing of such grains withstands in tension [Pa]."""
    return _SOLID_FRACTION * _COORDINATION * pull_off / (math.pi * diameter**2)


@dataclass(frozen=True, kw_only=True)
class RealGrain:
    """The soil's median grain as nature made it, touching another of its size.

    Attributes:
        diameter: [m].
        youngs_modulus: Of the minerals [Pa].
        e_eff: E* of the contact [Pa].
        pull_off: Of the contact [N].
        energy_density: The SJKR k that gives this pull-off [Pa].
    """

    diameter: float
    youngs_modulus: float
    e_eff: float
    pull_off: float
    energy_density: float

    @classmethod
    def of(cls, preset: SoilPreset, material: Material) -> Self:
        """The median grain of a soil file; Poisson's ratio is taken from the simulated material."""
        diameter, youngs_modulus = preset.median_diameter(), preset.contact.youngs_modulus.value
        mineral = replace(material, youngs_modulus=youngs_modulus)
        e_eff = effective_modulus(mineral, mineral)
        pull_off = jkr_pull_off(preset.contact.surface_energy.value, diameter / 4)
        return cls(
            diameter=diameter,
            youngs_modulus=youngs_modulus,
            e_eff=e_eff,
            pull_off=pull_off,
            energy_density=sjkr_energy_density(pull_off, diameter / 4, e_eff),
        )

    def rescaled(self, material: Material, scale: float) -> float:
        """The k [Pa] of simulated grains, `scale` times as large and of that material, pull-off over weight kept."""
        e_eff = effective_modulus(material, material)
        return rescaled_energy_density(self.energy_density, softening=e_eff / self.e_eff, scale=scale)

"""From a soil's file and a mission's wishes to the grains that are simulated."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regolith.config.ground import SoilConfig
from regolith.config.preset import DensityConstant, DensityExponential, DensityHyperbolic, SoilPreset, load_soil
from regolith.errors import ConfigError
from regolith.laws import effective_modulus
from regolith.materials import Contact, Material
from regolith.soil.cohesion import RealGrain, sjkr_pull_off, tensile_strength, weight
from regolith.soil.grain_size import GrainSizes

_KEPT = (
    "Scaling and softening keep pull-off force over weight of the median grain, friction, rolling friction and "
    "restitution. They do not keep the strength of the soil in bulk: with pull-off over weight kept, the tensile "
    "strength of a packing grows in proportion to grain_scale. Cohesion of the bed is to be calibrated."
)
_STATED = (
    "Scaling and softening keep friction, rolling friction and restitution. The cohesion is the mission's own, so "
    "pull-off force over weight is not that of the real grains; compare the two below, and the tensile strengths."
)
SOFTEST = 1e4  # E / (rho g d) below which overlaps under the soil's own weight are no longer small


@dataclass(frozen=True, kw_only=True, eq=False)
class Soil:
    """The simulated grains, and how they differ from the real ones.

    Attributes:
        name: Of the soil.
        grain_density: Of a solid grain [kg/m3].
        grain_scale: Simulated over real diameter [-].
        median_diameter: Of the simulated grains, by mass [m].
        material: Of the simulated grains, softened.
        contact: Of two simulated grains, cohesion rescaled.
        sizes: Distribution of the simulated diameters.
        density: Bulk density with depth.
        notes: Numbers for the report: what scaling and softening did. Keys ending in `_real` belong to the real grains.
        warnings: What the user should know before trusting a result.
    """

    name: str
    grain_density: float
    grain_scale: float
    median_diameter: float
    material: Material
    contact: Contact
    sizes: GrainSizes
    density: DensityHyperbolic | DensityExponential | DensityConstant
    notes: dict[str, float | str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def diameter_range(self) -> tuple[float, float]:
        """Smallest and largest simulated diameter [m]."""
        return float(self.sizes.diameter[0]), float(self.sizes.diameter[-1])

    @property
    def mean_grain_volume(self) -> float:
        """Volume of a grain averaged over the number of grains [m3]: solid volume over it is the number of grains."""
        return self.sizes.mean_volume

    def sample_diameters(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw diameters of grains [m], shape (n,): the same generator state gives the same grains."""
        return self.sizes.sample(n, rng)

    def bulk_density(self, depth: ArrayLike) -> NDArray[np.float64]:
        """Bulk density of the real soil [kg/m3] at depths below the surface [m], shape (n,)."""
        return self.density.at(np.maximum(np.atleast_1d(np.asarray(depth, dtype=float)), 0.0))


def make_soil(config: SoilConfig, gravity: Sequence[float] | float, base: Path = Path()) -> Soil:
    """The grains that stand for a soil.

    The simulated Young's modulus is, unless the mission states one, the lower of the minerals' and of
    `stiffness_ratio` rho g d_max. The cohesion is, unless the mission states one, what keeps pull-off over weight.

    Args:
        config: The mission's `[soil]`.
        gravity: Its acceleration, vector or magnitude [m/s2].
        base: Folder that a relative preset path starts from.

    Raises:
        ConfigError: The soil's file is missing or wrong, or there is no gravity.
    """
    preset = load_soil(config.preset, base)
    g = float(np.linalg.norm(gravity))
    if not g > 0:
        raise ConfigError(f"gravity = {gravity}: must not vanish; stiffness and cohesion are judged against weight")
    real_median = preset.median_diameter()
    scale = config.grain_scale or (config.grain_diameter or real_median) / real_median
    sizes = GrainSizes.cut(preset.grain_size, size_ratio=config.size_ratio, scale=scale)
    material = _material(config, preset, g, largest=float(sizes.diameter[-1]))
    real = RealGrain.of(preset, material)
    soil = Soil(
        name=material.name,
        grain_density=material.density,
        grain_scale=scale,
        median_diameter=scale * real_median,
        material=material,
        contact=_contact(config, preset, real.rescaled(material, scale)),
        sizes=sizes,
        density=preset.bulk_density,
    )
    soil.notes.update(_notes(soil, real, g, kept=config.cohesion is None))
    soil.warnings.extend(_warnings(soil))
    return soil


def _material(config: SoilConfig, preset: SoilPreset, g: float, *, largest: float) -> Material:
    contact = preset.contact
    density = _either(config.grain_density, preset.grain_density.value)
    softened = min(contact.youngs_modulus.value, contact.stiffness_ratio.value * density * g * largest)
    return Material(
        name=Path(config.preset).stem,
        density=density,
        youngs_modulus=_either(config.youngs_modulus, softened),
        poisson_ratio=_either(config.poisson_ratio, contact.poisson_ratio.value),
    )


def _contact(config: SoilConfig, preset: SoilPreset, cohesion: float) -> Contact:
    return Contact(
        restitution=_either(config.restitution, preset.contact.restitution.value),
        friction=_either(config.friction, preset.contact.friction.value),
        rolling_friction=_either(config.rolling_friction, preset.contact.rolling_friction.value),
        cohesion=_either(config.cohesion, cohesion),
    )


def _either(stated: float | None, default: float) -> float:
    return default if stated is None else stated


def _notes(soil: Soil, real: RealGrain, g: float, *, kept: bool) -> dict[str, float | str]:
    material, diameter = soil.material, soil.median_diameter
    pull_off = sjkr_pull_off(soil.contact.cohesion, diameter / 4, effective_modulus(material, material))
    bond = pull_off / weight(material.density, diameter, g)
    return {
        "median_diameter_real": real.diameter,
        "youngs_modulus_real": real.youngs_modulus,
        "softening_factor": real.youngs_modulus / material.youngs_modulus,
        "stiffness_ratio": material.youngs_modulus / (material.density * g * soil.diameter_range[1]),
        "cohesion_real": real.energy_density,
        "pull_off_over_weight_real": real.pull_off / weight(material.density, real.diameter, g),
        "pull_off_over_weight": bond,
        "bond_number": bond,
        "tensile_strength_real": tensile_strength(real.pull_off, real.diameter),
        "tensile_strength": tensile_strength(pull_off, diameter),
        "kept": _KEPT if kept else _STATED,
    }


def _warnings(soil: Soil) -> list[str]:
    found = []
    ratio, bond = float(soil.notes["stiffness_ratio"]), float(soil.notes["bond_number"])
    if ratio < SOFTEST:
        found.append(
            f"The grains are soft: E / (rho g d) = {ratio:.2g} is below {SOFTEST:.0e}, so overlaps change the packing; "
            f"a youngs_modulus of {soil.material.youngs_modulus * SOFTEST / ratio:.2g} Pa or more would do."
        )
    if bond > 1:
        found.append(
            f"The grains cling: the median grain's pull-off force is {bond:.3g} times its weight (Bond number > 1). "
            f"In bulk that is a tensile strength of about {soil.notes['tensile_strength']:.2g} Pa, where the real "
            f"grains give {soil.notes['tensile_strength_real']:.2g} Pa. Calibrate soil.cohesion, or set it to 0 for "
            "dry grains."
        )
    return found

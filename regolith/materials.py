"""What users state about materials and the contact of two of them."""

from dataclasses import dataclass
from math import inf

from regolith.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Material:
    """An elastic solid.

    Attributes:
        name: Its name in messages and in the pair table.
        density: Mass per volume of a solid grain [kg/m3].
        youngs_modulus: Young's modulus [Pa]; may be softened, the report then says so.
        poisson_ratio: Poisson's ratio [-], from 0 to below 0.5.
    """

    name: str
    density: float
    youngs_modulus: float
    poisson_ratio: float

    def __post_init__(self) -> None:
        _require(self.density > 0, "density", self.density, "above 0 kg/m3")
        _require(self.youngs_modulus > 0, "youngs_modulus", self.youngs_modulus, "above 0 Pa")
        _require(0 <= self.poisson_ratio < 0.5, "poisson_ratio", self.poisson_ratio, "from 0 to below 0.5")

    @property
    def shear_modulus(self) -> float:
        """G = E / (2 (1 + nu)) [Pa]."""
        return self.youngs_modulus / (2 * (1 + self.poisson_ratio))


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How two materials touch.

    Attributes:
        restitution: Ratio of separation to approach speed of a head-on impact [-], above 0 to 1.
        friction: Coulomb coefficient [-].
        rolling_friction: Rolling resistance coefficient [-]: largest rolling torque over (normal force times R*).
        cohesion: Cohesion energy density k of SJKR [Pa]: attraction = k times contact area.
        twisting_friction: Twisting resistance coefficient [-]: largest couple about the normal over (normal force
            times R*).
        surface_energy: gamma of each of the two surfaces, for JKR and DMT [J/m2]; the work of adhesion is 2 gamma.
    """

    restitution: float
    friction: float
    rolling_friction: float = 0.0
    cohesion: float = 0.0
    twisting_friction: float = 0.0
    surface_energy: float = 0.0

    def __post_init__(self) -> None:
        _require(0 < self.restitution <= 1, "restitution", self.restitution, "above 0 and at most 1")
        _require(self.friction >= 0, "friction", self.friction, "0 or more")
        _require(self.rolling_friction >= 0, "rolling_friction", self.rolling_friction, "0 or more")
        _require(self.cohesion >= 0, "cohesion", self.cohesion, "0 Pa or more")
        _require(
            0 <= self.twisting_friction < inf, "twisting_friction", self.twisting_friction, "0 or more, and finite"
        )
        _require(0 <= self.surface_energy < inf, "surface_energy", self.surface_energy, "0 J/m2 or more, and finite")


def _require(allowed: bool, key: str, value: float, range_text: str) -> None:
    if not allowed:  # also catches NaN, whose comparisons are all false
        raise ConfigError(f"{key} = {value}: must be {range_text}")

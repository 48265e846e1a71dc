"""From what users state of two materials to the coefficients of a contact law, restitution included."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from regolith.errors import ConfigError
from regolith.materials import Contact, Material

STICKING = 1.0
PairTable = Mapping[tuple[str, str], Contact]


@dataclass(frozen=True, kw_only=True)
class Law:
    """Which sub-models make up the contact law of a simulation.

    Attributes:
        normal: "hertz" (Hertz-Mindlin) or "linear" (spring and dashpot).
        rolling: "epsd" or "none".
        cohesion: "sjkr" or "none".
        k_n: Normal stiffness of the linear law [N/m].
        k_t: Tangential stiffness of the linear law [N/m].
        rolling_damping: Share of the critical damping of the rolling spring with m* at R* [-].
        impact_speed: Approach speed at which cohesive contacts return the stated restitution [m/s]; dry ones do at any.
        impact_radius: Radius of the two grains that meet so [m]; 0 takes the median grain of a simulation.
    """

    normal: str = "hertz"
    rolling: str = "epsd"
    cohesion: str = "none"
    k_n: float = 0.0
    k_t: float = 0.0
    rolling_damping: float = 0.3
    impact_speed: float = 0.5
    impact_radius: float = 0.0

    def __post_init__(self) -> None:
        choices = {"normal": ("hertz", "linear"), "rolling": ("epsd", "none"), "cohesion": ("sjkr", "none")}
        for key, allowed in choices.items():
            if getattr(self, key) not in allowed:
                raise ConfigError(f"law.{key} = {getattr(self, key)!r}: must be one of {', '.join(allowed)}")
        if self.normal == "linear" and not (self.k_n > 0 and self.k_t > 0):
            raise ConfigError(f"law.k_n = {self.k_n}, law.k_t = {self.k_t}: the linear law needs both above 0 N/m")


def effective_modulus(a: Material, b: Material) -> float:
    """E* [Pa]: 1/E* = (1 - nu_a^2)/E_a + (1 - nu_b^2)/E_b. Source: Johnson (1985), Contact Mechanics, eq. 4.23."""
    return 1 / ((1 - a.poisson_ratio**2) / a.youngs_modulus + (1 - b.poisson_ratio**2) / b.youngs_modulus)


def effective_shear_modulus(a: Material, b: Material) -> float:
    """G* [Pa]: 1/G* = (2 - nu_a)/G_a + (2 - nu_b)/G_b. Source: Johnson (1985), eq. 7.43."""
    return 1 / ((2 - a.poisson_ratio) / a.shear_modulus + (2 - b.poisson_ratio) / b.shear_modulus)


@dataclass(frozen=True, kw_only=True)
class PairCoefficients:
    """One row of the pair table, as the kernels want it.

    Attributes:
        stiffness: E* [Pa] of Hertz, k_n [N/m] of the linear law.
        shear_stiffness: G* [Pa] of Mindlin, k_t [N/m] of the linear law.
        damping: alpha [-] in c = alpha sqrt(m* k_n).
        friction: Coulomb coefficient [-].
        rolling_friction: [-].
        cohesion: Energy density [Pa].
    """

    stiffness: float
    shear_stiffness: float
    damping: float
    friction: float
    rolling_friction: float
    cohesion: float


def pair_coefficients(law: Law, a: Material, b: Material, contact: Contact) -> PairCoefficients:
    """Coefficients of one pair of materials; the damping returns the stated restitution of a head-on impact."""
    hertz = law.normal == "hertz"
    stiffness = effective_modulus(a, b) if hertz else law.k_n
    cohesion = contact.cohesion if law.cohesion != "none" else 0.0
    density = 0.5 * (a.density + b.density)
    return PairCoefficients(
        stiffness=stiffness,
        shear_stiffness=effective_shear_modulus(a, b) if hertz else law.k_t,
        damping=damping_of(contact.restitution, law.normal, attraction_of(law, stiffness, density, cohesion)),
        friction=contact.friction,
        rolling_friction=contact.rolling_friction,
        cohesion=cohesion,
    )


def attraction_of(law: Law, stiffness: float, density: float, cohesion: float) -> float:
    """SJKR's attraction in units of the repulsion, at the overlap that scales the law's reference impact [-].

    Two grains of `impact_radius` meet at `impact_speed`: with R* = r/2, m* = m/2 and the repulsion S x^n, lengths
    scale with x0 = (m* v^2 / S)^(1/(n+1)), and the attraction 2 pi k R* x with S x0^n. From `STICKING` on no such
    impact separates with any dashpot to speak of: 0 is returned, and the damping is that of the dry contact.
    """
    if cohesion == 0 or law.impact_radius == 0:
        return 0.0
    r_eff = 0.5 * law.impact_radius
    m_eff = density * 2 / 3 * np.pi * law.impact_radius**3
    exponent = 1.5 if law.normal == "hertz" else 1.0
    scale = 4 / 3 * stiffness * np.sqrt(r_eff) if law.normal == "hertz" else stiffness
    overlap = (m_eff * law.impact_speed**2 / scale) ** (1 / (exponent + 1))
    attraction = float(2 * np.pi * cohesion * r_eff * overlap / (scale * overlap**exponent))
    return attraction if attraction < STICKING else 0.0


def contact_between(contacts: Contact | PairTable, a: Material, b: Material) -> Contact:
    """The stated contact of two materials, in either order of their names.

    Raises:
        ConfigError: No contact is stated for the pair.
    """
    if isinstance(contacts, Contact):
        return contacts
    for key in ((a.name, b.name), (b.name, a.name)):
        if key in contacts:
            return contacts[key]
    raise ConfigError(f"contacts: no entry for ({a.name!r}, {b.name!r}); stated are {sorted(contacts)}. Add the pair.")


def restitution_of(damping: float, normal: str, attraction: float = 0.0) -> float:
    """Restitution [-] of a head-on impact; 0 if the grains stick.

    Solves x'' = -max(x^n + alpha x^((n-1)/2) x', 0) + kappa x, x(0) = 0, x'(0) = 1, until x returns to 0, with
    n = 3/2 (Hertz) or 1 (linear): the impact's equation in units of its own stiffness and mass. Without attraction
    (kappa = 0) alpha depends on the restitution alone.
    """
    exponent = 1.5 if normal == "hertz" else 1.0

    def acceleration(_: float, state: np.ndarray) -> tuple[float, float]:
        x, v = max(state[0], 0.0), state[1]
        return v, attraction * x - max(x**exponent + damping * x ** ((exponent - 1) / 2) * v, 0.0)

    def parted(_: float, state: np.ndarray) -> float:
        return float(state[0])

    def held_back(_: float, state: np.ndarray) -> float:
        return float(state[1])

    parted.terminal, parted.direction = True, -1  # type: ignore[attr-defined]
    held_back.terminal, held_back.direction = True, 1  # type: ignore[attr-defined]
    start = (1e-9, 1.0)  # a head start avoids the singular slope of x^(1/4)
    solution = solve_ivp(
        acceleration, (0, 1e3), start, events=(parted, held_back), method="DOP853", rtol=1e-11, atol=1e-13
    )
    return float(-solution.y[1, -1]) if len(solution.t_events[0]) else 0.0


@lru_cache(maxsize=256)
def damping_of(restitution: float, normal: str = "hertz", attraction: float = 0.0) -> float:
    """Damping coefficient alpha [-] that returns a restitution (0 to 1], to 1e-8.

    Published fits do not: Tsuji's polynomial returns 0.646 for 0.5, see Thornton, Cummins & Cleary (2013),
    10.1016/j.powtec.2012.08.012, for the cut at zero force.
    """
    if restitution >= 1:
        return 0.0
    high = 1.0
    while restitution_of(high, normal, attraction) > restitution:
        high *= 2

    def excess(alpha: float) -> float:
        return restitution_of(alpha, normal, attraction) - restitution

    return float(brentq(excess, 0.0, high, xtol=1e-10))

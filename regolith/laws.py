"""From what users state of two materials to the coefficients of a contact law, restitution included."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regolith.errors import ConfigError
from regolith.materials import Contact, Material
from regolith.restitution import damping_of

STICKING = 1.0
LARGEST_REACH = 0.05  # of the smallest radius; two allowances of the pair list are together at least twice that
CHOICES = {
    "normal": ("hertz", "linear"),
    "rolling": ("epsd", "constant", "none"),
    "twisting": ("sds", "none"),
    "cohesion": ("sjkr", "dmt", "jkr", "none"),
}
PairTable = Mapping[tuple[str, str], Contact]


@dataclass(frozen=True, kw_only=True)
class Law:
    """Which sub-models make up the contact law of a simulation.

    Attributes:
        normal: "hertz" (Hertz-Mindlin) or "linear" (spring and dashpot).
        rolling: "epsd" (spring, dashpot, slider), "constant" (a couple of one size) or "none".
        twisting: "sds" (spring, dashpot, slider about the normal) or "none".
        cohesion: "sjkr" (energy density times contact area), "dmt", "jkr" (surface energy; "jkr" goes with "hertz") or
            "none".
        k_n: Normal stiffness of the linear law [N/m].
        k_t: Tangential stiffness of the linear law [N/m].
        rolling_damping: Share of the critical damping of the rolling spring with m* at R* [-].
        twisting_damping: The same of the twisting spring [-].
        impact_speed: Approach speed at which cohesive contacts return the stated restitution [m/s]; dry ones do at any.
        impact_radius: Radius of the two grains that meet so [m]; 0 takes the median grain of a simulation.
    """

    normal: str = "hertz"
    rolling: str = "epsd"
    twisting: str = "none"
    cohesion: str = "none"
    k_n: float = 0.0
    k_t: float = 0.0
    rolling_damping: float = 0.3
    twisting_damping: float = 0.3
    impact_speed: float = 0.5
    impact_radius: float = 0.0

    def __post_init__(self) -> None:
        for key, allowed in CHOICES.items():
            if getattr(self, key) not in allowed:
                raise ConfigError(f"law.{key} = {getattr(self, key)!r}: must be one of {', '.join(allowed)}")
        if self.normal == "linear" and not (self.k_n > 0 and self.k_t > 0):
            raise ConfigError(f"law.k_n = {self.k_n}, law.k_t = {self.k_t}: the linear law needs both above 0 N/m")
        if self.cohesion == "jkr" and self.normal != "hertz":
            raise ConfigError(f"law.cohesion = 'jkr', law.normal = {self.normal!r}: JKR is Hertz's law with adhesion")
        for key in ("rolling_damping", "twisting_damping"):
            if not getattr(self, key) >= 0:
                raise ConfigError(f"law.{key} = {getattr(self, key)}: must be 0 or more")
        if not self.impact_speed > 0:
            raise ConfigError(f"law.impact_speed = {self.impact_speed}: must be above 0 m/s")


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
        cohesion: Energy density of SJKR [Pa].
        twisting_friction: [-].
        surface_energy: Of each surface, DMT's and JKR's [J/m2].
    """

    stiffness: float
    shear_stiffness: float
    damping: float
    friction: float
    rolling_friction: float
    cohesion: float
    twisting_friction: float
    surface_energy: float


def pair_coefficients(law: Law, a: Material, b: Material, contact: Contact) -> PairCoefficients:
    """Coefficients of one pair of materials; the damping returns the stated restitution of a head-on impact."""
    hertz = law.normal == "hertz"
    stiffness = effective_modulus(a, b) if hertz else law.k_n
    attraction = attraction_of(law, stiffness, 0.5 * (a.density + b.density), contact)
    return PairCoefficients(
        stiffness=stiffness,
        shear_stiffness=effective_shear_modulus(a, b) if hertz else law.k_t,
        damping=damping_of(contact.restitution, law.normal, law.cohesion if attraction else "none", attraction),
        friction=contact.friction,
        rolling_friction=contact.rolling_friction,
        cohesion=contact.cohesion if law.cohesion == "sjkr" else 0.0,
        twisting_friction=contact.twisting_friction,
        surface_energy=contact.surface_energy if law.cohesion in ("dmt", "jkr") else 0.0,
    )


def attraction_of(law: Law, stiffness: float, density: float, contact: Contact) -> float:
    """Attraction in units of the repulsion, at the overlap that scales the law's reference impact [-].

    Two grains of `impact_radius` meet at `impact_speed`: with R* = r/2, m* = m/2 and the repulsion S x^n, lengths
    scale with x0 = (m* v^2 / S)^(1/(n+1)). SJKR's 2 pi k R* x0 over S x0^n, or the pull-off force of DMT and JKR over
    it. From `STICKING` on no such impact separates with any dashpot to speak of: 0 is returned, and the damping is that
    of the dry contact.
    """
    if law.cohesion == "none" or law.impact_radius == 0:
        return 0.0
    r_eff = 0.5 * law.impact_radius
    m_eff = density * 2 / 3 * np.pi * law.impact_radius**3
    exponent = 1.5 if law.normal == "hertz" else 1.0
    scale = 4 / 3 * stiffness * np.sqrt(r_eff) if law.normal == "hertz" else stiffness
    overlap = (m_eff * law.impact_speed**2 / scale) ** (1 / (exponent + 1))
    if law.cohesion == "sjkr":
        pull = 2 * np.pi * contact.cohesion * r_eff * overlap
    else:
        pull = pull_off_force(law, contact.surface_energy, r_eff)
    attraction = float(pull / (scale * overlap**exponent))
    return attraction if attraction < STICKING else 0.0


def pull_off_force(law: Law, surface_energy: float, r_eff: float) -> float:
    """Pull-off force [N]: 4 pi gamma R* (DMT) or 3 pi gamma R* (JKR), with the work of adhesion w = 2 gamma.

    Source: Maugis (2000), Contact, Adhesion and Rupture of Elastic Solids, section 4.2.
    """
    return (4 if law.cohesion == "dmt" else 3) * np.pi * surface_energy * r_eff


def jkr_reach(surface_energy: float, e_eff: float, r_eff: float) -> float:
    """How far beyond touching JKR pulls [m]: 3 a^2 / R* at the tear-off's radius a^3 = pi gamma R*^2 / (4 E*)."""
    return float(3 * (np.pi * surface_energy * r_eff**2 / (4 * e_eff)) ** (2 / 3) / r_eff)


def check_reach(law: Law, row: PairCoefficients, a: Material, b: Material, r_min: float) -> None:
    """A held contact stays on the pair list, and JKR's premise holds: contacts small beside the grains.

    Args:
        law: The contact law.
        row: Coefficients of the pair of materials.
        a: One material.
        b: The other.
        r_min: Radius of the smallest grain [m].

    Raises:
        ConfigError: The law pulls farther than `LARGEST_REACH` of that radius; with the energy that would do.
    """
    if law.cohesion != "jkr":
        return
    share = jkr_reach(row.surface_energy, row.stiffness, r_min) / r_min
    if share > LARGEST_REACH:
        largest = 0.995 * row.surface_energy * (LARGEST_REACH / share) ** 1.5
        raise ConfigError(
            f"surface_energy = {row.surface_energy:g} J/m2 of {a.name!r} on {b.name!r}: JKR would hold grains of "
            f"radius {r_min:g} m up to {share:.0%} of it apart; must be at most {largest:.3g} J/m2, where that is "
            f"{LARGEST_REACH:.0%}, or the grains stiffer (youngs_modulus) or larger"
        )


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

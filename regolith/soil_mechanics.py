"""Closed forms of soil mechanics that results are compared with: earth-moving forces and bearing capacity.

Angles in radians, SI throughout. A soil is a Mohr-Coulomb solid: shear strength = cohesion + normal stress tan(friction
angle). None of the forms knows grains, speed, or soil that piles up unless it is stated as a surcharge.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar


@dataclass(frozen=True, kw_only=True)
class MohrCoulomb:
    """A soil in bulk.

    Attributes:
        density: Bulk density [kg/m3].
        friction_angle: phi [rad].
        cohesion: c [Pa].
    """

    density: float
    friction_angle: float
    cohesion: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Blade:
    """A flat blade in soil.

    Attributes:
        depth: d of the edge below the surface [m].
        width: w [m].
        angle: a of its face from the horizontal [rad]; pi/2 is upright, less leans back: soil slides up it.
        wall_friction_angle: delta between soil and blade [rad].
        adhesion: c_a of soil on blade [Pa].
    """

    depth: float
    width: float
    angle: float = np.pi / 2
    wall_friction_angle: float = 0.0
    adhesion: float = 0.0


@dataclass(frozen=True, kw_only=True)
class BladeForce:
    """What a blade needs to move soil.

    Attributes:
        horizontal: Draught [N].
        vertical: Force that the soil exerts downwards on the blade [N].
        wedge_angle: b of the failure plane from the horizontal [rad].
        weight_factor: N_g of the wedge without its crescents.
    """

    horizontal: float
    vertical: float
    wedge_angle: float
    weight_factor: float


def reece(
    soil: MohrCoulomb, blade: Blade, gravity: float, surcharge: float = 0.0, *, sides: bool = False
) -> BladeForce:
    """Fundamental earth-moving equation, P = (rho g d^2 N_g + c d N_c + c_a d N_a + q d N_q) w.

    A plane wedge in front of the blade is in limit equilibrium, and its angle is the one that takes the least P, which
    acts at delta to the blade's normal. Adhesion acts besides along the face, d / sin a long:
    H = P sin(a + delta) + c_a d w cot a, V = P cos(a + delta) - c_a d w.

    Args:
        soil: In bulk.
        blade: Its pose.
        gravity: [m/s2].
        surcharge: q on the surface in front of the blade [Pa].
        sides: Whether the blade's ends are free; else they are walls, or the width is a slice of a wide blade.

    Source: Reece (1965), Proc. Inst. Mech. Eng. 179(3F), 16-22; McKyes (1985), Soil Cutting and Tillage, chapter 3;
        McKyes & Ali (1977), 10.1016/0022-4898(77)90001-5.
    """
    push = blade.angle + blade.wall_friction_angle
    steepest = np.pi - soil.friction_angle - push - 1e-3  # beyond, no force moves the wedge

    def force(b: float) -> float:
        return _wedge(soil, blade, gravity, surcharge, sides, b)[0]

    angle = float(minimize_scalar(force, bounds=(1e-3, steepest), method="bounded").x)
    least, weight_factor = _wedge(soil, blade, gravity, surcharge, sides, angle)
    adhesive = blade.adhesion * blade.depth * blade.width
    return BladeForce(
        horizontal=float(least * np.sin(push) + adhesive / np.tan(blade.angle)),
        vertical=float(least * np.cos(push) - adhesive),
        wedge_angle=angle,
        weight_factor=weight_factor,
    )


def _wedge(
    soil: MohrCoulomb, blade: Blade, gravity: float, surcharge: float, sides: bool, b: float
) -> tuple[float, float]:
    """P [N] and N_g of the earth-moving equation at the wedge's angle b [rad].

    D = cos(a + delta) + sin(a + delta) cot(b + phi), N_g = (cot a + cot b) / (2 D), N_q = 2 N_g,
    N_c = (1 + cot b cot(b + phi)) / D, N_a = (1 - cot a cot(b + phi)) / D.

    With `sides`, crescents fail beside a narrow blade too, out to s = d sqrt(cot^2 b + 2 cot a cot b): N_g grows by
    1 + 2 s / (3 w), N_c and N_q by 1 + s / w (McKyes & Ali 1977, in the wedge's form as given by McKyes 1985).
    """
    d, push = blade.depth, blade.angle + blade.wall_friction_angle
    cot_a, cot_b, below = 1 / np.tan(blade.angle), 1 / np.tan(b), 1 / np.tan(b + soil.friction_angle)
    resisting = np.cos(push) + np.sin(push) * below
    n_g = (cot_a + cot_b) / (2 * resisting)
    n_c, n_a = (1 + below * cot_b) / resisting, (1 - below * cot_a) / resisting
    s = d * np.sqrt(max(0.0, cot_b**2 + 2 * cot_a * cot_b)) if sides else 0.0
    wide, side = 1 + 2 * s / (3 * blade.width), 1 + s / blade.width
    force = soil.density * gravity * d**2 * n_g * wide + soil.cohesion * d * n_c * side
    return float((force + blade.adhesion * d * n_a + 2 * surcharge * d * n_g * side) * blade.width), float(n_g)


def passive_coefficient(friction_angle: float) -> float:
    """Rankine's K_p = tan^2(45 deg + phi / 2) [-]: passive over vertical stress on a smooth upright wall."""
    return float(np.tan(np.pi / 4 + friction_angle / 2) ** 2)


def bearing_factors(friction_angle: float) -> tuple[float, float, float]:
    """N_c, N_q, N_gamma of a strip footing [-].

    N_q = K_p exp(pi tan phi) (Prandtl, Reissner), N_c = (N_q - 1) cot phi, N_gamma = (N_q - 1) tan(1.4 phi).

    Source: Meyerhof (1963), Canadian Geotechnical Journal 1, 16-26, 10.1139/t63-003.
    """
    n_q = passive_coefficient(friction_angle) * np.exp(np.pi * np.tan(friction_angle))
    n_c = (n_q - 1) / np.tan(friction_angle) if friction_angle > 0 else np.pi + 2
    return float(n_c), float(n_q), float((n_q - 1) * np.tan(1.4 * friction_angle))


def triaxial_angle(plane_strain_angle: float) -> float:
    """Friction angle of a soil under a round base from that in plane strain [rad].

    Meyerhof's footings of sides B and L feel phi = (1.1 - 0.1 B / L) phi_triaxial: a strip, in plane strain, 1.1 times
    the triaxial angle, a square or round one the triaxial angle itself.

    Source: Meyerhof (1963), 10.1139/t63-003.
    """
    return plane_strain_angle / 1.1


def bearing_capacity(soil: MohrCoulomb, *, diameter: float, depth: float, gravity: float) -> float:
    """Pressure under which a round plate sinks [Pa]: c N_c s_c d_c + rho g z N_q s_q d_q + rho g B N_gamma s d / 2.

    With K_p of `passive_coefficient`: s_c = 1 + 0.2 K_p and d_c = 1 + 0.2 sqrt(K_p) z / B, and for phi > 10 deg
    s_q = s_gamma = 1 + 0.1 K_p and d_q = d_gamma = 1 + 0.1 sqrt(K_p) z / B. The depth factors were fitted to shallow
    footings, z about B; Meyerhof's form is for blunt bases, so for a cone it is a measure, not a prediction.

    Args:
        soil: In bulk, with its angle of triaxial compression: see `triaxial_angle`.
        diameter: B of the plate [m].
        depth: z of the plate below the surface [m].
        gravity: [m/s2].

    Source: Meyerhof (1963), 10.1139/t63-003.
    """
    n_c, n_q, n_gamma = bearing_factors(soil.friction_angle)
    k_p, ratio = passive_coefficient(soil.friction_angle), depth / diameter
    rough = soil.friction_angle > np.deg2rad(10)
    shape = 1 + 0.1 * k_p if rough else 1.0
    deep = 1 + 0.1 * np.sqrt(k_p) * ratio if rough else 1.0
    weight = soil.density * gravity
    cohesive = soil.cohesion * n_c * (1 + 0.2 * k_p) * (1 + 0.2 * np.sqrt(k_p) * ratio)
    return float(cohesive + (weight * depth * n_q + 0.5 * weight * diameter * n_gamma) * shape * deep)

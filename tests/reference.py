"""NumPy twins of the contact laws, in double precision, for many contacts at once; written from the equations.

Shapes: scalars (n,), vectors (n, 3). Grain i feels what is returned; normals point from j to i.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def hertz_force(overlap: Floats, r_eff: Floats | float, e_eff: Floats | float) -> Floats:
    """F = 4/3 E* sqrt(R*) overlap^(3/2). Source: Johnson (1985), Contact Mechanics, eq. 4.23."""
    return 4 / 3 * e_eff * np.sqrt(r_eff) * np.maximum(overlap, 0.0) ** 1.5


def hertz_impact(m_eff: float, r_eff: float, e_eff: float, speed: float) -> tuple[float, float, float]:
    """Peak overlap [m], peak force [N] and contact time [s] of an elastic head-on impact.

    delta = (15 m* V^2 / (16 E* sqrt(R*)))^(2/5), F = 5/4 m* V^2 / delta, t = 2.943 delta / V.
    Source: Johnson (1985), section 11.4.
    """
    delta = (15 * m_eff * speed**2 / (16 * e_eff * np.sqrt(r_eff))) ** 0.4
    return delta, 1.25 * m_eff * speed**2 / delta, 2.9432750 * delta / speed


@dataclass
class Pairs:
    """Two grains each, or a grain and a surface (then m_j, r_j infinite)."""

    branch: Floats  # x_i - x_j [m]
    v: Floats  # v_i - v_j [m/s]
    spin_i: Floats  # [rad/s]
    spin_j: Floats
    r_i: Floats  # [m]
    r_j: Floats
    m_i: Floats  # [kg]
    m_j: Floats
    slide_spring: Floats  # [m], before this step
    roll_spring: Floats  # [m]
    dt: float  # [s]


@dataclass
class Reply:
    """Force on i [N], torques on both [N m], new springs [m]."""

    force: Floats
    torque_i: Floats
    torque_j: Floats
    slide_spring: Floats
    roll_spring: Floats
    slide_scale: Floats  # length of the terms of which the sliding spring is the difference [m]


def hertz_coefficients(overlap, r_eff, m_eff, row):
    """k_n = 4/3 E* sqrt(R* d), k_t = 8 G* sqrt(R* d), c = alpha sqrt(m* k_n)."""
    k_n = 4 / 3 * row["stiffness"] * np.sqrt(r_eff * overlap)
    return k_n, 8 * row["shear_stiffness"] * np.sqrt(r_eff * overlap), row["damping"] * np.sqrt(m_eff * k_n)


def linear_coefficients(overlap, r_eff, m_eff, row):
    """Constant stiffnesses, c = alpha sqrt(m* k_n)."""
    k_n = np.broadcast_to(row["stiffness"], overlap.shape)
    return k_n, np.broadcast_to(row["shear_stiffness"], overlap.shape), row["damping"] * np.sqrt(m_eff * k_n)


def capped(force: Floats, limit: Floats) -> tuple[Floats, Floats]:
    """Force cut to a length, and which were cut."""
    length = np.linalg.norm(force, axis=1)
    over = length > limit
    share = np.where(over, limit / np.where(over, length, 1.0), 1.0)
    return force * share[:, None], over


def respond(pairs: Pairs, coefficients, row: dict, rolling_damping: float) -> Reply:
    """The whole law; `row` holds, as (n,): stiffness, shear_stiffness, damping, friction, rolling_friction, cohesion.

    Normal: F = max(k_n d - c v, 0) with the dashpot at the mid-step velocity v + dt F / 2 m*. Tangential: spring and
    dashpot up to mu F. Rolling (EPSD): spring k_t at R* up to mu_r F. Cohesion (SJKR): -k 2 pi R* d.
    """
    distance = np.linalg.norm(pairs.branch, axis=1)
    n = pairs.branch / distance[:, None]
    reach = pairs.r_i + pairs.r_j
    overlap = reach - distance
    r_eff, m_eff = pairs.r_i * pairs.r_j / reach, pairs.m_i * pairs.m_j / (pairs.m_i + pairs.m_j)
    arm_i, arm_j = pairs.r_i * distance / reach, pairs.r_j * distance / reach  # end at one point
    v_n = np.einsum("ij,ij->i", pairs.v, n)
    surface = pairs.v + np.cross(pairs.spin_i, -arm_i[:, None] * n) - np.cross(pairs.spin_j, arm_j[:, None] * n)
    v_t = surface - np.einsum("ij,ij->i", surface, n)[:, None] * n
    k_n, k_t, c = coefficients(overlap, r_eff, m_eff, row)
    pressing = np.maximum((k_n * overlap - c * v_n) / (1 + 0.5 * c * pairs.dt / m_eff), 0.0)

    spring = pairs.slide_spring - np.einsum("ij,ij->i", pairs.slide_spring, n)[:, None] * n + v_t * pairs.dt
    f_t, slips = capped(-k_t[:, None] * spring - c[:, None] * v_t, row["friction"] * pressing)
    spring = np.where(slips[:, None], -(f_t + c[:, None] * v_t) / k_t[:, None], spring)

    spin = pairs.spin_i - pairs.spin_j
    v_roll = r_eff[:, None] * (spin - np.einsum("ij,ij->i", spin, n)[:, None] * n)
    roll = pairs.roll_spring - np.einsum("ij,ij->i", pairs.roll_spring, n)[:, None] * n + v_roll * pairs.dt
    c_roll = 2 * rolling_damping * np.sqrt(m_eff * k_t)
    f_r, rolls = capped(-k_t[:, None] * roll - c_roll[:, None] * v_roll, row["rolling_friction"] * pressing)
    roll = np.where(rolls[:, None], -f_r / k_t[:, None], roll)
    couple = r_eff[:, None] * f_r

    f_n = pressing - row["cohesion"] * 2 * np.pi * r_eff * overlap
    return Reply(
        force=f_n[:, None] * n + f_t,
        torque_i=np.cross(-arm_i[:, None] * n, f_t) + couple,
        torque_j=np.cross(arm_j[:, None] * n, -f_t) - couple,
        slide_spring=spring,
        roll_spring=roll,
        slide_scale=np.linalg.norm(c[:, None] * v_t / k_t[:, None], axis=1) + np.linalg.norm(spring, axis=1),
    )

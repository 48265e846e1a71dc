"""NumPy twins of the contact laws, in double precision, for many contacts at once; written from the equations.

Shapes: scalars (n,), vectors (n, 3). Grain i feels what is returned; normals point from j to i.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regolith.verify.closed_forms import hertz_force, jkr_curve, jkr_radius

Floats = NDArray[np.float64]


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
    twist_spring: Floats  # [m]
    dt: float  # [s]


@dataclass
class Reply:
    """Force on i [N], torques on both [N m], new springs [m]; and sizes of the terms that they are sums of."""

    force: Floats
    torque_i: Floats
    torque_j: Floats
    slide_spring: Floats
    roll_spring: Floats
    twist_spring: Floats
    force_scale: Floats  # [N]
    torque_scale: Floats  # [N m]
    slide_scale: Floats  # [m]
    twist_scale: Floats


def hertz(overlap, r_eff, row):
    """F = 4/3 E* sqrt(R*) d^1.5, no attraction, a = sqrt(R* d), k_n = 4/3 E* a, k_t = 8 G* a."""
    a = np.sqrt(r_eff * overlap)
    force, k_n = hertz_force(overlap, r_eff, row["stiffness"]), 4 / 3 * row["stiffness"] * a
    return force, 0 * overlap, k_n, 8 * row["shear_stiffness"] * a, a


def linear(overlap, r_eff, row):
    """F = k_n d, constant stiffnesses, a as Hertz's."""
    k_n = np.broadcast_to(row["stiffness"], overlap.shape)
    k_t = np.broadcast_to(row["shear_stiffness"], overlap.shape)
    return k_n * overlap, 0 * overlap, k_n, k_t, np.sqrt(r_eff * overlap)


def sjkr(overlap, r_eff, row):
    """Hertz less k 2 pi R* d."""
    load, _, k_n, k_t, a = hertz(overlap, r_eff, row)
    return load, row["cohesion"] * 2 * np.pi * r_eff * overlap, k_n, k_t, a


def dmt(overlap, r_eff, row):
    """Hertz less 4 pi gamma R*."""
    load, _, k_n, k_t, a = hertz(overlap, r_eff, row)
    return load, 4 * np.pi * row["surface_energy"] * r_eff, k_n, k_t, a


def jkr(overlap, r_eff, row):
    """F(a) with the overlap's a found by bisection; pressed together by F + 2 x 3 pi gamma R* (Thornton 1991)."""
    e_eff, gamma = row["stiffness"], np.maximum(row["surface_energy"], 1e-30)
    a = jkr_radius(overlap, r_eff, e_eff, gamma)
    attraction = 6 * np.pi * gamma * r_eff
    return (
        jkr_curve(a, r_eff, e_eff, gamma)[1] + attraction,
        attraction,
        4 / 3 * e_eff * a,
        8 * row["shear_stiffness"] * a,
        a,
    )


def normal_of(law):
    """The twin of a law's normal and cohesion models."""
    if law.cohesion in ("sjkr", "dmt", "jkr"):
        return {"sjkr": sjkr, "dmt": dmt, "jkr": jkr}[law.cohesion]
    return {"hertz": hertz, "linear": linear}[law.normal]


def capped(force: Floats, limit: Floats) -> tuple[Floats, Floats]:
    """Force cut to a length, and which were cut."""
    length = np.linalg.norm(force, axis=1)
    over = length > limit
    share = np.where(over, limit / np.where(over, length, 1.0), 1.0)
    return force * share[:, None], over


def slider(spring, velocity, limit, k, c):
    """Spring [m] and force [N] of a slider that gives way at a limit [N]; and the scale of the spring's terms [m]."""
    force, slips = capped(-k[:, None] * spring - c[:, None] * velocity, limit)
    spring = np.where(slips[:, None], -(force + c[:, None] * velocity) / k[:, None], spring)
    return force, spring, np.linalg.norm(c[:, None] * velocity / k[:, None], axis=1) + np.linalg.norm(spring, axis=1)


def along(vectors, n):
    """Their parts along the normals."""
    return np.einsum("ij,ij->i", vectors, n)[:, None] * n


def rolling_couple(law, pairs, n, r_eff, m_eff, k_t, limit):
    """EPSD: spring k_t at R* up to mu_r F, no dashpot once it gives way. Constant: mu_r F R* against the rolling."""
    spin = pairs.spin_i - pairs.spin_j
    v_roll = r_eff[:, None] * (spin - along(spin, n))
    if law.rolling == "constant":
        return -(limit * r_eff / np.linalg.norm(v_roll, axis=1))[:, None] * v_roll, 0 * pairs.roll_spring
    roll = pairs.roll_spring - along(pairs.roll_spring, n) + v_roll * pairs.dt
    c = 2 * law.rolling_damping * np.sqrt(m_eff * k_t)
    force, rolls = capped(-k_t[:, None] * roll - c[:, None] * v_roll, limit)
    return r_eff[:, None] * force, np.where(rolls[:, None], -force / k_t[:, None], roll)


def twisting_couple(law, pairs, n, r_eff, m_eff, stiffness, limit):
    """SDS: spring k_t a^2 / 2 (at R*: half of k_t a^2 / R*^2, the `stiffness`) up to mu_tw F."""
    v_twist = r_eff[:, None] * along(pairs.spin_i - pairs.spin_j, n)
    k = 0.5 * stiffness
    twist = along(pairs.twist_spring, n) + v_twist * pairs.dt
    force, twist, scale = slider(twist, v_twist, limit, k, 2 * law.twisting_damping * np.sqrt(m_eff * k))
    return r_eff[:, None] * force, twist, scale


def respond(pairs: Pairs, law, row: dict) -> Reply:
    """The whole law; `row` holds what `PairCoefficients` lists, each (n,).

    Normal: max(load - c v, 0) less the attraction, the dashpot at the mid-step velocity v + dt F / 2 m*. Tangential:
    spring and dashpot up to mu times what presses.
    """
    distance = np.linalg.norm(pairs.branch, axis=1)
    n = pairs.branch / distance[:, None]
    reach = pairs.r_i + pairs.r_j
    overlap = reach - distance
    r_eff, m_eff = pairs.r_i * pairs.r_j / reach, pairs.m_i * pairs.m_j / (pairs.m_i + pairs.m_j)
    arm_i, arm_j = pairs.r_i * distance / reach, pairs.r_j * distance / reach  # end at one point
    v_n = np.einsum("ij,ij->i", pairs.v, n)
    surface = pairs.v + np.cross(pairs.spin_i, -arm_i[:, None] * n) - np.cross(pairs.spin_j, arm_j[:, None] * n)
    v_t = surface - along(surface, n)
    load, attraction, k_n, k_t, a = normal_of(law)(overlap, r_eff, row)
    c = row["damping"] * np.sqrt(m_eff * k_n)
    half = 0.5 * c * pairs.dt / m_eff
    pressing = np.maximum((load - c * v_n + half * attraction) / (1 + half), 0.0)

    spring = pairs.slide_spring - along(pairs.slide_spring, n) + v_t * pairs.dt
    f_t, spring, slide_scale = slider(spring, v_t, row["friction"] * pressing, k_t, c)
    couple, roll = rolling_couple(law, pairs, n, r_eff, m_eff, k_t, row["rolling_friction"] * pressing)

    twisting, twist, twist_scale = twisting_couple(
        law, pairs, n, r_eff, m_eff, k_t * (a / r_eff) ** 2, row["twisting_friction"] * pressing
    )
    couple = couple + twisting
    f_n = pressing - attraction
    return Reply(
        force=f_n[:, None] * n + f_t,
        torque_i=np.cross(-arm_i[:, None] * n, f_t) + couple,
        torque_j=np.cross(arm_j[:, None] * n, -f_t) - couple,
        slide_spring=spring,
        roll_spring=roll,
        twist_spring=twist,
        force_scale=np.linalg.norm(f_n[:, None] * n + f_t, axis=1) + attraction,
        torque_scale=arm_i * np.linalg.norm(f_t, axis=1) + np.linalg.norm(couple, axis=1),
        slide_scale=slide_scale,
        twist_scale=twist_scale,
    )

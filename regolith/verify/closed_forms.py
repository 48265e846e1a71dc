"""Closed forms of contact mechanics, written from the equations, not from the kernels."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Force-weighted mean of Hertz's overlap over its peak in an elastic impact: 2/5 B(7/5, 1/2) / (4/5), B Euler's beta.
MEAN_OVERLAP = 0.81757644


def hertz_force(overlap: ArrayLike, r_eff: ArrayLike, e_eff: ArrayLike) -> Floats:
    """F = 4/3 E* sqrt(R*) overlap^(3/2) [N]. Source: Johnson (1985), Contact Mechanics, eq. 4.23."""
    force = 4 / 3 * np.asarray(e_eff) * np.sqrt(r_eff) * np.maximum(overlap, 0.0) ** 1.5
    return np.asarray(force, float)


def hertz_impact(m_eff: float, r_eff: float, e_eff: float, speed: float) -> tuple[float, float, float]:
    """Peak overlap [m], peak force [N] and contact time [s] of an elastic head-on impact.

    delta = (15 m* V^2 / (16 E* sqrt(R*)))^(2/5), F = 5/4 m* V^2 / delta, t = 2.943 delta / V.
    Source: Johnson (1985), section 11.4.
    """
    delta = (15 * m_eff * speed**2 / (16 * e_eff * np.sqrt(r_eff))) ** 0.4
    return delta, 1.25 * m_eff * speed**2 / delta, 2.9432750 * delta / speed


def jkr_curve(contact_radius: ArrayLike, r_eff: ArrayLike, e_eff: ArrayLike, gamma: ArrayLike) -> tuple[Floats, Floats]:
    """Overlap [m] and force [N] of JKR at a contact radius [m]; gamma is the energy of each surface [J/m2].

    Source: Johnson, Kendall & Roberts (1971), 10.1098/rspa.1971.0141, with the work of adhesion 2 gamma.
    """
    a, e_eff, gamma = np.asarray(contact_radius, float), np.asarray(e_eff), np.asarray(gamma)
    overlap = a**2 / r_eff - 2 * np.sqrt(np.pi * gamma * a / e_eff)
    pull = 2 * np.pi * a**2 * np.sqrt(4 * gamma * e_eff / (np.pi * a))
    return overlap, 4 * e_eff * a**3 / (3 * np.asarray(r_eff)) - pull


def jkr_tear_off(r_eff: ArrayLike, e_eff: ArrayLike, gamma: ArrayLike) -> tuple[Floats, Floats]:
    """Contact radius [m] and overlap [m] at which a held contact tears: d overlap / d a = 0."""
    a = (np.pi * np.asarray(gamma) * np.asarray(r_eff) ** 2 / (4 * np.asarray(e_eff))) ** (1 / 3)
    return a, jkr_curve(a, r_eff, e_eff, gamma)[0]


def jkr_radius(overlap: ArrayLike, r_eff: ArrayLike, e_eff: ArrayLike, gamma: ArrayLike) -> Floats:
    """Contact radius [m] at an overlap no less than tear-off's [m], on the stable branch; by bisection."""
    overlap = np.asarray(overlap, float)
    low = np.broadcast_to(jkr_tear_off(r_eff, e_eff, gamma)[0], overlap.shape)
    high = low + 2 * np.sqrt(np.asarray(r_eff) * np.abs(overlap)) + 10 * low
    for _ in range(200):
        a = 0.5 * (low + high)
        above = jkr_curve(a, r_eff, e_eff, gamma)[0] > overlap
        low, high = np.where(above, low, a), np.where(above, a, high)
    return 0.5 * (low + high)

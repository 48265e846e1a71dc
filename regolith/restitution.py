"""Damping from restitution: the equation of a head-on impact, solved once at set-up.

Everything is in units of the impact's own stiffness, mass and speed: with an elastic force S x^n, n = 3/2 (Hertz) or 1
(linear), lengths scale with x0 = (m* v^2 / S)^(1/(n+1)) and forces with S x0^n. Then restitution depends on the damping
coefficient alone, and on one number more where grains attract each other: their attraction at x0 (SJKR) or their
pull-off force (DMT, JKR) in units of S x0^n.

Restitution is the speed at separation over the speed at first touch. Grains separate where the overlap is back at
zero, under JKR where the contact tears off, so what it costs to tear is part of what JKR's impacts lose.
"""

from functools import lru_cache
from math import sqrt

import numpy as np


def net_force(x: float, v: float, damping: float, normal: str, cohesion: str, attraction: float) -> float:
    """Repulsion less attraction at an overlap x that grows at v; the dashpot may undo repulsion, but not pull."""
    if cohesion == "jkr":
        load, radius = jkr_force(x, attraction)
        return max(load + damping * sqrt(radius) * v + 2 * attraction, 0.0) - 2 * attraction
    exponent = 1.5 if normal == "hertz" else 1.0
    x = max(x, 0.0)
    repulsion = max(x**exponent + damping * x ** ((exponent - 1) / 2) * v, 0.0)
    return repulsion - attraction * (x if cohesion == "sjkr" else 1.0)


def jkr_force(x: float, pull_off: float) -> tuple[float, float]:
    """JKR's force and contact radius at an overlap, on the stable branch; all in units of Hertz's impact.

    With h = (pull_off / 9)^(2/3) and the contact radius s sqrt(h), x = h (s^2 - 4 s^(1/2)) and
    F = h^(3/2) (s^3 - 6 s^(3/2)); s = 1 where the contact tears. For the source, and how s is found, see
    `regolith_kernels.contact_laws.Jkr`.
    """
    h = (pull_off / 9) ** (2 / 3)
    above = max(x / h + 3, 0.0)
    s = 1 + sqrt(above)
    for _ in range(10):
        s = 1 + sqrt(above / (1 + 2 / (1 + sqrt(s)) ** 2))
    return h**1.5 * (s**3 - 6 * s**1.5), s * sqrt(h)


def restitution_of(damping: float, normal: str, cohesion: str = "none", attraction: float = 0.0) -> float:
    """Restitution [-] of a head-on impact; 0 if the grains stick.

    Solves x'' = -net_force(x, x'), x(0) = 0, x'(0) = 1, until the grains separate. `damping` is alpha in
    c = alpha sqrt(m* k_n).
    """
    from scipy.integrate import solve_ivp

    separation = -3 * (attraction / 9) ** (2 / 3) if cohesion == "jkr" else 0.0

    def acceleration(_: float, state: np.ndarray) -> tuple[float, float]:
        x, v = float(state[0]), float(state[1])
        return v, -net_force(x, v, damping, normal, cohesion, attraction)

    def parted(_: float, state: np.ndarray) -> float:
        return float(state[0]) - separation

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
def damping_of(restitution: float, normal: str = "hertz", cohesion: str = "none", attraction: float = 0.0) -> float:
    """Damping coefficient alpha [-] that returns a restitution (0 to 1], to 1e-8.

    Published fits do not: Tsuji's polynomial returns 0.646 for 0.5, see Thornton, Cummins & Cleary (2013),
    10.1016/j.powtec.2012.08.012, for the cut at zero force.

    Where tearing JKR's contact costs more than the stated restitution allows, there is no damping. Grains that stick
    even so return nothing that damping could be solved from: they get that of the dry contact.
    """
    if restitution >= 1:
        return 0.0
    if cohesion == "jkr" and attraction > 0:
        undamped = restitution_of(0.0, normal, cohesion, attraction)
        if undamped == 0.0:
            return damping_of(restitution, normal)
        if undamped <= restitution:
            return 0.0
    from scipy.optimize import brentq

    high = 1.0
    while restitution_of(high, normal, cohesion, attraction) > restitution:
        high *= 2

    def excess(alpha: float) -> float:
        return restitution_of(alpha, normal, cohesion, attraction) - restitution

    return float(brentq(excess, 0.0, high, xtol=1e-10))

"""Solitary waves in a chain of touching spheres: how fast they go, against the force that they carry."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from regolith.laws import Law, effective_modulus
from regolith.materials import Contact, Material
from regolith.verify.case import Sheet, case
from regolith.verify.stage import Stage, shared

STEEL = Material(name="steel", density=7800, youngs_modulus=210e9, poisson_ratio=0.3)
R = 4e-3  # radius [m]
SPEEDS = np.array([0.1, 0.3, 1.0, 3.0, 10.0])  # of the sphere that strikes a chain [m/s]
N = 56  # spheres a chain
FIRST, LAST = 30, 45  # contacts between which a wave is timed; it has taken its form by then
DT, SAMPLED = 2e-7, 3  # time step [s], steps from one sample to the next
SOURCE = (
    "Nesterenko (2001), Dynamics of Heterogeneous Materials, section 1.4; "
    "Coste, Falcon & Fauve (1997), 10.1103/PhysRevE.56.6104"
)


@shared
def stage() -> Stage:
    """Spheres of steel that lose nothing."""
    contact = {("steel", "steel"): Contact(restitution=1.0, friction=0.0)}
    return Stage(n_grains=N * len(SPEEDS), radii=(R, R), materials=[STEEL], contacts=contact, law=Law(rolling="none"))


def stiffness() -> float:
    """A in F = A overlap^(3/2) of two of the spheres [N/m^1.5]: 4/3 E* sqrt(R*)."""
    return 4 / 3 * effective_modulus(STEEL, STEEL) * np.sqrt(R / 2)


def mass() -> float:
    """Of a sphere [kg]."""
    return STEEL.density * 4 / 3 * np.pi * R**3


def nesterenko(force: ArrayLike) -> np.ndarray:
    """Speed [m/s] of the solitary wave that carries a peak force [N], in the long-wave limit.

    V = 2 / sqrt(5) c xi^(1/4), with c^2 = A (2 R)^(5/2) / m and the peak strain xi = (F / A)^(2/3) / (2 R).
    """
    c = np.sqrt(stiffness() * (2 * R) ** 2.5 / mass())
    return np.asarray(2 / np.sqrt(5) * c * ((np.asarray(force) / stiffness()) ** (2 / 3) / (2 * R)) ** 0.25)


def peaks(time: np.ndarray, force: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Time and height of each column's largest value, by a parabola through three samples."""
    k = np.clip(force.argmax(axis=0), 1, len(force) - 2)
    before, at, after = (force[k + d, np.arange(force.shape[1])] for d in (-1, 0, 1))
    shift = 0.5 * (before - after) / (before - 2 * at + after)
    return time[k] + shift * (time[1] - time[0]), at - 0.25 * (before - after) * shift


def timed(time: np.ndarray, force: np.ndarray) -> tuple[float, float]:
    """Speed [m/s] and mean peak force [N] of a wave between the two contacts; `force` has shape (times, contacts)."""
    when, height = peaks(time, force[:, FIRST : LAST + 1])
    return 2 * R * (LAST - FIRST) / float(when[-1] - when[0]), float(height.mean())


def newton(speed: float) -> float:
    """V / F^(1/6) of a chain whose equations of motion are integrated to round-off, independent of the code."""
    a, m, n = stiffness(), mass(), N

    def rates(_: float, state: np.ndarray) -> np.ndarray:
        overlap = np.maximum(state[: n - 1] - state[1:n], 0.0)
        push = a * overlap**1.5
        return np.concatenate([state[n:], np.diff(push, prepend=0.0, append=0.0) * (-1 / m)])

    start = np.zeros(2 * n)
    start[n] = speed
    time = np.linspace(0, duration(speed), 4000)
    path = solve_ivp(rates, (0, time[-1]), start, method="DOP853", t_eval=time, rtol=1e-10, atol=1e-16).y[:n]
    v, f = timed(time, a * np.maximum(path[:-1] - path[1:], 0.0).T ** 1.5)
    return v / f ** (1 / 6)


def duration(speed: float) -> float:
    """Time [s] in which a wave passes the contacts: it goes at about 0.9 c^0.8 v^0.2, and is five spheres long."""
    c = np.sqrt(stiffness() * (2 * R) ** 2.5 / mass())
    return 2 * R * (LAST + 5) / (0.9 * c**0.8 * speed**0.2)


def struck() -> tuple[np.ndarray, np.ndarray]:
    """Speeds [m/s] and mean peak forces [N] of the waves, shape (n_chains,).

    The chains lie side by side, each struck by a sphere of its own at another speed.
    """
    rows = len(SPEEDS)
    x = np.zeros((rows, N, 3))
    x[..., 0] = 2 * R * np.arange(N) - 2 * R * N / 2
    x[..., 1] = 4 * R * np.arange(rows)[:, None]
    v = np.zeros((rows, N, 3))
    v[:, 0, 0] = SPEEDS
    sim = stage().put(x.reshape(-1, 3), R, time_step=DT, velocities=v.reshape(-1, 3), material="steel")
    n_samples = int(duration(SPEEDS.min()) / (SAMPLED * DT))
    force = np.zeros((n_samples, rows, N))
    for k in range(n_samples):
        sim.step(SAMPLED)
        force[k] = sim.grains()["force"][:, 0].reshape(rows, N)
    # what a contact carries is what all spheres beyond it feel together
    carried = np.cumsum(force[..., ::-1], axis=-1)[..., -2::-1]
    time = SAMPLED * DT * np.arange(1, n_samples + 1)
    speed, peak = np.array([timed(time, carried[:, row]) for row in range(rows)]).T
    return speed, peak


@case("chain", title="Solitary waves in a chain of spheres: speed over force to the power of 1/6", source=SOURCE)
def chain(sheet: Sheet) -> None:
    """Five chains, struck at speeds from 0.1 to 10 m/s."""
    speed, peak = struck()
    exponent = np.polyfit(np.log(peak), np.log(speed), 1)[0]
    sheet.check("exponent of the speed against the peak force", exponent, 1 / 6, sheet.tolerance(1e-3, 1e-4))
    factor, exact = speed / peak ** (1 / 6), newton(float(SPEEDS[-1]))
    worst = factor[np.abs(factor / exact - 1).argmax()]
    sheet.check(
        "speed / force^(1/6), against Newton's equations of the chain",
        worst,
        exact,
        sheet.tolerance(1e-3, 1e-4),
        unit="m/s/N^(1/6)",
        source="its equations of motion, integrated by a Runge-Kutta method of order 8",
    )
    sheet.report("speed / force^(1/6), against Nesterenko", worst, float(nesterenko(1.0)), unit="m/s/N^(1/6)")
    sheet.note(
        "Nesterenko's speed is that of waves much longer than a sphere, and this one is five spheres long: the chain's "
        f"own equations of motion give {exact / nesterenko(1.0) - 1:.1%} more."
    )
    grid = np.geomspace(peak[0], peak[-1], 40)
    sheet.figure(
        "Speed of a solitary wave over its peak force",
        "peak force [N]",
        "speed [m/s]",
        [sheet.curve("Nesterenko", grid, nesterenko(grid)), sheet.curve("regolith", peak, speed, marks=True)],
        log="xy",
    )

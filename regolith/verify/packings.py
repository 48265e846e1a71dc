"""Random packings of equal spheres: solid fraction and coordination number, without friction and with much of it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from regolith.box import Box
from regolith.materials import Contact, Material
from regolith.time_step import rayleigh_time
from regolith.verify.case import GaveUp, Sheet, case
from regolith.verify.stage import Stage, shared

if TYPE_CHECKING:
    from regolith.simulation import Simulation


N_GRAINS = 1500
EDGE = 0.02  # of the periodic box [m]
SOLID = Material(name="grain", density=2500, youngs_modulus=1e7, poisson_ratio=0.2)
DILUTE, DENSE = 0.30, 0.68  # solid fractions between which grains may grow [-]
PRESSURE = 2e-6  # over Young's modulus, at which a packing counts as jammed [-]
GROWTH_STEPS = 50  # between two growths
# As many growths' time: what the motion carries goes in the first rest, a slow avalanche in the second.
RESTS = (40, 200)
FAST, SLOW = 5e-4, 5e-5  # growth of radii at a time, apart and near jamming [-]
DRAG = 100.0  # [1/s]: a fiftieth of the frequency of the contacts
CLOSE = "O'Hern, Silbert, Liu & Nagel (2003), 10.1103/PhysRevE.68.011306: random close packing 0.64"
LOOSE = (
    "Onoda & Liniger (1990), 10.1103/PhysRevLett.64.2727; Silbert (2010), 10.1039/c001973a: random loose packing 0.55"
)
ISOSTATIC = "isostatic: 6 without friction, 4 with much of it; Silbert (2010), 10.1039/c001973a"
FRICTIONS = (0.0, 0.1, 0.3, 1.0, 10.0)


@dataclass(frozen=True)
class Packing:
    """A jammed state: solid fraction, coordination number and share of rattlers [-], pressure over E [-]."""

    fraction: float
    coordination: float
    rattlers: float
    pressure: float


def radius_at(fraction: float) -> float:
    """Of `N_GRAINS` equal spheres that fill a share of the box [m]."""
    return float(EDGE * (fraction * 3 / (4 * np.pi * N_GRAINS)) ** (1 / 3))


@shared
def stage() -> Stage:
    """Equal grains in a box that is periodic all around."""
    return Stage(
        n_grains=N_GRAINS,
        radii=(radius_at(DILUTE), radius_at(DENSE)),
        materials=[SOLID],
        contacts={},
        box=Box(lower=[0.0] * 3, upper=[EDGE] * 3, periodic=(True, True, True)),
    )


def scattered(rng: np.random.Generator) -> np.ndarray:
    """Centres of grains thrown in one by one where they touch no other, shape (N_GRAINS, 3) [m]."""
    distance, placed = 2.001 * radius_at(DILUTE), np.empty((0, 3))
    while len(placed) < N_GRAINS:
        thrown = rng.uniform(0, EDGE, (N_GRAINS, 3))
        if len(placed):
            thrown = thrown[cKDTree(placed, boxsize=EDGE).query(thrown)[0] > distance]
        free = np.ones(len(thrown), bool)
        for i, j in cKDTree(thrown, boxsize=EDGE).query_pairs(distance):
            free[max(i, j)] = False
        placed = np.concatenate([placed, thrown[free]])
    return placed[:N_GRAINS]


def pressure_of(sim: Simulation) -> float:
    """Mean normal stress of the contacts [Pa]: sum of force times branch over 3 V."""
    pairs, at = sim.pairs(), sim.grains()["position"]
    branch = at[pairs["i"]] - at[pairs["j"]]
    branch -= EDGE * np.round(branch / EDGE)
    return float(np.einsum("ij,ij->", pairs["force"], branch) / (3 * EDGE**3))


def without_rattlers(sim: Simulation, fewest: int) -> tuple[float, float]:
    """Coordination number of the grains that bear load, and the share of those that do not.

    Args:
        sim: A jammed state.
        fewest: Contacts that hold a grain; one with fewer is a rattler, and its contacts count no more.
    """
    i, j = sim.links()
    held = np.ones(N_GRAINS, bool)
    while True:
        bears = held[i] & held[j]
        number = np.bincount(np.concatenate([i[bears], j[bears]]), minlength=N_GRAINS)
        loose = held & (number < fewest)
        if not loose.any():
            return float(number[held].mean()), 1 - float(held.mean())
        held &= ~loose


def jammed(friction: float, seed: int) -> Packing:
    """Grow scattered grains slowly until they carry `PRESSURE` at rest."""
    dt = 0.15 * rayleigh_time(radius_at(DILUTE), SOLID)
    radius = radius_at(DILUTE)
    sim = stage().put(scattered(np.random.default_rng(seed)), radius, time_step=dt)
    sim.set_contacts(Contact(restitution=0.5, friction=friction))
    sim.set_field((0.0, 0.0, 0.0), DRAG)
    wanted, pressure = PRESSURE * SOLID.youngs_modulus, 0.0
    while pressure < wanted and radius < radius_at(DENSE):
        radius *= 1 + (FAST if pressure < 0.02 * wanted else SLOW)
        sim.resize(radius)
        sim.step(GROWTH_STEPS)
        pressure = pressure_of(sim)
        for rest in RESTS if pressure >= wanted else ():  # carried by the motion, or by contacts?
            sim.step(rest * GROWTH_STEPS)
            if (pressure := pressure_of(sim)) < wanted:
                break
    if pressure < wanted:
        what = f"Grains filled {DENSE:g} of the box and still carried no load, at a friction of {friction:g}."
        warnings.warn(what, GaveUp, stacklevel=2)
    coordination, rattlers = without_rattlers(sim, 4 if friction == 0 else 2)
    fraction = N_GRAINS * 4 / 3 * np.pi * radius**3 / EDGE**3
    return Packing(fraction, coordination, rattlers, pressure_of(sim) / SOLID.youngs_modulus)


@case(
    "random-packings",
    title="Random close and loose packing: solid fraction and coordination number against friction",
    source=CLOSE,
    long=True,
    cost="about 12 min on one core",
)
def random_packings(sheet: Sheet) -> None:
    """1500 equal spheres grow in a periodic box until they jam, without and with friction."""
    seeds = range(sheet.seeds or 2)
    found = [[jammed(friction, seed) for seed in seeds] for friction in FRICTIONS]
    fractions = np.array([[packing.fraction for packing in row] for row in found])
    contacts = np.array([[packing.coordination for packing in row] for row in found])
    phi, z = fractions.mean(axis=1), contacts.mean(axis=1)
    sheet.check("solid fraction, no friction", phi[0], 0.64, 0.01, scale=1.0)
    sheet.check("coordination number, no friction", z[0], 6.0, 0.15, scale=1.0, source=ISOSTATIC)
    sheet.check("solid fraction, friction 10", phi[-1], 0.55, 0.02, scale=1.0, source=LOOSE)
    sheet.check("coordination number, friction 10", z[-1], 4.0, 0.25, scale=1.0, source=ISOSTATIC)
    falling = phi[: FRICTIONS.index(1.0) + 1]
    steps = "steps in friction, up to 1, at which the solid fraction rises"
    sheet.bound(steps, int((np.diff(falling) > 0).sum()), 0, source=LOOSE)
    # hardly any change beyond 1: Silbert (2010)
    sheet.bound("change of the solid fraction from friction 1 to 10", float(phi[-1] - falling[-1]), 0.005, source=LOOSE)
    sheet.bound("steps in friction at which the contacts rise", int((np.diff(z) > 0).sum()), 0, source=ISOSTATIC)
    draw(sheet, "Solid fraction at jamming", "solid fraction [-]", fractions, (0.64, 0.55))
    draw(sheet, "Coordination number without rattlers", "coordination number [-]", contacts, (6.0, 4.0))
    loose = [np.mean([packing.rattlers for packing in row]) for row in found]
    load = max(packing.pressure for row in found for packing in row)
    sheet.note(
        f"{N_GRAINS} equal spheres, scattered at a solid fraction of {DILUTE}, grow without gravity until they jam; "
        f"{len(seeds)} seeds, spread of the solid fraction {np.ptp(fractions, axis=1).max():.4f}; pressure over E at "
        f"most {load:.1e}. Rattlers are left out of the coordination number: "
        + ", ".join(f"{share:.1%} at friction {mu:g}" for mu, share in zip(FRICTIONS, loose, strict=True))
        + ". Where a packing jams depends somewhat on how fast it is made and on its size: the tolerances say so."
    )


def draw(sheet: Sheet, title: str, label: str, values: np.ndarray, ends: tuple[float, float]) -> None:
    """Mean and every seed, shape (frictions, seeds), beside the published ends; friction 0 is drawn at 0.03."""
    at = np.maximum(FRICTIONS, 0.03)
    curves = [
        sheet.curve("regolith, mean", at, values.mean(axis=1)),
        sheet.curve("regolith, each seed", np.repeat(at, values.shape[1]), values, marks=True),
        sheet.curve("published: no friction (drawn at 0.03), much of it", at[[0, -1]], ends, marks=True),
    ]
    sheet.figure(title, "friction coefficient [-]", label, curves, log="x")

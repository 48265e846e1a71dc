"""What the bulk cases share: softened grains, a container filled with them, and how they come to rest."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from regolith.materials import Material
from regolith.packing import lattice
from regolith.time_step import rayleigh_time
from regolith.verify.case import GaveUp

if TYPE_CHECKING:
    from regolith.simulation import Simulation


Floats = NDArray[np.float64]

DIAMETER = 2e-3  # mean, of the grains [m]
DENSITY = 2500.0  # of the grains [kg/m3]
GRAVITY = 9.81  # [m/s2]
SPREAD = 0.1  # half-width of the diameters over their mean: equal spheres would line up along walls
FALL_TIME = float(np.sqrt(DIAMETER / GRAVITY))  # of a grain through its radius, nearly: the time scale of flow [s]
DRAG = 0.5 / FALL_TIME  # while settling: grains rain down at 2 sqrt(g d) [1/s]
AT_REST = 1e-6  # kinetic energy over (weight times diameter)
DOWN = (0.0, 0.0, -GRAVITY)


def grains_of(stiffness: float, name: str = "grain") -> Material:
    """A grain's material, E = stiffness times rho g d: softened, so that time steps are long."""
    modulus = stiffness * DENSITY * GRAVITY * DIAMETER
    return Material(name=name, density=DENSITY, youngs_modulus=modulus, poisson_ratio=0.2)


def step_of(material: Material) -> float:
    """A fifth of the smallest grain's Rayleigh time [s]."""
    return 0.2 * rayleigh_time(0.5 * DIAMETER * (1 - SPREAD), material)


def radii_drawn(n: int, rng: np.random.Generator) -> Floats:
    """Evenly spread about the mean [m], shape (n,)."""
    return 0.5 * DIAMETER * rng.uniform(1 - SPREAD, 1 + SPREAD, n)


def column(radii: Floats, radius: float, rng: np.random.Generator) -> Floats:
    """Centres of grains that hang in an upright cylinder about the z axis, without overlap [m], shape (n, 3)."""
    side, largest, at = 2 * radius, float(2 * radii.max()), np.empty((0, 3))
    n = 2 * len(radii) + 100  # a square holds 4 / pi as many as its circle, fewer still for grains of a size
    at = lattice(np.full(n, largest), (side, side), 0.0, rng) - (radius, radius, 0.0)
    at = at[np.hypot(at[:, 0], at[:, 1]) < radius - 0.5 * largest]
    return at[: len(radii)]


def settle(sim: Simulation, *, most: float = 60 * FALL_TIME) -> None:
    """Let grains rain down and come to rest, damped by `DRAG`; then the drag ends. At most for `most` seconds."""
    gravity, until = sim.gravity, sim.time + most
    sim.set_field(gravity, DRAG)
    weight = float(np.linalg.norm(gravity) * sim.masses.sum())
    while sim.time < until:
        sim.step(int(FALL_TIME / sim.time_step))
        sums = sim.sums()
        if sim.time > until - 0.8 * most and sums["kinetic"] + sums["rotational"] < AT_REST * weight * DIAMETER:
            break
    else:
        what = f"Grains were not at rest after settling for {most:.2g} s: the limit of this case."
        warnings.warn(what, GaveUp, stacklevel=2)
    sim.set_field(gravity)

"""The sand that tools move through in the soil-mechanics cases, and beds of it or of other grains.

Its grains have no particular soil's values: what the formulas need of them in bulk, the shear cell measures.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regolith.drive import Motion
from regolith.materials import Contact, Material
from regolith.packing import Floats, lattice, solid_fraction
from regolith.time_step import rayleigh_time
from regolith.verify.case import GaveUp
from regolith.verify.stage import Stage

if TYPE_CHECKING:
    from regolith.simulation import Simulation


EARTH, MARS, MOON = 9.81, 3 / 8 * 9.81, 9.81 / 6  # [m/s2]
SPREAD = 0.2  # of diameters around their mean
SMOOTH = Material(name="smooth", density=2650, youngs_modulus=5e6, poisson_ratio=0.25)
TOOL = Material(name="tool", density=2650, youngs_modulus=5e6, poisson_ratio=0.25)
TOOL_FRICTION = 0.3
CONTACTS = {
    ("sand", "sand"): Contact(restitution=0.5, friction=0.5, rolling_friction=0.1),
    ("sand", "smooth"): Contact(restitution=0.5, friction=0.0),
    ("sand", "tool"): Contact(restitution=0.5, friction=TOOL_FRICTION, rolling_friction=0.1),
}
BLOCK = 400  # steps between two looks at whether a bed is at rest
MAX_BLOCKS = 100
SETTLED = 1e-4  # kinetic energy over weight times diameter


@dataclass(frozen=True, kw_only=True)
class Grains:
    """What a bed is poured of: diameters spread evenly over 1 +- `SPREAD` of the mean, lest they crystallise.

    Attributes:
        material: Of the grains.
        diameter: Mean [m].
    """

    material: Material
    diameter: float

    @property
    def radii(self) -> tuple[float, float]:
        """Smallest and largest [m]."""
        return 0.5 * self.diameter * (1 - SPREAD), 0.5 * self.diameter * (1 + SPREAD)

    @property
    def time_step(self) -> float:
        """A fifth of the smallest grain's Rayleigh time [s]."""
        return 0.2 * rayleigh_time(self.radii[0], self.material)

    def number(self, size: tuple[float, float], depth: float) -> int:
        """How many a bed is poured from: a tenth more than fill it."""
        volume = np.pi / 6 * self.diameter**3 * (1 + SPREAD**2)
        return int(1.1 * 0.6 * size[0] * size[1] * depth / volume)


SAND = Grains(material=Material(name="sand", density=2650, youngs_modulus=5e6, poisson_ratio=0.25), diameter=4e-3)


@dataclass(frozen=True, kw_only=True)
class SandBed:
    """Grains at rest, levelled.

    Attributes:
        grains: What it is made of.
        positions: [m], shape (n, 3).
        radii: [m], shape (n,).
        solid_fraction: [-], away from floor and surface.
        depth: Of the levelled surface over the floor [m].
    """

    grains: Grains
    positions: Floats
    radii: Floats
    solid_fraction: float
    depth: float

    @property
    def density(self) -> float:
        """Bulk density [kg/m3]."""
        return self.solid_fraction * self.grains.material.density


def pour(
    stage: Stage,
    size: tuple[float, float],
    depth: float,
    *,
    seed: int,
    grains: Grains = SAND,
    motions: Mapping[str, Motion] | None = None,
) -> SandBed:
    """Pour a bed at Earth's gravity, level it and let it rest.

    Args:
        stage: With a floor at z = 0.
        size: Extent in x and y [m], from 0.
        depth: To level at [m].
        seed: Draws diameters and places.
        grains: What to pour.
        motions: Of surfaces.
    """
    rng = np.random.default_rng(seed)
    radii = rng.uniform(*grains.radii, grains.number(size, depth))
    positions = lattice(2 * radii, size, 0.0, rng)
    name = grains.material.name
    sim = stage.put(positions, radii, time_step=grains.time_step, material=name, motions=motions)
    settle(sim, 3 * EARTH)  # boosted, to be short
    sim.retain(sim.grains()["position"][:, 2] + 0.5 * sim.radii < depth)
    settle(sim, EARTH)
    positions = sim.grains()["position"]
    low, high = grains.diameter, depth - 2 * grains.diameter
    fraction = solid_fraction(positions[:, 2], sim.radii, size[0] * size[1], low, high)
    return SandBed(grains=grains, positions=positions, radii=sim.radii.copy(), solid_fraction=fraction, depth=depth)


def settle(sim: Simulation, gravity: float) -> None:
    """Step with drag until at rest [gravity in m/s2]; then without drag."""
    diameter = 2 * float(sim.radii.mean())
    down = (0.0, 0.0, -gravity)
    sim.set_field(down, 0.5 * np.sqrt(gravity / diameter))
    for _ in range(MAX_BLOCKS):
        sim.step(BLOCK)
        sums = sim.sums()
        if sums["kinetic"] + sums["rotational"] < SETTLED * sums["mass"] * gravity * diameter:
            break
    else:
        what = f"A bed was not at rest after {MAX_BLOCKS * BLOCK} steps of settling."
        warnings.warn(what, GaveUp, stacklevel=2)
    sim.set_field(down)


def mean_force(sim: Simulation, name: str, steps: int) -> Floats:
    """Step, and average the force of the grains on a surface [N], shape (3,)."""
    row = sim.surroundings.names.index(name)
    sim.surroundings.tallies(clear=True)
    sim.step(steps)
    return np.asarray(sim.surroundings.tallies(clear=True)[row, :3] / (steps * sim.time_step))

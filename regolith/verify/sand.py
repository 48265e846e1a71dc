"""The sand that tools move through in the soil-mechanics cases, and beds of it.

Grains with no particular soil's values: what the formulas need of them in bulk, the shear cell measures.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regolith.drive import Motion
from regolith.materials import Contact, Material
from regolith.packing import Floats, lattice, solid_fraction
from regolith.simulation import Simulation
from regolith.time_step import rayleigh_time
from regolith.verify.stage import Stage

EARTH, MARS, MOON = 9.81, 3 / 8 * 9.81, 9.81 / 6  # [m/s2]
DIAMETER = 4e-3  # mean of the grains [m]
SPREAD = 0.2  # diameters are spread evenly over 1 +- this, lest they crystallise
RADII = (0.5 * DIAMETER * (1 - SPREAD), 0.5 * DIAMETER * (1 + SPREAD))
SAND = Material(name="sand", density=2650, youngs_modulus=5e6, poisson_ratio=0.25)
SMOOTH = Material(name="smooth", density=2650, youngs_modulus=5e6, poisson_ratio=0.25)
TOOL = Material(name="tool", density=2650, youngs_modulus=5e6, poisson_ratio=0.25)
TOOL_FRICTION = 0.3
CONTACTS = {
    ("sand", "sand"): Contact(restitution=0.5, friction=0.5, rolling_friction=0.1),
    ("sand", "smooth"): Contact(restitution=0.5, friction=0.0),
    ("sand", "tool"): Contact(restitution=0.5, friction=TOOL_FRICTION, rolling_friction=0.1),
}
TIME_STEP = 0.2 * rayleigh_time(RADII[0], SAND)
BLOCK = 400  # steps between two looks at whether a bed is at rest
MAX_BLOCKS = 40
SETTLED = 1e-4  # kinetic energy over weight times diameter


@dataclass(frozen=True, kw_only=True)
class SandBed:
    """Grains at rest, levelled.

    Attributes:
        positions: [m], shape (n, 3).
        radii: [m], shape (n,).
        solid_fraction: [-], away from floor and surface.
        depth: Of the levelled surface over the floor [m].
    """

    positions: Floats
    radii: Floats
    solid_fraction: float
    depth: float

    @property
    def density(self) -> float:
        """Bulk density [kg/m3]."""
        return self.solid_fraction * SAND.density


def n_grains(size: tuple[float, float], depth: float) -> int:
    """How many grains a bed is poured from: a tenth more than fill it."""
    volume = np.pi / 6 * DIAMETER**3 * (1 + SPREAD**2)
    return int(1.1 * 0.6 * size[0] * size[1] * depth / volume)


def pour(
    stage: Stage, size: tuple[float, float], depth: float, *, seed: int, motions: Mapping[str, Motion] | None = None
) -> SandBed:
    """Pour a bed at Earth's gravity, level it and let it rest.

    Args:
        stage: With a floor at z = 0.
        size: Extent in x and y [m], from 0.
        depth: To level at [m].
        seed: Draws diameters and places.
        motions: Of surfaces.
    """
    rng = np.random.default_rng(seed)
    radii = rng.uniform(*RADII, n_grains(size, depth))
    positions = lattice(2 * radii, size, 0.0, rng)
    sim = stage.put(positions, radii, time_step=TIME_STEP, material="sand", motions=motions)
    settle(sim, 3 * EARTH)  # boosted, to be short
    grains = sim.grains()
    z, r = grains["position"][:, 2], grains["radius"]
    sim.retain(z + 0.5 * r < depth)
    settle(sim, EARTH)
    z, r = sim.grains()["position"][:, 2], sim.radii
    fraction = solid_fraction(z, r, size[0] * size[1], DIAMETER, depth - 2 * DIAMETER)
    return SandBed(positions=sim.grains()["position"], radii=sim.radii.copy(), solid_fraction=fraction, depth=depth)


def settle(sim: Simulation, gravity: float) -> None:
    """Step with drag until at rest; then without drag."""
    down = (0.0, 0.0, -gravity)
    sim.set_field(down, 0.5 * np.sqrt(gravity / DIAMETER))
    for _ in range(MAX_BLOCKS):
        sim.step(BLOCK)
        sums = sim.sums()
        if sums["kinetic"] + sums["rotational"] < SETTLED * sums["mass"] * gravity * DIAMETER:
            break
    sim.set_field(down)


def mean_force(sim: Simulation, name: str, steps: int) -> Floats:
    """Step, and average the force of the grains on a surface [N], shape (3,)."""
    row = sim.surroundings.names.index(name)
    sim.surroundings.tallies(clear=True)
    sim.step(steps)
    return np.asarray(sim.surroundings.tallies(clear=True)[row, :3] / (steps * sim.time_step))

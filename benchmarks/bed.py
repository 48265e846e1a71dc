"""The bed that all codes are timed on: spheres at rest under gravity, periodic in x and y, tiled for larger ones.

Hertz-Mindlin with history and no rolling resistance, as all peers have it. It is settled once and kept in the cache.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from regolith.box import Box
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.surfaces import Plane

Floats = NDArray[np.float64]

GRAIN = Material(name="grain", density=2500.0, youngs_modulus=1e7, poisson_ratio=0.25)
CONTACT = Contact(restitution=0.5, friction=0.5)
LAW = Law(rolling="none")
GRAVITY = 9.81
SMALL, LARGE = 1.6e-3, 2.4e-3  # radii [m], evenly spread
TIME_STEP = 1e-5  # [s]: about 50 steps a contact at 1 m/s
SIDE = 0.16  # of the tile that is settled [m]: 40 mean diameters
TILE = 32_000  # grains
HEADROOM = 4  # mean diameters above the bed


@dataclass(frozen=True)
class Bed:
    """Grains at rest.

    Attributes:
        positions: Centres [m], shape (n, 3), the floor at z = 0.
        radii: [m], shape (n,).
        size: Of the periodic box in x and y [m].
    """

    positions: Floats
    radii: Floats
    size: tuple[float, float]

    @property
    def top(self) -> float:
        """Height of the box [m]."""
        return float((self.positions[:, 2] + self.radii).max()) + HEADROOM * (SMALL + LARGE)

    def tiled(self, nx: int, ny: int) -> "Bed":
        """The same bed beside itself nx by ny times."""
        shifts = [(a * self.size[0], b * self.size[1], 0.0) for a in range(nx) for b in range(ny)]
        positions = np.concatenate([self.positions + shift for shift in shifts])
        return Bed(positions, np.tile(self.radii, nx * ny), (nx * self.size[0], ny * self.size[1]))


def settled(folder: Path, n: int = TILE, side: float = SIDE) -> Bed:
    """The tile, from the cache if it was made before.

    Args:
        folder: Where it is kept.
        n: Grains.
        side: Of the box [m].
    """
    made_of = (GRAIN, CONTACT, LAW, GRAVITY, SMALL, LARGE, TIME_STEP, n, side)
    path = folder / f"bench-{hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]}.npz"
    if path.exists():
        kept = np.load(path)
        return Bed(kept["positions"], kept["radii"], (side, side))
    bed = _settle(n, side)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(path, positions=bed.positions, radii=bed.radii)
    return bed


def _settle(n: int, side: float) -> Bed:
    """Drop the grains from a lattice with little friction, so that the bed is dense; then let it rest with its own."""
    from regolith.packing import lattice
    from regolith.runtime import started
    from regolith.simulation import Simulation

    started()
    rng = np.random.default_rng(1)
    radii = rng.permutation(np.linspace(SMALL, LARGE, n))
    loose = Bed(lattice(2 * radii, (side, side), 0.0, rng), radii, (side, side))
    with Simulation(
        loose.positions,
        radii,
        materials=[GRAIN],
        contacts=Contact(restitution=0.3, friction=0.1),
        box=Box(lower=(0, 0, -LARGE), upper=(side, side, loose.top), periodic=(True, True, False)),
        time_step=TIME_STEP,
        gravity=(0, 0, -GRAVITY),
        surfaces=[Plane(point=(0, 0, 0), normal=(0, 0, 1), material=GRAIN.name, name="floor")],
        law=LAW,
    ) as sim:
        sim.set_field((0, 0, -GRAVITY), drag=10.0)
        sim.step(int(0.3 / TIME_STEP))
        sim.set_contacts(CONTACT)
        for drag in (100.0, 10.0, 0.0):
            sim.set_field((0, 0, -GRAVITY), drag=drag)
            sim.step(int(0.05 / TIME_STEP))
        grains = sim.grains()
        positions = grains["position"]
        positions[:, :2] %= side
        speed = np.sqrt(2 * sim.sums()["kinetic"] / sim.masses.sum())
        print(f"settled {n} grains: rms speed {speed:.2g} m/s, coordination {sim.contact_sums()['coordination']:.3f}")
    return Bed(positions, sim.radii, (side, side))

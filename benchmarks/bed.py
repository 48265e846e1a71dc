"""The bed that all codes are timed on: spheres at rest under gravity, periodic in x and y, tiled for larger ones.

Hertz-Mindlin with history and no rolling resistance, as all peers have it. It is settled once and kept in the cache.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from regolith.box import Box
from regolith.laws import Law, pair_coefficients
from regolith.materials import Contact, Material
from regolith.surfaces import Plane, Surface

if TYPE_CHECKING:
    from regolith.simulation import Simulation

Floats = NDArray[np.float64]

GRAIN = Material(name="grain", density=2500.0, youngs_modulus=1e7, poisson_ratio=0.25)
CONTACT = Contact(restitution=0.5, friction=0.5)
LAW = Law(rolling="none")
DAMPING = {0.3: 1.1118610875438257, 0.5: 0.5708136788284046}  # `damping_of` these restitutions, which takes SciPy
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
    torn = path.with_suffix(".part.npz")
    np.savez(torn, positions=bed.positions, radii=bed.radii)
    torn.replace(path)  # whole or not at all
    return bed


def simulation(at: Bed, contact: Contact = CONTACT, surfaces: Sequence[Surface] = ()) -> "Simulation":
    """The bed at rest on its floor, with more surfaces if there are any."""
    from regolith.runtime import started
    from regolith.simulation import Simulation

    started()
    sim = Simulation(
        at.positions,
        at.radii,
        materials=[GRAIN],
        contacts=replace(contact, restitution=1.0),  # whose damping, none, takes no solving
        box=Box(lower=(0, 0, -LARGE), upper=(*at.size, at.top), periodic=(True, True, False)),
        time_step=TIME_STEP,
        gravity=(0, 0, -GRAVITY),
        surfaces=[Plane(point=(0, 0, 0), normal=(0, 0, 1), material=GRAIN.name, name="floor"), *surfaces],
        law=LAW,
    )
    touch(sim, contact)
    return sim


def touch(sim: "Simulation", contact: Contact) -> None:
    """State how the grains touch; unlike `set_contacts` without SciPy, of which a GPU's machine may have none."""
    from regolith.pair_table import write_row

    elastic = pair_coefficients(LAW, GRAIN, GRAIN, replace(contact, restitution=1.0))
    row = replace(elastic, damping=DAMPING[contact.restitution])
    write_row(sim.state_group.laws, sim.law_type, LAW, (0, 0), row)


def _settle(n: int, side: float) -> Bed:
    """Drop the grains from a lattice with little friction, so that the bed is dense; then let it rest with its own."""
    from regolith.packing import lattice

    rng = np.random.default_rng(1)
    radii = rng.permutation(np.linspace(SMALL, LARGE, n))
    loose = Bed(lattice(2 * radii, (side, side), 0.0, rng), radii, (side, side))
    with simulation(loose, Contact(restitution=0.3, friction=0.1)) as sim:
        sim.set_field((0, 0, -GRAVITY), drag=10.0)
        sim.step(int(0.3 / TIME_STEP))
        touch(sim, CONTACT)
        for drag in (100.0, 10.0, 0.0):
            sim.set_field((0, 0, -GRAVITY), drag=drag)
            sim.step(int(0.05 / TIME_STEP))
        grains = sim.grains()
        positions = grains["position"]
        positions[:, :2] %= side
        speed = np.sqrt(2 * sim.sums()["kinetic"] / sim.masses.sum())
        print(f"settled {n} grains: rms speed {speed:.2g} m/s, coordination {sim.contact_sums()['coordination']:.3f}")
        return Bed(positions, sim.radii, (side, side))

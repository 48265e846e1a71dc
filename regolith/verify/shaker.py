"""A shaken and turning closed box of 200 grains of mixed sizes: all resistances, mesh walls, rebuilds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import regolith
from regolith.box import Box
from regolith.drive import Motion
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.poses import Angles
from regolith.surfaces import Mesh
from regolith.time_step import hertz_contact_time
from regolith.tools.shapes import box_mesh
from regolith.verify.shapes import turned_inside_out

if TYPE_CHECKING:
    from regolith.simulation import Simulation


N, R, HALF, G = 200, 0.004, 0.045, 9.81
GRAIN = Material(name="grain", density=2500, youngs_modulus=1e7, poisson_ratio=0.2)
DT = hertz_contact_time(R, GRAIN, 1.0) / 50
STEPS = 1200


def shaking() -> Motion:
    """Up and down, to and fro, and round: 8 cm/s and 4 rad/s at most."""
    times = np.arange(9) * STEPS * DT / 8
    side = np.array([0, 1, 0, -1, 0, 1, 0, -1, 0])
    positions = np.stack([0.001 * side, 0.0005 * side, 0.001 * np.roll(side, 1)], axis=1)
    return Motion.waypoints(times, positions, Angles(0.05 * side, 0.03 * side, 0.04 * np.roll(side, 1)))


def make_shaker() -> Simulation:
    """The box with its grains at rest in it, above each other."""
    rng = np.random.default_rng(6)
    radii = R * np.where(np.arange(N) % 20, rng.uniform(1.0, 1.6, N), 2.2)
    at = np.stack(np.meshgrid(*[np.linspace(-0.032, 0.032, 6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    order = np.argsort(-radii, kind="stable")
    at = at[rng.permutation(len(at))]
    spots = np.empty((N, 3))
    spots[order] = at[:N]
    radii = np.minimum(radii, 0.0062)
    wall = turned_inside_out(box_mesh([-HALF] * 3, [HALF] * 3))
    return regolith.Simulation(
        spots + rng.uniform(-1e-4, 1e-4, (N, 3)),
        radii,
        materials=[GRAIN],
        contacts=Contact(restitution=0.5, friction=0.5, rolling_friction=0.1, twisting_friction=0.1),
        law=Law(twisting="sds"),
        box=Box(lower=[-0.08] * 3, upper=[0.08] * 3),
        time_step=DT,
        gravity=(0, 0, -G),
        velocities=rng.normal(size=(N, 3)) * 0.5,
        surfaces=[Mesh(mesh=wall, material="grain", motion=shaking(), name="box")],
    )

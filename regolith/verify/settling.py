"""Beds of settled spheres for the bulk benchmarks: from a dilute random gas, under gravity alone."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from regolith.drive import Motion
from regolith.materials import Contact, Material
from regolith.packing import solid_fraction
from regolith.verify.case import GaveUp
from regolith.verify.stage import Stage

if TYPE_CHECKING:
    from regolith.simulation import Simulation


CRUSHED = 0.5  # overlap over radius that soft grains may reach as they fall [-]
SOFTENING = 100.0  # of the grains while they fall
QUIET = 2e-3  # root mean square speed of a bed at rest [m/s]
BALANCED = 0.1  # mean net force on a grain at rest, over its weight
Floats = np.ndarray
Table = Mapping[tuple[str, str], Contact]


def softened(materials: list[Material], contacts: Table) -> tuple[list[Material], dict[tuple[str, str], Contact]]:
    """The materials, each followed by a soft twin of its name, that touches alike; and the contacts of all."""
    soft = [replace(m, name=f"soft {m.name}", youngs_modulus=m.youngs_modulus / SOFTENING) for m in materials]
    table = {(p + a, q + b): c for (a, b), c in contacts.items() for p in ("", "soft ") for q in ("", "soft ")}
    return [*materials, *soft], table


def gas(radii: Floats, lower: ArrayLike, upper: ArrayLike, rng: np.random.Generator) -> Floats:
    """Centres of spheres placed one after the other at random where there is room, shape (n, 3).

    Draws from voxels that hold all the room there is. They are halved, and those without room left out, when most draws
    fail: so it soon comes to the densest such state, a solid fraction of 0.38 in a wide box.

    Args:
        radii: [m], shape (n,); all are kept as far apart as the largest ones.
        lower: Lowest corner of the box that holds them [m], shape (3,).
        upper: Highest corner [m], shape (3,).
        rng: Draws the places.

    Raises:
        ValueError: There is no room for so many.
    """
    largest = float(radii.max())
    placed, apart, low = np.zeros((0, 3)), 2 * largest, np.asarray(lower) + largest
    room = np.maximum(np.asarray(upper) - largest - low, 0.0)
    shape = np.ceil(room / apart).astype(int)
    edge = room / np.maximum(shape, 1)
    voxels = low + edge * np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 3)
    while len(placed) < len(radii):
        if not len(voxels):
            raise ValueError(f"there is room for {len(placed)} of {len(radii)} spheres that are placed at random")
        n = min(len(radii), 8 * len(voxels))
        drawn = voxels[rng.integers(len(voxels), size=n)] + edge * rng.random((n, 3))
        new = _apart(drawn[_distance(drawn, placed) > apart], apart)
        placed = np.concatenate([placed, new])
        if len(new) < 0.05 * n:
            voxels, edge = _with_room(voxels, edge, placed, apart)
    return placed[: len(radii)]


def _distance(points: Floats, placed: Floats) -> Floats:
    """To the nearest of those placed."""
    return cKDTree(placed).query(points)[0] if len(placed) else np.full(len(points), np.inf)


def _with_room(voxels: Floats, edge: Floats, placed: Floats, apart: float) -> tuple[Floats, Floats]:
    """Halved voxels (lower corners, edges), without those that a placed sphere keeps others out of."""
    edge = 0.5 * edge
    corners = np.stack(np.meshgrid(*[(0, 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    voxels = (voxels[:, None] + edge * corners).reshape(-1, 3)
    farthest = _distance(voxels + 0.5 * edge, placed) + 0.5 * float(np.linalg.norm(edge))
    return voxels[farthest > apart], edge


def _apart(points: Floats, distance: float) -> Floats:
    """Those of the points that are not too close to an earlier one that stays."""
    earlier: dict[int, list[int]] = {}
    for i, j in cKDTree(points).query_pairs(distance):
        earlier.setdefault(max(i, j), []).append(min(i, j))
    gone = np.zeros(len(points), bool)
    for late in sorted(earlier):
        gone[late] = not gone[earlier[late]].all()
    return points[~gone]


def settle(
    stage: Stage,
    x: Floats,
    radii: Floats,
    names: list[str],
    *,
    time_step: float,
    gravity: float,
    motions: Mapping[str, Motion] | None = None,
    stay_soft: bool = False,
) -> Simulation:
    """Let a gas of grains fall until it rests, with the contacts that the stage's simulation has at the time.

    Those are the stage's own unless the caller stated others by `Simulation.set_contacts`, as for a denser bed. Grains
    fall as soft twins with a time step ten times as long. Then they get their stiffness back, creep until the
    pressure of the deep soft contacts is gone, and rest.

    Args:
        stage: Made with the materials and contacts of `softened`.
        x: Centres [m], shape (n, 3).
        radii: [m], shape (n,).
        names: Material of each grain.
        time_step: Of the grains as they are [s].
        gravity: Downwards [m/s2].
        motions: Of surfaces that are not parked.
        stay_soft: Leave them soft, at rest from their fall.
    """
    down, soft = (0.0, 0.0, -gravity), [f"soft {name}" for name in names]
    long = time_step * SOFTENING**0.5
    sim = stage.put(x, radii, time_step=long, material=soft, gravity=down, motions=motions)
    x = _fall(sim, float(np.ptp(x[:, 2])), gravity)
    if stay_soft:
        return sim
    sim = stage.put(x, radii, time_step=time_step, material=names, gravity=down, motions=motions)
    sim.set_field(down, drag=0.02 / time_step)
    sim.step(3000)
    sim.set_field(down)
    _rest(sim, time_step)
    return sim


def _fall(sim: Simulation, height: float, gravity: float) -> Floats:
    """Centres of soft grains that have fallen from up to a height, and rest."""
    limit, sim.overlap_limit = sim.overlap_limit, CRUSHED
    try:
        sim.step(int((2 * height / gravity) ** 0.5 / sim.time_step))
        _rest(sim, sim.time_step)
    finally:
        sim.overlap_limit = limit
    return sim.grains()["position"]


def _rest(sim: Simulation, time_step: float) -> None:
    """Step until quiet, for 0.2 s at most."""
    block = 500
    for _ in range(int(0.2 / time_step / block) + 1):
        sim.step(block)
        speed, force = motion(sim)
        if speed < QUIET and force < BALANCED:
            return
    what = f"A bed was not at rest after 0.2 s: {1e3 * speed:.2g} mm/s, a net force of {force:.2g} weights on a grain."
    warnings.warn(what, GaveUp, stacklevel=2)


def motion(sim: Simulation) -> tuple[float, float]:
    """Root mean square speed [m/s], and the mean net force on a grain over the mean weight [-]."""
    sums = sim.sums()
    weight = sums["mass"] * np.linalg.norm(sim.gravity) / sim.n_grains
    return float(np.sqrt(2 * sums["kinetic"] / sums["mass"])), float(sums["net_force"] / weight)


def surface(sim: Simulation, area: float, floor: float, layer: float) -> tuple[float, float]:
    """Solid fraction [-] of the middle of a bed, and the height [m] to which all its grains would fill at that.

    Args:
        sim: The bed.
        area: Of the box [m2].
        floor: Its height [m].
        layer: How much to leave out at the floor and below the highest grains [m].
    """
    z = sim.grains()["position"][:, 2]
    high = np.quantile(z, 0.99) - layer
    return _level(z, sim.radii, area, floor, floor + layer, float(high))


def _level(z: Floats, radii: Floats, area: float, floor: float, low: float, high: float) -> tuple[float, float]:
    fraction = solid_fraction(z, radii, area, low, high)
    above = solid_fraction(z, radii, area, high, float((z + radii).max())) * (float((z + radii).max()) - high)
    return fraction, high + above / fraction

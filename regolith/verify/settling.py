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


CROWDED = 0.37  # solid fraction of centres' room from which placing at random takes minutes; it ends at 0.38 [-]
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

    Args:
        radii: [m], shape (n,).
        lower: Lowest corner of the box that holds them [m], shape (3,).
        upper: Highest corner [m], shape (3,).
        rng: Draws the places.

    Raises:
        ValueError: There is hardly room: as many spheres of the largest radius would fill more than `CROWDED`.
    """
    placed, largest = np.zeros((0, 3)), float(radii.max())
    room = float(np.prod(np.maximum(np.asarray(upper) - np.asarray(lower) - 2 * largest, 0.0)))
    if (filled := len(radii) * 4 / 3 * np.pi * largest**3) > CROWDED * room:
        raise ValueError(f"{len(radii)} spheres of {filled:.3g} m3 cannot be placed at random in {room:.3g} m3")
    while len(placed) < len(radii):
        new = rng.uniform(np.asarray(lower) + largest, np.asarray(upper) - largest, (len(radii), 3))
        if len(placed):
            new = new[~np.isfinite(cKDTree(placed).query(new, distance_upper_bound=2 * largest)[0])]
        placed = np.concatenate([placed, _apart(new, 2 * largest)])
    return placed[: len(radii)]


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
) -> Simulation:
    """Let a gas of grains fall until it rests, with the contacts that the stage's simulation has at the time.

    Those are the stage's own unless the caller stated others by `Simulation.set_contacts`, as for a denser bed. Grains
    fall as soft twins (see `fall`). Then they get their stiffness back, creep until the pressure of the deep soft
    contacts is gone, and rest.

    Args:
        stage: Made with the materials and contacts of `softened`.
        x: Centres [m], shape (n, 3).
        radii: [m], shape (n,).
        names: Material of each grain.
        time_step: Of the grains as they are [s].
        gravity: Downwards [m/s2].
        motions: Of surfaces that are not parked.
    """
    sim = fall(stage, x, radii, names, time_step=time_step, gravity=gravity, motions=motions)
    x, down = sim.grains()["position"], (0.0, 0.0, -gravity)
    sim = stage.put(x, radii, time_step=time_step, material=names, gravity=down, motions=motions)
    sim.set_field(down, drag=0.02 / time_step)
    sim.step(3000)
    sim.set_field(down)
    _rest(sim, time_step)
    return sim


def fall(
    stage: Stage,
    x: Floats,
    radii: Floats,
    names: list[str],
    *,
    time_step: float,
    gravity: float,
    motions: Mapping[str, Motion] | None = None,
) -> Simulation:
    """Let a gas of grains fall until it rests, as soft twins with ten times the time step; words as of `settle`."""
    long = time_step * SOFTENING**0.5
    soft, down = [f"soft {name}" for name in names], (0.0, 0.0, -gravity)
    sim = stage.put(x, radii, time_step=long, material=soft, gravity=down, motions=motions)
    limit, sim.overlap_limit = sim.overlap_limit, CRUSHED
    height = float(np.ptp(x[:, 2]))
    sim.step(int((2 * height / gravity) ** 0.5 / long))
    _rest(sim, long)
    sim.overlap_limit = limit
    return sim


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

"""Grains in a periodic box: images of pairs, the pair list against brute force, fast and heavy grains."""

import numpy as np

from regolith.box import Box
from regolith.materials import Contact, Material
from regolith.time_step import hertz_contact_time
from tests.verification.stage import Stage

R, SIDE = 0.01, 0.27
GRAIN = Material(name="grain", density=2500, youngs_modulus=5e7, poisson_ratio=0.2)
CONTACTS = {("grain", "grain"): Contact(restitution=0.6, friction=0.4, rolling_friction=0.1)}
DT = hertz_contact_time(R, GRAIN, 1.0) / 50


def make_stage() -> Stage:
    box = Box(lower=[-SIDE / 2] * 3, upper=[SIDE / 2] * 3, periodic=(True, True, True))
    return Stage(n_grains=400, radii=(R, 2.9 * R), materials=[GRAIN], contacts=CONTACTS, box=box)


def scatter(rng, n: int, radii) -> np.ndarray:
    """Random places in the periodic box without overlap."""
    places: list[np.ndarray] = []
    while len(places) < n:
        x = rng.uniform(-SIDE / 2, SIDE / 2, 3)
        branch = np.array(places).reshape(-1, 3) - x
        branch -= SIDE * np.round(branch / SIDE)
        if (np.linalg.norm(branch, axis=1) > radii[: len(places)] + radii[len(places)]).all():
            places.append(x)
    return np.array(places)


def touching(grains) -> set[tuple[int, int]]:
    """Overlapping pairs by brute force."""
    branch = grains["position"][:, None] - grains["position"]
    branch -= SIDE * np.round(branch / SIDE)
    reach = grains["radius"][:, None] + grains["radius"]
    i, j = np.nonzero(np.triu(np.linalg.norm(branch, axis=2) < reach, 1))
    return set(zip(i.tolist(), j.tolist(), strict=True))


def known(sim) -> set[tuple[int, int]]:
    """Touching pairs of the simulation."""
    pairs = sim.pairs()
    return set(
        zip(np.minimum(pairs["i"], pairs["j"]).tolist(), np.maximum(pairs["i"], pairs["j"]).tolist(), strict=True)
    )


def case_images(stage):
    """Two equal clusters that drift and collide, one inside the box, one across its corner: the same motion."""
    rng = np.random.default_rng(4)
    shape = (
        np.array([[0, 0, 0], [2.02, 0.3, 0.1], [-0.4, 2.1, 0.2], [0.2, -0.3, -2.1], [1.7, 1.6, 1.2], [-1.9, -0.6, 0.3]])
        * 1.25
        * R
    )
    v = -6.0 * shape + rng.normal(size=(6, 3)) * 0.05 + [0.3, 0.2, 0.4]
    spins = rng.normal(size=(6, 3)) * 20
    inside, across = np.array([-0.03, -0.03, -0.03]), np.array([0.125, 0.13, 0.12])
    sim = stage.put(
        np.concatenate([shape + inside, shape + across]),
        R,
        time_step=DT,
        velocities=np.tile(v, (2, 1)),
        spins=np.tile(spins, (2, 1)),
    )
    worst = {"position": 0.0, "velocity": 0.0, "spin": 0.0}
    contacts = set()
    for _ in range(30):
        sim.step(40)
        grains = sim.grains()
        offset = grains["position"][6:] - grains["position"][:6] - (across - inside)
        offset -= SIDE * np.round(offset / SIDE)
        worst["position"] = max(worst["position"], float(np.abs(offset).max() / R))
        for key in ("velocity", "spin"):
            size = np.abs(grains[key]).max()
            worst[key] = max(worst[key], float(np.abs(grains[key][6:] - grains[key][:6]).max() / size))
        contacts |= known(sim)
    wraps = (np.abs(grains["position"][6:] - (shape + across)) > SIDE / 2).any()
    return worst | {
        "rebuilds": sim.pair_list.rebuilds,
        "contacts": len(contacts),
        "wrapped": bool(wraps),
        "late": sim.pair_list.late,
    }


def case_gas(stage):
    """A gas whose few heavy grains are fast: no touching pair is ever missed, no allowance overrun."""
    rng = np.random.default_rng(8)
    n, heavy = 300, 12
    radii = np.concatenate([rng.uniform(2.2, 2.9, heavy), rng.uniform(1.0, 1.8, n - heavy)]) * R
    masses = 2500 * 4 / 3 * np.pi * radii**3 * np.where(np.arange(n) < heavy, 3.0, 1.0)
    v = rng.normal(size=(n, 3)) * np.where(np.arange(n) < heavy, 1.0, 0.001)[:, None]
    sim = stage.put(scatter(rng, n, radii), radii, time_step=DT, velocities=v, masses=masses)
    missed, seen = 0, set()
    momentum = sim.sums()["momentum"]
    for _ in range(250):
        before = touching(sim.grains())  # where the next step looks
        sim.step()
        found = known(sim)
        missed += len(before ^ found)
        seen |= found
        sim.step(int(rng.integers(1, 12)))
    lost = np.abs(sim.sums()["momentum"] - momentum).max() / (masses[:heavy].sum())
    return {
        "missed": missed,
        "seen": len(seen),
        "late": sim.pair_list.late,
        "rebuilds": sim.pair_list.rebuilds,
        "steps": sim.step_count,
        "momentum": float(lost),
    }


def case_cold_hit(stage):
    """Grains that have used up much of their allowance in silence are hit by heavy ones: still none is late."""
    rng = np.random.default_rng(1)
    n, heavy = 200, 12
    radii = np.concatenate([np.full(heavy, 2.9), np.full(n - heavy, 1.0)]) * R
    masses = 2500 * 4 / 3 * np.pi * radii**3 * np.where(np.arange(n) < heavy, 3.0, 1.0)
    late, rebuilds = 0, 0
    for trial in range(6):
        v = rng.normal(size=(n, 3)) * np.where(np.arange(n) < heavy, 0.6, 10.0 ** -(trial % 3 + 1))[:, None]
        sim = stage.put(scatter(rng, n, radii), radii, time_step=DT, velocities=v, masses=masses)
        sim.step(1000)
        late, rebuilds = late + sim.pair_list.late, rebuilds + sim.pair_list.rebuilds
    return {"late": late, "rebuilds": rebuilds}


def case_growth(stage):
    """Grains grow until many touch: the list knows every new neighbour, and old contacts keep their springs."""
    rng = np.random.default_rng(2)
    n = 300
    slow = 0.01 * rng.normal(size=(n, 3))
    sim = stage.put(scatter(rng, n, np.full(n, 1.3 * R)), 1.3 * R, time_step=DT, velocities=slow)
    missed, turned = 0, 0.0
    for radius in np.linspace(1.35, 1.6, 4) * R:
        sim.step(20)
        before = springs_of(sim)
        sim.resize(radius)
        after = springs_of(sim)
        turned = max([turned, *(float(np.abs(after[key] - before[key]).max()) for key in before)])
        overlapping = touching(sim.grains())
        sim.step()
        missed += len(overlapping ^ known(sim))
    return {"missed": missed, "turned": turned, "seen": len(overlapping), "sprung": len(before)}


def springs_of(sim) -> dict[tuple[int, int], np.ndarray]:
    """Springs of touching pairs by ids, the lower one first; they change sign with the order."""
    pairs = sim.pairs()
    return {
        (min(i, j), max(i, j)): springs * (1 if i < j else -1)
        for i, j, springs in zip(pairs["i"].tolist(), pairs["j"].tolist(), pairs["springs"], strict=True)
    }

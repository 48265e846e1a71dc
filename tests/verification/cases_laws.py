"""Laws against their NumPy twins, and what JKR's contacts outlive; on the benches of `regolith verify`."""

import numpy as np

from regolith.drive import Motion
from regolith.inputs import as_stored
from regolith.laws import jkr_reach
from regolith.verify import benches
from regolith.verify.benches import GAMMA, RADIUS
from regolith.verify.closed_forms import hertz_force, jkr_tear_off
from regolith.verify.cohesion import E_EFF, WHERE, travel
from tests.verification.twins import put_springs, twin_errors

R = RADIUS
EDGE = 1.0  # of the benches' slab, from the middle [m]


def make_stage() -> None:
    """None: every case has its bench."""


def case_sjkr(_):
    return twin_errors(benches.sjkr(), np.random.default_rng(7))


def case_linear(_):
    return twin_errors(benches.linear(), np.random.default_rng(9))


def case_dmt(_):
    return twin_errors(benches.dmt(), np.random.default_rng(19), (5e-6, 3e-4))


def case_jkr(_):
    """Pairs that touch or are held apart."""
    return twin_errors(benches.jkr(), np.random.default_rng(17), (-0.9 * jkr_reach(1.0, E_EFF, 0.5 * R), 5e-5))


def case_dry(_):
    """Without surface energy JKR is Hertz's law, to any depth; grains apart are not held."""
    overlap = np.array([1e-6, 1e-5, 1e-4, 3e-4, -1e-9])
    x = np.stack([np.arange(5) * 0.1, 0 * overlap, 0 * overlap], axis=1)
    stage = benches.jkr()
    radius = stage.stored(R)
    place = np.concatenate([x + (2 * radius - overlap)[:, None] * [0, 0, 1], x])
    sim = stage.put(place, R, time_step=1e-9, material="dry")
    sim.pair_list.refresh(0, 1e-9, sim.surroundings)
    put_springs(sim, np.zeros((5, 3, 3)), 5)
    sim.step()
    force = sim.grains()["force"][:5, 2]
    exact = hertz_force(overlap, 0.5 * radius, E_EFF)
    return {"error": float(np.abs(force[:4] / exact[:4] - 1).max()), "apart": float(force[4])}


def lowest_of(partner: str) -> float:
    return float(jkr_tear_off(WHERE[partner][1] * R, E_EFF, GAMMA["jkr"])[1])


def case_rebuild(_):
    """Largest change of the forces of a contact that is torn, by making the pair list anew at every 50th step."""
    out = {}
    for partner in WHERE:
        lowest, ways = lowest_of(partner), []
        for anew in (False, True):
            forces = []
            for k, (sim, _overlap, force) in enumerate(travel(partner, -0.3 * lowest, 1.5 * lowest, 600)):
                forces.append(force)
                if anew and k % 50 == 49:
                    sim.pair_list.rebuild(sim.time_step)
            ways.append(np.array(forces))
        out[partner] = {"change": float(np.abs(ways[1] - ways[0]).max()), "torn": bool(ways[1][-1] == 0)}
    return out


def case_restart(_):
    """Largest change of the forces of 50 steps after a restart while a contact is held beyond touching."""
    out = {}
    for partner in ("pair", "wall"):
        lowest, forces = lowest_of(partner), []
        for sim, _overlap, _force in travel(partner, -0.3 * lowest, 0.5 * lowest, 300):
            last = sim
        state = last.take()
        for _again in range(2):
            last.restore(*state)
            last.step(50)
            forces.append(last.grains()["force"].copy())
        out[partner] = {"change": float(np.abs(forces[1] - forces[0]).max()), "pull": float(forces[0][0, 2])}
    return out


def case_over_the_edge(_):
    """Heavy grains that are pulled off a slab's faces and over its edges: held from patch to patch until tear-off."""
    dt, n = 1e-6, 1500
    stage = benches.jkr()
    radius, lowest = stage.stored(R), lowest_of("slab")
    out_of = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]], float)
    side = np.sqrt(2 * radius * -lowest)  # past the edge by this the overlap has gone down by the tear-off's
    begin = EDGE * out_of - side * out_of + np.array([0, 0, radius + 0.1 * lowest])
    end = EDGE * out_of + 1.2 * side * out_of + np.array([0, 0, radius - 0.5 * lowest])
    sim = stage.put(
        begin,
        R,
        time_step=dt,
        velocities=(end - begin) / (n * dt),
        material="sticky",
        masses=as_stored(np.full(4, 1e9)),
        motions={"slab": Motion.at_rest()},
    )
    last, patches = np.zeros(4), [set() for _ in range(4)]
    for _step in range(n):
        x = sim.grains()["position"]
        sim.step()
        pulled = np.linalg.norm(sim.grains()["force"], axis=1) > 0
        past = np.maximum((x * out_of).sum(axis=1) - EDGE, 0.0)
        last = np.where(pulled, radius - np.hypot(past, x[:, 2]), last)
        contacts = sim.surface_contacts()
        for grain, patch in zip(contacts["grain"].tolist(), contacts["patch"].tolist(), strict=True):
            patches[grain].add(patch)
    return {"torn_at": (last / lowest - 1).tolist(), "patches": [len(p) for p in patches]}

"""JKR with rolling and twisting resistance: the whole curve, tear-off and hysteresis of pairs and on surfaces."""

import numpy as np

from regolith.drive import Motion
from regolith.laws import Law, attraction_of, effective_modulus, jkr_reach, pair_coefficients
from regolith.materials import Contact, Material
from regolith.restitution import restitution_of
from regolith.surfaces import Mesh, Plane
from regolith.time_step import hertz_contact_time
from regolith.verify.shapes import box_mesh
from tests import reference
from tests.verification import cases_impacts as impacts
from tests.verification.stage import PARKED, Stage, single
from tests.verification.twins import put_springs, twin_errors

R, SPEED, GAMMA = 0.01, 0.2, 2.5
LAW = Law(cohesion="jkr", twisting="sds", impact_speed=SPEED, impact_radius=R)
ROUGH = [
    {"restitution": 1.0, "friction": 0.3, "surface_energy": 1.0, "twisting_friction": 0.1},
    {"restitution": 0.5, "friction": 0.5, "surface_energy": 1.0, "rolling_friction": 0.1},
    {"restitution": 0.8, "friction": 0.5, "surface_energy": 3.0, "rolling_friction": 0.2, "twisting_friction": 0.3},
    {"restitution": 0.5, "friction": 0.4, "surface_energy": 6.0, "rolling_friction": 0.3, "twisting_friction": 0.01},
]
STICKY = Material(name="sticky", **impacts.SAND)
DRY = Material(name="dry", **impacts.SAND)
E_EFF = effective_modulus(STICKY, STICKY)
CONTACTS = {
    **{
        (m.name, m.name): Contact(restitution=e, friction=0.5, surface_energy=GAMMA)
        for m, e in zip(impacts.GRAINS, impacts.RESTITUTIONS, strict=True)
    },
    **{(f"rough{k}", f"rough{k}"): Contact(**row) for k, row in enumerate(ROUGH)},
    ("sticky", "sticky"): Contact(restitution=1.0, friction=0.4, surface_energy=GAMMA),
    ("dry", "dry"): Contact(restitution=1.0, friction=0.4),
}
SLAB = box_mesh((-0.2, -0.2, -0.1), (0.2, 0.2, 0.0))


def make_stage() -> Stage:
    return Stage(
        n_grains=800,
        radii=(R, 0.0195),
        materials=[*impacts.GRAINS, *impacts.ROUGH, STICKY, DRY],
        contacts=CONTACTS,
        law=LAW,
        surfaces=[
            Plane(point=(0, 0, 0), normal=(0, 0, 1), material="sticky", motion=PARKED, name="plane"),
            Mesh(mesh=SLAB, material="sticky", motion=PARKED, name="slab"),
        ],
    )


def case_law_twin(stage):
    """One step of 400 pairs that touch or are held apart, with random motion and springs, against the NumPy twin."""
    span = (-0.9 * jkr_reach(1.0, E_EFF, 0.5 * R), 5e-5)
    return twin_errors(stage, np.random.default_rng(17), LAW, CONTACTS, [f"rough{k}" for k in range(4)], span)


def case_curve(stage):
    """Force over overlap at rest from tear-off to deep inside, relative to the pull-off force or itself."""
    n = 300
    radius = float(single(R))
    a0, lowest = reference.jkr_tear_off(0.5 * radius, E_EFF, GAMMA)
    a = a0 * np.concatenate([1 + np.geomspace(1e-2, 1, n // 2), np.geomspace(2.01, 30, n // 2)])
    overlap, exact = reference.jkr_curve(a, 0.5 * radius, E_EFF, GAMMA)
    k = np.arange(n)
    at = np.stack([k % 10 - 5, k // 10 % 10 - 5, k // 100 - 1], axis=1) * 5 * R
    half = 0.5 * (2 * radius - overlap)[:, None] * [0, 0, 1]
    sim = stage.put(np.concatenate([at + half, at - half]), R, time_step=1e-9, material="sticky")
    sim.pair_list.refresh(0, 1e-9, sim.surroundings)
    put_springs(sim, np.zeros((n, 3, 3)), n)
    sim.step()
    force = sim.grains()["force"][:n, 2]
    pull_off = 3 * np.pi * GAMMA * 0.5 * radius
    error = np.abs(force - exact) / np.maximum(np.abs(exact), pull_off)
    far = overlap > 0.9 * lowest
    return {
        "error": float(error[far].max()),
        "near_tearing": float(error.max()),
        "pull_off": float(-force.min() / pull_off - 1),
    }


def case_dry(stage):
    """Without surface energy the law is Hertz's, to any depth; grains apart are not held."""
    overlap = np.array([1e-6, 1e-5, 1e-4, 3e-4, -1e-9])
    x = np.stack([np.arange(5) * 0.1, 0 * overlap, 0 * overlap], axis=1)
    up = np.array([0, 0, 1.0])
    place = np.concatenate([x + (2 * single(R) - overlap)[:, None] * up, x])
    sim = stage.put(place, R, time_step=1e-9, material="dry")
    sim.pair_list.refresh(0, 1e-9, sim.surroundings)
    put_springs(sim, np.zeros((5, 3, 3)), 5)
    sim.step()
    force = sim.grains()["force"][:5, 2]
    exact = reference.hertz_force(overlap, 0.5 * single(R), E_EFF)
    return {"error": float(np.abs(force[:4] / exact[:4] - 1).max()), "apart": float(force[4])}


def travel(stage, partner: str, begin: float, end: float, n: int = 1000):
    """Forces over overlaps while a heavy grain moves from one overlap to another; a rebuild at every 50th step."""
    dt = 1e-6
    rate = (end - begin) / (n * dt)
    radius = float(single(R))
    place = [[0, 0, radius - begin]] if partner != "pair" else [[0, 0, 2 * radius - begin], [0, 0, 0]]
    sim = stage.put(
        place,
        R,
        time_step=dt,
        velocities=[[0, 0, -rate], [0, 0, 0]][: len(place)],
        material="sticky",
        masses=[1e9] * len(place),
        motions={} if partner == "pair" else {partner: Motion.at_rest()},
    )
    overlaps, forces = [], []
    for k in range(n):
        if k % 50 == 49:
            sim.pair_list.rebuild(dt, sim.surroundings, sim.step_count)
        x = sim.grains()["position"][:, 2]
        overlaps.append((2 if partner == "pair" else 1) * radius - (x[0] - (x[1] if partner == "pair" else 0.0)))
        sim.step()
        forces.append(sim.grains()["force"][0, 2])
    return np.array(overlaps), np.array(forces)


def case_hysteresis(stage):
    """A contact forms at touch with 8/9 of the pull-off force, and tears at the tear-off overlap."""
    out = {}
    for partner in ("pair", "plane", "slab"):
        r_eff = 0.5 * R if partner == "pair" else R
        lowest = float(reference.jkr_tear_off(r_eff, E_EFF, GAMMA)[1])
        pull_off = 3 * np.pi * GAMMA * r_eff
        going, pull = travel(stage, partner, -0.3 * lowest, 1.5 * lowest)
        coming, push = travel(stage, partner, 1.5 * lowest, -0.01 * lowest, 400)
        out[partner] = {
            "torn_at": float(going[pull != 0].min() / lowest - 1),
            "torn_force": float(-pull[pull != 0][-1] / pull_off),
            "pull_off": float(-pull.min() / pull_off - 1),
            "formed_at": float(coming[push != 0].min() / -lowest),
            "formed_force": float(-push[push != 0][0] / pull_off / (8 / 9) - 1),
            "step": float(abs(going[1] - going[0]) / -lowest),
        }
    return out


def case_restart(stage):
    """Largest change of the forces of 50 steps after a restart while a contact is held beyond touching."""
    out = {}
    for partner in ("pair", "plane"):
        lowest = float(reference.jkr_tear_off(0.5 * R if partner == "pair" else R, E_EFF, GAMMA)[1])
        travel(stage, partner, -0.3 * lowest, 0.5 * lowest, 300)
        sim, forces = stage.sim, []
        state = sim.take()
        for _ in range(2):
            sim.restore(*state)
            sim.step(50)
            forces.append(sim.grains()["force"].copy())
        out[partner] = {"change": float(np.abs(forces[1] - forces[0]).max()), "pull": float(forces[0][0, 2])}
    return out


def case_over_the_edge(stage):
    """Heavy grains that are pulled off a slab's faces and over its edges: held from patch to patch until tear-off."""
    dt, n = 1e-6, 1500
    radius = float(single(R))
    _, lowest = reference.jkr_tear_off(R, E_EFF, GAMMA)
    out_of = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]], float)
    side = np.sqrt(2 * radius * -lowest)  # past the edge by this the overlap has gone down by the tear-off's
    begin = 0.2 * out_of - side * out_of + np.array([0, 0, radius + 0.1 * lowest])
    end = 0.2 * out_of + 1.2 * side * out_of + np.array([0, 0, radius - 0.5 * lowest])
    sim = stage.put(
        begin,
        R,
        time_step=dt,
        velocities=(end - begin) / (n * dt),
        material="sticky",
        masses=[1e9] * 4,
        motions={"slab": Motion.at_rest()},
    )
    last, patches = np.zeros(4), [set() for _ in range(4)]
    for _ in range(n):
        x = sim.grains()["position"]
        sim.step()
        pulled = np.linalg.norm(sim.grains()["force"], axis=1) > 0
        past = np.maximum((x * out_of).sum(axis=1) - 0.2, 0.0)
        last = np.where(pulled, radius - np.hypot(past, x[:, 2]), last)
        contacts = sim.surface_contacts()
        for grain, patch in zip(contacts["grain"].tolist(), contacts["patch"].tolist(), strict=True):
            patches[grain].add(patch)
    return {"torn_at": (last / lowest - 1).tolist(), "patches": [len(p) for p in patches]}


def case_restitution(stage):
    """Relative errors for pairs at 50 steps per Hertz contact; the last, e = 1, cannot be reached."""
    dt = hertz_contact_time(R, impacts.GRAINS[0], SPEED) / 50
    place, gap, names = impacts.approach(R, SPEED, dt)
    half, up = np.array([0, 0, 1.0]) * (R + gap / 2)[:, None], np.array([0, 0, 0.5 * SPEED])
    v = np.repeat([-up, up], len(place), axis=0)
    sim = stage.put(np.concatenate([place + half, place - half]), R, time_step=dt, material=names + names, velocities=v)
    sim.step(300)
    v = sim.grains()["velocity"][:, 2]
    out = impacts.spread(v[: len(place)] - v[len(place) :], SPEED)
    grain, contact = impacts.GRAINS[-1], CONTACTS["e5", "e5"]
    attraction = attraction_of(LAW, E_EFF, grain.density, contact)
    best = restitution_of(pair_coefficients(LAW, grain, grain, contact).damping, "hertz", "jkr", attraction)
    return out | {"best": best}

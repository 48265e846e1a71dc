"""DMT with constant-torque rolling and twisting resistance: pull-off, restitution, and what slows a spinning sphere."""

import numpy as np

from regolith.drive import Motion
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.surfaces import Plane
from regolith.time_step import hertz_contact_time
from tests.verification import cases_impacts as impacts
from tests.verification import spheres
from tests.verification.spheres import DT, MASS, G, R, resting_overlap, rolls_at
from tests.verification.stage import PARKED, Stage, single
from tests.verification.twins import twin_errors

SPEED, GAMMA = 0.2, 2.0
LAW = Law(cohesion="dmt", rolling="constant", twisting="sds", impact_speed=SPEED, impact_radius=R)
MU, SOFT_GAMMA = 0.1, 0.1
SOFT = [Material(name=name, **spheres.SOFT) for name in ("twisting", "twisting_sticky", "rolling", "spinning", "wall")]
CONTACTS = {
    **{
        (m.name, m.name): Contact(restitution=e, friction=0.5, surface_energy=GAMMA)
        for m, e in zip(impacts.GRAINS, impacts.RESTITUTIONS, strict=True)
    },
    ("rough0", "rough0"): Contact(restitution=1.0, friction=0.3, surface_energy=1.0, twisting_friction=0.2),
    ("rough1", "rough1"): Contact(restitution=0.5, friction=0.5, surface_energy=0.0, rolling_friction=0.1),
    ("rough2", "rough2"): Contact(restitution=0.8, friction=0.5, surface_energy=3.0, rolling_friction=0.2),
    ("rough3", "rough3"): Contact(restitution=0.5, friction=0.4, surface_energy=6.0, twisting_friction=0.02),
    ("twisting", "wall"): Contact(restitution=0.3, friction=0.5, twisting_friction=MU),
    ("twisting_sticky", "wall"): Contact(
        restitution=0.3, friction=0.5, twisting_friction=MU, surface_energy=SOFT_GAMMA
    ),
    ("rolling", "wall"): Contact(restitution=0.3, friction=0.6, rolling_friction=MU),
    ("spinning", "wall"): Contact(restitution=0.3, friction=0.0, rolling_friction=MU),
}


def make_stage() -> Stage:
    plane = Plane(point=(0, 0, 0), normal=(0, 0, 1), material="wall", motion=PARKED, name="plane")
    return Stage(
        n_grains=800,
        radii=(R, 0.0195),
        materials=[*impacts.GRAINS, *impacts.ROUGH, *SOFT],
        contacts=CONTACTS,
        law=LAW,
        surfaces=[plane],
    )


def case_law_twin(stage):
    """One step of 400 touching pairs against the NumPy twin."""
    names = [f"rough{k}" for k in range(4)]
    return twin_errors(stage, np.random.default_rng(19), LAW, CONTACTS, names, (5e-6, 3e-4))


def case_pull_off(stage):
    """4 pi gamma R* where two spheres, or a sphere and a plane, just touch; no more than that anywhere."""
    overlap = 1e-9
    radius = float(single(R))
    x = [[0, 0, 0.5], [0, 0, 0.5 + 2 * radius - overlap]]
    sim = stage.put(x, R, time_step=1e-9, material="e5")
    sim.step()
    pair = float(sim.grains()["force"][0, 2])
    plane = {"plane": Motion.at_rest()}
    sim = stage.put([[0, 0, radius - overlap]], R, time_step=1e-9, material="twisting_sticky", motions=plane)
    sim.step()
    wall = float(-sim.grains()["force"][0, 2])
    return {"pair": pair / (4 * np.pi * GAMMA * R / 2) - 1, "plane": wall / (4 * np.pi * SOFT_GAMMA * R) - 1}


def case_restitution(stage):
    """Relative errors for pairs at 50 steps per Hertz contact."""
    dt = hertz_contact_time(R, impacts.GRAINS[0], SPEED) / 50
    place, gap, names = impacts.approach(R, SPEED, dt)
    half, up = np.array([0, 0, 1.0]) * (R + gap / 2)[:, None], np.array([0, 0, 0.5 * SPEED])
    v = np.repeat([-up, up], len(place), axis=0)
    sim = stage.put(np.concatenate([place + half, place - half]), R, time_step=dt, material=names + names, velocities=v)
    sim.step(400)
    v = sim.grains()["velocity"][:, 2]
    return impacts.spread(v[: len(place)] - v[len(place) :], SPEED)


def case_twist_decay(stage):
    """w' = 5 mu_tw R* F / (2 m r^2), R* = r, F the weight, and with adhesion the pull-off force too; then it rests."""
    w0, settles = 20.0, 12_000
    names = ["twisting", "twisting_sticky"]
    pull = np.array([0.0, 4 * np.pi * SOFT_GAMMA * R])
    overlap = (resting_overlap(G) ** 1.5 * (1 + pull / (MASS * G))) ** (2 / 3)
    x = np.stack([0 * pull, [0, 0.1], R - overlap], axis=1)
    sim = stage.put(
        x,
        R,
        time_step=DT,
        spins=(0, 0, w0),
        material=names,
        gravity=(0, 0, -G),
        motions={"plane": Motion.at_rest()},
    )
    exact = 2.5 * MU * (MASS * G + pull) / (MASS * R)
    sim.step(200)  # past the time in which the spring yields
    early = sim.grains()["spin"][:, 2]
    time = 0.5 * early / exact
    steps = (time / DT).astype(int)
    rates = []
    for k in np.argsort(steps):
        sim.step(int(steps[k]) + 200 - sim.step_count)
        rates.append((early[k] - sim.grains()["spin"][k, 2]) / (steps[k] * DT))
    rates = np.array(rates)[np.argsort(np.argsort(steps))]
    sim.step(settles)
    rest = sim.grains()["spin"][:, 2]
    springs = sim.surface_contacts()["springs"]
    return {
        "rate": (rates / exact - 1).tolist(),
        "rest": (rest / w0).tolist(),
        "planar": float(np.abs(springs[:, -1, :2]).max() / np.abs(springs[:, -1, 2]).max()),
    }


def case_rolling_decay(stage):
    """A rolling sphere slows at 5/7 mu_r g, one that spins on a frictionless plane at 5 mu_r g / (2 R)."""
    u0, n = 0.2, 1200
    z = R - resting_overlap(G)
    sim = stage.put(
        [[0, 0, z], [0, 0.1, z]],
        R,
        time_step=DT,
        velocities=[[u0, 0, 0], [0, 0, 0]],
        spins=[[0, u0 / z, 0], [0, u0 / R, 0]],
        material=["rolling", "spinning"],
        gravity=(0, 0, -G),
        motions={"plane": Motion.at_rest()},
    )
    sim.step(n)
    grains, t = sim.grains(), n * DT
    return {
        "rolling": float((u0 - grains["velocity"][0, 0]) / (MU * G * t * rolls_at(G)) - 1),
        "spinning": float((u0 / R - grains["spin"][1, 1]) / (2.5 * MU * G / R * t) - 1),
    }

"""Spheres that slide and roll on a plane."""

import numpy as np

from regolith.drive import Motion
from tests.verification.spheres import DT, G, R, resting_overlap, rolls_at


def case_slide_to_roll(stage):
    """u = u0 - mu g t until t = 2 u0 / (7 mu g), then 5 u0 / 7 (a lever arm shorter by the overlap enters)."""
    u0, mu = 0.5, 0.3
    overlap = resting_overlap(G)
    sim = stage.put(
        [[0, 0, R - overlap]],
        R,
        time_step=DT,
        velocities=(u0, 0, 0),
        material="plain",
        gravity=(0, 0, -G),
        motions={"plane": Motion.at_rest()},
    )
    stop = 2 * u0 / (7 * mu * G)
    sim.step(int(0.8 * stop / DT))
    sliding = sim.grains()["velocity"][0, 0]
    slid_for = sim.time
    sim.step(int(1.2 * stop / DT))
    grains = sim.grains()
    arm = 1 - overlap / R
    return {
        "sliding": float((u0 - sliding) / (mu * G * slid_for) - 1),
        "rolling": float(grains["velocity"][0, 0] / (u0 / (1 + 0.4 / arm**2)) - 1),
        "five_sevenths": float(grains["velocity"][0, 0] / (5 / 7 * u0) - 1),
        "slip": float(grains["velocity"][0, 0] - grains["spin"][0, 1] * R * arm) / u0,
    }


def case_rolling_decay(stage):
    """EPSD: a rolling sphere slows at 5/7 mu_r g, one that spins on a frictionless plane at 5 mu_r g / (2 R)."""
    u0, mu_r, n = 0.2, 0.1, 1200
    z = R - resting_overlap(G)
    sim = stage.put(
        [[0, 0, z], [0, 0.1, z]],
        R,
        time_step=DT,
        velocities=[[u0, 0, 0], [0, 0, 0]],
        spins=[[0, u0 / z, 0], [0, u0 / R, 0]],
        material=["rough", "spinning"],
        gravity=(0, 0, -G),
        motions={"plane": Motion.at_rest()},
    )
    sim.step(n)
    grains, t = sim.grains(), n * DT
    return {
        "rolling": float((u0 - grains["velocity"][0, 0]) / (mu_r * G * t * rolls_at(G)) - 1),
        "five_sevenths": float((u0 - grains["velocity"][0, 0]) / (5 / 7 * mu_r * G * t) - 1),
        "spinning": float((u0 / R - grains["spin"][1, 1]) / (2.5 * mu_r * G / R * t) - 1),
    }


def case_incline(stage):
    """At rest where mu_r >= tan(angle), else a = 5/7 g (sin - mu_r cos); past the time in which the spring yields."""
    out, mu_r, n = {}, 0.1, 1500
    for slope in (0.08, 0.2):
        angle = np.arctan(slope)
        height = R - resting_overlap(G * np.cos(angle))
        pull = (G * np.sin(angle), 0, -G * np.cos(angle))
        sim = stage.put(
            [[0, 0, height]], R, time_step=DT, material="rough", gravity=pull, motions={"plane": Motion.at_rest()}
        )
        sim.step(n)
        early = sim.grains()["velocity"][0, 0]
        sim.step(n)
        late = sim.grains()["velocity"][0, 0]
        arm = height / R
        exact = G * (np.sin(angle) - mu_r * np.cos(angle) / arm) / (1 + 0.4 / arm**2)
        ideal = 5 / 7 * G * (np.sin(angle) - mu_r * np.cos(angle))
        out[str(slope)] = {
            "speed": float(late),
            "way": float(sim.grains()["position"][0, 0] / R),
            "error": float((late - early) / (exact * n * DT) - 1),
            "from_ideal": float((late - early) / (ideal * n * DT) - 1),
        }
    return out

"""Spheres that are driven by moving surfaces; on the stage of `cases_surfaces`."""

import numpy as np

from regolith.drive import Motion
from tests.verification.spheres import DT, MASS, G, R, resting_overlap


def case_belt(stage):
    """A sphere laid on a belt: it rolls back at first (2/7 of the belt's speed), rolling resistance takes it along."""
    speed = 0.1
    z = R - resting_overlap(G)
    sim = stage.put(
        [[0, 0, z], [0, 0.1, z]],
        R,
        time_step=DT,
        material=["plain", "rough"],
        gravity=(0, 0, -G),
        motions={"plane": Motion.constant(velocity=(speed, 0, 0))},
    )
    sim.step(3000)
    grains = sim.grains()
    along = grains["velocity"][:, 0]
    arm = 1 - resting_overlap(G) / R
    exact = speed * 0.4 / arm**2 / (1 + 0.4 / arm**2)
    return {
        "free": float(along[0] / exact - 1),
        "surface": float((along[0] - grains["spin"][0, 1] * R * arm) / speed - 1),
        "taken": float(along[1] / speed - 1),
    }


def case_drum(stage):
    """A spinning drum: a thrown sphere gains the angular momentum that the drum felt; one laid in ends its slip."""
    spin, bottom = 0.5, 0.8 - R + resting_overlap(G)
    motions = {"drum": Motion.constant(angular_velocity=(0, spin, 0))}
    sim = stage.put(
        [[0.78, 0, 0], [-0.6, 0.1, -0.5]],
        R,
        time_step=DT,
        velocities=[[0.5, 0, 0.1], [-0.3, 0.05, -0.4]],
        material="plain",
        motions=motions,
    )
    before = sim.sums()
    sim.step(2000)
    after, tally = sim.sums(), sim.surroundings.tallies(clear=True)[sim.surroundings.names.index("drum")]
    scale = MASS * 0.5 * 0.8
    out = {
        "angular_momentum": float(
            np.abs(after["angular_momentum"] + tally[3:6] - before["angular_momentum"]).max() / scale
        ),
        "momentum": float(np.abs(after["momentum"] + tally[:3] - before["momentum"]).max() / (MASS * 0.5)),
        "gained": float(np.linalg.norm(tally[3:6]) / scale),
    }
    sim = stage.put([[0, 0, -bottom]], R, time_step=DT, material="plain", gravity=(0, 0, -G), motions=motions)
    sim.step(2000)
    grains = sim.grains()
    normal = -grains["position"][0] / np.linalg.norm(grains["position"][0])
    lever = bottom - (0.8 - R) - R  # from the centre to the contact, along -normal
    wall = np.cross([0, spin, 0], -0.8 * normal)
    slip = grains["velocity"][0] + np.cross(grains["spin"][0], lever * normal) - wall
    slip -= slip @ normal * normal
    return out | {
        "slip": float(np.linalg.norm(slip) / np.linalg.norm(wall)),
        "climbed": float(grains["position"][0, 0] / R),
    }


def case_work(stage):
    """Elastic, no friction: a moving plane and a moving box give a sphere what the tally says, V . impulse."""
    speed = np.array([0.05, 0.02, 0.1])
    out = {}
    for name, top in (("plane", 0.0), ("box", 0.1)):
        for steps, dt in (("shipped", DT), ("fine", DT / 10)):
            sim = stage.put(
                [[0, 0, top + R + 1e-5]],
                R,
                time_step=dt,
                velocities=(0, 0, -0.1),
                material="slick",
                motions={name: Motion.constant(velocity=speed)},
            )
            before = sim.sums()["kinetic"]
            sim.step(int(0.012 / dt))
            tally = sim.surroundings.tallies(clear=False)[sim.surroundings.names.index(name)]
            gain = sim.sums()["kinetic"] - before
            out[f"{name}/{steps}"] = {
                "gain": float(gain / tally[6] - 1),
                "impulse": float(-speed @ tally[:3] / tally[6] - 1),
                "apart": len(sim.surface_contacts()["grain"]) == 0,
            }
    return out

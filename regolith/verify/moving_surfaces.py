"""Surfaces that move and spin: what they drag along, the angular momentum they pass on, the work they do."""

import numpy as np

from regolith.drive import Motion
from regolith.verify.case import Sheet, case
from regolith.verify.surface_stage import DRUM, DT, MASS, G, R, record, resting_overlap, stage

ROLLING = "Rigid sphere, 2/5 m r^2: 2/7 of the belt's speed; as slide-to-roll, MFiX case DEM04"


@case("belt", title="A sphere laid on a moving belt", source=ROLLING)
def belt(sheet: Sheet) -> None:
    """Without rolling resistance it rolls, its surface at the belt's speed; with it the belt takes it along."""
    speed, n, every = 0.1, 3000, 20
    arm = 1 - resting_overlap(G) / R  # the overlap shortens the lever
    z = arm * R
    sim = stage().put(
        [[0, 0, z], [0, 0.1, z]],
        R,
        time_step=DT,
        material=["plain", "rough"],
        gravity=(0, 0, -G),
        motions={"plane": Motion.constant(velocity=(speed, 0, 0))},
    )
    seen = record(sim, n, every)
    along = seen["velocity"][:, :, 0]
    rolling = 0.4 / arm**2 / (1 + 0.4 / arm**2)
    sheet.check("free: speed", along[-1, 0], speed * rolling, 1e-4, unit="m/s")
    sheet.report("free: speed, without overlap", along[-1, 0], speed * 2 / 7, unit="m/s")
    foot = along[-1, 0] - seen["spin"][-1, 0, 1] * R * arm
    sheet.check("free: speed of its surface at the belt", foot, speed, 1e-4, unit="m/s")
    sheet.check("with rolling resistance: speed", along[-1, 1], speed, 1e-3, unit="m/s")
    time = np.arange(1, len(along) + 1) * every * DT
    slipping = 0.3 * G * time
    exact = np.minimum(slipping, speed * 2 / 7)
    curves = [
        sheet.curve("regolith", time * 1e3, along[:, 0]),
        sheet.curve("rigid sphere", time[::5] * 1e3, exact[::5], marks=True),
        sheet.curve("regolith, rolling resistance 0.1", time * 1e3, along[:, 1]),
    ]
    sheet.figure("Speed of a sphere laid on a belt of 0.1 m/s", "time [ms]", "speed [m/s]", curves)


@case("drum", title="A spinning drum passes its angular momentum on to spheres", source="Action equals reaction")
def drum(sheet: Sheet) -> None:
    """Thrown spheres gain what the drum felt; one laid in ends its slip and climbs."""
    spin = np.array([0, 0.5, 0])
    motions = {"drum": Motion.constant(angular_velocity=spin)}
    sim = stage().put(
        [[0.78, 0, 0], [-0.6, 0.1, -0.5]],
        R,
        time_step=DT,
        velocities=[[0.5, 0, 0.1], [-0.3, 0.05, -0.4]],
        material="plain",
        motions=motions,
    )
    before = sim.sums()
    sim.step(2000)
    after, felt, scale = sim.sums(), sim.tally("drum"), MASS * 0.5 * DRUM
    lost = after["momentum"] - before["momentum"] + felt["impulse"]
    turned = after["angular_momentum"] - before["angular_momentum"] + felt["angular_impulse"]
    sheet.bound("momentum, sum of spheres and drum", np.abs(lost).max() / (MASS * 0.5), 1e-12)
    sheet.bound("angular momentum, sum of spheres and drum", np.abs(turned).max() / scale, sheet.tolerance(1e-7, 1e-12))
    passed = np.linalg.norm(felt["angular_impulse"]) / scale
    sheet.check("less than a tenth passed on", float(passed < 0.1), 0, 0, scale=1)
    lowest = DRUM - R + resting_overlap(G)
    sim = stage().put([[0, 0, -lowest]], R, time_step=DT, material="plain", gravity=(0, 0, -G), motions=motions)
    sim.step(2000)
    grains = sim.grains()
    inward = -grains["position"][0] / np.linalg.norm(grains["position"][0])
    wall = np.cross(spin, -DRUM * inward)
    arm = DRUM - np.linalg.norm(grains["position"][0])
    slip = grains["velocity"][0] - arm * np.cross(grains["spin"][0], inward) - wall
    slip -= slip @ inward * inward
    sheet.bound("laid in: slip over the drum's speed", float(np.linalg.norm(slip) / np.linalg.norm(wall)), 1e-4)


@case("work", title="The work of a moving surface is V . impulse, and what a sphere gains", source="Energy balance")
def work(sheet: Sheet) -> None:
    """Elastic, no friction, a plane and a box: at the shipped step and at a tenth of it."""
    velocity = np.array([0.05, 0.02, 0.1])
    for name, top in (("plane", 0.0), ("box", 0.1)):
        for words, dt, tolerance in (("shipped step", DT, 1e-5), ("a tenth of it", DT / 10, 1e-6)):
            sim = stage().put(
                [[0, 0, top + R + 1e-5]],
                R,
                time_step=dt,
                velocities=(0, 0, -0.1),
                material="slick",
                motions={name: Motion.constant(velocity=velocity)},
            )
            before = sim.sums()["kinetic"]
            sim.step(int(0.012 / dt))
            felt, gain = sim.tally(name), sim.sums()["kinetic"] - before
            impulse = float(-velocity @ felt["impulse"])
            exact = 0.5 * MASS * (0.3**2 - 0.1**2)  # -0.1 m/s becomes 2 * 0.1 + 0.1
            sheet.check(f"{name}, {words}: V . impulse", impulse, float(felt["work"]), 1e-13, unit="J")
            sheet.check(f"{name}, {words}: gain of the sphere", gain, float(felt["work"]), tolerance, unit="J")
            sheet.check(f"{name}, {words}: gain, closed form", gain, exact, 1e-4, unit="J")
            sheet.bound(f"{name}, {words}: still touching", len(sim.surface_contacts()["grain"]), 0)

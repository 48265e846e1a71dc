"""Surfaces that move and spin: what they drag along, the angular momentum they pass on, the work they do."""

import numpy as np

from regolith.drive import Motion
from regolith.verify.case import Sheet, case
from regolith.verify.surface_stage import DRUM, DT, MASS, G, R, record, resting_overlap, stage

ROLLING = "Rigid sphere, 2/5 m r^2: 2/7 of the belt's speed; as slide-to-roll, MFiX case DEM04"


@case("belt", title="A sphere laid on a moving belt", source=ROLLING)
def belt(sheet: Sheet) -> None:
    """Without rolling resistance it rolls, its surface at the belt's speed; with it the belt takes it along."""
    speed, n, every = 0.2, 6000, 20
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
    slipping = (along[17, 0] - along[8, 0]) / (9 * every * DT)  # over one period of its bouncing
    sheet.check("free: acceleration while it slips", slipping, 0.3 * G, 1e-3, unit="m/s2", source="Coulomb: mu g")
    rolling = 0.4 / arm**2 / (1 + 0.4 / arm**2)
    sheet.check("free: speed", along[-1, 0], speed * rolling, 1e-4, unit="m/s")
    sheet.report("free: speed, without overlap", along[-1, 0], speed * 2 / 7, unit="m/s")
    foot = along[-1, 0] - seen["spin"][-1, 0, 1] * R * arm
    sheet.check("free: speed of its surface at the belt", foot, speed, 1e-4, unit="m/s")
    sheet.check("with rolling resistance: speed", along[-1, 1], speed, 1e-3, unit="m/s")
    time = np.arange(1, len(along) + 1) * every * DT
    exact = np.minimum(0.3 * G * time, speed * 2 / 7)
    curves = [
        sheet.curve("regolith", time * 1e3, along[:, 0]),
        sheet.curve("rigid sphere", time[::12] * 1e3, exact[::12], marks=True),
        sheet.curve("regolith, rolling resistance 0.1", time * 1e3, along[:, 1]),
    ]
    sheet.figure("Speed of a sphere laid on a belt of 0.2 m/s", "time [ms]", "speed [m/s]", curves)


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


@case(
    "work",
    title="The work of a moving surface is V . impulse + w . angular impulse, and what a sphere gains",
    source="Energy balance",
)
def work(sheet: Sheet) -> None:
    """Elastic, no friction: a plane, a box, a box that turns; at the shipped step and at a tenth of it."""
    velocity = np.array([0.05, 0.02, 0.1])
    along, turning = Motion.constant(velocity=velocity), Motion.constant(velocity, angular_velocity=(0, -0.5, 0))
    for words, name, motion, top in (
        ("plane", "plane", along, [0, 0, 0]),
        ("box", "box", along, [0, 0, 0.1]),
        ("turning box", "box", turning, [0.2, 0, 0.1]),
    ):
        for step, dt, tolerance in (("shipped step", DT, 2e-5), ("a tenth of it", DT / 10, 1e-6)):
            sim = stage().put(
                [np.add(top, [0, 0, R + 1e-5])],
                R,
                time_step=dt,
                velocities=(0, 0, -0.1),
                material="slick",
                motions={name: motion},
            )
            before = sim.sums()["kinetic"]
            sim.step(int(0.012 / dt))
            felt, gain = sim.tally(name), sim.sums()["kinetic"] - before
            done = -felt["impulse"] @ velocity
            if motion is turning:
                done -= felt["angular_impulse"] @ [0, -0.5, 0]
            else:
                exact = 0.5 * MASS * (0.3**2 - 0.1**2)  # -0.1 m/s becomes 2 * 0.1 + 0.1
                sheet.check(f"{words}, {step}: gain, closed form", gain, exact, 1e-4, unit="J")
            sheet.check(f"{words}, {step}: V . impulse", done, float(felt["work"]), 1e-13, unit="J")
            sheet.check(f"{words}, {step}: gain of the sphere", gain, float(felt["work"]), tolerance, unit="J")
            sheet.bound(f"{words}, {step}: still touching", len(sim.surface_contacts()["grain"]), 0)

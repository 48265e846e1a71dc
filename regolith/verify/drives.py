"""Drives: what limited actuators and a hammer do to a rigid body, pressing, stalling, and the momentum they pass on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from regolith.drive import Motion
from regolith.drives import Drive, DriveSetting, Percussion
from regolith.materials import Contact, Material
from regolith.surfaces import Mesh, Plane
from regolith.tools.shapes import box_mesh
from regolith.verify.case import Sheet, case
from regolith.verify.stage import PARKED, Stage, shared
from regolith.verify.surface_stage import DT, E_EFF, SOFT, G, R

if TYPE_CHECKING:
    from regolith.simulation import Simulation

M, INERTIA = 2.0, 0.05  # of both bodies [kg], [kg m2]
DOWN = np.array([2.0, -1.0, -2.0]) / 3  # where the bar advances
GAP = 0.002  # between the plate and a grain on the floor [m]
OFF = DriveSetting(feed_rate=None, spin_rate=None)
NEWTON = "Newton's second law"


@shared
def stage() -> Stage:
    """A bar that touches nothing, a plate over a floor."""
    names = ("soft", "elastic", "dull")
    contacts = {
        ("soft", "wall"): Contact(restitution=0.5, friction=0.3),
        ("elastic", "wall"): Contact(restitution=1.0, friction=0.0),
        ("dull", "wall"): Contact(restitution=0.95, friction=0.3),
    }
    plate = box_mesh((-0.2, -0.2, 0.0), (0.2, 0.2, 0.04))
    return Stage(
        n_grains=1,
        radii=(R, 1.01 * R),
        materials=[Material(name=name, **SOFT) for name in (*names, "wall")],
        contacts=contacts,
        surfaces=[
            Plane(point=(0, 0, 0), normal=(0, 0, 1), material="wall", motion=PARKED, name="floor"),
            Mesh(mesh=plate, material="wall", drive="plate", name="plate"),
        ],
        drives=[
            Drive(name="bar", mass=M, inertia=INERTIA, direction=3 * DOWN, setting=OFF),
            Drive(name="plate", mass=M, inertia=INERTIA, origin=(0, 0, 2 * R + GAP), setting=OFF),
        ],
    )


def bar(gravity: float = 0.0) -> Simulation:
    """The bar at rest, its actuators off."""
    return stage().put([[1, 1, 0.5]], R, time_step=DT, material="soft", gravity=(0, 0, -gravity))


@case("drive-limits", title="A body driven by actuators at their limits of force, torque and power", source=NEWTON)
def limits(sheet: Sheet) -> None:
    """From rest, and braked; the largest force, torque and power of any step are those allowed."""
    n, pull, force, torque = 400, -G * DOWN[2], 30.0, 4.0
    t = n * DT
    sim = bar(G)
    sim.step(n)
    sheet.check("free fall: speed", sim.drive("bar")["feed_rate"], pull * t, 1e-12, unit="m/s")
    way = 0.5 * pull * t * (t + DT)  # of speeds half a step old
    sheet.check("free fall: advance", sim.drive("bar")["advance"], way, 1e-12, unit="m")
    sim = bar(G)
    sim.set_drive("bar", DriveSetting(feed_rate=9.0, max_force=force, spin_rate=99.0, max_torque=torque))
    sim.step(n)
    now, tally = sim.drive("bar"), sim.drive_tallies("bar")
    speed, rate = (force / M + pull) * t, torque / INERTIA * t
    sheet.check("force: speed", now["feed_rate"], speed, 1e-12, unit="m/s")
    sheet.check("force: work", tally["feed_work"], 0.5 * force * speed * t, 1e-12, unit="J")
    sheet.check("torque: rate of turning", now["spin_rate"], rate, 1e-12, unit="rad/s")
    sheet.check("torque: work", tally["spin_work"], 0.5 * INERTIA * rate**2, 1e-12, unit="J")
    sheet.bound("force: beyond its limit", max(tally["peak_force"] - force, 0.0), 0.0, unit="N")
    sheet.bound("torque: beyond its limit", max(tally["peak_torque"] - torque, 0.0), 0.0, unit="N m")


@case("drive-power", title="A body driven and braked at constant power", source="v^2 = v0^2 +- 2 P t / m")
def powers(sheet: Sheet) -> None:
    """Both actuators at once; the largest power of any step is the one allowed."""
    n, feed, spin, top = 400, 11.0, 7.0, 3.0
    t = n * DT
    setting = DriveSetting(feed_rate=99.0, max_feed_power=feed, spin_rate=999.0, max_spin_power=spin)
    sim = bar()
    sim.set_drive("bar", setting)
    sim.step(n)
    now, driven = sim.drive("bar"), sim.drive_tallies("bar")
    sheet.check("feed: speed", now["feed_rate"], (2 * feed * t / M) ** 0.5, 1e-8, unit="m/s")
    sheet.check("rotation: rate", now["spin_rate"], (2 * spin * t / INERTIA) ** 0.5, 1e-8, unit="rad/s")
    sim = bar()
    sim.set_drive("bar", DriveSetting(feed_rate=top, spin_rate=-10 * top))
    sim.step(2000)
    sheet.check("set point: speed", sim.drive("bar")["feed_rate"], top, 1e-12, unit="m/s")
    sim.set_drive("bar", replace(setting, feed_rate=0.0, spin_rate=0.0))
    sim.drive_tallies("bar")
    sim.step(n)
    now, braked = sim.drive("bar"), sim.drive_tallies("bar")
    sheet.check("feed, braked: speed", now["feed_rate"], (top**2 - 2 * feed * t / M) ** 0.5, 1e-8, unit="m/s")
    rate = -((100 * top**2 - 2 * spin * t / INERTIA) ** 0.5)
    sheet.check("rotation, braked: rate", now["spin_rate"], rate, 1e-8, unit="rad/s")
    for words, tally in (("driven", driven), ("braked", braked)):
        for what, most in (("feed", feed), ("spin", spin)):
            beyond = max(tally[f"peak_{what}_power"] - most, 0.0)
            sheet.bound(f"{what}, {words}: beyond its limit", beyond, 0.0, unit="W")


@case("drive-hammer", title="Blows of a hammer on a free body", source="Impulse of a blow: sqrt(2 E m)")
def hammer(sheet: Sheet) -> None:
    """Blows of 20, 3.3 and 1 steps; a blow more for each period, whatever the step."""
    energy, frequency = 3.0, 37.0
    for steps in (20, 3.3, 1):
        blow = Percussion(frequency=frequency, energy=energy, duration=steps * DT)
        sim = bar()
        sim.set_drive("bar", replace(OFF, percussion=blow))
        sim.step(int(0.9 / frequency / DT))
        now, tally = sim.drive("bar"), sim.drive_tallies("bar", clear=False)
        kinetic = 0.5 * M * now["feed_rate"] ** 2
        sheet.check(f"blow of {steps} steps: kinetic energy", kinetic, energy, 1e-12, unit="J")
        sheet.check(f"blow of {steps} steps: work", tally["hammer_work"], energy, 1e-12, unit="J")
        sim.step(int(8.9 / frequency / DT) - sim.step_count)
        speed, blows = sim.drive("bar")["feed_rate"], sim.drive_tallies("bar")["blows"]
        sheet.check(f"blows of {steps} steps: speed after 9", speed, 9 * (2 * energy / M) ** 0.5, 1e-12, unit="m/s")
        sheet.bound(f"blows of {steps} steps: count", blows - 9, 0.0)
    sim = bar()
    sim.set_drive("bar", replace(OFF, percussion=replace(blow, only_pressed=True)))
    sim.step(2000)
    sheet.bound("no grain pushes back: blows", sim.drive_tallies("bar")["blows"], 0.0)


@case("drive-collision", title="A free plate hits a free sphere", source="Elastic central collision")
def collision(sheet: Sheet) -> None:
    """Without friction: both speeds, and what the plate lost is what the sphere gained."""
    mass, speed = 1.5, 0.1
    sim = stage().put([[0.05, 0.02, -R]], R, time_step=DT, material="elastic", masses=[mass])
    sim.set_drive("plate", DriveSetting(feed_rate=speed))
    sim.step(800)
    sim.set_drive("plate", OFF)
    sim.step(6000)
    sheet.bound("still touching", len(sim.surface_contacts()["grain"]), 0)
    plate, sphere = sim.drive("plate")["feed_rate"], -sim.grains()["velocity"][0, 2]
    sheet.check("speed of the plate", plate, speed * (M - mass) / (M + mass), 2e-5, unit="m/s")
    sheet.check("speed of the sphere", sphere, speed * 2 * M / (M + mass), 2e-5, unit="m/s")
    sheet.check("momentum", M * plate + mass * sphere, M * speed, sheet.tolerance(1e-6, 1e-12), unit="N s")


@case("drive-press", title="A plate feeds until a sphere on the floor stops it at the weight on bit", source=NEWTON)
def press(sheet: Sheet) -> None:
    """The feed rate holds until the limit is reached; at rest the sphere, as heavy as the plate, carries the limit."""
    speed, g = 0.02, 1.62
    weight = M * g
    for words, setting, most in (
        ("weight on bit", DriveSetting(feed_rate=speed, weight_on_bit=5.0), 5.0),
        ("largest force", DriveSetting(feed_rate=speed, max_force=4.0), 4.0 + weight),
        ("less than the plate's weight", DriveSetting(feed_rate=speed, weight_on_bit=2.0, max_force=weight), 2.0),
    ):
        sim = stage().put(
            [[0.05, 0.02, R]],
            R,
            time_step=DT,
            material="soft",
            gravity=(0, 0, -g),
            motions={"floor": Motion.at_rest()},
            masses=[M],
        )
        sim.set_drive("plate", setting)
        sim.step(1500)
        sheet.check(f"{words}: feed rate before", sim.drive("plate")["feed_rate"], speed, 1e-9, unit="m/s")
        sim.step(24_000)
        sim.drive_tallies("plate")
        sim.step(2000)
        tally, way = sim.drive_tallies("plate"), sim.drive("plate")["advance"]
        sheet.check(f"{words}: what the sphere carries", tally["weight_on_bit"], most, 1e-5, unit="N")
        sheet.check(f"{words}: force of the feed", tally["force"], most - weight, 1e-12, scale=weight, unit="N")
        overlaps = [(0.75 * f / E_EFF / R**0.5) ** (2 / 3) for f in (most, most + weight)]
        sheet.check(f"{words}: overlaps", way - GAP, sum(overlaps), 1e-5, unit="m", source="Hertz")


@case(
    "drive-stall", title="A pressed plate that rubs on a sphere: spin-up, stall, and on again", source="Coulomb: mu N a"
)
def stall(sheet: Sheet) -> None:
    """Torque above and below that of friction, on a sphere so heavy that it hardly moves."""
    load, arm, heavy = 2.0, 0.1, 1e4
    friction = 0.3 * load * arm
    sim = stage().put([[arm, 0, R]], R, time_step=DT, material="dull", masses=[heavy])
    pressing = DriveSetting(feed_rate=0.05, weight_on_bit=load, spin_rate=99.0, max_torque=0.2)
    sim.set_drive("plate", replace(pressing, spin_rate=0.0))
    sim.step(10_000)
    for words, torque, spun in (("more", 0.2, True), ("half", 0.5 * friction, False), ("more again", 0.15, True)):
        sim.set_drive("plate", replace(pressing, max_torque=torque))
        sim.step(500 if spun else 20_000)
        before = sim.drive("plate")["spin_rate"]
        sim.drive_tallies("plate")
        sim.step(2000)
        after, tally = sim.drive("plate")["spin_rate"], sim.drive_tallies("plate")
        rate = (torque - friction) / INERTIA if spun else 0.0
        scale = friction / INERTIA
        found = (after - before) / (2000 * DT)
        sheet.check(f"{words}: angular acceleration", found, rate, 2e-3, scale=scale, unit="rad/s2")
        held = friction if spun else torque
        if not spun:
            sheet.bound("stalled: rate of turning", after, 5e-3, unit="rad/s")
        sheet.check(f"{words}: torque of friction", tally["reaction_torque"], held, 2e-3, unit="N m")
        sheet.bound(f"{words}: share of the time below the limit", 1 - tally["spin_limited"], 0.0)
        sheet.bound(f"{words}: beyond the limit", max(tally["peak_torque"] - torque, 0.0), 0.0, unit="N m")

"""Soft spheres that slide, roll, spin and twist on a plane."""

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from regolith.drive import Motion
from regolith.laws import effective_modulus
from regolith.verify import benches
from regolith.verify.benches import COHESION, FLOOR, GAMMA, MU, SOFT, SOFT_GAMMA, WALL
from regolith.verify.case import Sheet, case
from regolith.verify.closed_forms import hertz_force, jkr_curve, jkr_tear_off

if TYPE_CHECKING:
    from regolith.simulation import Simulation

R, DT, G = 0.01, 5e-5, 10.0
MASS = SOFT["density"] * 4 / 3 * np.pi * R**3
E_EFF = effective_modulus(FLOOR, FLOOR)
SAND_E_EFF = effective_modulus(WALL, WALL)
FLOORED = {"floor": Motion.at_rest()}
LAMMPS = "as in LAMMPS, unittest/granular/test_analytic_models.cpp"
ARM = "The overlap shortens the lever arm to the contact point by 0.24 %; the closed forms have that arm."


def resting_overlap(load: float) -> float:
    """Overlap at which Hertz carries a load [N]; [m]."""
    return float((load * 0.75 / E_EFF / np.sqrt(R)) ** (2 / 3))


def arm_of(gravity: float) -> float:
    """From the centre of a resting sphere to the contact point, over R [-]."""
    return 1 - resting_overlap(MASS * gravity) / R


def rolls_at(gravity: float) -> float:
    """Deceleration over mu_r g of a rolling sphere: 5/7, but for the lever arm that the overlap shortens.

    m u' = -f and I w' = f a - mu_r m g r with u = w a give u' = -mu_r g (r / a) / (1 + 2/5 r^2 / a^2).
    """
    arm = arm_of(gravity)
    return 1 / arm / (1 + 0.4 / arm**2)


@case(
    "slide-to-roll",
    title="A sphere thrown along a plane slides, then rolls",
    source=f"u = u0 - mu g t until t = 2 u0 / (7 mu g), then 5/7 u0; {LAMMPS}",
)
def slide_to_roll(sheet: Sheet) -> None:
    """0.5 m/s, mu = 0.3, no rolling resistance."""
    u0, mu, arm = 0.5, 0.3, arm_of(G)
    sim = benches.hertz().put(
        [[0, 0, R * arm]],
        R,
        time_step=DT,
        velocities=(u0, 0, 0),
        material="sliding",
        gravity=(0, 0, -G),
        motions=FLOORED,
    )
    stop = 2 * u0 / (7 * mu * G)
    rows = []
    for _ in range(50):
        sim.step(int(0.04 * stop / DT))
        grains = sim.grains()
        rows.append((sim.time, grains["velocity"][0, 0], R * arm * grains["spin"][0, 1]))
    time, speed, surface = np.array(rows).T
    slides = time < 0.8 * stop
    slowing = (u0 - speed[slides][-1]) / time[slides][-1]
    sheet.check("sliding: deceleration", slowing, mu * G, 1e-3, unit="m/s2")
    spins = 2.5 * mu * G * arm * arm
    sheet.check("sliding: spin-up of the surface", surface[slides][-1] / time[slides][-1], spins, 1e-3, unit="m/s2")
    sheet.check("rolling: speed", speed[-1], u0 / (1 + 0.4 / arm**2), 1e-3, unit="m/s")
    sheet.check("rolling: speed without the overlap", speed[-1], 5 / 7 * u0, 2e-3, unit="m/s")
    sheet.bound("rolling: slip over first speed", (speed[-1] - surface[-1]) / u0, 1e-4)
    sheet.note(ARM)
    ends = np.array([0, stop, 2 * stop])
    sheet.figure(
        "From sliding to rolling",
        "time [ms]",
        "speed [m/s]",
        [
            sheet.curve("centre", time * 1e3, speed),
            sheet.curve("surface against centre", time * 1e3, surface),
            sheet.curve("5/7 u0 from 2 u0 / (7 mu g)", ends[1:] * 1e3, [5 / 7 * u0] * 2, marks=True),
        ],
    )


def sticking_load(law: str, weight: float) -> tuple[float, float]:
    """Overlap [m] at which a sphere of `e5` rests on the wall, and what presses the surfaces together there [N]."""
    adhesion = {
        "sjkr": lambda x: COHESION * 2 * np.pi * R * x,
        "dmt": lambda x: 4 * np.pi * GAMMA["dmt"] * R,
        "jkr": lambda x: 6 * np.pi * GAMMA["jkr"] * R,  # twice the pull-off force: Thornton (1991), as in `Jkr`
    }[law]
    if law == "jkr":
        torn = float(jkr_tear_off(R, SAND_E_EFF, GAMMA["jkr"])[0])
        radius = brentq(lambda a: jkr_curve(a, R, SAND_E_EFF, GAMMA["jkr"])[1] - weight, torn, 10 * torn)
        overlap = float(jkr_curve(radius, R, SAND_E_EFF, GAMMA["jkr"])[0])
    else:
        overlap = float(brentq(lambda x: hertz_force(x, R, SAND_E_EFF) - adhesion(x) - weight, 1e-9, 1e-3))
    return overlap, weight + adhesion(overlap)


@case(
    "sticking-slide",
    title="A sticking sphere slides: friction feels the weight and the attraction",
    source="u' = -mu (W + attraction) / m: Derjaguin (1934), 10.1007/BF01333114; JKR, with twice the pull-off force: "
    "Thornton (1991), 10.1088/0022-3727/24/11/007",
)
def sticking_slide(sheet: Sheet) -> None:
    """0.5 m/s, mu = 0.5, undamped, laid down at the overlap where it rests."""
    u0, mu, dt = 0.5, 0.5, 2e-6
    mass = benches.SAND["density"] * 4 / 3 * np.pi * R**3
    for law, name in (("sjkr", "SJKR"), ("dmt", "DMT"), ("jkr", "JKR")):
        overlap, pressing = sticking_load(law, mass * G)
        sim = benches.BENCHES[law]().put(
            [[0, 0, R - overlap]],
            R,
            time_step=dt,
            velocities=(u0, 0, 0),
            material="e5",
            gravity=(0, 0, -G),
            motions={"wall": Motion.at_rest()},
        )
        rows = []
        for steps in (250, 1000):  # the spring has long yielded; it slides on for 8 ms or more
            sim.step(steps)
            rows.append((sim.time, sim.grains()["velocity"][0, 0], sim.grains()["spin"][0, 1]))
        time, speed, spin = np.diff(rows, axis=0)[0]
        sheet.check(f"{name}: deceleration", -speed / time, mu * pressing / mass, 1e-3, unit="m/s2")
        spins = 2.5 * mu * pressing * (R - overlap) / (mass * R * R)
        sheet.check(f"{name}: angular acceleration", spin / time, spins, 1e-3, unit="rad/s2")
        sheet.report(f"{name}: load over weight", pressing / (mass * G), 1.0)


def decay(sheet: Sheet, law: str) -> None:
    """A rolling sphere, and one that spins on a frictionless plane, slow down."""
    u0, arm = 0.2, arm_of(G)
    sim = benches.BENCHES[law]().put(
        [[0, 0, R * arm], [0, 0.1, R * arm]],
        R,
        time_step=DT,
        velocities=np.array([[u0, 0, 0], [0, 0, 0]]),
        spins=np.array([[0, u0 / (R * arm), 0], [0, u0 / R, 0]]),
        material=["rolling", "spinning"],
        gravity=(0, 0, -G),
        motions=FLOORED,
    )
    rows = []
    for _ in range(40):
        sim.step(30)
        rows.append((sim.time, sim.grains()["velocity"][0, 0], sim.grains()["spin"][1, 1]))
    time, speed, spin = np.array(rows).T
    slows, brakes = MU * G * rolls_at(G), 2.5 * MU * G / R
    sheet.check("rolling: deceleration", (u0 - speed[-1]) / time[-1], slows, 1e-3, unit="m/s2")
    sheet.check(
        "rolling: deceleration without the overlap", (u0 - speed[-1]) / time[-1], 5 / 7 * MU * G, 2e-3, unit="m/s2"
    )
    sheet.check("spinning: deceleration", (u0 / R - spin[-1]) / time[-1], brakes, 1e-3, unit="rad/s2")
    sheet.note(ARM)
    sheet.figure(
        "Rolling and spinning decay",
        "time [ms]",
        "surface speed [m/s]",
        [
            sheet.curve("rolling", time * 1e3, speed),
            sheet.curve("spinning", time * 1e3, R * spin),
            sheet.curve("closed forms, rolling", time[::4] * 1e3, u0 - slows * time[::4], marks=True),
            sheet.curve("closed forms, spinning", time[::4] * 1e3, u0 - R * brakes * time[::4], marks=True),
        ],
    )


@case(
    "rolling-decay-epsd",
    title="EPSD rolling resistance slows a rolling and a spinning sphere",
    source=f"u' = -5/7 mu_r g; w' = -5 mu_r g / (2 R) in place; {LAMMPS}",
)
def rolling_decay_epsd(sheet: Sheet) -> None:
    """mu_r = 0.1 at R* = R."""
    decay(sheet, "hertz")


@case(
    "rolling-decay-constant",
    title="Constant-torque rolling resistance slows a rolling and a spinning sphere",
    source=f"u' = -5/7 mu_r g; w' = -5 mu_r g / (2 R) in place; {LAMMPS}",
)
def rolling_decay_constant(sheet: Sheet) -> None:
    """mu_r = 0.1 at R* = R."""
    decay(sheet, "dmt")


def rests(sheet: Sheet, sim: "Simulation", slope: float, n: int) -> float:
    """Check that a sphere on an incline stands still; its acceleration over the last n steps [m/s2]."""
    sim.step(n)  # let go all at once, it rolls a little before the spring holds it
    stood, before = (sim.grains()[key][0, 0] for key in ("position", "velocity"))
    sim.step(n)
    grains = sim.grains()
    sheet.bound(f"tan = {slope:g}: speed at rest [m/s]", abs(grains["velocity"][0, 0]), 1e-6)
    sheet.bound(f"tan = {slope:g}: creep over radius", (grains["position"][0, 0] - stood) / R, 1e-6)
    if slope < 0.9 * MU:
        sheet.bound(f"tan = {slope:g}: way before it rests over radius", stood / R, 2e-3)
    else:  # no closed form: how far depends on the rolling spring's overshoot
        sheet.note(f"At tan = {slope:g}, let go all at once, it rolls {stood / R:.2g} radii before it rests.")
    return float((grains["velocity"][0, 0] - before) / (n * DT))


@case(
    "incline",
    title="A sphere on an incline rests up to the angle where rolling resistance gives way, and rolls beyond it",
    source=f"At rest where mu_r >= tan, else a = 5/7 g (sin - mu_r cos); {LAMMPS}",
)
def incline(sheet: Sheet) -> None:
    """EPSD, mu_r = 0.1; gravity is tilted. The angle is where the acceleration of rolling spheres vanishes."""
    slopes, n, arms = np.array([0.08, 0.099, 0.105, 0.12, 0.15, 0.2]), 1500, []
    found, exact = [], []
    for slope in slopes:
        angle = np.arctan(slope)
        arm = arm_of(G * np.cos(angle))
        pull = (G * np.sin(angle), 0, -G * np.cos(angle))
        sim = benches.hertz().put([[0, 0, R * arm]], R, time_step=DT, material="rolling", gravity=pull, motions=FLOORED)
        sim.step(n)  # past the time in which the spring yields
        early = sim.grains()["velocity"][0, 0]
        sim.step(n)
        late = sim.grains()["velocity"][0, 0]
        found.append((late - early) / (n * DT))
        exact.append(max(0.0, G * (np.sin(angle) - MU * np.cos(angle) / arm) / (1 + 0.4 / arm**2)))
        arms.append(arm)
        if slope < MU:
            found[-1] = rests(sheet, sim, float(slope), n)
    for slope, ours, reference in zip(slopes[2:], found[2:], exact[2:], strict=True):
        sheet.check(f"tan = {slope:g}: acceleration", ours, reference, 1e-3, unit="m/s2")
    rolling = np.array(found[2:]) / np.cos(np.arctan(slopes[2:]))
    stops = float(np.polyval(np.polyfit(rolling, slopes[2:], 1), 0.0))
    sheet.check("tangent of the angle where it stops", stops, MU / arms[1], 1e-3)
    sheet.check("the same without the overlap", stops, MU, 5e-3)
    sheet.note(ARM)
    sheet.figure(
        "Acceleration on an incline",
        "tangent of the slope [-]",
        "acceleration [m/s2]",
        [sheet.curve("regolith", slopes, found), sheet.curve("closed form", slopes, exact, marks=True)],
    )


@case(
    "twisting-decay",
    title="Twisting resistance slows a sphere that spins about the normal, and holds it",
    source=f"w' = 5 mu_tw R* F / (2 m R^2), F the weight and, with DMT, the pull-off force; {LAMMPS}",
)
def twisting_decay(sheet: Sheet) -> None:
    """mu_tw = 0.1 at R* = R, 20 rad/s, one sphere dry, one sticking."""
    w0, names = 20.0, ["twisting", "twisting, sticking"]
    load = MASS * G + np.array([0.0, 4 * np.pi * SOFT_GAMMA * R])
    x = [[0.1 * k, 0, R - resting_overlap(f)] for k, f in enumerate(load)]
    sim = benches.dmt().put(x, R, time_step=DT, spins=(0, 0, w0), material=names, gravity=(0, 0, -G), motions=FLOORED)
    rate = 2.5 * MU * load / (MASS * R)
    time, spin = [0.0], [np.array([w0, w0])]
    for _ in range(80):
        sim.step(20)
        time.append(sim.time)
        spin.append(sim.grains()["spin"][:, 2])
    t, w = np.array(time), np.array(spin)
    for k, name in enumerate(names):
        yielded = np.flatnonzero((t > 0.01) & (w[:, k] > 0.25 * w0))  # the spring yields within 10 ms
        first, last = yielded[0], yielded[-1]
        slows = (w[first, k] - w[last, k]) / (t[last] - t[first])
        sheet.check(f"{name}: deceleration", slows, rate[k], 1e-3, unit="rad/s2")
    sim.step(12_000)
    for k, name in enumerate(names):
        sheet.bound(f"{name}: spin at the end over the first", sim.grains()["spin"][k, 2] / w0, 1e-3)
    curves = [sheet.curve(name, t * 1e3, w[:, k]) for k, name in enumerate(names)]
    exact = np.maximum(0.0, w0 - rate * t[::4, None])
    curves += [sheet.curve(f"closed form, {n}", t[::4] * 1e3, exact[:, k], marks=True) for k, n in enumerate(names)]
    sheet.figure("Twisting decay", "time [ms]", "spin [rad/s]", curves)

"""Cylinders: a sphere swings in a drum, rolls off a rod, and meets both where they are tessellated."""

import numpy as np
from scipy.special import ellipj, ellipk

from regolith.drive import Motion
from regolith.verify.case import Sheet, case
from regolith.verify.surface_stage import DRUM, DT, FACETS, MASS, ROD, G, R, hertz_force, record, resting_overlap, stage


@case(
    "drum-pendulum",
    title="A sphere swings in a drum, rolling",
    source="Rigid pendulum of length (R_drum - r) with 7/5 of its inertia; Jacobi's elliptic functions",
)
def drum_pendulum(sheet: Sheet) -> None:
    """Let go at 0.3 rad; the quarter period, and the angle over time."""
    angle, every = 0.3, 100
    overlap = resting_overlap(G)
    length, arm = DRUM - R + overlap, 1 - overlap / R  # the overlap shortens the lever
    at = length * np.array([np.sin(angle), 0, -np.cos(angle)])
    sim = stage().put(
        [at], R, time_step=DT, material="gripping", gravity=(0, 0, -G), motions={"drum": Motion.at_rest()}
    )
    seen = record(sim, 10_700, every)
    x = seen["position"][:, 0]
    swing, time = np.arctan2(x[:, 0], -x[:, 2]), np.arange(1, len(x) + 1) * every * DT
    k = int(np.argmax(swing < 0))
    quarter = time[k - 1] + swing[k - 1] / (swing[k - 1] - swing[k]) * (time[k] - time[k - 1])
    rate = np.sqrt(G / (length * (1 + 0.4 / arm**2)))
    half = np.sin(angle / 2)
    sheet.check("quarter period", quarter, ellipk(half**2) / rate, 1e-3, unit="s")
    _, cn, dn, _ = ellipj(rate * time, half**2)
    exact = 2 * np.arcsin(half * cn / dn)
    worst = np.abs(swing - exact).max()
    sheet.bound("angle, at any time, over the first", worst / angle, 2e-3)
    curves = [sheet.curve("regolith", time, swing), sheet.curve("pendulum", time[::8], exact[::8], marks=True)]
    sheet.figure("A sphere that swings in a drum, rolling", "time [s]", "angle [rad]", curves)


@case(
    "roll-off",
    title="A sphere rolls off a rod and leaves it",
    source="Rolling without slip: N / m g = (17 cos - 10 - 7 V^2 / (g L)) / 7; from rest it leaves at cos = 10/17",
)
def roll_off(sheet: Sheet) -> None:
    """From the top at 0.08 m/s, over a rod of five radii that it grips; on the Moon, where it hardly sinks in."""
    gravity, speed, every = 1.62, 0.08, 20
    overlap = resting_overlap(gravity)
    length, weight = ROD + R - overlap, MASS * gravity
    sim = stage().put(
        [[0, 0, length]],
        R,
        time_step=DT,
        velocities=(speed, 0, 0),
        spins=(0, speed / (R - overlap), 0),
        material="gripping",
        gravity=(0, 0, -gravity),
        motions={"rod": Motion.at_rest()},
    )
    begin = record(sim, 6000, every)
    spring = sim.surface_contacts()["springs"][0, 0]
    out = begin["position"][-1, 0] - DT * begin["velocity"][-1, 0]
    across = spring @ out / np.linalg.norm(out) / np.linalg.norm(spring)
    sheet.bound("sliding spring out of the contact plane, over its length", across, sheet.tolerance(1e-5, 1e-9))
    end = record(sim, 3000, every)
    seen = {key: np.concatenate([begin[key], end[key]]) for key in begin}
    x = seen["position"][:, 0] - DT * seen["velocity"][:, 0]  # where the forces were
    out = x / np.linalg.norm(x, axis=1)[:, None]
    normal = ((seen["force"][:, 0] - [0, 0, -weight]) * out).sum(axis=1) / weight
    cos, first = out[:, 2], speed**2 / (gravity * length)
    exact = (17 * cos - 10 - 7 * first) / 7
    rigid = 3 * overlap / R  # what the theory of rigid bodies may be off by
    grips = (normal > 0.05) & (np.arange(len(x)) > 30)  # friction of 10 holds 2/7 sin of a weight down to there
    slope, at_zero = np.polyfit(cos[grips], normal[grips], 1)
    sheet.check("cosine of the angle where it leaves", -at_zero / slope, (10 + 7 * first) / 17, 1e-3)
    sheet.bound("normal force on the way, over the weight", np.abs(normal - exact)[grips].max(), rigid)
    last = int(np.flatnonzero(grips)[-1])
    angle = np.arccos(np.clip(cos[: last + 1], -1, 1))
    curves = [
        sheet.curve("regolith", angle, normal[: last + 1]),
        sheet.curve("rolling without slip", angle[::25], exact[: last + 1 : 25], marks=True),
    ]
    sheet.figure("Normal force of a sphere that rolls off a rod", "angle [rad]", "normal force over weight [-]", curves)


@case(
    "tessellated-cylinder",
    title="A tessellated rod and tube tend to the cylinder with the square of the facets' width",
    source="Hertz at R_cylinder +- distance; the facets' sagitta is R_cylinder (1 - cos(pi / n))",
)
def tessellated_cylinder(sheet: Sheet) -> None:
    """Spheres at 60 angles around rods and in tubes of 36 to 576 facets, pressed in by a twentieth of a radius."""
    rng, overlap = np.random.default_rng(7), 0.05 * R
    ring, k = np.divmod(np.arange(60), 6)  # far enough apart not to touch each other
    angle = 2 * np.pi * (k + rng.uniform(-0.1, 0.1, 60) + ring / 10) / 6
    radial = np.stack([np.cos(angle), 0 * angle, np.sin(angle)], axis=1)
    exact, curves = float(hertz_force(overlap)), []
    for kind, place in (("rod", ROD + R - overlap), ("tube", ROD - R + overlap)):
        wrong = []
        for n in FACETS:
            y = 0.022 * (ring - 4.5)
            x = place * radial + np.stack([0 * y, y, 0 * y], axis=1)
            sim = stage().put(x, R, time_step=DT, material="slick", motions={f"{kind} {n}": Motion.at_rest()})
            sim.step()
            force = sim.grains()["force"]
            size = np.linalg.norm(force, axis=1)
            wrong.append(np.abs(size / exact - 1).max())
            counts = np.bincount(sim.surface_contacts()["grain"], minlength=len(x))
            sheet.bound(f"{kind}, {n} facets: not one contact", (counts != 1).sum(), 0)
            aside = np.linalg.norm(force - (force * radial).sum(axis=1)[:, None] * radial, axis=1)
            sheet.bound(f"{kind}, {n} facets: force aside, over the force", (aside / size).max(), np.pi / n)
        bound = 1.5 * ROD * (1 - np.cos(np.pi / FACETS[-1])) / overlap
        sheet.bound(f"{kind}, {FACETS[-1]} facets: force over Hertz's", wrong[-1], 1.01 * bound)
        order = np.log2(wrong[-2] / wrong[-1])
        sheet.check(f"{kind}: order of convergence", order, 2, 0.05)
        curves.append(sheet.curve(kind, FACETS, wrong))
    facets = np.array(FACETS)
    curves.append(sheet.curve("sagitta", facets, 1.5 * ROD * (1 - np.cos(np.pi / facets)) / overlap, marks=True))
    sheet.figure("Force on tessellated cylinders against Hertz", "facets", "relative error [-]", curves, log="xy")

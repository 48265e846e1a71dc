"""Balls dropped on a loose bed: how deep they get, against the scaling found by experiment."""

from dataclasses import replace

import numpy as np

from regolith.box import Box
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.packing import lattice
from regolith.surfaces import Plane
from regolith.verify.case import Sheet, case
from regolith.verify.pouring import FALL_TIME, settle
from regolith.verify.settling import surface
from regolith.verify.stage import Stage, shared

SOURCE = (
    "Uehara, Ambroso, Ojha & Durian (2003), 10.1103/PhysRevLett.90.194301; exponents also in arXiv:cond-mat/0411231"
)
G = 9.81
BALL = 12.7e-3  # radius [m]
SMALL, LARGE = 1.25e-3, 1.75e-3  # radii of the grains [m]
# Width and depth of the bed [m], guess of its solid fraction. The heaviest ball gets 74 mm deep: of 0.09 m, which
# gave a density's exponent of 0.578, it felt the floor.
SIDE, DEPTH, FILL = 10 * BALL, 0.12, 0.58
DT = 2.5e-5
BLOCK = 80  # steps between two looks at a ball
DROPS = ((2200.0, 0.1), (7800.0, 0.05), (7800.0, 0.1), (7800.0, 0.2), (15000.0, 0.1))  # density [kg/m3], height [m]
EXPONENTS_WITHIN = 0.08  # of Uehara's 0.50 and 0.33, from five drops in one bed
# A tenth of the demo's 70 MPa: a ball's pressure, 10 kPa, is still small beside it.
GRAIN = Material(name="grain", density=2500, youngs_modulus=7e6, poisson_ratio=0.24)
CONTACT = Contact(restitution=0.9, friction=0.3)
# While the bed rains down: to a solid fraction of 0.579, and 0.591 at rest with its own friction. The experiment's beds
# are loose, and exponents differ with the packing: Carvalho, Lima & Franklin (2023), 10.1103/PhysRevE.107.044901.
RAINING = replace(CONTACT, friction=1.0)


def _grains() -> np.ndarray:
    """Radii [m], evenly spread, in random order."""
    mean = np.pi / 3 * (LARGE + SMALL) * (LARGE**2 + SMALL**2)  # mean volume of a grain
    n = int(FILL * SIDE**2 * DEPTH / mean)
    return np.random.default_rng(1).permutation(np.linspace(SMALL, LARGE, n))


@shared
def stage() -> Stage:
    """A box without sides, with room for the bed and a ball."""
    n = len(_grains())
    return Stage(
        n_grains=n + 1,
        radii=(SMALL, BALL),
        materials=[GRAIN],
        contacts={("grain", "grain"): CONTACT},
        surfaces=[Plane(point=(0, 0, 0), normal=(0, 0, 1), material="grain", name="floor")],
        law=Law(rolling="none"),
        box=Box(
            lower=(-SIDE / 2, -SIDE / 2, -2 * LARGE), upper=(SIDE / 2, SIDE / 2, 0.3), periodic=(True, True, False)
        ),
    )


def bed(radii: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Centres of the settled grains [m], solid fraction, height of the surface [m]."""
    x = lattice(2 * radii, (SIDE, SIDE), 0.0, np.random.default_rng(2)) - (SIDE / 2, SIDE / 2, 0.0)
    sim = stage().put(x, radii, time_step=DT, gravity=(0, 0, -G))
    sim.set_contacts({("grain", "grain"): RAINING})
    settle(sim, most=100 * FALL_TIME)
    sim.set_contacts(stage().contacts)
    settle(sim, most=100 * FALL_TIME)
    fraction, top = surface(sim, SIDE**2, 0.0, 4 * LARGE)
    return sim.grains()["position"], fraction, top


def drop(x: np.ndarray, radii: np.ndarray, top: float, density: float, height: float) -> tuple[np.ndarray, np.ndarray]:
    """Time from the drop [s] and depth of the ball's lowest point below the surface [m], until it stops."""
    above = float((x[:, 2] + radii).max()) - top  # the highest grains stick out: the ball starts over them
    speed = np.sqrt(2 * G * (height - above))
    velocities = np.zeros((len(x) + 1, 3))
    velocities[-1, 2] = -(speed - 0.5 * G * DT)  # half a step old
    sphere = 4 / 3 * np.pi
    sim = stage().put(
        np.vstack([x, [0, 0, top + above + BALL]]),
        np.append(radii, BALL),
        time_step=DT,
        velocities=velocities,
        material="grain",
        masses=np.append(GRAIN.density * sphere * radii**3, density * sphere * BALL**3),
        gravity=(0, 0, -G),
    )
    depths = [-above]
    while len(depths) < 3 or depths[-1] > depths[-2] + 2e-5:
        sim.step(BLOCK)
        depths.append(float(top + BALL - sim.grains()["position"][-1, 2]))
    return speed / G + BLOCK * DT * np.arange(len(depths)), np.array(depths)


@case(
    "ball-drop",
    title="Balls dropped on a loose bed: depth over density and height of fall",
    source=SOURCE,
    long=True,
    cost="about 25 min on one core",
    memory=2e9,
)
def ball_drop(sheet: Sheet) -> None:
    """Depth = C (rho_b / rho_g)^a D^(2/3) H^b, with H the height of fall and the depth together."""
    radii = _grains()
    x, fraction, top = bed(radii)
    paths = [drop(x, radii, top, *what) for what in DROPS]
    depth = np.array([d.max() for _, d in paths])
    density, height = np.array(DROPS).T
    fall = height + depth
    terms = np.stack([np.ones(len(DROPS)), np.log(density), np.log(fall)], axis=1)
    _, of_density, of_fall = np.linalg.lstsq(terms, np.log(depth), rcond=None)[0]
    sheet.check("exponent of the density", float(of_density), 1 / 2, EXPONENTS_WITHIN, scale=1.0)
    sheet.check("exponent of the height of fall", float(of_fall), 1 / 3, EXPONENTS_WITHIN, scale=1.0)
    bulk = GRAIN.density * fraction
    scale = np.sqrt(density / bulk) * (2 * BALL) ** (2 / 3) * fall ** (1 / 3)
    factor = float((depth * scale).sum() / (scale**2).sum())
    sheet.bound("scatter about depth = factor times scale", float(np.std(depth / (factor * scale))), 0.1)
    _notes(sheet, fraction, top, depth, factor)
    line = np.array([0.0, scale.max()])
    sheet.figure(
        "Depth over (rho_b / rho_g)^(1/2) D^(2/3) H^(1/3)",
        "scale [m]",
        "depth [m]",
        [
            sheet.curve(f"{factor:.3f} times the scale", line, factor * line),
            sheet.curve("regolith", scale, depth, marks=True),
        ],
    )
    curves = [
        sheet.curve(f"{rho:.0f} kg/m3 from {100 * h:.0f} cm", 1e3 * (t - t[0]), -1e3 * d)
        for (rho, h), (t, d) in zip(DROPS, paths, strict=True)
    ]
    sheet.figure("Paths of the balls", "time since the first touch [ms]", "lowest point over the surface [mm]", curves)


def _notes(sheet: Sheet, fraction: float, top: float, depth: np.ndarray, factor: float) -> None:
    sheet.note(
        "Five of the drops of DEM-Engine's BallDrop demo, with its grains and contacts (e = 0.9, friction 0.3, 2.5 to "
        "3.5 mm, no rolling resistance), but ten times softer (E = 7 MPa), on a bed five balls wide, periodic instead "
        f"of walled, that rained down with a friction of {RAINING.friction:g} and came to rest with its own. Solid "
        f"fraction {fraction:.3f}, surface at {1e3 * top:.1f} mm; depths "
        f"{', '.join(f'{1e3 * d:.1f}' for d in depth)} mm."
    )
    sheet.note(
        f"The factor is {factor:.3f}. The experiment gives 0.14 over the tangent of the angle of repose, which would "
        f"have to be {0.14 / factor:.2f}; it was not measured for these grains."
    )

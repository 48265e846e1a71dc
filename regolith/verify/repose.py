"""Angle of repose of grains that ran off over a ledge, against friction, rolling friction and stiffness."""

import warnings

import numpy as np

from regolith.box import Box
from regolith.drive import Motion
from regolith.materials import Contact
from regolith.packing import lattice
from regolith.surfaces import Mesh, Plane
from regolith.tools.mesh import TriangleMesh
from regolith.verify.case import GaveUp, Sheet, case
from regolith.verify.pouring import (
    DIAMETER,
    DOWN,
    FALL_TIME,
    SPREAD,
    Floats,
    grains_of,
    radii_drawn,
    settle,
    step_of,
)
from regolith.verify.stage import Stage, shared

N_GRAINS = 2250  # stand higher than LENGTH tan(39 degrees): no pile keeps its first surface
LENGTH = 20 * DIAMETER  # from the wall to the ledge [m]
WIDTH = 6 * DIAMETER  # periodic [m]
SOFT, STIFF = grains_of(2e4, "soft"), grains_of(2e5, "stiff")
RAIN_FALL = 40 * FALL_TIME  # of filling, at most [s]
QUIET = 5e-4  # kinetic energy over (weight d), at rest but for a grain or two that roll [-]
LONGEST = 100 * FALL_TIME  # of running off [s]
NAMES = ("soft", "stiff", "rough", "smooth")
MIDDLE = (0.5, 0.1)
SLIDING = ((0.1, 0.1), (0.25, 0.1), MIDDLE)  # friction, rolling friction [-]
ROLLING = ((0.5, 0.0), MIDDLE, (0.5, 0.4))
Run = tuple[float, float, str]  # friction, rolling friction, solid
Angles = dict[Run, Floats]
ZHOU = "Zhou, Xu, Yu & Zulli (2001), 10.1016/S0032-5910(00)00362-6: trends"


def ledge() -> TriangleMesh:
    """The floor, a block that ends at x = LENGTH with its top at z = 0; wider than the periodic box."""
    low, high = (-4 * DIAMETER, -4 * DIAMETER, -2 * DIAMETER), (LENGTH, WIDTH + 4 * DIAMETER, 0.0)
    corners = np.array([[(low, high)[k >> axis & 1][axis] for axis in range(3)] for k in range(8)])
    quads = ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5))
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return TriangleMesh(corners, np.array(faces))


def contacts_of(contact: Contact) -> dict[tuple[str, str], Contact]:
    """Grains touch each other as stated, slip along walls, and neither slip nor roll on the floor."""
    rough, smooth = Contact(restitution=0.5, friction=1.0, rolling_friction=1.0), Contact(restitution=0.5, friction=0.0)
    table = {}
    for a in NAMES:
        for b in NAMES:
            table[a, b] = smooth if "smooth" in (a, b) else rough if "rough" in (a, b) else contact
    return table


@shared
def stage() -> Stage:
    """A slice of a bed between a smooth wall and a gate over a ledge; soft and stiff grains."""
    wall = Plane(point=(0, 0, 0), normal=(1, 0, 0), material="smooth", motion=Motion.at_rest(), name="wall")
    gate = Plane(point=(0, 0, 0), normal=(-1, 0, 0), material="smooth", motion=Motion.at_rest(), name="gate")
    floor = Mesh(mesh=ledge(), material="rough", motion=Motion.at_rest(), name="floor")
    return Stage(
        n_grains=N_GRAINS,
        radii=(0.5 * DIAMETER * (1 - SPREAD), 0.5 * DIAMETER * (1 + SPREAD)),
        materials=[SOFT, STIFF, grains_of(2e5, "rough"), grains_of(2e5, "smooth")],
        contacts=contacts_of(Contact(restitution=0.5, friction=0.5)),
        surfaces=[wall, gate, floor],
        box=Box(
            lower=[-2 * DIAMETER, 0, -3 * DIAMETER],
            upper=[LENGTH + 6 * DIAMETER, WIDTH, 40 * DIAMETER],
            periodic=(False, True, False),
        ),
    )


def pile(contact: Contact, solid: str, seed: int) -> tuple[Floats, Floats]:
    """Fill the slice, take the gate away, and wait until no more grains move: centres and radii left [m]."""
    rng = np.random.default_rng(seed)
    radii = radii_drawn(N_GRAINS, rng)
    material = {"soft": SOFT, "stiff": STIFF}[solid]
    dt = step_of(material)
    sim = stage().sim
    sim.set_contacts(contacts_of(contact))
    closed, opened = {"gate": Motion.at_rest((LENGTH, 0, 0))}, {"gate": Motion.at_rest((1e4, 0, 0))}
    start = lattice(2 * radii, (LENGTH, WIDTH), 0.0, rng)
    stage().put(start, radii, time_step=dt, gravity=DOWN, material=solid, motions=closed)
    settle(sim, most=RAIN_FALL)
    at = sim.grains()["position"]
    stage().put(at, radii, time_step=dt, gravity=DOWN, material=solid, motions=opened)
    while sim.time < LONGEST:
        sim.step(int(FALL_TIME / dt))
        sums = sim.sums()
        weight = sums["mass"] * np.linalg.norm(DOWN)
        at = sim.grains()["position"]
        falling = (at[:, 2] < 0) & ~sim.lost()
        quiet = sums["kinetic"] + sums["rotational"] < QUIET * weight * DIAMETER
        if sim.time > 15 * FALL_TIME and quiet and not falling.any():
            break
    else:
        what = f"A pile still moved after {LONGEST:.2g} s; its angle is that of then."
        warnings.warn(what, GaveUp, stacklevel=2)
    left = at[:, 2] > 0
    return at[left], radii[left]


def surface(at: Floats, radii: Floats) -> tuple[Floats, Floats]:
    """The pile's surface: its highest grains over a grid of columns 2 d wide, averaged over the width [m].

    Returns:
        Distances from the wall and heights [m], shapes (columns,); the middle of the slope alone, without the ends
        that the wall and the ledge round off.
    """
    n_x, n_y = int(LENGTH / (2 * DIAMETER)), int(WIDTH / (2 * DIAMETER))
    top = np.zeros((n_x, n_y))
    i = np.clip((at[:, 0] / LENGTH * n_x).astype(int), 0, n_x - 1)
    j = np.clip((at[:, 1] / WIDTH * n_y).astype(int), 0, n_y - 1)
    np.maximum.at(top, (i, j), at[:, 2] + radii)
    x = (np.arange(n_x) + 0.5) * LENGTH / n_x
    return x[1:-2], top.mean(axis=1)[1:-2]


def angle_of(x: Floats, heights: Floats) -> float:
    """Slope of a surface [degrees]."""
    return float(np.degrees(np.arctan(-np.polyfit(x, heights, 1)[0])))


@case(
    "angle-of-repose",
    title="Angle of repose: rises with friction and rolling friction, does not depend on stiffness",
    source=ZHOU,
    long=True,
    cost="about 5 min on two cores",
)
def angle_of_repose(sheet: Sheet) -> None:
    """Grains run off over a ledge; the slope that stays."""
    seeds = range(sheet.seeds or 2)
    angles, slopes = {}, {}
    for key in sorted({(*pair, "soft") for pair in SLIDING + ROLLING} | {(*MIDDLE, "stiff")}):
        contact = Contact(restitution=0.5, friction=key[0], rolling_friction=key[1])
        surfaces = [surface(*pile(contact, key[2], seed)) for seed in seeds]
        angles[key] = np.array([angle_of(*found) for found in surfaces])
        slopes[key] = surfaces[0]
    for label, row, axis in (("friction", SLIDING, 0), ("rolling friction", ROLLING, 1)):
        means = np.array([angles[*pair, "soft"].mean() for pair in row])
        sheet.bound(f"steps in {label} at which the angle falls", int((np.diff(means) <= 0).sum()), 0)
        x = [pair[axis] for pair in row]
        every = np.array([angles[*pair, "soft"] for pair in row])
        curves = [
            sheet.curve("mean", x, means),
            sheet.curve("each seed", np.repeat(x, len(seeds)), every, marks=True),
        ]
        sheet.figure(f"Angle of repose over {label}", f"{label} [-]", "angle of repose [degrees]", curves)
    compare_stiffness(sheet, angles, slopes)
    listed = ", ".join(
        f"{found.mean():.1f} (mu = {mu:g}, mu_r = {mu_r:g}, {solid})"
        for (mu, mu_r, solid), found in sorted(angles.items())
    )
    sheet.note(
        f"Angles in degrees, mean of {len(seeds)} seeds: {listed}. A slice of {N_GRAINS} grains, {LENGTH / DIAMETER:g} "
        f"diameters long and periodic {WIDTH / DIAMETER:g} wide, runs off over a ledge when its gate is taken away; "
        "the floor is rough, the wall at the back smooth. The published fit of the angle is for piles between walls "
        "and is not compared: only its trends are."
    )


def compare_stiffness(sheet: Sheet, angles: Angles, slopes: dict[Run, tuple[Floats, Floats]]) -> None:
    """Ten times the stiffness gives the same angle, as far as the seeds tell."""
    soft, stiff = (*MIDDLE, "soft"), (*MIDDLE, "stiff")
    n = len(angles[soft])
    # pooled over all series, since a few seeds of one would not tell their spread
    spread = float(np.sqrt(np.mean([found.var(ddof=1) for found in angles.values()]))) if n > 1 else 2.0
    sheet.check(
        "angle with E ten times as high, against E; allowed: 3 standard errors of the seeds",
        angles[stiff].mean(),
        angles[soft].mean(),
        3 * spread * np.sqrt(2 / n),
        scale=1.0,
        unit="degrees",
    )
    curves = [
        sheet.curve(label, slopes[key][0] / DIAMETER, slopes[key][1] / DIAMETER, marks=key == soft)
        for label, key in (("E = 2e5 rho g d", stiff), ("E = 2e4 rho g d", soft))
    ]
    sheet.figure("Surface of the pile, first seed", "distance from the wall / d", "height / d", curves)
    sheet.note(f"The standard deviation of a seed's angle is {spread:.2f} degrees.")

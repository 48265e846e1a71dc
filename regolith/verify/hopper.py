"""Discharge of a flat-bottomed silo through round orifices: Beverloo's law."""

import warnings
from dataclasses import dataclass

import numpy as np

from regolith.box import Box
from regolith.drive import Motion
from regolith.materials import Contact
from regolith.packing import solid_fraction
from regolith.surfaces import Cylinder, Mesh, Plane
from regolith.tools.mesh import TriangleMesh
from regolith.verify.case import GaveUp, Sheet, case
from regolith.verify.pouring import (
    DENSITY,
    DIAMETER,
    DOWN,
    FALL_TIME,
    GRAVITY,
    SPREAD,
    Floats,
    column,
    grains_of,
    radii_drawn,
    settle,
    step_of,
)
from regolith.verify.stage import PARKED, Stage, shared

N_GRAINS = 14000
SILO = 30.0  # diameter of the silo over the grains' [-]
ORIFICES = (6.0, 7.5, 9.0, 10.5, 12.0)  # diameters over the grains' [-]
SOLID = grains_of(1e5)
STARTING = 4 * FALL_TIME  # until the flow is steady [s]
COUNTED = 1000  # grains that leave meanwhile, at least
SHORTEST = 8 * FALL_TIME  # of the steady flow that is looked at [s]
LONGEST = 100 * FALL_TIME  # by then an orifice has clogged [s]
OFFSET = 1.4  # k of Beverloo's law as mostly quoted
BEVERLOO = (
    "Beverloo, Leniger & van de Velde (1961), 10.1016/0009-2509(61)85030-6; "
    "C = 0.58 and k = 1.4 as in Mankoc et al. (2007), 10.1007/s10035-007-0062-2"
)
RANGES = "Nedderman (1992), Statics and Kinematics of Granular Materials, chapter 10; Beverloo et al. (1961)"


def pierced_floor(orifice: float, outer: float, thickness: float) -> TriangleMesh:
    """A round slab with a round hole, its top at z = 0.

    Args:
        orifice: Diameter of the hole [m].
        outer: Radius of the slab [m].
        thickness: Of the slab [m].
    """
    n = 72
    angles = 2 * np.pi * np.arange(n) / n
    inner = 0.5 * orifice * np.sqrt((2 * np.pi / n) / np.sin(2 * np.pi / n))  # the polygon has the circle's area
    profile = ((inner, 0.0), (outer, 0.0), (outer, -thickness), (inner, -thickness))
    rings = [np.stack([r * np.cos(angles), r * np.sin(angles), np.full(n, z)], axis=1) for r, z in profile]
    faces = []
    for k in range(4):
        a, b = k * n + np.arange(n), (k + 1) % 4 * n + np.arange(n)
        following = np.roll(np.arange(n), -1)
        c, d = k * n + following, (k + 1) % 4 * n + following
        faces += [np.stack([a, b, d], axis=1), np.stack([a, d, c], axis=1)]
    return TriangleMesh(np.concatenate(rings), np.concatenate(faces))


@shared
def stage() -> Stage:
    """A silo with a closed floor and one pierced floor for each orifice."""
    radius = 0.5 * SILO * DIAMETER
    height = 2.2 * N_GRAINS / SILO**2 * DIAMETER
    floors = [
        Mesh(
            mesh=pierced_floor(orifice * DIAMETER, radius + DIAMETER, 0.25 * DIAMETER),
            material="grain",
            motion=PARKED,
            name=f"orifice {orifice:g}",
        )
        for orifice in ORIFICES
    ]
    wall = Cylinder(
        point=(0, 0, 0), axis=(0, 0, 1), radius=radius, material="grain", motion=Motion.at_rest(), name="wall"
    )
    lid = Plane(point=(0, 0, 0), normal=(0, 0, 1), material="grain", motion=PARKED, name="lid")
    side = radius + 2 * DIAMETER
    return Stage(
        n_grains=N_GRAINS,
        radii=(0.5 * DIAMETER * (1 - SPREAD), 0.5 * DIAMETER * (1 + SPREAD)),
        materials=[SOLID],
        contacts={("grain", "grain"): Contact(restitution=0.5, friction=0.5)},
        surfaces=[wall, lid, *floors],
        box=Box(lower=[-side, -side, -6 * DIAMETER], upper=[side, side, height]),
    )


@dataclass(frozen=True)
class Filled:
    """A filled silo at rest: centres (n, 3) and radii (n,) [m], solid fraction [-], height of the surface [m]."""

    positions: Floats
    radii: Floats
    fraction: float
    height: float


def filled(seed: int) -> Filled:
    """Rain grains into the closed silo."""
    rng = np.random.default_rng(seed)
    radii = radii_drawn(N_GRAINS, rng)
    start = column(radii, 0.5 * SILO * DIAMETER, rng)
    sim = stage().put(start, radii, time_step=step_of(SOLID), gravity=DOWN, motions={"lid": Motion.at_rest()})
    settle(sim)
    at = sim.grains()["position"]
    height = float(np.quantile(at[:, 2], 0.98))
    area = np.pi / 4 * (SILO * DIAMETER) ** 2
    fraction = solid_fraction(at[:, 2], radii, area, 2 * DIAMETER, height - 2 * DIAMETER)
    return Filled(at, radii, fraction, height)


def discharge(silo: Filled, orifice: float) -> tuple[Floats, Floats]:
    """Times [s] and mass that has left by then [kg], from the opening to the end of what is looked at."""
    opened = {f"orifice {orifice:g}": Motion.at_rest()}
    sim = stage().put(silo.positions, silo.radii, time_step=step_of(SOLID), gravity=DOWN, motions=opened)
    times, left = [0.0], [0.0]
    begun = np.nan
    while sim.time < LONGEST:
        sim.step(int(0.25 * FALL_TIME / sim.time_step))
        out = sim.grains()["position"][:, 2] < -DIAMETER
        times.append(sim.time)
        left.append(float(sim.masses[out].sum()))
        if np.isnan(begun) and sim.time >= STARTING:
            begun = out.sum()
        if sim.time >= STARTING + SHORTEST and out.sum() >= begun + COUNTED:
            break
    else:
        what = f"Fewer than {COUNTED} grains left by an orifice of {orifice:g} d in {LONGEST:.2g} s: it has clogged."
        warnings.warn(what, GaveUp, stacklevel=2)
    return np.array(times), np.array(left)


def rate_of(times: Floats, left: Floats) -> float:
    """Mass flow once steady [kg/s]."""
    steady = times >= STARTING
    return float(np.polyfit(times[steady], left[steady], 1)[0])


@case(
    "beverloo",
    title="Discharge of a flat-bottomed silo: exponent, C and k of Beverloo's law",
    source=BEVERLOO,
    long=True,
    cost="about 5 min on two cores",
)
def beverloo(sheet: Sheet) -> None:
    """The same fill runs out through orifices of 6 to 12 grain diameters."""
    seeds = range(sheet.seeds or 1)
    silos = [filled(seed) for seed in seeds]
    runs = [[discharge(silo, orifice) for orifice in ORIFICES] for silo in silos]
    rates = np.array([[rate_of(*run) for run in row] for row in runs]).mean(axis=0)
    bulk = DENSITY * float(np.mean([silo.fraction for silo in silos]))
    orifices = np.array(ORIFICES)
    reduced = (rates / (bulk * np.sqrt(GRAVITY) * DIAMETER**2.5)) ** 0.4  # C^(2/5) (D/d - k)
    slope, offset = np.polyfit(orifices, reduced, 1)
    line = slope * orifices + offset
    sheet.bound(
        "largest distance of W^(2/5) from a line, of its mean", np.abs(reduced - line).max() / line.mean(), 0.02
    )
    exponent = np.polyfit(np.log(orifices - OFFSET), np.log(rates), 1)[0]
    sheet.check(f"exponent of W over D - {OFFSET:g} d", exponent, 2.5, 0.15, scale=1.0)
    sheet.check("C, 0.5 to 0.7", slope**2.5, 0.6, 0.1, scale=1.0, source=RANGES)
    sheet.check("k, 1 to 2", -offset / slope, 1.5, 0.5, scale=1.0, source=RANGES)
    published = 0.58 * (orifices - OFFSET) ** 2.5
    for orifice, ours, theirs in zip(orifices, reduced**2.5, published, strict=True):
        sheet.report(f"W / (rho_b sqrt(g) d^(5/2)) at D = {orifice:g} d", ours, theirs)
    draw(sheet, reduced, line, published**0.4, runs[0])
    first = silos[0]
    sheet.note(
        f"{N_GRAINS} grains (d +- {SPREAD:.0%}, friction 0.5, restitution 0.5, E = 1e5 rho g d) in a silo {SILO:g} d "
        f"wide, filled {first.height / DIAMETER:.1f} d high at a solid fraction of {first.fraction:.3f}, which gives "
        f"the bulk density in C; {len(seeds)} seed(s). Each run starts from that fill. The widest orifices stand "
        "closer to the wall than the law's D + 30 d. A straight line of W^(2/5) alone would not tell 5/2 from other "
        "exponents, over so short a range; k, C and the exponent over D - 1.4 d do."
    )


def draw(sheet: Sheet, reduced: Floats, line: Floats, published: Floats, runs: list[tuple[Floats, Floats]]) -> None:
    """Beverloo's straight line, and the mass that left over time."""
    curves = [
        sheet.curve("regolith", ORIFICES, reduced, marks=True),
        sheet.curve("line through it", ORIFICES, line),
        sheet.curve("C = 0.58, k = 1.4", ORIFICES, published, marks=True),
    ]
    sheet.figure("Beverloo", "orifice D / d", "(W / (rho_b sqrt(g) d^(5/2)))^(2/5)", curves)
    curves = [
        sheet.curve(f"D = {orifice:g} d", times, left * 1e3)
        for orifice, (times, left) in zip(ORIFICES, runs, strict=True)
    ]
    sheet.figure("Mass that has left", "time [s]", "mass [g]", curves)

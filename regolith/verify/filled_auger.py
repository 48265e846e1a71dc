"""An auger with half-filled flutes turns in a sleeve, at two gravities with grains of equal stiffness over weight.

A filled flute has no sharp critical rate: the soil's own weight presses it on the sleeve, so that some of it climbs at
any rate. The rate is compared at which grains climb a stated share of what a nut would that does not turn.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from regolith.box import Box
from regolith.core import conveying_rate
from regolith.drive import Motion
from regolith.materials import Contact, Material
from regolith.surfaces import Cylinder, Mesh, Plane
from regolith.tools import CorerShape, make_corer
from regolith.verify.case import Sheet, case
from regolith.verify.conveying import ANGLE, CLOSED_FORM, GRAVITIES
from regolith.verify.stage import PARKED, Stage, shared

Floats = NDArray[np.float64]

D, DENSITY = 2e-3, 2500.0  # mean diameter [m] and density [kg/m3] of the grains
SPREAD = 0.1  # of the diameters, either way
STIFFNESS = 2e4  # E / (rho g d)
STEP = 3e-3  # of sqrt(d / g)
SLEEVE, STEM = 7 * D, 3 * D  # radii [m]
PATH = SLEEVE - 0.5 * D  # on which grains at the sleeve go round [m]
PITCH = 2 * np.pi * PATH * np.tan(ANGLE)
LENGTH = 45 * D
# Shallower flutes or more friction let three grains in a row jam between the stem that turns and the sleeve.
FRICTION, FLIGHT_FRICTION, WALL_FRICTION = 0.4, 0.3, 0.5
FOOT = -PITCH  # height of the auger's lower end [m]; the floor at 0, from which its flights scoop, cuts through it
BETWEEN = (4 * D, 12 * D)  # heights of the grains that count [m]
SETTLING = 8.0  # sqrt(d / g)
SHARE = 0.2  # of the way of a nut that does not turn: the criterion of the critical rate
RATES = (0.6, 0.85, 1.1, 1.35)  # over the single chip's critical rate
PARTS = 4  # of a turn, after each of which grains are chosen anew
WITHIN = 0.1


def grains_at(place: str) -> str:
    """Name of the material that has the stiffness for a gravity."""
    return f"grains at {place}"


@shared
def stage() -> Stage:
    """The auger in its sleeve, over a floor; walls are rigid, so that contacts are as stiff as the grains."""
    shape = CorerShape(
        outer_diameter=2 * (SLEEVE - 0.1 * D),
        stem_diameter=2 * STEM,
        bore_diameter=0.8 * D,
        length=LENGTH,
        pitch=PITCH,
        starts=1,
        flight_thickness=D,
        teeth=1,
        tooth_height=D,
    )
    solid = {"density": DENSITY, "poisson_ratio": 0.2}
    walls = [Material(name=name, youngs_modulus=1e25, **solid) for name in ("flight", "wall")]
    moduli = {grains_at(place): STIFFNESS * DENSITY * gravity * D for place, gravity in GRAVITIES.items()}
    friction = {"flight": FLIGHT_FRICTION, "wall": WALL_FRICTION}
    contacts = {
        (name, other): Contact(restitution=0.3, friction=mu, rolling_friction=0.05)
        for name in moduli
        for other, mu in ({name: FRICTION} | friction).items()
    }
    side = SLEEVE + D
    return Stage(
        n_grains=len(lattice()),
        radii=(0.5 * (1 - SPREAD) * D, 0.5 * (1 + SPREAD) * D),
        materials=[*(Material(name=name, youngs_modulus=e, **solid) for name, e in moduli.items()), *walls],
        contacts=contacts,
        surfaces=[
            Mesh(mesh=make_corer(shape).mesh, material="flight", motion=PARKED, name="auger"),
            Cylinder(point=(0, 0, 0), axis=(0, 0, 1), radius=SLEEVE, material="wall", name="sleeve"),
            Plane(point=(0, 0, 0), normal=(0, 0, 1), material="wall", name="floor"),
        ],
        box=Box(lower=[-side, -side, -D], upper=[side, side, LENGTH]),
    )


def lattice() -> Floats:
    """Centres in the flutes, three in a row from stem to sleeve, along the helix and across it [m], shape (n, 3)."""
    rise, parts = PITCH / (2 * np.pi), []
    for r in np.linspace(STEM + 0.6 * D, SLEEVE - 0.6 * D, 3):
        angle = np.arange(0.0, (LENGTH - 2 * PITCH) / rise, 1.15 * D / r)
        for above in np.arange(1.8 * D, PITCH - 0.8 * D, 1.25 * D):
            parts.append(np.stack([r * np.cos(angle), r * np.sin(angle), FOOT + rise * angle + above], axis=1))
    x = np.concatenate(parts)
    return x[x[:, 2] > 0.6 * D]


def climb(place: str, seed: int) -> Floats:
    """Mean climb of grains in the second turn, over that of a nut that does not turn, at all rates, shape (n,)."""
    gravity = GRAVITIES[place]
    unit = (D / gravity) ** 0.5
    x = lattice()
    radii = 0.5 * D * np.random.default_rng(seed).uniform(1 - SPREAD, 1 + SPREAD, len(x))
    words = {"time_step": STEP * unit, "material": grains_at(place), "gravity": (0, 0, -gravity)}
    still = {"auger": Motion.at_rest((0, 0, FOOT))}
    sim = stage().put(x, radii, motions=still, **words)
    sim.step(round(SETTLING / STEP))
    x = sim.grains()["position"]
    found = []
    for rate in np.array(RATES) * chip_rate(gravity):
        turning = Motion.constant(angular_velocity=(0, 0, -rate), origin=(0, 0, FOOT))
        v = rate * np.stack([x[:, 1], -x[:, 0], 0 * x[:, 0]], axis=1)
        stage().put(x, radii, velocities=v, spins=(0, 0, -rate), motions={"auger": turning}, **words)
        part = round(2 * np.pi / rate / (STEP * unit) / PARTS)
        sim.step(PARTS * part)
        heights = [sim.grains()["position"][:, 2]]
        for _ in range(PARTS):
            sim.step(part)
            heights.append(sim.grains()["position"][:, 2])
        found.append(np.mean([_rise(*pair) for pair in zip(heights, heights[1:], strict=False)]))
    return np.array(found)


def _rise(before: Floats, after: Floats) -> float:
    counts = (before > BETWEEN[0]) & (before < BETWEEN[1])
    return float((after - before)[counts].mean() / (PITCH / PARTS))


def chip_rate(gravity: float) -> float:
    """The critical rate of a single chip at the sleeve [rad/s]."""
    return conveying_rate(ANGLE, PATH, FLIGHT_FRICTION, WALL_FRICTION, gravity)


def critical(climbs: Sequence[float] | Floats) -> float:
    """Rate at which the climb is `SHARE`, over the chip's, from the straight line through the climbs at all rates."""
    slope, start = np.polyfit(RATES, climbs, 1)
    return float((SHARE - start) / slope)


@case(
    "conveying-auger",
    title="Filled augers at 1/6 g and 1 g: equal stiffness over weight, critical rates as the root of gravity",
    source=f"Dimensions: rates go as sqrt(g / d) at equal E / (rho g d). The single chip: {CLOSED_FORM}",
    long=True,
    cost="about 3 min on one core",
)
def conveying_auger(sheet: Sheet) -> None:
    """Beds of their own at each gravity, with other radii drawn."""
    n_beds = sheet.seeds or 2
    climbs = {
        place: np.array([climb(place, 100 * k + bed) for bed in range(n_beds)]) for k, place in enumerate(GRAVITIES)
    }
    rates = {place: critical(found.mean(axis=0)) * chip_rate(GRAVITIES[place]) for place, found in climbs.items()}
    moon, earth = GRAVITIES
    sheet.check("critical rate at 1 g over that at 1/6 g", rates[earth] / rates[moon], 6**0.5, WITHIN)
    for place, rate in rates.items():
        sheet.report(f"{place}: critical rate beside a single chip's", rate, chip_rate(GRAVITIES[place]), unit="rad/s")
    spread = [f"{np.std([critical(one) for one in found]):.2f}" for found in climbs.values()]
    sheet.note(
        f"Flutes {(SLEEVE - STEM) / D:.0f} grains deep, half full, E / (rho g d) = {STIFFNESS:g}, steps of {STEP:g} "
        f"sqrt(d / g). Grains start with the auger; the rate counts at which those {BETWEEN[0] / D:.0f} to "
        f"{BETWEEN[1] / D:.0f} diameters over the floor climb, in the second turn, {SHARE:.0%} of a pitch a turn, from "
        f"a straight line through {len(RATES)} rates and the mean of {n_beds} beds (over the chip's rate they spread "
        f"by {' and '.join(spread)}, one standard deviation). Soil in a flute rests on the sleeve with its weight too, "
        "so that some climb at any rate and there is no sharp threshold as for a chip."
    )
    curves = [sheet.curve(place, RATES, found.mean(axis=0), marks=True) for place, found in climbs.items()]
    curves.append(sheet.curve("criterion", RATES, [SHARE] * len(RATES)))
    sheet.figure("Climb in the second turn", "rate over a single chip's", "pitches a turn", curves)

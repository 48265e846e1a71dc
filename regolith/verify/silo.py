"""Stress on the floor of a narrow silo against its fill: Janssen's saturation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar

from regolith.box import Box
from regolith.drive import Motion
from regolith.laws import effective_modulus
from regolith.materials import Contact
from regolith.surfaces import Cylinder, Plane
from regolith.verify.case import Sheet, case
from regolith.verify.pouring import (
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
from regolith.verify.stage import Stage, shared

if TYPE_CHECKING:
    from regolith.simulation import Simulation


N_GRAINS = 3600
SILO = 10 * DIAMETER  # diameter [m]
AREA = np.pi / 4 * SILO**2
INNER = Contact(restitution=0.5, friction=0.5)
WALL = Contact(restitution=0.5, friction=0.3, rolling_friction=1.0)  # a wall that grains cannot roll along, but slide
SHARES = (0.0625, 0.125, 0.1875, 0.25, 0.375, 0.5, 0.75, 1.0)  # of the grains, lowest first
WALL_SPEED = 0.05 * DIAMETER / FALL_TIME  # upwards: the wall's friction is mobilised all along [m/s]
MOVED, WATCHED = 30 * FALL_TIME, 12 * FALL_TIME  # how long the wall moves, and the end of it that counts [s]
FIELDS = ("floor", "weight", "wall", "mobilised", "ratio")
SOLID = grains_of(1e5)
JANSSEN = (
    "Janssen (1895), translated by Sperl (2006), 10.1007/s10035-005-0224-z; wall moved upwards as in "
    "Bertho, Giorgiutti-Dudziuk & Hulin (2003), 10.1103/PhysRevLett.90.144301"
)


@shared
def stage() -> Stage:
    """A narrow silo whose wall can be drawn upwards."""
    height = 3.2 * N_GRAINS * DIAMETER**3 / (SILO**2)
    side = 0.5 * SILO + 2 * DIAMETER
    wall = Cylinder(
        point=(0, 0, 0), axis=(0, 0, 1), radius=0.5 * SILO, material="wall", motion=Motion.at_rest(), name="wall"
    )
    floor = Plane(point=(0, 0, 0), normal=(0, 0, 1), material="grain", motion=Motion.at_rest(), name="floor")
    return Stage(
        n_grains=N_GRAINS,
        radii=(0.5 * DIAMETER * (1 - SPREAD), 0.5 * DIAMETER * (1 + SPREAD)),
        materials=[SOLID, replace(SOLID, name="wall")],
        contacts={("grain", "grain"): INNER, ("grain", "wall"): WALL},
        surfaces=[wall, floor],
        box=Box(lower=[-side, -side, -2 * DIAMETER], upper=[side, side, height]),
    )


@dataclass(frozen=True)
class Held:
    """A fill whose wall slides: stresses on the floor and of its weight alone [Pa], wall force over weight [-].

    `mobilised` is the wall's friction force over its normal force, `ratio` the wall's pressure over the vertical
    stress between one and three diameters above the floor; NaN in lower fills.
    """

    floor: float
    weight: float
    wall: float
    mobilised: float
    ratio: float


def filled(seed: int) -> tuple[Floats, Floats]:
    """Rain grains into the silo; their centres and radii from the lowest up."""
    rng = np.random.default_rng(seed)
    radii = radii_drawn(N_GRAINS, rng)
    sim = stage().put(column(radii, 0.5 * SILO, rng), radii, time_step=step_of(SOLID), gravity=DOWN)
    settle(sim, most=50 * FALL_TIME)
    at = sim.grains()["position"]
    order = np.argsort(at[:, 2])
    return at[order], radii[order]


def drawn(positions: Floats, radii: Floats) -> Held:
    """Draw the wall up around a fill, and average over the end."""
    motions = {"wall": Motion.constant(velocity=(0, 0, WALL_SPEED))}
    sim = stage().put(positions, radii, time_step=step_of(SOLID), gravity=DOWN, motions=motions)
    rows = []
    while sim.time < MOVED:
        sim.step(int(0.2 * FALL_TIME / sim.time_step))
        if sim.time > MOVED - WATCHED:
            pressing = wall_pressing(sim)
            down, up = -sim.wrench("floor")[0][2], -sim.wrench("wall")[0][2]
            rows.append((down, up, up / pressing[1].sum(), stress_ratio(sim, *pressing)))
    down, up, mobilised, ratio = np.mean(rows, axis=0)
    weight = float(sim.masses.sum()) * GRAVITY
    return Held(down / AREA, weight / AREA, up / weight, mobilised, ratio)


def wall_pressing(sim: Simulation) -> tuple[Floats, Floats]:
    """Heights [m] and normal forces [N] of the contacts with the wall, from their overlaps by Hertz's law."""
    contacts = sim.surface_contacts()
    mine = contacts["surface"] == sim.surroundings.names.index("wall")
    grain, overlap = contacts["grain"][mine], contacts["overlap"][mine]
    force = 4 / 3 * effective_modulus(SOLID, SOLID) * np.sqrt(sim.radii[grain]) * overlap**1.5
    return sim.grains()["position"][grain, 2], force


def stress_ratio(sim: Simulation, heights: Floats, forces: Floats) -> float:
    """Wall pressure over the vertical stress in the grains, one to three diameters above the floor [-]."""
    low, high = SILO, 3 * SILO
    at, pairs = sim.grains()["position"], sim.pairs()
    if at[:, 2].max() < high + 0.5 * SILO:
        return np.nan
    a, b = at[pairs["i"]], at[pairs["j"]]
    middle = 0.5 * (a[:, 2] + b[:, 2])
    mine = (middle > low) & (middle < high)
    vertical = float((pairs["force"][mine, 2] * (a - b)[mine, 2]).sum()) / (AREA * (high - low))
    pressure = forces[(heights > low) & (heights < high)].sum() / (np.pi * SILO * (high - low))
    return float(pressure / vertical)


def saturation(weights: Floats, floors: Floats) -> float:
    """The stress s of the best floor = s (1 - exp(-weight / s)) [Pa]."""

    def misfit(s: float) -> float:
        return float(((s * (1 - np.exp(-weights / s)) - floors) ** 2).sum())

    return float(minimize_scalar(misfit, bounds=(0.1 * floors.max(), 10 * floors.max()), method="bounded").x)


@case(
    "janssen",
    title="Stress on the floor of a silo saturates with the fill as Janssen says",
    source=JANSSEN,
    long=True,
    cost="about 2 min on two cores",
)
def janssen(sheet: Sheet) -> None:
    """Fills of 0.3 to 4.5 diameters; the wall is drawn up slowly, so that its friction is mobilised."""
    seeds = range(sheet.seeds or 2)
    counts = [round(share * N_GRAINS) for share in SHARES]
    fills, heights = [], []
    for seed in seeds:
        positions, radii = filled(seed)
        fills.append([drawn(positions[:n], radii[:n]) for n in counts])
        heights.append([positions[n - 1, 2] for n in counts])
    mean = {key: np.mean([[getattr(fill, key) for fill in row] for row in fills], axis=0) for key in FIELDS}
    floors, weights = mean["floor"], mean["weight"]
    plateau = saturation(weights, floors)
    fit = plateau * (1 - np.exp(-weights / plateau))
    bulk = float(np.polyfit(np.mean(heights, axis=0), weights, 1)[0])  # rho_b g, the uneven top layer left out [Pa/m]
    length = plateau / bulk
    residual = float(np.abs(fit - floors).max() / plateau)
    sheet.bound("largest distance of the floor's stress from Janssen's curve, of the plateau", residual, 0.05)
    balance = float(np.abs(mean["wall"] + floors / weights - 1).max())
    sheet.bound("floor and wall together, less the weight, of the weight", balance, 0.01)
    sheet.check("friction over normal force of the wall", mean["mobilised"][-1], WALL.friction, 0.1)
    ratio = SILO / (4 * WALL.friction * length)
    sheet.check(
        "K of the fit, against wall pressure over vertical stress in the grains", ratio, mean["ratio"][-1], 0.15
    )
    draw(sheet, weights, floors, plateau, f"Janssen, K = {ratio:.2f}")
    sheet.note(
        f"{N_GRAINS} grains (E = 1e5 rho g d) in a silo {SILO / DIAMETER:g} d wide, cut to {len(SHARES)} fills; mean "
        f"of {len(seeds)} seeds. K is the only thing that is fitted: {ratio:.2f}, with the wall's friction "
        f"{WALL.friction:g} and a saturation length of {length / SILO:.2f} silo diameters. Grains cannot roll along "
        "the wall (rolling friction 1), else it would carry less than its friction."
    )


def draw(sheet: Sheet, weights: Floats, floors: Floats, plateau: float, label: str) -> None:
    """Stress on the floor over the fill's weight, both by area [Pa]."""
    rising = np.linspace(0, weights.max(), 60)
    curves = [
        sheet.curve("weight alone", [0, 2 * plateau], [0, 2 * plateau]),
        sheet.curve(label, rising, plateau * (1 - np.exp(-rising / plateau))),
        sheet.curve("regolith", weights, floors, marks=True),
    ]
    sheet.figure("Stress on the floor", "weight of the fill over the floor's area [Pa]", "stress [Pa]", curves)

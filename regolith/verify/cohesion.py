"""Forces of sticking contacts over their overlap: pull-off, and the hysteresis of JKR."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from regolith.drive import Motion
from regolith.laws import effective_modulus
from regolith.time_step import hertz_contact_time
from regolith.verify import benches
from regolith.verify.benches import GAMMA, GRAINS, RADIUS
from regolith.verify.case import Sheet, case
from regolith.verify.closed_forms import hertz_force, jkr_curve, jkr_radius, jkr_tear_off

if TYPE_CHECKING:
    from regolith.simulation import Simulation

R = RADIUS
E_EFF = effective_modulus(GRAINS[0], GRAINS[0])
JKR = "Johnson, Kendall & Roberts (1971), 10.1098/rspa.1971.0141, with w = 2 gamma"
DMT = "4 pi gamma R*: Derjaguin, Muller & Toporov (1975), 10.1016/0021-9797(75)90018-1, with w = 2 gamma"
SJKR = (
    "F = 4/3 E* sqrt(R*) d^(3/2) - k 2 pi R* d, at its least -2/3 pi^3 k^3 R*^2 / E*^2; LIGGGHTS manual, cohesion sjkr"
)
WHERE = {"pair": (2, 0.5), "wall": (1, 1.0), "slab": (1, 1.0)}  # radii between the centres, R* over R


def held(law: str, overlap: np.ndarray, material: str, dt: float = 1e-9) -> np.ndarray:
    """Normal force of pairs that rest at overlaps [N], attraction negative, after one step."""
    n = len(overlap)
    k = np.arange(n)
    x = np.stack([k % 10 - 4.5, k // 10 % 10 - 4.5, k // 100 - 1.5], axis=1) * 5 * R
    half = 0.5 * (2 * benches.BENCHES[law]().stored(R) - overlap)[:, None] * [0, 0, 1]
    sim = benches.BENCHES[law]().put(np.concatenate([x + half, x - half]), R, time_step=dt, material=material)
    sim.step()
    return np.asarray(sim.grains()["force"][:n, 2], float)


def travel(partner: str, begin: float, end: float, n: int = 1000) -> Iterator[tuple["Simulation", float, float]]:
    """Moves a heavy, sticking, undamped grain from one overlap [m] to another; the overlap and force of each step."""
    dt = 1e-6
    stage, (radii, _) = benches.jkr(), WHERE[partner]
    touching = radii * stage.stored(R)
    place = np.array([[0, 0, touching - begin], [0, 0, 0]])[: 2 if partner == "pair" else 1]
    sim = stage.put(
        place,
        R,
        time_step=dt,
        velocities=np.array([[0, 0, -(end - begin) / (n * dt)], [0, 0, 0]])[: len(place)],
        material="sticky",
        masses=[1e9] * len(place),
        motions={} if partner == "pair" else {partner: Motion.at_rest()},
    )
    for _ in range(n):
        x = sim.grains()["position"][:, 2]
        sim.step()
        yield sim, touching - (x[0] - x[1:].sum()), float(sim.grains()["force"][0, 2])


@case("pull-off-dmt", title="DMT: pull-off force and force over overlap", source=DMT)
def pull_off_dmt(sheet: Sheet) -> None:
    """Two spheres at rest, undamped; at the least overlap Hertz adds 1e-6 of the pull-off force."""
    overlap = np.concatenate([[1e-9], np.linspace(1e-6, 2e-4, 99)])
    force, r_eff = held("dmt", overlap, "sticky"), 0.5 * R
    exact = hertz_force(overlap, r_eff, E_EFF) - 4 * np.pi * GAMMA["dmt"] * r_eff
    pull = 4 * np.pi * GAMMA["dmt"] * r_eff
    sheet.check("two spheres: pull-off force", -force.min(), pull, 1e-3, unit="N")
    worst = int(np.abs(force - exact).argmax())
    sheet.check("force over overlap, worst of 100", force[worst], exact[worst], 1e-3, scale=pull, unit="N")
    stage = benches.dmt()
    plane = {"wall": Motion.at_rest()}
    sim = stage.put([[0, 0, stage.stored(R) - 1e-9]], R, time_step=1e-9, material="sticky", motions=plane)
    sim.step()
    sheet.check("sphere and plane: pull-off force", -sim.grains()["force"][0, 2], 2 * pull, 1e-3, unit="N")
    _draw(sheet, "DMT", overlap, force, exact, pull)


@case("pull-off-sjkr", title="SJKR: pull-off force and force over overlap", source=SJKR)
def pull_off_sjkr(sheet: Sheet) -> None:
    """Two spheres at rest, undamped; then damped ones (e = 0.5) at the shipped step and at parts of it."""
    r_eff, k = 0.5 * R, 2e6
    at_least = (np.pi * k * np.sqrt(r_eff) / E_EFF) ** 2
    overlap = at_least * np.linspace(0.01, 3.01, 301)
    exact = hertz_force(overlap, r_eff, E_EFF) - k * 2 * np.pi * r_eff * overlap
    pull = 2 / 3 * np.pi**3 * k**3 * r_eff**2 / E_EFF**2
    force = held("sjkr", overlap, "sticky")
    sheet.check("pull-off force", -force.min(), pull, 1e-3, unit="N")
    worst = int(np.abs(force - exact).argmax())
    sheet.check("force over overlap, worst of 301", force[worst], exact[worst], 1e-3, scale=pull, unit="N")
    shipped = hertz_contact_time(R, GRAINS[0], 1.0) / 50
    damped = {part: -held("sjkr", overlap, "damped", shipped / part).min() for part in (1, 10, 100)}
    sheet.check("damped, a hundredth of the shipped step: pull-off force", damped[100], pull, 1e-3, unit="N")
    sheet.report("damped, shipped step: pull-off force", damped[1], pull, unit="N")
    order = np.log10((damped[1] - damped[100]) / (damped[10] - damped[100]))
    sheet.check("damped: observed order in the time step", order, 1.0, 0.1)
    sheet.note(
        "A dashpot at the mid-step velocity takes half a step's acceleration as if no other force acted: of a contact "
        "that something holds at rest it takes a share c dt / 2 m* of the force. That share goes as the time step."
    )
    _draw(sheet, "SJKR", overlap, force, exact, pull)


def _draw(sheet: Sheet, law: str, overlap: np.ndarray, force: np.ndarray, exact: np.ndarray, pull: float) -> None:
    some = slice(None, None, max(1, len(overlap) // 25))
    sheet.figure(
        f"Force over overlap, {law}",
        "overlap [µm]",
        "force over pull-off force [-]",
        [
            sheet.curve("regolith", overlap * 1e6, force / pull),
            sheet.curve("closed form", overlap[some] * 1e6, exact[some] / pull, marks=True),
        ],
    )


def way(partner: str, begin: float, end: float, n: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Overlaps [m] and forces [N] on the way from one overlap to another."""
    rows = np.array([(overlap, force) for _, overlap, force in travel(partner, begin, end, n)])
    return rows[:, 0], rows[:, 1]


@case(
    "jkr-hysteresis",
    title="JKR: a contact forms at touch, pulls with 3 pi gamma R* at most, and tears beyond touching",
    source=JKR,
)
def jkr_hysteresis(sheet: Sheet) -> None:
    """An undamped grain is moved to touch and away from it, a step being 0.2 % of the overlap of tear-off."""
    for partner, label in (("pair", "two spheres"), ("wall", "sphere and plane"), ("slab", "sphere and mesh")):
        r_eff = WHERE[partner][1] * R
        lowest = float(jkr_tear_off(r_eff, E_EFF, GAMMA["jkr"])[1])
        pull = 3 * np.pi * GAMMA["jkr"] * r_eff
        coming, push = way(partner, 1.5 * lowest, -1.0 * lowest, 1250)
        going, drag = way(partner, -1.0 * lowest, 1.5 * lowest, 1250)
        sheet.check(f"{label}: pull-off force", -drag.min(), pull, 1e-3, unit="N")
        torn = going[drag != 0].min()
        sheet.check(f"{label}: overlap where it tears", torn, lowest, 2.5e-3, unit="m")
        formed = coming[push != 0].min()
        sheet.check(f"{label}: overlap where it forms", formed, 0.0, 2.5e-3, scale=-lowest, unit="m")
        first = -push[push != 0][0]
        load = -jkr_curve(jkr_radius(np.array([formed]), r_eff, E_EFF, GAMMA["jkr"]), r_eff, E_EFF, GAMMA["jkr"])[1][0]
        sheet.check(f"{label}: force where it forms", first, load, 1e-3, unit="N")
        sheet.check(f"{label}: 8/9 of the pull-off force at touch", first, 8 / 9 * pull, 5e-3, unit="N")
        sheet.bound(f"{label}: force before touch [N]", float(np.abs(push[coming < 0]).max()), 0.0)
        _draw_ways(sheet, label, lowest, pull, (coming, push), (going, drag), r_eff)


def _draw_ways(sheet: Sheet, label: str, lowest: float, pull: float, coming: tuple, going: tuple, r_eff: float) -> None:
    a0 = float(jkr_tear_off(r_eff, E_EFF, GAMMA["jkr"])[0])
    overlap, force = jkr_curve(np.linspace(1, 3.1, 30) * a0, r_eff, E_EFF, GAMMA["jkr"])
    inside = overlap < -lowest
    sheet.figure(
        f"Coming and going, {label}",
        "overlap over the overlap of tear-off [-]",
        "force over pull-off force [-]",
        [
            sheet.curve("coming", coming[0] / -lowest, coming[1] / pull),
            sheet.curve("going", going[0] / -lowest, going[1] / pull),
            sheet.curve("JKR", overlap[inside] / -lowest, force[inside] / pull, marks=True),
        ],
    )


@case("jkr-curve", title="JKR: force over overlap from deep inside to tear-off", source=JKR)
def jkr_curve_case(sheet: Sheet) -> None:
    """An undamped grain is drawn out of another; errors over the larger of the force and the pull-off force."""
    r_eff, gamma = 0.5 * R, GAMMA["jkr"]
    a0, lowest = (float(x) for x in jkr_tear_off(r_eff, E_EFF, gamma))
    deep = float(jkr_curve(20 * a0, r_eff, E_EFF, gamma)[0])
    pull = 3 * np.pi * gamma * r_eff
    curves = []
    for label, begin, end in (("deep", deep, -lowest), ("near touch", -lowest, 0.995 * lowest)):
        overlap, force = way("pair", begin, end)
        exact = jkr_curve(jkr_radius(overlap, r_eff, E_EFF, gamma), r_eff, E_EFF, gamma)[1]
        scale = np.maximum(np.abs(exact), pull)
        # the slope is infinite where it tears: f32's rounding of the overlap shows, as its root
        for part, mine in ((label, overlap > 0.9 * lowest), (f"{label}, at tear-off", overlap <= 0.9 * lowest)):
            if mine.any():
                k = np.flatnonzero(mine)[np.abs((force - exact) / scale)[mine].argmax()]
                within = sheet.tolerance(1e-4 if part == label else 1e-3, 1e-9)
                sheet.check(f"{part}, worst of {mine.sum()}", force[k], exact[k], within, scale=scale[k], unit="N")
        curves += [(overlap, force, exact)]
    overlap, force, exact = (np.concatenate(column) for column in zip(*curves, strict=True))
    _draw(sheet, "JKR", overlap, force, exact, pull)

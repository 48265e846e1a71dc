"""An upright blade drags through sand: draught over depth, speed and gravity beside the earth-moving equation.

The bed is periodic along the blade: a slice of a wide one. The blade starts at the end wall and travels two depths; the
draught is that of the second, by when the soil in front of it has failed. What has piled up by then is measured and
handed to the equation as its surcharge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regolith.box import Box
from regolith.drive import Motion
from regolith.laws import Law, PairTable
from regolith.packing import Floats
from regolith.soil_mechanics import Blade, MohrCoulomb, reece
from regolith.surfaces import Mesh, Plane, Surface
from regolith.tools import make_blade
from regolith.verify import shear_cell
from regolith.verify.case import Sheet, case
from regolith.verify.sand import (
    CONTACTS,
    EARTH,
    MARS,
    MOON,
    SAND,
    SMOOTH,
    TOOL,
    TOOL_FRICTION,
    Grains,
    SandBed,
    mean_force,
    pour,
    settle,
)
from regolith.verify.stage import Stage, shared

if TYPE_CHECKING:
    from regolith.simulation import Simulation


DIAMETER = SAND.diameter
SIZE, DEPTH = (50 * DIAMETER, 6 * DIAMETER), 15 * DIAMETER
DEPTHS = (4 * DIAMETER, 6 * DIAMETER, 8 * DIAMETER)
SPEEDS = (0.05, 0.1)  # [m/s]
SAMPLES = 40  # of the draught, over a travel of two depths
WALL_FRICTION = float(np.arctan(TOOL_FRICTION))


def slice_stage(
    grains: Grains,
    size: tuple[float, float],
    depth: float,
    *,
    height: float,
    contacts: PairTable,
    law: Law | None = None,
) -> Stage:
    """A box of soil, periodic along y, with end walls and a blade across it, which is one grain thick.

    Args:
        grains: Of the soil.
        size: In x and y [m].
        depth: Of the soil [m].
        height: Of the blade [m].
        contacts: Of the soil with itself, "smooth" and "tool".
        law: The contact law.
    """
    blade = make_blade(width=2 * size[1], height=height, thickness=grains.diameter).mesh
    away = Motion.at_rest((0.0, 0.5 * size[1], 10 * depth))
    surfaces: list[Surface] = [
        Plane(point=(0, 0, 0), normal=(0, 0, 1), material=grains.material.name, name="floor"),
        Plane(point=(0, 0, 0), normal=(1, 0, 0), material="smooth", name="back"),
        Plane(point=(size[0], 0, 0), normal=(-1, 0, 0), material="smooth", name="front"),
        Mesh(mesh=blade, material="tool", motion=away, name="blade"),
    ]
    margin = 2 * grains.diameter
    box = Box(lower=(-margin, 0, -margin), upper=(size[0] + margin, size[1], 6 * depth), periodic=(False, True, False))
    return Stage(
        n_grains=grains.number(size, depth),
        radii=grains.radii,
        materials=[grains.material, SMOOTH, TOOL],
        contacts=contacts,
        surfaces=surfaces,
        law=law,
        box=box,
    )


def set_off(
    stage: Stage, bed: SandBed, depth: float, speed: float, gravity: float, density: float | None = None
) -> float:
    """Stand the blade in a bed at its end, let the bed rest, and move the blade off along x.

    Args:
        stage: Of `slice_stage`.
        bed: Poured on it.
        depth: Of the edge below the surface [m].
        speed: [m/s].
        gravity: [m/s2].
        density: Of the soil in bulk, which the grains are made to have [kg/m3]; None: as it is.

    Returns: Where the front face starts [m].
    """
    grains, x, r = bed.grains, bed.positions, bed.radii
    face = grains.diameter
    keep = (x[:, 0] - r > face) | (x[:, 2] + r < bed.depth - depth)
    start = np.array([face, 0.5 * stage.box.size[1], bed.depth - depth])
    solid = grains.material.density if density is None else density / bed.solid_fraction
    sim = stage.put(
        x[keep],
        r[keep],
        time_step=grains.time_step,
        material=grains.material.name,
        motions={"blade": Motion.at_rest(start)},
        masses=solid * 4 / 3 * np.pi * r[keep] ** 3,
    )
    settle(sim, gravity)
    velocity = np.array([speed, 0.0, 0.0])
    sim.set_motion("blade", Motion.constant(velocity=velocity, origin=start - sim.time * velocity))
    return face


@shared
def stage() -> Stage:
    """Sand for the deepest blade."""
    return slice_stage(SAND, SIZE, DEPTH, height=5 * DEPTHS[-1], contacts=CONTACTS)


@dataclass(frozen=True, kw_only=True)
class Drag:
    """One run.

    Attributes:
        depth: Of the edge below the surface [m].
        gravity: [m/s2].
        travel: Shape (n,) [m].
        draught: Horizontal force on the blade [N], shape (n,).
        lift: Upward force on the blade [N], shape (n,).
        piled: Weight of the soil over the old surface, on the failing wedge, by area [Pa]; mean of the second half.
    """

    depth: float
    gravity: float
    travel: Floats
    draught: Floats
    lift: Floats
    piled: float

    @property
    def force(self) -> float:
        """Mean draught over the second depth of travel [N]."""
        return float(self.draught[self.travel > self.depth].mean())

    def reece(self, soil: MohrCoulomb, piled: bool = True) -> float:
        """The earth-moving equation's draught [N]."""
        blade = Blade(depth=self.depth, width=SIZE[1], wall_friction_angle=WALL_FRICTION)
        return reece(soil, blade, self.gravity, self.piled if piled else 0.0).horizontal


def drag(bed: SandBed, depth: float, speed: float, gravity: float) -> Drag:
    """Drag the blade through a fresh bed over two depths."""
    face, sim = set_off(stage(), bed, depth, speed, gravity), stage().sim
    rows, piled = [], []
    steps = round(2 * depth / speed / sim.time_step / SAMPLES)
    stride = steps * sim.time_step * speed
    for k in range(SAMPLES):
        force = mean_force(sim, "blade", steps)
        rows.append(((k + 0.5) * stride, -force[0], force[2]))
        if k >= SAMPLES // 2:
            piled.append(_piled(sim, bed, depth, face + (k + 1) * stride))
    travel, draught, lift = np.array(rows).T
    return Drag(
        depth=depth, gravity=gravity, travel=travel, draught=draught, lift=lift, piled=gravity * float(np.mean(piled))
    )


def _piled(sim: Simulation, bed: SandBed, depth: float, face: float) -> float:
    """Mass over the old surface by area of the failing wedge, which is two depths long or so [kg/m2]."""
    grains = sim.grains()
    x, _, z = grains["position"].T
    length = 2 * depth
    over = (x > face) & (x < face + length) & (z > bed.depth)
    return float(grains["mass"][over].sum() / (length * SIZE[1]))


@dataclass(frozen=True)
class Series:
    """Runs of one bed of a bulk density [kg/m3]: over depth, speed and gravity; all share the middle depth on Earth."""

    density: float
    depths: tuple[Drag, ...]
    fast: Drag
    gravities: tuple[Drag, ...]


def _series(seed: int) -> Series:
    bed = pour(stage(), SIZE, DEPTH, seed=seed)
    middle = DEPTHS[1]
    depths = tuple(drag(bed, depth, SPEEDS[0], EARTH) for depth in DEPTHS)
    fast = drag(bed, middle, SPEEDS[1], EARTH)
    gravities = (drag(bed, middle, SPEEDS[0], MOON), drag(bed, middle, SPEEDS[0], MARS), depths[1])
    return Series(bed.density, depths, fast, gravities)


def _mean(runs: Sequence[Drag]) -> float:
    return float(np.mean([run.force for run in runs]))


@case(
    "blade-drag",
    title="Draught of an upright blade in sand over depth, speed and gravity, beside the earth-moving equation",
    source="Reece (1965), Proc. Inst. Mech. Eng. 179(3F), 16-22, wedge factors as in McKyes (1985), Soil Cutting and "
    "Tillage; friction angle from the case shear-cell",
    long=True,
    cost="about 6 min on two cores, shear cell included",
)
def blade_drag(sheet: Sheet) -> None:
    """Three depths, two speeds, three gravities."""
    runs = [_series(seed) for seed in range(1, (sheet.seeds or 1) + 1)]
    soils = shear_cell.dry(float(np.mean([run.density for run in runs])))
    _scalings(sheet, runs)
    for k, depth in enumerate(DEPTHS):
        force = _mean([run.depths[k] for run in runs])
        for name, soil in soils.items():
            theory = float(np.mean([run.depths[k].reece(soil) for run in runs]))
            sheet.report(f"draught at {depth * 1e3:.0f} mm, {name} angle", force, theory, unit="N")
    lift = np.mean([run.depths[1].lift[SAMPLES // 2 :].mean() for run in runs])
    mobilised = np.rad2deg(np.arctan(lift / _mean([run.depths[1] for run in runs])))
    sheet.note(
        f"Angles from the shear cell: peak {np.rad2deg(soils['peak'].friction_angle):.1f} deg, residual "
        f"{np.rad2deg(soils['residual'].friction_angle):.1f} deg; wall friction "
        f"{np.rad2deg(WALL_FRICTION):.1f} deg stated, {mobilised:.1f} deg mobilised. Blade {DEPTHS[0] / DIAMETER:.0f} "
        f"to {DEPTHS[-1] / DIAMETER:.0f} grains deep, {SIZE[1] / DIAMETER:.0f} grains of a wide one; {len(runs)} beds. "
        "The equation's surcharge is the soil piled up on two depths of surface in front of the blade, evenly spread; "
        "how that is spread is why the equation is a comparison, not a verdict."
    )
    _draw(sheet, runs, soils)


def _scalings(sheet: Sheet, runs: Sequence[Series]) -> None:
    """What theory fixes, whatever the angle.

    Tolerances, stated before any run: the draught of a slice of six grains fluctuates by some 20 % over a grain's
    travel, so by 7 % in the mean over six; inertia adds of the order of v^2 / (g d), 6 % on the Moon, 4 % at 0.1 m/s.
    """
    depths = np.log(DEPTHS)
    exponent = np.polyfit(depths, [np.log(_mean([run.depths[k] for run in runs])) for k in range(3)], 1)[0]
    sheet.check("exponent of draught in depth, 1.5 to 2.5", float(exponent), 2.0, 0.25)
    earth = _mean([run.gravities[2] for run in runs])
    for k, (name, gravity) in enumerate((("Moon", MOON), ("Mars", MARS))):
        force = _mean([run.gravities[k] for run in runs])
        sheet.check(f"draught over gravity, {name} over Earth", force / gravity / (earth / EARTH), 1.0, 0.15)
    fast = _mean([run.fast for run in runs])
    sheet.check(f"draught at {SPEEDS[1]} m/s over that at {SPEEDS[0]} m/s", fast / earth, 1.0, 0.15)


def _draw(sheet: Sheet, runs: Sequence[Series], soils: dict[str, MohrCoulomb]) -> None:
    travels = [
        sheet.curve(f"{run.depth * 1e3:.0f} mm deep", run.travel / run.depth, run.draught) for run in runs[0].depths
    ]
    sheet.figure("Draught over travel", "travel / depth", "draught [N]", travels)
    lines = [
        sheet.curve("regolith", [d * 1e3 for d in DEPTHS], [_mean([run.depths[k] for run in runs]) for k in range(3)])
    ]
    for name, soil in soils.items():
        for piled, text in ((True, "with what piled up"), (False, "level surface")):
            theory = [float(np.mean([run.depths[k].reece(soil, piled) for run in runs])) for k in range(3)]
            lines.append(sheet.curve(f"Reece, {name} angle, {text}", [d * 1e3 for d in DEPTHS], theory, marks=True))
    sheet.figure("Draught over depth", "depth [mm]", "draught [N]", lines, log="xy")
    at = [run.gravity / EARTH for run in runs[0].gravities]
    forces = [_mean([run.gravities[k] for run in runs]) for k in range(3)]
    linear = [g * forces[-1] for g in at]
    curves = [sheet.curve("regolith", at, forces), sheet.curve("linear in g", at, linear, marks=True)]
    sheet.figure("Draught over gravity", "gravity over Earth's", "draught [N]", curves)

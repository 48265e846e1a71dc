"""A biaxial cell: friction angle and cohesion of the sand, in plane strain as in front of a wide blade.

The specimen is cut from a poured bed: gravity off, a cap on top. Two frictionless planes press it at the confining
stress while the cap comes down; the third direction is periodic and does not strain.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from regolith.box import Box
from regolith.drive import Motion
from regolith.packing import Floats
from regolith.soil_mechanics import MohrCoulomb
from regolith.surfaces import Plane
from regolith.verify.case import GaveUp, Sheet, case
from regolith.verify.sand import CONTACTS, SAND, SMOOTH, SandBed, pour
from regolith.verify.stage import Stage, shared

if TYPE_CHECKING:
    from regolith.simulation import Simulation


DIAMETER = SAND.diameter
SIZE, HEIGHT = (15 * DIAMETER, 6 * DIAMETER), 20 * DIAMETER
STRESSES = (250.0, 500.0, 1000.0)  # confining [Pa]: about those around the blade
INERTIAL = 4e-3  # inertial number of the loading: quasi-static is 1e-3 to 1e-2
STRAIN, RESIDUAL_FROM = 0.40, 0.20
UPDATE = 50  # steps between two corrections of a servo
AT_START = {
    "floor": Motion.at_rest(),
    "left": Motion.at_rest(),
    "right": Motion.at_rest((SIZE[0], 0.0, 0.0)),
    "cap": Motion.at_rest((0.0, 0.0, 10 * HEIGHT)),
}


@shared
def stage() -> Stage:
    """The cell with room for a specimen."""
    normals = {"floor": (0, 0, 1), "left": (1, 0, 0), "right": (-1, 0, 0), "cap": (0, 0, -1)}
    planes = [
        Plane(point=(0, 0, 0), normal=normal, material="smooth", motion=AT_START[name], name=name)
        for name, normal in normals.items()
    ]
    box = Box(lower=(-0.01, 0, -0.01), upper=(2 * SIZE[0], SIZE[1], 4 * HEIGHT), periodic=(False, True, False))
    return Stage(
        n_grains=SAND.number(SIZE, HEIGHT),
        radii=SAND.radii,
        materials=[SAND.material, SMOOTH],
        contacts=CONTACTS,
        surfaces=planes,
        box=box,
    )


class Platen:
    """A plane at a place along an axis, moved at a speed that is corrected to hold a stress."""

    def __init__(self, sim: Simulation, name: str, axis: int, place: float, stress: float) -> None:
        self.sim, self.name, self.axis, self.place, self.target = sim, name, axis, place, stress
        # a displacement x of it changes the stress by some E^(2/3) stress^(1/3) x / size (Hertz): correct a tenth of it
        modulus = 0.5 * SAND.material.youngs_modulus ** (2 / 3) * stress ** (1 / 3)
        self.gain = 0.1 * stress * SIZE[0] / modulus / (UPDATE * sim.time_step)
        self.speed = self.drift = 0.0

    def go(self, speed: float) -> None:
        """Move outwards at a speed from here on [m/s]."""
        along = np.eye(3)[self.axis]
        self.speed = speed
        start = (self.place - speed * self.sim.time) * along
        self.sim.set_motion(self.name, Motion.constant(velocity=speed * along, origin=start))

    def moved(self, duration: float) -> None:
        """Count what it moved."""
        self.place += self.speed * duration

    def correct(self, stress: float) -> None:
        """Proportional-integral servo."""
        error = float(np.clip(stress / self.target - 1, -1, 1))
        self.drift += 0.05 * self.gain * error
        self.go(self.gain * error + self.drift)


@dataclass(frozen=True)
class Loading:
    """A biaxial test: axial strain, both stresses [Pa] and volume strain, shapes (n,)."""

    strain: Floats
    major: Floats
    minor: Floats
    volume: Floats

    @property
    def friction(self) -> Floats:
        """Mobilised friction angle without cohesion [rad], over 1 % of strain: sin phi = (s1 - s3) / (s1 + s3)."""
        wide = max(1, int(0.01 / np.diff(self.strain).mean()))
        major, minor = (np.convolve(s, np.full(wide, 1 / wide), "same") for s in (self.major, self.minor))
        inner = slice(wide // 2, len(major) - wide // 2)
        out = np.full(len(major), np.nan)
        out[inner] = np.arcsin(np.clip((major - minor) / (major + minor), -1, 1))[inner]
        return out


def load(bed: SandBed, stress: float) -> Loading:
    """Compress a specimen at a confining stress [Pa]."""
    sim = stage().put(bed.positions, bed.radii, time_step=SAND.time_step, material="sand", motions=AT_START)
    cap = Platen(sim, "cap", 2, float((bed.positions[:, 2] + bed.radii).max()), stress)
    side = Platen(sim, "right", 0, SIZE[0], stress)
    sim.set_field((0.0, 0.0, 0.0), 20.0)
    _confine(sim, cap, side)
    sim.set_field((0.0, 0.0, 0.0))
    height, volume = cap.place, cap.place * side.place
    rate = INERTIAL / (DIAMETER * np.sqrt(SAND.material.density / stress))
    cap.go(-rate * height)
    side.drift = 0.5 * rate * side.place
    rows = []
    while (strain := 1 - cap.place / height) < STRAIN:
        major, minor = _advance(sim, cap, side)
        side.correct(minor)
        rows.append((strain, major, minor, cap.place * side.place / volume - 1))
    return Loading(*np.array(rows).T)


def _confine(sim: Simulation, cap: Platen, side: Platen) -> None:
    """Bring both platens to the confining stress."""
    for k in range(600):
        major, minor = _advance(sim, cap, side)
        cap.correct(major)
        side.correct(minor)
        if k > 20 and max(abs(major / cap.target - 1), abs(minor / side.target - 1)) < 0.02:
            return
    what = f"The cell was confined at {major:.0f} and {minor:.0f} Pa, not within 2 % of {cap.target:.0f} Pa."
    warnings.warn(what, GaveUp, stacklevel=2)


def _advance(sim: Simulation, cap: Platen, side: Platen) -> tuple[float, float]:
    """Stresses on cap and side over the next steps [Pa]."""
    sim.surroundings.tallies(clear=True)
    sim.step(UPDATE)
    duration = UPDATE * sim.time_step
    tallies = dict(zip(sim.surroundings.names, sim.surroundings.tallies(clear=True), strict=True))
    major = tallies["cap"][2] / duration / (side.place * SIZE[1])
    minor = tallies["right"][0] / duration / (cap.place * SIZE[1])
    for platen in (cap, side):
        platen.moved(duration)
    return major, minor


@dataclass(frozen=True, kw_only=True)
class Strength:
    """What the cell says of the sand.

    Attributes:
        loadings: One a confining stress.
        peak: Friction angle and cohesion at the peak, with the bed's density.
        residual: The same for `RESIDUAL_FROM` to `STRAIN`.
    """

    loadings: tuple[Loading, ...]
    peak: MohrCoulomb
    residual: MohrCoulomb


@cache
def measured(seed: int = 1) -> Strength:
    """Strength of the sand, as poured; measured once a process."""
    bed = pour(stage(), SIZE, HEIGHT, seed=seed, motions=AT_START)
    loadings = tuple(load(bed, stress) for stress in STRESSES)
    return Strength(
        loadings=loadings,
        peak=_mohr_coulomb([_means(run, _at_peak(run)) for run in loadings], bed.density),
        residual=_mohr_coulomb([_means(run, run.strain > RESIDUAL_FROM) for run in loadings], bed.density),
    )


SPECIMENS = 3  # one's peak angles scatter by 4 % in the sine


def dry(density: float) -> dict[str, MohrCoulomb]:
    """The sand of a bulk density [kg/m3] with its peak and its residual friction angle in plane strain.

    Means over three specimens; what the fits say of cohesion is noise, and left out.
    """
    angles = {
        name: np.mean([getattr(measured(seed), name).friction_angle for seed in range(1, SPECIMENS + 1)])
        for name in ("peak", "residual")
    }
    return {name: MohrCoulomb(density=density, friction_angle=float(angle)) for name, angle in angles.items()}


def _at_peak(run: Loading) -> NDArray[np.bool_]:
    return np.asarray(np.abs(run.strain - run.strain[np.nanargmax(run.friction)]) < 0.005)


def _means(run: Loading, where: NDArray[np.bool_]) -> tuple[float, float]:
    """Half the sum and half the difference of the stresses [Pa]."""
    major, minor = run.major[where].mean(), run.minor[where].mean()
    return 0.5 * (major + minor), 0.5 * (major - minor)


def _mohr_coulomb(circles: list[tuple[float, float]], density: float) -> MohrCoulomb:
    """Line over Mohr's circles: (s1 - s3) / 2 = c cos phi + (s1 + s3) / 2 sin phi; stresses fluctuate by a share."""
    centres, radii = np.array(circles).T
    slope, at_zero = np.polyfit(centres, radii, 1, w=1 / centres)
    phi = float(np.arcsin(slope))
    return MohrCoulomb(density=density, friction_angle=phi, cohesion=float(at_zero / np.cos(phi)))


def _dilatancy(run: Loading) -> float:
    """Largest angle of dilation [rad], over 5 % of strain: sin psi = dv / (2 de1 + dv)."""
    wide = max(2, int(0.05 / np.diff(run.strain).mean()))
    slopes = [
        np.polyfit(run.strain[k : k + wide], run.volume[k : k + wide], 1)[0]
        for k in range(0, len(run.strain) - wide, max(1, wide // 10))
    ]
    return float(np.arcsin(max(slopes) / (2 + max(slopes))))


@case(
    "shear-cell",
    title="Friction angle and cohesion of the sand that the soil-mechanics cases use, in a biaxial cell",
    source="Mohr-Coulomb: dry grains have no cohesion, and no stress of their own; Bolton (1986), The strength and "
    "dilatancy of sands, 10.1680/geot.1986.36.1.65, for peak less critical angle in plane strain",
    long=True,
    cost="about 3 min on two cores",
)
def shear_cell(sheet: Sheet) -> None:
    """Plane strain at three confining stresses."""
    runs = [measured(seed) for seed in range(1, (sheet.seeds or SPECIMENS) + 1)]
    lowest = STRESSES[0]
    for name in ("peak", "residual"):
        fits = [getattr(run, name) for run in runs]
        # fluctuations of a cell of 15 grains: 1 deg a test, which is 0.05 of the lowest stress
        cohesion = np.mean([fit.cohesion for fit in fits])
        sheet.bound(f"{name} cohesion over the lowest confining stress", float(cohesion / lowest), 0.1)
    for k, stress in enumerate(STRESSES[1:], 1):
        sines = [np.mean([np.sin(np.nanmax(run.loadings[at].friction)) for run in runs]) for at in (0, k)]
        sheet.check(f"sin(peak angle) at {stress:.0f} Pa is that at {lowest:.0f} Pa", sines[1], sines[0], 0.05)
    loadings = [loading for run in runs for loading in run.loadings]
    peak = float(np.mean([np.nanmax(loading.friction) for loading in loadings]))
    residual = float(np.mean([np.nanmean(loading.friction[loading.strain > RESIDUAL_FROM]) for loading in loadings]))
    dilation = float(np.mean([_dilatancy(loading) for loading in loadings]))
    sheet.report(
        "peak angle less residual, beside 0.8 of the dilation angle", peak - residual, 0.8 * dilation, unit="rad"
    )
    sheet.note(
        f"Friction angle in plane strain: peak {np.rad2deg(peak):.1f} deg, residual {np.rad2deg(residual):.1f} deg; "
        f"dilation angle {np.rad2deg(dilation):.1f} deg. Solid fraction as poured "
        f"{runs[0].peak.density / SAND.material.density:.3f}, {len(STRESSES)} stresses from {lowest:.0f} "
        f"to {STRESSES[-1]:.0f} Pa, {len(runs)} specimens, inertial number {INERTIAL:g}."
    )
    _draw(sheet, runs[0].loadings)


def _draw(sheet: Sheet, loadings: tuple[Loading, ...]) -> None:
    names = [f"{stress:.0f} Pa" for stress in STRESSES]
    for title, y, values in (
        ("Mobilised friction angle", "angle [deg]", [np.rad2deg(run.friction) for run in loadings]),
        ("Volume strain", "volume strain [%]", [100 * run.volume for run in loadings]),
    ):
        shown = [np.isfinite(value) for value in values]
        curves = [
            sheet.curve(name, 100 * run.strain[at], value[at])
            for name, run, value, at in zip(names, loadings, values, shown, strict=True)
        ]
        sheet.figure(title, "axial strain [%]", y, curves)

"""The blade of King and Brewer (2013) in simulant JSC-1A: a slice of its width, as a comparison.

Nothing is calibrated: the soil is the shipped preset with larger grains. The paper's force is of a blade that has piled
up soil before it, to the top of a sensor whose height is not given; their own fit of the pressure says what height that
was. So the force is compared over the height of the pile, and before there is one.
"""

import tomllib
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import brentq

from regolith.config.ground import SoilConfig
from regolith.laws import Law
from regolith.materials import Contact
from regolith.packing import Floats
from regolith.paths import data_dir
from regolith.soil import Soil, make_soil
from regolith.soil_mechanics import Blade, MohrCoulomb, reece
from regolith.verify.blade import set_off, slice_stage
from regolith.verify.case import Sheet, case
from regolith.verify.sand import EARTH, Grains, mean_force, pour
from regolith.verify.stage import Stage, shared

DIAMETER = 1.6e-3  # four grains a cut
SIZE, DEPTH = (0.11, 6 * DIAMETER), 10 * DIAMETER
SPEED, TRAVEL = 0.05, 0.060  # the paper's speed is not known to us; this one is slow
SAMPLES = 60


@cache
def published() -> dict[str, Any]:
    """The paper's figures."""
    return tomllib.loads((data_dir() / "reference" / "king-brewer-2013.toml").read_text(encoding="utf-8"))


@cache
def soil() -> Soil:
    """JSC-1A as shipped."""
    return make_soil(SoilConfig(preset="jsc-1a", grain_diameter=DIAMETER), EARTH)


def contacts(cohesive: bool) -> dict[tuple[str, str], Contact]:
    """All pairs; poured dry, as all beds are."""
    own, name = soil().contact, soil().material.name
    names = (name, "smooth", "tool")
    table = {(a, b): Contact(restitution=own.restitution, friction=0.0) for a in names for b in names}
    wall = np.deg2rad(published()["strength"]["wall_friction_angle_deg"])
    tool = Contact(restitution=own.restitution, friction=float(np.tan(wall)), rolling_friction=own.rolling_friction)
    mine = own if cohesive else replace(own, cohesion=0.0)
    return table | {(name, name): mine, (name, "tool"): tool, ("tool", name): tool}


@shared
def stage() -> Stage:
    """The slice of the bed, and the blade."""
    grains = Grains(material=soil().material, diameter=DIAMETER)
    return slice_stage(grains, SIZE, DEPTH, height=0.06, contacts=contacts(cohesive=False), law=Law(cohesion="sjkr"))


def plough(seed: int) -> tuple[Floats, Floats, Floats]:
    """Travel [m], force on the whole blade [N] and height of the pile at its face [m], shapes (n,)."""
    blade, grains = published()["blade"], Grains(material=soil().material, diameter=DIAMETER)
    sim = stage().sim
    sim.set_contacts(contacts(cohesive=False))
    bed = pour(stage(), SIZE, DEPTH, seed=seed, grains=grains)
    sim.set_contacts(contacts(cohesive=True))
    density = float(soil().bulk_density(0.0)[0])
    face = set_off(stage(), bed, blade["cut"], SPEED, EARTH, density)
    steps = round(TRAVEL / SPEED / sim.time_step / SAMPLES)
    rows = []
    for k in range(SAMPLES):
        force = -mean_force(sim, "blade", steps)[0] * blade["width"] / SIZE[1]
        travel = (k + 1) * steps * sim.time_step * SPEED
        x, _, z = sim.grains()["position"].T
        near = (x > face + travel) & (x < face + travel + 3 * DIAMETER)
        rows.append((travel - 0.5 * TRAVEL / SAMPLES, force, float((z + sim.radii)[near].max()) - DEPTH))
    travel, force, height = np.array(rows).T
    return travel, force, height


def fitted_force(height: float, centred: bool) -> float:
    """The paper's pressure fits integrated to a height of the pile over the old surface [N].

    Args:
        height: [m].
        centred: Whether y counts from the middle of the blade, where its odd terms cancel; else y = 0 throughout.
    """
    data = published()
    p, width, top = data["pressure"]["surcharge"], 100 * data["blade"]["width"], 100 * height
    level = p["constant"] + (p["y2"] * width**2 / 12 if centred else 0.0)
    surcharge = level * top + p["x"] * top**2 / 2 + p["x2"] * top**3 / 3
    newton = 0.1  # kPa cm2
    return float(newton * width * (surcharge + data["pressure"]["cut"] * 100 * data["blade"]["cut"]))


def _cohesive_force() -> float:
    """Draught in soil of the paper's strength, level surface [N]."""
    blade, strength = published()["blade"], published()["strength"]
    soil_in_bulk = MohrCoulomb(
        density=float(soil().bulk_density(0.0)[0]),
        friction_angle=np.deg2rad(strength["friction_angle_deg"]),
        cohesion=strength["cohesion"],
    )
    wall = np.deg2rad(strength["wall_friction_angle_deg"])
    return reece(
        soil_in_bulk, Blade(depth=blade["cut"], width=blade["width"], wall_friction_angle=wall), EARTH
    ).horizontal


@case(
    "king-brewer-blade",
    title="Force on the flat blade of King and Brewer in JSC-1A, uncalibrated",
    source="King and Brewer (2013), 10.1061/(ASCE)AS.1943-5525.0000224: mean of 25 tests, and its fits of the pressure",
    long=True,
    cost="about 2 min on two cores",
)
def king_brewer_blade(sheet: Sheet) -> None:
    """Force when the pile begins, and at the height that the paper's own fit gives its force."""
    blade = published()["blade"]
    runs = [plough(seed) for seed in range(1, (sheet.seeds or 1) + 1)]
    force, height = (np.concatenate([run[k] for run in runs]) for k in (1, 2))
    implied = [float(brentq(lambda h, c=c: fitted_force(h, c) - blade["force"], 0, 0.04)) for c in (True, False)]
    near = (height > implied[0]) & (height < implied[1])
    if not near.any():
        low, high = (1e3 * h for h in implied)
        raise RuntimeError(
            f"the pile was {1e3 * height.min():.1f} to {1e3 * height.max():.1f} mm high and never between the "
            f"{low:.1f} and {high:.1f} mm at which the paper's force is compared: let the blade travel farther"
        )
    early = np.concatenate([run[0] for run in runs]) < blade["cut"]
    cut = fitted_force(0.0, centred=False)
    sheet.report("force with the pile at the sensor's top", force[near].mean(), blade["force"], unit="N")
    sheet.report("force in the first depth of travel, beside the cut's share", force[early].mean(), cut, unit="N")
    scatter = published()["scatter"]
    ratios = np.array(scatter["gefreh"]) / np.array(scatter["brewer"])
    sheet.note(
        f"Ours scatters by {force[near].std() / force[near].mean():.0%} along its travel in a slice of "
        f"{SIZE[1] / DIAMETER:.0f} grains; the paper's two experimenters differ by factors from {ratios.min():.2g} to "
        f"{ratios.max():.2g} on a rod in the same soil, and a depth error of {blade['cut_error'] * 1e3:.1f} mm is "
        f"{blade['cut_error'] / blade['cut']:.0%} of the cut."
    )
    sheet.note(
        f"Grains of {DIAMETER * 1e3:.1f} mm, {blade['cut'] / DIAMETER:.1f} a cut; the real ones are 0.1 mm. Bulk "
        f"density {soil().bulk_density(0.0)[0]:.0f} kg/m3. The pile's height at the paper's force, "
        f"{implied[0] * 1e3:.0f} to {implied[1] * 1e3:.0f} mm, follows from its pressure fit, read with y from the "
        "middle of the blade or as 0. "
        f"The paper's cohesion would give {_cohesive_force():.0f} N by Reece: a raked bed does not mobilise it."
    )
    marks = sheet.curve("King and Brewer, mean of 25", [1e3 * h for h in implied], [blade["force"]] * 2, marks=True)
    tops = np.linspace(0, implied[1], 12)
    fit = sheet.curve("their pressure fits", tops * 1e3, [fitted_force(h, True) for h in tops], marks=True)
    curves = [sheet.curve(f"regolith, bed {k + 1}", run[2] * 1e3, run[1]) for k, run in enumerate(runs)]
    sheet.figure("Force over the pile's height", "height over the old surface [mm]", "force [N]", [*curves, marks, fit])

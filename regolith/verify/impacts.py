"""Head-on impacts against Hertz: peak overlap, peak force, contact time, restitution."""

import numpy as np

from regolith.drive import Motion
from regolith.laws import effective_modulus
from regolith.materials import Contact, Material
from regolith.surfaces import Plane
from regolith.verify.case import Sheet, case
from regolith.verify.stage import PARKED, Stage, shared

SOLIDS = {  # Chung & Ooi (2011), tests 1 and 2
    "glass": Material(name="glass", density=2800, youngs_modulus=48e9, poisson_ratio=0.20),
    "limestone": Material(name="limestone", density=2500, youngs_modulus=20e9, poisson_ratio=0.25),
    "aluminium": Material(name="aluminium", density=2699, youngs_modulus=70e9, poisson_ratio=0.30),
    "magnesium": Material(name="magnesium", density=1800, youngs_modulus=40e9, poisson_ratio=0.35),
}
RIGID = Material(name="rigid", density=1000, youngs_modulus=1e25, poisson_ratio=0.3)
CONTACTS = {(name, name): Contact(restitution=1.0, friction=0.35) for name in SOLIDS}
CONTACTS |= {(name, "rigid"): Contact(restitution=1.0, friction=0.0) for name in SOLIDS}
HERTZ = "Hertz (1882) in Johnson (1985), Contact Mechanics, section 11.4; set-up of Chung & Ooi (2011), "
CHUNG_OOI = "10.1007/s10035-011-0277-0"


@shared
def stage() -> Stage:
    """Spheres of the tests' solids, and a rigid plane."""
    plane = Plane(point=(0, 0, 0), normal=(0, 0, 1), material="rigid", motion=PARKED, name="plane")
    return Stage(
        n_grains=8, radii=(0.01, 0.1), materials=[*SOLIDS.values(), RIGID], contacts=CONTACTS, surfaces=[plane]
    )


def hertz_impact(m_eff: float, r_eff: float, e_eff: float, speed: float) -> tuple[float, float, float]:
    """Peak overlap [m], peak force [N] and contact time [s] of an elastic head-on impact.

    delta = (15 m* V^2 / (16 E* sqrt(R*)))^(2/5), F = 5/4 m* V^2 / delta, t = 2.943 delta / V.
    Source: Johnson (1985), section 11.4.
    """
    delta = (15 * m_eff * speed**2 / (16 * e_eff * np.sqrt(r_eff))) ** 0.4
    return delta, 1.25 * m_eff * speed**2 / delta, 2.9432750 * delta / speed


def crossings(overlap: np.ndarray, dt: float) -> float:
    """Time between the first and the last zero of a sampled overlap, linear in between [s]."""
    sign = overlap > 0
    rise, fall = np.flatnonzero(~sign[:-1] & sign[1:])[0], np.flatnonzero(sign[:-1] & ~sign[1:])[0]
    at = [k + overlap[k] / (overlap[k] - overlap[k + 1]) for k in (rise, fall)]
    return float(at[1] - at[0]) * dt


def compare(sheet: Sheet, name: str, overlap: np.ndarray, force: np.ndarray, dt: float, exact: tuple) -> None:
    """Check a sampled impact, and draw its force over its overlap."""
    values = (overlap.max(), force.max(), crossings(overlap, dt))
    for what, unit, value, reference in zip(
        ("peak overlap", "peak force", "contact time"), ("m", "N", "s"), values, exact, strict=True
    ):
        sheet.check(f"{name}: {what}", value, reference, 1e-3, unit=unit)
    touching, peak = overlap > 0, np.linspace(0, exact[0], 20)
    sheet.figure(
        f"Force over overlap, {name}",
        "overlap [µm]",
        "force [kN]",
        [
            sheet.curve("regolith", overlap[touching] * 1e6, force[touching] / 1e3),
            sheet.curve("Hertz", peak * 1e6, exact[1] * (peak / exact[0]) ** 1.5 / 1e3, marks=True),
        ],
    )


@case("hertz-pair", title="Two equal spheres meet head-on: Chung & Ooi test 1", source=HERTZ + f"test 1, {CHUNG_OOI}")
def hertz_pair(sheet: Sheet) -> None:
    """Spheres of 10 mm at +-10 m/s, e = 1."""
    r, speed, dt, names = 0.01, 20.0, 40.34e-6 / 400, ("glass", "limestone")
    x = np.array([[-r - 1e-6, 0, 0], [r + 1e-6, 0, 0], [-r - 1e-6, 0.1, 0], [r + 1e-6, 0.1, 0]])
    v = np.array([[speed / 2, 0, 0], [-speed / 2, 0, 0]] * 2)
    sim = stage().put(x, r, time_step=dt, velocities=v, material=np.repeat(names, 2).tolist())
    overlaps, forces = [], []
    for _ in range(620):
        at = sim.grains()["position"][:, 0]
        sim.step()
        overlaps.append(2 * r - (at[1::2] - at[0::2]))
        forces.append(np.abs(sim.grains()["force"][1::2, 0]))
    for k, name in enumerate(names):
        solid = SOLIDS[name]
        exact = hertz_impact(solid.density * 2 / 3 * np.pi * r**3, r / 2, effective_modulus(solid, solid), speed)
        compare(sheet, name, np.array(overlaps)[:, k], np.array(forces)[:, k], dt, exact)


@case("hertz-plane", title="A sphere meets a rigid plane: Chung & Ooi test 2", source=HERTZ + f"test 2, {CHUNG_OOI}")
def hertz_plane(sheet: Sheet) -> None:
    """Spheres of 0.1 m at 0.2 m/s, e = 1, no friction."""
    r, speed, dt, names = 0.1, 0.2, 731.6e-6 / 400, ("aluminium", "magnesium")
    sim = stage().put(
        [[0, 0, r + 1e-7], [0.5, 0, r + 1e-7]],
        r,
        time_step=dt,
        velocities=(0, 0, -speed),
        material=names,
        motions={"plane": Motion.at_rest()},
    )
    overlaps, forces = [], []
    for _ in range(460):
        overlaps.append(r - sim.grains()["position"][:, 2])
        sim.step()
        forces.append(sim.grains()["force"][:, 2])
    for k, name in enumerate(names):
        solid = SOLIDS[name]
        e_eff = solid.youngs_modulus / (1 - solid.poisson_ratio**2)
        exact = hertz_impact(solid.density * 4 / 3 * np.pi * r**3, r, e_eff, speed)
        compare(sheet, name, np.array(overlaps)[:, k], np.array(forces)[:, k], dt, exact)

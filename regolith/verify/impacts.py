"""Head-on impacts against Hertz: overlap, force, contact time, restitution. Chung & Ooi (2011), tests 1 to 3."""

import numpy as np

from regolith.drive import Motion
from regolith.laws import effective_modulus
from regolith.materials import Material
from regolith.verify.benches import hertz, test3_materials
from regolith.verify.case import Sheet, case
from regolith.verify.closed_forms import hertz_impact
from regolith.verify.published import CHUNG_OOI, published, solids

HERTZ = "Hertz (1882) in Johnson (1985), Contact Mechanics, section 11.4"
TESTS = published("chung-ooi-2011")


def on_rigid_plane(solid: Material, radius: float, speed: float) -> tuple[float, float, float]:
    """Hertz's peak overlap [m], peak force [N] and contact time [s]; a rigid plane leaves E* = E / (1 - nu^2)."""
    e_eff = solid.youngs_modulus / (1 - solid.poisson_ratio**2)
    return hertz_impact(solid.density * 4 / 3 * np.pi * radius**3, radius, e_eff, speed)


def crossings(overlap: np.ndarray, dt: float) -> float:
    """Time between the first and the last zero of a sampled overlap, linear in between [s]."""
    sign = overlap > 0
    rise, fall = np.flatnonzero(~sign[:-1] & sign[1:])[0], np.flatnonzero(sign[:-1] & ~sign[1:])[0]
    at = [k + overlap[k] / (overlap[k] - overlap[k + 1]) for k in (rise, fall)]
    return float(at[1] - at[0]) * dt


def compare(
    sheet: Sheet, test: str, name: str, overlap: np.ndarray, force: np.ndarray, dt: float, exact: tuple
) -> None:
    """Check a sampled impact against Hertz and the digitised points, and draw its force over its overlap."""
    values = (overlap.max(), force.max(), crossings(overlap, dt))
    for what, unit, value, reference in zip(
        ("peak overlap", "peak force", "contact time"), ("m", "N", "s"), values, exact, strict=True
    ):
        sheet.check(f"{name}: {what}", value, reference, 1e-3, unit=unit)
        digitised = TESTS[test]["digitised"].get(name, {}).get(what.replace(" ", "_"))
        if digitised:
            sheet.check(f"{name}: {what}, digitised", value, digitised, 2.5e-2, unit=unit, source=CHUNG_OOI)
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


@case(
    "hertz-pair",
    title="Two equal spheres meet head-on: Chung & Ooi test 1",
    source=f"{HERTZ}; set-up: {CHUNG_OOI}, test 1",
)
def hertz_pair(sheet: Sheet) -> None:
    """Spheres of 10 mm at +-10 m/s, e = 1."""
    stated, own = TESTS["test1"], solids("test1")
    r, speed, dt = stated["radius"], 2 * stated["speed"], 40.34e-6 / 400
    x = np.array([[side * (r + 1e-6), y, 0] for y in (0, 0.1) for side in (-1, 1)])
    v = np.array([[side * speed / 2, 0, 0] for _ in own for side in (1, -1)])
    sim = hertz().put(x, r, time_step=dt, velocities=v, material=[s.name for s in own.values() for _ in range(2)])
    overlaps, forces = [], []
    for _ in range(620):
        at = sim.grains()["position"][:, 0]
        sim.step()
        overlaps.append(2 * r - (at[1::2] - at[0::2]))
        forces.append(np.abs(sim.grains()["force"][1::2, 0]))
    for k, (name, solid) in enumerate(own.items()):
        exact = hertz_impact(solid.density * 2 / 3 * np.pi * r**3, r / 2, effective_modulus(solid, solid), speed)
        compare(sheet, "test1", name, np.array(overlaps)[:, k], np.array(forces)[:, k], dt, exact)


@case(
    "hertz-plane",
    title="A sphere meets a rigid plane: Chung & Ooi test 2",
    source=f"{HERTZ}; set-up: {CHUNG_OOI}, test 2",
)
def hertz_plane(sheet: Sheet) -> None:
    """Spheres of 0.1 m at 0.2 m/s, e = 1, no friction."""
    stated, own = TESTS["test2"], solids("test2")
    r, speed, dt = stated["radius"], stated["speed"], 731.6e-6 / 400
    sim = hertz().put(
        [[0, 0, r + 1e-7], [0.5, 0, r + 1e-7]],
        r,
        time_step=dt,
        velocities=(0, 0, -speed),
        material=[s.name for s in own.values()],
        motions={"rigid": Motion.at_rest()},
    )
    overlaps, forces = [], []
    for _ in range(460):
        overlaps.append(r - sim.grains()["position"][:, 2])
        sim.step()
        forces.append(sim.grains()["force"][:, 2])
    for k, (name, solid) in enumerate(own.items()):
        exact = on_rigid_plane(solid, r, speed)
        compare(sheet, "test2", name, np.array(overlaps)[:, k], np.array(forces)[:, k], dt, exact)


@case(
    "damped-plane",
    title="Spheres of stated restitution meet a rigid plane: Chung & Ooi test 3",
    source=f"{CHUNG_OOI}, test 3: e stated and e returned; contact time at e = 1: {HERTZ}",
)
def damped_plane(sheet: Sheet) -> None:
    """Spheres of 2.5 mm at 3.9 m/s, e = 0.2 to 1, no friction."""
    stated, own = TESTS["test3"], test3_materials()
    r, speed, dt = stated["radius"], stated["speed"], 6.1e-6 / 400
    x = np.stack([0.02 * np.arange(len(own)), np.zeros(len(own)), np.full(len(own), r + 1e-8)], axis=1)
    sim = hertz().put(
        x,
        r,
        time_step=dt,
        velocities=(0, 0, -speed),
        material=[solid.name for solid in own.values()],
        motions={"rigid": Motion.at_rest()},
    )
    overlaps = []
    for _ in range(1600):
        overlaps.append(r - sim.grains()["position"][:, 2])
        sim.step()
    returned, times = {}, {}
    for k, (name, e) in enumerate(own):
        returned[name, e] = sim.grains()["velocity"][k, 2] / speed
        times[name, e] = crossings(np.array(overlaps)[:, k], dt)
        sheet.check(f"{name}: restitution {e:g}", returned[name, e], e, 1e-3)
    for name in solids("test3"):
        exact = on_rigid_plane(own[name, 1.0], r, speed)[2]
        sheet.check(f"{name}: contact time at e = 1", times[name, 1.0], exact, 1e-3, unit="s", source=HERTZ)
    _draw(sheet, returned, times, {name: on_rigid_plane(own[name, 1.0], r, speed)[2] for name in solids("test3")})


def _draw(sheet: Sheet, returned: dict, times: dict, exact: dict[str, float]) -> None:
    rates = TESTS["test3"]["restitutions"]
    curves = [sheet.curve(name, rates, [returned[name, e] for e in rates]) for name in exact]
    stated = sheet.curve("stated", rates, rates, marks=True)
    sheet.figure("Restitution returned over restitution stated", "stated [-]", "returned [-]", [*curves, stated])
    curves = [sheet.curve(name, rates, [times[name, e] * 1e6 for e in rates]) for name in exact]
    curves += [sheet.curve(f"{name}, Hertz", [1.0], [t * 1e6], marks=True) for name, t in exact.items()]
    sheet.figure("Contact time over restitution", "stated restitution [-]", "contact time [µs]", curves)
    sheet.note("Damped contacts last longer; a closed form of how long exists for e = 1 alone, so the rest is drawn.")

"""Impacts: of pairs, on a plane and on a mesh. Hertz with rolling resistance and cohesion, zero where not wanted."""

import numpy as np

from regolith.drive import Motion
from regolith.laws import Law, effective_modulus
from regolith.materials import Contact, Material
from regolith.surfaces import Mesh, Plane
from regolith.time_step import hertz_contact_time
from regolith.verify.shapes import box_mesh
from tests import reference
from tests.verification.stage import PARKED, Stage
from tests.verification.twins import oblique_pairs, twin_errors

RESTITUTIONS = (0.2, 0.4, 0.5, 0.6, 0.8, 1.0)
PHASES = 64
LAW = Law(cohesion="sjkr")
SAND = {"density": 2700.0, "youngs_modulus": 5e7, "poisson_ratio": 0.2}
GRAINS = [Material(name=f"e{k}", **SAND) for k in range(len(RESTITUTIONS))]
SOLIDS = [  # Chung & Ooi (2011), tests 1 and 2
    Material(name="glass", density=2800, youngs_modulus=48e9, poisson_ratio=0.20),
    Material(name="limestone", density=2500, youngs_modulus=20e9, poisson_ratio=0.25),
    Material(name="aluminium", density=2699, youngs_modulus=70e9, poisson_ratio=0.30),
    Material(name="magnesium", density=1800, youngs_modulus=40e9, poisson_ratio=0.35),
]
RIGID = Material(name="rigid", density=1000, youngs_modulus=1e25, poisson_ratio=0.3)
ROUGH = [Material(name=f"rough{k}", **SAND) for k in range(4)]
WALL = Material(name="wall", **SAND)
STICKY = Material(name="sticky", **SAND)
COHESION = 2e6
CONTACTS = {
    **{
        (m.name, other): Contact(restitution=e, friction=0.5)
        for m, e in zip(GRAINS, RESTITUTIONS, strict=True)
        for other in (m.name, "wall")
    },
    **{(m.name, m.name): Contact(restitution=1.0, friction=0.35) for m in SOLIDS},
    **{(m.name, "rigid"): Contact(restitution=1.0, friction=0.0) for m in SOLIDS},
    ("rough0", "rough0"): Contact(restitution=1.0, friction=0.3),
    ("rough1", "rough1"): Contact(restitution=0.5, friction=0.5),
    ("rough2", "rough2"): Contact(restitution=0.8, friction=0.5, rolling_friction=0.2, twisting_friction=0.1),
    ("rough3", "rough3"): Contact(restitution=0.5, friction=0.4, rolling_friction=0.3, cohesion=1e5),
    ("sticky", "sticky"): Contact(restitution=0.5, friction=0.4, cohesion=COHESION),
}


def make_stage() -> Stage:
    slab = box_mesh((-2.0, -2.0, -0.1), (2.0, 2.0, 0.0))
    return Stage(
        n_grains=1000,
        radii=(0.01, 0.1),
        materials=[*GRAINS, *SOLIDS, RIGID, *ROUGH, WALL, STICKY],
        contacts=CONTACTS,
        law=LAW,
        surfaces=[
            Plane(point=(0, 0, 0), normal=(0, 0, 1), material="wall", motion=PARKED, name="plane"),
            Plane(point=(0, 0, 0), normal=(0, 0, 1), material="rigid", motion=PARKED, name="rigid"),
            Mesh(mesh=slab, material="wall", motion=PARKED, name="slab"),
        ],
    )


def approach(radius: float, speed: float, dt: float):
    """Gaps that spread the first touch evenly over one time step, for every restitution."""
    k, phase = np.divmod(np.arange(len(RESTITUTIONS) * PHASES), PHASES)
    place = np.stack([(phase - PHASES / 2) * 2.5 * radius, (k - 3) * 2.5 * radius, 0 * k], axis=1)
    return place, (phase + 0.5) / PHASES * speed * dt, [f"e{i}" for i in k]


def spread(speed_out: np.ndarray, speed: float) -> dict[str, list[float]]:
    """Mean restitution and its largest deviation over the phases, relative to what is stated."""
    e = speed_out.reshape(len(RESTITUTIONS), PHASES) / speed
    stated = np.array(RESTITUTIONS)
    return {
        "mean": (e.mean(axis=1) / stated - 1).tolist(),
        "scatter": np.abs(e / stated[:, None] - 1).max(axis=1).tolist(),
    }


def restitution(stage: Stage, steps: int) -> dict[str, dict[str, list[float]]]:
    """Relative errors of restitution at so many steps per Hertz contact: pairs, plane, mesh."""
    r, speed = 0.01, 0.2
    dt = hertz_contact_time(r, GRAINS[0], speed) / steps
    place, gap, names = approach(r, speed, dt)
    half = np.array([0, 0, 1.0]) * (r + gap / 2)[:, None]
    up = np.array([0, 0, 0.5 * speed])
    sim = stage.put(
        np.concatenate([place + half, place - half]),
        r,
        time_step=dt,
        material=names + names,
        velocities=np.repeat([-up, up], len(place), axis=0),
    )
    sim.step(6 * steps)
    v = sim.grains()["velocity"][:, 2]
    figures = {"pair": spread(v[: len(place)] - v[len(place) :], speed)}
    for name in ("plane", "slab"):  # twice the mass and radius: twice the speed makes the same contact time
        gap_wall = 2 * gap
        sim = stage.put(
            place + np.array([0, 0, 1.0]) * (r + gap_wall)[:, None],
            r,
            time_step=dt,
            material=names,
            velocities=(0, 0, -2 * speed),
            motions={name: Motion.at_rest()},
        )
        sim.step(6 * steps)
        figures[name] = spread(sim.grains()["velocity"][:, 2], 2 * speed)
    return figures


def case_restitution(stage):
    return {steps: restitution(stage, steps) for steps in (50, 30, 20)}


def crossings(overlap: np.ndarray, dt: float) -> float:
    """Time between the first and the last zero of a sampled overlap, linear in between [s]."""
    sign = overlap > 0
    rise, fall = np.flatnonzero(~sign[:-1] & sign[1:])[0], np.flatnonzero(sign[:-1] & ~sign[1:])[0]
    at = [k + overlap[k] / (overlap[k] - overlap[k + 1]) for k in (rise, fall)]
    return float(at[1] - at[0]) * dt


def case_hertz_pairs(stage):
    """Chung & Ooi (2011), test 1: two equal spheres of 10 mm at +-10 m/s."""
    r, speed, dt = 0.01, 20.0, 40.34e-6 / 400
    x = np.array([[-r - 1e-6, 0, 0], [r + 1e-6, 0, 0], [-r - 1e-6, 0.1, 0], [r + 1e-6, 0.1, 0]])
    v = np.array([[speed / 2, 0, 0], [-speed / 2, 0, 0]] * 2)
    sim = stage.put(x, r, time_step=dt, velocities=v, material=["glass"] * 2 + ["limestone"] * 2)
    overlaps, forces = [], []
    for _ in range(620):
        at = sim.grains()["position"][:, 0]
        sim.step()
        overlaps.append(2 * r - (at[1::2] - at[0::2]))
        forces.append(np.abs(sim.grains()["force"][1::2, 0]))
    out = {}
    for k, solid in enumerate(SOLIDS[:2]):
        m = solid.density * 4 / 3 * np.pi * r**3
        exact = reference.hertz_impact(m / 2, r / 2, effective_modulus(solid, solid), speed)
        d, f = np.array(overlaps)[:, k], np.array(forces)[:, k]
        out[solid.name] = {"overlap": d.max(), "force": f.max(), "time": crossings(d, dt), "exact": exact}
    return out


def case_hertz_plane(stage):
    """Chung & Ooi (2011), test 2: a sphere of 0.1 m on a rigid plane at 0.2 m/s, no friction."""
    r, speed, dt = 0.1, 0.2, 731.6e-6 / 400
    sim = stage.put(
        [[0, 0, r + 1e-7], [0.5, 0, r + 1e-7]],
        r,
        time_step=dt,
        velocities=(0, 0, -speed),
        material=["aluminium", "magnesium"],
        motions={"rigid": Motion.at_rest()},
    )
    overlaps, forces = [], []
    for _ in range(460):
        overlaps.append(r - sim.grains()["position"][:, 2])
        sim.step()
        forces.append(sim.grains()["force"][:, 2])
    out = {}
    for k, solid in enumerate(SOLIDS[2:]):
        m = solid.density * 4 / 3 * np.pi * r**3
        exact = reference.hertz_impact(m, r, solid.youngs_modulus / (1 - solid.poisson_ratio**2), speed)
        d, f = np.array(overlaps)[:, k], np.array(forces)[:, k]
        out[solid.name] = {"overlap": d.max(), "force": f.max(), "time": crossings(d, dt), "exact": exact}
    return out


def balance(grains, n: int):
    """Momentum, angular momentum (orbital and spin) and kinetic energy of each pair, scales of the first two."""
    m, inertia = grains["mass"], 0.4 * grains["mass"] * grains["radius"] ** 2
    p = m[:, None] * grains["velocity"]
    centre = np.repeat(0.5 * (grains["position"][:n] + grains["position"][n:])[None], 2, axis=0).reshape(-1, 3)
    spin = inertia[:, None] * grains["spin"]
    orbit = np.cross(grains["position"], p)
    energy = 0.5 * (m * (grains["velocity"] ** 2).sum(axis=1) + inertia * (grains["spin"] ** 2).sum(axis=1))
    size = (
        np.linalg.norm(p, axis=1),
        np.linalg.norm(spin, axis=1) + np.linalg.norm(np.cross(grains["position"] - centre, p), axis=1),
    )
    both = lambda a: a[:n] + a[n:]  # noqa: E731
    return both(p), both(orbit + spin), both(energy), both(size[0]), both(size[1])


def case_oblique(stage):
    """400 oblique impacts with friction, rolling resistance and cohesion: what is kept and what is lost."""
    return {steps: oblique(stage, steps) for steps in (50, 500)}


def oblique(stage, steps: int):
    """At so many steps per contact."""
    n, r = 400, 0.01
    x, radii, v, spins, names = oblique_pairs(np.random.default_rng(3), n, r)
    dt = hertz_contact_time(r, GRAINS[0], 0.2) / steps
    sim = stage.put(x, radii, time_step=dt, velocities=v, spins=spins, material=names)
    before = balance(sim.grains(), n)
    sim.step(4 * steps)
    apart = np.ones(n, bool)
    apart[np.minimum(sim.pairs()["i"], sim.pairs()["j"]) % n] = False
    after = balance(sim.grains(), n)
    kind = np.arange(n) % 4
    gain = after[2] / before[2] - 1
    return {
        "momentum": float((np.linalg.norm(after[0] - before[0], axis=1) / before[3]).max()),
        "angular_momentum": float((np.linalg.norm(after[1] - before[1], axis=1) / before[4]).max()),
        "energy_gain": [float(gain[(kind == k) & apart].max()) for k in range(4)],
        "energy_rose": [int((gain[(kind == k) & apart] > 0).sum()) for k in range(4)],
        "met": int((np.abs(gain) > 1e-6).sum()),
        "apart": int(apart.sum()),
    }


def case_free_fall(stage):
    """v = v0 + g t and x = x0 + v0 t + g t (t + dt) / 2 (leapfrog), at 1 m/s with dt = 1e-6 s, on the Moon."""
    g, dt, n = 1.62, 1e-6, 3000
    sim = stage.put(
        [[0, 0, 0.5], [0.3, 0, 0.5]], 0.01, time_step=dt, velocities=[[0, 0, -1.0], [1.0, 0, 0]], gravity=(0, 0, -g)
    )
    sim.step(n)
    t = n * dt
    grains = sim.grains()
    fell = (np.array([-1.0, 0.0]) - grains["velocity"][:, 2]) / t
    dropped = 0.5 + np.array([-1.0, 0.0]) * t - grains["position"][:, 2]
    return {"g": (fell / g - 1).tolist(), "drop": (dropped / (0.5 * g * t * (t + dt)) - 1).tolist()}


def case_pull_off(stage):
    """SJKR: the largest force that two touching spheres resist with, at rest, at overlaps around the one of pull-off.

    A dashpot at the mid-step velocity takes c dt / 2 m* off a resting contact's force, so the error goes as dt.
    """
    r, n = 0.01, 50
    e_eff = effective_modulus(STICKY, STICKY)
    overlap = (np.pi * COHESION * np.sqrt(r / 2) / e_eff) ** 2 * np.linspace(0.5, 1.5, n)
    x = np.stack([np.linspace(-1.5, 1.5, n), 0 * overlap, 0 * overlap], axis=1)
    exact, out = 2 / 3 * np.pi**3 * COHESION**3 * (r / 2) ** 2 / e_eff**2, {}
    shipped = hertz_contact_time(r, STICKY, 1.0) / 50
    for dt in (shipped, shipped / 10, shipped / 100):
        sim = stage.put(
            np.concatenate([x + (2 * r - overlap)[:, None] * [0, 0, 1], x]), r, time_step=dt, material="sticky"
        )
        sim.step()
        out[f"{dt / shipped:g}"] = float(-sim.grains()["force"][:n, 2].min() / exact - 1)
    return out


def case_law_twin(stage):
    """One step of 400 touching pairs with random motion and springs against the NumPy twin; turned as a whole too."""
    rng = np.random.default_rng(7)
    return twin_errors(stage, rng, LAW, CONTACTS, [f"rough{k}" for k in range(4)])

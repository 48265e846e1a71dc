"""A turning drum with two kinds of spheres: the mixing benchmark of Dosta et al. (2024)."""

import numpy as np

from regolith.box import Box
from regolith.drive import Motion
from regolith.laws import Law
from regolith.surfaces import Mesh
from regolith.tools import TriangleMesh
from regolith.verify.case import Sheet, case
from regolith.verify.dosta import SOURCE, G, reference, solids
from regolith.verify.settling import SOFTENING, gas, settle
from regolith.verify.stage import PARKED, Stage, shared

DRUM, HALF_WIDTH = 0.1, 0.03  # radius, half the length along y [m]
N_FACETS = 100  # of the published mesh's inner side
SPIN = (0.0, -2.0, 0.0)  # [rad/s]
COUNTS, RADII = {"M1": 30_000, "M2": 8_000}, {"M1": 1e-3, "M2": 2e-3}
DT, SETTLING_DT = 1.6e-6, 2e-6  # 19 and 24 % of the Rayleigh time of the small grains
ALLOWED = 1500  # grains of M1: the published codes differ by up to 900
RERUN = SOURCE + "; MUSEN and LIGGGHTS from the published state, peclet-examples, benchmarks/dem-bulk-dosta2024"


def drum() -> TriangleMesh:
    """The inner side of a prism of 100 facets with its two ends, normals inwards."""
    angle = 2 * np.pi * np.arange(N_FACETS) / N_FACETS
    ring = np.stack([DRUM * np.cos(angle), np.zeros(N_FACETS), DRUM * np.sin(angle)], axis=1)
    width = np.array([0.0, HALF_WIDTH, 0.0])
    vertices = np.vstack([ring - width, ring + width, -width, width])
    near, left, right = np.arange(N_FACETS), 2 * N_FACETS, 2 * N_FACETS + 1
    after = np.roll(near, -1)
    far, far_after = near + N_FACETS, after + N_FACETS
    faces = [
        np.stack([near, after, far_after], axis=1),
        np.stack([near, far_after, far], axis=1),
        np.stack([after, near, np.full(N_FACETS, left)], axis=1),
        np.stack([far, far_after, np.full(N_FACETS, right)], axis=1),
    ]
    return TriangleMesh(vertices=vertices, faces=np.vstack(faces).astype(np.int32))


@shared
def stage() -> Stage:
    """The drum, with room for its grains."""
    materials, contacts = solids()
    edge = np.array([DRUM, HALF_WIDTH, DRUM]) + 4e-3
    return Stage(
        n_grains=sum(COUNTS.values()),
        radii=(RADII["M1"], RADII["M2"]),
        materials=materials,
        contacts=contacts,
        surfaces=[Mesh(mesh=drum(), material="steel", motion=PARKED, name="drum")],
        law=Law(rolling="none"),
        box=Box(lower=-edge, upper=edge),
    )


def filled(*, soft: bool) -> tuple[np.ndarray, list[str]]:
    """Centres [m] and materials of the grains: M2 settled first, then M1 on top; left soft, or at last as they are."""
    rng, still = np.random.default_rng(1), {"drum": Motion.at_rest()}
    half = 0.68 * DRUM  # a box that fits into the drum
    x, names = np.zeros((0, 3)), list[str]()
    for name in ("M2", "M1"):
        bottom = x[:, 2].max() + RADII["M2"] if len(x) else -half
        radii = np.full(COUNTS[name], RADII[name])
        new = gas(radii, (-half, -HALF_WIDTH, bottom), (half, HALF_WIDTH, half), rng)
        x, names = np.vstack([x, new]), names + [name] * len(new)
        size = np.array([RADII[n] for n in names])
        sim = settle(stage(), x, size, names, time_step=SETTLING_DT, gravity=G, motions=still, stay_soft=soft)
        x = sim.grains()["position"]
    return x, names


def turn(times: np.ndarray, *, soft: bool) -> dict[str, np.ndarray]:
    """Grains of each material in zone 2 (x < 0, z < 0), and in zone 1 (x > 0, z > 0), at times from 0 on [s]."""
    x, names = filled(soft=soft)
    kind = np.array(names)
    dt = DT * SOFTENING**0.5 if soft else DT
    sim = stage().put(
        x,
        np.array([RADII[name] for name in names]),
        time_step=dt,
        material=[f"soft {name}" for name in names] if soft else names,
        gravity=(0, 0, -G),
        motions={"drum": Motion.constant(angular_velocity=SPIN)},
    )
    found: dict[str, list[int]] = {f"{name} zone {zone}": [] for name in COUNTS for zone in (1, 2)}
    for time in times:
        sim.step(round(time / dt) - sim.step_count)
        at = sim.grains()["position"]
        for name in COUNTS:
            mine = at[kind == name]
            for zone, sign in ((1, 1), (2, -1)):
                found[f"{name} zone {zone}"].append(int(((sign * mine[:, 0] > 0) & (sign * mine[:, 2] > 0)).sum()))
    return {name: np.array(counts) for name, counts in found.items()}


def compare(sheet: Sheet, until: float, *, soft: bool = False) -> None:
    """Run to a time; check M1 in zone 2, report M2 there and M1 in zone 1, at the published times."""
    known = reference()["drum"]
    published = np.array(known["time"])
    times = np.union1d(np.round(np.arange(0, until + 0.01, 0.05), 6), published[published <= until])
    found = turn(times, soft=soft)
    for time in published[(published > 0) & (published <= until)]:
        k, row = int(np.flatnonzero(published == time)[0]), int(np.searchsorted(times, time))
        for name in COUNTS:
            mean = 0.5 * (known[f"{name}_musen"][k] + known[f"{name}_liggghts"][k])
            what, ours = f"{name} in zone 2 at {time:g} s", float(found[f"{name} zone 2"][row])
            if name == "M1":
                sheet.check(what, ours, mean, ALLOWED if time <= 2.5 else 2500, scale=1.0)
            else:
                sheet.report(what, ours, mean)
    for time, musen in zip(known["zone1"]["time"], known["zone1"]["M1_musen"], strict=True):
        if time <= until:
            ours = float(found["M1 zone 1"][np.searchsorted(times, time)])
            sheet.report(f"M1 in zone 1 at {time:g} s", ours, musen)
    sheet.note(
        "The initial state is generated here: M2 fallen from a random gas, then M1 on top of it. "
        + ", ".join(f"{name} in zone 2 at the start: {found[f'{name} zone 2'][0]}" for name in COUNTS)
        + f" (published state: {known['M1_musen'][0]}, {known['M2_musen'][0]}). The wall is a prism of 100 facets."
    )
    if soft:
        stiffness = known_stiffness()
        sheet.note(
            f"Young's moduli are {SOFTENING:g} times smaller than the published ones, with the "
            f"same restitution: E / (rho g d) of M1 is {stiffness / SOFTENING:.1g} instead of {stiffness:.1g}. "
            "dosta-drum-5s has the published ones."
        )
    marks = (published > 0) & (published <= until)
    for name in COUNTS:
        curves = [sheet.curve("regolith", times, found[f"{name} zone 2"])]
        curves += [
            sheet.curve(code, published[marks], np.array(known[f"{name}_{code.lower()}"])[marks], marks=True)
            for code in ("MUSEN", "LIGGGHTS")
        ]
        sheet.figure(f"{name} in zone 2 (x < 0, z < 0)", "time [s]", "grains", curves)


def known_stiffness() -> float:
    """E / (rho g d) of M1 [-]."""
    m1 = next(m for m in solids()[0] if m.name == "M1")
    return m1.youngs_modulus / (m1.density * G * 2 * RADII["M1"])


@case(
    "dosta-drum",
    title="A drum mixes two kinds of softened spheres for 1 s: how many are where",
    source=RERUN,
    long=True,
    cost="2.4e9 grain-steps and settling: about 20 min on one core",
    memory=2e9,
)
def dosta_drum(sheet: Sheet) -> None:
    """38,000 grains, a third of a turn."""
    compare(sheet, 1.0, soft=True)


@case(
    "dosta-drum-5s",
    title="A drum mixes two kinds of spheres for 4.5 s: how many are where",
    source=RERUN,
    long=True,
    cost="1.1e11 grain-steps",
    memory=2e9,
    needs_gpu=True,
)
def dosta_drum_5s(sheet: Sheet) -> None:
    """To the last time that has a reference; the published run ends at 5 s."""
    compare(sheet, 4.5)

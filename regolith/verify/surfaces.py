"""Flat meshes against planes: whatever the triangles, a tessellated plane is the plane and two of them a corner."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from regolith.drive import Motion
from regolith.verify.case import Sheet, case
from regolith.verify.surface_stage import (
    DT,
    MASS,
    TILT,
    VALLEY,
    G,
    R,
    differences,
    hertz_force,
    record,
    resting_overlap,
    stage,
)

PLACES = {  # where the plates stand, and their triangles' size
    "coarse": (-0.25, -0.25, "random triangles, 10 radii across"),
    "fine": (0.25, -0.25, "random triangles, half a radius across"),
    "sliver": (-0.25, 0.25, "slivers, 1e-7 m to 1 radius wide"),
    "grid": (0.25, 0.25, "a grid, exactly along its edges and over its vertices"),
    "tiny": (0.25, 0.6, "a grid of a tenth of a radius"),
}
TWIN = "The same run on the plane itself, a closed form; one contact per smooth region as LAMMPS, fix surface/global"


def start(name: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Five spheres on a plate that slide and roll; on grids exactly along a row of edges. The last one bounces."""
    spread = 0.02 if name == "tiny" else 0.0625
    height = R - resting_overlap(G)
    spots: list[Any] = []
    velocities: list[Any] = []
    spins: list[Any] = []
    for x, y in ((-1, -1), (1, -1), (-1, 1), (1, 1), (0, 0)):
        straight = name in ("grid", "tiny")
        spots.append([PLACES[name][0] + x * spread, PLACES[name][1] + y * spread, height if x else R])
        angle = 0.0 if straight else rng.uniform(0, 2 * np.pi)
        velocities.append([0.3 * np.cos(angle), 0.3 * np.sin(angle), 0.0])
        spins.append([0, rng.uniform(-40, 40), 0] if straight else rng.uniform(-40, 40, 3))
    return np.array(spots, float), np.array(velocities), np.array(spins, float)


@case("seams", title="Spheres slide, roll and bounce over the seams of five triangulations of a plane", source=TWIN)
def seams(sheet: Sheet) -> None:
    """Triangles from 10 radii to a tenth of a radius across, along edges and over vertices."""
    rng = np.random.default_rng(5)
    starts = [start(name, rng) for name in PLACES]
    spots, velocities, spins = (np.concatenate(part) for part in zip(*starts, strict=True))
    standing = {name: Motion.at_rest((x, y, 0.0)) for name, (x, y, _) in PLACES.items()}
    seen, met = [], []
    for motions in (standing, {"plane": Motion.at_rest()}):
        sim = stage().put(
            spots,
            R,
            time_step=DT,
            velocities=velocities,
            spins=spins,
            material="plain",
            gravity=(0, 0, -G),
            motions=motions,
        )
        seen.append(record(sim, 2000, every=10))
        met.append({sim.surroundings.names[s] for s in sim.surface_contacts()["surface"]})
    if met != [set(standing), {"plane"}]:
        raise RuntimeError(f"the spheres met {met}")
    for k, (name, (_, _, words)) in enumerate(PLACES.items()):
        ours, plane = ({key: value[:, 5 * k : 5 * k + 5] for key, value in one.items()} for one in seen)
        for what, size in differences((ours, plane), 0.03, 0.3).items():
            sheet.bound(f"{name}, {words}: {what}", size, sheet.tolerance(1e-5, 1e-12))
        force = float(np.abs(ours["force"] - plane["force"]).max() / (MASS * G))
        sheet.bound(f"{name}: force over the weight, at any step", force, sheet.tolerance(1e-4, 1e-10))
    draw_seams(sheet, *seen)


def draw_seams(sheet: Sheet, ours: Mapping[str, np.ndarray], plane: Mapping[str, np.ndarray]) -> None:
    """The bouncing sphere's normal force over its way, on each plate, and on the plane."""
    curves, marks = [], []
    for k, name in enumerate(PLACES):
        g, way = 5 * k + 4, np.linalg.norm(ours["position"][:100, 5 * k + 4, :2] - PLACES[name][:2], axis=1) * 1e3
        curves.append(sheet.curve(name, way, 1 + ours["force"][:100, g, 2] / (MASS * G) + 2 * k))
        marks.append(np.stack([way[::4], 1 + plane["force"][:100:4, g, 2] / (MASS * G) + 2 * k]))
    curves.append(sheet.curve("plane", *np.concatenate(marks, axis=1), marks=True))
    title = "Normal force of a bouncing sphere that slides over seams; each plate 2 weights above the one before"
    sheet.figure(title, "way [mm]", "normal force over weight [-]", curves)


@case("seams-tilted", title="A plate of slivers, tilted before its vertices were rounded", source=TWIN)
def seams_tilted(sheet: Sheet) -> None:
    """As `seams`, on the tilted plane."""
    spots = np.array([[-0.06, 0.0, 0], [0.06, 0.018, 0], [0.0, -0.055, 0]]) + [0, 0, R - resting_overlap(G)]
    velocities = np.array([[0.2, 0.1, 0], [-0.2, 0.01, 0], [0.1, -0.2, 0]])
    seen = []
    for motions in ({"tilted": Motion.at_rest()}, {"plane": Motion.at_rest(rotation=TILT)}):
        sim = stage().put(
            spots @ TILT.T,
            R,
            time_step=DT,
            velocities=velocities @ TILT.T,
            spins=(3, 4, 5.0),
            material="plain",
            gravity=TILT @ (0, 0, -G),
            motions=motions,
        )
        seen.append(record(sim, 1500, every=50))
    for what, size in differences(seen, 0.03, 0.3).items():
        sheet.bound(what, size, sheet.tolerance(1e-5, 1e-12))


@case("corner", title="A sphere driven along a concave corner keeps two springs", source="The same run on two planes")
def concave_corner(sheet: Sheet) -> None:
    """Corners of 90 and 120 degrees, the sphere pressed into them while it slides and rolls along."""
    for degrees in (90, 120):
        opening = np.deg2rad(degrees)
        normal = np.array([np.sin(opening), 0, -np.cos(opening)])
        side = np.cross((0, 1, 0), normal)
        turn = np.stack([side, (0, 1, 0), normal], axis=1)  # takes z to the wall's normal
        seen = []
        for motions in (
            {f"corner{degrees}": Motion.at_rest()},
            {"plane": Motion.at_rest(), "other plane": Motion.at_rest(rotation=turn)},
        ):
            sim = stage().put(
                [[R / np.tan(opening / 2), -0.05, R], [R / np.tan(opening / 2), 0.05, R]],
                R,
                time_step=DT,
                velocities=(0, 0.2, 0),
                spins=np.array([[10.0, 2, 5], [-20, 5, 0]]),
                material="plain",
                gravity=-5.0 * (normal + [0, 0, 1]),
                motions=motions,
            )
            seen.append(record(sim, 1200, every=10))
            held = sim.surface_contacts()
            per_grain = np.bincount(held["grain"], minlength=2)
            sheet.check(f"{degrees} degrees, {next(iter(motions))}: springs per sphere", per_grain.mean(), 2, 0)
            shortest = float(np.linalg.norm(held["springs"][:, 0], axis=1).min())
            sheet.check(f"{degrees} degrees: springs not stretched", float(shortest < 1e-9), 0, 0, scale=1)
        for what, size in differences(seen, 0.012, 0.2).items():
            sheet.bound(f"{degrees} degrees: {what}", size, sheet.tolerance(1e-5, 1e-12))


@case(
    "valley",
    title="A shallow valley: one contact on either side, two at the bottom, none with the edge",
    source="Hertz (1882) in Johnson (1985), Contact Mechanics, section 4.2, on each side whose foot lies on it",
)
def valley(sheet: Sheet) -> None:
    """Sides that meet at 16 degrees, of many small triangles: the edge lies within reach, but a side comes closer."""
    depth, n = 0.1 * R, 18
    wall, normal = np.array([-np.cos(VALLEY), 0, np.sin(VALLEY)]), np.array([np.sin(VALLEY), 0, np.cos(VALLEY)])
    way = np.linspace(0.02, 0.6, n)[:, None] * R  # from the edge
    on_floor, on_wall = way * [1, 0, 0] + (R - depth) * np.array([0, 0, 1]), way * wall + (R - depth) * normal
    places = np.concatenate([on_floor, on_wall])
    places[:, 1] = 2.05 * R * (np.arange(2 * n) - n + 0.5)
    exact, touched = np.zeros((2 * n, 3)), np.zeros(2 * n, int)
    for along, out in ((np.array([1.0, 0, 0]), np.array([0, 0, 1.0])), (wall, normal)):
        overlap = np.where(places @ along > 0, R - places @ out, 0.0)
        exact += hertz_force(overlap)[:, None] * out
        touched += overlap > 0
    sim = stage().put(places, R, time_step=DT, material="slick", motions={"valley": Motion.at_rest()})
    sim.step()
    wrong = np.linalg.norm(sim.grains()["force"] - exact, axis=1) / np.linalg.norm(exact, axis=1)
    held = np.bincount(sim.surface_contacts()["grain"], minlength=2 * n)
    sheet.bound(
        f"force of {(touched == 1).sum()} spheres on one side",
        wrong[touched == 1].max(),
        sheet.tolerance(1e-5, 1e-9),
    )
    sheet.bound(
        f"force of {(touched == 2).sum()} spheres on both", wrong[touched == 2].max(), sheet.tolerance(1e-5, 1e-9)
    )
    sheet.bound("spheres with other than those contacts", (held != touched).sum(), 0)

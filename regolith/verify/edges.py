"""Edges and vertices of solids: one Hertz contact each, kept over a convex edge, for any mesh of the same solid."""

import numpy as np

from regolith.drive import Motion
from regolith.tools.mesh import TriangleMesh, closest_points
from regolith.verify.case import Sheet, case
from regolith.verify.surface_stage import (
    BOX,
    DT,
    MASS,
    PLATE,
    TILT,
    Floats,
    G,
    R,
    differences,
    hertz_force,
    record,
    resting_overlap,
    stage,
)

HERTZ = "Hertz (1882) in Johnson (1985), Contact Mechanics, section 4.2, towards the solid's closest point"


def around(mesh: TriangleMesh) -> Floats:
    """Places of spheres that touch a box, over faces, edges and vertices, just beside edges; none touch another."""
    rng, half = np.random.default_rng(2), mesh.bounds[1]
    places: list[Floats] = []
    for _ in range(3000):
        sign = rng.choice([-1.0, 1.0], 3)
        free = rng.permutation(3)[: rng.integers(1, 4)]  # 1: face, 2: edge, 3: vertex
        at = rng.uniform(-1, 1, 3) * half
        at[free] = sign[free] * half[free]
        out = np.zeros(3)
        out[free] = sign[free] * np.abs(rng.normal(size=len(free)))
        if len(free) == 1 and rng.random() < 0.5:  # beside an edge, at any small distance from it, on either side of it
            axis = (free[0] + 1) % 3
            at[axis] = sign[axis] * (half[axis] - rng.choice([-1, 1]) * R * 10.0 ** rng.uniform(-13, -1))
        x = at + out / np.linalg.norm(out) * R * rng.uniform(0.9, 0.999)
        if all(np.linalg.norm(x - other) > 2.01 * R for other in places):
            places.append(x)
    return np.array(places)[:300]


@case("edges", title="Faces, edges and vertices of a box and of a thin plate give one Hertz contact", source=HERTZ)
def edges(sheet: Sheet) -> None:
    """Also 1e-13 to 0.1 radii beside an edge; the plate is a fifth of a radius thick; straight and turned."""
    for name, mesh in (("box", BOX), ("plate", PLATE), ("finer box", BOX)):
        places = around(mesh)
        feet, gap, _ = closest_points(mesh, places)
        for pose, q in (("straight", np.eye(3)), ("turned", TILT)):
            motions = {name: Motion.at_rest(rotation=q)}
            sim = stage().put(places @ q.T, R, time_step=DT, material="slick", motions=motions)
            radius = sim.radii[0]  # as the device holds it
            expected = hertz_force(radius - gap)[:, None] * (places - feet) / gap[:, None]
            sim.step()
            force = sim.grains()["force"] @ q
            held = np.bincount(sim.surface_contacts()["grain"], minlength=len(places))
            touching = gap < radius
            size, exact = (np.linalg.norm(f[touching], axis=1) for f in (force, expected))
            turned = np.linalg.norm(force[touching] / size[:, None] - expected[touching] / exact[:, None], axis=1)
            words = f"{name}, {pose}, {touching.sum()} spheres"
            sheet.bound(f"{words}: force over Hertz's", np.abs(size / exact - 1).max(), sheet.tolerance(1e-5, 1e-9))
            sheet.bound(f"{words}: direction [rad]", turned.max(), sheet.tolerance(2e-6, 2e-6))
            sheet.bound(f"{words}: not one contact", (held != touching).sum(), 0)
    sheet.note(
        "Within 1.4e-6 radii of an edge a sphere may meet the edge for the face: hence the direction's tolerance."
    )


@case("plate-sides", title="A thin plate, and a sheet thinner than the overlap, touched from both sides", source=HERTZ)
def plate_sides(sheet: Sheet) -> None:
    """The plate is a fifth of a radius thick, the sheet a fiftieth: each sphere feels its own side alone."""
    overlap = 0.0005
    exact, tolerance = float(hertz_force(overlap)), sheet.tolerance(1e-5, 1e-12)
    for name, half, opposite in (("plate", 0.001, 0.05), ("sheet", 1e-4, -0.05)):
        z = half + R - overlap
        sim = stage().put(
            [[0.05, 0, z], [opposite, 0, -z], [-0.05, 0.1, z], [-0.1, 0.1, -z]],
            R,
            time_step=DT,
            material="slick",
            motions={name: Motion.at_rest()},
        )
        sim.step()
        force = sim.grains()["force"] * np.array([1, -1, 1, -1])[:, None]
        for k, side in enumerate(("upper", "lower", "upper, alone", "lower, alone")):
            sheet.check(f"{name}, {side}: force", force[k, 2], exact, tolerance, unit="N")
        sheet.bound(f"{name}: force along it", np.abs(force[:, :2]).max() / exact, 0)
        sheet.check(f"{name}: contacts", len(sim.surface_contacts()["grain"]), 4, 0)
    sheet.note("On the plate two spheres touch both sides at one place; through the sheet they would touch each other.")


@case(
    "convex-edge",
    title="A sphere rolls over a convex edge and keeps its force and its spring",
    source="f = 2/7 m g sin of a sphere that rolls down an incline without slip; force and spring do not jump",
)
def convex_edge(sheet: Sheet) -> None:
    """Over the four upper edges of a box, driven along the face by gravity tilted by 0.3 rad."""
    pull, press, jumps = G * np.sin(0.3), G * np.cos(0.3), []
    inertia = 0.4 / (1 - resting_overlap(press) / R) ** 2  # the overlap shortens the lever
    held = inertia / (1 + inertia) * np.sin(0.3)
    for name, along in (("+x", [1, 0, 0]), ("-x", [-1, 0, 0]), ("+y", [0, 1, 0]), ("-y", [0, -1, 0])):
        forward, half = np.array(along, float), np.array([0.3, 0.2, 0])
        field = pull * forward - [0, 0, press]
        sim = stage().put(
            [forward * (half - 1e-3) + [0, 0, 0.1 + R - resting_overlap(press)]],
            R,
            time_step=DT,
            velocities=0.02 * forward,
            spins=np.cross([0, 0, 1], 0.02 * forward / R),
            material="plain",
            gravity=field,
            motions={"box": Motion.at_rest()},
        )
        seen = record(sim, 750)
        contact = (seen["force"][:, 0] - MASS * field) / (MASS * G)
        way = seen["position"][:, 0] @ forward - half @ np.abs(forward)
        jumps.append(float(np.linalg.norm(np.diff(contact[200:], axis=0), axis=1).max()))
        sheet.bound(f"{name}: largest change of the force in a step, over the weight", jumps[-1], 2e-3)
        before = (way < 0) & (np.arange(len(way)) > 200)
        friction = -contact[before] @ forward
        sheet.check(f"{name}: friction over weight on the face", friction.mean(), held, 0.01)
        sheet.check(f"{name}: does not roll over", float(way[-1] < 0.05 * R), 0, 0, scale=1)
    sheet.bound("difference between the edges", np.ptp(jumps), 1e-4)
    sheet.note("A spring lost from patch to patch would show as a jump of 0.08 weights.")
    curves = [
        sheet.curve("along the face", way / R, -contact @ forward),
        sheet.curve("normal to it", way / R, contact[:, 2]),
    ]
    sheet.figure(
        "Contact force of a sphere that rolls over an edge",
        "past the edge, over R [-]",
        "force over weight [-]",
        curves,
    )


@case("remesh", title="A box meshed again, of 256 times as many triangles, is the same box", source="12 triangles")
def remesh(sheet: Sheet) -> None:
    """Spheres slide and roll over faces, an edge and a corner of the box."""
    height = 0.1 + R - resting_overlap(G)
    spots = [[0.29, 0.1, height], [0.05, -0.192, height], [0.29, 0.19, height], [-0.1, 0.05, height]]
    velocities = [[0.25, 0.06, 0], [0.1, -0.25, 0], [0.25, 0.22, 0], [0.2, 0.13, 0]]
    seen = []
    for name in ("finer box", "box"):
        sim = stage().put(
            spots,
            R,
            time_step=DT,
            velocities=velocities,
            spins=np.array([[5.0, 20, 3], [-10, 3, 8], [0, 0, 20], [30, -3, 1]]),
            material="plain",
            gravity=(0, 0, -G),
            motions={name: Motion.at_rest(rotation=np.eye(3))},
        )
        seen.append(record(sim, 1600, every=10))
    beyond = (np.abs(seen[0]["position"][-1, :, :2]) > [0.3, 0.2]).tolist()
    if beyond != [[True, False], [False, True], [True, True], [False, False]]:
        raise RuntimeError(f"not the spheres that should roll over an edge did: {beyond}")
    for what, size in differences(seen, 0.03, 0.3).items():
        sheet.bound(what, size, sheet.tolerance(1e-5, 1e-10))

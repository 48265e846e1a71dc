"""Spheres on planes, cylinders and meshes: seams, corners, edges, thin plates, and the cases of `driven`."""

import numpy as np
from scipy.spatial.transform import Rotation

from regolith.drive import Motion
from regolith.surfaces import Cylinder, Mesh, Plane
from regolith.tools.mesh import TriangleMesh, closest_points
from tests import reference
from tests.verification.driven import (  # noqa: F401
    case_belt,
    case_drum,
    case_incline,
    case_rolling_decay,
    case_slide_to_roll,
    case_work,
)
from tests.verification.shapes import box_mesh, corner, slabs
from tests.verification.spheres import CONTACTS, DT, E_EFF, MASS, MATERIALS, G, R, resting_overlap
from tests.verification.stage import PARKED, Stage, forces_per_step, single

TILT = Rotation.from_euler("xyz", [0.3, -0.5, 0.7]).as_matrix()
BOX = box_mesh((-0.3, -0.2, -0.1), (0.3, 0.2, 0.1))
PLATE = box_mesh((-0.3, -0.2, -0.001), (0.3, 0.2, 0.001))
PLACES = {"coarse": (-0.25, -0.25), "fine": (0.25, -0.25), "sliver": (-0.25, 0.25), "grid": (0.25, 0.25)}


def make_stage() -> Stage:
    surfaces = [
        Plane(point=(0, 0, 0), normal=(0, 0, 1), material="wall", motion=PARKED, name=n) for n in ("plane", "other")
    ]
    surfaces.append(
        Cylinder(point=(0, 0, 0), axis=(0, 1, 0), radius=0.8, material="wall", motion=Motion.at_rest(), name="drum")
    )
    meshes = slabs(TILT) | {
        "corner90": corner(np.pi / 2, 0.4),
        "corner120": corner(2 * np.pi / 3, 0.4),
        "box": BOX,
        "plate": PLATE,
    }
    surfaces += [Mesh(mesh=mesh, material="wall", motion=PARKED, name=name) for name, mesh in meshes.items()]
    return Stage(n_grains=300, radii=(R, 1.5 * R), materials=MATERIALS, contacts=CONTACTS, surfaces=surfaces)


def differences(a, b, travel: float, speed: float) -> dict[str, float]:
    """Largest differences of two runs: positions over the way, velocities and surface speeds over the speed."""
    return {
        "position": float(np.abs(a["position"] - b["position"]).max() / travel),
        "velocity": float(np.abs(a["velocity"] - b["velocity"]).max() / speed),
        "spin": float(np.abs(a["spin"] - b["spin"]).max() * R / speed),
    }


def case_seams(stage):
    """Spheres that slide and roll over tessellated plates, and the same on the plane."""
    rng = np.random.default_rng(5)
    height = R - resting_overlap(G)
    spots, velocities, spins = [], [], []
    for name, place in PLACES.items():
        for x, y in ((-0.0625, -0.0625), (0.0625, -0.0625), (-0.0625, 0.0625), (0.0625, 0.0625), (0.0, 0.0)):
            spots.append([place[0] + x, place[1] + y, height])
            angle = 0.0 if name == "grid" else rng.uniform(0, 2 * np.pi)  # on the grid exactly along a row of edges
            velocities.append([0.3 * np.cos(angle), 0.3 * np.sin(angle), 0.0])
            spins.append([0, rng.uniform(-40, 40), 0] if name == "grid" else rng.uniform(-40, 40, 3))
    tops = {name: Motion.at_rest((*place, 0.0)) for name, place in PLACES.items()}
    ends, met = [], []
    for motions in (tops, {"plane": Motion.at_rest()}):
        sim = stage.put(
            spots,
            R,
            time_step=DT,
            velocities=velocities,
            spins=spins,
            material="plain",
            gravity=(0, 0, -G),
            motions=motions,
        )
        sim.step(2000)
        ends.append(sim.grains())
        met.append(sorted({sim.surroundings.names[s] for s in sim.surface_contacts()["surface"]}))
    out: dict = {"met": met}
    for k, name in enumerate(PLACES):
        a, b = ({key: value[5 * k : 5 * k + 5] for key, value in end.items()} for end in ends)
        out[name] = differences(a, b, 0.03, 0.3)
    return out


def case_tilted_seams(stage):
    """A plate of slivers whose vertices were turned, and rounded, before it was loaded."""
    spots = np.array([[-0.06, 0.0, 0], [0.06, 0.018, 0], [0.0, -0.055, 0]]) + [0, 0, R - resting_overlap(G)]
    v = np.array([[0.2, 0.1, 0], [-0.2, 0.01, 0], [0.1, -0.2, 0]])
    ends = []
    for motions in ({"tilted": Motion.at_rest()}, {"plane": Motion.at_rest(rotation=TILT)}):
        sim = stage.put(
            spots @ TILT.T,
            R,
            time_step=DT,
            velocities=v @ TILT.T,
            spins=[[3, 4, 5.0]],
            material="plain",
            gravity=TILT @ (0, 0, -G),
            motions=motions,
        )
        sim.step(1500)
        ends.append(sim.grains())
    return differences(*ends, 0.03, 0.3)


def case_corner(stage):
    """A sphere driven along a concave corner, pressed into it: two springs, as between two planes."""
    out = {}
    for degrees in (90, 120):
        opening = np.deg2rad(degrees)
        normal = np.array([np.sin(opening), 0, -np.cos(opening)])
        press = -5.0 * (normal + [0, 0, 1])
        x = [[R / np.tan(opening / 2), -0.05, R], [R / np.tan(opening / 2), 0.05, R]]
        turn = Rotation.align_vectors([normal], [[0, 0, 1]])[0].as_matrix()
        ends = []
        for motions in (
            {f"corner{degrees}": Motion.at_rest()},
            {"plane": Motion.at_rest(), "other": Motion.at_rest(rotation=turn)},
        ):
            sim = stage.put(
                x,
                R,
                time_step=DT,
                velocities=(0, 0.2, 0),
                spins=[[10, 2, 5], [-20, 5, 0.0]],
                material="plain",
                gravity=press,
                motions=motions,
            )
            sim.step(1200)
            ends.append(sim.grains())
            held = sim.surface_contacts()
            if f"corner{degrees}" in motions:
                springs = {int(g): np.unique(held["patch"][held["grain"] == g]).size for g in held["grain"]}
                smallest = float(np.linalg.norm(held["springs"][:, 0], axis=1).min())
        out[str(degrees)] = differences(*ends, 0.012, 0.2) | {"springs": springs, "smallest_spring": smallest}
    return out


def around(rng, mesh: TriangleMesh) -> np.ndarray:
    """Places of spheres that touch a box, over faces, edges and vertices, just beside edges; none touch another."""
    half = mesh.bounds[1]
    places = []
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
    return np.array(places)


def case_convex(stage):
    """Box and thin plate: force and direction against Hertz at the closest point, one contact each."""
    rng, out = np.random.default_rng(2), {}
    for name, mesh in (("box", BOX), ("plate", PLATE)):
        places = around(rng, mesh)[:300]
        radius = float(single(R))
        feet, gap, _ = closest_points(mesh, places)
        expected = reference.hertz_force(radius - gap, radius, E_EFF)[:, None] * (places - feet) / gap[:, None]
        for pose, q in (("straight", np.eye(3)), ("turned", TILT)):
            sim = stage.put(places @ q.T, R, time_step=DT, material="slick", motions={name: Motion.at_rest(rotation=q)})
            sim.step()
            force = sim.grains()["force"] @ q
            held = np.bincount(sim.surface_contacts()["grain"], minlength=len(places))
            touching = gap < R
            wrong = np.linalg.norm(force - expected, axis=1)[touching] / np.linalg.norm(expected, axis=1)[touching]
            out[f"{name}/{pose}"] = {
                "force": float(wrong.max()),
                "contacts": np.unique(held[touching]).tolist(),
                "spheres": int(touching.sum()),
                "double": int((held > 1).sum()),
                "apart_force": float(np.abs(force[~touching]).max(initial=0.0)),
            }
    return out


def case_plate_sides(stage):
    """A sphere on each side of a plate of a fifth of a radius: each feels its own side alone."""
    overlap = 0.0005
    z = 0.001 + R - overlap
    sim = stage.put(
        [[0.05, 0, z], [0.05, 0, -z], [-0.05, 0.1, z], [-0.1, 0.1, -z]],
        R,
        time_step=DT,
        material="slick",
        motions={"plate": Motion.at_rest()},
    )
    sim.step()
    force = sim.grains()["force"]
    exact = reference.hertz_force(np.array(overlap), R, E_EFF) * np.array([1, -1, 1, -1])
    return {
        "force": float(np.abs(force[:, 2] / exact - 1).max()),
        "aside": float(np.abs(force[:, :2]).max()),
        "contacts": len(sim.surface_contacts()["grain"]),
    }


def case_over_the_edge(stage):
    """Spheres that roll over the four upper edges of a box: largest change of the force in a step, over the weight.

    Driven along a face by gravity at 0.3 rad, static friction holds 2/7 of the pull: what a lost spring would show.
    """
    jumps, past, friction = [], [], []
    pull, press = G * np.sin(0.3), G * np.cos(0.3)
    for along in ([1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]):
        along, half = np.array(along, float), np.array([0.3, 0.2, 0])
        x = along * (half - 4e-4) + [0, 0, 0.1 + R - resting_overlap(press)]
        sim = stage.put(
            [x],
            R,
            time_step=DT,
            velocities=0.05 * along,
            spins=np.cross([0, 0, 1], 0.05 * along / R),
            material="plain",
            gravity=pull * along - [0, 0, press],
            motions={"box": Motion.at_rest()},
        )
        seen = forces_per_step(sim, 350)
        contact = seen["force"][:, 0] - MASS * (pull * along - [0, 0, press])
        jumps.append(float(np.linalg.norm(np.diff(contact[40:], axis=0), axis=1).max() / (MASS * G)))
        past.append(float((seen["position"][-1, 0] @ along - np.abs(half @ along)) / R))
        friction.append(float(-contact[100] @ along / (MASS * G)))
    return {"jump": jumps, "past": past, "friction": friction}

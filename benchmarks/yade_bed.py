"""Runs in YADE's own interpreter: reads case.json, writes said.json. See yade_peer.py."""

import json
import math
import time

from yade import (
    Bo1_Facet_Aabb,
    Bo1_Sphere_Aabb,
    ForceResetter,
    FrictMat,
    Ig2_Facet_Sphere_ScGeom,
    Ig2_Sphere_Sphere_ScGeom,
    InsertionSortCollider,
    InteractionLoop,
    Ip2_FrictMat_FrictMat_MindlinPhys,
    Law2_ScGeom_MindlinPhys_Mindlin,
    NewtonIntegrator,
    O,
    Vector3,
    config,
    utils,
)

with open("case.json") as file:
    case = json.load(file)
material = O.materials.append(
    FrictMat(
        young=case["youngs_modulus"],
        poisson=case["poisson_ratio"],
        frictionAngle=math.atan(case["friction"]),
        density=case["density"],
    )
)
O.periodic = True
size = [high - low for low, high in zip(case["box_lo"], case["box_hi"], strict=True)]
O.cell.setBox(size[0], size[1], 2 * size[2])
low_z = case["box_lo"][2]

for x, v, r in zip(case["positions"], case["velocities"], case["radii"], strict=True):
    k = O.bodies.append(utils.sphere(Vector3(x) - Vector3(0, 0, low_z), r, material=material))
    O.bodies[k].state.vel = Vector3(v)
n = len(O.bodies)

across = [max(int(math.ceil(side / 0.02)), 4) for side in size[:2]]  # facets must be small against the cell
dx, dy = size[0] / across[0], size[1] / across[1]
for a in range(across[0]):
    for b in range(across[1]):
        corners = [Vector3((a + p) * dx, (b + q) * dy, 0) for p, q in ((0, 0), (1, 0), (1, 1), (0, 1))]
        for three in ((0, 1, 2), (0, 2, 3)):
            O.bodies.append(utils.facet([corners[c] for c in three], material=material))

for blade in case["blades"]:
    lower, upper = (Vector3(blade[key]) - Vector3(0, 0, low_z) for key in ("lower", "upper"))
    for x in (lower[0], upper[0]):
        sides = ((lower, lower), (upper, lower), (upper, upper), (lower, upper))
        corners = [Vector3(x, in_y[1], in_z[2]) for in_y, in_z in sides]
        for three in ((0, 1, 2), (0, 2, 3)):
            k = O.bodies.append(utils.facet([corners[c] for c in three], material=material))
            O.bodies[k].state.vel = Vector3(blade["speed"], 0, 0)

share = case["damping"] / math.sqrt(5)
restitution = math.exp(-math.pi * share / math.sqrt(1 - share * share))
O.engines = [
    ForceResetter(),
    InsertionSortCollider([Bo1_Sphere_Aabb(), Bo1_Facet_Aabb()], verletDist=-0.1),
    InteractionLoop(
        [Ig2_Sphere_Sphere_ScGeom(), Ig2_Facet_Sphere_ScGeom()],
        [Ip2_FrictMat_FrictMat_MindlinPhys(en=restitution)],
        [Law2_ScGeom_MindlinPhys_Mindlin()],
    ),
    NewtonIntegrator(damping=0, gravity=case["gravity"]),
]
O.dt = case["time_step"]
O.run(case["warmup_steps"], wait=True)
began = time.perf_counter()
O.run(case["steps"], wait=True)
seconds = time.perf_counter() - began
with open("said.json", "w") as file:
    json.dump(
        {
            "version": config.version,
            "seconds": seconds,
            "positions": [list(O.bodies[k].state.pos + Vector3(0, 0, low_z)) for k in range(n)],
            "velocities": [list(O.bodies[k].state.vel) for k in range(n)],
        },
        file,
    )

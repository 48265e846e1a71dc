"""The simulations on which contacts are verified: one per contact law, each with the materials of all its cases."""

from dataclasses import replace
from itertools import product

import numpy as np
import trimesh

from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.surfaces import Mesh, Plane
from regolith.tools.mesh import TriangleMesh
from regolith.verify.published import published, solids
from regolith.verify.stage import PARKED, Stage, shared

RESTITUTIONS = (0.2, 0.4, 0.5, 0.6, 0.8, 1.0)
RADIUS, SPEED = 0.01, 0.2  # of head-on impacts [m, m/s]; cohesive laws are set up for them
GAMMA = {"dmt": 2.0, "jkr": 2.5}  # [J/m2]
COHESION = 1e5  # of SJKR [Pa]
MU, SOFT_GAMMA = (
    0.1,
    0.1,
)  # rolling and twisting friction of the soft spheres, surface energy of the sticking one [J/m2]

SAND = {"density": 2700.0, "youngs_modulus": 5e7, "poisson_ratio": 0.2}
SOFT = {"density": 2500.0, "youngs_modulus": 1e7, "poisson_ratio": 0.2}
RIGID = Material(name="rigid", density=1000, youngs_modulus=1e25, poisson_ratio=0.3)
FLOOR, WALL = Material(name="floor", **SOFT), Material(name="wall", **SAND)
GRAINS = [Material(name=f"e{k}", **SAND) for k in range(len(RESTITUTIONS))]
ROUGH = {  # of oblique impacts: all that a law may have, in several mixtures
    "rough0": Contact(restitution=1.0, friction=0.3, surface_energy=1.0),
    "rough1": Contact(restitution=0.5, friction=0.5, rolling_friction=0.1, surface_energy=1.0),
    "rough2": Contact(
        restitution=0.8, friction=0.5, rolling_friction=0.2, twisting_friction=0.1, surface_energy=3.0, cohesion=2e4
    ),
    "rough3": Contact(
        restitution=0.5, friction=0.4, rolling_friction=0.3, twisting_friction=0.3, surface_energy=6.0, cohesion=1e5
    ),
}
OBLIQUE = [Material(name=name, **SAND) for name in ROUGH]
SLIDERS = {  # of impacts that may gain energy: undamped, with little damping, without friction
    f"slider, e = {e:g}, friction {mu:g}": Contact(restitution=e, friction=mu)
    for e, mu in ((1.0, 0.0), (1.0, 0.3), (1.0, 0.5), (1.0, 1.0), (0.99, 0.3), (0.99, 0.5), (0.99, 1.0))
}
SLIDING = [Material(name=name, **SAND) for name in SLIDERS]
BALLS = {  # soft spheres on the floor
    "sliding": Contact(restitution=0.5, friction=0.3),
    "rolling": Contact(restitution=0.3, friction=0.6, rolling_friction=MU),
    "spinning": Contact(restitution=0.3, friction=0.0, rolling_friction=MU),
    "turning": Contact(restitution=1.0, friction=0.5, twisting_friction=MU),  # rests at Hertz's overlap at any step
    "twisting": Contact(restitution=0.3, friction=0.5, twisting_friction=MU),
    "twisting, sticking": Contact(restitution=0.3, friction=0.5, twisting_friction=MU, surface_energy=SOFT_GAMMA),
}


def _bounces(cohesion: float = 0.0, surface_energy: float = 0.0) -> dict[tuple[str, str], Contact]:
    """Contacts of the grains e0, e1, ... with their like and with the wall, and of sliders with their like."""
    grains = {
        (grain.name, other): Contact(restitution=e, friction=0.5, cohesion=cohesion, surface_energy=surface_energy)
        for grain, e in zip(GRAINS, RESTITUTIONS, strict=True)
        for other in (grain.name, "wall")
    }
    sticky = {name: replace(c, cohesion=cohesion, surface_energy=surface_energy) for name, c in SLIDERS.items()}
    return grains | _like(sticky)


def _slab() -> Mesh:
    """A box mesh whose top is z = 0."""
    solid = trimesh.creation.box(bounds=[[-1.0, -1.0, -0.1], [1.0, 1.0, 0.0]])
    mesh = TriangleMesh(np.array(solid.vertices, float), np.array(solid.faces, np.int32))
    return Mesh(mesh=mesh, material="wall", motion=PARKED, name="slab")


def _plane(material: str) -> Plane:
    return Plane(point=(0, 0, 0), normal=(0, 0, 1), material=material, motion=PARKED, name=material)


def _like(contacts: dict[str, Contact]) -> dict[tuple[str, str], Contact]:
    return {(name, name): contact for name, contact in contacts.items()}


def _on_floor(*names: str) -> dict[tuple[str, str], Contact]:
    return {(name, "floor"): BALLS[name] for name in names}


def _published() -> dict[tuple[str, str], Contact]:
    """Contacts of Chung & Ooi (2011): with their like in tests of pairs, with the rigid plane in others."""
    stated = published("chung-ooi-2011")
    return {
        (solid.name, solid.name if stated[test]["partner"] == "pair" else "rigid"): Contact(
            restitution=stated[test]["restitution"], friction=stated[test]["friction"]
        )
        for test in ("test1", "test2", "test4", "test5", "test7")
        for solid in solids(test).values()
    }


def test3_materials() -> dict[tuple[str, float], Material]:
    """Test 3 asks for each of its solids in several restitutions: a material of its own each."""
    found = {}
    for (name, solid), e in product(solids("test3").items(), published("chung-ooi-2011")["test3"]["restitutions"]):
        found[name, e] = Material(
            name=f"{solid.name} {e:g}",
            density=solid.density,
            youngs_modulus=solid.youngs_modulus,
            poisson_ratio=solid.poisson_ratio,
        )
    return found


@shared
def hertz() -> Stage:
    """Hertz-Mindlin with EPSD rolling resistance, dry: the default law."""
    tests = [solid for k in (1, 2, 4, 5, 7) for solid in solids(f"test{k}").values()]
    bouncing = test3_materials()
    balls = [Material(name=name, **SOFT) for name in ("sliding", "rolling", "spinning")]
    return Stage(
        n_grains=800,
        radii=(1e-5, 0.1),
        materials=[*GRAINS, *OBLIQUE, *SLIDING, *tests, *bouncing.values(), *balls, RIGID, WALL, FLOOR],
        contacts=_bounces()
        | _like(ROUGH)
        | _published()
        | {(m.name, "rigid"): Contact(restitution=e, friction=0.0) for (_, e), m in bouncing.items()}
        | _on_floor("sliding", "rolling", "spinning"),
        surfaces=[_plane("rigid"), _plane("wall"), _plane("floor"), _slab()],
    )


@shared
def linear() -> Stage:
    """Linear springs and dashpots, twisting resistance."""
    return Stage(
        n_grains=800,
        radii=(RADIUS, 0.0195),
        materials=[*GRAINS, *OBLIQUE, *SLIDING, WALL],
        contacts=_bounces() | _like(ROUGH),
        surfaces=[_plane("wall"), _slab()],
        law=Law(normal="linear", rolling="none", twisting="sds", k_n=1e4, k_t=5e3),
    )


@shared
def sjkr() -> Stage:
    """Hertz-Mindlin with SJKR cohesion and EPSD rolling resistance."""
    sticky = {
        "sticky": Contact(restitution=1.0, friction=0.4, cohesion=2e6),
        "damped": Contact(restitution=0.5, friction=0.4, cohesion=2e6),
    }
    return Stage(
        n_grains=800,
        radii=(RADIUS, 0.0195),
        materials=[*GRAINS, *OBLIQUE, *SLIDING, *(Material(name=name, **SAND) for name in sticky), WALL],
        contacts=_bounces(cohesion=COHESION) | _like(ROUGH | sticky),
        surfaces=[_plane("wall"), _slab()],
        law=Law(cohesion="sjkr", impact_speed=SPEED, impact_radius=RADIUS),
    )


@shared
def dmt() -> Stage:
    """Hertz-Mindlin with DMT cohesion, constant rolling and twisting resistance."""
    on_floor = ("rolling", "spinning", "turning", "twisting", "twisting, sticking")
    balls = [Material(name=name, **SOFT) for name in on_floor]
    sticky = {"sticky": Contact(restitution=1.0, friction=0.4, surface_energy=GAMMA["dmt"])}
    return Stage(
        n_grains=800,
        radii=(RADIUS, 0.0195),
        materials=[*GRAINS, *OBLIQUE, *SLIDING, Material(name="sticky", **SAND), *balls, FLOOR, WALL],
        contacts=_bounces(surface_energy=GAMMA["dmt"])
        | _like(ROUGH | sticky)
        | {("sticky", "wall"): sticky["sticky"]}
        | _on_floor(*on_floor),
        surfaces=[_plane("wall"), _plane("floor"), _slab()],
        law=Law(cohesion="dmt", rolling="constant", twisting="sds", impact_speed=SPEED, impact_radius=RADIUS),
    )


@shared
def jkr() -> Stage:
    """Hertz-Mindlin with JKR cohesion, EPSD rolling and twisting resistance."""
    sticky = {"sticky": Contact(restitution=1.0, friction=0.4, surface_energy=GAMMA["jkr"])}
    dry = {"dry": Contact(restitution=1.0, friction=0.4)}
    return Stage(
        n_grains=800,
        radii=(RADIUS, 0.0195),
        materials=[*GRAINS, *OBLIQUE, *SLIDING, Material(name="sticky", **SAND), Material(name="dry", **SAND), WALL],
        contacts=_bounces(surface_energy=GAMMA["jkr"])
        | _like(ROUGH | sticky | dry)
        | {("sticky", "wall"): sticky["sticky"]},
        surfaces=[_plane("wall"), _slab()],
        law=Law(cohesion="jkr", twisting="sds", impact_speed=SPEED, impact_radius=RADIUS),
    )


BENCHES = {"hertz": hertz, "linear": linear, "sjkr": sjkr, "dmt": dmt, "jkr": jkr}

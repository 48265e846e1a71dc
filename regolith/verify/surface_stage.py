"""The spheres and surfaces of the surface families, on one stage: soft spheres of 10 mm, one wall material."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from regolith.drive import Motion
from regolith.materials import Contact, Material
from regolith.surfaces import Cylinder, Mesh, Plane
from regolith.tools.mesh import TriangleMesh
from regolith.tools.shapes import box_mesh
from regolith.verify.shapes import corner, finer, tops, tube, turned_inside_out
from regolith.verify.stage import PARKED, Stage, shared

if TYPE_CHECKING:
    from regolith.simulation import Simulation


Floats = NDArray[np.float64]

R, DT, G = 0.01, 5e-5, 10.0
SOFT = {"density": 2500.0, "youngs_modulus": 1e7, "poisson_ratio": 0.2}
CONTACTS = {
    ("plain", "wall"): Contact(restitution=0.5, friction=0.3),
    ("slick", "wall"): Contact(restitution=1.0, friction=0.0),
    ("rough", "wall"): Contact(restitution=0.3, friction=0.6, rolling_friction=0.1),
    ("gripping", "wall"): Contact(restitution=0.5, friction=10.0),
}
MATERIALS = [Material(name=name, **SOFT) for name in ("plain", "slick", "rough", "gripping", "wall")]
E_EFF = 1e7 / (2 * (1 - 0.2**2))  # of two equal solids
MASS = 2500 * 4 / 3 * np.pi * R**3

TILT = Rotation.from_euler("xyz", [0.3, -0.5, 0.7]).as_matrix()
BOX = box_mesh((-0.3, -0.2, -0.1), (0.3, 0.2, 0.1))
PLATE = box_mesh((-0.3, -0.2, -0.001), (0.3, 0.2, 0.001))
VALLEY = np.deg2rad(16)  # just too steep for its sides to be one smooth patch
DRUM, ROD = 0.8, 0.05  # radii of the cylinders [m]
FACETS = (36, 72, 144, 288, 576)  # of tessellated rods, and of tubes of the same radius


@shared
def stage() -> Stage:
    """All surfaces that the families touch; each case brings the ones it needs."""
    plates = tops()
    meshes = plates | {
        "tilted": TriangleMesh(plates["sliver"].vertices @ TILT.T, plates["sliver"].faces),
        "corner90": corner(np.pi / 2, 0.4),
        "corner120": corner(2 * np.pi / 3, 0.4),
        "box": BOX,
        "finer box": finer(BOX, 4),
        "plate": PLATE,
        "sheet": box_mesh((-0.3, -0.2, -1e-4), (0.3, 0.2, 1e-4)),
        "valley": finer(corner(np.pi - VALLEY, 0.4), 3),
    }
    meshes |= {f"rod {n}": tube(ROD, n, 0.13) for n in FACETS}
    meshes |= {f"tube {n}": turned_inside_out(tube(ROD, n, 0.13)) for n in FACETS}
    return Stage(
        n_grains=300,
        radii=(R, 1.5 * R),
        materials=MATERIALS,
        contacts=CONTACTS,
        surfaces=[
            Plane(point=(0, 0, 0), normal=(0, 0, 1), material="wall", motion=PARKED, name="plane"),
            Plane(point=(0, 0, 0), normal=(0, 0, 1), material="wall", motion=PARKED, name="other plane"),
            Cylinder(
                point=(0, 0, 0), axis=(0, 1, 0), radius=DRUM, material="wall", motion=Motion.at_rest(), name="drum"
            ),
            Cylinder(
                point=(0, 0, 0), axis=(0, 1, 0), radius=ROD, inside=False, material="wall", motion=PARKED, name="rod"
            ),
            *(Mesh(mesh=mesh, material="wall", motion=PARKED, name=name) for name, mesh in meshes.items()),
        ],
    )


def hertz_force(overlap: Floats | float) -> Any:
    """Force on a sphere of radius R at an overlap with a surface [N].

    F = 4/3 E* sqrt(R) overlap^(3/2). Source: Johnson (1985), Contact Mechanics, section 4.2.
    """
    return 4 / 3 * E_EFF * np.sqrt(R) * np.maximum(overlap, 0.0) ** 1.5


def resting_overlap(gravity: float) -> float:
    """Overlap at which Hertz carries the weight [m]."""
    return float((MASS * gravity * 0.75 / E_EFF / np.sqrt(R)) ** (2 / 3))


def record(sim: Simulation, steps: int, every: int = 1) -> dict[str, Floats]:
    """Positions, velocities, spins and forces after every so many steps, shapes (n_samples, n_grains, 3)."""
    samples = []
    for _ in range(steps // every):
        sim.step(every)
        samples.append(sim.grains())
    return {key: np.array([sample[key] for sample in samples]) for key in ("position", "velocity", "spin", "force")}


def differences(runs: Sequence[Mapping[str, Floats]], way: float, speed: float) -> dict[str, float]:
    """Largest differences of two runs: positions over the way, velocities and surface speeds over the speed."""
    scales = {"position": way, "velocity": speed, "spin": speed / R}
    return {key: float(np.abs(runs[0][key] - runs[1][key]).max() / scale) for key, scale in scales.items()}

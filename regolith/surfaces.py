"""What grains may touch besides grains, as users state it: planes, cylinders and triangle meshes, at rest or moving."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regolith.drive import Motion
from regolith.errors import ConfigError
from regolith.tools.mesh import MAX_DIHEDRAL, TriangleMesh, smooth_patches

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Plane:
    """An infinite plane; grains are on the side its normal points to.

    Attributes:
        point: A point of it [m], shape (3,). A moving plane goes through the origin of its motion or drive.
        normal: Its outward normal, shape (3,), any length.
        material: Name of its material.
        motion: How it moves; None: at rest.
        drive: Name of the drive that it rides on, instead of a motion.
        turns: Whether it turns with its drive; else it advances only.
        name: Its name in results.
    """

    point: ArrayLike
    normal: ArrayLike
    material: str
    motion: Motion | None = None
    drive: str | None = None
    turns: bool = True
    name: str = "plane"


@dataclass(frozen=True, kw_only=True)
class Cylinder:
    """An infinite circular cylinder, grains inside or outside. Its curvature does not enter R*.

    Attributes:
        point: A point of its axis [m], shape (3,); a moving one goes through the origin of its motion or drive.
        axis: Direction of the axis, shape (3,), any length.
        radius: [m].
        inside: Whether grains are inside.
        material: Name of its material.
        motion: How it moves; None: at rest.
        drive: Name of the drive that it rides on, instead of a motion.
        turns: Whether it turns with its drive; else it advances only.
        name: Its name in results.
    """

    point: ArrayLike
    axis: ArrayLike
    radius: float
    material: str
    inside: bool = True
    motion: Motion | None = None
    drive: str | None = None
    turns: bool = True
    name: str = "cylinder"


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """A closed triangle mesh, touched from outside.

    Attributes:
        mesh: Vertices and faces in the tool's frame.
        material: Name of its material.
        motion: How its frame moves; None: at rest at the world's origin.
        drive: Name of the drive that it rides on, instead of a motion.
        turns: Whether it turns with its drive; else it advances only.
        max_dihedral: Facets that meet at less than this angle [rad] form one smooth patch.
        name: Its name in results.
    """

    mesh: TriangleMesh
    material: str
    motion: Motion | None = None
    drive: str | None = None
    turns: bool = True
    max_dihedral: float = MAX_DIHEDRAL
    name: str = "mesh"


Surface = Plane | Cylinder | Mesh


@dataclass(frozen=True)
class Facets:
    """A mesh as the kernels want it, T triangles: corners (T, 3, 3), normals (T, 3), patches (T,), rim bits (T,)."""

    corners: Floats
    normals: Floats
    patches: NDArray[np.int32]
    rims: NDArray[np.int32]
    n_patches: int


def facets_of(surface: Mesh) -> Facets:
    """Corners, normals and patches; rim bits say which edges (0-2) and vertices (3-5) another patch shares."""
    mesh = surface.mesh
    patches = smooth_patches(mesh, surface.max_dihedral)
    rims = np.zeros(len(mesh.faces), np.int32)
    owners: dict[Any, set[int]] = {}
    features = [((0, 1), 0), ((1, 2), 1), ((2, 0), 2), ((0,), 3), ((1,), 4), ((2,), 5)]
    for face, patch in zip(mesh.faces.tolist(), patches.tolist(), strict=True):
        for places, _ in features:
            owners.setdefault(frozenset(face[k] for k in places), set()).add(patch)
    for t, face in enumerate(mesh.faces.tolist()):
        for places, bit in features:
            if len(owners[frozenset(face[k] for k in places)]) > 1:
                rims[t] |= 1 << bit
    return Facets(mesh.triangles, mesh.normals, patches, rims, int(patches.max()) + 1)


def unit(vector: ArrayLike, what: str) -> Floats:
    """A vector of length 1.

    Raises:
        ConfigError: It has no length or is not finite.
    """
    v = np.asarray(vector, np.float64)
    norm = np.linalg.norm(v)
    if v.shape != (3,) or not np.isfinite(norm) or norm == 0:
        raise ConfigError(f"{what} = {v.tolist()}: must be three finite numbers, not all zero")
    return np.asarray(v / norm)

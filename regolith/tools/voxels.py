"""Which triangles a grain may touch: a voxel grid in the tool's own frame, built once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regolith.tools.mesh import Floats, Ints, TriangleMesh, closest_point_on_triangles

MAX_VOXELS = 50_000_000
_CHUNK = 400_000  # candidate pairs handled at once: about 100 MB of temporaries
_MARGIN = 1e-9  # of the mesh's size: round-off must never drop a triangle


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """Triangles near each voxel, as rows of a compressed list.

    Voxel (ix, iy, iz) has number ((iz * ny) + iy) * nx + ix and lists `triangles[first[v]:first[v + 1]]`, ascending.

    Attributes:
        origin: Lowest corner [m], shape (3,).
        spacing: Edge of a voxel [m].
        shape: Voxels along x, y, z, shape (3,), int32.
        first: Start of each voxel's list, shape (n_voxels + 1,), int32.
        triangles: Triangle numbers, shape (m,), int32.
    """

    origin: Floats
    spacing: float
    shape: Ints
    first: Ints
    triangles: Ints


def voxelise(mesh: TriangleMesh, reach: float, spacing: float, max_voxels: int = MAX_VOXELS) -> VoxelGrid:
    """List, for every voxel, the triangles that come within `reach` of any of its points.

    The lists are conservative: a triangle is kept if it comes within `reach` plus half the voxel's diagonal of the
    voxel's centre. The grid covers the mesh's bounding box grown by `reach`.

    Args:
        mesh: The tool's mesh.
        reach: Largest distance between a grain's centre and a surface that it may touch [m].
        spacing: Edge of a voxel [m]; enlarged if the grid had more than `max_voxels`.
        max_voxels: Most voxels allowed.

    Raises: ValueError if reach or spacing is not above 0.
    """
    if not (reach > 0 and spacing > 0):
        raise ValueError(f"reach = {reach}, spacing = {spacing}: both must be above 0")
    low, high = mesh.bounds
    margin = _MARGIN * float(np.abs(mesh.bounds).max() + reach)
    origin, size = low - reach - margin, (high - low) + 2 * (reach + margin)
    while np.prod(np.ceil(size / spacing)) > max_voxels:
        spacing *= max(1.01, float(np.prod(np.ceil(size / spacing)) / max_voxels) ** (1 / 3))
    shape = np.maximum(np.ceil(size / spacing), 1).astype(np.int64)
    voxel, triangle = _near_pairs(mesh, reach + margin, spacing, origin, shape)
    order = np.argsort(voxel, kind="stable")  # pairs come by triangle, so each voxel's list ascends
    first = np.zeros(int(shape.prod()) + 1, dtype=np.int32)
    np.cumsum(np.bincount(voxel, minlength=len(first) - 1), out=first[1:])
    return VoxelGrid(origin, float(spacing), shape.astype(np.int32), first, triangle[order].astype(np.int32))


def _near_pairs(
    mesh: TriangleMesh, reach: float, spacing: float, origin: Floats, shape: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (voxel number, triangle) that pass the distance test, in the order of the triangles."""
    triangles, normals = mesh.triangles, mesh.normals
    limit = reach + 0.5 * np.sqrt(3.0) * spacing
    begin = _cell(triangles.min(axis=1) - reach, origin, spacing, shape)
    count = _cell(triangles.max(axis=1) + reach, origin, spacing, shape) - begin + 1
    last = np.cumsum(count.prod(axis=1))
    voxels, owners = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for start in range(0, int(last[-1]), _CHUNK):
        flat = np.arange(start, min(start + _CHUNK, int(last[-1])))
        owner = np.searchsorted(last, flat, side="right")
        local = flat - (last[owner] - count[owner].prod(axis=1))
        nx, ny = count[owner, 0], count[owner, 1]
        cell = begin[owner] + np.stack([local % nx, local // nx % ny, local // (nx * ny)], axis=1)
        centre = origin + (cell + 0.5) * spacing
        # The plane of the triangle rules most of a slanted triangle's box out, cheaply.
        height = np.einsum("ij,ij->i", centre - triangles[owner, 0], normals[owner])
        keep = np.flatnonzero(np.abs(height) <= limit)
        gap = centre[keep] - closest_point_on_triangles(centre[keep], triangles[owner[keep]])
        keep = keep[np.einsum("ij,ij->i", gap, gap) <= limit**2]
        voxels.append((cell[keep, 2] * shape[1] + cell[keep, 1]) * shape[0] + cell[keep, 0])
        owners.append(owner[keep])
    return np.concatenate(voxels), np.concatenate(owners)


def _cell(points: Floats, origin: Floats, spacing: float, shape: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.clip(np.floor((points - origin) / spacing).astype(np.int64), 0, shape - 1)

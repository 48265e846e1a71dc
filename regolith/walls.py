"""The surfaces of a simulation: uploaded once, posed for every step."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from regolith_kernels import exchange
from regolith_kernels import state as records
from regolith_kernels import surfaces as shapes

from regolith.drive import Motion
from regolith.drives import Drive
from regolith.driving import Driving
from regolith.errors import ConfigError
from regolith.particles import MAX_SURFACES, POSE_BATCH, Walls
from regolith.surfaces import Cylinder, Facets, Mesh, Plane, Surface, facets_of, unit
from regolith.tools.voxels import VoxelGrid, voxelise

Floats = NDArray[np.float64]


class Surroundings:
    """Surfaces on the device. `walls` is the group that kernels take.

    Args:
        surfaces: What grains may touch, in order; results name them by `name`.
        material_rows: Row of the pair table by material name.
        reach: Farthest from its centre that a grain touches or is held [m]: the largest radius, or somewhat more.
        n_grains: Number of grains, for the wrench sums.
        drives: What surfaces may ride on.
        time_step: [s]; only drives need to know it.
    """

    def __init__(
        self,
        surfaces: Sequence[Surface],
        material_rows: dict[str, int],
        reach: float,
        n_grains: int,
        drives: Sequence[Drive] = (),
        time_step: float = 0.0,
    ) -> None:
        self.surfaces = tuple(surfaces)
        self.names = [s.name for s in surfaces]
        if len(set(self.names)) < len(self.names) or len(surfaces) > MAX_SURFACES:
            raise ConfigError(f"surfaces: names must differ and there may be {MAX_SURFACES} at most; got {self.names}")
        self.motions = [_motion_of(s) for s in surfaces]
        still = np.zeros(POSE_BATCH)
        moves = zip(surfaces, self.motions, strict=True)
        self._resting = [motion.poses(still) if s.motion is None else None for s, motion in moves]
        self._uploaded: tuple[int, float] | None = None
        self._top_speed: tuple[int, float, float] | None = None
        facets = [facets_of(s) if isinstance(s, Mesh) else None for s in surfaces]
        grids = [_grid_of(s, reach) if isinstance(s, Mesh) else None for s in surfaces]
        self.walls = Walls(
            len(surfaces),
            sum(len(f.patches) for f in facets if f),
            sum(len(g.first) - 1 for g in grids if g),
            sum(len(g.triangles) for g in grids if g),
            n_grains,
            len(drives),
        )
        self.driving = Driving(drives, surfaces, self.walls)
        self._upload(facets, grids, material_rows)
        self.driving.start_over(time_step)

    def __len__(self) -> int:
        return len(self.surfaces)

    def _upload(self, facets: list[Facets | None], grids: list[VoxelGrid | None], rows: dict[str, int]) -> None:
        patch = triangle = voxel = 0
        firsts, candidates = [np.zeros(1, np.int32)], [np.zeros(0, np.int32)]
        for s, (surface, facet, grid) in enumerate(zip(self.surfaces, facets, grids, strict=True)):
            if surface.material not in rows:
                raise ConfigError(f"surface {surface.name!r}: material {surface.material!r} is none of {sorted(rows)}")
            record = _record_of(surface, grid)
            record |= {
                "material": rows[surface.material],
                "moving": int(surface.motion is not None or surface.drive is not None),
                "drive": -1 if (rider := self.driving.riders[s]) is None else rider,
                "turns": int(surface.turns),
                "first_patch": patch,
                "first_voxel": voxel,
            }
            self.walls.surfaces[s] = records.Surface(**record)
            if facet and grid:
                firsts.append(grid.first[1:] + firsts[-1][-1])
                candidates.append(grid.triangles + triangle)
                voxel += len(grid.first) - 1
                triangle += len(facet.patches)
            patch += facet.n_patches if facet else 1
        if triangle:
            self._upload_facets([f for f in facets if f], [s for s, f in enumerate(facets) if f])
            exchange.put_ints(self.walls.first_candidate, np.concatenate(firsts).astype(np.int32))
            exchange.put_ints(self.walls.candidates, np.concatenate(candidates).astype(np.int32))

    def _upload_facets(self, facets: list[Facets], owners: list[int]) -> None:
        patches = [f.patches + self.walls.surfaces[s].first_patch for f, s in zip(facets, owners, strict=True)]
        exchange.put_triangles(
            self.walls,
            np.concatenate([f.corners for f in facets]),
            np.concatenate([f.normals for f in facets]),
            np.concatenate(patches).astype(np.int32),
            np.concatenate([f.rims for f in facets]),
        )

    def start_over(self, motions: Mapping[str, Motion], time_step: float) -> None:
        """Other motions for surfaces, by name; drives at their start; no contacts, no tallies."""
        self.set_motions(motions)
        self.driving.start_over(time_step)
        self.walls.overflow[None] = 0
        self.tallies(clear=True)

    def set_motions(self, motions: Mapping[str, Motion]) -> None:
        """Other motions for surfaces, by name.

        Raises:
            ConfigError: A surface of that name does not exist, or was made to stay at rest.
        """
        movable = [s.name for s in self.surfaces if s.motion is not None]
        for name, motion in motions.items():
            if name not in movable:
                raise ConfigError(f"motions: {name!r} is no surface that was made with a motion; those are {movable}")
            self.motions[self.names.index(name)] = motion
        self._uploaded = self._top_speed = None

    def pose(self, step: int, dt: float) -> int:
        """Make the poses of `step` ready; returns their row. Poses follow from time alone, however steps are cut.

        Those of surfaces on drives are there already: the step before has written them.
        """
        batch, row = divmod(step, POSE_BATCH)
        if self._uploaded != (batch, dt):
            times = (batch * POSE_BATCH + np.arange(POSE_BATCH)) * dt
            if self.surfaces:
                moves = zip(self._resting, self.motions, strict=True)
                poses = [resting or motion.poses(times) for resting, motion in moves]
                columns = [np.ascontiguousarray(np.stack(part, axis=1)) for part in zip(*poses, strict=True)]
                exchange.put_poses(self.walls, *columns)
            self._uploaded = (batch, dt)
        return row

    def pose_at(self, name: str, time: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Origin (3,), rotation (3, 3), velocity (3,), angular velocity (3,) of a surface at a time.

        Raises:
            ConfigError: The surface rides on a drive and the time is not the present.
        """
        s = self.names.index(name)
        if self.driving.riders[s] is not None:
            return self.driving.pose(s, time)
        origin, rotation, velocity, spin = self.motions[s].poses(np.array([time]))
        return origin[0], rotation[0], velocity[0], spin[0]

    def top_speed(self, step: int, dt: float) -> float:
        """Largest speed of any point of a moving surface around a step [m/s]; planes count by their origin."""
        batch = step // POSE_BATCH
        if self._top_speed is None or self._top_speed[:2] != (batch, dt):
            times = (batch + np.linspace(0.0, 2.0, 9)) * POSE_BATCH * dt  # a look ahead reaches into the next batch
            speeds = [_speed(s, m, times) for s, m in zip(self.surfaces, self.motions, strict=True)]
            self._top_speed = batch, dt, max(speeds, default=0.0)
        return max(self._top_speed[2], self.driving.top_speed())

    def tallies(self, clear: bool) -> Floats:
        """Impulse (3), angular impulse (3), work, peak force, peak torque of each surface, shape (n_surfaces, 9)."""
        out = np.zeros((len(self.surfaces), 9))
        if len(self.surfaces):
            exchange.get_tallies(self.walls, len(self.surfaces), out, int(clear))
        return out


def _speed(surface: Surface, motion: Motion, times: Floats) -> float:
    if surface.motion is None:
        return 0.0
    _, _, velocity, spin = motion.poses(times)
    return float((np.linalg.norm(velocity, axis=1) + _arm(surface) * np.linalg.norm(spin, axis=1)).max())


def _arm(surface: Surface) -> float:
    """How far a surface's points may be from its frame's origin [m]; planes count by their origin."""
    if isinstance(surface, Mesh):
        return float(np.abs(surface.mesh.vertices).max() * 3**0.5)
    return surface.radius if isinstance(surface, Cylinder) else 0.0


def _motion_of(surface: Surface) -> Motion:
    if surface.motion is not None:
        return surface.motion
    return Motion.at_rest((0.0, 0.0, 0.0) if isinstance(surface, Mesh) else surface.point)


def _grid_of(surface: Mesh, reach: float) -> VoxelGrid:
    return voxelise(surface.mesh, reach=reach, spacing=reach)


def _record_of(surface: Surface, grid: VoxelGrid | None) -> dict[str, Any]:
    if isinstance(surface, Plane):
        return {"kind": shapes.PLANE, "axis": unit(surface.normal, f"surface {surface.name!r}: normal")}
    if isinstance(surface, Cylinder):
        if not surface.radius > 0:
            raise ConfigError(f"surface {surface.name!r}: radius = {surface.radius}: must be above 0 m")
        radius = -surface.radius if surface.inside else surface.radius
        axis = unit(surface.axis, f"surface {surface.name!r}: axis")
        return {"kind": shapes.CYLINDER, "axis": axis, "radius": radius}
    assert grid is not None
    return {
        "kind": shapes.MESH,
        "center": surface.mesh.bounds.mean(axis=0),
        "grid_origin": grid.origin,
        "spacing": grid.spacing,
        "nx": int(grid.shape[0]),
        "ny": int(grid.shape[1]),
        "nz": int(grid.shape[2]),
    }

"""Where grains and tools were: files that ParaView >= 5.12 and VTK >= 9.3 open as they are.

Every append opens the file, adds one frame wholly or not at all, and closes it again.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from regolith.output import vtkhdf
from regolith.output.vtkhdf import FieldSpec, Frame, Layout, read, times, truncate

__all__ = ["FieldSpec", "Frame", "GrainTrajectory", "ToolTrajectory", "read", "times", "truncate"]


class _Trajectory:
    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Self:
        """The file of an earlier run, to be appended to.

        Raises:
            OutputError: It is missing, damaged, or something else.
        """
        vtkhdf.check(path)
        return cls(path)

    def truncate(self, step: int) -> int:
        """Drops every frame after `step`; returns how many are kept."""
        return truncate(self.path, step)


class GrainTrajectory(_Trajectory):
    """All grains, in the order of their ids, as vertices."""

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        static: Mapping[str, tuple[np.ndarray, str]],
        fields: Mapping[str, tuple[str, int] | FieldSpec],
    ) -> Self:
        """Starts a file without frames, in the place of what `path` held.

        Args:
            path: The file, by custom `grains.vtkhdf`.
            static: Name -> (array (N, ...) in id order, unit) of what never changes, `id` and `diameter` for example.
                Floats are stored as f4, integers as they are.
            fields: Name -> (unit, components) of what every frame brings, stored as f4.

        Raises:
            OutputError: The disk refused.
            ValueError: No static array, arrays of different length, or a name with "/" or ".".
        """
        if not static:
            raise ValueError("static: needs at least one array, the ids, to know the number of grains")
        n = len(next(iter(static.values()))[0])
        specs = {name: FieldSpec(*spec) for name, spec in fields.items()}
        vtkhdf.create(path, Layout(n, "Vertices", np.arange(n).reshape(n, 1), static, specs, {}))
        return cls(path)

    def append(self, time: float, step: int, points: np.ndarray, data: Mapping[str, np.ndarray]) -> None:
        """Adds a frame.

        Args:
            time: [s].
            step: Number of the time step, above that of the last frame.
            points: Centres in id order [m], shape (N, 3).
            data: Every name of `fields` -> (N,) or (N, components), in id order.

        Raises:
            OutputError: The disk refused; all earlier frames are safe.
            ValueError: Wrong names, shapes or step.
        """
        vtkhdf.append(self.path, Frame(time, step, points, data, {}))


class ToolTrajectory(_Trajectory):
    """A tool as a triangle mesh whose vertices move."""

    @classmethod
    def create(
        cls, path: Path, faces: np.ndarray, *, fields: Mapping[str, tuple[str, int] | FieldSpec] | None = None
    ) -> Self:
        """Starts a file without frames, in the place of what `path` held.

        Args:
            path: The file, by custom `tools.vtkhdf`.
            faces: Vertex numbers, shape (T, 3); all numbers from 0 to the largest are vertices.
            fields: Name -> (unit, components) of values of the whole tool, the force on it for example, stored as f8.

        Raises:
            OutputError: The disk refused.
            ValueError: A name with "/" or ".".
        """
        specs = {name: FieldSpec(*spec) for name, spec in (fields or {}).items()}
        vtkhdf.create(path, Layout(int(np.max(faces)) + 1, "Polygons", np.asarray(faces), {}, {}, specs))
        return cls(path)

    def append(
        self, time: float, step: int, points: np.ndarray, field_data: Mapping[str, np.ndarray] | None = None
    ) -> None:
        """Adds a frame.

        Args:
            time: [s].
            step: Number of the time step, above that of the last frame.
            points: Vertices in the world frame [m], shape (V, 3).
            field_data: Every name of `fields` -> (components,).

        Raises:
            OutputError: The disk refused; all earlier frames are safe.
            ValueError: Wrong names, shapes or step.
        """
        vectors = {name: np.atleast_1d(value) for name, value in (field_data or {}).items()}
        vtkhdf.append(self.path, Frame(time, step, points, {}, vectors))

"""What a sampling tool is to the rest of the code."""

from dataclasses import dataclass

import numpy as np

from regolith.tools.mesh import Floats, TriangleMesh


@dataclass(frozen=True, kw_only=True, eq=False)
class Tool:
    """A rigid tool in its own frame: x digs forward, y is the width, z is up while the floor is level.

    Attributes:
        name: Its name in messages and files.
        mesh: Its closed surface.
        capture: The closed volume in which soil counts as held.
        struck_volume: Volume of `capture` [m3]: what the tool holds when levelled off at the mouth.
        lip: Centre of the cutting edge [m], shape (3,).
        wall: Thinnest wall [m], not counting the wedge of the cutting edge; None if unknown.
        pivot: Point about which the tool curls [m], shape (3,).
        mouth_angle: Nose-up rotation that makes the mouth level [rad].
    """

    name: str
    mesh: TriangleMesh
    capture: TriangleMesh
    struck_volume: float
    lip: Floats
    wall: float | None
    pivot: Floats
    mouth_angle: float

    def __post_init__(self) -> None:
        for key in ("lip", "pivot"):
            point = np.array(getattr(self, key), dtype=np.float64)
            point.flags.writeable = False
            object.__setattr__(self, key, point)

    @property
    def width(self) -> float:
        """Width of the capture volume [m]."""
        low, high = self.capture.bounds
        return float(high[1] - low[1])

"""What a tool is to the rest of the code."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from regolith.tools.mesh import Floats, TriangleMesh, volume


@dataclass(frozen=True, kw_only=True, eq=False)
class Tool:
    """A rigid tool in its own frame, z up.

    Attributes:
        name: Its name in messages and files.
        mesh: Its closed surface.
        wall: Thinnest wall of mesh and liner [m], not counting the wedge of a cutting edge; None if unknown or solid.
        capture: The closed volume in which soil counts as held; None: the tool takes no sample.
        liner: Closed surface of a part that goes along with the tool but does not turn about its z; None: none.
    """

    name: str
    mesh: TriangleMesh
    wall: float | None = None
    capture: TriangleMesh | None = None
    liner: TriangleMesh | None = None

    @cached_property
    def struck_volume(self) -> float:
        """Volume of `capture` [m3]: what the tool holds when levelled off at its mouth; 0 without one."""
        return volume(self.capture) if self.capture else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Scoop(Tool):
    """A tool that digs along x and curls about y: x digs forward, y is the width, the floor is level.

    Attributes:
        capture: As in `Tool`; a scoop always has one.
        lip: Centre of the cutting edge [m], shape (3,).
        pivot: Point about which the tool curls [m], shape (3,).
        mouth_angle: Nose-up rotation that makes the mouth level [rad].
    """

    capture: TriangleMesh = field()
    lip: Floats
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


@dataclass(frozen=True, kw_only=True)
class Flight:
    """The helical flights around a corer's stem: right-handed, so that negative spin about z conveys upwards.

    Attributes:
        stem_radius: [m].
        pitch: Rise of a flight in one turn [m].
        starts: Number of flights.
        thickness: Of a flight, along z [m].
    """

    stem_radius: float
    pitch: float
    starts: int
    thickness: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Corer(Tool):
    """A tool that takes a core: its axis is z, and its lowest point, the cutting edge, is at z = 0.

    Attributes:
        capture: As in `Tool`: the inside of bore or liner, from the mouth up.
        bore_radius: Radius of the core that it takes [m].
        outer_radius: Radius of the hole that it makes [m].
        flight: Its flights; None: a plain tube.
    """

    capture: TriangleMesh = field()
    bore_radius: float
    outer_radius: float
    flight: Flight | None = None

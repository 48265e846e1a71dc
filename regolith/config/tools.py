"""What a mission file says of the tool and of its way through the soil."""

import math
import os
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from regolith.config.files import base_of
from regolith.config.ground import Friction, Modulus, PoissonRatio, Restitution
from regolith.config.problems import Table
from regolith.config.units import quantity

ToolLength = Annotated[float, quantity("length", least=1e-4, most=10)]
Coordinate = Annotated[float, quantity("length", least=-100, most=100)]
Turn = Annotated[float, quantity("angle", least=-200 * math.pi, most=200 * math.pi)]
Moment = Annotated[float, quantity("time", least=0, most=1e5)]


def _file(raw: object, info: ValidationInfo) -> str:
    if not isinstance(raw, str | os.PathLike):
        raise ValueError("must be the path of an STL file")
    path = base_of(info) / os.path.expanduser(raw)
    if not os.path.isfile(path):
        raise ValueError(f"no such file: {path}; the path starts from the folder of the mission file")
    return str(path.resolve())


StlFile = Annotated[str, BeforeValidator(_file)]


class ToolContact(Table):
    """How a tool's surface touches grains.

    Attributes:
        friction: Coulomb coefficient of grain on tool [-]; 0.42 = tan(23 deg), the wall friction of JSC-1A (King and
            Brewer 2013, 10.1061/(ASCE)AS.1943-5525.0000224).
        restitution: Of a head-on impact [-]; 0.5, assumed as for grains.
        youngs_modulus, poisson_ratio: Of the tool's metal [Pa], [-]; about those of aluminium (70 GPa, 0.33).
    """

    friction: Friction = 0.42
    restitution: Restitution = 0.5
    youngs_modulus: Modulus = 70e9
    poisson_ratio: PoissonRatio = 0.33


class ScoopConfig(ToolContact):
    """`[tool]` with kind "scoop": a bucket with a flat floor and a round back (see `regolith.tools.scoop`).

    No default is a flight dimension, as none is public: they hold about 90 cm3, the mean grab of Chang'e 5.

    Attributes:
        width: Inner width across the drag [m].
        radius: Inner radius of the round back [m].
        depth: Inner length from the back to the lip [m].
        wall: Wall thickness [m].
        lip_angle: Angle of the wedge at the cutting edge [rad].
        back_angle: How far the back curves from the floor to the rim [rad]; 90 degrees ends upright.
    """

    kind: Literal["scoop"] = "scoop"
    width: ToolLength = 0.07
    radius: ToolLength = 0.03
    depth: ToolLength = 0.065
    wall: Annotated[float, quantity("length", least=1e-5, most=1)] = 0.002
    lip_angle: Annotated[float, quantity("angle", least=math.radians(10), most=math.radians(60))] = math.radians(20)
    back_angle: Annotated[float, quantity("angle", least=math.radians(60), most=math.pi)] = math.radians(120)

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if not self.radius / 50 <= self.wall <= self.radius / 2:
            raise ValueError(f"wall = {self.wall:g} m must be from 1/50 to 1/2 of the radius = {self.radius:g} m")
        shortest = self.radius + 1.05 * self.wall / math.tan(self.lip_angle)
        if self.depth < shortest:
            raise ValueError(
                f"depth = {self.depth:g} m must be at least {shortest:.4g} m: radius, lip's bevel and some flat floor"
            )
        return self


class StlToolConfig(ToolContact):
    """`[tool]` with kind "stl": the user's own closed mesh.

    Attributes:
        file: STL file of the tool, relative to the mission file.
        unit: Unit of both STL files' numbers: they do not say it themselves.
        capture: STL file of the closed volume that holds the sample.
    """

    kind: Literal["stl"] = "stl"
    file: StlFile
    unit: Literal["um", "mm", "cm", "dm", "m", "in", "ft"]
    capture: StlFile


class ScoopMotion(Table):
    """`[motion]` with kind "scoop": approach, penetrate, drag along +x, curl, lift, hold.

    None leaves a value to the tool (see `regolith.drive.scoop_motion`): enough of a cut to fill it.

    Attributes:
        start: Where the lip meets the surface, x and y [m]; None: the whole motion is centred over the bed.
        penetration: Depth of the lip below the surface while dragging [m]; None: height of the tool's pivot.
        drag: Length of the drag [m]; None: the cut takes 1.5 times the struck volume.
        speed: Cruising speed of the lip [m/s].
        attack_angle: Pitch of the floor, nose down, while penetrating and dragging [rad].
        curl: Nose-up rotation after the drag [rad]; None: the mouth ends level.
        lift: Height of the tool's lowest point above the surface at the end [m]; None: twice the penetration.
        hold: Time at rest at the end [s].
    """

    kind: Literal["scoop"] = "scoop"
    start: tuple[Coordinate, Coordinate] | None = None
    penetration: ToolLength | None = None
    drag: Annotated[float, quantity("length", least=0, most=100)] | None = None
    speed: Annotated[float, quantity("speed", least=1e-5, most=10)] = 0.1
    attack_angle: Annotated[float, quantity("angle", least=math.radians(5), most=math.radians(80))] = math.radians(30)
    curl: Annotated[float, quantity("angle", least=0, most=math.radians(175))] | None = None
    lift: ToolLength | None = None
    hold: Moment = 0.5


class Waypoint(Table):
    """A pose at a time: position of the tool's frame [m], rotation about y, x and z [rad]."""

    time: Moment
    position: tuple[Coordinate, Coordinate, Coordinate]
    pitch: Turn = 0.0
    roll: Turn = 0.0
    yaw: Turn = 0.0


class WaypointMotion(Table):
    """`[motion]` with kind "waypoints": poses over time, which a sweep or another program made.

    Attributes:
        waypoints: At least two, in order of time.
        easing: Between two of them: "smooth" (starts and stops without a jerk) or "linear".
    """

    kind: Literal["waypoints"] = "waypoints"
    waypoints: tuple[Waypoint, ...] = Field(min_length=2, max_length=10_000)
    easing: Literal["smooth", "linear"] = "smooth"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [waypoint.time for waypoint in self.waypoints]
        late = [i for i in range(1, len(times)) if times[i] <= times[i - 1]]
        if late:
            raise ValueError(f"waypoints[{late[0]}].time = {times[late[0]]:g} s must be later than the one before it")
        return self

"""What a mission file says of drilling: set points, the machine's limits, and what to do when it stalls."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from regolith.config.problems import Table
from regolith.config.tools import Coordinate, Moment, ToolLength
from regolith.config.units import quantity

Limit = {"least": 1e-6, "most": 1e6}
Force = Annotated[float, quantity("force", **Limit)]
Torque = Annotated[float, quantity("torque", **Limit)]
Power = Annotated[float, quantity("power", **Limit)]
Speed = Annotated[float, quantity("speed", least=1e-7, most=10)]


class Percussion(Table):
    """`[motion.percussion]`: a hammer behind the bit.

    Attributes:
        frequency: Blows per second [1/s].
        energy: Of one blow, given to a bit at rest and free [J].
        duration: Of the pulse, half a sine [s].
    """

    frequency: Annotated[float, quantity("frequency", least=1e-3, most=1e3)]
    energy: Annotated[float, quantity("energy", least=1e-6, most=1e4)]
    duration: Annotated[float, quantity("time", least=1e-6, most=0.1)] = 1e-3

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.duration * self.frequency > 0.5:
            raise ValueError(
                f"duration = {self.duration:g} s: must be at most half of the time between blows, "
                f"{0.5 / self.frequency:.3g} s at {self.frequency:g} Hz"
            )
        return self


class DrillMotion(Table):
    """`[motion]` with kind "drill": down to a depth, close the bag, draw the drill out.

    The feed pushes at `feed_rate` for as long as the bit needs no more than the limits allow; with a weight on bit it
    pushes with that much at most, the drill's own weight included. No default is a flight figure.

    Attributes:
        depth: Of the bit below the surface at the end [m].
        feed_rate: Largest speed of the feed [m/s].
        spin_rate: Of the bit [rad/s], positive clockwise as seen from above, which conveys upwards; 0 for tools that
            are pushed.
        weight_on_bit: Most that the bit is pressed on the soil with [N]; None: as much as `max_force` allows.
        max_force, max_torque, max_power: Limits of the actuators: push or pull [N], torque [N m], power of feed and
            rotation each [W]; None: without limit.
        mass, inertia: Of what moves: drill and drive [kg], about the axis [kg m2].
        percussion: A hammer; None: without.
        on_stall: "stop" ends the drilling where it is; "recover" draws back and tries again.
        attempts: Recoveries before the drill gives up.
        draw_back: How far a recovery lifts the bit [m]; None: half its outer diameter.
        stall_time: A stall is this long without a tenth of the spin rate, or without a fiftieth of the feed rate [s].
        time_limit: Time after which drilling ends where it is [s]; None: four times what the feed rate needs.
        closure: "bag": at the end the bore closes ideally, and what lies in it is kept, out of the simulation: its
            weight does not load the feed while it is drawn out; "open": nothing holds it.
        retract_rate: Speed at which the drill is drawn out again [m/s]; None: it stays, and the run ends.
        hold: Time at rest at the end [s].
        start: Where the axis meets the surface, x and y [m]; None: the middle of the bed.
    """

    kind: Literal["drill"]
    depth: ToolLength
    feed_rate: Speed
    spin_rate: Annotated[float, quantity("rotation rate", least=-1e3, most=1e3)] = 0.0
    weight_on_bit: Force | None = None
    max_force: Force | None = None
    max_torque: Torque | None = None
    max_power: Power | None = None
    mass: Annotated[float, quantity("mass", least=1e-3, most=1e4)] = 5.0
    inertia: Annotated[float, quantity("moment of inertia", least=1e-8, most=1e3)] = 5e-3
    percussion: Percussion | None = None
    on_stall: Literal["stop", "recover"] = "stop"
    attempts: int = Field(default=3, ge=1, le=100, strict=True)
    draw_back: ToolLength | None = None
    stall_time: Annotated[float, quantity("time", least=1e-3, most=1e3)] = 0.25
    time_limit: Annotated[float, quantity("time", least=1e-3, most=1e5)] | None = None
    closure: Literal["bag", "open"] = "bag"
    retract_rate: Speed | None = None
    start: tuple[Coordinate, Coordinate] | None = None
    hold: Moment = 0.0

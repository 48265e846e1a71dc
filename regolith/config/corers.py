"""What a mission file says of a tool that takes a core."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from regolith.config.tools import ToolContact, ToolLength
from regolith.config.units import quantity
from regolith.tools.corer import CorerShape, tube_problems
from regolith.tools.shapes import COARSEST_SEGMENT, FINEST_SEGMENT, SEGMENT_ANGLE

Thickness = Annotated[float, quantity("length", least=1e-5, most=1)]
SegmentAngle = Annotated[float, quantity("angle", least=FINEST_SEGMENT, most=COARSEST_SEGMENT)]
Count = Annotated[int, Field(ge=1, le=12, strict=True)]


class CorerConfig(ToolContact):
    """`[tool]` with kind "corer": an auger with a hollow stem and teeth (see `regolith.tools.corer`).

    The geometry of the drill that flew on Chang'e 5 is not public. Its core was 13.7 to 17 mm thick, from the mass of
    259.72 g over the depths that it came from (0.74 to 1 m) at 1.6 to 1.75 g/cm3; the hole was some 30 to 40 mm wide
    (unverified). All other defaults are assumptions of a plausible size.

    Attributes:
        outer_diameter: Over the flights [m].
        stem_diameter: Between the flights [m].
        bore_diameter: Of the core [m].
        length: From the cutting edge to the upper end [m].
        pitch: Rise of a flight in one turn [m].
        starts: Number of flights, 1 to 12.
        flight_thickness: Along the axis [m].
        teeth: Number of cutting edges, a multiple of `starts`, 1 to 12.
        tooth_height: From the cutting edge to the rim between the teeth [m].
        liner_thickness: Of the wall of a core tube or bag in the bore that does not turn [m]; None: there is none.
        liner_gap: Between liner and stem [m].
        segment_angle: Largest angle that one facet of a round part spans [rad].
    """

    kind: Literal["corer"] = "corer"
    outer_diameter: ToolLength = 0.035
    stem_diameter: ToolLength = 0.025
    bore_diameter: ToolLength = 0.015
    length: ToolLength = 0.3
    pitch: ToolLength = 0.018
    starts: Count = 1
    flight_thickness: Thickness = 0.0015
    teeth: Count = 2
    tooth_height: Thickness = 0.003
    liner_thickness: Thickness | None = None
    liner_gap: Thickness = 2e-4
    segment_angle: SegmentAngle = SEGMENT_ANGLE

    def shape(self) -> CorerShape:
        """Its dimensions."""
        return CorerShape(**self.model_dump(include=set(CorerShape.__dataclass_fields__)))

    @model_validator(mode="after")
    def _possible(self) -> Self:
        forbid(self.shape().problems())
        return self


class TubeConfig(ToolContact):
    """`[tool]` with kind "tube": a plain drive tube, ground from outside to a cutting edge.

    Attributes:
        inner_diameter: Of the core [m]; 2 cm as in the core tubes of Apollo 11, 12 and 14.
        wall: Thickness [m]; assumed.
        length: From the edge to the upper end [m]; assumed.
        edge_angle: Of the wedge at the edge [rad]; assumed.
        segment_angle: Largest angle that one facet spans [rad].
    """

    kind: Literal["tube"] = "tube"
    inner_diameter: ToolLength = 0.02
    wall: Thickness = 0.001
    length: ToolLength = 0.35
    edge_angle: Annotated[float, quantity("angle", least=math.radians(5), most=math.radians(80))] = math.radians(20)
    segment_angle: SegmentAngle = SEGMENT_ANGLE

    @model_validator(mode="after")
    def _possible(self) -> Self:
        forbid(tube_problems(self.inner_diameter, self.wall, self.length, self.edge_angle))
        return self


def forbid(problems: list[str]) -> None:
    """Raise what a shape's rules found.

    Raises:
        ValueError: There is a problem.
    """
    if problems:
        raise ValueError("; ".join(problems))

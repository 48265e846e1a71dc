"""What a mission file says of a tool that only loads the soil."""

import math
from typing import Annotated, Literal, Self

from pydantic import model_validator

from regolith.config.corers import SegmentAngle, forbid
from regolith.config.tools import ToolContact, ToolLength
from regolith.config.units import quantity
from regolith.tools.probes import cone_problems
from regolith.tools.shapes import SEGMENT_ANGLE


class ConeConfig(ToolContact):
    """`[tool]` with kind "cone": a cone penetrometer that points down; its origin is the tip.

    Attributes:
        diameter: Of the base [m]; 323 mm2, as in the tests in GRC-1 that DEM-Engine and Chrono ship.
        apex_angle: Full angle at the tip [rad]; 60 degrees, as there.
        shaft_diameter: [m]; assumed.
        length: From the tip to the shaft's upper end [m]; assumed.
        segment_angle: Largest angle that one facet spans [rad].
    """

    kind: Literal["cone"] = "cone"
    diameter: ToolLength = 0.0203
    apex_angle: Annotated[float, quantity("angle", least=math.radians(10), most=math.radians(170))] = math.radians(60)
    shaft_diameter: ToolLength = 0.015
    length: ToolLength = 0.3
    segment_angle: SegmentAngle = SEGMENT_ANGLE

    @model_validator(mode="after")
    def _possible(self) -> Self:
        forbid(cone_problems(self.diameter, self.apex_angle, self.shaft_diameter, self.length))
        return self


class PlateConfig(ToolContact):
    """`[tool]` with kind "plate": a flat plate that is pressed down; its origin is the middle of its underside.

    The defaults are assumptions that fit the default bed; the plate of the GRC-1 tests is 19 cm wide.

    Attributes:
        length, width, thickness: Along x, y and z [m].
    """

    kind: Literal["plate"] = "plate"
    length: ToolLength = 0.06
    width: ToolLength = 0.06
    thickness: ToolLength = 0.01


class BladeConfig(ToolContact):
    """`[tool]` with kind "blade": a blade that pushes along x; its origin is the middle of its lower front edge.

    The defaults are assumptions that fit the default bed; King and Brewer's blades in JSC-1A are 20 to 30 cm wide.

    Attributes:
        width: Along y [m].
        height: Of the front face [m].
        thickness: From front to back [m].
        rake: By how much the front face leans back from upright [rad].
    """

    kind: Literal["blade"] = "blade"
    width: ToolLength = 0.1
    height: ToolLength = 0.06
    thickness: ToolLength = 0.005
    rake: Annotated[float, quantity("angle", least=math.radians(-80), most=math.radians(80))] = 0.0

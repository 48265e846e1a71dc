"""Tools that take a core: the auger corer, with or without a liner, and the plain drive tube.

The auger corer, cut through its axis (the bore is at the right, r grows to the left):

      flight  stem    liner
      ____  |    | |     |
     |____|_|    | |     |
            |    | |     |   bore + liner's gap and thickness
      ______|    | |_____|
     |______     |____       ledge below the liner
            |         |      bore
            |_________|  rim
     ______________/         tooth: the flight's first part, drawn to the bore
     cutting edge, z = 0

A tooth is a helical ramp that begins at z = 0 with an upright face across the whole width, and ends in the rim. One
tooth per start carries a flight on, and there it is as wide as the flight; more teeth are as wide as the stem's wall.
Flights are right-handed: turned clockwise as seen from above (negative about z), the upright faces go ahead and the
flights convey upwards. Round parts are polygons of the same area as their circles.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from regolith.tools.auger import Auger, auger_mesh, auger_turns
from regolith.tools.mesh import Floats
from regolith.tools.shapes import SEGMENT_ANGLE, equal_turns, refuse, revolve, segment_problems
from regolith.tools.tool import Corer, Flight

_THINNEST_STEM = 1 / 50  # of the stem's diameter
_HIGHEST_TOOTH = 0.8  # of the rise from one tooth to the next


@dataclass(frozen=True, kw_only=True)
class CorerShape:
    """Dimensions of an auger corer.

    Attributes:
        outer_diameter: Over the flights and the teeth that carry them on [m].
        stem_diameter: Between the flights [m].
        bore_diameter: Of the core, at the mouth and in the liner [m].
        length: From the cutting edge to the upper end [m].
        pitch: Rise of a flight in one turn [m].
        starts: Number of flights.
        flight_thickness: Along z [m].
        teeth: A multiple of `starts`.
        tooth_height: From the cutting edge to the rim between the teeth [m].
        liner_thickness: Of the wall of a core tube that does not turn [m]; None: no liner.
        liner_gap: Between liner and stem [m].
        segment_angle: Largest angle that one facet of a round part spans [rad].
    """

    outer_diameter: float
    stem_diameter: float
    bore_diameter: float
    length: float
    pitch: float
    starts: int
    flight_thickness: float
    teeth: int
    tooth_height: float
    liner_thickness: float | None = None
    liner_gap: float = 2e-4
    segment_angle: float = SEGMENT_ANGLE

    @property
    def stem_bore(self) -> float:
        """Inner diameter of the stem above the bit [m]."""
        return self.bore_diameter + 2 * (self.liner_gap + self.liner_thickness if self.liner_thickness else 0.0)

    @property
    def bit_height(self) -> float:
        """From the cutting edge to the ledge below the liner [m]: above the rim the bit is as high as it is wide."""
        return self.tooth_height + (self.stem_diameter - self.bore_diameter) / 2

    def auger(self) -> Auger:
        """The part that turns."""
        return Auger(
            stem_radius=self.stem_diameter / 2,
            outer_radius=self.outer_diameter / 2,
            mouth_radius=self.bore_diameter / 2,
            bore_radius=self.stem_bore / 2,
            length=self.length,
            ledge=self.bit_height,
            pitch=self.pitch,
            starts=self.starts,
            thickness=self.flight_thickness,
            teeth=self.teeth,
            tooth_height=self.tooth_height,
        )

    def problems(self) -> list[str]:
        """What is impossible about it, each as "key = value: what is allowed and what to do"."""
        return [*self._sizes(), *([] if any(self._sizes()) else self._proportions())]

    def _sizes(self) -> Iterator[str]:
        least = {"liner_gap": 1e-6, "liner_thickness": 1e-6, "flight_thickness": 1e-6, "tooth_height": 1e-6}
        names = ("outer_diameter", "stem_diameter", "bore_diameter", "length", "pitch", *least)
        for key in names:
            low, value = least.get(key, 1e-3), getattr(self, key)
            if value is not None and not low <= value <= 10:
                yield f"{key} = {value:g} m: must be from {low:g} to 10 m"
        for key in ("starts", "teeth"):
            if not 1 <= getattr(self, key) <= 12:
                yield f"{key} = {getattr(self, key)}: must be from 1 to 12"
        yield from segment_problems(self.segment_angle)

    def _proportions(self) -> Iterator[str]:
        stem, depth = self.stem_diameter, (self.outer_diameter - self.stem_diameter) / 2
        if not stem / 100 <= depth <= stem:
            yield (
                f"outer_diameter = {self.outer_diameter:g} m: makes flutes {depth:.4g} m deep; must be from "
                f"{stem / 100:.4g} to {stem:g} m, 1/100 to the whole of stem_diameter: a flute is not deeper than the "
                "stem"
            )
        widest = stem * (1 - 2 * _THINNEST_STEM)
        if self.stem_bore > widest:
            liner = f"with the liner and its gap {self.stem_bore:.4g} m, " if self.liner_thickness else ""
            yield (
                f"bore_diameter = {self.bore_diameter:g} m: {liner}must be at most {widest:.4g} m, stem_diameter = "
                f"{stem:g} m less a wall of 1/50 of it on either side"
            )
        if self.pitch < 2 * self.starts * self.flight_thickness:
            yield (
                f"pitch = {self.pitch:g} m: must be at least {2 * self.starts * self.flight_thickness:.4g} m, twice "
                f"flight_thickness = {self.flight_thickness:g} m times starts = {self.starts}, or no flute is left; "
                "take a larger pitch, fewer starts or thinner flights"
            )
        if self.teeth % self.starts:
            yield f"teeth = {self.teeth}: must be a multiple of starts = {self.starts}: each flight begins as a tooth"
        highest = _HIGHEST_TOOTH * self.pitch / self.teeth
        if self.tooth_height > highest:
            yield (
                f"tooth_height = {self.tooth_height:g} m: must be at most {highest:.4g} m, {_HIGHEST_TOOTH:g} of what "
                "a flight rises from one tooth to the next; take lower or fewer teeth or a larger pitch"
            )
        shortest = self.pitch + self.flight_thickness + 2 * self.bit_height
        if self.length < shortest:
            yield f"length = {self.length:g} m: must be at least {shortest:.4g} m, a pitch, a flight and the bit twice"


def make_corer(shape: CorerShape) -> Corer:
    """Build an auger corer.

    Returns: The tool; its frame's origin is on the axis at the height of the cutting edges.
    Raises: ConfigError that names what is impossible about the shape.
    """
    refuse(shape.problems())
    auger = shape.auger()
    turns = auger_turns(auger, shape.segment_angle)
    mesh = auger_mesh(auger, turns)
    core, top, gap = auger.mouth_radius, shape.length, shape.liner_gap
    liner = None
    walls = [(auger.stem_radius - auger.bore_radius) * _flatness(turns), _flight_wall(auger, turns)]
    if shape.liner_thickness:
        low, outer = shape.bit_height + gap, core + shape.liner_thickness
        liner = revolve([(core, low), (outer, low), (outer, top), (core, top)], turns)
        walls.append(shape.liner_thickness * _flatness(turns))
    return Corer(
        name="corer",
        mesh=mesh,
        wall=min(walls),
        capture=revolve([(0, 0), (core, 0), (core, top), (0, top)], turns),
        liner=liner,
        bore_radius=core,
        outer_radius=auger.outer_radius,
        flight=Flight(
            stem_radius=auger.stem_radius, pitch=shape.pitch, starts=shape.starts, thickness=shape.flight_thickness
        ),
    )


def _flatness(turns: Floats) -> float:
    """Distance between the facets of two polygons over that between their circles [-]."""
    return math.cos(float(np.diff(turns, append=turns[0] + 2 * math.pi).max()) / 2)


def _flight_wall(auger: Auger, turns: Floats) -> float:
    """Thickness of a flight across its steepest facet, at the stem [m]."""
    return auger.thickness * math.cos(math.atan(auger.slope(auger.stem_radius))) * _flatness(turns)


def make_tube(
    *, inner_diameter: float, wall: float, length: float, edge_angle: float, segment_angle: float = SEGMENT_ANGLE
) -> Corer:
    """Build a drive tube that is pushed or hammered in: plain, ground from outside to a circular cutting edge.

    Args:
        inner_diameter: Of the tube, and of its cutting edge [m].
        wall: Thickness [m].
        length: From the edge to the upper end [m].
        edge_angle: Of the wedge at the edge [rad].
        segment_angle: Largest angle that one facet spans [rad].

    Returns: The tool; its frame's origin is the centre of the cutting edge.
    Raises: ConfigError that names what is impossible about the shape.
    """
    refuse(tube_problems(inner_diameter, wall, length, edge_angle))
    turns = equal_turns(segment_angle)
    inner, bevel = inner_diameter / 2, wall / math.tan(edge_angle)
    profile = [(inner, 0), (inner + wall, bevel), (inner + wall, length), (inner, length)]
    return Corer(
        name="tube",
        mesh=revolve(profile, turns),
        wall=wall * _flatness(turns),
        capture=revolve([(0, 0), (inner, 0), (inner, length), (0, length)], turns),
        bore_radius=inner,
        outer_radius=inner + wall,
    )


def tube_problems(inner_diameter: float, wall: float, length: float, edge_angle: float) -> list[str]:
    """What is impossible about a drive tube, each as "key = value: what is allowed"."""
    sizes = {"inner_diameter": inner_diameter, "wall": wall, "length": length}
    found = [f"{key} = {v:g} m: must be from 1e-05 to 10 m" for key, v in sizes.items() if not 1e-5 <= v <= 10]
    if not math.radians(5) * (1 - 1e-9) <= edge_angle <= math.radians(80) * (1 + 1e-9):
        found.append(f"edge_angle = {math.degrees(edge_angle):.4g} deg: must be from 5 to 80 deg")
    if found:
        return found
    if not inner_diameter / 100 <= wall <= inner_diameter:
        found.append(f"wall = {wall:g} m: must be from 1/100 to the whole of inner_diameter = {inner_diameter:g} m")
    shortest = 1.05 * wall / math.tan(edge_angle)
    if length < shortest:
        found.append(f"length = {length:g} m: must be at least {shortest:.4g} m, the bevel of the edge and some tube")
    return found

"""The surface of an auger corer as one closed mesh, without a boolean operation.

Its corners stand on upright half planes through the axis (columns, numbered by angle) and on coaxial cylinders
(rings, numbered by radius). A helix rises by a known height from column to column, so that flights, teeth, stem and
bore share corners exactly. What lies between two columns on a ring, or between two rings on a column, is bounded by
two upright lines of corners, and is filled with triangles between them.
"""

import itertools
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np

from regolith.tools.mesh import Floats, TriangleMesh, check_closed
from regolith.tools.shapes import rim

_BEND = math.radians(5)  # of a helicoid between two rings
_TWIST = math.radians(8)  # of a helicoid between two columns; both together stay below MAX_DIHEDRAL
_SAME = 1e-5  # of a flight's thickness: corners closer than that are one


@dataclass(frozen=True, kw_only=True)
class Auger:
    """Dimensions [m] as in `regolith.tools.corer`; radii, and heights above the cutting edge.

    Attributes:
        stem_radius: Between the flights.
        outer_radius: Of the flights.
        mouth_radius: Of the bore below the ledge.
        bore_radius: Of the bore above it; the same: no ledge.
        length: Height of the upper end.
        ledge: Height of the ledge.
        pitch: Rise of a flight in one turn.
        starts: Number of flights.
        thickness: Of a flight along z.
        teeth: Number, a multiple of `starts`.
        tooth_height: Height of the rim.
    """

    stem_radius: float
    outer_radius: float
    mouth_radius: float
    bore_radius: float
    length: float
    ledge: float
    pitch: float
    starts: int
    thickness: float
    teeth: int
    tooth_height: float

    def slope(self, radius: float) -> float:
        """Rise of a helix over its way around [-]."""
        return self.pitch / (2 * math.pi * radius)


def auger_turns(auger: Auger, segment_angle: float) -> Floats:
    """Angles of the columns: the same in every tooth's share of the turn, one at the end of its ramp.

    Returns: Ascending from 0 [rad], shape (m,).
    """
    steepest = math.atan(auger.slope(auger.mouth_radius))
    finest = min(segment_angle, _TWIST / math.sin(steepest))
    share, ramp = 2 * math.pi / auger.teeth, 2 * math.pi * auger.tooth_height / auger.pitch
    on_ramp, beyond = (math.ceil(part / finest - 1e-9) for part in (ramp, share - ramp))
    first = np.concatenate(
        [np.linspace(0, ramp, on_ramp, endpoint=False), np.linspace(ramp, share, beyond, endpoint=False)]
    )
    return np.concatenate([first + k * share for k in range(auger.teeth)])


def auger_mesh(auger: Auger, turns: Floats) -> TriangleMesh:
    """The closed surface.

    Args:
        auger: Its dimensions.
        turns: From `auger_turns`.
    """
    mesh = _Surface(auger, turns).build()
    check_closed(mesh, "auger")
    return mesh


def _rings(auger: Auger, low: float, high: float) -> list[float]:
    """Radii from low to high between which a helicoid's tilt changes little."""
    tilts = [math.atan(auger.slope(radius)) for radius in (low, high)]
    n = max(1, math.ceil((tilts[0] - tilts[1]) / _BEND))
    inner = [auger.slope(1.0) / math.tan(tilt) for tilt in np.linspace(tilts[0], tilts[1], n + 1)[1:-1]]
    return [low, *inner, high]


class _Surface:
    """The mesh while it is put together; `rises` are the heights of a flight's lower edge, column by column."""

    def __init__(self, auger: Auger, turns: Floats) -> None:
        self.auger, self.circle, self.m = auger, rim(turns), len(turns)
        wall = _rings(auger, auger.mouth_radius, auger.stem_radius)
        flute = _rings(auger, auger.stem_radius, auger.outer_radius)
        self.radii = [*wall, *flute[1:]]
        self.wall, self.flute = list(range(len(wall))), list(range(len(wall) - 1, len(self.radii)))
        self.stem = self.wall[-1]
        self.bore = 0
        if auger.bore_radius > auger.mouth_radius:
            self.bore = len(self.radii)
            self.radii.append(auger.bore_radius)
        self.per_tooth = self.m // auger.teeth
        parts, n_turns = turns / (2 * math.pi), math.ceil(auger.length / auger.pitch)
        rises = [auger.pitch * (turn + float(part)) for turn in range(n_turns) for part in parts]
        self.rises = [rise for rise in rises if rise < auger.length - 1.1 * auger.thickness]
        self.cell = _SAME * auger.thickness
        self.numbers: dict[tuple[int, int], dict[int, int]] = {}
        self.corners: list[tuple[float, float, float]] = []
        self.faces: list[tuple[int, int, int]] = []

    def build(self) -> TriangleMesh:
        self._place_corners()
        self.lines = {place: sorted(line) for place, line in self.numbers.items()}
        self._bit()
        self._bore()
        for start in range(self.auger.starts):
            self._flight(start * self.m // self.auger.starts)
        self._stem()
        return TriangleMesh(np.array(self.corners), np.array(self.faces))

    def _place_corners(self) -> None:
        auger = self.auger
        for column in range(self.m):
            for ring in self.wall:
                self._put(column, ring, self._foot(column))
                if column % self.per_tooth == 0:
                    self._put(column, ring, auger.tooth_height)
            for ring in {self.bore, self.stem}:
                self._put(column, ring, auger.length)
            if self.bore:
                self._put(column, 0, auger.ledge)
                self._put(column, self.bore, auger.ledge)
        for start in range(0, self.m, self.m // auger.starts):
            for k, ring in itertools.product(range(len(self.rises)), self.flute):
                self._put(start + k, ring, self.rises[k])
                self._put(start + k, ring, self.rises[k] + auger.thickness)

    def _foot(self, column: int) -> float:
        """Height of the bit's underside right after a column: the ramp of a tooth, then the rim."""
        return min(self.rises[column % self.per_tooth], self.auger.tooth_height)

    def _foot_before(self, column: int) -> float:
        """The same right before a column."""
        return self._foot(column) if column % self.per_tooth else self.auger.tooth_height

    def _put(self, column: int, ring: int, height: float) -> None:
        line = self.numbers.setdefault((column % self.m, ring), {})
        key = round(height / self.cell)
        if not line.keys() & {key - 1, key, key + 1}:
            line[key] = len(self.corners)
            x, y = self.radii[ring] * self.circle[column % self.m]
            self.corners.append((float(x), float(y), height))

    def _line(self, column: int, ring: int, low: float, high: float) -> list[int]:
        """Corners on a column and a ring between two heights, upwards."""
        place = (column % self.m, ring)
        keys = self.lines[place]
        begin = bisect_left(keys, round(low / self.cell) - 1)
        end = bisect_right(keys, round(high / self.cell) + 1)
        return [self.numbers[place][key] for key in keys[begin:end]]

    def _at(self, column: int, ring: int, height: float) -> int:
        (corner,) = self._line(column, ring, height, height)
        return corner

    def _quad(self, a: int, b: int, c: int, d: int) -> None:
        """Counter-clockwise as seen from outside."""
        self.faces += [(a, b, c), (a, c, d)]

    def _fill(self, left: list[int], right: list[int]) -> None:
        """Triangles between two upright lines of corners, left and right as seen from outside."""
        heights = [[self.corners[corner][2] for corner in line] for line in (left, right)]
        i = k = 0
        while i + 1 < len(left) or k + 1 < len(right):
            rise_left = i + 1 < len(left) and (
                k + 1 == len(right) or heights[0][i] + heights[0][i + 1] < heights[1][k] + heights[1][k + 1]
            )
            if rise_left:
                self.faces.append((left[i], right[k], left[i + 1]))
                i += 1
            else:
                self.faces.append((left[i], right[k], right[k + 1]))
                k += 1

    def _bit(self) -> None:
        """Underside, and the upright faces of the teeth; those of flights in `_flight`."""
        for column in range(self.m):
            before, after = self._foot(column), self._foot_before(column + 1)
            for a, b in itertools.pairwise(self.wall):
                near, far = (self._at(column, ring, before) for ring in (a, b))
                near_next, far_next = (self._at(column + 1, ring, after) for ring in (a, b))
                self._quad(near, near_next, far_next, far)
                if column % self.per_tooth == 0:
                    self._upright(column, a, b, 0.0, self.auger.tooth_height)

    def _upright(self, column: int, left: int, right: int, low: float, high: float) -> None:
        """The part of a column's plane between two rings and two heights."""
        self._fill(self._line(column, left, low, high), self._line(column, right, low, high))

    def _bore(self) -> None:
        auger = self.auger
        for column in range(self.m):
            here, there = column, column + 1
            top = auger.ledge if self.bore else auger.length
            self._fill(self._line(there, 0, self._foot_before(there), top), self._line(here, 0, self._foot(here), top))
            if self.bore:
                self._level(column, 0, self.bore, auger.ledge)
                lines = [self._line(c, self.bore, auger.ledge, auger.length) for c in (there, here)]
                self._fill(*lines)
            self._level(column, self.bore, self.stem, auger.length)

    def _level(self, column: int, inner: int, outer: int, height: float) -> None:
        """A level face between two rings, seen from above."""
        places = [(column, inner), (column, outer), (column + 1, outer), (column + 1, inner)]
        self._quad(*(self._at(*place, height) for place in places))

    def _flight(self, start: int) -> None:
        thickness, outer = self.auger.thickness, self.flute[-1]
        for a, b in itertools.pairwise(self.flute):
            self._upright(start, a, b, 0.0, thickness)
            last = len(self.rises) - 1
            self._upright(start + last, b, a, self.rises[last], self.rises[last] + thickness)
        for k, (rise, next_rise) in enumerate(itertools.pairwise(self.rises)):
            here, there = start + k, start + k + 1
            for a, b in itertools.pairwise(self.flute):
                low = [self._at(here, ring, rise) for ring in (a, b)]
                low_next = [self._at(there, ring, next_rise) for ring in (a, b)]
                self._quad(low[0], low_next[0], low_next[1], low[1])
                up = [self._at(here, ring, rise + thickness) for ring in (a, b)]
                up_next = [self._at(there, ring, next_rise + thickness) for ring in (a, b)]
                self._quad(up[0], up[1], up_next[1], up_next[0])  # the same diagonal: parallel faces
            self._fill(
                self._line(here, outer, rise, rise + thickness),
                self._line(there, outer, next_rise, next_rise + thickness),
            )

    def _stem(self) -> None:
        """What the flights leave free."""
        auger = self.auger
        for column in range(self.m):
            left, right = self._foot(column), self._foot_before(column + 1)
            for rise, next_rise in self._crossings(column):
                self._between(column, (left, rise), (right, next_rise))
                left, right = rise + auger.thickness, next_rise + auger.thickness
            self._between(column, (left, auger.length), (right, auger.length))

    def _crossings(self, column: int) -> list[tuple[float, float]]:
        """Lower edges of the flights between a column and the next, upwards."""
        found = []
        for start in range(0, self.m, self.m // self.auger.starts):
            first = (column - start) % self.m
            found += [(self.rises[k], self.rises[k + 1]) for k in range(first, len(self.rises) - 1, self.m)]
        return sorted(found)

    def _between(self, column: int, left: tuple[float, float], right: tuple[float, float]) -> None:
        self._fill(self._line(column, self.stem, *left), self._line(column + 1, self.stem, *right))

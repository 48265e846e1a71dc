"""How a tool moves: its pose over time and the exact derivative of that pose.

World frame: z up. A positive pitch, about y by the right-hand rule, turns the nose of a tool that looks along x down.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regolith.errors import ConfigError
from regolith.poses import EASINGS, RAMP, Angles, apply, as_matrices, matmul, rotate, turns
from regolith.tools.mesh import Floats, TriangleMesh
from regolith.tools.tool import Scoop

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

_CLEARANCE = 0.25  # gap between tool and surface at the start, of the distance from lip to pivot
_SWATH = 1.5  # volume cut by the default drag over the struck volume: some soil escapes to the sides
_RISE = 0.25  # of the penetration: how far the pivot rises during the curl


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion:
    """A prescribed motion in m segments; at rest before the first and after the last.

    In a segment, a pivot fixed to the tool travels straight while the tool turns about it around a fixed axis:
    c(t) = c0 + s d, R(t) = exp(s theta) R0, x(t) = c(t) - R(t) p, with s rising from 0 to 1 by the easing.

    A pose depends on its time alone, to the last bit, never on which other times were asked for.

    Attributes:
        times: Ends of the segments [s], shape (m + 1,).
        pivot: p, in the tool's frame [m], shape (m, 3).
        start: c0, in the world frame [m], shape (m, 3).
        shift: d [m], shape (m, 3).
        rotation: R0, shape (m, 3, 3).
        turn: Rotation vector theta, world frame [rad], shape (m, 3).
        easing: "linear", "smooth" (s = 3 u^2 - 2 u^3) or "cruise" (constant speed between two short ramps).
        phases: Name, start and end [s] of what the motion does.
        endless: The motion goes on for ever at constant velocity.
    """

    times: Floats
    start: Floats
    rotation: Floats
    shift: Floats
    turn: Floats
    pivot: Floats
    easing: str = "linear"
    phases: tuple[tuple[str, float, float], ...] = ()
    endless: bool = False

    @property
    def duration(self) -> float:
        """Time of the last change [s]; infinite for an endless motion."""
        return math.inf if self.endless else float(self.times[-1])

    @property
    def longest(self) -> float:
        """Time that it takes at most [s]: as planned, as nothing may stop it."""
        return self.duration

    def poses(self, times: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
        """Pose and velocity of the tool's frame.

        Args:
            times: Points in time [s], shape (n,).

        Returns: Origin [m] (n, 3), rotation (n, 3, 3) from tool to world frame, velocity of the origin [m/s] (n, 3) and
            angular velocity [rad/s] (n, 3), world frame. At the end of a segment they are those of the next one.
        """
        t = np.atleast_1d(np.asarray(times, dtype=np.float64))
        k = np.clip(np.searchsorted(self.times, t, side="right") - 1, 0, len(self.turn) - 1)
        s, rate = self._progress(t, k)
        rotation = matmul(rotate(self.turn[k], s), self.rotation[k])
        arm = apply(rotation, self.pivot[k])
        spin = rate[:, None] * self.turn[k]
        origin = self.start[k] + s[:, None] * self.shift[k] - arm
        velocity = rate[:, None] * self.shift[k] - np.cross(spin, arm)
        return origin, rotation, velocity, spin

    def _progress(self, t: Floats, k: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Progress s and its rate ds/dt [1/s]."""
        begin = self.times[k]
        length = self.times[k + 1] - begin
        length = np.where(length > 0, length, 1.0)
        u = (t - begin) / length
        if self.endless:
            return u, 1 / length
        s, slope = EASINGS[self.easing](np.clip(u, 0.0, 1.0))
        moving = (t >= self.times[0]) & (t < self.times[-1])
        return s, np.where(moving, slope / length, 0.0)

    @classmethod
    def at_rest(cls, origin: ArrayLike = (0, 0, 0), rotation: "Rotation | ArrayLike | None" = None) -> "Motion":
        """A tool that stays where it is; `rotation` is a SciPy Rotation or a matrix (3, 3)."""
        pose = np.eye(3)[None] if rotation is None else as_matrices(rotation, 1)
        still = np.zeros((1, 3))
        start = _vector(origin, "origin")
        phases = (("rest", 0.0, 0.0),)
        return cls(times=np.zeros(2), start=start, rotation=pose, shift=still, turn=still, pivot=still, phases=phases)

    @classmethod
    def constant(
        cls,
        velocity: ArrayLike = (0, 0, 0),
        angular_velocity: ArrayLike = (0, 0, 0),
        origin: ArrayLike = (0, 0, 0),
        axis: ArrayLike = (0, 0, 0),
    ) -> "Motion":
        """Constant velocity for ever: rollers, drums, conveyors.

        Args:
            velocity: Of the point `axis` [m/s].
            angular_velocity: About `axis`, world frame [rad/s].
            origin: Of the tool's frame at time 0, when both frames are parallel [m].
            axis: A point of the axis of rotation, in the tool's frame [m].
        """
        pivot = _vector(axis, "axis")
        return cls(
            times=np.array([0.0, 1.0]),
            start=_vector(origin, "origin") + pivot,
            rotation=np.eye(3)[None],
            shift=_vector(velocity, "velocity"),
            turn=_vector(angular_velocity, "angular_velocity"),
            pivot=pivot,
            phases=(("constant", 0.0, math.inf),),
            endless=True,
        )

    @classmethod
    def waypoints(
        cls, times: ArrayLike, positions: ArrayLike, rotations: "Rotation | Angles | ArrayLike", easing: str = "smooth"
    ) -> "Motion":
        """Pass through poses: the frame's origin on straight lines, turning about a fixed axis between two.

        Args:
            times: Rising points in time [s], shape (n,), n >= 1.
            positions: Of the frame's origin [m], shape (n, 3).
            rotations: From tool to world frame: a SciPy Rotation of length n or matrices (n, 3, 3), which
                turn the shorter way; or Angles, which count whole turns.
            easing: "smooth": at rest at every waypoint; "linear": constant velocity between them; "cruise".

        Raises: ConfigError if shapes, order, easing or matrices are wrong.
        """
        t, x = np.asarray(times, dtype=np.float64), np.asarray(positions, dtype=np.float64)
        if easing not in EASINGS:
            raise ConfigError(f'motion.easing = "{easing}": must be one of {", ".join(EASINGS)}')
        if t.ndim != 1 or len(t) == 0 or x.shape != (len(t), 3) or not (np.isfinite(t).all() and np.isfinite(x).all()):
            raise ConfigError(
                f"motion.waypoints: times {t.shape} and positions {x.shape} must be finite, of shapes (n,) and (n, 3)"
            )
        if (np.diff(t) <= 0).any() or t[0] < 0:
            raise ConfigError(f"motion.waypoints: times {t.tolist()} s must start at 0 or later and rise")
        poses = as_matrices(rotations, len(t))
        if len(t) == 1:
            return cls.at_rest(x[0], poses)
        return cls(
            times=t,
            start=x[:-1],
            rotation=poses[:-1],
            shift=np.diff(x, axis=0),
            turn=rotations.turns() if isinstance(rotations, Angles) else turns(poses),
            pivot=np.zeros((len(t) - 1, 3)),
            easing=easing,
            phases=(("motion", float(t[0]), float(t[-1])),),
        )


def _vector(value: ArrayLike, key: str) -> Floats:
    vector = np.array(value, dtype=np.float64)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise ConfigError(f"motion.{key} = {value!r}: must be three finite numbers (x, y, z)")
    return vector[None]


def scoop_motion(
    tool: Scoop,
    *,
    start: tuple[float, float] = (0.0, 0.0),
    surface_z: float = 0.0,
    penetration: float | None = None,
    drag: float | None = None,
    speed: float = 0.1,
    attack_angle: float = math.radians(30),
    curl: float | None = None,
    lift: float | None = None,
    hold: float = 0.5,
    acceleration: float = 0.8,
) -> Motion:
    """One grab along +x: approach, penetrate, drag, curl, lift, hold; at rest between the phases.

    The floor, pitched nose-down, slices into the soil in its own direction, over penetration / tan(attack_angle)
    forwards. The curl turns the tool about its pivot, so that a round back turns within itself: with the parametric
    scoop nothing reaches deeper than penetration plus wall.

    Args:
        tool: The tool, which looks along +x.
        start: Where the lip enters the surface, x and y [m].
        surface_z: Height of the soil's surface [m].
        penetration: Depth of the lip below the surface while dragging [m]; default: height of the pivot above the lip.
        drag: Length of the drag [m]; default: the cut takes 1.5 times the struck volume.
        speed: Cruising speed of the lip [m/s].
        attack_angle: Pitch of the floor, nose-down [rad], 5 to 80 degrees.
        curl: Nose-up rotation [rad]; default: the mouth ends level.
        lift: Height of the tool's lowest point above the surface at the end [m]; default: twice the penetration.
        hold: Time at rest at the end [s].
        acceleration: Largest acceleration of the lip in curl and lift [m/s2]; the default, half of lunar gravity, keeps
            soil from being thrown out.

    Raises: ConfigError if a value is out of range.
    """
    depth = float(abs((tool.pivot - tool.lip)[2])) if penetration is None else penetration
    curl = attack_angle + tool.mouth_angle if curl is None else curl
    lift = 2 * depth if lift is None else lift
    _check_range("penetration", depth, 1e-6, 10, "m")
    _check_range("attack_angle", math.degrees(attack_angle), 5, 80, "deg")
    if drag is None:
        cut_so_far = 0.5 * depth / math.tan(attack_angle)
        drag = max(0.0, _SWATH * tool.struck_volume / tool.width / depth - cut_so_far)
    _check_range("drag", drag, 0, 100, "m")
    _check_range("speed", speed, 1e-6, 100, "m/s")
    _check_range("curl", math.degrees(curl), 0, 175, "deg")
    _check_range("lift", lift, 1e-6, 100, "m")
    _check_range("hold", hold, 0, 1e6, "s")
    _check_range("acceleration", acceleration, 1e-6, 1e6, "m/s2")

    start_pivot, shifts, paths = _grab_path(tool, (*start, surface_z), depth, drag, attack_angle, curl, lift)
    times = paths / (speed * (1 - RAMP))
    times[3:5] = np.maximum(times[3:5], np.sqrt(paths[3:5] / (acceleration * RAMP * (1 - RAMP))))
    ends = np.concatenate([[0.0], np.cumsum([*times, hold])])
    names = ["approach", "penetrate", "drag", "curl", "lift", "hold"]
    turn = np.zeros((6, 3))
    turn[3, 1] = -curl
    return Motion(
        times=ends,
        start=start_pivot + np.concatenate([np.zeros((1, 3)), np.cumsum(shifts, axis=0)[:-1]]),
        rotation=np.stack([_pitch(attack_angle)] * 4 + [_pitch(attack_angle - curl)] * 2),
        shift=shifts,
        turn=turn,
        pivot=np.tile(tool.pivot, (6, 1)),
        easing="cruise",
        phases=tuple(zip(names, ends[:-1].tolist(), ends[1:].tolist(), strict=True)),
    )


def _grab_path(
    tool: Scoop, entry: tuple[float, float, float], depth: float, drag: float, attack: float, curl: float, lift: float
) -> tuple[Floats, Floats, Floats]:
    """Start of the pivot (3,), its moves in the six phases (6, 3), the lip's path lengths in the first five (5,)."""
    arm = _pitch(attack) @ (tool.pivot - tool.lip)
    reach = float(np.linalg.norm(arm))
    slice_by = np.array([1 / math.tan(attack), 0.0, -1.0])  # per metre of depth
    fall = _CLEARANCE * reach - _lowest(tool, attack) - float(arm[2])
    rise = _RISE * depth
    ascent = max(0.0, lift - (float(arm[2]) - depth + rise + _lowest(tool, attack - curl)))
    shifts = [fall * slice_by, depth * slice_by, (drag, 0, 0), (0, 0, rise), (0, 0, ascent), (0, 0, 0)]
    slope = math.sin(attack)
    paths = np.array([fall / slope, depth / slope, drag, curl * reach, ascent])
    return np.array(entry) + arm - fall * slice_by, np.array(shifts), paths


def _pitch(angle: float) -> Floats:
    return Angles(angle).matrices()[0]


def _lowest(tool: Scoop, pitch: float) -> float:
    """Height of the pitched tool's lowest point over its pivot [m]; negative."""
    return float(((tool.mesh.vertices - tool.pivot) @ _pitch(pitch)[2]).min())


def _check_range(key: str, value: float, low: float, high: float, unit: str) -> None:
    if not low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
        raise ConfigError(f"motion.{key} = {value:.6g} {unit}: must be from {low:.6g} to {high:.6g} {unit}")


def extent(motion: Motion, mesh: TriangleMesh, *, until: float | None = None, samples: int = 400) -> Floats:
    """Bounding box of all that the mesh sweeps [m], world frame, shape (2, 3).

    Args:
        motion: Its motion.
        mesh: The mesh, in the tool's frame.
        until: Last time looked at [s]; default: the motion's end. 0 gives the start alone.
        samples: Poses looked at, besides the ends of the segments; between two of them the box may be missed by
            (largest turn between two samples)^2 / 8 times the mesh's distance from its axis.

    Raises: ValueError for an endless motion without `until`.
    """
    end = motion.duration if until is None else until
    if not math.isfinite(end):
        raise ValueError("an endless motion needs `until`")
    times = np.union1d(np.linspace(0.0, end, samples), motion.times[motion.times <= end])
    origin, rotation, _, _ = motion.poses(times)
    low, high = np.full(3, math.inf), np.full(3, -math.inf)
    for x, r in zip(origin, rotation, strict=True):
        points = x + mesh.vertices @ r.T
        low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
    return np.array([low, high])


def lowest_point(motion: Motion, mesh: TriangleMesh, *, until: float | None = None, samples: int = 400) -> float:
    """Lowest height that any point of the moving mesh reaches [m]; arguments as for `extent`."""
    return float(extent(motion, mesh, until=until, samples=samples)[0, 2])

"""Rotations and easings behind `drive`, written so that a result never depends on what else is in the array."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from regolith.errors import ConfigError
from regolith.tools.mesh import Floats

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

RAMP = 0.15  # share of a "cruise" segment's time spent on speeding up, and again on slowing down


def _linear(u: Floats) -> tuple[Floats, Floats]:
    return u, np.ones_like(u)


def _smooth(u: Floats) -> tuple[Floats, Floats]:
    return u * u * (3 - 2 * u), 6 * u * (1 - u)


def _cruise(u: Floats) -> tuple[Floats, Floats]:
    """Constant acceleration over the ramp, constant speed, constant deceleration."""
    rise = 2 * RAMP * (1 - RAMP)
    left = 1 - u
    early, late = u < RAMP, left < RAMP
    s = np.where(early, u * u / rise, np.where(late, 1 - left * left / rise, (u - 0.5 * RAMP) / (1 - RAMP)))
    slope = np.where(early, 2 * u / rise, np.where(late, 2 * left / rise, 1 / (1 - RAMP)))
    return s, slope


# u -> s, ds/du, both shape (n,)
EASINGS: dict[str, Callable[[Floats], tuple[Floats, Floats]]] = {
    "linear": _linear,
    "smooth": _smooth,
    "cruise": _cruise,
}


@dataclass(frozen=True, eq=False)
class Angles:
    """Rotations Rz(yaw) Ry(pitch) Rx(roll) [rad], roll first, each angle of shape (n,).

    Unlike matrices they count whole turns: from yaw 0 to yaw 20 pi is ten turns.
    """

    pitch: ArrayLike
    roll: ArrayLike = 0.0
    yaw: ArrayLike = 0.0

    @property
    def table(self) -> Floats:
        """Columns yaw, pitch, roll, shape (n, 3)."""
        columns = [np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (self.yaw, self.pitch, self.roll)]
        return np.stack(np.broadcast_arrays(*columns), axis=1)

    def matrices(self) -> Floats:
        """Matrices, shape (n, 3, 3)."""
        from scipy.spatial.transform import Rotation

        return np.asarray(Rotation.from_euler("ZYX", self.table).as_matrix())

    def turns(self) -> Floats:
        """Rotation vectors from each to the next [rad], shape (n - 1, 3).

        Raises: ConfigError where more than half a turn is asked for while two angles change: no fixed axis does that.
        """
        from scipy.spatial.transform import Rotation

        poses, table = self.matrices(), self.table
        vectors = turns(poses)
        for i, change in enumerate(np.diff(table, axis=0)):
            changing = np.flatnonzero(change)
            if len(changing) == 1:
                only = int(changing[0])
                yawed = Rotation.from_euler("z", table[i, 0]).as_matrix()
                axis = (np.array([0.0, 0.0, 1.0]), yawed[:, 1], poses[i][:, 0])[only]
                vectors[i] = change[only] * axis
            elif np.abs(change).max() > np.pi:
                raise ConfigError(
                    f"motion.waypoints[{i + 1}]: turns by more than 180 deg about two axes at once; "
                    "put waypoints in between, or change one of pitch, roll and yaw at a time"
                )
        return vectors


def as_matrices(rotations: "Rotation | Angles | ArrayLike", count: int) -> Floats:
    """Check `count` rotations and return them as matrices (count, 3, 3)."""
    from scipy.spatial.transform import Rotation

    if isinstance(rotations, Angles):
        rotations = rotations.matrices()
    elif isinstance(rotations, Rotation):
        rotations = rotations.as_matrix()
    poses = np.array(rotations, dtype=np.float64).reshape(-1, 3, 3)
    unit = np.abs(poses @ poses.transpose(0, 2, 1) - np.eye(3)).max(initial=0.0) < 1e-6
    if len(poses) != count or not unit or (np.linalg.det(poses) < 0).any():
        raise ConfigError(f"motion.rotations: need {count} rotation matrices (3, 3): orthonormal, right-handed")
    return np.asarray(Rotation.from_matrix(poses).as_matrix())


def turns(poses: Floats) -> Floats:
    """Rotation vectors in the world frame from each pose (n, 3, 3) to the next [rad], shape (n - 1, 3)."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_matrix(matmul(poses[1:], poses[:-1].transpose(0, 2, 1))).as_rotvec())


def rotate(turn: Floats, s: Floats) -> Floats:
    """exp(s theta) by Rodrigues' formula, shape (n, 3, 3).

    Sines come one by one from the C library: NumPy's vector ones may depend on the neighbours in the array.
    """
    angle = np.sqrt(turn[:, 0] ** 2 + turn[:, 1] ** 2 + turn[:, 2] ** 2)
    x, y, z = (turn / np.where(angle > 0, angle, 1.0)[:, None]).T
    phi = (angle * s).tolist()
    sine, versine = np.array([math.sin(p) for p in phi]), np.array([2 * math.sin(p / 2) ** 2 for p in phi])
    zero = np.zeros_like(x)
    skew = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    return np.eye(3) + sine[:, None, None] * skew + versine[:, None, None] * matmul(skew, skew)


def matmul(a: Floats, b: Floats) -> Floats:
    """Products of 3x3 matrices in a fixed order of additions, for the same bits in any batch."""
    product: Floats = a[:, :, 0:1] * b[:, 0:1, :] + a[:, :, 1:2] * b[:, 1:2, :] + a[:, :, 2:3] * b[:, 2:3, :]
    return product


def apply(a: Floats, v: Floats) -> Floats:
    """Matrices (n, 3, 3) times vectors (n, 3)."""
    product: Floats = a[:, :, 0] * v[:, 0:1] + a[:, :, 1] * v[:, 1:2] + a[:, :, 2] * v[:, 2:3]
    return product

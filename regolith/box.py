"""The region that is simulated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, kw_only=True)
class Box:
    """The simulated region. Grains that leave it where it is not periodic are lost: they stop and count as such.

    Attributes:
        lower: Lowest corner [m], shape (3,).
        upper: Highest corner [m], shape (3,).
        periodic: Which axes wrap around, shape (3,).
    """

    lower: ArrayLike
    upper: ArrayLike
    periodic: tuple[bool, bool, bool] = (False, False, False)

    @property
    def size(self) -> np.ndarray:
        """Edge lengths [m], shape (3,)."""
        return np.asarray(self.upper, float) - np.asarray(self.lower, float)

    @property
    def period(self) -> np.ndarray:
        """Edge lengths along periodic axes, 0 along others [m], shape (3,)."""
        return np.where(self.periodic, self.size, 0.0)

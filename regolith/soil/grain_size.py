"""Which grain sizes are simulated: the soil's own grading, cut around its median and enlarged."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from regolith.config.preset import GradingLognormal, GradingPoints

_BINS = 4000


@dataclass(frozen=True, kw_only=True, eq=False)
class GrainSizes:
    """The cut and scaled grading as a table by number.

    Attributes:
        diameter: Edges of fine bins [m], shape (n,), rising.
        finer: Share of the number of grains that is smaller [-], shape (n,), from 0 to 1.
        mean_volume: Volume of a grain, averaged over the number of grains [m3].
    """

    diameter: NDArray[np.float64]
    finer: NDArray[np.float64]
    mean_volume: float

    @classmethod
    def cut(cls, grading: GradingPoints | GradingLognormal, *, size_ratio: float, scale: float) -> Self:
        """Keep d50 / sqrt(size_ratio) to d50 * sqrt(size_ratio) of the mass curve, times `scale`.

        Where the soil's own curve ends inside that window, the window ends with it. The median of what is kept is d50
        where the curve is symmetric in log(diameter) around it, and within some per cent of it elsewhere.

        Args:
            grading: The soil's mass curve.
            size_ratio: Largest over smallest grain kept [-], 1 or more.
            scale: Simulated over real diameter [-].
        """
        log_diameter, mass = grading.table()
        middle = float(np.interp(0.5, mass, log_diameter))
        half = 0.5 * math.log(size_ratio)
        low, high = max(middle - half, log_diameter[0]), min(middle + half, log_diameter[-1])
        edges = np.linspace(low, high, _BINS + 1)
        diameter = scale * np.exp(edges)
        if high - low < 1e-9:  # one size
            return cls(diameter=diameter, finer=np.linspace(0, 1, _BINS + 1), mean_volume=float(_volume(diameter)[0]))
        in_bin = np.diff(np.interp(edges, log_diameter, mass))
        number = in_bin / _volume(scale * np.exp(0.5 * (edges[1:] + edges[:-1])))
        finer = np.concatenate([[0.0], np.cumsum(number)])
        return cls(diameter=diameter, finer=finer / finer[-1], mean_volume=float(in_bin.sum() / number.sum()))

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw diameters [m], shape (n,): each grain as likely as its share of the number of grains."""
        return np.interp(rng.random(n), self.finer, self.diameter)


def _volume(diameter: NDArray[np.float64]) -> NDArray[np.float64]:
    return math.pi / 6 * diameter**3

"""What distinguishes a sample from the soil it was taken of: its grain sizes and the depths it came from, by mass."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def traits(diameter: Floats, mass: Floats, depth: Floats, captured: NDArray[np.bool_]) -> dict[str, float | None]:
    """Size bias and provenance; None where nothing was captured.

    Args:
        diameter: Of all grains [m], shape (n,).
        mass: Of all grains [kg], shape (n,).
        depth: They came from [m], shape (n,).
        captured: Which are the sample, shape (n,).

    Returns:
        size_bias [-]: median diameter by mass of the sample over that of all; size_bias_ks [-]: largest distance
        between the two gradings by mass (Kolmogorov-Smirnov), 0 to 1; origin_depth_p10_m and so on: depths above which
        a tenth, half, nine tenths of the sample's mass came from.
    """
    names = ["size_bias", "size_bias_ks", *(f"origin_depth_{name}_m" for name in QUANTILES)]
    if not captured.any():
        return dict.fromkeys(names)
    bias = quantile(diameter[captured], mass[captured], 0.5) / quantile(diameter, mass, 0.5)
    depths = [quantile(depth[captured], mass[captured], share) for share in QUANTILES.values()]
    return dict(zip(names, [bias, distance(diameter, mass, captured), *depths], strict=True))


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The smallest value such that at least `share` of the weight lies at it or below."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, share * below[-1])])


def distance(values: Floats, weights: Floats, part: NDArray[np.bool_]) -> float:
    """Largest difference between the cumulative shares of weight of a part and of the whole, over all values."""
    order = np.argsort(values, kind="stable")
    ends = np.flatnonzero(np.diff(values[order], append=np.inf))  # ties step together
    whole, own = weights[order], np.where(part[order], weights[order], 0.0)
    return float(np.abs(np.cumsum(own)[ends] / own.sum() - np.cumsum(whole)[ends] / whole.sum()).max())

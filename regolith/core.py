"""What a drilled core tells: how much was recovered, from which depth each part came, how far layers are disturbed.

An undisturbed core is the ground itself: at height h over the bit's mouth lies what came from the depth D - h, where D
is the depth drilled. All means are weighted by mass.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
FULL = 0.95  # share of the mass that gives the core's length; the last grains on top stand loose


@dataclass(frozen=True)
class Core:
    """A core, cut into equal slices from the mouth up.

    Attributes:
        mass: [kg].
        length: [m].
        recovery: Length over depth drilled [-].
        mass_recovery: Mass over that of the undisturbed column under the bore [-].
        edges: Heights over the mouth that bound the slices [m], shape (n + 1,).
        slice_mass: [kg], shape (n,).
        origin: Mean depth in the ground that a slice came from [m], shape (n,); NaN where it is empty.
        spread: Standard deviation of that depth within a slice [m], shape (n,).
        shift: Root mean square of depth of origin less that of an undisturbed core [m].
        mixing: Mean of `spread`, weighted by mass [m]; an unmixed slice of height s has s / sqrt(12).
        order: Spearman's rank correlation of position and origin [-]: 1 for layers in their order, NaN of fewer than
            three grains.
        bands: Share of each layer of the ground (rows, from the surface down) in each slice (columns), shape (n, n).
    """

    mass: float
    length: float
    recovery: float
    mass_recovery: float
    edges: Floats
    slice_mass: Floats
    origin: Floats
    spread: Floats
    shift: float
    mixing: float
    order: float
    bands: Floats


def analyse(
    height: ArrayLike,
    origin_depth: ArrayLike,
    mass: ArrayLike,
    *,
    drilled: float,
    area: float,
    bulk_density: float,
    n_slices: int = 10,
) -> Core | None:
    """Analyse a core.

    Args:
        height: Of the grains over the bit's mouth [m], shape (k,).
        origin_depth: Below the surface, before drilling [m], shape (k,).
        mass: [kg], shape (k,).
        drilled: Depth of the mouth below the surface [m].
        area: Of the bore's cross-section [m2].
        bulk_density: Of the ground [kg/m3].
        n_slices: Slices of the core, and layers of the ground.

    Returns:
        None if nothing was recovered or nothing drilled.
    """
    h, depth, m = (np.asarray(values, np.float64) for values in (height, origin_depth, mass))
    if len(h) == 0 or drilled <= 0:
        return None
    by_height = np.argsort(h, kind="stable")
    held = np.cumsum(m[by_height])
    length = float(np.interp(FULL * held[-1], held, h[by_height]) / FULL)
    edges = np.linspace(0.0, length, n_slices + 1)
    slices = np.clip(np.searchsorted(edges, h, side="right") - 1, 0, n_slices - 1)
    slice_mass = np.bincount(slices, m, n_slices).astype(np.float64)
    weight = np.where(slice_mass > 0, slice_mass, np.nan)
    origin = np.bincount(slices, m * depth, n_slices) / weight
    variance = np.bincount(slices, m * (depth - origin[slices]) ** 2, n_slices) / weight
    spread = np.sqrt(variance)
    layers = np.clip((depth / drilled * n_slices).astype(int), 0, n_slices - 1)
    bands = np.bincount(layers * n_slices + slices, m, n_slices**2).reshape(n_slices, n_slices)
    return Core(
        mass=float(m.sum()),
        length=length,
        recovery=length / drilled,
        mass_recovery=float(m.sum() / (area * drilled * bulk_density)),
        edges=edges,
        slice_mass=slice_mass,
        origin=origin,
        spread=spread,
        shift=float(np.sqrt(np.average((depth - (drilled - h)) ** 2, weights=m))),
        mixing=float(np.nansum(spread * slice_mass) / m.sum()),
        order=_rank_correlation(-h, depth),
        bands=bands / np.where(slice_mass > 0, slice_mass, 1.0),
    )


def _rank_correlation(a: Floats, b: Floats) -> float:
    ranks = np.array([np.argsort(np.argsort(values, kind="stable"), kind="stable") for values in (a, b)])
    return float(np.corrcoef(ranks)[0, 1]) if len(a) > 2 else np.nan


def conveying_rate(helix_angle: float, radius: float, friction: float, wall_friction: float, gravity: float) -> float:
    """Turning rate above which a single chip rises on a flight [rad/s].

    The chip lies on a flight of that helix angle and is pressed on the hole's wall by its own turning; there it is
    held back, and climbs. From the balance of the forces on it, w^2 = g (tan A + mu_f) / (mu_w R (1 - mu_f tan A)).

    Args:
        helix_angle: Of the flight at `radius`, to the horizontal [rad].
        radius: At which the chip touches the wall [m].
        friction: Of chip on flight, mu_f.
        wall_friction: Of chip on wall, mu_w.
        gravity: [m/s2].

    Returns:
        Infinity if friction holds the chip on the flight at any rate.
    """
    tangent = np.tan(helix_angle)
    grip = 1 - friction * tangent
    if grip <= 0 or wall_friction <= 0:
        return float(np.inf)
    return float(np.sqrt(gravity * (tangent + friction) / (wall_friction * radius * grip)))

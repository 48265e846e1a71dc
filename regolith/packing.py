"""Geometry of packings: where grains start, and how much of each layer they fill."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
GAP = 1.02  # lattice spacing over largest diameter: grains start apart


def lattice(diameters: Floats, size: tuple[float, float], floor: float, rng: np.random.Generator) -> Floats:
    """Centres of grains above a floor, without overlap, layer by layer on a jittered square lattice.

    Args:
        diameters: [m], shape (n,).
        size: Extent in x and y [m].
        floor: Height of the floor [m].
        rng: Draws the jitter.

    Returns:
        Positions [m], shape (n, 3).
    """
    n, largest = len(diameters), float(diameters.max())
    nx, ny = (max(int(side / (GAP * largest)), 1) for side in size)
    spacing = np.array([size[0] / nx, size[1] / ny, GAP * largest])
    k = np.arange(n)
    cells = np.stack([k % nx, k // nx % ny, k // (nx * ny)], axis=1)
    free = 0.5 * (spacing - diameters[:, None])  # how far a grain may stray within its cell
    return (cells + 0.5) * spacing + (0.0, 0.0, floor) + rng.uniform(-1, 1, (n, 3)) * free * 0.98


def layer_volumes(heights: Floats, radii: Floats, edges: Floats) -> Floats:
    """Solid volume of spheres between planes [m3], exactly, shape (len(edges) - 1,).

    Args:
        heights: Of the centres [m], shape (n,).
        radii: [m], shape (n,).
        edges: Heights of the planes, rising [m].
    """
    below = [np.sum(_volume_below(edge - heights, radii)) for edge in edges]
    return np.diff(below)


def _volume_below(t: Floats, r: Floats) -> Floats:
    """Volume of a sphere below a plane at height t over its centre: pi (2/3 r^3 + r^2 t - t^3 / 3)."""
    t = np.clip(t, -r, r)
    return np.asarray(np.pi * (2 / 3 * r**3 + r**2 * t - t**3 / 3))


def solid_fraction(heights: Floats, radii: Floats, area: float, low: float, high: float) -> float:
    """Share of the volume between two heights that is grains [-]."""
    return float(layer_volumes(heights, radii, np.array([low, high]))[0] / (area * (high - low)))

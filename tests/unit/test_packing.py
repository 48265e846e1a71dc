"""Geometry of packings against Monte Carlo and closed forms."""

import numpy as np
import pytest

from regolith.packing import GAP, lattice, layer_volumes, solid_fraction

RNG = np.random.default_rng(7)


def test_layers_against_monte_carlo():
    """Spheres of very different size across planes; 400 000 points: a standard error of some 0.2 %."""
    heights, radii = RNG.uniform(0, 1, 60), RNG.uniform(0.02, 0.4, 60)
    edges = np.array([-0.5, 0.1, 0.12, 0.45, 0.7, 1.6])
    volumes = 4 / 3 * np.pi * radii**3
    which = RNG.choice(60, 400_000, p=volumes / volumes.sum())
    # heights in a unit sphere are those of a sum of squares: z of a uniform point of the ball
    direction = RNG.normal(size=(len(which), 3))
    z = direction[:, 2] / np.linalg.norm(direction, axis=1) * RNG.random(len(which)) ** (1 / 3)
    counts = np.histogram(heights[which] + radii[which] * z, edges)[0]
    exact = layer_volumes(heights, radii, edges)
    error = np.sqrt(counts) / len(which) * volumes.sum()
    assert (np.abs(exact - counts / len(which) * volumes.sum()) < 4 * error + 1e-12).all()
    np.testing.assert_allclose(exact.sum(), volumes.sum(), rtol=1e-14)


def test_layers_of_one_sphere():
    """A cap of height h holds pi h^2 (3 r - h) / 3; planes beyond the sphere hold nothing."""
    r, h = 0.3, 0.1
    found = layer_volumes(np.array([1.0]), np.array([r]), np.array([0.0, 0.7, 0.8, 1.0, 1.3, 2.0]))
    cap = np.pi * h**2 * (3 * r - h) / 3
    half = 2 / 3 * np.pi * r**3
    np.testing.assert_allclose(found, [0, cap, half - cap, half, 0], rtol=1e-13, atol=1e-16)
    assert solid_fraction(np.array([1.0]), np.array([r]), 2.0, 0.7, 1.3) == pytest.approx(2 * half / (2.0 * 0.6))


@pytest.mark.parametrize(("smallest", "n"), [(0.1, 1), (0.1, 700), (0.02, 700)])
def test_lattice_has_no_overlap_and_stays_inside(smallest, n):
    diameters = RNG.uniform(smallest, 0.1, n)
    size, floor = (0.83, 1.05), 0.2
    x = lattice(diameters, size, floor, np.random.default_rng(1))
    r = diameters / 2
    gaps = np.linalg.norm(x[:, None] - x, axis=2) - r[:, None] - r + 1e9 * np.eye(n)
    assert gaps.min() > 0
    assert (x[:, :2] >= r[:, None]).all() and (x[:, :2] <= np.array(size) - r[:, None]).all()
    assert (x[:, 2] - r >= floor).all()
    layers = np.ceil(n / (int(size[0] / (GAP * 0.1)) * int(size[1] / (GAP * 0.1))))
    assert (x[:, 2] + r).max() <= floor + (layers + 1) * GAP * 0.1
    np.testing.assert_array_equal(x, lattice(diameters, size, floor, np.random.default_rng(1)))

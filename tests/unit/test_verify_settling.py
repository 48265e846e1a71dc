"""Random gases that beds of the verification settle from."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from regolith.verify.settling import gas


def test_grains_of_many_sizes_find_room():
    radii, half, height = np.random.default_rng(1).uniform(1.25e-3, 1.75e-3, 20_000), 0.05, 0.16
    x = gas(radii, (-half, -half, 0), (half, half, height), np.random.default_rng(2))
    assert x.shape == (len(radii), 3)
    assert cKDTree(x).query(x, k=2)[0][:, 1].min() >= 2 * radii.max()
    assert np.abs(x[:, :2]).max() <= half - radii.max() and x[:, 2].max() <= height - radii.max()


def test_as_many_as_random_placing_holds_are_placed_and_more_are_refused():
    box = (0, 0, 0), (21, 21, 21)
    n = int(0.37 * 20**3 / (np.pi / 6))
    x = gas(np.full(n, 0.5), *box, np.random.default_rng(1))
    assert len(x) == n and cKDTree(x).query(x, k=2)[0][:, 1].min() >= 1
    eighths = np.unique((x > 10.5) @ (1, 2, 4), return_counts=True)[1]
    assert len(eighths) == 8 and np.ptp(eighths) < 0.1 * eighths.mean()  # nowhere denser
    with pytest.raises(ValueError, match=r"there is room for \d+ of \d+ spheres"):
        gas(np.full(int(1.15 * n), 0.5), *box, np.random.default_rng(1))


def test_a_box_smaller_than_a_sphere_is_refused():
    with pytest.raises(ValueError, match="there is room for 0 of 1"):
        gas(np.full(1, 0.5), (0, 0, 0), (2, 2, 0.9), np.random.default_rng(1))

"""Random gases that beds of the verification settle from."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from regolith.verify import ball_drop
from regolith.verify.settling import gas


def test_the_grains_that_balls_are_dropped_on_find_room():
    radii, half = ball_drop._grains(), ball_drop.SIDE / 2
    height = ball_drop.DEPTH * ball_drop.FILL / ball_drop.DILUTE
    x = gas(radii, (-half, -half, 0), (half, half, height), np.random.default_rng(2))
    assert x.shape == (len(radii), 3)
    assert cKDTree(x).query(x, k=2)[0][:, 1].min() >= 2 * radii.max()
    assert np.abs(x[:, :2]).max() <= half - radii.max() and x[:, 2].max() <= height - radii.max()


def test_a_gas_that_would_never_be_complete_is_refused():
    with pytest.raises(ValueError, match=r"1000 spheres of 524 m3 cannot be placed at random in 1.19e\+03 m3"):
        gas(np.full(1000, 0.5), (0, 0, 0), (11.6, 11.6, 11.6), np.random.default_rng(1))

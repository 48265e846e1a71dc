"""Size bias and provenance of a sample, against cases done by hand."""

import numpy as np
import pytest

from regolith.traits import distance, quantile, traits

SIZES = np.array([1.0, 2.0, 3.0, 4.0])
ONES = np.ones(4)


def test_quantiles_count_mass():
    assert [quantile(SIZES, ONES, share) for share in (0.1, 0.25, 0.26, 0.5, 0.9, 1.0)] == [1, 1, 2, 2, 4, 4]
    assert quantile(SIZES, np.array([1.0, 1.0, 1.0, 7.0]), 0.5) == 4
    assert quantile(SIZES[::-1], ONES, 0.5) == 2


def test_distance_is_that_of_kolmogorov_and_smirnov():
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(3)
    values, part = rng.integers(0, 12, 300).astype(float), rng.random(300) < 0.3  # with ties
    assert distance(values, np.ones(300), part) == pytest.approx(ks_2samp(values[part], values).statistic)
    assert distance(SIZES, ONES, np.ones(4, bool)) == 0
    assert distance(SIZES, np.array([1.0, 1.0, 1.0, 7.0]), np.array([True, True, False, False])) == pytest.approx(0.8)


def test_a_sample_of_the_larger_and_deeper_half():
    found = traits(SIZES, ONES, np.array([0.1, 0.2, 0.3, 0.4]), SIZES > 2)
    assert found == {
        "size_bias": 1.5, "size_bias_ks": 0.5,
        "origin_depth_p10_m": 0.3, "origin_depth_p50_m": 0.3, "origin_depth_p90_m": 0.4,
    }  # fmt: skip


def test_nothing_captured_has_no_traits():
    found = traits(SIZES, ONES, SIZES, np.zeros(4, bool))
    assert len(found) == 5 and set(found.values()) == {None}

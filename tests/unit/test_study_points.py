"""The points of a study: lists and grids crossed, entries zipped, ranges sampled."""

import math
import re
import sys

import numpy as np
import pytest

from regolith.config.study import load_study_file
from regolith.sweep.design import points
from regolith.sweep.plan import make_study
from tests.unit.study_desk import COHESION, RANGE, SOBOL, refusal, study_writer

study = pytest.fixture(study_writer)


def values_of(path) -> list[dict]:
    return [point for point, _ in points(load_study_file(path)[1])]


def test_lists_and_grids_are_crossed_in_their_order_and_repeats_go_fastest(study):
    path = study(COHESION + '[vary."motion.speed"]\ngrid = ["10 cm/s", 0.4]\nsteps = 3\nscale = "log"', "repeats = 2")
    drawn = list(points(load_study_file(path)[1]))
    assert [repeat for _, repeat in drawn] == [0, 1] * 6
    assert [tuple(point.values()) for point, repeat in drawn if not repeat] == [
        (cohesion, speed) for cohesion in ("50 kPa", "150 kPa") for speed in (0.1, 0.2, 0.4)
    ]


def test_grids_of_whole_numbers_are_whole(study):
    path = study('[vary."numerics.contact_steps"]\ngrid = [20, 60]\nsteps = 3')
    assert [repr(point["numerics.contact_steps"]) for point in values_of(path)] == ["20", "40", "60"]


def test_zipped_entries_vary_together_and_are_crossed_with_others(study):
    path = study(
        '[vary."tool.width"]\nvalues = [0.08, 0.09]\nzip = "size"\n'
        + COHESION
        + '[vary."bed.size"]\nvalues = [[0.32, 0.18], [0.34, 0.2]]\nzip = "size"\n'
    )
    assert [list(point.values()) for point in values_of(path)] == [
        [0.08, "50 kPa", [0.32, 0.18]], [0.08, "150 kPa", [0.32, 0.18]],
        [0.09, "50 kPa", [0.34, 0.2]], [0.09, "150 kPa", [0.34, 0.2]],
    ]  # fmt: skip


def test_ranges_are_one_design_crossed_with_lists(study):
    path = study(RANGE + COHESION + '[vary."motion.speed"]\nrange = [0.1, 0.4]\nscale = "log"', SOBOL)
    drawn = values_of(path)
    pairs = [(point["motion.attack_angle"], point["motion.speed"]) for point in drawn]
    assert len(drawn) == 8 and len(set(pairs)) == 4
    assert [point["soil.cohesion"] for point in drawn] == ["50 kPa", "150 kPa"] * 4
    assert pairs[::2] == pairs[1::2]


@pytest.mark.parametrize("sampler", ["latin-hypercube", "sobol"])
def test_samples_cover_each_range_evenly(study, sampler):
    """One point in each of the n slices of every range, in the logarithm where that is asked for."""
    path = study(
        RANGE + '[vary."motion.speed"]\nrange = [0.1, 0.4]\nscale = "log"', f'sampler = "{sampler}"\nsamples = 16'
    )
    drawn = values_of(path)
    low, high = math.radians(20), math.radians(40)
    angle = [(point["motion.attack_angle"] - low) / (high - low) for point in drawn]
    speed = [math.log(point["motion.speed"] / 0.1) / math.log(4) for point in drawn]
    for shares in (angle, speed):
        assert sorted(int(16 * share) for share in shares) == list(range(16))
    assert abs(np.corrcoef(angle, speed)[0, 1]) < 0.6


def test_saltelli_changes_one_range_at_a_time(study):
    path = study(RANGE + '[vary."motion.speed"]\nrange = [0.1, 0.4]\n', 'sampler = "saltelli"\nsamples = 8')
    drawn = np.array([list(point.values()) for point in values_of(path)]).reshape(8, 4, 2)
    a, first, second, b = drawn.transpose(1, 0, 2)
    assert (first == np.stack([b[:, 0], a[:, 1]], axis=1)).all() and (
        second == np.stack([a[:, 0], b[:, 1]], axis=1)
    ).all()
    assert make_study(path).samples == 8 and len(make_study(path).runs) == 32


def test_saltelli_without_salib_says_what_to_install(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.sample", None)
    path = study(RANGE, 'sampler = "saltelli"\nsamples = 8')
    assert re.search(
        r"try.toml: sampler = \"saltelli\": needs SALib, which is not installed; install it", refusal(path)
    )


def test_samples_follow_the_seed(study):
    first, again, other = (values_of(study(RANGE, SOBOL + f"seed = {seed}")) for seed in (1, 1, 2))
    assert first == again != other

"""Rocks find free places, take the room of the grains that lay there, and say so when there is none."""

import numpy as np
import pytest

from regolith.config import load_mission
from regolith.errors import ConfigError
from regolith.rocks import Rocks, displaced, draw_rocks, largest_rock

GAP = 0.01


def mission(*rocks: str):
    return load_mission("scoop-preview", [f"bed.rocks=[{', '.join(rocks)}]"])


def test_random_rocks_keep_apart_and_inside():
    config = mission(
        '{diameter=["15 mm", "25 mm"], number=6, depth=["25 mm", "70 mm"]}', '{diameter="30 mm", number=2}'
    )
    rocks = draw_rocks(config, 3000.0, GAP)
    assert len(rocks.radii) == 8 and largest_rock(config) == 0.03
    size = np.array([*config.bed.size, config.bed.depth])
    keep = rocks.radii[:, None] + GAP
    assert (rocks.positions >= keep).all() and (rocks.positions <= size - keep).all()
    depth = config.bed.depth - rocks.positions[:6, 2]
    assert (depth >= 0.025).all() and (depth <= 0.07).all()
    for i in range(8):
        others = np.arange(8) != i
        distance = np.linalg.norm(rocks.positions[others] - rocks.positions[i], axis=1)
        assert (distance >= rocks.radii[others] + rocks.radii[i] + GAP).all()
    np.testing.assert_allclose(rocks.masses, 3000 * 4 / 3 * np.pi * rocks.radii**3)


def test_same_seed_same_rocks():
    config = mission('{diameter="20 mm", number=4}')
    first, again = draw_rocks(config, 3000.0, GAP), draw_rocks(config, 3000.0, GAP)
    np.testing.assert_array_equal(first.positions, again.positions)
    other = draw_rocks(config.model_copy(update={"seed": 2}), 3000.0, GAP)
    assert (other.positions != first.positions).any()


def test_stated_place_and_density():
    rocks = draw_rocks(mission('{diameter="20 mm", position=[0.1, 0.09, 0.04], density=2500}'), 3000.0, GAP)
    np.testing.assert_allclose(rocks.positions, [[0.1, 0.09, 0.055]])
    assert rocks.masses[0] == pytest.approx(2500 * 4 / 3 * np.pi * 0.01**3)


@pytest.mark.parametrize(
    ("rock", "words"),
    [
        ('{diameter="80 mm", number=40}', "finds no place"),
        ('{diameter="20 mm", position=[0.005, 0.09, 0.04]}', "finds no place"),
        ('{diameter=["30 mm", "20 mm"]}', "the first must be the smaller one"),
        ('{diameter="20 mm", number=2, position=[0.1, 0.1, 0.05]}', "one rock"),
    ],
)
def test_impossible_rocks_are_refused(rock, words):
    with pytest.raises(ConfigError, match=words):
        draw_rocks(mission(rock), 3000.0, GAP)


def test_grains_in_a_rocks_place_give_way():
    rocks = Rocks(np.array([[0.0, 0.0, 0.0]]), np.array([0.02]), np.array([0.1]))
    positions, radii = np.array([[0.0, 0.0, 0.024], [0.0, 0.026, 0.0], [0.1, 0.0, 0.0]]), np.array([5e-3, 5e-3, 5e-3])
    assert displaced(rocks, positions, radii).tolist() == [True, False, False]

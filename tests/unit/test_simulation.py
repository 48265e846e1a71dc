"""What a simulation lets its users do between steps."""

import numpy as np

from regolith.verify import balance


def springs_of(sim) -> dict[tuple[int, int], np.ndarray]:
    """Springs of touching pairs by ids, the lower one first; they change sign with the order."""
    pairs = sim.pairs()
    return {
        (min(i, j), max(i, j)): springs * (1 if i < j else -1)
        for i, j, springs in zip(pairs["i"].tolist(), pairs["j"].tolist(), pairs["springs"], strict=True)
    }


def test_grains_that_grow_meet_their_neighbours_and_keep_their_springs():
    """Grains grow until many touch: the list knows every new neighbour, and old contacts keep their springs."""
    rng = np.random.default_rng(2)
    n, r = 300, balance.R
    places = balance.scatter(rng, np.full(n, 1.3 * r))
    sim = balance.stage().put(places, 1.3 * r, time_step=balance.DT, velocities=0.01 * rng.normal(size=(n, 3)))
    for radius in np.linspace(1.35, 1.6, 4) * r:
        sim.step(20)
        before = springs_of(sim)
        sim.resize(radius)
        after = springs_of(sim)
        assert all((after[pair] == springs).all() for pair, springs in before.items())
        overlapping = balance.touching(sim.grains())
        sim.step()
        assert overlapping == balance.known(sim.pairs())
    assert len(overlapping) > 30 and len(before) > 20

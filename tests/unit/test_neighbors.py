"""The pair list against brute force, and what it carries over a rebuild."""

from types import SimpleNamespace

import numpy as np
import pytest
from regolith_kernels import exchange
from regolith_kernels.precision import real, ti
from regolith_kernels.state import Setting

from regolith import snapshot
from regolith.box import Box
from regolith.errors import ConfigError
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.pair_list import SKIN, PairList
from regolith.pair_table import law_type
from regolith.particles import State
from regolith.runtime import started
from regolith.simulation import Simulation
from regolith.walls import Surroundings

DT = 1e-5
CASES = {  # smallest and largest radius, grains, sides of the box, periodic axes
    "equal, walled": (0.02, 0.02, 600, (1, 1, 1), (False, False, False)),
    "1 to 3, periodic": (0.015, 0.045, 700, (1, 1, 1), (True, True, True)),
    "1 to 20, periodic along x": (0.005, 0.1, 900, (1, 1, 1), (True, False, False)),
    "shortest along x, periodic there": (0.015, 0.045, 700, (0.5, 2.0, 1.0), (True, False, False)),
    "shortest along y": (0.015, 0.045, 700, (1.0, 0.4, 2.5), (True, False, True)),
    "shortest along z, periodic": (0.01, 0.04, 700, (2.0, 1.2, 0.4), (True, True, True)),
}


def listed(sim) -> set[tuple[int, int]]:
    """Pairs of ids on the list; a pair that is on it twice fails."""
    raw, ids = snapshot.get_pairs(sim), snapshot.get_grains(sim)["id"]
    assert (raw["i"] < raw["j"]).all()
    pairs = np.sort(np.stack([ids[raw["i"]], ids[raw["j"]]], axis=1), axis=1)
    found = set(map(tuple, pairs.tolist()))
    assert len(found) == len(pairs)
    return found


def expected(x, radii, allowance, period) -> set[tuple[int, int]]:
    """Pairs nearer than both radii and allowances, by brute force."""
    branch = x[:, None] - x
    branch -= period * np.round(branch / np.where(period > 0, period, 1.0))
    reach = radii + allowance
    near = np.linalg.norm(branch, axis=2) < reach[:, None] + reach
    i, j = np.nonzero(np.triu(near, 1))
    return set(zip(i.tolist(), j.tolist(), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_the_list_holds_exactly_the_pairs_within_reach(case):
    low, high, n, sides, periodic = CASES[case]
    started()
    rng = np.random.default_rng(12)
    radii = np.exp(rng.uniform(np.log(low), np.log(high), n)).astype(np.float32).astype(float)
    radii[:2] = np.float32([low, high])
    lower = np.array([-0.2, 0.0, 0.1])
    box = Box(lower=lower, upper=lower + sides, periodic=periodic)
    law, n_springs = law_type(Law())
    springs = ti.types.matrix(n_springs, 3, real)
    state = State(n, 1, law, springs)
    pairs = PairList(state, radii, box, springs)
    state.setting[None] = Setting(period=box.period, inverse_period=pairs.inverse_period)
    surroundings = Surroundings([], {}, high, n)
    sim = SimpleNamespace(state_group=state, pair_list=pairs, n_grains=n, n_springs=n_springs)
    for fast in (0.0, 0.2):  # share of grains that cross up to a third of their radius while the list lasts
        x = lower + rng.uniform(0, sides, (n, 3))
        v = rng.normal(size=(n, 3)) * np.where(rng.random(n) < fast, 0.3 * radii / (60 * DT), 1e-4)[:, None]
        pairs.start_over(n)
        exchange.put_grains(state, x, v, 0 * v, radii, radii**3, np.zeros(n, np.int32), np.arange(n, dtype=np.int32))
        pairs.refresh(0, DT, surroundings)
        ids = snapshot.get_grains(sim)["id"]
        allowance = np.empty(n)
        allowance[ids] = snapshot._get_list_state(sim)["allowance"]
        assert (allowance >= 0.999 * SKIN * radii).all()
        assert pairs.n_active == n
        assert listed(sim) == expected(x, radii, allowance, box.period)
    for group in (pairs, surroundings.walls, state):
        group.destroy()


def test_grains_outside_the_box_are_lost_and_listed_with_nobody():
    started()
    law, n_springs = law_type(Law())
    springs = ti.types.matrix(n_springs, 3, real)
    state = State(5, 1, law, springs)
    radii = np.full(5, float(np.float32(0.02)))
    pairs = PairList(state, radii, Box(lower=[0] * 3, upper=[1] * 3), springs)
    x = np.array([[0.5, 0.5, 0.5], [0.53, 0.5, 0.5], [1.001, 0.5, 0.5], [0.5, -1e-9, 0.5], [0.55, 0.5, 0.5]])
    exchange.put_grains(state, x, 0 * x, 0 * x, radii, radii, np.zeros(5, np.int32), np.arange(5, dtype=np.int32))
    pairs.refresh(0, DT, Surroundings([], {}, 0.02, 5))
    sim = SimpleNamespace(state_group=state, pair_list=pairs, n_grains=5, n_springs=n_springs)
    assert pairs.n_active == 3
    assert set(snapshot.get_grains(sim)["id"][3:].tolist()) == {2, 3}
    assert listed(sim) == {(0, 1), (1, 4)}


def test_a_periodic_box_of_a_few_grains_is_refused():
    started()
    law, n_springs = law_type(Law())
    springs = ti.types.matrix(n_springs, 3, real)
    state = State(2, 1, law, springs)
    box = Box(lower=[0] * 3, upper=[0.1] * 3, periodic=(True, False, False))
    with pytest.raises(ConfigError, match="periodic"):
        PairList(state, np.full(2, 0.02), box, springs)


def test_springs_survive_a_rebuild_that_changes_the_order_of_grains(figures, precision):
    history = figures("shaker", precision)["history"]
    assert history["pairs"] > 15 and history["swapped_rolling"] > 2 and history["swapped_twisting"] > 2
    assert history["worst"] == 0.0


def test_rebuilding_at_every_second_step_changes_nothing(figures, precision):
    # the order of sums changes, so forces differ in their last digit and impacts carry it on
    limit = {"mixed": 1e-3, "f64": 1e-10}[precision]
    assert max(figures("shaker", precision)["no_rebuild"].values()) < limit


def test_a_state_taken_before_the_first_step_brings_no_pairs_of_later_ones():
    with Simulation(
        [[0, 0, 0], [0, 0, 0.0199]],
        0.01,
        materials=[Material(name="grain", density=2500, youngs_modulus=1e7, poisson_ratio=0.2)],
        contacts=Contact(restitution=0.5, friction=0.5),
        box=Box(lower=[-1] * 3, upper=[1] * 3),
        time_step=1e-5,
    ) as sim:
        start = sim.take()
        sim.step(3)
        assert sim.contact_sums()["touching"] == 1
        sim.restore(*start)
        assert sim.contact_sums()["touching"] == 0
        sim.step(3)
        assert sim.contact_sums()["touching"] == 1


def test_room_for_partners_is_kept_for_all_grains_when_few_of_them_had_many():
    """It was made for as many as were there at the time: the next case then wrote beyond its end."""
    started()
    n, few = 500, 60
    rng = np.random.default_rng(6)
    law, n_springs = law_type(Law())
    springs = ti.types.matrix(n_springs, 3, real)
    state = State(n, 1, law, springs)
    radii = np.full(n, float(np.float32(0.02)))
    box = Box(lower=[0] * 3, upper=[2] * 3)
    pairs = PairList(state, radii, box, springs)
    for x in (1 + rng.uniform(-1e-3, 1e-3, (few, 3)), rng.uniform(0.1, 0.6, (n, 3))):
        ids, r = np.arange(len(x), dtype=np.int32), radii[: len(x)]
        pairs.start_over(len(x))
        exchange.put_grains(state, x, 0 * x, 0 * x, r, r, 0 * ids, ids)
        pairs.refresh(0, DT, Surroundings([], {}, 0.02, n))
        assert pairs.slots.partners.shape[0] >= n * pairs.slots.per_grain
    sim = SimpleNamespace(state_group=state, pair_list=pairs, n_grains=n, n_springs=n_springs)
    assert len(listed(sim)) == pairs.n_pairs > 0

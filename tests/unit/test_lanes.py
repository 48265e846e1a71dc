"""Contacts in groups: the same forces however many lanes there are, as on a GPU, where a group is one contact."""

from dataclasses import replace

import numpy as np
import pytest
from regolith_kernels.lanes import group_of

from regolith import particles
from regolith.box import Box
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.simulation import Simulation
from regolith.snapshot import restore, take
from regolith.surfaces import Plane

N, RADIUS = 150, 0.01
MATERIALS = [Material(name=n, density=2500, youngs_modulus=e, poisson_ratio=0.2) for n, e in (("a", 1e7), ("b", 2e7))]
ROUGH = Contact(restitution=0.5, friction=0.5, rolling_friction=0.1, twisting_friction=0.1, cohesion=1e4)


def run(law: Law, lanes: int | None, rows: int = 2, materials: list[Material] = MATERIALS) -> dict[str, np.ndarray]:
    """A crowd, of the first `rows` materials, that flies through itself for ten steps."""
    rng = np.random.default_rng(4)
    with Simulation(
        rng.uniform(0, 0.1, (N, 3)),
        RADIUS * rng.uniform(0.5, 1.0, N),
        materials=materials,
        contacts=ROUGH,
        box=Box(lower=[0] * 3, upper=[0.1] * 3, periodic=(True, True, True)),
        time_step=1e-6,
        law=law,
        material_index=rng.integers(0, 2, N) % rows,
        velocities=rng.normal(0, 0.1, (N, 3)),
        spins=rng.normal(0, 10, (N, 3)),
        overlap_limit=2.0,
    ) as sim:
        if lanes is not None:
            state = sim.state_group
            state.n_lanes, state.leaders, state.turns = lanes, 1, 1
            state.group_type = group_of(lanes, sim.n_springs)
        sim.step(10)
        pairs = sim.pairs()
        order = np.lexsort((pairs["j"], pairs["i"]))
        return sim.grains() | {"springs": pairs["springs"][order], "n_pairs": np.array(len(order))}


@pytest.mark.parametrize("law", [Law(), Law(rolling="none"), Law(normal="linear", twisting="sds", k_n=1e3, k_t=5e2)])
def test_forces_do_not_depend_on_the_number_of_lanes(law):
    many, one = run(law, None), run(law, 1)
    assert many["n_pairs"] == one["n_pairs"] > N
    for key in ("force", "torque", "velocity", "springs"):
        assert np.abs(many[key]).max() > 0
        np.testing.assert_allclose(many[key], one[key], rtol=0, atol=2e-5 * np.abs(one[key]).max())


@pytest.mark.parametrize("lanes", [None, 1])
def test_grains_of_one_material_feel_what_those_of_two_like_it_feel(lanes):
    twins = [MATERIALS[0], replace(MATERIALS[0], name="twin")]
    one, two = (run(Law(), lanes, rows, twins) for rows in (1, 2))
    assert one["n_pairs"] == two["n_pairs"] > N
    assert set(two["material"]) == {0, 1} and set(one["material"]) == {0}
    for key in ("force", "torque", "velocity", "springs"):
        assert np.abs(one[key]).max() > 0
        np.testing.assert_allclose(one[key], two[key], rtol=0, atol=2e-5 * np.abs(two[key]).max())


def test_grains_may_stop_being_alike():
    touching, grains = [[0.04, 0.05, 0.05], [0.0599, 0.05, 0.05]], {"radii": np.full(2, RADIUS), "time_step": 1e-6}
    box = Box(lower=[0] * 3, upper=[0.1] * 3, periodic=(True, True, True))
    with Simulation(touching, materials=MATERIALS, contacts=ROUGH, box=box, law=Law(), **grains) as sim:
        forces, states = [], []
        for index in ([0, 0], [0, 1], [0, 0]):
            sim.start_over(touching, material_index=index, gravity=(0, 0, 0), **grains)
            sim.step(1)
            forces.append(float(np.abs(sim.grains()["force"]).max()))
            states.append(take(sim))
        restore(sim, *states[1])
        sim.step(1)
        restored = float(np.abs(sim.grains()["force"]).max())
    assert restored == pytest.approx(forces[1], rel=1e-3)
    # E* of the pair is 4/3 of that of two of the softer material
    assert forces[1] / forces[0] == pytest.approx(4 / 3, rel=1e-4) and forces[2] == forces[0]


def falling(n: int) -> dict[str, np.ndarray]:
    """A layer of grains that rains on a floor and along a wall, and what these felt over twenty steps."""
    rng = np.random.default_rng(5)
    cells = np.stack(np.divmod(np.arange(n), 80), axis=1)
    positions = np.column_stack([(cells + 0.5) * 2.1 * RADIUS, np.full(n, 0.999 * RADIUS)])
    size = 2.1 * RADIUS * (cells.max(axis=0) + 1)
    with Simulation(
        positions,
        RADIUS,
        materials=MATERIALS[:1],
        contacts=ROUGH,
        box=Box(lower=[-RADIUS] * 3, upper=[*(size + RADIUS), 0.1]),
        time_step=1e-6,
        surfaces=[
            Plane(point=(0, 0, 0), normal=(0, 0, 1), material="a", name="floor"),
            Plane(point=(0.06 * RADIUS, 0, 0), normal=(1, 0, 0), material="a", name="wall"),
        ],
        velocities=rng.normal(0, 0.1, (n, 3)) - (0, 0, 1),
    ) as sim:
        sim.step(20)
        tallies = [sim.tally(name) for name in ("floor", "wall")]
        return {k: np.array([t[k] for t in tallies]) for k in ("impulse", "angular_impulse")}


@pytest.mark.parametrize("n", [65, 4097])
def test_wrenches_do_not_depend_on_how_they_are_summed(n, monkeypatch):
    blocks = falling(n)
    monkeypatch.setattr(particles, "on_cpu", lambda: False)  # a GPU's layout: a grain a block, summed by a tree
    tree = falling(n)
    assert blocks["impulse"][0, 2] < 0 < abs(blocks["impulse"][1, 0])
    for key, felt in blocks.items():
        np.testing.assert_allclose(tree[key], felt, rtol=0, atol=1e-6 * np.abs(felt).max())

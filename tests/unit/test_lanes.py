"""Contacts in groups: the same forces however many lanes there are, as on a GPU, where a group is one contact."""

import numpy as np
import pytest
from regolith_kernels.lanes import group_of

from regolith.box import Box
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.simulation import Simulation

N, RADIUS = 150, 0.01
MATERIALS = [Material(name=n, density=2500, youngs_modulus=e, poisson_ratio=0.2) for n, e in (("a", 1e7), ("b", 2e7))]
ROUGH = Contact(restitution=0.5, friction=0.5, rolling_friction=0.1, twisting_friction=0.1, cohesion=1e4)


def run(law: Law, lanes: int | None) -> dict[str, np.ndarray]:
    """A crowd that flies through itself for ten steps."""
    rng = np.random.default_rng(4)
    with Simulation(
        rng.uniform(0, 0.1, (N, 3)),
        RADIUS * rng.uniform(0.5, 1.0, N),
        materials=MATERIALS,
        contacts=ROUGH,
        box=Box(lower=[0] * 3, upper=[0.1] * 3, periodic=(True, True, True)),
        time_step=1e-6,
        law=law,
        material_index=rng.integers(0, 2, N),
        velocities=rng.normal(0, 0.1, (N, 3)),
        spins=rng.normal(0, 10, (N, 3)),
        overlap_limit=2.0,
    ) as sim:
        if lanes is not None:
            state = sim.state_group
            state.n_lanes, state.leaders, state.group_type = lanes, 1, group_of(lanes, sim.n_springs)
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

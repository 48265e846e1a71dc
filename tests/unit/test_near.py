"""Which surfaces a grain is near: those that it may touch before it is asked again, and few others."""

import numpy as np
import pytest

from regolith import pair_list
from regolith.drive import Motion
from regolith.poses import Angles
from regolith.runtime import started
from tests.unit.sleeping_bed import make_bed

BLADE = 1
END = 0.05  # of the motion [s]
# Down into the bed from above it, then along and out at up to 1.4 m/s, turning
POSES = [(0.03, 0.03, 0.06), (0.03, 0.03, 0.03), (0.05, 0.03, 0.03), (0.03, 0.03, 0.06)]


@pytest.fixture(scope="module")
def bed():
    started()
    with make_bed(None) as sim:
        yield sim, sim.take()


def swept(sim, start) -> tuple[dict[str, np.ndarray], list[int]]:
    """What a fast blade leaves of the bed, and how many grains were near it along its way."""
    sim.restore(*start)
    times = sim.time + np.linspace(0.0, END, len(POSES))
    sim.set_motion("blade", Motion.waypoints(times, POSES, Angles([0.0, 0.3, -0.3, 0.0]), easing="smooth"))
    near = []
    while sim.time < times[-1]:
        sim.step(50)
        near.append(int((sim.take()[0]["list/near"] >> BLADE & 1).sum()))
    return sim.take()[0], near


def at_once(sim, start) -> dict[str, np.ndarray]:
    """What is left of the bed by a blade that stands over it, is told to go at 3 m/s, turning, and by a tap."""
    sim.restore(*start)
    here = np.array([0.03, 0.03, 0.040])
    sim.set_motion("blade", Motion.at_rest(here))
    sim.step(10)
    ends = sim.time + np.array([0.0, 0.01])
    sim.set_motion("blade", Motion.waypoints(ends, [here, here - (0, 0, 0.03)], Angles([0.0, 0.3]), easing="linear"))
    sim.step(30)
    sim.kick((0.5, 0.0, -1.0))
    sim.step(100)
    return sim.take()[0]


def test_what_is_told_to_move_at_once_is_met_at_once(bed, monkeypatch):
    few = at_once(*bed)
    find_near = pair_list.find_near
    monkeypatch.setattr(pair_list, "find_near", lambda *words: find_near(*words[:-1], 1.0))
    many = at_once(*bed)
    assert np.abs(few["tallies"][BLADE][:3]).max() > 0
    for name in few:
        if name != "list/near":
            np.testing.assert_array_equal(few[name], many[name], err_msg=name)


def test_no_contact_with_a_fast_blade_is_missed_and_grains_elsewhere_do_not_ask(bed, monkeypatch):
    few, near = swept(*bed)
    impulses = few["tallies"][BLADE]
    find_near = pair_list.find_near
    monkeypatch.setattr(pair_list, "find_near", lambda *words: find_near(*words[:-1], 1.0))  # [m]: wherever it may go
    many, all_near = swept(*bed)
    assert max(near) < 0.5 * bed[0].n_grains < min(all_near) and np.abs(impulses[:3]).max() > 0
    for name in few:
        if name != "list/near":
            np.testing.assert_array_equal(few[name], many[name], err_msg=name)

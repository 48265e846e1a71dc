"""The plan of a drilling operation, on a drive that does as it is told: phases, stalls, recoveries, limits."""

import json

import numpy as np
import pytest

from regolith.config.drills import DrillMotion
from regolith.descent import Descent
from regolith.drilling import LOOK_EVERY, Driller

DT, GAP = 1e-3, 0.01
WORDS = {"kind": "drill", "depth": 0.1, "feed_rate": 0.05, "spin_rate": 10.0, "stall_time": 0.2, "draw_back": 0.02}


class Rig:
    """A drive that follows its set points at once, but cannot pass `hard` [m] nor turn below `jam` [m]."""

    def __init__(self, hard: float = 1.0, jam: float = 1.0, soft_after: float = 1e9) -> None:
        self.time_step, self.step_count, self.advance, self.spin = DT, 0, 0.0, 0.0
        self.hard, self.jam, self.soft_after = hard + GAP, jam + GAP, soft_after
        self.set, self.closed = [], 0

    @property
    def time(self) -> float:
        return self.step_count * DT

    def set_drive(self, name: str, setting) -> None:
        assert name == "drill"
        self.set.append(setting)

    def drive(self, name: str) -> dict[str, float]:
        return {"advance": self.advance, "spin_rate": self.spin}

    def close(self) -> None:
        self.closed += 1

    def step(self, n: int) -> None:
        now, hard = self.set[-1], self.hard if self.time < self.soft_after else 1e9
        self.advance = round(min(self.advance + now.feed_rate * n * DT, max(hard, self.advance)), 12)
        self.spin = now.spin_rate if self.advance < self.jam else 0.0
        self.step_count += n


def driller_on(rig: Rig, **words) -> Driller:
    way = Descent(words=DrillMotion(**WORDS | words), origin=np.zeros(3), gap=GAP, reach=0.03)
    return Driller(way, rig, rig.close)


def run(rig: Rig, driller: Driller, most: int = 100_000) -> None:
    while not driller.over():
        rig.step(driller.next_look(rig.step_count) - rig.step_count)
        assert rig.step_count < most


def carried_out(rig: Rig, **words) -> Driller:
    driller = driller_on(rig, **words)
    driller.begin()
    run(rig, driller)
    return driller


def names(driller: Driller) -> list[str]:
    return [name for name, _, _ in driller.phases]


def test_reaches_its_depth_closes_and_comes_back():
    rig = Rig()
    driller = carried_out(rig, retract_rate=0.2, hold=0.5)
    assert driller.outcome == "done" and "0.1 m" in driller.reason
    assert names(driller) == ["approach", "drill", "retract", "hold"]
    assert driller.depth == pytest.approx(0.1, abs=0.05 * LOOK_EVERY * DT)
    assert rig.closed == 1 and rig.advance <= 0
    assert [s.feed_rate for s in rig.set] == [0.05, -0.2, 0.0]
    assert driller.phases[-1][2] - driller.phases[-1][1] == pytest.approx(0.5, abs=2 * LOOK_EVERY * DT)


def test_open_bore_is_not_closed():
    rig = Rig()
    carried_out(rig, closure="open")
    assert rig.closed == 0


def test_weight_and_hammer_rest_while_it_is_drawn_out():
    rig = Rig()
    carried_out(rig, weight_on_bit=50.0, retract_rate=0.1, percussion={"frequency": 10, "energy": 1})
    down, up = rig.set[0], rig.set[1]
    assert down.weight_on_bit == 50 and down.percussion.energy == 1
    assert up.weight_on_bit is None and up.percussion is None


def test_stops_where_it_cannot_come_forward():
    rig = Rig(hard=0.04)
    driller = carried_out(rig)
    assert driller.outcome == "stalled" and "came forward by 0 mm" in driller.reason
    assert driller.depth == pytest.approx(0.04)
    assert rig.closed == 1


def test_stops_where_it_cannot_turn():
    driller = carried_out(Rig(jam=0.03))
    assert driller.outcome == "stalled" and "turned slower" in driller.reason
    # it went on being pushed for the stall time before it was sure
    assert 0.03 < driller.depth < 0.03 + 0.05 * (0.2 + 3 * LOOK_EVERY * DT)


def test_recovers_as_often_as_told():
    rig = Rig(hard=0.04)
    driller = carried_out(rig, on_stall="recover", attempts=2, draw_back=0.015)
    assert driller.outcome == "stalled" and "after 2 recoveries" in driller.reason
    assert names(driller).count("recover") == 2
    assert driller.result()["recoveries"] == 2


def test_each_recovery_lifts_from_where_the_bit_is():
    """A second stall higher up is drawn back from as far as the first, and none lifts the bit out of the soil."""
    rig = Rig(hard=0.04)
    driller = driller_on(rig, on_stall="recover", attempts=2, draw_back=0.015)
    driller.begin()
    lows, before = [], "approach"
    while not driller.over():
        rig.step(driller.next_look(rig.step_count) - rig.step_count)
        now = driller.take()["memory"]["phase"]
        if before == "recover" and now == "drill":
            lows.append(rig.advance - GAP)
            rig.hard = GAP + 0.03  # the hole has fallen in
        before = now
    assert lows == pytest.approx([0.025, 0.015], abs=0.05 * LOOK_EVERY * DT)


def test_a_recovery_stays_in_the_soil():
    rig = Rig(hard=0.01)
    driller = driller_on(rig, on_stall="recover", attempts=1, draw_back=0.05)
    driller.begin()
    shallowest = 1.0
    while not driller.over():
        rig.step(driller.next_look(rig.step_count) - rig.step_count)
        if driller.take()["memory"]["attempts"]:
            shallowest = min(shallowest, rig.advance - GAP)
    assert shallowest > -0.05 * LOOK_EVERY * DT


def test_recovery_goes_through_what_has_given_way():
    driller = carried_out(Rig(hard=0.04, soft_after=2.0), on_stall="recover", attempts=5)
    assert driller.outcome == "done" and driller.result()["recoveries"] > 0


def test_time_limit_ends_it_where_it_is():
    driller = carried_out(Rig(), time_limit=1.0)
    assert driller.outcome == "limit" and "time limit of 1 s" in driller.reason
    assert driller.depth == pytest.approx(0.04, abs=0.05 * 2 * LOOK_EVERY * DT)


def test_restart_decides_alike():
    whole = Rig(hard=0.04)
    first = carried_out(whole, on_stall="recover", retract_rate=0.1)
    rig = Rig(hard=0.04)
    driller = driller_on(rig, on_stall="recover", retract_rate=0.1)
    driller.begin()
    while not driller.over():
        rig.step(37 if rig.step_count % LOOK_EVERY == 0 else driller.next_look(rig.step_count) - rig.step_count)
        kept = json.loads(json.dumps(driller.take()))
        driller = driller_on(rig, on_stall="recover", retract_rate=0.1)
        driller.restore(kept)
    assert driller.result() == first.result()
    assert rig.step_count == whole.step_count


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"feed_rate": 0.0}, "feed_rate"),
        ({"max_torque": -1.0}, "max_torque"),
        ({"weight_on_bit": 0.0}, "weight_on_bit"),
        ({"attempts": 0}, "attempts"),
        ({"percussion": {"frequency": 100, "energy": 1, "duration": 0.02}}, "at most half of the time between blows"),
    ],
)
def test_impossible_drives_are_refused(words, said):
    with pytest.raises(ValueError, match=said):
        DrillMotion(**WORDS | words)

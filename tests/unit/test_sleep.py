"""Grains that sleep: what is kept, what wakes them, and that no bit depends on threads or restarts."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from regolith_kernels.state import ASLEEP, SKIPPED

import regolith
from regolith.bed import bed_hash
from regolith.errors import ConfigError
from regolith.sleep import Sleep
from regolith.soil import make_soil
from tests.mission.tiny import environment
from tests.unit.sleeping_bed import GRAVITY, RULE, make_bed, plough, rest, shoot
from tests.verification.shaker import fingerprint

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def laid():
    """The bed, and its state when all but the waiting grain sleep."""
    with make_bed(RULE) as sim:
        sim.step(1500)
        yield sim, sim.take()


@pytest.fixture
def bed(laid):
    sim, state = laid
    sim.set_motion("blade", sim.surroundings.motions[1].at_rest((0.0, 0.0, 1.0)))
    sim.set_field((0.0, 0.0, -GRAVITY))
    sim.restore(*state)
    return sim


def test_a_bed_at_rest_sleeps_and_weighs_what_it_weighs(bed):
    """All but the falling grain are skipped; the floor still feels them, and nothing of them changes."""
    before = bed.grains()
    bed.step(500)
    after, level = bed.grains(), rest(bed)
    assert (level[:-1] == SKIPPED).mean() > 0.95 and level[-1] == 0
    sleeping = level >= ASLEEP
    assert not after["velocity"][sleeping].any() and not after["spin"][sleeping].any()
    assert (after["position"] == before["position"])[sleeping].all()
    weight = GRAVITY * bed.masses[:-1].sum()
    assert -bed.wrench("floor")[0][2] == pytest.approx(weight, rel=0.02)
    assert np.linalg.norm(after["force"][sleeping], axis=1).max() < 0.2 * GRAVITY * bed.masses.mean()


def test_a_woken_bed_is_in_balance(bed):
    """What was stored of the contacts is what they were: nobody jumps when all wake."""
    bed.set_field((0.0, 0.0, -GRAVITY))
    assert not rest(bed).any()
    bed.step(200)
    speeds = np.linalg.norm(bed.grains()["velocity"][:-1], axis=1)
    assert 0 < speeds.max() < RULE.speed


def test_nothing_is_hit_unnoticed(bed):
    """A grain that shoots down at 1 m/s finds all that it touches awake."""
    shoot(bed, 1.0)
    last, touched = bed.n_grains - 1, 0
    for _ in range(10_000):
        bed.step()
        i, j = bed.links()
        hit = np.concatenate([j[i == last], i[j == last]])
        if len(hit):
            touched += 1
            assert (rest(bed)[hit] < ASLEEP).all()
        if touched > 20:
            break
    assert touched > 20


def test_a_blade_wakes_what_it_nears_and_what_it_pushes(bed):
    """Those near the blade at once, those behind them by what presses on them; those far away sleep on."""
    plough(bed)
    bed.step(4500)
    level, grains = rest(bed)[:-1], bed.grains()
    origin = bed.surroundings.pose_at("blade", bed.time)[0]
    ahead = np.abs(grains["position"][:-1, 0] - origin[0])
    ahead = np.minimum(ahead, 0.08 - ahead)
    assert (level[(ahead < 0.006) & (grains["position"][:-1, 2] > 0.025)] < ASLEEP).all()
    woken = level < ASLEEP
    assert ahead[woken].max() > 0.012  # beyond the blade, its margin and a grain
    assert (level >= ASLEEP).mean() > 0.3
    assert bed.contact_sums()["overlap"] < 0.05


def test_restarts_are_exact(bed):
    """From states taken between two looks, at a look, and around a rebuild, while the blade ploughs."""
    plough(bed)
    bed.step(2000)
    states = []
    for steps in (7, 25, 16):
        bed.step(steps)
        states.append(bed.take())
    rebuilds = bed.pair_list.rebuilds
    while bed.pair_list.rebuilds == rebuilds:
        before = bed.take()
        bed.step()
    states += [before, bed.take()]
    end = bed.step_count + 900
    bed.step(end - bed.step_count)
    assert (rest(bed) == SKIPPED).sum() > 30
    whole = fingerprint(bed)
    for state in states:
        bed.restore(*state)
        bed.step(end - bed.step_count)
        assert fingerprint(bed) == whole


def test_same_bits_for_any_threads():
    words = [[sys.executable, "-m", "tests.unit.sleeping_bed", str(n)] for n in (1, 2)]
    runs = [subprocess.Popen(w, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) for w in words]
    said = [run.communicate(timeout=300)[0].split() for run in runs]
    assert said[0] == said[1]
    assert int(said[0][0]) > 30


def test_nothing_changes_where_nobody_may_sleep(bed):
    """A rule that nobody meets gives the bits of a simulation without one."""
    with make_bed(None) as plain, make_bed(Sleep(speed=1e-30, distance=0.002)) as watched:
        for sim in (plain, watched):
            plough(sim)
            sim.step(2000)
        assert fingerprint(plain) == fingerprint(watched)


def test_a_mission_sleeps_on_the_bed_that_it_has_awake():
    plain, sleepy = (regolith.load_mission("scoop-preview", [f"numerics.sleep={on}"]) for on in ("false", "true"))
    assert not regolith.load_mission("scoop-preview", []).numerics.sleep
    soil = make_soil(plain.soil, plain.gravity)
    assert bed_hash(plain, soil) == bed_hash(sleepy, soil)
    assert plain.content_hash() != sleepy.content_hash()


@pytest.mark.parametrize("wrong", [{"speed": 0.0}, {"balance": -1.0}, {"distance": float("nan")}])
def test_a_rule_that_cannot_be_is_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Sleep(**({"speed": 1e-3, "distance": 0.01} | wrong))

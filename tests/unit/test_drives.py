"""Drives as users state, set and read them; their physics is in the family `drives` of `regolith verify`."""

from dataclasses import replace

import numpy as np
import pytest

import regolith
from regolith import snapshot
from regolith.drive import Motion
from regolith.drives import Drive, DriveSetting, Percussion, columns_of, setting_of
from regolith.errors import ConfigError, OutputError
from regolith.surfaces import Mesh, Plane
from regolith.tools.shapes import box_mesh

DT = 5e-5
BLOW = Percussion(frequency=50.0, energy=0.002, duration=1e-3)
ROCK = regolith.Material(name="rock", density=2500, youngs_modulus=1e7, poisson_ratio=0.2)
BIT = box_mesh((-0.02, -0.01, 0.0), (0.02, 0.01, 0.1))
START = DriveSetting(feed_rate=0.1, spin_rate=20.0, weight_on_bit=1.0, max_force=9.0, max_torque=0.2, percussion=BLOW)
DRILL = Drive(name="drill", mass=1.0, inertia=1e-3, origin=(0, 0, 0.041), setting=START)


def make(drives=(DRILL,), surfaces=None, time_step=DT):
    riders = [
        Mesh(mesh=BIT, material="rock", drive="drill", name="bit"),
        Mesh(mesh=BIT, material="rock", drive="drill", turns=False, name="liner"),
        Plane(point=(0, 0, 0), normal=(0, 0, 1), material="rock", motion=Motion.at_rest(), name="floor"),
    ]
    at = np.stack(np.meshgrid(*[np.linspace(-0.03, 0.03, 4)] * 2, [0.01, 0.03]), axis=-1).reshape(-1, 3)
    return regolith.Simulation(
        at,
        0.01,
        materials=[ROCK],
        contacts=regolith.Contact(restitution=0.5, friction=0.3),
        box=regolith.Box(lower=[-0.3] * 3, upper=[0.3] * 3),
        time_step=time_step,
        gravity=(0, 0, -1.62),
        surfaces=riders if surfaces is None else surfaces,
        drives=drives,
        overlap_limit=1.0,
    )


@pytest.fixture(scope="module")
def drilling():
    """A drill over a few grains on a floor, at its start; tests bring it back there."""
    regolith.start()
    with make() as sim:
        sim.start = sim.take()
        yield sim


@pytest.fixture
def sim(drilling):
    drilling.restore(*drilling.start)
    drilling.set_motion("floor", Motion.at_rest())
    return drilling


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mass": 0.0}, "mass = 0: must be finite and above 0 kg"),
        ({"inertia": -1.0}, "inertia = -1: must be finite and above 0 kg m2"),
        ({"response_time": 1e-6}, "response_time = 1e-06 s: must be at least the time step, 5e-05 s"),
        ({"direction": (0, 0, 0)}, "direction = .*: must be three finite numbers, not all zero"),
        ({"origin": (0, 0)}, "origin: must be finite numbers of shape"),
        ({"rotation": np.ones((3, 3))}, "orthonormal"),
        ({"setting": DriveSetting(max_force=0.0)}, "max_force = 0: must be finite and above 0; None for no limit"),
        ({"setting": DriveSetting(max_spin_power=-3.0)}, "max_spin_power = -3: must be finite and above 0"),
    ],
)
def test_a_drive_out_of_range_is_refused(change, words):
    regolith.start()
    with pytest.raises(ConfigError, match=words):
        make(drives=[replace(DRILL, **change)])


def test_names_that_collide_or_are_unknown_are_refused():
    regolith.start()
    with pytest.raises(ConfigError, match="drives: names must differ"):
        make(drives=[DRILL, DRILL])
    with pytest.raises(ConfigError, match=r"surface 'bit': drive = 'drill': is none of \['winch'\]"):
        make(drives=[replace(DRILL, name="winch")])
    both = Mesh(mesh=BIT, material="rock", drive="drill", motion=Motion.at_rest(), name="bit")
    with pytest.raises(ConfigError, match="surface 'bit': has a motion and a drive; state one of them"):
        make(surfaces=[both])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (DriveSetting(feed_rate=np.inf), "feed_rate = inf: must be finite, or None"),
        (DriveSetting(spin_rate=np.nan), "spin_rate = nan: must be finite, or None"),
        (DriveSetting(weight_on_bit=0.0), "weight_on_bit = 0: must be finite and above 0"),
        (DriveSetting(percussion=replace(BLOW, energy=0.0)), "percussion.energy = 0: must be finite and above 0 J"),
        (DriveSetting(percussion=replace(BLOW, frequency=-1.0)), "percussion.frequency = -1: .* above 0 Hz"),
        (
            DriveSetting(percussion=replace(BLOW, duration=1e-6)),
            "duration = 1e-06 s: must be from the time step, 5e-05",
        ),
        (DriveSetting(percussion=replace(BLOW, duration=0.021)), "to the time between two blows, 0.02 s"),
    ],
)
def test_a_setting_out_of_range_is_refused_and_changes_nothing(sim, setting, words):
    with pytest.raises(ConfigError, match=words):
        sim.set_drive("drill", setting)
    assert sim.drive_setting("drill") == START


def test_drives_that_are_not_there_are_named(sim):
    for ask in (sim.drive, sim.drive_tallies, sim.drive_setting, lambda name: sim.set_drive(name, START)):
        with pytest.raises(ConfigError, match=r"drive 'dril': no such drive; there are \['drill'\]"):
            ask("dril")
    with pytest.raises(ConfigError, match="'bit' is no surface that was made with a motion"):
        sim.set_motion("bit", Motion.at_rest())


@pytest.mark.parametrize("setting", [DriveSetting(), START, DriveSetting(feed_rate=None, spin_rate=None)])
def test_a_setting_comes_back_from_the_device_as_it_was(setting):
    record = {"blows_since": 0.0} | columns_of(setting)
    assert setting_of(record) == setting


def test_surfaces_go_with_their_drive_and_turn_if_they_are_to(sim):
    sim.step(300)
    drive = sim.drive("drill")
    origin, rotation, velocity, spin = sim.surroundings.pose_at("bit", sim.time)
    c, s = np.cos(-drive["angle"]), np.sin(-drive["angle"])  # the direction is down
    assert drive["angle"] > 0.01
    assert origin == pytest.approx([0, 0, 0.041 - drive["advance"]], abs=1e-15)
    assert rotation == pytest.approx(np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]), abs=1e-14)
    assert velocity == pytest.approx([0, 0, -drive["feed_rate"]])
    assert spin == pytest.approx([0, 0, -drive["spin_rate"]])
    at, straight, _, still = sim.surroundings.pose_at("liner", sim.time)
    assert (at == origin).all() and (straight == np.eye(3)).all() and (still == 0).all()
    with pytest.raises(ConfigError, match=r"pose at t = 0 s: .* at the present time alone, 0.015 s"):
        sim.surroundings.pose_at("bit", 0.0)


def test_no_limit_is_ever_exceeded_whatever_is_asked(sim):
    """Set points jump every 40 steps, hammer and grains push back; limits hold in each step, and are reached."""
    rng = np.random.default_rng(3)
    limits = {"max_force": 9.0, "max_torque": 0.5, "max_feed_power": 0.4, "max_spin_power": 0.8}
    seen = dict.fromkeys(limits, 0.0)
    sim.set_drive("drill", replace(START, spin_rate=0.0))
    sim.step(600)
    for _ in range(100):
        asked = {"feed_rate": rng.uniform(-0.3, 0.3), "spin_rate": rng.uniform(-60, 60)}
        sim.set_drive("drill", DriveSetting(**asked, **limits, percussion=BLOW))
        sim.drive_tallies("drill")
        sim.step(40)
        tally = sim.drive_tallies("drill")
        for key in limits:
            peak = tally[key.replace("max", "peak")]
            assert peak <= limits[key]
            seen[key] = max(seen[key], peak)
    assert seen == pytest.approx(limits, rel=1e-6)


def test_what_the_drive_loses_the_grains_gain(sim):
    """Impulses along the axis: actuator, weight and hammer make the body's momentum and what the surfaces felt."""
    sim.step(1500)
    drive, tally = sim.drive("drill"), sim.drive_tallies("drill")
    felt = sum(sim.tally(name)["impulse"][2] for name in ("bit", "liner"))  # up: against the advance
    assert felt > 1e-3
    assert tally["weight_on_bit"] * tally["time"] == pytest.approx(felt, rel=1e-12)
    given = (tally["force"] - tally["weight_on_bit"] + 1.62) * tally["time"] + tally["blows"] * (2 * BLOW.energy) ** 0.5
    assert tally["blows"] == 4
    assert drive["feed_rate"] == pytest.approx(given, rel=1e-9)
    turned = (tally["torque"] - tally["reaction_torque"]) * tally["time"]
    assert drive["spin_rate"] * 1e-3 == pytest.approx(turned, rel=1e-9)
    assert tally["reaction_torque"] * tally["time"] == pytest.approx(sim.tally("bit")["angular_impulse"][2], rel=1e-12)


def test_tallies_are_cleared_when_read_unless_asked_otherwise(sim):
    sim.step(10)
    assert sim.drive_tallies("drill", clear=False) == sim.drive_tallies("drill")
    assert set(sim.drive_tallies("drill").values()) == {0.0}


def test_the_same_percussion_keeps_its_beat_and_another_starts_anew(sim):
    quiet = DriveSetting(feed_rate=None, spin_rate=None)
    sim.set_drive("drill", replace(quiet, percussion=BLOW))
    sim.step(200)
    sim.set_drive("drill", replace(quiet, spin_rate=1.0, percussion=BLOW))
    sim.step(100)
    assert sim.drive_tallies("drill")["blows"] == 1
    sim.set_drive("drill", replace(quiet, percussion=replace(BLOW, energy=0.001)))
    sim.step(1)
    assert sim.drive_tallies("drill")["blows"] == 1


def test_a_restored_drill_goes_on_to_the_last_bit(sim):
    """From a step that is no multiple of the poses' batch, with set points stated anew on the way."""
    sim.step(1237)
    sim.set_drive("drill", replace(START, spin_rate=-7.0, max_feed_power=2.0))
    sim.step(13)
    kept = sim.take()
    ends = []
    for _ in range(2):
        sim.step(777)
        ends.append((sim.take(), sim.drive_setting("drill")))
        sim.restore(*kept)
    for name, values in ends[0][0][0].items():
        assert values.tobytes() == ends[1][0][0][name].tobytes(), name
    assert ends[0][1] == ends[1][1] == replace(START, spin_rate=-7.0, max_feed_power=2.0)
    assert sim.drive_tallies("drill")["peak_weight_on_bit"] > 0


def test_a_state_without_the_drives_is_refused_but_a_run_may_branch_from_it(sim):
    sim.step(100)
    arrays, meta = sim.take()
    bare = {name: values for name, values in arrays.items() if not name.startswith("drives/")}
    with pytest.raises(OutputError, match="the saved state has 0 drives, the simulation 1: it is of another mission"):
        sim.restore(bare, meta)
    snapshot.branch(sim, bare, meta)
    assert sim.step_count == 0 and sim.drive("drill")["advance"] == 0 and sim.drive_setting("drill") == START
    assert sim.surroundings.pose_at("bit", 0.0)[0] == pytest.approx([0, 0, 0.041])

import math

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.spatial.transform import Rotation

from regolith.drive import Motion, extent, lowest_point, scoop_motion
from regolith.errors import ConfigError
from regolith.poses import EASINGS, Angles
from regolith.tools import make_scoop
from regolith.tools.mesh import TriangleMesh

RNG = np.random.default_rng(7)
TIMES = np.array([0.5, 1.0, 2.5, 3.0, 4.5])
PLACES = RNG.normal(size=(5, 3))
TURNS = Rotation.random(5, rng=np.random.default_rng(8))


def motions():
    yield from (Motion.waypoints(TIMES, PLACES, TURNS, easing) for easing in EASINGS)
    yield scoop_motion(make_scoop())
    yield Motion.constant((0.1, 0.2, 0.3), (1, -2, 30), origin=(1, 2, 3), axis=(0.5, 0, 0))
    yield Motion.at_rest((1, 2, 3), TURNS[0])


ALL = list(motions())


@pytest.mark.parametrize("motion", ALL)
def test_a_pose_depends_on_its_time_alone_to_the_last_bit(motion):
    times = np.sort(np.concatenate([RNG.uniform(-1, 6, 997), motion.times]))
    together = motion.poses(times)
    for rows in (range(len(times)), [slice(3, 10), slice(5, 6), slice(8, 300)]):
        for row in rows:
            alone = motion.poses(times[row])
            for a, b in zip(together, alone, strict=True):
                assert np.atleast_1d(a[row]).reshape(b.shape).tobytes() == b.tobytes()
    strided = motion.poses(np.repeat(times, 2)[::2])
    assert all(a.tobytes() == b.tobytes() for a, b in zip(together, strided, strict=True))


@pytest.mark.parametrize("motion", ALL)
def test_velocities_are_the_derivative_of_the_pose(motion):
    h = 1e-5
    times = RNG.uniform(-0.5, min(motion.duration, 5.0) + 0.5, 400)
    kinks = np.abs(times[:, None] - motion.times[None]).min(axis=1) < 2 * h
    times = times[~kinks]
    x, rotation, velocity, spin = motion.poses(times)
    before, after = motion.poses(times - h), motion.poses(times + h)
    np.testing.assert_allclose((after[0] - before[0]) / (2 * h), velocity, atol=1e-6)
    numeric = np.einsum("nij,nkj->nik", (after[1] - before[1]) / (2 * h), rotation)  # R' R^T = [omega]x
    numeric = np.stack([numeric[:, 2, 1], numeric[:, 0, 2], numeric[:, 1, 0]], axis=1)
    np.testing.assert_allclose(numeric, spin, atol=1e-5)
    np.testing.assert_allclose(
        rotation @ rotation.transpose(0, 2, 1), np.broadcast_to(np.eye(3), rotation.shape), atol=1e-13
    )


@pytest.mark.parametrize("easing", EASINGS)
def test_waypoints_are_met_and_the_tool_rests_outside(easing):
    motion = Motion.waypoints(TIMES, PLACES, TURNS, easing)
    x, rotation, velocity, spin = motion.poses(TIMES)
    np.testing.assert_allclose(x, PLACES, atol=1e-14)
    np.testing.assert_allclose(rotation, TURNS.as_matrix(), atol=1e-13)
    if easing != "linear":
        np.testing.assert_allclose(velocity, 0, atol=1e-13)
    outside = motion.poses([-1.0, 0.0, 4.5, 4.6, 1e9])
    assert not outside[2].any() and not outside[3].any()
    np.testing.assert_array_equal(outside[0][0], outside[0][1])
    np.testing.assert_array_equal(outside[0][2], outside[0][4])
    assert motion.duration == 4.5 and motion.phases == (("motion", 0.5, 4.5),)


@pytest.mark.parametrize("easing", EASINGS)
def test_easings_rise_from_zero_to_one(easing):
    u = np.linspace(0, 1, 1001)
    s, slope = EASINGS[easing](u)
    assert s[0] == 0 and s[-1] == 1 and (np.diff(s) > 0).all()
    np.testing.assert_allclose(np.diff(s), 0.5 * (slope[1:] + slope[:-1]) * 1e-3, atol=1e-8)


def test_angles_count_whole_turns():
    motion = Motion.waypoints([0, 10], np.zeros((2, 3)), Angles(pitch=0.3, yaw=[0, 20 * math.pi]), "linear")
    _, rotation, _, spin = motion.poses([0.0, 1.5, 9.99])
    np.testing.assert_allclose(spin, [[0, 0, 2 * math.pi]] * 3, atol=1e-13)
    np.testing.assert_allclose(rotation[1], Angles(0.3, yaw=math.pi).matrices()[0], atol=1e-12)
    for name, column in (("pitch", 1), ("roll", 0)):
        angles = Angles(**({"pitch": 0.2, "roll": 0.1, "yaw": 0.7} | {name: [0.0, 7.0]}))
        motion = Motion.waypoints([0, 1], np.zeros((2, 3)), angles, "linear")
        _, rotation, _, spin = motion.poses([0.0, 1.0])
        np.testing.assert_allclose(rotation, angles.matrices(), atol=1e-13)
        assert np.linalg.norm(spin[0]) == pytest.approx(7.0), column
    with pytest.raises(ConfigError, match="more than 180 deg about two axes"):
        Motion.waypoints([0, 1], np.zeros((2, 3)), Angles([0.0, 4.0], yaw=[0.0, 1.0]))


def test_a_positive_pitch_turns_the_nose_down():
    nose = Angles(pitch=0.5).matrices()[0] @ [1, 0, 0]
    assert nose[2] < 0 and nose[0] > 0


def test_constant_motion_goes_round_its_axis():
    motion = Motion.constant(angular_velocity=(0, 0, 2), origin=(1, 0, 0), axis=(1, 0, 0))
    x, rotation, velocity, spin = motion.poses([0.0, math.pi / 2, 1000.0])
    np.testing.assert_allclose(x[:2], [[1, 0, 0], [3, 0, 0]], atol=1e-14)
    np.testing.assert_allclose(np.einsum("nij,j->ni", rotation, [1, 0, 0]) + x, [[2, 0, 0]] * 3, atol=1e-12)
    np.testing.assert_array_equal(spin, [[0, 0, 2]] * 3)
    np.testing.assert_allclose(velocity[0], [0, -2, 0])
    assert math.isinf(motion.duration)
    with pytest.raises(ValueError, match="until"):
        extent(motion, make_scoop().mesh)


@pytest.mark.parametrize(
    "arguments, text",
    [
        (([0, 1], np.zeros((3, 3)), TURNS[:2]), "positions"),
        (([], np.zeros((0, 3)), TURNS[:0]), "positions"),
        (([0, math.nan], np.zeros((2, 3)), TURNS[:2]), "finite"),
        (([1, 0], np.zeros((2, 3)), TURNS[:2]), "rise"),
        (([-1, 0], np.zeros((2, 3)), TURNS[:2]), "0 or later"),
        (([0, 1], np.zeros((2, 3)), TURNS[:3]), "need 2 rotation"),
        (([0, 1], np.zeros((2, 3)), 2 * np.stack([np.eye(3)] * 2)), "orthonormal"),
        (([0, 1], np.zeros((2, 3)), TURNS[:2], "jerky"), "easing"),
    ],
)
def test_bad_waypoints_are_refused(arguments, text):
    with pytest.raises(ConfigError, match=text):
        Motion.waypoints(*arguments)


def test_bad_vectors_are_refused():
    with pytest.raises(ConfigError, match="velocity"):
        Motion.constant(velocity=(1, 2))


CASES = [
    {},
    {"penetration": 0.02, "attack_angle": math.radians(10), "speed": 0.2},
    {"penetration": 0.06, "attack_angle": math.radians(70), "drag": 0.0, "hold": 0.0},
    {"start": (0.1, -0.2), "surface_z": 0.3, "curl": math.radians(120), "lift": 0.2, "speed": 0.02},
]


@pytest.mark.parametrize("case", CASES)
def test_scoop_goes_through_its_phases(case):
    tool = make_scoop()
    motion = scoop_motion(tool, **case)
    surface, depth = case.get("surface_z", 0.0), case.get("penetration", 0.03)
    assert [name for name, _, _ in motion.phases] == ["approach", "penetrate", "drag", "curl", "lift", "hold"]
    ends = [motion.poses([end])[0][0] for _, _, end in motion.phases]  # the lip is the frame's origin
    start = case.get("start", (0.0, 0.0))
    assert lowest_point(motion, tool.mesh, until=0) > surface
    np.testing.assert_allclose(ends[0], [*start, surface], atol=1e-12)
    assert ends[1][2] == pytest.approx(surface - depth) and ends[2][2] == pytest.approx(surface - depth)
    assert ends[2][0] - ends[1][0] == pytest.approx(case.get("drag", ends[2][0] - ends[1][0]))
    deepest = lowest_point(motion, tool.mesh)
    assert surface - depth - 0.002 - 1e-9 <= deepest <= surface - depth + 1e-9
    x, rotation, _, _ = motion.poses([motion.duration])
    final = x[0] + tool.mesh.vertices @ rotation[0].T
    assert final[:, 2].min() == pytest.approx(surface + case.get("lift", 2 * depth), abs=1e-9)
    assert motion.phases[-1][2] - motion.phases[-1][1] == pytest.approx(case.get("hold", 0.5))


def test_scoop_cruises_at_its_speed_and_ends_with_its_mouth_level():
    tool = make_scoop()
    motion = scoop_motion(tool, speed=0.05)
    times = np.linspace(0, motion.duration, 4001)
    _, _, velocity, _ = motion.poses(times)
    speed = np.linalg.norm(velocity, axis=1)
    _, begin, end = motion.phases[2]
    assert speed[(times > begin) & (times < end)].max() == pytest.approx(0.05)
    assert speed.max() < 0.06  # the pivot's slight rise adds to the curl
    acceleration = np.linalg.norm(np.gradient(velocity, times, axis=0), axis=1)
    assert acceleration[times > motion.phases[3][1] + 0.01].max() < 1.0
    _, rotation, _, _ = motion.poses([motion.duration])
    mouth = rotation[0] @ [math.sin(tool.mouth_angle), 0, math.cos(tool.mouth_angle)]
    np.testing.assert_allclose(mouth, [0, 0, 1], atol=1e-12)


def test_default_drag_cuts_more_than_the_scoop_holds():
    tool = make_scoop()
    motion = scoop_motion(tool)
    times = np.linspace(0, motion.phases[2][2], 2001)
    lip = motion.poses(times)[0]
    cut = trapezoid(np.maximum(-lip[:, 2], 0), lip[:, 0]) * tool.width
    assert cut == pytest.approx(1.5 * tool.struck_volume, rel=1e-3)


@pytest.mark.parametrize(
    "case, key",
    [
        ({"penetration": -1}, "penetration"),
        ({"attack_angle": 0.0}, "attack_angle"),
        ({"speed": 0}, "speed"),
        ({"curl": 4.0}, "curl"),
        ({"lift": 0}, "lift"),
        ({"hold": -1}, "hold"),
        ({"drag": math.nan}, "drag"),
    ],
)
def test_bad_grabs_are_refused(case, key):
    with pytest.raises(ConfigError, match=f"motion.{key} = "):
        scoop_motion(make_scoop(), **case)


def test_extent_of_a_turning_point():
    tip = TriangleMesh([[1, 0, 0], [1, 0, 0], [1, 0, 0]], [[0, 1, 2]])
    motion = Motion.constant(velocity=(0, 0, 1), angular_velocity=(0, 0, math.pi))
    np.testing.assert_allclose(extent(motion, tip, until=1.0), [[-1, 0, 0], [1, 1, 1]], atol=1e-4)
    assert lowest_point(motion, tip, until=1.0) == 0

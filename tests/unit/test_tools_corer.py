import math
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from regolith.errors import ConfigError
from regolith.tools import CorerShape, check_closed, make_corer, make_tube, smooth_patches
from regolith.tools.mesh import contains, volume
from regolith.tools.stl import thinnest_wall

SHAPE = CorerShape(
    outer_diameter=0.035,
    stem_diameter=0.025,
    bore_diameter=0.015,
    length=0.08,
    pitch=0.018,
    starts=1,
    flight_thickness=0.0015,
    teeth=2,
    tooth_height=0.003,
)
LINED = replace(SHAPE, liner_thickness=8e-4, liner_gap=3e-4)
SHAPES = [
    SHAPE,
    LINED,
    replace(SHAPE, starts=2, pitch=0.03, teeth=4),
    replace(SHAPE, starts=3, pitch=0.09, length=0.15, teeth=3, bore_diameter=0.006, tooth_height=0.012),
    replace(SHAPE, tooth_height=0.0015),  # as high as a flight is thick
    replace(LINED, tooth_height=0.0008, teeth=1, segment_angle=math.radians(14)),
]


@st.composite
def possible_shapes(draw):
    """Shapes from all over the allowed range, by their proportions."""

    def part(low, high):
        return low + (high - low) * draw(st.floats(0, 1))

    stem, starts = part(0.006, 0.2), draw(st.integers(1, 4))
    teeth = starts * draw(st.integers(1, 3))
    liner = draw(st.booleans())
    thickness, gap = (stem * part(0.01, 0.05), stem * part(0.003, 0.01)) if liner else (None, 2e-4)
    bore = stem * part(0.4, 0.95) - (2 * (thickness + gap) if liner else 0)
    pitch = stem * part(0.2, 2)
    shape = CorerShape(
        outer_diameter=stem * part(1.03, 2.9),
        stem_diameter=stem,
        bore_diameter=max(bore, 1e-3),
        length=1.0,
        pitch=pitch,
        starts=starts,
        flight_thickness=pitch / starts * part(0.02, 0.49),
        teeth=teeth,
        tooth_height=pitch / teeth * part(0.02, 0.79),
        liner_thickness=thickness,
        liner_gap=gap,
        segment_angle=math.radians(part(6, 14)),
    )
    shortest = pitch + shape.flight_thickness + 2 * shape.bit_height
    return replace(shape, length=shortest * part(1.01, 3))


def is_ring_of_one_piece(mesh, name):
    """Closed, oriented, no sliver, one shell, one hole through it."""
    check_closed(mesh, name)
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert solid.is_watertight and solid.is_winding_consistent and solid.volume > 0
    assert solid.body_count == 1 and solid.euler_number == 0


def inside(shape, points):
    """Whether points are in the corer, by its definition; and how far they are at least from where that changes."""
    r, z = np.hypot(points[:, 0], points[:, 1]), points[:, 2]
    turn = np.arctan2(points[:, 1], points[:, 0]) % (2 * np.pi)
    ramp = (turn % (2 * np.pi / shape.teeth)) * shape.pitch / (2 * np.pi)
    foot = np.minimum(ramp, shape.tooth_height)
    bore = np.where(z < shape.bit_height, shape.bore_diameter, shape.stem_bore) / 2
    in_stem = (r > bore) & (r < shape.stem_diameter / 2) & (z > foot) & (z < shape.length)
    spacing = shape.pitch / shape.starts
    above = z - (turn % (2 * np.pi / shape.starts)) * shape.pitch / (2 * np.pi)
    in_flute = (r >= shape.stem_diameter / 2) & (r < shape.outer_diameter / 2)
    in_flight = in_flute & (above > 0) & (above % spacing < shape.flight_thickness)
    radii = np.array([shape.bore_diameter, shape.stem_bore, shape.stem_diameter, shape.outer_diameter]) / 2
    margin = np.abs(r[:, None] - radii).min(axis=1) - 0.01 * r
    edges = [z, z - shape.tooth_height, z - shape.bit_height, z - shape.length, z - ramp]
    flanks = [(above + 0.5 * spacing) % spacing - 0.5 * spacing]
    flanks.append((above - shape.flight_thickness + 0.5 * spacing) % spacing - 0.5 * spacing)
    upright = r * np.sin(np.minimum(turn % (2 * np.pi / shape.teeth), np.pi / 2))
    margin = np.minimum(margin, np.abs(np.stack([*edges, *flanks])).min(axis=0) - 0.01 * shape.pitch)
    below_end = shape.length - 2 * shape.flight_thickness - 0.1 * shape.pitch - z
    margin = np.where(in_flute, np.minimum(margin, below_end), margin)
    return in_stem | in_flight, np.minimum(margin, upright - 0.01 * r)


def volume_of(shape):
    """Closed form of the corer, but for where its flights end: stem less bore and gaps between teeth, and flights."""
    bore, stem, outer = shape.bore_diameter / 2, shape.stem_diameter / 2, shape.outer_diameter / 2
    wide = shape.stem_bore / 2
    ramp = 2 * np.pi * shape.tooth_height / shape.pitch
    tube = np.pi * (stem**2 - wide**2) * (shape.length - shape.bit_height)
    bit = np.pi * (stem**2 - bore**2) * shape.bit_height
    missing = 0.5 * (stem**2 - bore**2) * shape.tooth_height * (2 * np.pi - 0.5 * ramp * shape.teeth)
    turns = (shape.length - 1.1 * shape.flight_thickness) / shape.pitch
    flights = shape.starts * turns * np.pi * (outer**2 - stem**2) * shape.flight_thickness
    return tube + bit - missing + flights


def assert_volume(mesh, shape):
    """Within the tessellation's error; flights may end a facet before the height that they may reach."""
    annulus = np.pi * (shape.outer_diameter**2 - shape.stem_diameter**2) / 4
    facet = shape.starts * annulus * shape.flight_thickness * shape.segment_angle / (2 * np.pi)
    missing = volume_of(shape) - volume(mesh)
    assert -0.004 * volume(mesh) < missing < facet + 0.004 * volume(mesh)


@pytest.mark.parametrize("shape", SHAPES)
def test_corer_is_one_closed_shell_of_the_stated_volume(shape):
    tool = make_corer(shape)
    is_ring_of_one_piece(tool.mesh, "corer")
    assert_volume(tool.mesh, shape)
    points = np.random.default_rng(3).uniform(*tool.mesh.bounds, (3000, 3))
    expected, margin = inside(shape, points)
    sure = margin > 0
    assert sure.sum() > 500 and expected[sure].any() and not expected[sure].all()
    np.testing.assert_array_equal(contains(tool.mesh, points[sure]), expected[sure])


@settings(max_examples=30, deadline=None, derandomize=True)
@given(possible_shapes())
def test_any_possible_corer_is_closed_and_smooth(shape):
    assert shape.problems() == []
    tool = make_corer(shape)
    is_ring_of_one_piece(tool.mesh, "corer")
    assert_volume(tool.mesh, shape)
    flights, teeth, lined = shape.starts, shape.teeth, shape.liner_thickness is not None
    patches = smooth_patches(tool.mesh).max() + 1
    assert patches_of(flights, teeth, lined) - patches in (0, teeth)  # a flat ramp and its rim are one
    if lined:
        is_ring_of_one_piece(tool.liner, "liner")


def patches_of(flights, teeth, lined):
    """Ramp with a flight's lower face, upright face, rim of each tooth; upper face, crest and end of each flight."""
    return 3 * teeth + 3 * flights + (5 if lined else 3)  # stem, bore, top; ledge and wider bore


@pytest.mark.parametrize("shape", [SHAPE, LINED, replace(SHAPE, starts=2, pitch=0.03)])
def test_patches_are_the_faces_that_a_grain_feels(shape):
    tool = make_corer(shape)
    assert smooth_patches(tool.mesh).max() + 1 == patches_of(
        shape.starts, shape.teeth, shape.liner_thickness is not None
    )
    assert len(tool.mesh.faces) < 3000


def test_flights_are_right_handed_and_conveyed_upwards_by_negative_spin():
    tool = make_corer(replace(SHAPE, length=0.1))
    mesh, spin = tool.mesh, np.array([0, 0, -1.0])
    centre, normal = mesh.triangles.mean(axis=1), mesh.normals
    r = np.hypot(centre[:, 0], centre[:, 1])
    upper = (r > 0.014) & (r < 0.017) & (normal[:, 2] > 0.5)
    speed = np.cross(spin, centre)  # of the surface; what rests on it and may not turn with it is pushed along z
    pushed = np.einsum("ij,ij->i", speed, normal)[upper] / normal[upper, 2]
    assert pushed.min() > 0 and pushed.mean() == pytest.approx(SHAPE.pitch / (2 * np.pi), rel=0.03)
    upright = (np.abs(normal[:, 2]) < 1e-9) & (centre[:, 2] < SHAPE.tooth_height) & (r > 0.008) & (r < 0.012)
    ahead = np.einsum("ij,ij->i", np.cross(spin, centre), normal)[upright]
    assert len(ahead) >= 4 and (ahead > 0).all()  # the cutting faces lead


def test_frame_core_and_walls():
    tool = make_corer(LINED)
    low, high = tool.mesh.bounds
    assert low[2] == 0 and high[2] == LINED.length
    assert max(high[:2]) == pytest.approx(0.0175, rel=0.01)
    assert (tool.bore_radius, tool.outer_radius) == (0.0075, 0.0175)
    assert (tool.flight.stem_radius, tool.flight.pitch, tool.flight.starts) == (0.0125, 0.018, 1)
    assert tool.struck_volume == pytest.approx(np.pi * 0.0075**2 * LINED.length)


@pytest.mark.parametrize(
    "shape, least",
    [(SHAPE, 0.0014), (LINED, 7.9e-4), (replace(SHAPE, pitch=0.07, length=0.1, starts=3, teeth=3), 0.0011)],
)
def test_wall_is_the_thinnest_of_flights_stem_and_liner(shape, least):
    tool = make_corer(shape)
    found = min(thinnest_wall(mesh) for mesh in (tool.mesh, tool.liner) if mesh is not None)
    assert max(0.98 * found, least) < tool.wall <= found * (1 + 1e-6)


def test_liner_stands_free_in_the_bore_and_around_the_core():
    tool = make_corer(LINED)
    points = np.random.default_rng(4).uniform(*tool.liner.bounds, (2500, 3))
    in_liner = contains(tool.liner, points)
    assert in_liner.sum() > 150
    assert not (in_liner & contains(tool.mesh, points)).any()
    assert not (in_liner & contains(tool.capture, points)).any()
    assert tool.liner.bounds[0, 2] == pytest.approx(LINED.bit_height + LINED.liner_gap)
    assert volume(tool.liner) == pytest.approx(np.pi * (0.0083**2 - 0.0075**2) * np.ptp(tool.liner.bounds[:, 2]))
    core = contains(tool.capture, points)
    assert core.any() and not (core & contains(tool.mesh, points)).any()


@pytest.mark.parametrize(
    "change, named",
    [
        ({"outer_diameter": 0.08}, "tool.outer_diameter = 0.08 m: makes flutes 0.0275 m deep; must be .* to 0.025 m"),
        ({"outer_diameter": 0.025}, "tool.outer_diameter = 0.025 m: makes flutes 0 m deep"),
        ({"bore_diameter": 0.0245}, "tool.bore_diameter = 0.0245 m: must be at most 0.024 m"),
        ({"bore_diameter": 0.03}, "tool.bore_diameter"),
        ({"liner_thickness": 0.005}, "tool.bore_diameter = 0.015 m: with the liner and its gap 0.0254 m, must be at"),
        ({"pitch": 0.0025, "tooth_height": 5e-4}, "tool.pitch = 0.0025 m: must be at least 0.003 m"),
        ({"starts": 8, "teeth": 8, "tooth_height": 1e-3}, "tool.pitch = 0.018 m: must be at least 0.024 m"),
        ({"starts": 2, "teeth": 3}, "tool.teeth = 3: must be a multiple of starts = 2"),
        ({"tooth_height": 0.008}, "tool.tooth_height = 0.008 m: must be at most 0.0072 m"),
        ({"length": 0.02}, "tool.length = 0.02 m: must be at least 0.0355 m"),
        ({"pitch": -0.01}, "tool.pitch = -0.01 m: must be from 0.001 to 10 m"),
        ({"stem_diameter": math.nan}, "tool.stem_diameter = nan m"),
        ({"starts": 0}, "tool.starts = 0: must be from 1 to 12"),
        ({"segment_angle": 0.3}, "tool.segment_angle = 17.19 deg: must be from 2 to 14 deg"),
    ],
)
def test_impossible_corers_are_refused(change, named):
    with pytest.raises(ConfigError, match=named):
        make_corer(replace(SHAPE, **change))


TUBE = {"inner_diameter": 0.02, "wall": 0.001, "length": 0.35, "edge_angle": math.radians(20)}


def test_tube_is_a_solid_of_analytic_volume():
    tool = make_tube(**TUBE)
    is_ring_of_one_piece(tool.mesh, "tube")
    bevel = 0.001 / math.tan(TUBE["edge_angle"])
    ground_off = np.pi * (0.011**2 * bevel - bevel / 3 * (0.01**2 + 0.01 * 0.011 + 0.011**2))
    assert volume(tool.mesh) == pytest.approx(np.pi * (0.011**2 - 0.01**2) * 0.35 - ground_off)
    assert tool.struck_volume == pytest.approx(np.pi * 0.01**2 * 0.35)
    assert tool.mesh.bounds[:, 2] == pytest.approx([0, 0.35])
    assert smooth_patches(tool.mesh).max() + 1 == 4  # bevel, outside, top, inside
    assert tool.flight is None and 0 < tool.wall <= thinnest_wall(tool.mesh) * (1 + 1e-6)


@pytest.mark.parametrize(
    "change, named",
    [
        ({"wall": 0.05}, "tool.wall = 0.05 m: must be from 1/100 to the whole of inner_diameter"),
        ({"wall": -1}, "tool.wall = -1 m"),
        ({"edge_angle": 1.5}, "tool.edge_angle = 85.94 deg: must be from 5 to 80 deg"),
        ({"length": 0.002}, "tool.length = 0.002 m: must be at least"),
    ],
)
def test_impossible_tubes_are_refused(change, named):
    with pytest.raises(ConfigError, match=named):
        make_tube(**{**TUBE, **change})

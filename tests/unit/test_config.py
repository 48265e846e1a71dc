"""Mission files: defaults, units, messages, round trip."""

import tomllib
from pathlib import Path

import pytest

from regolith.config import MissionConfig, estimate_grains, is_campaign, load_campaign, load_mission, load_soil
from regolith.config.files import shipped
from regolith.config.load import read_with
from regolith.config.units import to_si
from regolith.errors import ConfigError

SHORT = '[soil]\npreset = "chang-e-5"\ngrain_diameter = "8 mm"\n'


@pytest.fixture
def mission(tmp_path):
    """Write a mission file and load it; `extra` comes on top of the shortest file."""

    def load(extra="", *overrides, head=""):
        file = tmp_path / "dig.toml"
        file.write_text(head + SHORT + extra)
        return load_mission(file, overrides)

    return load


def message(mission, *arguments, **keywords):
    with pytest.raises(ConfigError) as caught:
        mission(*arguments, **keywords)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("70 mm", "length", 0.07),
        ("120 rpm", "rotation rate", 12.566370614359172),
        ("0.5 kPa", "pressure", 500.0),
        ("30 deg", "angle", 0.523598775598299),
        ("30°", "angle", 0.523598775598299),
        ("1.8 g/cm3", "density", 1800.0),
        ("1.8 g/cm^3", "density", 1800.0),
        ("50 mm s^-1", "speed", 0.05),
        ("1.62 m/s**2", "acceleration", 1.62),
        ("0.5 mJ/m^2", "surface energy", 5e-4),
        ("30 Hz", "frequency", 30.0),
        ("50 %", "number", 0.5),
        (".5e0", "number", 0.5),
        (3, "length", 3.0),
    ],
)
def test_quantities_become_si(text, dimension, value):
    assert to_si(text, dimension) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "dimension", "said"),
    [
        ("3 kg", "length", 'wrong dimension: length is expected, a number in m or a string .*"70 mm"'),
        ("30 Hz", "rotation rate", 'wrong dimension: .*"120 rpm"'),
        ("30 rpm", "frequency", "wrong dimension"),
        ("3 %", "angle", "wrong dimension"),
        ("3 degC", "length", "wrong dimension"),
        ("3 rad", "number", "plain number"),
        ("3", "length", "has no unit"),
        ("3 flibbles", "length", "unknown unit 'flibbles'"),
        ("9**9**9**9 m", "length", "unknown unit"),
        ("3 m^99", "length", "unknown unit"),
        ("1e999 m", "length", "finite"),
        ("nan m", "length", "not a quantity"),
        ("nan", "number", "not a quantity"),
        (float("nan"), "length", "finite"),
        (float("inf"), "number", "finite"),
        (10**400, "length", "too large"),
        (True, "number", "must be a number"),
        ([1], "length", "must be a number in m"),
        ("1 " + "m" * 100, "length", "not a quantity"),
    ],
)
def test_what_is_no_quantity_says_what_is(text, dimension, said):
    with pytest.raises(ValueError, match=said):
        to_si(text, dimension)


def test_three_lines_are_a_mission(mission):
    config = mission()
    assert config.name == "dig"
    assert config.gravity == (0.0, 0.0, -1.62)
    assert config.soil.grain_diameter == 0.008
    assert (config.bed.size, config.bed.depth, config.bed.boundary) == ((0.3, 0.2), 0.1, "walls")
    assert (config.tool.kind, config.motion.kind) == ("scoop", "scoop")
    assert config.precision == "mixed"


def test_gravity_by_name_or_vector(mission):
    assert mission(head='gravity = "earth"\n').gravity == (0.0, 0.0, -9.80665)
    assert mission(head='gravity = [0.1, 0, "-3 m/s^2"]\n').gravity == (0.1, 0.0, -3.0)
    for wrong in ('"pluto"', "1.62", "[0, 0, 1.62]", "[0, 0, 0]", "[0, -1.62]", '[0, 0, "-1 m"]', "[0, 0, nan]"):
        assert "gravity = " in message(mission, head=f"gravity = {wrong}\n")


@pytest.mark.parametrize("name", shipped("missions"))
def test_shipped_missions_load_and_round_trip(name, tmp_path):
    load = load_campaign if is_campaign(read_with(name)[1]) else load_mission
    config = load(name)
    copy = tmp_path / "mission.toml"
    copy.write_text(config.to_toml())
    assert load(copy).resolved() == config.resolved()
    assert load(copy).content_hash() == config.content_hash()
    assert tomllib.loads(config.to_toml()) == config.resolved()


def test_preview_has_grains_enough():
    config = load_mission("scoop-preview")
    assert 10_500 <= estimate_grains(config, load_soil(config.soil.preset, Path())) <= 12_000


def test_round_trip_with_files_and_waypoints(mission, tmp_path):
    for name in ("tool.stl", "held.stl"):
        (tmp_path / name).write_text(f"solid {name}")
    (tmp_path / "own.toml").write_text(
        (Path(load_soil.__code__.co_filename).parents[2] / "data/soils/grc-1.toml").read_text()
    )
    config = mission(
        '[tool]\nkind = "stl"\nfile = "tool.stl"\nunit = "mm"\ncapture = "held.stl"\n'
        '[motion]\nkind = "waypoints"\nwaypoints = [{time = 0, position = [0.1, 0.1, "20 cm"]}, '
        '{time = "1 s", position = [0.1, 0.1, 0.08], pitch = "30 deg"}]\n',
        "soil.preset=own.toml",
    )
    assert config.soil.preset == str(tmp_path / "own.toml")
    assert config.tool.file == str(tmp_path / "tool.stl")
    elsewhere = tmp_path / "run"
    elsewhere.mkdir()
    (elsewhere / "mission.toml").write_text(config.to_toml())
    again = load_mission(elsewhere / "mission.toml")
    assert again == config
    before = config.content_hash()
    (tmp_path / "tool.stl").write_text("solid another")
    assert again.content_hash() != before, "a changed tool is another mission"


def test_hash_follows_meaning_not_spelling(mission):
    plain = mission().content_hash()
    assert len(plain) == 12 and int(plain, 16) >= 0
    assert mission('[bed]\ndepth = "10 cm"\n').content_hash() == plain
    assert mission("[bed]\ndepth = 0.1\n", head='gravity = "moon"\nseed = 1\n').content_hash() == plain
    assert mission("[bed]\ndepth = 0.11\n").content_hash() != plain
    assert mission(head="gravity = [-0.0, 0, -1.62]\n").content_hash() == plain


def test_overrides_stand_above_the_file(mission):
    config = mission(
        "", "soil.friction=0.6", "bed.depth=120 mm", 'tool.width="60 mm"', "seed = 7", "bed.size=[0.4, 0.3]"
    )
    assert (config.soil.friction, config.bed.depth, config.tool.width, config.seed) == (0.6, 0.12, 0.06, 7)
    assert config.bed.size == (0.4, 0.3)
    assert "soil.fricton" in message(mission, "", "soil.fricton=0.5")
    for wrong in ("soil.friction", "=3", "soil..friction=3", "seed.deeper=3"):
        assert wrong in message(mission, "seed = 1\n", wrong) or "must be" in message(mission, "", wrong)


@pytest.mark.parametrize(
    ("extra", "parts"),
    [
        ("fricton = 0.5\n", ["soil.fricton = 0.5", "unknown key; did you mean soil.friction?", "Allowed: preset, "]),
        ("friction = -1\n", ["soil.friction = -1", "at least 0 and at most 10"]),
        ('youngs_modulus = "5 mm"\n', ["soil.youngs_modulus = '5 mm'", "pressure is expected", "0.5 kPa"]),
        ("friction = true\n", ["soil.friction = true", "must be a number"]),
        ("friction = nan\n", ["soil.friction = nan", "finite"]),
        ("grain_scale = 100\n", ["soil", "both grain_diameter and grain_scale"]),
        ("[bed]\nsize = 0.3\n", ["bed.size = 0.3", "must be a list"]),
        ("[bed]\nsize = [0.3]\n", ["bed.size[1] is missing"]),
        ('[bed]\nsize = [0.3, "2 kg"]\n', ["bed.size[1] = '2 kg'", "length is expected"]),
        ('[bed]\nboundary = "wall"\n', ["bed.boundary = 'wall'", "must be 'walls' or 'periodic'"]),
        ("[bed]\nfriction = 0.4\n", ["bed.friction = 0.4", "soil.friction"]),
        ('[bed]\nbulk_density = "low"\n', ["bed.bulk_density = 'low'", '"soil"']),
        ("[tool]\nwith = 0.1\n", ["tool.with = 0.1", "did you mean tool.width?"]),
        (
            '[tool]\nkind = "auger"\n',
            ["tool.kind = 'auger'", "'scoop', 'corer', 'tube', 'cone', 'plate', 'blade', 'stl'"],
        ),
        ("[tool]\nkind = 3\n", ["tool"]),
        (
            '[tool]\nkind = "stl"\nfile = "no.stl"\ncapture = "no.stl"\n',
            ["tool.file", "no such file", "tool.unit is missing"],
        ),
        (
            '[motion]\nkind = "waypoints"\nwaypoints = [{time = 0, position = [0, 0, "3 kg"]}, 5]\n',
            ["motion.waypoints[0].position[2] = '3 kg'", "motion.waypoints[1] = 5"],
        ),
        (
            '[motion]\nkind = "waypoints"\nwaypoints = '
            "[{time = 1, position = [0, 0, 0]}, {time = 1, position = [0, 0, 0]}]\n",
            ["motion", "waypoints[1].time = 1 s must be later"],
        ),
        ('[tool]\nlip_angle = "61 deg"\n', ["tool.lip_angle = '61 deg'", "at least 10 deg and at most 60 deg"]),
        ("[numerics]\ntime_step = 0\n", ["numerics.time_step = 0"]),
        ("[tool]\ndepth = 0.02\n", ["tool: depth = 0.02 m must be at least"]),
        (
            '[tool]\nkind = "corer"\npitch = "2 mm"\n',
            ["tool: pitch = 0.002 m: must be at least 0.003 m", "tooth_height = 0.003 m: must be at most 0.0008 m"],
        ),
        ('[tool]\nkind = "corer"\nouter_diameter = 0.09\n', ["tool: outer_diameter = 0.09 m: makes flutes", "0.025 m"]),
        ('[tool]\nkind = "corer"\nbore_diameter = "3 cm"\n', ["tool: bore_diameter = 0.03 m: must be at most 0.024 m"]),
        ('[tool]\nkind = "corer"\nstem_diameter = -1\n', ["tool.stem_diameter = -1", "at least 0.0001 m"]),
        ('[tool]\nkind = "corer"\nstarts = 1.5\n', ["tool.starts = 1.5"]),
        ('[tool]\nkind = "corer"\nwidth = 1\n', ["tool.width = 1", "unknown key", "Allowed: ", "bore_diameter"]),
        ('[tool]\nkind = "tube"\nwall = 0.03\n', ["tool: wall = 0.03 m: must be from 1/100"]),
        ('[tool]\nkind = "cone"\nlength = 0.01\n', ["tool: length = 0.01 m: must be above the 0.01758 m"]),
        ('[tool]\nkind = "blade"\nrake = "90 deg"\n', ["tool.rake = '90 deg'", "at most 80 deg"]),
        ("tool = 5\n", ["soil.tool = 5", "unknown key"]),
    ],
)
def test_problems_name_key_value_and_what_is_allowed(mission, tmp_path, extra, parts):
    text = message(mission, extra)
    for part in parts:
        assert part in text
    assert all(line.startswith(f"{tmp_path / 'dig.toml'}: ") for line in text.splitlines())


@pytest.mark.parametrize(
    ("extra", "parts"),
    [
        ("[bed]\nsize = [0.06, 0.2]\n", ["bed.size[0] = 0.06", "8 median grain diameters"]),
        ("[bed]\nsize = [0.3, 0.05]\n", ["bed.size[1] = 0.05", "tool.width = 0.07"]),
        ('[bed]\ndepth = "5 cm"\n', ["bed.depth = 0.05", "8 median grain diameters"]),
        ("[tool]\nwidth = 0.2\n", ["tool.width = 0.2", "bed.size[1] = 0.2"]),
        ("[tool]\nwall = 0.0009\n", ["tool.wall = 0.0009", "0.2 radii"]),
        ("[motion]\npenetration = 0.1\n", ["motion.penetration = 0.1", "bed.depth"]),
        ("[motion]\nstart = [0.1, 0.3]\n", ["motion.start[1] = 0.3", "0 to 0.2 m"]),
    ],
)
def test_what_lies_between_tables_is_checked(mission, extra, parts):
    text = message(mission, extra)
    for part in parts:
        assert part in text


def test_too_many_grains_are_refused_with_a_size_that_would_do(mission):
    text = message(mission, "", "soil.grain_diameter=0.1 mm")
    assert "5e+08 are allowed" in text and "a median of" in text
    needed = float(text.split("a median of ")[1].split(" mm")[0]) * 1.02
    assert mission("", f"soil.grain_diameter={needed} mm").soil.grain_diameter == pytest.approx(needed * 1e-3)


def test_grain_size_must_be_stated(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('[soil]\npreset = "jsc-1a"\n')
    with pytest.raises(ConfigError, match="needs grain_diameter"):
        load_mission(file)
    assert load_mission(file, ["soil.grain_scale=90"]).soil.grain_scale == 90
    file.write_text("seed = 1\n")
    with pytest.raises(ConfigError, match="soil is missing"):
        load_mission(file)


def test_all_problems_come_in_one_message(mission):
    text = message(
        mission, 'fricton = 1\npoisson_ratio = 0.7\n[bed]\ndepth = "x"\n[output]\nframes_per_second = "3 kg"\n'
    )
    assert len(text.splitlines()) == 4


def test_unknown_soil_lists_the_shipped_ones(mission):
    text = message(mission, "", "soil.preset=cheese")
    assert "soil.preset = 'cheese'" in text and "apollo-average, chang-e-5, grc-1, jsc-1a, lhs-1" in text


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"[soil\npreset = 1\n", "line 1, column 6"),
        (b"[soil]\npreset = \n", "line 2, column 10"),
        (b"a = '''never ends", "line 1, column 18"),
        (b"\n\xff\xfe\n", "line 2: is not UTF-8"),
        (b"a = " + b"9" * 5000, "line 1"),
        (b"a = " + b"[" * 50_000, "nested too deeply"),
    ],
)
def test_what_is_no_toml_says_where(tmp_path, content, place):
    file = tmp_path / "a.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_mission(file)
    assert str(caught.value).startswith(f"{file}: ") and place in str(caught.value)


def test_missing_and_odd_paths(tmp_path):
    for path in (tmp_path / "no.toml", tmp_path, "a\0b", "x" * 5000, "", "~nobody/there"):
        with pytest.raises(ConfigError, match="scoop-preview"):
            load_mission(path)


def test_models_are_frozen(mission):
    with pytest.raises(ValueError, match="frozen"):
        mission().seed = 3
    assert isinstance(mission(), MissionConfig)

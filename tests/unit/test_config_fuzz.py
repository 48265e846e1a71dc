"""Whatever a mission or soil file holds, the answer is a mission or one ConfigError: no other exception, no hang."""

import copy
from pathlib import Path

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regolith.config import MissionConfig, load_mission, load_soil
from regolith.config.files import find, read_toml, shipped
from regolith.config.load import _override
from regolith.config.problems import validate
from regolith.config.units import DIMENSIONS, to_si
from regolith.errors import ConfigError

FUZZ = settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])

FULL = {
    **load_mission("scoop-preview").resolved(),
    "motion": {
        "kind": "waypoints",
        "waypoints": [
            {"time": 0.0, "position": [0.1, 0.1, 0.2]},
            {"time": 1.0, "position": [0.1, 0.1, 0.15], "yaw": 1.0},
        ],
    },
}
UNITS = [
    "",
    "mm",
    "m",
    "kg",
    "rpm",
    "deg",
    "kPa",
    "m/s",
    "Hz",
    "%",
    "degC",
    "dB",
    "m**9",
    "m^-9^9",
    "/",
    "1/s",
    "µm",
    "Ym^9",
]

numbers = st.one_of(
    st.sampled_from(
        [0, -1, 1e308, -1e308, 5e-324, float("nan"), float("inf"), -float("inf"), -0.0, 10**25, 2**63, -(2**70)]
    ),
    st.floats(),
    st.integers(),
)
texts = st.one_of(
    st.text(max_size=40),
    st.builds(lambda number, unit: f"{number} {unit}", numbers, st.sampled_from(UNITS)),
    st.sampled_from(
        [
            "moon",
            "soil",
            "scoop",
            "corer",
            "tube",
            "cone",
            "stl",
            "waypoints",
            "walls",
            "..",
            "/",
            "~",
            "9**9**9**9 m",
            "\0",
            "a" * 5000,
        ]
    ),
)
values = st.recursive(
    st.one_of(numbers, texts, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)),
    max_leaves=8,
)


def places(table, path=()):
    """Every key path of a nested table, lists included."""
    for key, value in table.items() if isinstance(table, dict) else enumerate(table):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def change(table, path, value):
    for key in path[:-1]:
        table = table[key]
    if value is None:
        del table[path[-1]]
    else:
        table[path[-1]] = value


@FUZZ
@given(changes=st.lists(st.tuples(st.sampled_from(list(places(FULL))), values), min_size=1, max_size=3))
def test_any_value_at_any_key(changes):
    table = copy.deepcopy(FULL)
    for path, value in changes:
        try:
            change(table, path, value)
        except (KeyError, IndexError, TypeError):  # an earlier change took the place away
            continue
    check_contents(table, {str(path[0]) for path, _ in changes})


@FUZZ
@given(
    parent=st.sampled_from([(), ("soil",), ("bed",), ("tool",), ("numerics",)]), key=st.text(max_size=20), value=values
)
def test_any_key_in_any_table(parent, key, value):
    table = copy.deepcopy(FULL)
    inner = table
    for name in parent:
        inner = inner[name]
    inner[key] = value
    check_contents(table, {*parent, key})


@FUZZ
@given(values)
def test_any_contents(contents):
    check_contents(contents, set())


def check_contents(contents, keys):
    """A mission or a ConfigError; one that names the file and one of the keys that were touched."""
    try:
        config = validate(MissionConfig, contents, "fuzz.toml", Path("/"))
    except ConfigError as error:
        lines = str(error).split("fuzz.toml: ")
        assert len(lines) > 1 and len(str(error)) < 20_000
        assert not keys or any(key in str(error) for key in keys)
    else:
        assert validate(MissionConfig, config.resolved(), "again.toml", Path("/")) == config


@FUZZ
@given(
    content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
)
def test_any_bytes(tmp_path, content):
    file = tmp_path / "fuzz.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="fuzz.toml"):
        load_mission(file)


@FUZZ
@given(path=st.sampled_from([place for place in places(FULL) if len(place) <= 2]), value=texts)
def test_any_override_of_a_real_file(path, value):
    text = ".".join(map(str, path)) + "=" + value
    try:
        load_mission("scoop-preview", [text])
    except ConfigError as error:
        assert str(path[0]) in str(error)


@FUZZ
@given(st.text(max_size=60))
def test_any_override_text(text):
    table = copy.deepcopy(FULL)
    try:
        _override(table, text)
    except ConfigError as error:
        assert "--set" in str(error)


@FUZZ
@given(text=texts, dimension=st.sampled_from(list(DIMENSIONS)))
def test_any_quantity(text, dimension):
    try:
        value = to_si(text, dimension)
    except ValueError:
        return
    assert value == value and abs(value) != float("inf")


@FUZZ
@given(data=st.data(), name=st.sampled_from(shipped("soils")), value=values)
def test_any_value_in_a_soil_file(tmp_path, data, name, value):
    table = read_toml(find(name, "soils", Path()))
    path = data.draw(st.sampled_from(list(places(table))))
    change(table, path, value)
    file = tmp_path / "fuzz.toml"
    try:
        text = tomli_w.dumps(table)
        file.write_text(text, encoding="utf-8")
    except (TypeError, ValueError):  # TOML cannot hold it
        return
    try:
        preset = load_soil(str(file), Path())
    except ConfigError as error:
        assert "fuzz.toml" in str(error)
    else:
        assert preset.median_diameter() > 0


def test_deep_and_huge_values_are_shown_short():
    deep: dict = {}
    inner = deep
    for _ in range(5000):
        inner["a"] = {}
        inner = inner["a"]
    for value in (deep, int("f" * 100_000, 16), "x" * 100_000, [[[[[0] * 1000] * 1000]]]):
        with pytest.raises(ConfigError) as caught:
            validate(
                MissionConfig, {"soil": {"preset": "grc-1", "grain_scale": value, "depth": value}}, "a.toml", Path()
            )
        assert "soil.grain_scale" in str(caught.value) and len(str(caught.value)) < 2000

"""Whatever a study file holds, the answer is a plan or one ConfigError that names the file: no other exception."""

import copy

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from regolith.errors import ConfigError
from regolith.sweep.plan import make_study
from tests.unit.test_config_fuzz import FUZZ, change, places, texts, values

MISSION = {
    "name": "fuzz",
    "base": "scoop-preview",
    "seed": 1,
    "repeats": 2,
    "sampler": "sobol",
    "samples": 2,
    "set": {"bed.depth": "95 mm", "motion.hold": 0.2},
    "vary": {
        "soil.cohesion": {"values": ["50 kPa", 1e5]},
        "motion.attack_angle": {"range": ["20 deg", "40 deg"], "scale": "log"},
        "tool.width": {"grid": ["80 mm", "90 mm"], "steps": 2, "scale": "linear", "zip": "size"},
        "motion.penetration": {"values": ["25 mm", "30 mm"], "zip": "size"},
    },
}
CAMPAIGN = {
    "base": "chang-e-5-preview",
    "set": {"operations.1.at_most": 2},
    "vary": {"operations.*.soil.cohesion": {"values": [1, 2]}, "soil.friction": {"values": [0.1]}},
}


@pytest.fixture
def answer(tmp_path):
    file = tmp_path / "fuzz.toml"

    def plan(table):
        try:
            file.write_text(tomli_w.dumps(table), encoding="utf-8")
        except (TypeError, ValueError):  # TOML cannot hold it
            return None
        try:
            return make_study(file)
        except ConfigError as error:
            assert str(file) in str(error) and len(str(error)) < 50_000
            return None

    return plan


@FUZZ
@given(data=st.data(), study=st.sampled_from([MISSION, CAMPAIGN]), value=values)
def test_any_value_at_any_key(answer, data, study, value):
    table = copy.deepcopy(study)
    change(table, data.draw(st.sampled_from(list(places(table)))), value)
    plan = answer(table)
    if plan is not None:
        named = [run.id for run in plan.runs if not run.refused]
        assert named and len(set(named)) == len(named)


@FUZZ
@given(key=st.one_of(st.text(max_size=20), st.sampled_from(list(map(".".join, (
    ("soil",), ("soil", "friction"), ("bed", "size"), ("operations", "0"), ("operations", "*"), ("tool", "kind"),
    ("motion", "kind"), ("*", "cohesion"), ("soil", "*"), ("sites",), ("campaign",), ("gravity",), ("seed", "x"),
))))), words=st.dictionaries(st.sampled_from(["values", "range", "grid", "steps", "scale", "zip"]), values, max_size=3),
       study=st.sampled_from([MISSION, CAMPAIGN]), where=st.sampled_from(["vary", "set"]), value=texts)  # fmt: skip
def test_any_key_may_be_set_or_varied(answer, key, words, study, where, value):
    table = copy.deepcopy(study)
    table[where][key] = {"values": [value], **words} if where == "vary" else value
    answer(table)


@FUZZ
@given(value=texts, key=st.sampled_from(["base", "name"]))
def test_any_base_and_name(answer, value, key):
    answer({**MISSION, key: value})


def test_the_studies_that_are_changed_can_be_planned(answer):
    assert len(answer(MISSION).runs) == 16 and len(answer(CAMPAIGN).runs) == 2

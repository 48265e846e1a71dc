"""What refuses a whole study, and what refuses a run of it alone."""

import pytest

from regolith.config import load_campaign, load_mission
from regolith.errors import ConfigError, Conflict
from regolith.sweep.plan import make_study
from tests.unit.study_desk import COHESION, RANGE, SOBOL, refusal, study_writer

study = pytest.fixture(study_writer)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ('[vary."soil.fricton"]\nvalues = [1]', "soil.fricton = 1: unknown key; did you mean soil.friction?"),
        ('[vary."soil.fricton"]\nrange = [0.1, 0.2]', "soil.fricton = 0.1: unknown key; did you mean soil.friction?"),
        ('[set]\n"motion.sped" = 1\n' + COHESION, "motion.sped = 1: unknown key; did you mean motion.speed?"),
        ('[vary."friction"]\nvalues = [1]', "friction = 1: unknown key; did you mean soil.friction or tool.friction?"),
        ('[vary."motion.speed.x"]\nvalues = [1]', "vary.motion.speed.x: motion.speed is no table, so it has no keys"),
        ('[vary."soil.friction"]\nvalues = [0.1, 99, 0.2]', "soil.friction = 99: must be at least 0 and at most 10"),
        ('[vary."soil.friction"]\nvalues = [0.1, "1 kg"]', "soil.friction = '1 kg': has the unit 'kg' but is a plain"),
        ('[vary."soil.cohesion"]\nvalues = ["1 kg"]', "soil.cohesion = '1 kg': has the wrong dimension: pressure is"),
        (RANGE.replace("20", "2"), "motion.attack_angle = '2 deg': must be at least 5 deg and at most 80 deg"),
        (RANGE.replace("40", "90"), "motion.attack_angle = '90 deg': must be at least 5 deg and at most 80 deg"),
        ('[vary."soil.preset"]\nvalues = ["chang-e-5", "chang-e-55"]', "chang-e-55: no such file; give a path, or one"),
        ('[vary."tool.kind"]\nvalues = ["scop"]', "tool.kind = 'scop': must be one of 'scoop', 'corer'"),
        ('[vary."seed"]\nvalues = [1, -1]', "seed = -1: must be greater than or equal to 0"),
        ('[vary."tool.kind"]\nvalues = ["scoop", "corer"]\n[set]\n"tool.radius" = "32 mm"',
         "tool.radius = '32 mm': unknown key. Allowed: "),
        ('[vary."campaign.goal"]\nvalues = [1]', "campaign = {'goal': 1}: unknown key"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_single_key_refuses_the_study(study, tables, message):
    path = study(tables, SOBOL if "range" in tables else "")
    assert message in (said := refusal(path))
    assert all(line.startswith(f"{path}: ") for line in said.splitlines())


def test_single_keys_are_told_of_all_runs_at_once(study):
    path = study('[vary."soil.friction"]\nvalues = [0.1, 98, 99]\n[vary."motion.speed"]\nvalues = [0.1, 77]')
    assert [line.removeprefix(f"{path}: ").partition(":")[0] for line in refusal(path).splitlines()] == [
        "motion.speed = 77", "soil.friction = 98", "soil.friction = 99",
    ]  # fmt: skip


def test_an_unreadable_base_refuses_the_study(study, tmp_path):
    assert "base = 'scoop': " in refusal(study(COHESION, base="scoop"))
    assert "base = '~\\x00': " in refusal(study(COHESION, base="~\\u0000"))
    assert "scoop-preview" in refusal(study(COHESION, base="scoop"))
    (tmp_path / "mine.toml").write_text("[soil\n")
    assert "mine.toml: line 1" in refusal(study(COHESION, base="mine.toml"))
    (tmp_path / "mine.toml").write_text('[soil]\npreset = "chang-e-5"\ngrain_diamter = "8 mm"\n')
    said = refusal(study(COHESION, base="mine.toml"))
    assert said.startswith(f"{tmp_path / 'mine.toml'}: soil.grain_diamter = '8 mm': unknown key; did you mean")


def test_what_the_base_lacks_the_study_may_state(study, tmp_path):
    (tmp_path / "mine.toml").write_text('[soil]\npreset = "chang-e-5"\n')
    path = study('[vary."soil.grain_diameter"]\nvalues = ["8 mm", "9 mm"]', base="mine.toml")
    assert [run.refused for run in make_study(path).runs] == ["", ""]


def test_one_way_of_saying_a_grain_size_takes_the_other_back(study):
    plan = make_study(study('[vary."soil.grain_scale"]\nvalues = [180, 200]'))
    assert ["grain_diameter" in run.data["soil"] for run in plan.runs] == [False, False]


def test_values_that_do_not_go_together_refuse_their_run_alone(study):
    """Between tables (a cut deeper than the bed), and between keys of one table (a wall too thick for its radius)."""
    plan = make_study(
        study(
            '[vary."motion.penetration"]\nvalues = ["30 mm", "90 mm"]\n[vary."tool.wall"]\nvalues = ["2 mm", "20 mm"]'
        )
    )
    good, thick, deep, both = plan.runs
    assert good.refused == "" and good.id
    assert thick.refused.startswith("tool: wall = 0.02 m must be from 1/50 to 1/2 of the radius = 0.032 m")
    assert deep.refused.startswith("motion.penetration = 0.09 m: must be at most 0.08496 m, bed.depth less one grain")
    assert both.refused
    for run in (thick, deep, both):
        assert (run.id, run.contents, run.bed) == ("", "", "") and run.seed == good.seed
    assert deep.values == {"motion.penetration": 0.09, "tool.wall": 0.002}


def test_a_study_of_which_no_run_can_run_is_refused(study):
    said = refusal(study('[vary."motion.penetration"]\nvalues = ["90 mm", "91 mm"]'))
    assert "none of the 2 runs can run; the first one: motion.penetration = 0.09 m" in said


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ('[vary."soil.cohesion"]\nvalues = ["50 kPa", 1, 50_000]',
         "runs 0 and 2 would be the same: soil.cohesion = 50000.0 is stated twice"),
        ('[vary."soil.friction"]\nvalues = [0.1, 0.2, 0.1, "20 %"]',
         "runs 0 and 2 would be the same (and 1 more pairs"),
        ('[vary."soil.grain_scale"]\nvalues = [150, 200]\n[vary."soil.grain_diameter"]\nvalues = ["8 mm"]',
         "they differ in soil.grain_scale = 150.0 and 200.0, which changes nothing there"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("soils", ["shared", "own"])
def test_two_runs_that_are_the_same_are_refused(study, tables, message, soils):
    assert message in refusal(study(tables, f'soils = "{soils}"'))


@pytest.mark.parametrize("soils", ["shared", "own"])
def test_what_no_json_can_hold_is_refused_as_anything_else(study, soils):
    said = refusal(study('[vary."numerics.contact_steps"]\nvalues = [20, nan]', f'soils = "{soils}"'))
    assert "numerics.contact_steps = nan: must be" in said


def test_problems_of_single_keys_and_between_keys_are_told_apart(tmp_path):
    for overrides, kind in [
        (["bed.depth=1 cm"], Conflict), (["tool.wall=20 mm"], Conflict), (["motion.kind=drill"], None),
        (["soil.friction=99", "bed.depth=1 cm"], None), (["soil.fricton=1", "tool.wall=20 mm"], None),
    ]:  # fmt: skip
        with pytest.raises(ConfigError) as caught:
            load_mission("scoop-preview", overrides)
        assert (type(caught.value) is Conflict) == (kind is Conflict), overrides
    with pytest.raises(Conflict):
        load_campaign("chang-e-5-preview", ["operations.1.bed.depth=1 cm"])
    with pytest.raises(ConfigError) as caught:
        load_campaign("chang-e-5-preview", ["operations.0.soil.friction=99", "operations.1.bed.depth=1 cm"])
    assert type(caught.value) is ConfigError

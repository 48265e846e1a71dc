"""Study files: what they may say, the points that they mean, and the plan with its ids, seeds, values and refusals."""

import collections
import math
import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import tomli_w

from regolith.config import MissionConfig, load_campaign, load_mission
from regolith.config.campaign import CampaignTables
from regolith.config.files import shipped
from regolith.config.keys import dimension_at, field_of, put
from regolith.config.load import read_with
from regolith.config.problems import models_of
from regolith.config.study import load_study_file
from regolith.config.units import dimension_of
from regolith.errors import ConfigError, Conflict
from regolith.sweep.design import points
from regolith.sweep.forecast import MOST_ESTIMATES, describe, estimate
from regolith.sweep.plan import make_study
from regolith.sweep.sources import standing_alone
from tests.mission.tiny import ROOT

RANGE = '[vary."motion.attack_angle"]\nrange = ["20 deg", "40 deg"]\n'
COHESION = '[vary."soil.cohesion"]\nvalues = ["50 kPa", "150 kPa"]\n'
SOBOL = 'sampler = "sobol"\nsamples = 4\n'


@pytest.fixture
def study(tmp_path):
    """Write a study file and return its path."""

    def write(tables="", head="", base="scoop-preview", name="try.toml"):
        path = tmp_path / name
        path.write_text(f'base = "{base}"\n{head}\n{tables}', encoding="utf-8")
        return path

    return write


def refusal(path, *overrides) -> str:
    with pytest.raises(ConfigError) as caught:
        make_study(path, overrides)
    return str(caught.value)


def ids(path) -> list[str]:
    return [run.id for run in make_study(path).runs]


# what a study file may say


@pytest.mark.parametrize(
    ("tables", "head", "message"),
    [
        ("", "", "vary is missing; it has no default"),
        ("[vary]\n", "", "vary: must hold at least 1 of them, holds 0"),
        (COHESION + 'range = ["1 kPa", "2 kPa"]', SOBOL,
         "vary.soil.cohesion: must have one of values, range and grid, has values and range"),
        ('[vary."soil.cohesion"]\nscale = "log"', "", "must have one of values, range and grid, has none"),
        ('[vary."soil.cohesion"]\nvalues = []', "", "values = []: must hold at least 1 of them, holds 0"),
        ('[vary."soil.cohesion"]\nvalues = 3', "", "vary.soil.cohesion.values = 3: must be a list of values"),
        ('[vary."soil.cohesion"]\nvalus = [3]', "", "vary.soil.cohesion.valus = [3]: unknown key; did you mean "
         "vary.soil.cohesion.values?"),
        ('[vary."soil.cohesion"]\ngrid = [0, 1]', "", "grid and steps belong together"),
        (COHESION + "steps = 3", "", "grid and steps belong together"),
        ('[vary."soil.cohesion"]\ngrid = [0, 1]\nsteps = 1', "", "steps = 1: must be greater than or equal to 2"),
        (COHESION + 'scale = "log"', "", 'scale = "log" is for range and grid'),
        ('[vary."soil.cohesion"]\nrange = [1, 2]\nzip = "a"', SOBOL, "zip is for values and grid"),
        ('[vary."soil.cohesion"]\nrange = [1, 2, 3]', SOBOL, "range = [1, 2, 3]: must hold at most 2 of them, holds 3"),
        ('[vary."soil"]\nvalues = [{friction = 1}]', "", "vary.soil.values = [{'friction': 1}]: holds a table; vary"),
        (RANGE, "", "vary.motion.attack_angle.range: the study lacks sampler and samples"),
        (RANGE, 'sampler = "sobol"', "vary.motion.attack_angle.range: the study lacks samples"),
        (RANGE, "samples = 4", "vary.motion.attack_angle.range: the study lacks sampler"),
        (COHESION, "samples = 4", "samples = 4: there is no range to draw from; remove it, or state a range"),
        (COHESION, 'sampler = "sobol"', "sampler = 'sobol': there is no range to draw from"),
        (RANGE, 'sampler = "sobol"\nsamples = 48', "samples = 48: must be a power of two, because Sobol's points, on "
         "which sampler = 'sobol' rests, cover the ranges evenly in such numbers only; take 32 or 64"),
        (RANGE, 'sampler = "saltelli"\nsamples = 3', "samples = 3: must be a power of two"),
        (RANGE, 'sampler = "random"\nsamples = 3',
         "sampler = 'random': must be 'latin-hypercube', 'sobol' or 'saltelli'"),
        (RANGE, 'sampler = "latin-hypercube"\nsamples = 0', "samples = 0: must be greater than or equal to 1"),
        (COHESION, "repeats = 0", "repeats = 0: must be greater than or equal to 1"),
        (COHESION, "repeats = 1.5", "repeats = 1.5: must be a valid integer"),
        (COHESION, "seed = -1", "seed = -1: must be greater than or equal to 0"),
        (COHESION, 'name = "a b"', "name = 'a b': must be 1 to 64 letters"),
        (COHESION + 'zip = "a"', "", "vary.soil.cohesion.zip = 'a': no other entry has this word"),
        (COHESION + 'zip = "a"\n[vary."soil.friction"]\nvalues = [1, 2, 3]\nzip = "a"', "",
         "zip = 'a': needs the same number of values of each: soil.cohesion has 2, soil.friction has 3"),
        (RANGE.replace("20", "50"), SOBOL, "range = ['50 deg', '40 deg']: the first end must be below the second"),
        ('[vary."soil.cohesion"]\ngrid = ["1 kPa", "900 Pa"]\nsteps = 3', "", "the first end must be below the second"),
        ('[vary."soil.cohesion"]\nrange = [0, "1 kPa"]\nscale = "log"', SOBOL, 'scale = "log" needs ends above 0'),
        (RANGE.replace("deg", "kg"), SOBOL, "vary.motion.attack_angle.range = ['20 kg', '40 kg']: has the wrong "
         "dimension: angle is expected"),
        ('[vary."soil.preset"]\nrange = [1, 2]', SOBOL, "the key holds no quantity; list its values"),
        ('[vary."numerics.contact_steps"]\nrange = [20, 40]', SOBOL, "is a whole number; list its values"),
        ('[vary."numerics.contact_steps"]\ngrid = [20, 41]\nsteps = 3', "", "is a whole number; list its values"),
        ('[vary."seed"]\nvalues = [1, 2]', "repeats = 2", "repeats = 2: repeats are seeds, and vary.seed states them"),
        ('[vary."seed"]\nvalues = [1, 2]', 'soils = "own"', 'soils = "own": soils are seeds, and vary.seed'),
        ('[vary."name"]\nvalues = ["a", "b"]', "", "vary.name: the runs have the study's own name"),
        ('[set]\nseed = 3\n' + COHESION, "", "set.seed: say seed = ... at the head of the study"),
        ('[set]\n"soil.cohesion" = 3\n' + COHESION, "", "vary.soil.cohesion: set.soil.cohesion states it too"),
        (COHESION + "[vary.soil.cohesion]\nvalues = [9]", "", "vary: soil.cohesion is stated twice, with quotes and "
         "without; remove one of them"),
        ('[set]\n"soil.friction" = 0.3\nsoil.friction = 0.4\n' + COHESION, "", "set: soil.friction is stated twice"),
        ('[vary."soil..cohesion"]\nvalues = [1]', "", "vary.'soil..cohesion': is no key"),
        ('[vary."operations.*.repeat"]\nvalues = [1]\n[vary."operations.0.repeat"]\nvalues = [2]', "",
         "vary.operations.0.repeat: vary.operations.*.repeat states it too"),
        ('[vary."soil.cohesion"]\ngrid = [1, 1000]\nsteps = 1000\n[vary."motion.speed"]\ngrid = [1, 2]\nsteps = 101',
         "", "the study has 101,000 runs (1000 x 101 points, repeats = 1); at most 100,000 are allowed"),
    ],
)  # fmt: skip
def test_study_file_refused(study, tables, head, message):
    path = study(tables, head)
    assert message in (said := refusal(path))
    assert all(line.startswith(f"{path}: ") for line in said.splitlines())


def test_all_problems_of_a_study_file_are_told_at_once(study):
    said = refusal(study(RANGE + '[vary."soil.cohesion"]\ngrid = [2, 1]\nsteps = 2\nzip = "a"'))
    assert len(said.splitlines()) == 3


def test_quotes_around_dotted_keys_may_be_left_out(study):
    quoted = study(COHESION + '[set]\n"bed.depth" = "90 mm"\n"motion.hold" = "0.2 s"')
    bare = study('[vary.soil.cohesion]\nvalues = ["50 kPa", "150 kPa"]\n[set]\nbed.depth = "90 mm"\nmotion.hold = 0.2')
    assert ids(quoted) == ids(bare)


def test_what_is_set_stands_above_the_base_and_a_kind_replaces_its_table(study):
    path = study(
        '[set]\nbed.depth = 0.09\ntool = { kind = "plate", length = "40 mm", width = "30 mm", thickness = "5 mm" }\n'
        'motion = { kind = "drill", depth = "10 mm", feed_rate = "20 mm/s" }\n'
        '[vary."tool.width"]\nvalues = ["25 mm", "30 mm"]'
    )
    configs = [run.data for run in make_study(path).runs]
    assert [(c["tool"]["kind"], c["tool"]["width"], c["tool"]["length"]) for c in configs] == [
        ("plate", 0.025, 0.04), ("plate", 0.03, 0.04),
    ]  # fmt: skip
    assert {(c["bed"]["depth"], c["motion"]["kind"]) for c in configs} == {(0.09, "drill")}


def test_overrides_stand_above_what_is_set(study):
    path = study(COHESION + '[set]\n"bed.depth" = "90 mm"')
    runs = make_study(path, ["bed.depth=91 mm", "soil.friction=0.6"]).runs
    assert {(c["bed"]["depth"], c["soil"]["friction"]) for c in (run.data for run in runs)} == {(0.091, 0.6)}
    assert "vary.soil.cohesion: set.soil.cohesion states it too" in refusal(path, "soil.cohesion=1")


# points


def values_of(path) -> list[dict]:
    return [point for point, _ in points(load_study_file(path)[1])]


def test_lists_and_grids_are_crossed_in_their_order_and_repeats_go_fastest(study):
    path = study(COHESION + '[vary."motion.speed"]\ngrid = ["10 cm/s", 0.4]\nsteps = 3\nscale = "log"', "repeats = 2")
    drawn = list(points(load_study_file(path)[1]))
    assert [repeat for _, repeat in drawn] == [0, 1] * 6
    assert [tuple(point.values()) for point, repeat in drawn if not repeat] == [
        (cohesion, speed) for cohesion in ("50 kPa", "150 kPa") for speed in (0.1, 0.2, 0.4)
    ]


def test_grids_of_whole_numbers_are_whole(study):
    path = study('[vary."numerics.contact_steps"]\ngrid = [20, 60]\nsteps = 3')
    assert [repr(point["numerics.contact_steps"]) for point in values_of(path)] == ["20", "40", "60"]


def test_zipped_entries_vary_together_and_are_crossed_with_others(study):
    path = study(
        '[vary."tool.width"]\nvalues = [0.08, 0.09]\nzip = "size"\n'
        + COHESION
        + '[vary."bed.size"]\nvalues = [[0.32, 0.18], [0.34, 0.2]]\nzip = "size"\n'
    )
    assert [list(point.values()) for point in values_of(path)] == [
        [0.08, "50 kPa", [0.32, 0.18]], [0.08, "150 kPa", [0.32, 0.18]],
        [0.09, "50 kPa", [0.34, 0.2]], [0.09, "150 kPa", [0.34, 0.2]],
    ]  # fmt: skip


def test_ranges_are_one_design_crossed_with_lists(study):
    path = study(RANGE + COHESION + '[vary."motion.speed"]\nrange = [0.1, 0.4]\nscale = "log"', SOBOL)
    drawn = values_of(path)
    pairs = [(point["motion.attack_angle"], point["motion.speed"]) for point in drawn]
    assert len(drawn) == 8 and len(set(pairs)) == 4
    assert [point["soil.cohesion"] for point in drawn] == ["50 kPa", "150 kPa"] * 4
    assert pairs[::2] == pairs[1::2]


@pytest.mark.parametrize("sampler", ["latin-hypercube", "sobol"])
def test_samples_cover_each_range_evenly(study, sampler):
    """One point in each of the n slices of every range, in the logarithm where that is asked for."""
    path = study(
        RANGE + '[vary."motion.speed"]\nrange = [0.1, 0.4]\nscale = "log"', f'sampler = "{sampler}"\nsamples = 16'
    )
    drawn = values_of(path)
    low, high = math.radians(20), math.radians(40)
    angle = [(point["motion.attack_angle"] - low) / (high - low) for point in drawn]
    speed = [math.log(point["motion.speed"] / 0.1) / math.log(4) for point in drawn]
    for shares in (angle, speed):
        assert sorted(int(16 * share) for share in shares) == list(range(16))
    assert abs(np.corrcoef(angle, speed)[0, 1]) < 0.6


def test_saltelli_changes_one_range_at_a_time(study):
    path = study(RANGE + '[vary."motion.speed"]\nrange = [0.1, 0.4]\n', 'sampler = "saltelli"\nsamples = 8')
    drawn = np.array([list(point.values()) for point in values_of(path)]).reshape(8, 4, 2)
    a, first, second, b = drawn.transpose(1, 0, 2)
    assert (first == np.stack([b[:, 0], a[:, 1]], axis=1)).all() and (
        second == np.stack([a[:, 0], b[:, 1]], axis=1)
    ).all()
    assert make_study(path).samples == 8 and len(make_study(path).runs) == 32


def test_saltelli_without_salib_says_what_to_install(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.sample", None)
    path = study(RANGE, 'sampler = "saltelli"\nsamples = 8')
    assert re.search(
        r"try.toml: sampler = \"saltelli\": needs SALib, which is not installed; install it", refusal(path)
    )


def test_samples_follow_the_seed(study):
    first, again, other = (values_of(study(RANGE, SOBOL + f"seed = {seed}")) for seed in (1, 1, 2))
    assert first == again != other


# plan


def test_values_are_those_of_the_configuration_in_si_with_units(study):
    path = study(
        RANGE
        + COHESION
        + '[vary."bed.bulk_density"]\ngrid = ["1.4 g/cm3", "1.6 g/cm3"]\nsteps = 2\n'
        + '[vary."numerics.contact_steps"]\nvalues = [20, 30]\n',
        SOBOL,
    )
    plan = make_study(path)
    assert [(p.key, p.unit, p.design, p.low, p.high) for p in plan.parameters] == [
        ("motion.attack_angle", "rad", "sampled", pytest.approx(math.radians(20)), pytest.approx(math.radians(40))),
        ("soil.cohesion", "Pa", "list", 50e3, 150e3),
        ("bed.bulk_density", "kg/m^3", "list", 1400, 1600),
        ("numerics.contact_steps", "", "list", 20, 30),
    ]
    for run in plan.runs:
        resolved = run.data
        assert run.values == {key: at(resolved, key) for key in run.values}
    assert (plan.name, plan.base, plan.sampler, plan.samples, plan.repeats, plan.goal) == (
        "try", "scoop-preview", "sobol", 4, 1, None
    )  # fmt: skip


def at(table, key):
    for name in key.split("."):
        table = table[int(name)] if isinstance(table, list) else table[name]
    return table


def test_values_that_are_no_numbers_stay_texts(study):
    path = study(
        '[vary."bed.bulk_density"]\nvalues = ["soil", 1500]\n[vary."numerics.sleep"]\nvalues = [true, false]\n'
        '[vary.gravity]\nvalues = ["moon", "earth"]\n[vary."bed.size"]\nvalues = [["0.32 m", 0.18]]\n'
    )
    plan = make_study(path)
    assert [(p.unit, p.low, p.high) for p in plan.parameters] == [("", None, None)] * 4
    assert list(plan.runs[0].values.values()) == ["soil", True, "moon", "[0.32, 0.18]"]


def test_each_run_is_named_by_its_content_and_its_text_gives_it_again(study, tmp_path):
    file = tmp_path / "mission.toml"
    for run in make_study(study(RANGE + COHESION, SOBOL)).runs:
        file.write_text(run.text, encoding="utf-8")
        config = load_mission(file)
        assert (config.content_hash(), config.seed, config.name) == (run.id, run.seed, "try")
        assert config.to_toml() == run.text


def test_a_study_that_grows_keeps_its_runs(study):
    def grown(cohesions, samples, repeats):
        values = ", ".join(f'"{value} kPa"' for value in cohesions)
        return study(
            RANGE + f'[vary."soil.cohesion"]\nvalues = [{values}]', f"{SOBOL[:-2]}{samples}\nrepeats = {repeats}"
        )

    before = ids(grown((50, 150), 4, 1))
    after = ids(grown((50, 100, 150), 8, 2))
    assert len(before) == 8 and len(after) == 48
    assert set(before) < set(after) and before[1] != after[1]


def test_repeats_have_seeds_of_their_own_which_are_the_same_at_every_point(study):
    plan = make_study(study(COHESION, "repeats = 3\nseed = 5"))
    seeds = [run.seed for run in plan.runs]
    assert (
        seeds == seeds[:3] * 2 and len(set(seeds)) == 3 and len(set(ids(study(COHESION, "repeats = 3\nseed = 5")))) == 6
    )
    assert {run.seed for run in make_study(study(COHESION, "repeats = 3\nseed = 6")).runs}.isdisjoint(seeds)


def test_every_run_may_have_a_soil_of_its_own_which_it_keeps_when_the_study_grows(study):
    few = make_study(study(COHESION, 'repeats = 2\nsoils = "own"')).runs
    more = make_study(study(COHESION.replace('["50', '["9 kPa", "50'), 'repeats = 3\nsoils = "own"')).runs
    assert len({run.seed for run in few}) == 4 and len({run.seed for run in more}) == 9
    assert {run.id for run in few} < {run.id for run in more}


def test_seeds_may_be_listed_instead(study):
    plan = make_study(study("[vary.seed]\nvalues = [7, 8]"))
    assert [(run.seed, run.values["seed"], run.data["seed"]) for run in plan.runs] == [
        (7, 7, 7),
        (8, 8, 8),
    ]


def test_runs_with_the_same_bed_say_so(study):
    """Tool and motion do not decide the bed, nor does sleep; soil, seed and gravity do."""
    shared = '[vary."motion.speed"]\nvalues = [0.1, 0.2]\n[vary."tool.width"]\nvalues = [0.08, 0.09]\n' \
             '[vary."numerics.sleep"]\nvalues = [true, false]\n'  # fmt: skip
    assert len({run.bed for run in make_study(study(shared)).runs}) == 1
    own = COHESION + '[vary.gravity]\nvalues = ["moon", "mars"]\n[vary."numerics.contact_steps"]\nvalues = [20, 30]\n'
    assert len({run.bed for run in make_study(study(own + shared, "repeats = 2")).runs}) == 16


# what refuses the study, and what refuses a run


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
def test_two_runs_that_are_the_same_are_refused(study, tables, message):
    assert message in refusal(study(tables))


def test_paths_in_a_study_start_from_its_folder(study, tmp_path):
    soil = Path(load_mission.__code__.co_filename).parents[2] / "data/soils/grc-1.toml"
    (tmp_path / "own.toml").write_text(soil.read_text(encoding="utf-8"), encoding="utf-8")
    plan = make_study(study('[vary."soil.preset"]\nvalues = ["chang-e-5", "own.toml"]'))
    assert [run.data["soil"]["preset"] for run in plan.runs] == ["chang-e-5", str(tmp_path / "own.toml")]
    assert [run.values["soil.preset"] for run in plan.runs] == ["chang-e-5", "own.toml"]


def test_paths_may_start_from_the_folder_of_the_base_and_the_copy_that_stands_alone_plans_the_same(study, tmp_path):
    base, out = tmp_path / "deep" / "base.toml", tmp_path / "out"
    for folder in (base.parent, out):
        folder.mkdir()
    shipped = ROOT / "data"
    base.write_text((shipped / "missions" / "scoop-preview.toml").read_text(encoding="utf-8"), encoding="utf-8")
    own = (shipped / "soils" / "grc-1.toml").read_text(encoding="utf-8")
    (base.parent / "own.toml").write_text(own, encoding="utf-8")
    file = study('[set]\n"soil.preset" = "own.toml"\n' + COHESION, base="deep/base.toml")
    for name, text in standing_alone(file, "try").items():
        (out / name).write_text(text, encoding="utf-8")
    runs = make_study(file).runs
    assert runs[0].data["soil"]["preset"] == str(base.parent / "own.toml")
    assert [run.text for run in make_study(out / "study.toml").runs] == [run.text for run in runs]


# campaigns


def test_campaigns_vary_by_operation_or_for_all_of_them(study):
    path = study(
        '[vary."operations.*.soil.cohesion"]\nvalues = ["50 kPa", "60 kPa"]\n'
        '[vary."operations.1.tool.width"]\nvalues = ["100 mm"]\n[vary."soil.friction"]\nvalues = [0.4, 0.5]\n'
        '[vary."campaign.goal"]\nvalues = ["1 kg", "1.5 kg"]\n[vary."operations.1.at_most"]\nvalues = [3]',
        base="chang-e-5-preview",
    )
    plan = make_study(path)
    assert [(p.key, p.unit) for p in plan.parameters] == [
        ("operations.*.soil.cohesion", "Pa"), ("operations.1.tool.width", "m"), ("soil.friction", ""),
        ("campaign.goal", "kg"), ("operations.1.at_most", ""),
    ]  # fmt: skip
    assert (len(plan.runs), plan.goal, plan.base) == (8, None, "chang-e-5-preview")
    for run in plan.runs:
        drill, scoop = run.data["operations"]
        for operation in (drill, scoop):
            assert operation["soil"]["cohesion"] == run.values["operations.*.soil.cohesion"]
            assert operation["soil"]["friction"] == run.values["soil.friction"]
        assert (scoop["tool"]["width"], scoop["at_most"]) == (0.1, 3)
    assert len({run.id for run in plan.runs}) == 8 and len({run.bed for run in plan.runs}) == 4


def test_a_campaign_run_is_named_by_its_content_and_its_text_gives_it_again(study, tmp_path):
    plan = make_study(study('[vary."soil.friction"]\nvalues = [0.4, 0.5]', "repeats = 2", "chang-e-5-preview"))
    file = tmp_path / "campaign.toml"
    assert plan.goal == 2.0 and len({run.seed for run in plan.runs}) == 2
    for run in plan.runs:
        file.write_text(run.text, encoding="utf-8")
        config = load_campaign(file)
        assert (config.content_hash(), config.seed, config.name) == (run.id, run.seed, "try")


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ('[vary."soil.cohesion"]\nvalues = [1]',
         "vary.soil.cohesion: operations.0 and operations.1 state their own, which "
         'stands above it; say vary."operations.0.soil.cohesion", or vary."operations.*.soil.cohesion" for all'),
        ('[set]\n"bed.depth" = "0.2 m"\n[vary."soil.friction"]\nvalues = [1]', "set.bed.depth: operations.0 and"),
        ('[vary."operations.2.tool.width"]\nvalues = [1]',
         "vary.operations.2.tool.width: operations has the entries 0 to 1, not '2'"),
        ('[vary."operations.0.tool.ptch"]\nvalues = [1]', "operations[0] (drill): tool.ptch = 1: unknown key; did you"),
        ('[vary."operations.1.soil.friction"]\nvalues = [1, 99]', "operations[1] (scoop): soil.friction = 99: must be"),
    ],
)  # fmt: skip
def test_campaigns_refused(study, tables, message):
    assert message in refusal(study(tables, base="chang-e-5-preview"))


def test_operations_that_do_not_go_together_refuse_their_run_alone(study):
    plan = make_study(study('[vary."operations.1.bed.depth"]\nvalues = ["105 mm", "30 mm"]', "", "chang-e-5-preview"))
    assert [bool(run.refused) for run in plan.runs] == [False, True]
    assert plan.runs[1].refused.startswith("operations[1] (scoop): bed.depth = 0.03 m: must be at least 8 median grain")


# configuration: what planning rests on


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


def test_keys_of_a_drill_are_named_as_in_the_file():
    with pytest.raises(ConfigError, match="motion.depht = 1: unknown key; did you mean motion.depth?"):
        load_mission("luna-24-drill", ["motion.depht=1"])


def test_a_name_means_one_quantity_in_all_kinds_of_tools_and_motions():
    for table in ("tool", "motion"):
        held = collections.defaultdict(set)
        for model in models_of(MissionConfig.model_fields[table].annotation).values():
            for name, field in model.model_fields.items():
                held[name].add(dimension_of(field))
        assert len(held) > 10 and all(len(dimensions) == 1 for dimensions in held.values())


@pytest.mark.parametrize(
    ("key", "dimension"),
    [
        ("soil.cohesion", "pressure"), ("bed.bulk_density", "density"), ("tool.pitch", "length"),
        ("motion.percussion.energy", "energy"), ("motion.spin_rate", "rotation rate"), ("soil.friction", "number"),
        ("operations.0.motion.feed_rate", "speed"), ("operations.*.soil.youngs_modulus", "pressure"),
        ("sites.crater.bed.depth", "length"), ("campaign.goal", "mass"), ("bed.rocks.0.density", "density"),
        ("tool.teeth", None), ("operations.0.repeat", None), ("soil.preset", None), ("soil.fricton", None),
    ],
)  # fmt: skip
def test_what_keys_hold(key, dimension):
    assert dimension_at(key) == dimension
    assert (field_of(key) is None) == (key == "soil.fricton")


def test_put_reaches_into_lists_and_makes_tables():
    data = {"operations": [{"a": {}}, {}]}
    put(data, "operations.*.a.b", 1, "here")
    put(data, "operations.1.a.b", 2, "here")
    put(data, "soil.friction", 3, "here")
    assert data == {"operations": [{"a": {"b": 1}}, {"a": {"b": 2}}], "soil": {"friction": 3}}


# thousands of runs


def test_ten_thousand_runs_read_each_file_once(study, tmp_path, monkeypatch):
    words = read_with("scoop-preview")[1]
    (tmp_path / "base.toml").write_text(tomli_w.dumps(words), encoding="utf-8")
    path = study(RANGE + COHESION, 'sampler = "latin-hypercube"\nsamples = 1000\nrepeats = 5', "base.toml")
    read = collections.Counter()
    bytes_of = Path.read_bytes

    def counted(self):
        read[self.name] += 1
        return bytes_of(self)

    monkeypatch.setattr(Path, "read_bytes", counted)
    plan = make_study(path)
    assert len({run.id for run in plan.runs}) == 10_000 and not any(run.refused for run in plan.runs)
    assert read == {"try.toml": 1, "base.toml": 1, "chang-e-5.toml": 2}  # parsed once, and its bytes hashed once
    assert len({run.bed for run in plan.runs}) == 10  # two cohesions, five soils
    make_study(path)
    assert read["base.toml"] == 2  # nothing is remembered from plan to plan


def test_a_file_that_changes_between_plans_changes_the_runs(study, tmp_path):
    path = study(COHESION)
    soil = Path(load_mission.__code__.co_filename).parents[2] / "data/soils/grc-1.toml"
    own = tmp_path / "own.toml"
    own.write_text(soil.read_text(encoding="utf-8"), encoding="utf-8")
    path.write_text(path.read_text() + '[set]\n"soil.preset" = "own.toml"\n')
    before = ids(path)
    own.write_text(soil.read_text(encoding="utf-8").replace("0.5", "0.4"), encoding="utf-8")
    assert set(ids(path)).isdisjoint(before)


# shipped studies and forecasts


def test_four_studies_are_shipped():
    assert shipped("studies") == ["chang-e-5-2kg", "drill-drive", "drill-speed-up", "scoop-soil"]


@pytest.mark.parametrize("name", shipped("studies"))
def test_shipped_studies_can_be_planned_to_the_last_run(name):
    plan = make_study(name)
    assert plan.name == name and 10 < len(plan.runs) < 200
    assert not [run.refused for run in plan.runs if run.refused]
    for parameter in plan.parameters:
        low, high = min(plan.runs, key=of(parameter.key)), max(plan.runs, key=of(parameter.key))
        for run in (low, high):
            assert 1_000 < estimate(run).grains < 20_000


def of(key):
    return lambda run: run.values[key]


def test_speed_up_keeps_the_advance_per_turn():
    runs = make_study("drill-speed-up").runs
    per_turn = [2 * math.pi * run.values["motion.feed_rate"] / run.values["motion.spin_rate"] for run in runs]
    assert per_turn == pytest.approx([0.024] * 16)


def test_a_forecast_estimates_some_runs_and_says_so(study):
    plan = make_study(study('[vary."motion.speed"]\ngrid = [0.2, 0.4]\nsteps = 120\n' + COHESION))
    table = describe(plan)
    estimated = [row for row in table.rows if row[-1]]
    assert table.headings == ("run", "id", "motion.speed [m/s]", "soil.cohesion [Pa]", "repeat", "grains", "steps",
                              "expected time")  # fmt: skip
    assert len(table.rows) == 240 and len(estimated) == MOST_ESTIMATES
    assert table.rows[0][:5] == ("0", plan.runs[0].id, "0.2", "50000", "0")
    assert {row[3] for row in estimated} == {"50000", "150000"}
    whole = sum(estimate(run).seconds for run in plan.runs[::7]) * 7
    assert table.seconds == pytest.approx(whole, rel=0.05)
    assert table.text.startswith("240 runs: about ") and table.text.endswith("taken from 50 of them")
    few = describe(plan, plan.runs[:3])
    assert few.seconds == pytest.approx(sum(estimate(run).seconds for run in plan.runs[:3]))
    assert "taken from" not in few.text
    fast, slow = (estimate(run) for run in (plan.runs[-1], plan.runs[0]))
    assert all(a.seconds > b.seconds for a, b in pairwise([slow, fast]))


def test_a_forecast_shows_what_is_refused_and_what_will_fail(study):
    """A drag out of the box is seen only when the tool's mesh is there, which planning does not make."""
    plan = make_study(study('[vary."motion.drag"]\nvalues = ["50 mm", "0.6 m"]\n[vary."motion.penetration"]\n'
                            'values = ["30 mm", "90 mm"]'))  # fmt: skip
    good, deep, far, _ = describe(plan).rows
    assert good[-1].endswith(" s") and deep[1] == "-"
    assert deep[-1].startswith("refused: motion.penetration = 0.09 m: must be at most")
    assert far[-1].startswith("will fail: motion: the tool sweeps x =")
    assert describe(plan).text.startswith("1 runs: about ")


def test_a_campaign_is_estimated_with_all_its_operations(study):
    plan = make_study(study('[vary."operations.1.at_most"]\nvalues = [3, 6]', "", "chang-e-5-preview"))
    three, six = map(estimate, plan.runs)
    one = estimate(make_study(study(COHESION, base="drill-preview")).runs[0])
    assert six.steps - one.steps == pytest.approx(2 * (three.steps - one.steps), rel=0.01)
    assert six.grains == three.grains > 5_000


def test_tables_of_campaigns_hold_no_key_of_a_study():
    """[vary.KEY] without quotes tells a table of designs from a design by its keys."""
    names = {name for model in (MissionConfig, CampaignTables) for name in model.model_fields}
    assert not names & {"values", "range", "grid", "steps", "scale", "zip"}

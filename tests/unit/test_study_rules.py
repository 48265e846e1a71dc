"""Study files: what they may say, and what the keys that they name hold."""

import collections

import pytest

from regolith.config import MissionConfig, load_mission
from regolith.config.campaign import CampaignTables
from regolith.config.keys import dimension_at, field_of, put
from regolith.config.problems import models_of
from regolith.config.units import dimension_of
from regolith.errors import ConfigError
from regolith.sweep.plan import make_study
from tests.unit.study_desk import COHESION, RANGE, SOBOL, ids, refusal, study_writer

study = pytest.fixture(study_writer)


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
        (RANGE, 'sampler = "saltelli"\nsamples = 4\nsoils = "own"', 'soils = "own": Sobol indices compare runs'),
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


# keys


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


def test_tables_of_campaigns_hold_no_key_of_a_study():
    """[vary.KEY] without quotes tells a table of designs from a design by its keys."""
    names = {name for model in (MissionConfig, CampaignTables) for name in model.model_fields}
    assert not names & {"values", "range", "grid", "steps", "scale", "zip"}

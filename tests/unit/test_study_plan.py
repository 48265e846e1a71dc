"""The plan of a study: values, ids, seeds, beds and paths of its runs, and how often it reads a file."""

import collections
import math
from pathlib import Path

import pytest
import tomli_w

from regolith.config import load_mission
from regolith.config.load import read_with
from regolith.sweep.plan import make_study
from regolith.sweep.sources import standing_alone
from tests.mission.tiny import ROOT
from tests.unit.study_desk import COHESION, RANGE, SOBOL, ids, study_writer

study = pytest.fixture(study_writer)


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


def test_paths_in_a_study_start_from_its_folder(study, tmp_path):
    soil = Path(load_mission.__code__.co_filename).parents[2] / "data/soils/grc-1.toml"
    (tmp_path / "own.toml").write_text(soil.read_text(encoding="utf-8"), encoding="utf-8")
    plan = make_study(study('[vary."soil.preset"]\nvalues = ["chang-e-5", "own.toml"]'))
    assert [run.data["soil"]["preset"] for run in plan.runs] == ["chang-e-5", str(tmp_path / "own.toml")]
    assert [run.values["soil.preset"] for run in plan.runs] == ["chang-e-5", "own.toml"]


@pytest.mark.parametrize("soils", ["shared", "own"])
def test_paths_may_start_from_the_folder_of_the_base_and_the_copy_that_stands_alone_plans_the_same(
    study, tmp_path, soils
):
    base, out = tmp_path / "deep" / "base.toml", tmp_path / "out"
    for folder in (base.parent, out):
        folder.mkdir()
    shipped = ROOT / "data"
    base.write_text((shipped / "missions" / "scoop-preview.toml").read_text(encoding="utf-8"), encoding="utf-8")
    own = (shipped / "soils" / "grc-1.toml").read_text(encoding="utf-8")
    (base.parent / "own.toml").write_text(own, encoding="utf-8")
    vary = '[vary."soil.preset"]\nvalues = ["lhs-1", "own.toml"]\n'
    file = study(vary + COHESION, f'soils = "{soils}"', base="deep/base.toml")
    for name, text in standing_alone(file, "try").items():
        (out / name).write_text(text, encoding="utf-8")
    runs = make_study(file).runs
    assert runs[-1].data["soil"]["preset"] == str(base.parent / "own.toml")
    assert [run.text for run in make_study(out / "study.toml").runs] == [run.text for run in runs]


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

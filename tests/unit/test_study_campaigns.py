"""Studies whose base is a campaign: keys of one operation or of all, ids, refusals."""

import pytest

from regolith.config import load_campaign
from regolith.sweep.plan import make_study
from tests.unit.study_desk import refusal, study_writer

study = pytest.fixture(study_writer)


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

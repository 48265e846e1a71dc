"""Campaign files: what operations inherit, what the runs are called, and what is refused."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regolith.campaign import make_plans
from regolith.cli import app
from regolith.config import load_campaign, load_mission
from regolith.errors import ConfigError

BASE = (Path(__file__).parents[2] / "data/missions/scoop-preview.toml").read_text(encoding="utf-8")
WORDS = """
[campaign]
goal = "2 kg"
container_mass = "2.5 kg"

[sites.crater]
soil = { grain_scale = 200 }
bed = { depth = "0.1 m" }

[[operations]]
name = "scoop"
until = "goal"
at_most = 4
motion = { penetration = "25 mm" }

[[operations]]
name = "dig"
site = "crater"
ground = "trench"
repeat = 2
tool = { width = "80 mm" }

[[operations]]
name = "probe"
site = "crater"
vary_soil = false
repeat = 2
seed = 77
motion = { kind = "waypoints", waypoints = [
    { time = 0, position = [0.16, 0.09, 0.2] }, { time = 1, position = [0.16, 0.09, 0.25] } ] }
"""


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(BASE + WORDS, encoding="utf-8")
    return path


def test_operations_stand_above_their_site_and_the_file(file):
    scoop, dig, probe = load_campaign(file).missions
    base = load_mission("scoop-preview")
    assert scoop.motion == base.motion.model_copy(update={"penetration": 0.025})
    assert (scoop.soil, scoop.bed, scoop.tool, scoop.numerics) == (base.soil, base.bed, base.tool, base.numerics)
    assert (dig.soil.grain_scale, dig.soil.grain_diameter, dig.soil.cohesion) == (200, None, 150e3)
    assert (dig.bed.depth, dig.bed.size, dig.tool.width, dig.tool.radius) == (0.1, base.bed.size, 0.08, 0.032)
    assert probe.motion.kind == "waypoints" and dig.motion == base.motion


def test_runs_names_seeds_and_kept_states(file):
    steps = load_campaign(file).steps()
    assert [(step.folder, step.mission.seed, step.mission.output.final_state) for step in steps] == [
        ("01-scoop-1", 1, False), ("02-scoop-2", 2, False), ("03-scoop-3", 3, False), ("04-scoop-4", 4, False),
        ("05-dig-1", 1001, True), ("06-dig-2", 1002, False), ("07-probe-1", 77, False), ("08-probe-2", 77, False),
    ]  # fmt: skip
    assert [step.mission.name for step in steps] == [step.name for step in steps]


def test_what_is_recorded_gives_the_same_campaign(file, tmp_path):
    config = load_campaign(file)
    again = tmp_path / "again.toml"
    again.write_text(config.to_toml(), encoding="utf-8")
    assert load_campaign(again).steps()[5].mission == config.steps()[5].mission
    assert load_campaign(again).content_hash() == config.content_hash()
    for changed in ("campaign.goal=1 kg", "operations.1.repeat=3", "operations.0.tool.width=91 mm", "seed=2"):
        assert load_campaign(file, [changed]).content_hash() != config.content_hash()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("campaign.goal=3 kg", "campaign: goal = 3 kg is more than the container holds, container_mass = 2.5 kg"),
        ("campaign.goal=0", "campaign.goal = 0: must be above 0 kg"),
        ("campaign.goal=1 m", "campaign.goal = '1 m': has the wrong dimension: mass is expected"),
        ("campaign.time_budget=-1", "campaign.time_budget = -1: must be above 0 s"),
        ("campaign.energy_budget=0 J", "campaign.energy_budget = '0 J': must be above 0 J"),
        ("campaign.container_volume=0", "campaign.container_volume = 0: must be above 0 m^3"),
        ("campaign={}", "operations[0].until = 'goal': there is no goal; state campaign.goal, or repeat = 4"),
        ("campaign.gaol=1", "campaign.gaol = 1: unknown key; did you mean campaign.goal?"),
        ("operations=[]", "operations = []: must hold at least one operation: add [[operations]] with a name"),
        ("operations.1.site=carter", "operations[1].site = 'carter': no such site; there are: crater"),
        ("operations.1.name=scoop", "operations: two runs would be called 'scoop-1' (of scoop and scoop)"),
        ("operations.1.name=a b", "operations[1].name = 'a b': must be 1 to 64 letters"),
        ("operations.1.repeat=0", "operations[1].repeat = 0: must be greater than or equal to 1"),
        ("operations.0.repeat=2", 'operations[0]: until = "goal" and repeat exclude each other'),
        ("operations.1.at_most=3", 'operations[1]: at_most goes with until = "goal"'),
        ("operations.1.on_stall=cry", "operations[1].on_stall = 'cry': must be 'go on', 'skip' or 'stop'"),
        ("operations.0.ground=trench", 'operations[0]: ground = "trench" needs a site'),
        ("operations.1.motion.sped=1", "operations[1] (dig): motion.sped = 1: unknown key; did you mean motion.speed?"),
        ("operations.1.bed.depth=1 cm", "operations[1] (dig): bed.depth = 0.01 m: must be at least 8 median grain"),
        ('operations.1.bed.continues="x"', "operations[1].bed: continues is set by the campaign"),
        ("soil.fricton=1", "mine.toml: soil.fricton = 1: unknown key; did you mean soil.friction?"),
        ("name=a b", "name = 'a b': must be 1 to 64 letters"),
        ("operations.7.repeat=1", "--set 'operations.7.repeat=1': operations has the entries 0 to 2, not '7'"),
        ("operations.repeat=1", "--set 'operations.repeat=1': operations is a list; name a key of one of its entries"),
    ],
)
def test_refused(file, setting, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_campaign(file, [setting])


def test_one_trench_has_one_soil_and_one_bed(file):
    settings = ["operations.2.ground=trench", "operations.2.bed.depth=0.11"]
    load_campaign(file, settings[:1])
    told = r"operations\[2\].bed.depth = 0.11: the trench at site crater has 0.1; state soil and bed in \[sites.crat"
    with pytest.raises(ConfigError, match=told):
        load_campaign(file, settings)


def test_a_fault_of_the_file_is_told_once_and_those_of_operations_apart(file):
    with pytest.raises(ConfigError) as refused:
        load_campaign(file, ["numerics.contact_steps=1", "operations.0.soil.friction=-1", "operations.1.tool.wall=0"])
    lines = [line.partition("mine.toml: ")[2] for line in str(refused.value).splitlines()]
    assert [line.partition(" = ")[0] for line in lines] == [
        "operations[0] (scoop): soil.friction", "numerics.contact_steps", "operations[1] (dig): tool.wall"
    ]  # fmt: skip


def test_a_goal_that_the_volume_cannot_hold_and_a_dig_too_deep(file):
    plans = make_plans(load_campaign(file, ["campaign.container_volume=2 L"]))
    densest = max(float(plan.soil.bulk_density([plan.config.bed.depth]).max()) for plan in plans)
    with pytest.raises(ConfigError, match=r"campaign.goal = 2 kg: takes at least .* m3 .*container_volume = 0.001 m3"):
        make_plans(load_campaign(file, ["campaign.container_volume=1 L"]))
    make_plans(load_campaign(file, [f"campaign.container_volume={2.001 / densest}"]))
    with pytest.raises(ConfigError, match=r"operation 'scoop': motion: the tool sweeps x"):
        make_plans(load_campaign(file, ["operations.0.motion.drag=1 m"]))


def test_campaigns_and_missions_are_told_apart(file, tmp_path):
    with pytest.raises(ConfigError, match=r"is a campaign .*load it with load_campaign"):
        load_mission(file)
    with pytest.raises(ConfigError, match="is a single mission .*load it with load_mission"):
        load_campaign("scoop-preview")
    done = CliRunner().invoke(app, ["run", "scoop-preview", "--slots", "2", "--out", str(tmp_path / "run")])
    assert done.exit_code == 2 and "--slots 2: is for campaigns" in done.stderr and not (tmp_path / "run").exists()


def test_info_lists_the_operations(file):
    text = CliRunner().invoke(app, ["info", str(file)]).stdout
    assert "goal: 2 kg\n" in text and "container: 2.5 kg\n" in text
    assert re.search(r"^scoop: until the goal, at most 4 times, on a fresh bed; scoop: about 1\d,\d{3} gr", text, re.M)
    assert re.search(r"^dig: 2 times, in the trench at site crater; .* steps, .* s of motion; .* each$", text, re.M)
    assert re.search(r"^expected time: at most ", text, re.M) and text.count("The grains cling") <= 2

"""A campaign on real grains whose drill meets a rock: it goes on as the operation's fallback says."""

import math

import pandas as pd
import pytest
import tomli_w

from regolith.config.load import read_with
from tests.mission.tiny import DRILL, call, settings

ROCK = (
    'bed.rocks=[{diameter="0.9 m", position=[1.2, 0.85, 0.7], density=3000}]',
    "motion.max_force=3 kN",
    "motion.depth=0.9 m",
)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A drill that would be tried twice, then grabs until there is enough."""
    folder = tmp_path_factory.mktemp("rock")
    drill = read_with("scoop-preview", [*DRILL, *ROCK])[1]
    operations = [
        {"name": "drill", "repeat": 2, "on_stall": "skip"}
        | {"tool": drill["tool"], "motion": drill["motion"], "bed": {"rocks": drill["bed"]["rocks"]}},
        {"name": "scoop", "until": "goal", "at_most": 4},
    ]
    content = read_with("scoop-preview", settings())[1]
    content |= {"name": "rock", "campaign": {"goal": "100 kg"}, "operations": operations}
    (folder / "rock.toml").write_text(tomli_w.dumps(content))
    ended = call("run", folder / "rock.toml", "--out", folder / "run", "--slots", 1)
    assert ended.returncode == 0, ended.stderr
    return ended, folder / "run", pd.read_csv(folder / "run" / "campaign.csv").set_index("name")


def test_the_stalled_drill_is_not_tried_again_and_the_scoop_makes_the_goal(done):
    ended, _, table = done
    assert list(table.index)[:2] == ["drill-1", "scoop-1"]
    assert table.outcome["drill-1"] == "stalled" and table.reason["drill-1"].startswith("stalled at ")
    assert (table.outcome.drop("drill-1") == "done").all()
    assert ended.stdout.splitlines()[-1].startswith("goal met: ") and table.cumulative_mass_kg.iloc[-1] >= 100


def test_the_rock_is_no_sample_and_no_grain_is_lost(done):
    _, _, table = done
    drill = table.loc["drill-1"]
    assert drill.grains == drill.bed_grains + drill.captured_grains + drill.spilled_grains
    assert 0 < drill.captured_mass_kg < 3000 * math.pi / 6 * 0.9**3
    assert table.cumulative_mass_kg.iloc[-1] == pytest.approx(table.captured_mass_kg.sum())

"""A campaign on real grains: the goal met, the trench dug on in, the same bits whatever stands in the way."""

import json
import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tomli_w

from regolith.config.load import read_with
from regolith.output import trajectory
from tests.mission.tiny import ROOT, call, command, environment, settings

CHANGING = {"wall_s"}
CAPTURED = 1
# Time [s]; x [m], z [m], pitch [rad]: behind the first grab, and deeper.
SECOND = (
    (0, 1.0, 1.68, 0.26),
    (0.4, 1.3, 1.2, 0.26),
    (0.8, 1.85, 1.2, 0.2),
    (1.5, 1.9, 1.6, -0.9),
    (2.0, 1.9, 2.05, -0.9),
)


def motion(poses: tuple[tuple[float, ...], ...]) -> dict:
    points = [{"time": t, "position": [x, 0.85, z], "pitch": p} for t, x, z, p in poses]
    return {"kind": "waypoints", "waypoints": points}


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """Once on ground of its own, then twice in one trench, and more than is needed."""
    operations = [
        {"name": "alone"},
        {"name": "dig", "site": "a", "ground": "trench", "seed": 2},
        {"name": "on", "site": "a", "ground": "trench", "motion": motion(SECOND)},
        {"name": "spare", "until": "goal", "at_most": 3},
    ]
    content = read_with("scoop-preview", settings("output.checkpoint_interval=0.3 s"))[1]
    content |= {"name": "tiny", "campaign": {"goal": "120 kg", "container_mass": "1 t"}, "sites": {"a": {}}}
    path = tmp_path_factory.mktemp("campaign") / "tiny.toml"
    path.write_text(tomli_w.dumps(content | {"operations": operations}))
    return path


@pytest.fixture(scope="module")
def undisturbed(file) -> Path:
    """The campaign in two slots, by the command line. Not to be changed."""
    done = call("run", file, "--out", file.parent / "two", "--slots", 2)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("goal met: ")
    return file.parent / "two"


@pytest.fixture(scope="module")
def table(undisturbed) -> pd.DataFrame:
    return pd.read_csv(undisturbed / "campaign.csv").set_index("name")


def end(run: Path, index: int) -> trajectory.Frame:
    return trajectory.read(run / "grains.vtkhdf", index)


def test_the_goal_is_met_and_the_record_complete(undisturbed, table):
    status = json.loads((undisturbed / "status.json").read_text())
    assert status["state"] == "done" and status["result"]["outcome"] == "goal met"
    assert list(table.index)[:3] == ["alone", "dig", "on"] and table.cumulative_mass_kg.iloc[-1] >= 120
    np.testing.assert_allclose(table.captured_mass_kg.cumsum(), table.cumulative_mass_kg)
    np.testing.assert_allclose(table.work_J.sum(), status["result"]["work_J"])
    assert (table.peak_power_W > table.mean_power_W).all() and (table.peak_torque_Nm > table.mean_torque_Nm).all()
    assert (table.outcome == "done").all() and (table.size_bias > 0).all()
    assert (undisturbed / "report.html").is_file()
    assert all((undisturbed / "operations" / name / "report.html").is_file() for name in table.folder)
    assert sorted(os.listdir(undisturbed / "operations")) == sorted(table.folder)


def test_mass_is_conserved_to_the_grain(undisturbed, table):
    assert (table.grains == table.bed_grains + table.captured_grains + table.spilled_grains).all()
    dig, on = table.loc["dig"], table.loc["on"]
    assert on.grains == dig.bed_grains + dig.spilled_grains - dig.lost_grains
    assert dig.captured_grains > 0 and on.captured_grains > 0
    before, start, final = (
        end(undisturbed / "operations" / row.folder, index) for row, index in ((dig, -1), (on, 0), (on, -1))
    )
    ids = start.point_data["id"].astype(int)  # those of the bed that was first dug
    left = np.flatnonzero(before.point_data["status"] != CAPTURED)
    assert ids.tolist() == left.tolist() and final.point_data["id"].tolist() == ids.tolist()
    np.testing.assert_array_equal(start.points, before.points[ids])
    for name in ("diameter", "mass", "origin_depth"):
        np.testing.assert_array_equal(start.point_data[name], before.point_data[name][ids])
    taken = [before.point_data["status"] == CAPTURED, final.point_data["status"] == CAPTURED]
    together = [*np.flatnonzero(taken[0]), *ids[taken[1]]]
    assert len(set(together)) == dig.captured_grains + on.captured_grains
    first = end(undisturbed / "operations" / dig.folder, 0)
    np.testing.assert_allclose(
        first.point_data["mass"][together].sum(), dig.captured_mass_kg + on.captured_mass_kg, rtol=1e-6
    )
    depth = 1.6 - first.points[ids[taken[1]], 2]  # of what the second took, before the first began
    np.testing.assert_allclose(depth.mean(), on.mean_origin_depth_m, rtol=1e-5)


def test_a_fresh_bed_gives_what_a_single_mission_gives(table, reference):
    result = json.loads((reference / "status.json").read_text())["result"]
    assert table.loc["alone"].final_state_sha256 == result["final_state_sha256"]


class Sitting:
    """The command line at work on a campaign, in a process of its own."""

    def __init__(self, *words: object) -> None:
        self.process = subprocess.Popen(
            command(*words), cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def end_at(self, start: str, number: int) -> str:
        assert self.process.stderr is not None
        assert any(line.startswith(start) for line in self.process.stderr), f"ended before {start}"
        self.process.send_signal(number)
        return self.process.communicate(timeout=120)[1]


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_killed_stopped_and_resumed_in_one_slot_it_gives_the_same_bits(file, undisturbed):
    folder = file.parent / "one"
    killed = Sitting("run", file, "--out", folder, "--slots", 1)
    killed.end_at("alone: digging", signal.SIGKILL)
    assert killed.process.returncode == -signal.SIGKILL
    stopped = Sitting("resume", folder, "--slots", 1)
    text = stopped.end_at("on: digging", signal.SIGINT)
    assert stopped.process.returncode == 130 and "Traceback" not in text
    assert "regolith: interrupted: stopped after 2 operations" in text and f"regolith resume {folder}" in text
    assert json.loads((folder / "status.json").read_text())["state"] == "interrupted"
    assert list((folder / "operations" / "03-on" / "checkpoints").glob("ckpt_*.h5"))
    done = call("resume", folder, "--slots", 1)
    assert done.returncode == 0, done.stderr
    found, wanted = (json.loads((path / "status.json").read_text()) for path in (folder, undisturbed))
    assert found["result"].keys() == wanted["result"].keys()
    for mine, its in zip(
        [found["result"], *found["operations"]], [wanted["result"], *wanted["operations"]], strict=True
    ):
        assert {k: v for k, v in mine.items() if k not in CHANGING} == {
            k: v for k, v in its.items() if k not in CHANGING
        }


def test_another_soil_in_the_trench_is_refused(undisturbed, tmp_path):
    run = undisturbed / "operations" / "02-dig"
    words = [f"bed.continues={run}", "soil.friction=0.31"]
    done = call(
        "run", "scoop-preview", *(w for text in settings(*words) for w in ("--set", text)), "--out", tmp_path / "x"
    )
    assert done.returncode == 2 and "that run has another soil.friction" in done.stderr
    assert not (tmp_path / "x").exists()

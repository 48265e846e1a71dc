"""report.html of a study from a made-up directory: what it says, what it shows, and what it does without."""

import base64
import json
import re
import shutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from regolith import study_plots, study_report
from regolith.cli import app
from regolith.errors import OutputError
from regolith.sweep.rows import Parameter
from regolith.sweep.table import read_table
from tests.made_study import (
    COHESION,
    RAKE,
    campaign_result,
    campaign_study,
    make_folder,
    make_rows,
    make_study,
    mission_result,
    mission_study,
)

FIGURES = {"study-effects", "study-curves", "study-ranks", "study-pairs"}
LOST = {1: "failed", 4: "crashed", 6: "refused"}


@pytest.fixture(scope="module")
def mission(tmp_path_factory):
    study = mission_study()
    path = make_folder(tmp_path_factory.mktemp("mission") / "dir", study, make_rows(study, mission_result))
    study_report.write(path)
    return path


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    study = campaign_study()
    path = make_folder(tmp_path_factory.mktemp("campaign") / "dir", study, make_rows(study, campaign_result, LOST))
    study_report.write(path)
    return path


@pytest.fixture
def no_figures(monkeypatch):
    """For tests of the text, which need not wait for the figures."""
    monkeypatch.setattr(study_plots, "available", lambda table: ())


def text(path) -> str:
    return (path / "report.html").read_text(encoding="utf-8")


def write(folder, study, rows) -> str:
    study_report.write(make_folder(folder, study, rows))
    return text(folder)


def section(html: str, heading: str) -> str:
    return html.partition(f"<h2>{heading}</h2>")[2].partition("<h2>")[0]


def test_page_of_a_mission_study_holds_its_figures(mission):
    html = text(mission)
    embedded = {base64.b64decode(code) for code in re.findall(r"src='data:image/png;base64,([^']+)'", html)}
    assert embedded == {(mission / f"{name}.png").read_bytes() for name in FIGURES}
    links = set(re.findall(r"href='([^']*)'", html))
    assert links == {"study.h5", *(f"runs/{number:016x}/report.html" for number in range(24))}
    assert "All 24 runs are done." in html and "<p class='state done'>" in html
    assert "probability" not in html and "Sobol indices" not in html


def test_results_are_summed_up_in_the_units_of_people(mission):
    verdict = section(text(mission), "Verdict")
    mass = 1e3 * read_table(mission / "study.h5").numbers("captured_mass_kg")
    numbers = (24, *(f"{v:.4g}" for v in (mass.mean(), mass.std(ddof=1), mass.min(), mass.max())))
    cells = "</td><td>".join(map(str, numbers))
    assert f"<tr><td>captured mass [g]</td><td>{cells}</td></tr>" in verdict
    assert "peak torque [N m]" in verdict and "mean force" not in verdict  # no run told it


def test_what_varies_is_said_with_its_design(mission):
    said = section(text(mission), "What varies")
    assert "<td>soil.cohesion</td><td>sampled</td><td>1 to 1000 kPa, logarithmic</td>" in said
    assert "<td>motion.attack_angle</td><td>sampled</td><td>11.46 to 57.3 deg</td>" in said
    assert "<td>tool.width</td><td>list</td><td>60, 120 mm</td>" in said
    assert "<td>soil.preset</td><td>list</td><td>chang-e-5, Größe µ, A &lt; B &amp; C</td>" in said
    assert "<td>scrambled Sobol sequence</td>" in said


def test_strengths_tell_the_parameter_that_matters(mission):
    said = section(text(mission), "Which parameter matters")
    (mass,) = re.findall(r"<tr><td>captured mass</td>(.*?)</tr>", said)
    _, rake, preset, width, explained = re.findall(r"<td>(.*?)</td>", mass)
    assert width.endswith("<br>(100 %)") and explained == "100 %" and preset.startswith("–<br>")
    assert float(width.partition(" ")[0]) > 0.9 > 0.3 > float(rake.partition(" ")[0])


def test_texts_are_escaped(mission):
    html = text(mission)
    assert "base = &quot;A &lt; B &amp; C&quot;" in html and "A < B" not in html


def test_a_goal_that_varies_has_a_chance_too(tmp_path):
    goal = Parameter("campaign.goal", "kg", "list", 1.0, 2.0)
    study = make_study([goal], [{"campaign.goal": 1.0}, {"campaign.goal": 2.0}], repeats=2, base="chang-e-5-preview")
    rows = make_rows(
        study, lambda values, _: {"outcome": "goal met" if values["campaign.goal"] < 2 else "goal not met"}
    )
    path = make_folder(tmp_path / "dir", study, rows)
    study_report.write(path)
    assert "2 of 4 campaigns met their goal: a probability of 50 %" in text(path)
    assert (path / "study-goal.png").exists()


def test_page_of_a_campaign_study_gives_the_chance_of_its_goal(campaign):
    html = text(campaign)
    table = read_table(campaign / "study.h5")
    met = table.columns["outcome"].count("goal met")
    assert 5 < met < 20
    assert f"{met} of 21 campaigns met the goal of 2 kg: a probability of {100 * met / 21:.3g} %" in html
    assert "3 more failed, crashed or were refused, and what they would have brought is unknown" in html
    assert f"it would be {100 * met / 24:.3g} %; had all met it, {100 * (met + 3) / 24:.3g} %" in html
    assert {path.stem for path in campaign.glob("*.png")} == FIGURES | {"study-goal"}
    assert (
        "<td>operations</td>" in section(html, "Verdict")
        and "21 of 24 runs are done; 1 failed, 1 crashed, 1 refused" in html
    )


def test_every_failed_run_is_there_with_its_reason(campaign):
    lost = section(text(campaign), "Failed runs")
    for number, state, reason in (
        (1, "failed", "grain 7 moved"),
        (4, "crashed", "SIGKILL"),
        (6, "refused", "bed.depth"),
    ):
        assert re.search(rf"<td>{number} [0-9a-f]+</td><td>{state}</td>.*{reason}", lost)
    assert lost.count("<tr>") == 4  # with the heading


def test_an_unfinished_study_shows_what_is_there(tmp_path):
    study = campaign_study(12)
    states = {k: "waiting" for k in range(5, 12)} | {0: "failed", 4: "running"}
    html = write(tmp_path, study, make_rows(study, campaign_result, states))
    assert "3 of 12 runs are done; 1 running, 7 waiting, 1 failed. `regolith resume` goes on" in html
    assert "<p class='state running'>" in html and "of 3 campaigns met" in html
    assert (tmp_path / "study-effects.png").is_file() and not (tmp_path / "study-curves.png").exists()


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_study_that_has_hardly_begun(tmp_path, n):
    study = campaign_study(n)
    html = write(tmp_path, study, make_rows(study, campaign_result, dict.fromkeys(range(n), "waiting")))
    assert "has not come far enough for a figure" in html and "No campaign is done yet" in html
    assert not list(tmp_path.glob("*.png"))


def test_a_study_of_which_everything_failed(tmp_path):
    study = mission_study(40)
    html = write(tmp_path, study, make_rows(study, mission_result, dict.fromkeys(range(40), "failed")))
    assert "0 of 40 runs are done; 40 failed." in html and "<p class='state failed'>" in html
    assert "<details><summary>40 runs</summary>" in section(html, "Failed runs")


def test_long_tables_are_folded_and_cut_off_but_never_the_failed_runs(tmp_path, no_figures):
    study = mission_study(700)
    html = write(tmp_path, study, make_rows(study, mission_result, dict.fromkeys(range(100, 500), "crashed")))
    every = section(html, "All runs")
    assert "<details><summary>300 runs</summary>" in every and "The first 300 of 700 runs." in every
    assert section(html, "Failed runs").count("ended by SIGKILL") == 400


def test_sobol_indices_of_a_complete_design_and_why_there_are_none(tmp_path):
    sampler = pytest.importorskip("SALib.sample.sobol")
    problem = {"num_vars": 2, "names": ["a", "b"], "bounds": [[3, 6], [0.2, 1.0]]}
    drawn = sampler.sample(problem, 16, calc_second_order=False, seed=1)
    points = [{"soil.cohesion": float(10**a), "motion.attack_angle": float(b)} for a, b in drawn]
    study = make_study([COHESION, RAKE], points, sampler="saltelli", samples=16)
    html = write(tmp_path / "whole", study, make_rows(study, mission_result))
    assert (tmp_path / "whole/study-indices.png").is_file() and "No Sobol indices" not in html
    html = write(tmp_path / "part", study, make_rows(study, mission_result, {3: "failed"}))
    assert not (tmp_path / "part/study-indices.png").exists()
    assert "captured mass: 1 of 64 runs have no captured_mass_kg" in html and "cannot be filled in" in html


def test_what_is_no_study(tmp_path, mission):
    with pytest.raises(OutputError, match="is no directory of a study"):
        study_report.write(tmp_path)
    other = shutil.copytree(mission, tmp_path / "other")
    (other / "study.h5").unlink()
    with pytest.raises(OutputError, match="there is no table of a study"):
        study_report.write(other)
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest | {"format": 7}))
    with pytest.raises(OutputError, match="another version"):
        study_report.write(other)


def test_the_commands(mission, tmp_path, no_figures):
    runner = CliRunner()
    result = runner.invoke(app, ["report", str(mission)])
    assert result.exit_code == 0 and result.output.strip() == str(mission / "report.html")
    result = runner.invoke(app, ["export", str(mission), str(tmp_path / "study.csv")])
    assert result.exit_code == 0 and (tmp_path / "study.csv").read_text(encoding="utf-8").startswith("run,id,state")
    result = runner.invoke(app, ["export", str(tmp_path), str(tmp_path / "study.csv")])
    assert result.exit_code == 2 and "there is no table of a study" in result.output


def test_reports_need_no_taichi():
    listing = "import sys, regolith.study_report; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert not set(loaded.stdout.split()) & {
        "taichi",
        "regolith_kernels",
        "quadrants",
        "pint",
        "SALib",
        "pandas",
        "scipy",
    }

"""report.html from a made-up run directory: what it says, and what it says when something is missing."""

import base64
import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from regolith import plots, record, report
from regolith.errors import OutputError
from regolith.output.history import truncate as truncate_history
from regolith.tools import make_scoop
from tests.synthetic_run import CAPTURED_MASS, make_run

FIGURES = {"force", "torque", "mass", "energy", "bed", "origin"}
PNG = b"\x89PNG\r\n"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = make_run(tmp_path_factory.mktemp("report") / "run")
    report.write(path)
    return path


@pytest.fixture
def copy(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "copy")


@pytest.fixture
def one_figure(monkeypatch):
    """For tests of the text, which need not wait for all figures."""
    monkeypatch.setattr(plots, "PLOTS", [plot for plot in plots.PLOTS if plot.name == "mass"])


def page(path) -> str:
    return report.write(path).read_text(encoding="utf-8")


def test_page_stands_alone_and_its_figures_lie_beside_it(finished):
    html = (finished / "report.html").read_text(encoding="utf-8")
    embedded = {base64.b64decode(text) for text in re.findall(r"src='data:image/png;base64,([^']+)'", html)}
    assert embedded == {(finished / f"{name}.png").read_bytes() for name in FIGURES}
    assert all(image.startswith(PNG) for image in embedded)
    assert not re.search(r"(src|href)=.(?!data:)", html)


def test_page_gives_the_numbers_with_units_and_what_they_rest_on(finished):
    html = (finished / "report.html").read_text(encoding="utf-8")
    for text in ("161 g", "60 %", "13.5 N", "28 N", "0.36 N m", "13.7 J/kg", "6.1 M grain-steps/s", "93 s"):
        assert f"<td>{text}</td>" in html
    assert "The run is complete." in html
    assert "The tool holds 161 g of soil, 60 % of what it takes when levelled off" in html
    assert "softening: real over simulated Young&#x27;s modulus</td><td>3,000</td>" in html
    assert "pull-off force over weight, real grains" in html and "effective density of the grains" in html
    assert "ab" * 32 in html and "preset = &quot;chang-e-5&quot;" in html


def test_text_from_files_is_escaped(copy, one_figure):
    (copy / "status.json").write_text(json.dumps({"state": "failed", "message": "<script>alert(1)</script>"}))
    html = page(copy)
    assert "A &lt; B &amp; C" in html
    assert "&lt;script&gt;" in html and "<script" not in html


def test_figures_are_those_of_the_columns(finished):
    run = record.read(finished)
    figure = plots.force(run)
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].get_lines()}
    np.testing.assert_array_equal(lines["z"], run.history["force_z"])
    held = plots.mass(run).axes[0].get_lines()[0].get_ydata()
    assert held[-1] == pytest.approx(1e3 * CAPTURED_MASS)
    assert figure.axes[1].get_xlabel() == "time [s]"


def test_origins_add_up_to_what_the_last_frame_holds(finished):
    run = record.read(finished)
    last = run.grains(-1)
    bars = plots.origin(run).axes[0].patches
    assert sum(bar.get_width() for bar in bars) == pytest.approx(1e3 * last.mass[last.status == record.CAPTURED].sum())


def test_four_moments_follow_the_phases(finished):
    run = record.read(finished)
    ends = {name: end for name, _, end in run.phases}
    labels, frames = zip(*plots.moments(run), strict=True)
    assert labels == ("start", "end of the drag", "after the curl", "end")
    half = run.grain_times[1] / 2
    assert abs(run.grain_times[frames[1]] - ends["drag"]) <= half
    assert abs(run.grain_times[frames[2]] - ends["curl"]) <= half
    assert (frames[0], frames[3]) == (0, len(run.grain_times) - 1)


def test_section_of_a_scoop_is_its_closed_outline():
    tool = make_scoop(width=0.1, radius=0.035, depth=0.075, wall=0.002, lip_angle=np.radians(30))
    triangles = tool.mesh.vertices[tool.mesh.faces]
    for y in (0.0, 0.013):
        segments = plots.section(triangles, y)
        ends, times = np.unique(np.round(segments.reshape(-1, 2), 9), axis=0, return_counts=True)
        assert (times % 2 == 0).all() and len(ends) > 10  # every end belongs to two segments: a closed line
        length = np.linalg.norm(segments[:, 0] - segments[:, 1], axis=1).sum()
        area = 0.5 * np.abs(sum(_green(tool.mesh, triangles, y, segments)))
        assert area == pytest.approx(0.5 * length * 0.002, rel=0.05)  # a thin strip, 2 mm wide
    assert plots.section(triangles, 1.0).shape == (0, 2, 2)


def _green(mesh, triangles, y, segments):
    """Twice the area inside, by Green's theorem; the normals of the cut triangles give each segment its sense."""
    height = triangles[:, :, 1] - y
    height = np.where(height == 0, 1e-12, height)
    cut = np.flatnonzero(np.abs(np.sign(height).sum(axis=1)) == 1)
    for normal, (a, b) in zip(mesh.normals[cut][:, [0, 2]], segments, strict=True):
        outward = normal @ np.array([(b - a)[1], -(b - a)[0]])
        yield np.sign(outward) * (a[0] * b[1] - b[0] * a[1])


@pytest.mark.parametrize("state", ["failed", "interrupted", "running"])
def test_unfinished_runs_say_so(tmp_path, one_figure, state):
    path = make_run(tmp_path / "run", state=state, share=0.45)
    html = page(path)
    assert f"<p class='state {state}'>" in html and "(why)" in html
    held = record.read(path).history["captured_mass"][-1] * 1e3
    assert f"{held:.3g} g" in html


def test_unfinished_runs_show_what_is_there(tmp_path):
    path = make_run(tmp_path / "run", state="failed", share=0.45)
    assert page(path).count("<figure>") == len(FIGURES)
    assert list(dict(plots.moments(record.read(path)))) == ["start", "end of the drag", "last frame"]


def test_runs_that_have_hardly_begun(tmp_path, copy):
    start = tmp_path / "start"
    start.mkdir()
    shutil.copy(copy / "mission.toml", start)
    assert "not come far enough for a figure" in page(start)
    assert {file.name for file in start.iterdir()} == {"mission.toml", "report.html"}
    truncate_history(copy / "history.h5", 0)
    (copy / "grains.vtkhdf").unlink()
    (copy / "status.json").write_text('{"state": "running"}')
    assert "0 g of soil" in page(copy)


def test_a_run_that_caught_nothing(copy, one_figure):
    status = json.loads((copy / "status.json").read_text())
    nothing = dict.fromkeys(("captured_mass_kg", "fill_ratio", "captured_grains"), 0)
    status["result"] |= nothing | {"specific_energy_J_per_kg": None, "mean_origin_depth_m": None}
    (copy / "status.json").write_text(json.dumps(status))
    assert "<td>specific energy</td><td>none</td>" in page(copy)


def test_grains_pressed_too_far_are_a_warning(copy, one_figure):
    status = json.loads((copy / "status.json").read_text())
    assert "too soft" not in page(copy)
    status["result"]["largest_overlap"] = 0.15
    (copy / "status.json").write_text(json.dumps(status))
    assert "The largest overlap is 15 % of a radius" in page(copy)


@pytest.mark.parametrize("name", ["manifest.json", "history.h5", "grains.vtkhdf", "tools.vtkhdf"])
def test_a_finished_run_that_lacks_a_file(copy, name):
    (copy / name).unlink()
    with pytest.raises(OutputError, match=f"{name}: is missing"):
        report.write(copy)


@pytest.mark.parametrize(
    "name", ["mission.toml", "status.json", "manifest.json", "history.h5", "grains.vtkhdf", "tools.vtkhdf"]
)
@pytest.mark.parametrize("content", [b"[1, 2", b"\x00\xff rubbish", b"[1, 2]"])
def test_damaged_files_are_named(copy, name, content):
    (copy / name).write_bytes(content)
    with pytest.raises(OutputError, match=f"{name}: "):
        report.write(copy)


@pytest.mark.parametrize("content", [{"phases": [1]}, {"notes": 3}, {"phases": 1}, {"surface_z": "high"}])
def test_manifests_of_another_form_are_named(copy, content):
    (copy / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(OutputError, match=r"manifest.json: is damaged"):
        report.write(copy)


def test_what_is_no_run_directory(tmp_path):
    with pytest.raises(OutputError, match=r"it has no mission.toml"):
        report.write(tmp_path)
    with pytest.raises(OutputError, match="there is no such folder"):
        report.write(tmp_path / "nowhere")


def test_reports_need_no_taichi():
    listing = "import sys, regolith.report; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert not set(loaded.stdout.split()) & {"taichi", "regolith_kernels", "quadrants", "pint"}

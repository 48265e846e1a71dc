"""Bad input to a mission: one clear message, the right exit code, no traceback, nothing left behind or lost."""

import json
import os
import re
from pathlib import Path

import pytest
import trimesh
from typer.testing import CliRunner

from regolith.cli import app
from regolith.output import checkpoint
from tests.mission.tiny import call, grab, run_words, settings

HERE = "soil.friction=0.3"


def run(out: Path, *more: str) -> tuple[int, str]:
    """The command in this process: exit code and what it says on standard error."""
    done = CliRunner().invoke(app, list(map(str, run_words(out, *more))))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.stderr
    return done.exit_code, done.stderr


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("soil.fricton=0.5", r"soil\.fricton = 0\.5: unknown key; did you mean soil\.friction\?"),
        ("bed.depth=100 kg", r"bed\.depth = '100 kg': has the wrong dimension: length is expected"),
        ("bed.depth=deep", r"bed\.depth = 'deep': is not a quantity"),
        ("seed=1.5", r"seed = 1\.5: "),
        ("soil.restitution=1.4", r"soil\.restitution = 1\.4: must be at least 0\.01 and at most 1"),
        ("soil.preset=/nowhere/soil.toml", r"soil\.preset = .*no such file"),
        ("bed.size=[0.9, 1.7]", r"bed\.size\[0\] = 0\.9 m: must be at least 8 median grain diameters .* 1\.6 m"),
        ("numerics.time_step=1 s", r"numerics\.time_step = 1 s: must be above 0 and at most [\d.e-]+ s"),
        (grab(deeper=0.5), r"motion\.waypoints\[0\].* height of [\d.]+ m, inside the ground.* start it higher"),
        ("bed.size=[1.7, 1.7]", r"motion: the tool sweeps x = .* inside the box of bed\.size\[0\] = 1\.7 m"),
        ("tool.wall=9 mm", r"tool\.wall = 0\.009 m: must be at least 0\.2 radii of the largest grain"),
    ],
)
def test_bad_mission_leaves_nothing_behind(tmp_path, more, message):
    code, text = run(tmp_path / "run", more)
    assert code == 2 and re.search(message, text), text
    assert text.count("error:") == 1 and not (tmp_path / "run").exists()


def test_missing_mission(tmp_path):
    done = CliRunner().invoke(app, ["run", str(tmp_path / "none.toml")])
    assert done.exit_code == 2 and "none.toml: no such file; give a path" in done.stderr


def stl(path: Path, *, holed: bool = False, inverted: bool = False, thickness: float = 0.6) -> Path:
    """A block."""
    solid = trimesh.creation.box(extents=(0.6, 0.6, thickness))
    solid.faces = solid.faces[1:] if holed else solid.faces
    solid.faces = solid.faces[:, ::-1] if inverted else solid.faces
    solid.export(path)
    return path


def tool(file: Path, capture: Path) -> str:
    return f'tool={{kind="stl", file="{file}", capture="{capture}", unit="m"}}'


def test_bad_meshes(tmp_path):
    good = stl(tmp_path / "good.stl")
    for file, capture, message in (
        (stl(tmp_path / "open.stl", holed=True), good, r"tool\.file = .*open\.stl.* (open|hole|edge)"),
        (stl(tmp_path / "inside.stl", inverted=True), good, r"tool\.file = .*inside\.stl.*inside"),
        (good, tmp_path / "open.stl", r"tool\.capture = .*open\.stl"),
        (tmp_path / "none.stl", good, r"tool\.file = .*no such file"),
        (stl(tmp_path / "thin.stl", thickness=0.005), good, r"tool: its thinnest wall is 0\.005 m; must be at least"),
    ):
        code, text = run(tmp_path / "run", tool(file, capture))
        assert code == 2 and re.search(message, text) and not (tmp_path / "run").exists(), text


def test_output_that_cannot_be(tmp_path, reference):
    (tmp_path / "file").write_text("mine")
    for out, message in (
        (tmp_path / "file", r"file: cannot create the run directory: .*choose another --out"),
        (tmp_path / "file" / "run", r"cannot create the run directory: .*A file lies where a folder is needed"),
        (tmp_path, r"the folder is not empty\. Choose another --out"),
        (reference, r"holds a finished run\. Choose another --out"),
    ):
        code, text = run(out)
        assert code == 2 and re.search(message, text), text
    assert (tmp_path / "file").read_text() == "mine" and os.listdir(tmp_path) == ["file"]


def test_guard_that_trips_ends_with_its_own_code(tmp_path, reference):
    folder = tmp_path / "run"
    code, text = run(folder, grab(hurry=40.0), "output.history_interval=1e-3 s")
    assert code == 3 and re.search(r"error: step \d+ \(t = [\d.]+ s\): an overlap of \d+% of a .*slower tool", text)
    status = json.loads((folder / "status.json").read_text())
    assert (status["state"], status["reason"]) == ("failed", "guard") and status["message"] in text
    (dump,) = (folder / "failure").iterdir()
    state = checkpoint.read(dump)
    assert state.step == int(re.search(r"step (\d+)", text)[1])  # type: ignore[index]
    n_grains = json.loads((reference / "status.json").read_text())["result"]["grains"]  # on the same bed
    assert state.arrays["grains/position"].shape == (n_grains, 3)
    from regolith.output import history

    assert history.read(folder / "history.h5")["step"][-1] > state.step - 128  # rows up to the trip are written


@pytest.mark.parametrize("arch", ["cuda", "vulkan", "metal"])
def test_backend_that_is_not_there(tmp_path, arch):
    done = call("run", "scoop-preview", "--arch", arch, "--out", tmp_path / "run", *with_set(grab(hurry=50.0)))
    if done.returncode in (0, 3):
        pytest.skip(f"{arch} is there")
    assert done.returncode == 2 and done.stderr.count("error:") == 1 and "Traceback" not in done.stderr, done.stderr
    assert re.search(rf"arch = '{arch}': .*; use (--arch )?cpu", done.stderr)
    assert not done.stdout.strip() and not (tmp_path / "run").exists()


def with_set(*texts: str) -> list[str]:
    return [word for text in settings(*texts) for word in ("--set", text)]

"""The command line: messages, exit codes, where runs go, how they stop. The run itself is a stand-in."""

import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest
from typer.testing import CliRunner

import regolith
from regolith.cli import app
from regolith.config import load_mission
from regolith.errors import ConfigError, GuardTripped, Interrupted, OutputError
from regolith.watch import Progress, Terminal
from tests.synthetic_run import make_run, result

ROOT = Path(__file__).parents[2]
SLOW = {
    "taichi",
    "quadrants",
    "regolith_kernels",
    "h5py",
    "pint",
    "pydantic",
    "numpy",
    "scipy",
    "trimesh",
    "matplotlib",
}


class Mission(types.ModuleType):
    """In the place of `regolith.mission`: leaves a run directory, or raises what it is told to."""

    def __init__(self) -> None:
        super().__init__("regolith.mission")
        self.calls: list[dict] = []
        self.trouble = lambda out, watch: None

    def run(self, config, out, *, arch, threads, watch):
        self.calls.append({"config": config, "out": out, "arch": arch, "threads": threads})
        self.trouble(out, watch)
        return self._leave(out)

    def resume(self, rundir, *, arch=None, threads=None, watch):
        self.calls.append({"rundir": rundir, "arch": arch, "threads": threads})
        self.trouble(rundir, watch)
        return self._leave(rundir / "again")

    def _leave(self, out):
        make_run(out)
        return result(types.SimpleNamespace(struck_volume=1.8e-4))


@pytest.fixture
def mission(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    stand_in = Mission()
    monkeypatch.setitem(sys.modules, "regolith.mission", stand_in)
    monkeypatch.setattr("regolith.report.write", lambda path: path / "report.html")
    return stand_in


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def raiser(error: BaseException):
    def trouble(out, watch):
        raise error

    return trouble


def test_help_names_the_commands_and_loads_nothing_slow():
    code = "import sys; sys.argv = ['regolith', '--help']\nfrom regolith.cli import main\ntry: main()\nfinally: "
    code += "print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    text, _, loaded = done.stdout.partition("LOADED")
    assert all(f" {command} " in text for command in ("run", "resume", "report", "info"))
    assert not set(loaded.split()) & SLOW


def test_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "regolith", "info", "nowhere"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 2
    assert done.stderr.startswith("regolith: error: nowhere: no such file") and "Traceback" not in done.stderr
    assert "scoop-preview" in done.stderr and "chang-e-5" in done.stderr


def test_run_prints_the_result_and_where_everything_is(mission):
    done = call("run", "scoop-preview", "--arch", "vulkan", "--threads", 2)
    assert done.exit_code == 0, done.output
    config = load_mission("scoop-preview")
    folder = Path("runs") / f"scoop-preview-{config.content_hash()}"
    assert mission.calls == [{"config": config, "out": folder, "arch": "vulkan", "threads": 2}]
    for line in ("captured mass: 161 g", "of the struck volume's mass: 60 %", "peak force, moving mean: 13.5 N",
                 "peak force, single step: 28 N", "work on the soil: 2.2 J", "specific energy: 13.7 J/kg",
                 "speed: 6.1 M grain-steps/s", "wall time: 93 s", f"report: {folder / 'report.html'}",
                 f"ParaView: {folder / 'grains.vtkhdf'}"):  # fmt: skip
        assert line in done.stdout.splitlines()


def test_settings_stand_above_the_file_and_name_another_folder(mission):
    call("run", "scoop-preview", "--set", "soil.friction=0.6", "--set", "bed.depth=90 mm", "--precision", "f64")
    config = mission.calls[0]["config"]
    assert (config.soil.friction, config.bed.depth, config.precision) == (0.6, 0.09, "f64")
    assert config.content_hash() != load_mission("scoop-preview").content_hash()


def test_tool_writes_stl_files_and_says_their_size(mission):
    Path("drill.toml").write_text('[soil]\npreset = "grc-1"\ngrain_diameter = "3 mm"\n[tool]\nkind = "corer"\n')
    done = call("tool", "drill.toml", "--out", "stl", "--unit", "m", "--set", "tool.liner_thickness=0.5 mm")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in Path("stl").iterdir()) == ["capture.stl", "liner.stl", "tool.stl"]
    assert "stl/capture.stl: 136 triangles, 15.04 x 15.03 x 300 mm, 53.01 cm3" in done.stdout.splitlines()
    done = call("tool", "drill.toml", "--set", "tool.bore_diameter=2.5 cm")
    assert done.exit_code == 2 and "drill.toml: tool: bore_diameter = 0.025 m: must be at most" in done.stderr


def test_a_second_run_gets_a_folder_of_its_own(mission):
    for _ in range(3):
        assert call("run", "scoop-preview").exit_code == 0
    first = mission.calls[0]["out"].name
    assert [Path(c["out"]).name for c in mission.calls] == [first, f"{first}-2", f"{first}-3"]


def test_a_folder_that_is_asked_for_is_taken_as_it_is(mission):
    assert call("run", "scoop-preview", "--out", "mine").exit_code == 0
    again = call("run", "scoop-preview", "--out", "mine")
    assert again.exit_code == 2 and "regolith: error: mine: holds a finished run" in again.stderr


@pytest.mark.parametrize("error", [ConfigError("soil.fricton"), OutputError("disk full"), GuardTripped("grain 7")])
def test_errors_are_one_message_and_a_code(mission, error):
    mission.trouble = raiser(error)
    done = call("run", "scoop-preview")
    assert done.exit_code == error.exit_code == (3 if isinstance(error, GuardTripped) else 2)
    assert done.stderr.splitlines()[-1] == f"regolith: error: {error}"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["run", "nowhere.toml"], "nowhere.toml: no such file"),
        (["run", "scoop-preview", "--set", "soil.fricton=0.6"], "soil.fricton"),
        (["run", "scoop-preview", "--precision", "f16"], "precision"),
        (["resume", "nowhere"], "nowhere"),
        (["report", "nowhere"], "nowhere: there is no such folder"),
    ],
)
def test_bad_words_leave_nothing_behind(monkeypatch, tmp_path, words, named):
    monkeypatch.chdir(tmp_path)
    done = call(*words)
    assert done.exit_code == 2 and done.stderr.startswith("regolith: error: ") and named in done.stderr
    assert not list(tmp_path.iterdir())


def test_unexpected_errors_keep_their_traceback(mission):
    mission.trouble = raiser(ZeroDivisionError("bug"))
    assert isinstance(call("run", "scoop-preview").exception, ZeroDivisionError)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_asks_to_stop_and_the_message_says_how_to_go_on(mission, number):
    def trouble(out, watch):
        assert not watch.stop_asked()
        os.kill(os.getpid(), number)
        assert watch.stop_asked()
        (out / "checkpoints").mkdir(parents=True)
        (out / "checkpoints" / "ckpt_7.h5").touch()
        raise Interrupted("stopped at t = 1 s")

    mission.trouble = trouble
    before = signal.getsignal(number)
    done = call("run", "scoop-preview", "--out", "mine")
    assert done.exit_code == 130
    assert "a checkpoint was written to mine/checkpoints; `regolith resume mine` goes on" in done.stderr
    assert signal.getsignal(number) is before


def test_a_stop_before_the_tool_moves_needs_no_checkpoint(mission):
    def trouble(out, watch):
        watch.stage("bed: pouring", 0.4)
        os.kill(os.getpid(), signal.SIGINT)
        watch.stage("bed: pouring", 0.5)

    mission.trouble = trouble
    done = call("run", "scoop-preview", "--out", "mine")
    assert done.exit_code == 130 and "no checkpoint was due yet; `regolith resume mine` goes on" in done.stderr


def test_a_second_signal_leaves_at_once():
    code = "import os, signal; from regolith.watch import Terminal\nwith Terminal() as watch:\n"
    code += " os.kill(os.getpid(), signal.SIGINT)\n assert watch.stop_asked()\n os.kill(os.getpid(), signal.SIGTERM)\n"
    done = subprocess.run([sys.executable, "-c", code + " print('on')"], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (130, "") and "stopping" in done.stderr


def test_resume_leaves_backend_and_threads_as_they_were(mission):
    make_run(Path("mine"), state="interrupted", share=0.5)
    done = call("resume", "mine")
    assert done.exit_code == 0 and "captured mass: 161 g" in done.stdout
    assert mission.calls == [{"rundir": Path("mine"), "arch": None, "threads": None}]


def test_report_names_the_page(tmp_path):
    make_run(tmp_path / "mine")
    done = call("report", tmp_path / "mine")
    assert done.exit_code == 0 and Path(done.stdout.strip()).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_info_tells_missions_from_soils(tmp_path):
    assert "grains: about" in call("info", "scoop-preview").stdout
    soil = call("info", "jsc-1a").stdout
    assert "grain density: " in soil and "[" in soil  # sources are not taken for markup
    mine = tmp_path / "mine.toml"
    mine.write_bytes((ROOT / "data/soils/grc-1.toml").read_bytes())
    assert call("info", mine).stdout.startswith("soil: Simulant GRC-1")


def test_plain_progress_says_what_is_left(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("regolith.watch.time", types.SimpleNamespace(monotonic=lambda: now[0]))
    with Terminal() as watch:
        watch.stage("bed: pouring", 0.25)
        watch.stage("bed: pouring", 0.5)  # too soon for another line
        watch.warn("soft")
        for time, wall in ((0.5, 30.0), (0.6, 31.0), (1.0, 60.0)):
            watch.progress(Progress(time=time, end=2.0, wall_s=wall, grain_steps_per_s=5e6, captured_mass=0.1))
            now[0] += 8.0
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["bed: pouring (25%)", "warning: soft"]
    assert lines[2] == "0.500 of 2.000 s, unknown time left, 5.00 M grain-steps/s, 100.0 g held"
    assert lines[3:] == ["1.000 of 2.000 s, 1 min 00 s left, 5.00 M grain-steps/s, 100.0 g held"]


def test_a_terminal_gets_a_bar(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Terminal() as watch:
        watch.stage("bed: pouring", 0.25)
        watch.progress(Progress(time=0.5, end=2.0, wall_s=30.0, grain_steps_per_s=5e6, captured_mass=0.1))
        assert watch._bar.tasks[0].description == "digging" and watch._bar.tasks[0].percentage == 25
        watch.warn("[soft]")
    assert "warning: [soft]" in capsys.readouterr().err


def test_every_public_name_is_there():
    names = "import regolith; print(*[getattr(regolith, name).__name__ for name in regolith.__all__])"
    found = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, check=True, cwd=ROOT)
    expected = {f"{verb}_{what}": verb for verb in ("run", "resume") for what in ("mission", "campaign")}
    expected["errors"] = "regolith.errors"
    assert found.stdout.split()[-len(regolith.__all__) :] == [expected.get(n, n) for n in regolith.__all__]
    with pytest.raises(AttributeError, match="no attribute 'Grain'"):
        regolith.Grain  # noqa: B018

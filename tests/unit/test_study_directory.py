"""The directory of a study: whose it must be, what is copied and made there, and which runs it keeps."""

import json
from dataclasses import replace

import pytest

from regolith.errors import ConfigError, InUse, OutputError
from regolith.output import lock
from regolith.sweep import study as driver
from tests.unit.study_desk import make_desk, planned

desk = pytest.fixture(make_desk)


def test_the_directory_of_something_else_or_of_another_version_is_refused(desk):
    desk.sweep()
    manifest = desk.out / "manifest.json"
    content = json.loads(manifest.read_text())
    assert content["kind"] == "study" and content["runs"] == 4 and content["earlier_starts"] == []
    for change, message in (
        ({"format": 2}, r"was made by another version of regolith \(.*format 2; this one is .*, format 1\)"),
        ({"versions": {"regolith-dem": "0.0.1"}}, r"another version of regolith \(0.0.1, .*Go on with that version"),
        ({"versions": []}, r"another version of regolith \(unknown, "),
        ({"name": "other"}, "holds the study 'other' of 'scoop-preview', not 'mine'.*Choose another --out"),
        ({"base": "drill-preview"}, "holds the study 'mine' of 'drill-preview', not 'mine' of 'scoop-preview'"),
        ({"kind": "campaign"}, "holds a campaign, not a study"),
    ):
        manifest.write_text(json.dumps(content | change))
        with pytest.raises(OutputError, match=message):
            desk.sweep()
    manifest.unlink()
    with pytest.raises(OutputError, match="the folder is not empty"):
        desk.sweep()
    assert len(desk.executed) == 4


def test_a_directory_that_another_process_drives_is_refused(desk):
    desk.out.mkdir()
    lock.acquire(desk.out)
    with pytest.raises(InUse):
        desk.sweep()
    lock.release(desk.out)
    assert desk.sweep() == ["done"] * 4


def test_unknown_wishes_leave_nothing_behind(desk):
    for wishes in ({"arch": "abacus"}, {"only": ["9"]}, {"threads": 0}):
        with pytest.raises(ConfigError):
            desk.sweep(**wishes)
    assert not desk.out.exists()


def test_the_copy_of_the_study_stands_alone(desk):
    base = desk.folder / "deep" / "base.toml"
    base.parent.mkdir()
    (base.parent / "mine.stl").write_text("")
    base.write_text('[soil]\npreset = "grc-1"\n[tool]\nkind = "stl"\nfile = "mine.stl"\n')
    desk.file.write_text(
        'base = "deep/base.toml"\n[set]\n"soil.preset" = "mine.toml"\n[vary."tool.file"]\nvalues = ["a.stl", "b.stl"]\n'
        "[vary.bed]\ndepth.values = [1, 2]\n"
    )
    desk.sweep()
    from regolith.config.files import read_toml

    copied, its_base = read_toml(desk.out / "study.toml"), read_toml(desk.out / "base.toml")
    assert copied["base"] == "base.toml" and copied["name"] == "mine"
    assert copied["set"]["soil.preset"] == str(desk.folder / "mine.toml")
    assert copied["vary"]["tool.file"]["values"] == [str(desk.folder / name) for name in ("a.stl", "b.stl")]
    assert copied["vary"]["bed"] == {"depth": {"values": [1, 2]}}
    assert its_base["tool"]["file"] == str(base.parent / "mine.stl") and its_base["soil"]["preset"] == "grc-1"
    assert its_base["name"] == "base"
    desk.file = desk.out / "study.toml"
    before = desk.file.read_text()
    desk.sweep()
    assert desk.file.read_text() == before


def test_prepare_makes_the_directories_and_the_list(desk):
    desk.runs = [planned(n, bed) for n, bed in enumerate("aab")]
    desk.sweep(only=["2"])
    ids = driver.prepare(desk.study, desk.file, desk.out)
    assert ids == ["r-0", "r-1"] and (desk.out / "runs.txt").read_text() == "r-0\nr-1\n"
    assert (desk.out / "runs" / "r-1" / "mission.toml").is_file() and desk.executed == ["2"]
    assert desk.table["state"] == ["waiting", "waiting", "done"]


def test_a_study_that_shares_no_run_with_what_is_there_is_refused(desk):
    """It would have taken every row from the table."""
    desk.sweep()
    desk.runs = [planned(number) for number in range(10, 14)]
    with pytest.raises(OutputError, match="none of the 4 runs that were begun here is in the study any more"):
        desk.sweep()
    assert desk.table["id"] == [f"r-{n}" for n in range(4)]


def test_runs_that_leave_the_study_are_told_of(desk):
    desk.sweep()
    desk.runs = [replace(run, number=k) for k, run in enumerate([*desk.runs[2:], planned(7)])]
    assert desk.sweep() == ["done"] * 3
    assert any("2 earlier runs are not in the study any more" in text for text in desk.watch.warnings)

"""`regolith verify`: what it lists, refuses, prints and writes. The cases are fakes, the workers real processes."""

import json
import os
import signal
import subprocess
import sys
import warnings
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from regolith.cli import app
from regolith.errors import ConfigError
from regolith.verify import catalogue, command, run, worker
from regolith.verify.case import Case, GaveUp, Sheet, case
from tests.unit.fake_cases import CASES, right

ISSUE_KEYS = ["case", "quantity", "reference", "value", "error", "tolerance", "passed", "source"]


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    monkeypatch.setattr(catalogue, "cases", lambda: dict(CASES))
    monkeypatch.setattr(command, "cases", lambda: dict(CASES))
    monkeypatch.setattr(run, "WORKER", "tests.unit.fake_cases")


@pytest.fixture
def no_worker(monkeypatch):
    def started(*_args, **_more):
        raise AssertionError("a worker was started")

    monkeypatch.setattr(run, "_worker", started)


def verify(*words):
    return CliRunner().invoke(app, ["verify", *(str(word) for word in words)])


def test_list_names_every_case_with_its_title_and_the_cost_of_long_ones(no_worker):
    said = verify("--list")
    assert said.exit_code == 0
    for name in CASES:
        assert f"{name}: Title of {name}" in said.stdout
    assert "slow: Title of slow [long: about 3 h on two cores]" in said.stdout


def test_an_unknown_case_is_refused_with_the_nearest_names(no_worker):
    said = verify("--case", "rigth")
    assert said.exit_code == 2 and "--case rigth: no such case" in said.stderr
    assert "nearest: right" in said.stderr and "--list" in said.stderr


@pytest.mark.parametrize(
    ("name", "reason"), [("parallel", "needs a GPU (a minute on a GPU): add --arch gpu"), ("large", "GB of memory")]
)
def test_a_case_that_this_machine_cannot_run_is_refused_before_anything_starts(no_worker, name, reason):
    said = verify("--case", "right", "--case", name)
    assert said.exit_code == 2 and f"--case {name} needs" in said.stderr and reason in said.stderr


def test_what_was_not_named_and_cannot_run_here_is_left_out_with_its_reason(tmp_path, monkeypatch):
    monkeypatch.delitem(CASES, "sleeps")
    monkeypatch.delitem(CASES, "dies")
    said = verify("--long", "--html", tmp_path / "page.html")
    assert said.exit_code == 1 and "passed  slow (mixed" in said.stdout  # 1: some fakes fail
    assert "parallel is left out: it needs a GPU (a minute on a GPU): add --arch gpu" in said.stdout
    assert "large is left out: it needs 1000000000.0 GB of memory" in said.stdout
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("not run here") == 2 + 1 and "needs a GPU (a minute on a GPU)" in page


def test_a_family_leaves_out_what_cannot_run_unless_nothing_is_left():
    left, skipped = run.within_means([CASES["right"], CASES["parallel"]], ["fakes"], "cpu")
    assert [case.name for case in left] == ["right"] and list(skipped) == ["parallel"]
    with pytest.raises(ConfigError, match="parallel needs a GPU"):
        run.within_means([CASES["parallel"]], ["fakes"], "cpu")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--arch", "bogus"], "arch = 'bogus': must be one of cpu, gpu"),
        (["--arch", "gpu"], "--arch gpu: arch = 'gpu': no such device here; use --arch cpu"),
        (["--threads", 0], "Invalid value for '--threads'"),
        (["--seeds", 0], "Invalid value for '--seeds'"),
    ],
)
def test_backends_and_counts_that_make_no_sense_are_refused_before_anything_starts(no_worker, words, message):
    said = verify("--case", "right", *words)
    assert said.exit_code == 2
    assert message in " ".join(said.stderr.replace("\u2502", " ").split())  # typer draws a box around its own


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_starts(no_worker, tmp_path, option):
    for path in (tmp_path / "nowhere" / "file", tmp_path):
        said = verify("--case", "right", option, path)
        assert said.exit_code == 2 and f"{option} {path}: cannot be written" in said.stderr
        assert "--out" not in said.stderr
    assert not list(tmp_path.iterdir())


def test_what_was_found_before_an_interrupt_or_a_failure_is_written(tmp_path, monkeypatch):
    for raised, code in ((KeyboardInterrupt, 130), (ZeroDivisionError, 1)):

        def broken(cases, hear, raised=raised, **_):
            hear(worker.run_case(CASES["right"], "f64"))
            raise raised

        monkeypatch.setattr(command, "run", broken)
        files = tmp_path / f"{code}.json", tmp_path / f"{code}.html"
        said = verify("--case", "right", "--case", "last", "--json", files[0], "--html", files[1])
        assert said.exit_code == code
        assert [check["case"] for check in json.loads(files[0].read_text())] == ["right", "right"]
        assert "Title of right" in files[1].read_text(encoding="utf-8")
        assert ("interrupted: 1 results of 2 cases" in said.stdout) == (code == 130)


def test_an_interrupt_ends_the_workers_and_blames_no_case():
    heard = []

    def tell(outcome):
        heard.append((outcome["case"], outcome["error"]))
        if len(heard) == 1:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run.run([CASES["right"], replace(CASES["sleeps"], long=False)], tell, threads=2)
    assert heard and set(heard) == {("right", "")}


def test_json_has_the_keys_of_the_issue_and_unit_and_precision(tmp_path):
    said = verify("--case", "right", "--case", "wrong", "--json", tmp_path / "found.json")
    assert said.exit_code == 1
    found = json.loads((tmp_path / "found.json").read_text())
    assert all(list(check) == [*ISSUE_KEYS, "unit", "precision"] for check in found)
    assert [(c["case"], c["precision"], c["passed"]) for c in found] == [
        ("right", "mixed", True),
        ("right", "mixed", None),
        ("right", "f64", True),
        ("right", "f64", None),
        ("wrong", "mixed", False),
        ("wrong", "f64", False),
    ]
    first = found[0]
    assert (first["quantity"], first["reference"], first["value"], first["unit"]) == ("one", 1.0, 1.0001, "m")
    assert first["error"] == pytest.approx(1e-4) and first["tolerance"] == 1e-3
    assert first["source"] == "Source of right"


def test_the_terminal_says_reference_ours_error_and_verdict():
    said = verify("--case", "right", "--case", "wrong")
    assert "passed  right (mixed" in said.stdout and "FAILED  wrong (f64" in said.stdout
    assert "A note <of> the case" in said.stdout and "reported" in said.stdout
    assert "2 cases, 4 numbers checked, 2 reported without a verdict: FAILED: wrong" in said.stdout


def test_all_well_is_exit_code_0():
    said = verify("--case", "right")
    assert said.exit_code == 0 and "all passed" in said.stdout


def test_a_family_stands_for_its_cases():
    assert [case.name for case in catalogue.chosen(["fakes"])] == list(CASES)


def test_long_cases_run_only_when_asked_for_and_tell_their_cost_first():
    assert "slow" not in [case.name for case in catalogue.chosen()]
    assert "slow" in [case.name for case in catalogue.chosen(long=True)]
    said = verify("--case", "slow")
    assert said.stdout.index("slow is long: about 3 h on two cores") < said.stdout.index("passed  slow (mixed")
    assert "f64" not in said.stdout


def test_a_case_that_raises_or_checks_nothing_fails_and_the_others_go_on(tmp_path):
    words = [word for name in ("raises", "silent", "last") for word in ("--case", name)]
    said = verify(*words, "--json", tmp_path / "found.json")
    assert said.exit_code == 1 and "passed  last (mixed" in said.stdout
    assert "RuntimeError: no such luck" in said.stdout and "the case checked nothing" in said.stdout
    assert "FAILED: raises, silent" in said.stdout
    found = [check for check in json.loads((tmp_path / "found.json").read_text()) if check["case"] == "raises"]
    assert [(c["quantity"], c["passed"]) for c in found] == [("runs to its end", False)] * 2
    assert "no such luck" in found[0]["source"]


def test_a_worker_that_is_killed_leaves_an_error_to_each_case_that_it_owed():
    outcomes = run.run([CASES[name] for name in ("right", "dies", "last")], threads=2)
    errors = {(o["case"], o["precision"]): o["error"] for o in outcomes}
    assert len(errors) == 6
    for precision in ("mixed", "f64"):
        assert not errors["right", precision]
        assert "ended with code -9" in errors["dies", precision] and "ended with code -9" in errors["last", precision]


def test_the_page_names_every_case_and_says_what_was_not_run(tmp_path):
    words = [word for name in ("right", "wrong", "raises") for word in ("--case", name)]
    verify(*words, "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for name in CASES:
        assert f"Title of {name}" in page
    assert page.count("not run here") == len(CASES) - 3 + 1  # and once in the count of the first line
    assert f"{len(CASES)} cases: 1 verified, 2 FAILED, {len(CASES) - 3} not run here." in page
    assert "A note &lt;of&gt; the case" in page and "no such luck" in page
    assert "data:image/png;base64" in page and "Source of right" in page


def test_what_ended_at_its_limit_becomes_a_note():
    def impatient(sheet):
        warnings.warn("A bed was not at rest.", GaveUp, stacklevel=1)
        right(sheet)

    assert worker.run_case(replace(CASES["right"], run=impatient), "f64")["notes"][-1] == "A bed was not at rest."


def test_two_cases_of_one_name_are_refused():
    def twice(_: Sheet) -> None: ...

    with pytest.raises(ValueError, match="free-fall"):
        from regolith.verify import conservation  # noqa: F401

        case("free-fall", title="", source="")(twice)


def test_a_reference_of_0_needs_a_scale():
    sheet = Sheet(Case(name="a", title="", source="", family="", run=right), "mixed")
    with pytest.raises(ValueError, match="scale"):
        sheet.check("zero", 1e-9, 0.0, 1e-3)
    sheet.bound("zero", float("nan"), 1.0)
    assert sheet.checks[-1].passed is False


def test_listing_the_shipped_cases_loads_no_kernels():
    script = "import sys; from regolith.verify.catalogue import cases; cases(); print('taichi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

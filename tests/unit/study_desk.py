"""What tests of studies share: a study file to write, and a desk where a study is driven with stand-ins for its runs.

Tests make fixtures of `study_writer` and `make_desk`.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from regolith.errors import ConfigError
from regolith.sweep import study as driver
from regolith.sweep.plan import make_study
from regolith.sweep.progress import StudyWatch
from regolith.sweep.rows import Parameter, Planned, Row, Study
from regolith.sweep.table import read_table

RANGE = '[vary."motion.attack_angle"]\nrange = ["20 deg", "40 deg"]\n'
COHESION = '[vary."soil.cohesion"]\nvalues = ["50 kPa", "150 kPa"]\n'
SOBOL = 'sampler = "sobol"\nsamples = 4\n'
FAKE = Path(__file__).with_name("fake_worker.py")


def study_writer(tmp_path):
    """Write a study file and return its path."""

    def write(tables="", head="", base="scoop-preview", name="try.toml"):
        path = tmp_path / name
        path.write_text(f'base = "{base}"\n{head}\n{tables}', encoding="utf-8")
        return path

    return write


def refusal(path, *overrides) -> str:
    with pytest.raises(ConfigError) as caught:
        make_study(path, overrides)
    return str(caught.value)


def ids(path) -> list[str]:
    return [run.id for run in make_study(path).runs]


def planned(number: int, bed: str = "") -> Planned:
    return Planned(number, f"r-{number}", {"soil.cohesion": 1e3 * number}, 0, 7, f'{{"name": "r-{number}"}}', bed)


class Desk:
    """A study, what its stand-ins are to do, and what they did."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "out"
        self.words: dict[str, dict] = {}
        self.watch = Said()
        self.file = folder / "mine.toml"
        self.file.write_text('base = "scoop-preview"\n[vary."soil.cohesion"]\nvalues = [1, 2]\n')
        self.runs = [planned(number) for number in range(4)]

    def change(self, number: int, **words: object) -> None:
        self.words[str(number)] = words

    @property
    def study(self) -> Study:
        parameter = Parameter("soil.cohesion", "Pa", "list", 0.0, 9e3)
        return Study("mine", (parameter,), tuple(self.runs), "", 0, 1, None, "scoop-preview")

    def script(self) -> None:
        plain = {run.id.partition("-")[2]: {"mass": 0.1 * (1 + run.number)} for run in self.runs}
        script = {name: words | self.words.get(name, {}) for name, words in plain.items()}
        (self.folder / "script.json").write_text(json.dumps(script))

    def sweep(self, slots: int = 2, **wishes: object) -> list[str]:
        self.script()
        wishes = {"watch": self.watch} | wishes
        rows = driver.sweep(self.study, self.file, self.out, slots=slots, **wishes)
        return [row.state for row in rows]

    @property
    def executed(self) -> list[str]:
        path = self.folder / "executed"
        return path.read_text().split() if path.exists() else []

    @property
    def table(self) -> dict[str, Sequence]:
        return read_table(self.out / "study.h5").columns

    def status(self, number: int) -> dict:
        return json.loads((self.out / "runs" / f"r-{number}" / "status.json").read_text())


class Said(StudyWatch):
    """Keeps what it is told, and asks to stop once so many runs have ended."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.ended: list[tuple[str, str]] = []
        self.stop_after = 1000

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def end(self, row: Row) -> None:
        self.ended.append((row.run.id, row.state))

    def stop_asked(self) -> bool:
        return len(self.ended) >= self.stop_after


def make_desk(tmp_path, monkeypatch):
    monkeypatch.setattr(driver, "WORKER", (sys.executable, str(FAKE)))
    return Desk(tmp_path)

"""Every study that is shipped runs, at a tiny scale: its base, its design, and its keys with two values each."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from regolith import study_report
from regolith.config.files import shipped
from regolith.config.load import read_with
from regolith.paths import data_dir
from regolith.sweep.plan import make_study
from regolith.sweep.study import sweep
from regolith.sweep.table import read_table
from tests.mission.test_shipped import CAMPAIGNS, MISSIONS, of_campaign

VALUES = {
    "bed.bulk_density": ["1.30 g/cm^3", "1.35 g/cm^3"],
    "motion.attack_angle": ["20 deg", "22 deg"],
    "motion.feed_rate": ["0.7 m/s", "0.8 m/s"],
    "motion.penetration": ["0.24 m", "0.25 m"],
    "motion.spin_rate": ["20 rpm", "30 rpm"],
    "operations.*.soil.cohesion": ["90 kPa", "100 kPa"],
    "soil.cohesion": ["90 kPa", "100 kPa"],
    "soil.friction": [0.3, 0.35],
    "soil.rolling_friction": [0.05, 0.1],
}


def tiny_design(key: str, design: dict[str, Any]) -> dict[str, Any]:
    """How a key varies, between or over the two tiny values."""
    kept = {word: design[word] for word in ("scale", "zip") if word in design}
    kind = next(word for word in ("range", "grid", "values") if word in design)
    return kept | {kind: VALUES[key]} | ({"steps": 2} if kind == "grid" else {})


def tiny(name: str, folder: Path) -> Path:
    """The study's file."""
    study = tomllib.loads((data_dir() / "studies" / f"{name}.toml").read_text())
    base = study["base"]
    data = read_with(base, of_campaign(100) if base in CAMPAIGNS else MISSIONS[base])[1]
    for table, key in (key.split(".") for key in study["vary"] if key.count(".") == 1):
        for operation in data.get("operations", ()):  # what varies for all of them, none may state
            operation[table].pop(key, None)
    (folder / "base.toml").write_text(tomli_w.dumps(data))
    study |= {"base": "base.toml", "vary": {key: tiny_design(key, design) for key, design in study["vary"].items()}}
    if "samples" in study:
        study["samples"] = 2
    if base in CAMPAIGNS:
        study["set"] = study.get("set", {}) | {"operations.1.at_most": 1}
    file = folder / f"{name}.toml"
    file.write_text(tomli_w.dumps(study))
    return file


@pytest.mark.parametrize("name", shipped("studies"))
def test_study_at_a_tiny_scale(name, tmp_path):
    """Its first run."""
    file = tiny(name, tmp_path)
    rows = sweep(make_study(file), file, tmp_path / "out", limit=1)
    assert rows[0].state == "done", rows[0].reason
    table = read_table(tmp_path / "out" / "study.h5")
    assert table.done.sum() == 1
    assert table.numbers("captured_mass_kg" if table.goal is None else "stored_mass_kg")[0] > 0
    assert study_report.write(tmp_path / "out").is_file()

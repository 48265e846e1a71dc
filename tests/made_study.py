"""Studies as a sweep leaves them, made up in a moment: plans, rows and directories without a run."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regolith.sweep.rows import Parameter, Planned, Row, Study, Value
from regolith.sweep.study_dir import StudyDir
from regolith.sweep.table import Table, read_table, write_table

COHESION = Parameter("soil.cohesion", "Pa", "sampled", 1e3, 1e6)
RAKE = Parameter("motion.attack_angle", "rad", "sampled", 0.2, 1.0)
WIDTH = Parameter("tool.width", "m", "list", 0.06, 0.12)
PRESET = Parameter("soil.preset", "", "list")
LOST = {
    "failed": "grain 7 moved too far in a step",
    "crashed": "ended by SIGKILL, twice",
    "refused": "bed.depth: above 0",
}

Points = Sequence[Mapping[str, Value]]
Result = Callable[[Mapping[str, Value], int], dict[str, Any]]


def planned(points: Points, repeats: int = 1) -> tuple[Planned, ...]:
    """A run for each point and repeat."""
    crossed = [(point, repeat) for point in points for repeat in range(repeats)]
    return tuple(
        Planned(number, f"{number:016x}", dict(point), repeat, 100 + repeat, f'{{"name": "{number}"}}', "bed")
        for number, (point, repeat) in enumerate(crossed)
    )


def make_study(parameters: Sequence[Parameter], points: Points, repeats: int = 1, **facts: Any) -> Study:
    """A study of such points."""
    words = {"name": "made", "sampler": "", "samples": 0, "goal": None, "base": "scoop-preview"} | facts
    return Study(parameters=tuple(parameters), runs=planned(points, repeats), repeats=repeats, **words)


def scattered(n: int) -> list[dict]:
    """Scattered points of the four parameters above."""
    u = np.random.default_rng(2).random((n, 2))
    presets = ("chang-e-5", "Größe µ", "A < B & C")
    return [
        {"soil.cohesion": float(10 ** (3 + 3 * a)), "motion.attack_angle": float(0.2 + 0.8 * b),
         "soil.preset": presets[k % 3], "tool.width": (0.06, 0.12)[k % 2]}
        for k, (a, b) in enumerate(u)
    ]  # fmt: skip


def mission_study(n: int = 24) -> Study:
    return make_study([COHESION, RAKE, PRESET, WIDTH], scattered(n), sampler="sobol", samples=n)


def campaign_study(n: int = 24) -> Study:
    return make_study([COHESION, PRESET], scattered(n), sampler="sobol", samples=n, goal=2.0, base="chang-e-5-preview")


def make_rows(study: Study, result: Result, states: Mapping[int, str] | None = None) -> list[Row]:
    """Every run done, with `result(values, repeat)`, but for those whose state is stated."""
    rows = []
    for run in study.runs:
        state = (states or {}).get(run.number, "done")
        found = result(run.values, run.repeat) if state == "done" else {}
        crashes = 2 if state == "crashed" else 0
        rows.append(Row(run, state, LOST.get(state, ""), crashes, found))  # type: ignore[arg-type]
    return rows


def make_table(folder: Path, study: Study, rows: Sequence[Row]) -> Table:
    """Written and read back."""
    write_table(StudyDir(folder).table, study, rows)
    return read_table(StudyDir(folder).table)


def make_folder(folder: Path, study: Study, rows: Sequence[Row]) -> Path:
    """The study's directory, as far as a report needs it."""
    folder.mkdir(parents=True, exist_ok=True)
    versions = {"python": "3.11", "regolith-dem": "0.1.0"}
    manifest = {"kind": "study", "format": 1, "name": study.name, "started": "2026-11-26T14:00:00Z"}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"versions": versions}))
    (folder / "study.toml").write_text(f'name = "{study.name}"\nbase = "A < B & C"\n')
    write_table(StudyDir(folder).table, study, rows)
    return folder


def mission_result(values: Mapping[str, Value], repeat: int) -> dict[str, Any]:
    """As the status.json of a mission holds it, in part."""
    width, rake = float(values.get("tool.width", 0.09)), float(values.get("motion.attack_angle", 0.5))
    cohesion = float(values.get("soil.cohesion", 1e5))
    mass = 1.5 * width + 0.01 * rake + 0.002 * repeat
    force = 10 + 40 * rake + 3 * (cohesion / 1e5) ** 0.5 + repeat
    return {
        "outcome": "done",
        "reason": "it came to the end of its way",
        "captured_mass_kg": mass,
        "captured_grains": 400 + repeat,
        "peak_force_N": force,
        "peak_torque_Nm": 0.03 * force,
        "work_J": 0.4 * force,
        "specific_energy_J_per_kg": None if repeat else 0.4 * force / mass,
        "simulated_time_s": 1.5,
        "grain_steps_per_s": 5.0e6,
        "final_state_sha256": "ab" * 32,
        "core": {"recovery": 0.5},
        "parts": [1, 2],
    }


def campaign_result(values: Mapping[str, Value], repeat: int) -> dict[str, Any]:
    """As the status.json of a campaign holds it, in part."""
    cohesion = float(values.get("soil.cohesion", 1e5))
    stored = 2.3 - 0.8 * (cohesion / 1e6) ** 0.5 + 0.05 * repeat
    return {
        "outcome": "goal met" if stored >= 2 else "goal not met",
        "text": "after some operations",
        "goal_kg": 2.0,
        "stored_mass_kg": stored,
        "operations": round(8 + 4 * cohesion / 1e6),
        "not_needed": [],
        "simulated_time_s": 20 + stored,
        "work_J": 300 + cohesion / 1e4,
        "peak_force_N": 50 + cohesion / 1e5,
        "peak_torque_Nm": 2.0,
    }

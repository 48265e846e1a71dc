"""What a study costs beside its runs: 64 small runs in slots, the start of a run, and plans of ten thousand.

    python benchmarks/studies.py [--runs 64] [--planned 10000]

The small run grabs some 800 boulders of 0.2 m, which takes seconds; all runs share one bed, which is settled before,
so that caches are warm. Overhead is the wall time of the study, planning included, beyond the sum of its processes'
wall times over the slots. A start counts from the process to the end of its first steps. Writes results/studies.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from jobs import RESULTS, processor

from regolith.runtime import cores, peak_memory
from regolith.sweep.executors import Ticket
from regolith.sweep.plan import make_study
from regolith.sweep.progress import StudyWatch
from regolith.sweep.study import sweep
from regolith.sweep.study_dir import StudyDir

MISSION = """
gravity = "moon"
soil = { preset = "chang-e-5", grain_diameter = "0.2 m", size_ratio = 1.3, friction = 0.3, youngs_modulus = "50 MPa", \
cohesion = "100 kPa" }
bed = { size = [2.4, 1.7], depth = 1.6, headroom = "2 m" }
tool = { kind = "scoop", width = "0.75 m", radius = "0.35 m", depth = "0.75 m", wall = "35 mm" }
numerics = { rayleigh_fraction = 0.25, contact_steps = 20, impact_speed = "0.2 m/s" }
output = { frames_per_second = 8 }

[motion]
kind = "waypoints"
waypoints = [
    { time = 0, position = [1.0, 0.85, 1.68], pitch = 0.26 },
    { time = 0.3, position = [1.35, 0.85, 1.38], pitch = 0.26 },
    { time = 0.7, position = [1.8, 0.85, 1.38], pitch = 0.2 },
    { time = 1.4, position = [1.85, 0.85, 1.65], pitch = -0.9 },
    { time = 2.2, position = [1.85, 0.85, 2.05], pitch = -0.9 },
]
"""
VARY = """
base = "small.toml"
[vary."tool.wall"]
grid = ["35 mm", "40 mm"]
steps = {n}
"""
VARY_CAMPAIGN = """
base = "chang-e-5-preview"
sampler = "latin-hypercube"
samples = {n}
[vary."soil.friction"]
range = [0.4, 0.9]
[vary."operations.*.soil.cohesion"]
range = ["100 kPa", "204 kPa"]
"""


class Stopwatch(StudyWatch):
    """Times processes, and from each one's start to what it tells after its first steps [s]."""

    def __init__(self) -> None:
        self.walls: list[float] = []
        self.starts: list[float] = []
        self._began: dict[str, float] = {}

    def hear(self, name: str, event: dict[str, Any]) -> None:
        """Notes when a run has stepped for the first time."""
        if "time" in event and name in self._began:
            self.starts.append(time.perf_counter() - self._began.pop(name))

    def watch(self) -> None:
        """Time every process from now on."""
        once = Ticket._once

        def timed(ticket: Ticket) -> tuple[int, str]:
            began = self._began[ticket.job.name] = time.perf_counter()
            ended = once(ticket)
            self.walls.append(time.perf_counter() - began)
            return ended

        Ticket._once = timed  # type: ignore[method-assign]


def small_runs(folder: Path, n: int) -> dict[str, Any]:
    """A study of so many small runs, of which the first makes the bed and warms the caches."""
    (folder / "small.toml").write_text(MISSION)
    file, out = folder / "small-runs.toml", folder / "out"
    file.write_text(VARY.format(n=n + 1))
    sweep(make_study(file), file, out, limit=1)
    stopwatch = Stopwatch()
    stopwatch.watch()
    began = time.perf_counter()
    rows = sweep(make_study(file), file, out, watch=stopwatch)
    wall = time.perf_counter() - began
    assert all(row.state == "done" for row in rows) and len(stopwatch.walls) == n
    return {
        "runs": n,
        "slots": cores(),
        "wall_s": wall,
        "processes_s": sum(stopwatch.walls),
        "overhead": wall / (sum(stopwatch.walls) / cores()) - 1,
        "median_start_s": statistics.median(stopwatch.starts),
        "longest_start_s": max(stopwatch.starts),
    }


def planned(folder: Path, name: str, text: str, n: int) -> dict[str, Any]:
    """Planning so many runs, and looking at their directories, of which nine in ten are done."""
    file, directory = folder / f"{name}.toml", StudyDir(folder / name)
    file.write_text(text.format(n=n))
    began = time.perf_counter()
    study = make_study(file)
    plan = time.perf_counter() - began
    for run in study.runs[: n * 9 // 10]:
        place = directory.run(run).path
        os.makedirs(place)
        (place / "status.json").write_text('{"state": "done", "result": {"captured_mass_kg": 0.3}}')
    began = time.perf_counter()
    rows = directory.rows(study)
    look = time.perf_counter() - began
    assert sum(row.state == "done" for row in rows) == n * 9 // 10
    return {"runs": n, "plan_s": plan, "look_s": look, "peak_bytes": peak_memory()}


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=64)
    parser.add_argument("--planned", type=int, default=10_000)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        small = small_runs(Path(name), words.runs)
        plans = {}
        for kind, text in (("missions", VARY), ("campaigns", VARY_CAMPAIGN)):
            with ProcessPoolExecutor(1, get_context("spawn")) as process:  # of its own, so that its memory is its own
                plans[kind] = process.submit(planned, Path(name), kind, text, words.planned).result()
    found = {"device": processor(), "small_runs": small, "planned": plans}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "studies.json").write_text(json.dumps(found, indent=2) + "\n")
    print(f"{small['runs']} runs in {small['slots']} slots: overhead {small['overhead']:.1%}; a start takes ", end="")
    print(f"{small['median_start_s']:.1f} s (median), {small['longest_start_s']:.1f} s (longest)")
    for kind, plan in plans.items():
        times = f"planned in {plan['plan_s']:.1f} s, looked at in {plan['look_s']:.1f} s"
        print(f"{plan['runs']:,} {kind}: {times}, {plan['peak_bytes'] / 1e6:.0f} MB")


if __name__ == "__main__":
    main()

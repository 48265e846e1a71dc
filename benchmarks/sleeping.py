"""What sleeping grains save on a scoop mission, and what they change in its result.

    python benchmarks/sleeping.py [--seeds 1 2 3 4 5] [--only full|sleep] [--mission scoop-preview] [--threads 2]
                                  [--set soil.grain_diameter="6 mm" ...]

Each seed is a bed of its own, on which the mission runs to its end twice, with all grains computed and with sleep.
Runs are kept in `results/sleeping.json` one by one, so there may be several sittings, under the mission, what was set
in it and the device; the summary is over all seeds that have both. A figure passes if its mean over the seeds changes
by at most 1 % or the standard deviation that the full runs show over the seeds, whichever is larger.
"""

import argparse
import json
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from jobs import processor

from regolith.runtime import start

RESULTS = Path(__file__).parent / "results" / "sleeping.json"
FIGURES = (
    "captured_mass_kg",
    "mean_force_N",
    "peak_force_N",
    "mean_torque_Nm",
    "peak_torque_Nm",
    "work_J",
)
WARM_UP = 200  # steps that compile the kernels before a run is timed


def run(mission: str, settings: list[str], threads: int, steps: int | None = None) -> dict[str, Any]:
    """One run of a mission to its end and what it took, or some steps of it."""
    from regolith.assemble import make_plan
    from regolith.config import load_mission
    from regolith.mission_run import MissionRun
    from regolith.output.history import read
    from regolith.output.rundir import RunDir
    from regolith.watch import Silent

    start("cpu", threads)
    config = load_mission(Path(mission), settings)
    with tempfile.TemporaryDirectory() as name:
        rundir = RunDir.create(Path(name) / "run", config.to_toml())
        with MissionRun(make_plan(config), rundir, Silent()) as work:
            if steps is not None:
                work.sim.step(steps)
                return {}
            cpu = time.process_time()
            result = work.go()
            cpu = time.process_time() - cpu
        rows = read(rundir.history)
    torque = sum(rows[f"torque_{axis}"] ** 2 for axis in "xyz") ** 0.5
    return result | {"mean_torque_Nm": float(torque[1:].mean()), "cpu_s": cpu}


def measure(mission: str, settings: list[str], seed: int, sleep: bool, threads: int) -> dict[str, Any]:
    """A run on the bed of a seed, in a process of its own; another one before it compiles the kernels.

    Taichi compiles them anew for the second simulation of a process, and keeps those for the second of another.
    """
    settings = [*settings, f"seed={seed}", f"numerics.sleep={str(sleep).lower()}"]
    for steps in (WARM_UP, None):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            found = alone.submit(run, mission, settings, threads, steps).result()
    kept = ("grains", "steps", "wall_s", "cpu_s", "rebuilds", "late_rebuilds", "largest_overlap", *FIGURES)
    return {k: found[k] for k in kept}


def summary(runs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Over the seeds that have both runs: means, and whether sleep changes them by more than 1 % or what seeds do."""
    both = [r for r in runs.values() if len(r) == 2]
    out: dict[str, Any] = {"seeds": len(both)}
    if not both:
        return out
    for what, name in (("speed_up", "wall_s"), ("speed_up_of_cpu_time", "cpu_s")):
        out[what] = statistics.median(r["full"][name] / r["sleep"][name] for r in both)
    for name in FIGURES:
        full, sleep = ([r[how][name] for r in both] for how in ("full", "sleep"))
        mean = statistics.mean(full)
        spread = statistics.stdev(full) / mean if len(full) > 1 else 0.0
        change = statistics.mean(sleep) / mean - 1
        out[name] = {
            "mean_full": mean,
            "mean_sleep": statistics.mean(sleep),
            "change": change,
            "spread_over_seeds": spread,
            "largest_change_of_a_seed": max((s / f - 1 for s, f in zip(sleep, full, strict=True)), key=abs),
            "passes": abs(change) <= max(0.01, spread),
        }
    return out


def main() -> None:
    """Run what is asked for, add it to what is kept, print the summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--only", choices=["full", "sleep"], help="one of the two runs of each seed")
    parser.add_argument("--mission", default="scoop-preview")
    parser.add_argument(
        "--set", nargs="+", default=[], metavar="KEY=VALUE", help="of the mission, as of `regolith run`"
    )
    parser.add_argument("--threads", type=int, default=2)
    words = parser.parse_args()
    about = {"mission": words.mission, "set": words.set, "device": processor(), "threads": words.threads}
    studies = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    study = next((one for one in studies if about.items() <= one.items()), None)
    if study is None:
        study = {**about, "summary": {}, "runs": {}}
        studies.append(study)
    for seed in words.seeds:
        for how in [words.only] if words.only else ["full", "sleep"]:
            study["runs"].setdefault(str(seed), {})[how] = measure(
                words.mission, words.set, seed, how == "sleep", words.threads
            )
            study["summary"] = summary(study["runs"])
            RESULTS.write_text(json.dumps(studies, indent=2) + "\n")
    print(json.dumps(study["summary"], indent=2), flush=True)


if __name__ == "__main__":
    main()

"""How cost and memory grow with the number of grains, what a second thread gives, and what a mission spends on what.

    python benchmarks/scaling.py [--parts cost threads mission] [--rounds 3] [--threads 2]      (make bench-scale)

The bed is that of `bed.py` at rest, tiled; each measurement is a process of its own, numbers of grains and of threads
take turns, and medians over the rounds are kept. Memory is the peak of such a process less that of one that has next
to no grains. A mission's shares are timed around the calls that rebuild the pair list, record and save. Writes
results/scaling.json, whose other parts stay, and results/scaling.png.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bed
from jobs import RESULTS, processor, run_job

SMALLEST = {"tile": 10_000, "side": bed.SIDE * (10_000 / bed.TILE) ** 0.5, "tiles": (1, 1)}
WHOLE = {"tile": bed.TILE, "side": bed.SIDE}
TILES = ((1, 1), (3, 1), (4, 2), (8, 4))
BEDS = [SMALLEST, *({**WHOLE, "tiles": tiles} for tiles in TILES)]
THREADS_BED = {**WHOLE, "tiles": (4, 2)}
SECONDS = 6.0  # of timed steps in one process
MISSION = "scoop-preview"


def measured(beds: list[dict[str, Any]], threads: list[int], rounds: int) -> list[dict[str, Any]]:
    """Each bed with each number of threads, taking turns; medians, least peak memory."""
    runs: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for _ in range(rounds):
        for k, one in enumerate(beds):
            for n_threads in threads:
                said = run_job("measure", arch="cpu", threads=n_threads, seconds=SECONDS, **one)
                runs.setdefault((k, n_threads), []).append(said)
                speed = said["grain_steps_per_s"] / 1e6
                print(f"{said['grains']:,} grains, {n_threads} threads: {speed:.2f} M grain-steps/s", flush=True)
    return [{"threads": n_threads, **_summary(said)} for (_, n_threads), said in runs.items()]


def _summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    last, speeds = runs[-1], [said["grain_steps_per_s"] for said in runs]
    return {
        "grains": last["grains"],
        "coordination": last["coordination"],
        "grain_steps_per_s": statistics.median(speeds),
        "ns_per_grain_step": 1e9 / statistics.median(speeds),
        "cpu_ns_per_grain_step": statistics.median(said["cpu_ns_per_grain_step"] for said in runs),
        "runs": speeds,
        "rebuild_s": statistics.median(said["rebuild_s"] for said in runs),
        "rebuild_in_steps": statistics.median(s["rebuild_s"] * s["grain_steps_per_s"] / s["grains"] for s in runs),
        # the least: the first process of a size also compiles, which takes memory of its own
        "peak_bytes": min(said["peak_bytes"] for said in runs),
        "field_bytes_per_grain": last["memory_per_grain"],
    }


def cost(threads: int, rounds: int) -> dict[str, Any]:
    """Cost and memory against the number of grains."""
    idle = min(run_job("idle", arch="cpu", threads=threads)["peak_bytes"] for _ in range(2))
    beds = measured(BEDS, [threads], rounds)
    for one in beds:
        one["peak_bytes_per_grain"] = (one["peak_bytes"] - idle) / one["grains"]
    by_tile = next(one for one in beds if one["grains"] == bed.TILE)
    return {
        "idle_bytes": idle,
        "beds": beds,
        "largest_over_tile": beds[-1]["ns_per_grain_step"] / by_tile["ns_per_grain_step"],
        # of processor time, which what else runs on the machine disturbs less
        "largest_over_tile_cpu": beds[-1]["cpu_ns_per_grain_step"] / by_tile["cpu_ns_per_grain_step"],
    }


def strong(rounds: int) -> dict[str, Any]:
    """One bed with one thread and with two."""
    one, two = measured([THREADS_BED], [1, 2], rounds)
    return {"beds": [one, two], "two_over_one": two["grain_steps_per_s"] / one["grain_steps_per_s"]}


class Watches:
    """Wall time spent in calls, by name [s], and their number."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, timed."""
        self.seconds[name], self.calls[name] = 0.0, 0

        def timed(*args: Any, **words: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*args, **words)
            finally:
                self.seconds[name] += time.perf_counter() - began
                self.calls[name] += 1

        return timed


def mission(threads: int) -> dict[str, Any]:
    """Shares of the wall time of a scoop mission, its bed settled before, at the shipped 30 frames a second."""
    from regolith.assemble import make_plan
    from regolith.config import load_mission
    from regolith.mission_run import MissionRun
    from regolith.output.rundir import RunDir
    from regolith.runtime import start
    from regolith.watch import Silent

    start("cpu", threads)
    config = load_mission(Path(MISSION), [])
    watches = Watches()
    with tempfile.TemporaryDirectory() as folder:
        rundir = RunDir.create(Path(folder) / "run", config.to_toml())
        with MissionRun(make_plan(config), rundir, Silent()) as run:
            pairs = run.sim.pair_list
            pairs.rebuild = watches.around("rebuilds", pairs.rebuild)  # type: ignore[method-assign]
            run.recorder.record = watches.around("output", run.recorder.record)  # type: ignore[method-assign]
            run.save = watches.around("checkpoints", run.save)  # type: ignore[method-assign]
            began = time.perf_counter()
            result = run.go()
            wall = time.perf_counter() - began
    return {
        "mission": MISSION,
        "grains": result["grains"],
        "steps": result["steps"],
        "frames_per_second": config.output.frames_per_second,
        "wall_s": wall,
        "grain_steps_per_s": result["steps"] * result["grains"] / wall,
        "seconds": watches.seconds,
        "calls": watches.calls,
        "shares": {name: seconds / wall for name, seconds in watches.seconds.items()},
    }


def draw(said: dict[str, Any], path: Path) -> None:
    """Cost and memory against the number of grains."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.2))
    beds = said["beds"]
    grains = [one["grains"] for one in beds]
    left.semilogx(grains, [one["ns_per_grain_step"] for one in beds], "o-", color="#1f5fa8")
    left.set_ylabel(f"ns per grain-step, {beds[0]['threads']} threads")
    right.semilogx(grains, [one["peak_bytes_per_grain"] for one in beds], "o-", color="#1f5fa8", label="peak")
    fields = [sum(one["field_bytes_per_grain"].values()) for one in beds]
    right.semilogx(grains, fields, "s--", color="#a0a4aa", label="fields")
    right.set_ylabel("bytes per grain")
    right.legend(frameon=False)
    for axis in (left, right):
        axis.set_ylim(0, 1.1 * max(line.get_ydata().max() for line in axis.lines))
        axis.set_xlabel("grains")
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def table(said: dict[str, Any]) -> str:
    """What was found, a line each."""
    lines = []
    for one in said.get("cost", {}).get("beds", []):
        lines.append(
            f"{one['grains']:10,} grains: {one['ns_per_grain_step']:6.0f} ns per grain-step, "
            f"{one['peak_bytes_per_grain']:6.0f} bytes per grain, a rebuild takes {one['rebuild_in_steps']:.1f} steps"
        )
    if "cost" in said:
        lines.append(
            f"largest over {bed.TILE:,} grains: {said['cost']['largest_over_tile']:.2f}, of processor time "
            f"{said['cost']['largest_over_tile_cpu']:.2f}"
        )
    if "threads" in said:
        lines.append(f"two threads over one: {said['threads']['two_over_one']:.2f}")
    if "mission" in said:
        shares = ", ".join(f"{name} {share:.1%}" for name, share in said["mission"]["shares"].items())
        lines.append(f"{said['mission']['mission']}: {shares} of {said['mission']['wall_s']:.0f} s")
    return "\n".join(lines)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", default=["cost", "threads", "mission"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="of `cost` and `mission`")
    words = parser.parse_args()
    path = RESULTS / "scaling.json"
    said = json.loads(path.read_text()) if path.exists() else {}
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "cost": lambda: cost(words.threads, words.rounds),
        "threads": lambda: strong(words.rounds),
        "mission": lambda: mission(words.threads),
    }
    for name in words.parts:
        said |= {"device": processor(), "precision": "mixed", name: parts[name]()}
        path.write_text(json.dumps(said, indent=2) + "\n")
    if "cost" in said:
        draw(said["cost"], RESULTS / "scaling.png")
    print(table(said))


if __name__ == "__main__":
    main()

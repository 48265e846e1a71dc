"""One job of a benchmark, in a process of its own: a process has one backend. See `jobs.run_job`.

    python worker.py JOB.json OUT.npz

What it needs besides the standard library: `regolith_kernels` (and Taichi with it), NumPy, and the part of `regolith`
that steps a simulation.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import bed
import numpy as np
import traffic

from regolith.drive import Motion
from regolith.packing import lattice
from regolith.paths import cache_dir
from regolith.runtime import peak_memory, start
from regolith.surfaces import Mesh
from regolith.tools import make_blade

Job = dict[str, Any]  # do: a function of this file; arch, threads, gpu_layout; and what that function reads
Said = dict[str, Any]
BLADE = {"width": 40e-3, "height": 60e-3, "thickness": 6e-3}
BLADE_SPEED = 1.0  # down into the bed [m/s]
WARMUP = 20  # steps: contacts have built springs, all kernels are compiled


def tile_of(job: Job) -> bed.Bed:
    """The settled tile, from the cache if it was made before."""
    return bed.settled(cache_dir() / "benchmarks", job["tile"], job["side"])


def settle(job: Job) -> Said:
    """Make the tile."""
    began = time.perf_counter()
    tile = tile_of(job)
    return {"seconds": time.perf_counter() - began, "grains": len(tile.radii)}


def check(job: Job) -> Said:
    """A blade comes down on the tile for some steps: what the grains and the surfaces then feel."""
    tile, shape = tile_of(job), make_blade(**BLADE).mesh
    (low, high), middle = shape.bounds, np.array(tile.size) / 2
    within = ((tile.positions[:, :2] > middle + low[:2]) & (tile.positions[:, :2] < middle + high[:2])).all(axis=1)
    top = float((tile.positions[within, 2] + tile.radii[within]).max()) - float(low[2])  # it touches the highest there
    motion = Motion.constant(velocity=(0, 0, -BLADE_SPEED), origin=(*middle, top))
    blade = Mesh(mesh=shape, material=bed.GRAIN.name, motion=motion, name="blade")
    with bed.simulation(tile, surfaces=[blade]) as sim:
        sim.step(job["steps"])
        grains, sums = sim.grains(), sim.contact_sums()
        wrenches = np.array([sim.wrench(name) for name in ("floor", "blade")])
        keys = ("position", "velocity", "spin", "force", "torque")
        return {k: grains[k] for k in keys} | {
            "wrenches": wrenches,
            "touching": np.array(sums["touching"]),
            "coordination": np.array(sums["coordination"]),
        }


def measure(job: Job) -> Said:
    """Grain-steps a second of the tiled bed at rest, and what it holds and moves."""
    began = time.perf_counter()
    whole = tile_of(job).tiled(*job["tiles"])
    with bed.simulation(whole) as sim:
        made = time.perf_counter()
        sim.step(WARMUP)
        sim.check()
        compiled = time.perf_counter()
        pace = _timed(sim, 5)
        steps = int(np.clip(job["seconds"] / 3 / pace, 5, 5000))
        before, cpu = sim.pair_list.rebuilds, time.process_time()
        speeds = [sim.n_grains / _timed(sim, steps) for _ in range(3)]
        cpu = time.process_time() - cpu
        rebuilds = sim.pair_list.rebuilds - before
        peak = peak_memory()
        return {
            "grains": sim.n_grains,
            "grain_steps_per_s": float(np.median(speeds)),
            "runs": speeds,
            "cpu_ns_per_grain_step": 1e9 * cpu / (3 * steps * sim.n_grains),
            "peak_bytes": peak,
            "steps": 3 * steps,
            "rebuilds": rebuilds,
            "rebuild_s": _rebuild_time(sim),
            "coordination": sim.contact_sums()["coordination"],
            "set_up_s": made - began,
            "compile_s": compiled - made,
            "per_grain_step": traffic.per_grain_step(sim),
            "memory_per_grain": {k: v / sim.n_grains for k, v in traffic.memory(sim).items()},
        }


def bandwidth(job: Job) -> Said:
    """What the device's memory moves in a triad [bytes/s]."""
    return {"bandwidth": traffic.triad(job["size"])}


def idle(_: Job) -> Said:
    """Peak memory of a run that has next to no grains [bytes]."""
    radii = np.linspace(bed.SMALL, bed.LARGE, 64)
    side = 16 * bed.LARGE
    positions = lattice(2 * radii, (side, side), 0.0, np.random.default_rng(1))
    with bed.simulation(bed.Bed(positions, radii, (side, side))) as sim:
        sim.step(WARMUP)
        sim.check()
        return {"peak_bytes": peak_memory()}


def _timed(sim: Any, steps: int) -> float:
    """Wall time of a step [s]; reads the device back, so that nothing is left in flight."""
    began = time.perf_counter()
    sim.step(steps)
    sim.sums()
    return (time.perf_counter() - began) / steps


def _rebuild_time(sim: Any) -> float:
    """Wall time of a rebuild of the pair list [s]."""
    sim.sums()
    began = time.perf_counter()
    sim.pair_list.rebuild(sim.time_step)
    sim.sums()
    return time.perf_counter() - began


def main() -> None:
    """Do what the job file says."""
    job = json.loads(Path(sys.argv[1]).read_text())
    start(job["arch"], job.get("threads"))
    if job.get("gpu_layout"):  # on a CPU, for a rehearsal: the path that a GPU takes through the kernels
        from regolith import particles

        particles.on_cpu = lambda: False
    jobs = {f.__name__: f for f in (settle, check, measure, bandwidth, idle)}
    said = jobs[job["do"]](job)
    arrays = any(isinstance(value, np.ndarray) for value in said.values())
    np.savez(sys.argv[2], **(said if arrays else {"json": np.array(json.dumps(said))}))


if __name__ == "__main__":
    main()

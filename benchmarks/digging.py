"""Our digging phase against LAMMPS `granular` on the same bed at rest, in one run, interleaved.

    python benchmarks/digging.py --lammps "mpiexec -n {n} lmp" [--diameter 5.9e-3] [--steps 500] [--rounds 5]

The bed is that of `scoop-preview` with smaller grains, periodic in x and y and without cohesion, which LAMMPS's
`granular` lacks in our form. Ours is timed while the scoop drags through it, and at rest; LAMMPS at rest on the same
grains, with as many ranks as we have threads. The numbers that make it the same work (coordination number, mean
overlap) are printed and kept beside the speeds.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from jobs import RESULTS, processor
from lammps_peer import run_lammps
from peer_case import PeerCase, contacts

from regolith.runtime import start


def prepare(diameter: float, folder: Path) -> Any:
    """The mission at its start, its bed settled or from the cache."""
    from regolith.assemble import make_plan
    from regolith.config import load_mission
    from regolith.mission_run import MissionRun
    from regolith.output.rundir import RunDir
    from regolith.watch import Silent

    words = [f"soil.grain_diameter={diameter}", "soil.cohesion=0", 'bed.boundary="periodic"']
    config = load_mission(Path("scoop-preview"), words)
    return MissionRun(make_plan(config), RunDir.create(folder / "run", config.to_toml()), Silent())


def lammps_case(work: Any, steps: int) -> PeerCase:
    """The same grains and law for LAMMPS."""
    from regolith.restitution import damping_of

    sim, soil = work.sim, work.soil
    grains = sim.grains()
    return PeerCase(
        positions=grains["position"],
        velocities=grains["velocity"],
        radii=sim.radii,
        density=sim.masses / (4 / 3 * np.pi * sim.radii**3),
        box_lo=np.asarray(sim.box.lower),
        box_hi=np.asarray(sim.box.upper),
        periodic=True,
        youngs_modulus=soil.material.youngs_modulus,
        poisson_ratio=soil.material.poisson_ratio,
        damping=damping_of(soil.contact.restitution),
        friction=soil.contact.friction,
        rolling_friction=soil.contact.rolling_friction,
        rolling_damping=sim.law.rolling_damping,
        gravity=sim.gravity,
        time_step=sim.time_step,
        steps=steps,
    )


def speed(sim: Any, steps: int) -> float:
    """Grain-steps per second of wall time; reads the device back, so nothing is left in flight."""
    began = time.perf_counter()
    sim.step(steps)
    sim.sums()
    return sim.n_grains * steps / (time.perf_counter() - began)


def dig_to(work: Any, phase: str) -> None:
    """Step until the middle of a phase of the motion."""
    begin, end = next((begin, end) for name, begin, end in work.motion.phases if name == phase)
    work.sim.step(int(0.5 * (begin + end) / work.sim.time_step) - work.sim.step_count)


def main() -> None:
    """Run, print and keep the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lammps", required=True, help="command that runs LAMMPS, with {n}")
    parser.add_argument("--diameter", type=float, default=5.9e-3, help="median grain diameter [m]")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    words = parser.parse_args()
    runtime = start("cpu", words.threads)
    with tempfile.TemporaryDirectory() as folder:
        work = prepare(words.diameter, Path(folder))
        case = lammps_case(work, words.steps)
        coordination, overlap = contacts(case, case.positions)
        at_rest = [speed(work.sim, words.steps) for _ in range(words.rounds + 1)][1:]
        dig_to(work, "drag")
        ours, theirs, last = [], [], None
        for _ in range(words.rounds):
            last = run_lammps(case, words.threads, words.lammps)
            theirs.append(last.grain_steps_per_s)
            ours.append(speed(work.sim, words.steps))
    assert last is not None
    result = {
        "case": "scoop-preview, periodic, no cohesion: ours digging, LAMMPS granular at rest",
        "device": processor(),
        **runtime,
        "grains": len(case.positions),
        "steps": words.steps,
        "rounds": words.rounds,
        "coordination_number_at_rest": {"start": coordination, "lammps_end": last.coordination},
        "mean_overlap_at_rest_m": {"start": overlap, "lammps_end": last.mean_overlap},
        "coordination_number_digging": work.sim.contact_sums()["coordination"],
        "lammps": {"version": last.code, "ranks": words.threads, "rebuilds": last.rebuilds, "runs": theirs},
        "regolith": {"digging_runs": ours, "at_rest_runs": at_rest},
        "median_grain_steps_per_s": {
            "regolith_digging": statistics.median(ours),
            "regolith_at_rest": statistics.median(at_rest),
            "lammps_at_rest": statistics.median(theirs),
        },
        "ratio": statistics.median(ours) / statistics.median(theirs),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "digging.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

"""Ours and the peers on the same bed, at rest and stirred: `make bench`.

    python benchmarks/peers.py [--grains 32000 256000] [--rounds 5] [--only regolith lammps ...]

Each round runs every code once, one after the other, so that a slow minute of the machine hits all; the table has
medians over the rounds. Codes whose command is not found are left out and said so. Writes results/peers.json, where
what other machines measured stays, and results/peers.png.
"""

import argparse
import json
import shlex
import shutil
import statistics
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bed
import numpy as np
from jobs import RESULTS, processor
from lammps_peer import run_lammps
from liggghts_peer import run_liggghts
from peer_case import Blade, PeerCase, PeerResult, contacts
from regolith_peer import outcome, run_regolith
from yade_peer import run_yade

from regolith.paths import cache_dir
from regolith.restitution import damping_of

BLADE = np.array([4e-3, 40e-3, 40e-3])  # thickness along x, width, depth under the surface [m]
ABOVE = 8e-3  # of the blade over the surface; LIGGGHTS wants it inside the box [m]
BLADE_SPEED = 0.2  # [m/s]
STIRRED_FOR = 0.05  # before the codes take over [s]
COMMANDS = {
    "lammps": "mpiexec -n {n} lmp",
    "liggghts": "mpirun.openmpi --allow-run-as-root --oversubscribe -np {n} liggghts",
    "yade": "yade -j{n} -n -x",
}


def case_of(at: bed.Bed, velocities: np.ndarray, steps: int, warmup: int, blades: tuple[Blade, ...]) -> PeerCase:
    """The bed as all codes get it."""
    return PeerCase(
        positions=at.positions,
        velocities=velocities,
        radii=at.radii,
        density=bed.GRAIN.density,
        box_lo=np.zeros(3),
        box_hi=np.array([*at.size, at.top]),
        periodic=True,
        youngs_modulus=bed.GRAIN.youngs_modulus,
        poisson_ratio=bed.GRAIN.poisson_ratio,
        damping=damping_of(bed.CONTACT.restitution),
        friction=bed.CONTACT.friction,
        gravity=np.array([0, 0, -bed.GRAVITY]),
        time_step=bed.TIME_STEP,
        steps=steps,
        warmup_steps=warmup,
        blades=blades,
    )


def blade_in(at: bed.Bed, tile: int, way: float) -> Blade:
    """The blade of a tile after it has moved that far [m]; it starts at a quarter of the tile, as it lay at rest."""
    corner = np.array([tile // 4 * bed.SIDE, tile % 4 * bed.SIDE, 0.0])
    top = float(np.quantile(at.positions[:, 2], 0.999))
    lower = corner + [bed.SIDE / 4 + way, (bed.SIDE - BLADE[1]) / 2, top - BLADE[2]]
    return Blade(lower=lower, upper=lower + [*BLADE[:2], BLADE[2] + ABOVE], speed=BLADE_SPEED)


def make_case(n: int, state: str, threads: int) -> PeerCase:
    """The case of that many grains (whole tiles), "at rest" or "stirred"."""
    tiles = max(round(n / bed.TILE), 1)
    nx, ny = max(tiles // 4, 1), min(tiles, 4)
    tile = bed.settled(cache_dir() / "benchmarks")
    steps, warmup = (300, 200) if tiles == 1 else (80, 40)
    if state == "at rest":
        whole = tile.tiled(nx, ny)
        return case_of(whole, np.zeros_like(whole.positions), steps, warmup, ())
    moved, velocities, way = stirred(tile, threads)
    whole = moved.tiled(nx, ny)
    blades = tuple(blade_in(tile, k, way) for k in range(nx * ny))
    return case_of(whole, np.tile(velocities, (nx * ny, 1)), steps, warmup, blades)


def stirred(tile: bed.Bed, threads: int) -> tuple[bed.Bed, np.ndarray, float]:
    """The tile after a blade has dragged through it for a while, its velocities, and how far the blade came [m]."""
    start = hollowed(tile)
    steps = int(STIRRED_FOR / bed.TIME_STEP)
    case = case_of(start, np.zeros_like(start.positions), 1, steps - 1, (blade_in(tile, 0, 0.0),))
    said = outcome(case, threads)
    positions = said["positions"]
    positions[:, :2] %= bed.SIDE
    return bed.Bed(positions, start.radii, tile.size), said["velocities"], BLADE_SPEED * STIRRED_FOR


def hollowed(tile: bed.Bed) -> bed.Bed:
    """The tile without the grains where the blade will be."""
    blade = blade_in(tile, 0, 0.0)
    nearest = np.clip(tile.positions, blade.lower, blade.upper)
    free = np.linalg.norm(tile.positions - nearest, axis=1) > tile.radii
    return bed.Bed(tile.positions[free], tile.radii[free], tile.size)


def runners(threads: int, only: list[str], words: dict[str, str]) -> dict[str, Callable[[PeerCase], PeerResult]]:
    """How to run each code that is here."""
    known: dict[str, Callable[[PeerCase], PeerResult]] = {
        "regolith": lambda case: run_regolith(case, threads),
        "regolith f64": lambda case: run_regolith(case, threads, "f64"),
        "lammps granular": lambda case: run_lammps(case, threads, words["lammps"]),
        "lammps gran/hertz/history": lambda case: run_lammps(case, threads, words["lammps"], "gran/hertz/history"),
        "liggghts": lambda case: run_liggghts(case, threads, words["liggghts"]),
        "yade": lambda case: run_yade(case, threads, words["yade"]),
    }
    found = {}
    for name, run in known.items():
        command = words.get(name.split()[0])
        if only and name.split()[0] not in only:
            continue
        missing = [word for word in needed(command) if not shutil.which(word)]
        if missing:
            print(f"{name} is left out: {', '.join(missing)} was not found")
            continue
        found[name] = run
    return found


def needed(command: str | None) -> list[str]:
    """Executables of a command: its first word, and the code that an mpiexec starts."""
    words = shlex.split(command or "")
    return [words[0], words[-1]] if words and words[0].startswith("mpi") else words[:1]


def compare(case: PeerCase, runs: dict[str, Callable[[PeerCase], PeerResult]], rounds: int) -> dict[str, Any]:
    """Every code once a round; medians and what the bed looked like at the end."""
    speeds: dict[str, list[float]] = {name: [] for name in runs}
    last: dict[str, PeerResult] = {}
    for k in range(rounds):
        for name, run in runs.items():
            if name == "yade" and k > 0:  # twenty times slower than the others: once
                continue
            last[name] = run(case)
            speeds[name].append(last[name].grain_steps_per_s)
            print(f"  round {k + 1}: {name}: {speeds[name][-1] / 1e6:.2f} M grain-steps/s", flush=True)
    ours = statistics.median(speeds["regolith"]) if "regolith" in speeds else float("nan")
    return {
        name: {
            "grain_steps_per_s": statistics.median(found),
            "runs": found,
            "n_runs": len(found),
            "ratio": ours / statistics.median(found),
            **{key: value for key, value in asdict(last[name]).items() if key not in ("seconds", "grain_steps_per_s")},
        }
        for name, found in speeds.items()
    }


def table(results: list[dict[str, Any]]) -> str:
    """For the README."""
    lines = ["| bed | code | M grain-steps/s | ours over it | coordination | mean overlap | kinetic energy |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for one in results:
        for name, said in one["codes"].items():
            lines.append(
                f"| {one['grains']:,} {one['state']} | {name} | {said['grain_steps_per_s'] / 1e6:.2f} "
                f"| {said['ratio']:.2f} | {said['coordination']:.3f} | {said['mean_overlap'] * 1e6:.2f} µm "
                f"| {said['kinetic_energy']:.3g} J |"
            )
    return "\n".join(lines)


def draw(results: list[dict[str, Any]], path: Path) -> None:
    """Bars: the speed of each code on each bed."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(results), figsize=(4.2 * len(results), 3.2), sharey=True, squeeze=False)
    for axis, one in zip(axes[0], results, strict=True):
        names = list(one["codes"])
        speeds = [said["grain_steps_per_s"] / 1e6 for said in one["codes"].values()]
        bars = axis.barh(names, speeds, color=["#1f5fa8" if n.startswith("regolith") else "#a0a4aa" for n in names])
        axis.bar_label(bars, [f"{speed:.1f}" for speed in speeds], padding=3)
        axis.set_title(f"{one['grains']:,} grains, {one['state']}", fontsize=10)
        axis.set_xlabel("M grain-steps/s")
        axis.margins(x=0.18)
    axes[0, 0].invert_yaxis()
    figure.tight_layout()
    figure.savefig(path, dpi=150)


def main() -> None:
    """Run, print and keep the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grains", type=int, nargs="+", default=[32_000, 256_000])
    parser.add_argument("--states", nargs="+", default=["at rest", "stirred"], choices=["at rest", "stirred"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=[], help="regolith, lammps, liggghts, yade")
    for code, command in COMMANDS.items():
        parser.add_argument(f"--{code}", default=command, help=f"command, with {{n}}; default: {command}")
    words = parser.parse_args()
    runs = runners(words.threads, words.only, {code: getattr(words, code) for code in COMMANDS})
    results = kept(words.threads)
    for n in words.grains:
        for state in words.states:
            case = make_case(n, state, words.threads)
            coordination, overlap = contacts(case, case.positions)
            print(f"{len(case.positions):,} grains {state}: coordination number {coordination:.3f} at the start")
            codes = compare(case, runs, words.rounds)
            one = {
                "grains": len(case.positions),
                "state": state,
                "rounds": words.rounds,
                "steps": case.steps,
                "time_step": case.time_step,
                "start": {"coordination": coordination, "mean_overlap": overlap},
                "codes": codes,
            }
            results = [r for r in results if (r["grains"], r["state"]) != (one["grains"], state)] + [one]
            results.sort(key=lambda r: (round(r["grains"] / bed.TILE), r["state"]))
            keep(results, words.threads)
    draw(results, RESULTS / "peers.png")
    print(table(results))


def kept(threads: int) -> list[dict[str, Any]]:
    """Beds measured before on the same device: a run replaces those it measures."""
    return next((one["beds"] for one in machines() if is_this(one, threads)), [])


def keep(beds: list[dict[str, Any]], threads: int) -> None:
    """Put this machine's beds in the place of those of before; other machines' stay."""
    RESULTS.mkdir(exist_ok=True)
    others = [one for one in machines() if not is_this(one, threads)]
    said = {"machines": [*others, {"device": processor(), "threads": threads, "beds": beds}]}
    (RESULTS / "peers.json").write_text(json.dumps(said, indent=2) + "\n")


def machines() -> list[dict[str, Any]]:
    """All that was measured so far."""
    path = RESULTS / "peers.json"
    return list(json.loads(path.read_text())["machines"]) if path.exists() else []


def is_this(one: dict[str, Any], threads: int) -> bool:
    """Whether a machine of the results is this one, with that many threads."""
    return bool((one["device"], one["threads"]) == (processor(), threads))


if __name__ == "__main__":
    main()

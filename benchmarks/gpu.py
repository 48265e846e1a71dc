"""The GPU against the CPU, its speed from 1e5 grains to as many as fit, and how much of its bandwidth that takes.

    make bench-gpu      or      PYTHONPATH=.:kernels python benchmarks/gpu.py [--arch cuda] [--block-dim 128]
    make bench-gpu ARGS=--rehearse                                      (on a CPU, 1e4 and 1e5 grains)

It needs no network and, of what pip installs, Taichi and NumPy. The bed of `bed.py` is settled on the device, in
seconds, and tiled. First the device and the CPU each take a tile through the same steps under a blade; if they differ
by more than `TOLERANCE` nothing is timed. A rehearsal puts the GPU's layout (one contact a group, one grain a block,
wrenches summed by a tree) on the CPU: it says that the path works, and nothing of a GPU's speed. The table comes last;
results go to results/gpu-<device>.json, of a rehearsal to results/gpu-rehearsal.json.
"""

import argparse
import json
import os
import subprocess
import time
from dataclasses import dataclass
from typing import Any

import bed
import numpy as np
from jobs import RESULTS, processor, run_job
from traffic import BANDWIDTHS

MINUTES = 8.5  # for everything; jobs that would start later are left out
CHECK_STEPS = 200
# Largest difference between device and CPU over the largest value, after `CHECK_STEPS` steps of f32 forces: roundings
# of 6e-8 a step, which a contact network under a blade makes grow. Two layouts on one CPU differ by 2e-6.
TOLERANCE = 1e-4
SECONDS = {"device": 6.0, "rehearsal": 6.0}  # of timed steps per number of grains
UPLOAD = 110  # bytes a grain that go to the device in passing when a state is uploaded
HOST = 400  # and that the computer itself needs
ROOM = 0.85  # of the free memory that the largest bed may take
MOST = 110_000_000  # grains: places in the table of partners, 16 a grain, are numbered with 31 bits


@dataclass(frozen=True)
class Plan:
    """What is run where.

    Attributes:
        arch: Of Taichi, for the device.
        rehearse: Whether a CPU plays the GPU.
        tile: Grains of the settled bed.
        side: Of its box [m].
        grains: Numbers to time, rounded to whole tiles.
        memory: Free memory of the device [bytes]; 0: unknown, and the largest bed is left out.
        end: When to stop, by `time.monotonic`.
        block_dim: Threads a block on a GPU; None: Taichi's choice.
    """

    arch: str
    rehearse: bool
    tile: int
    side: float
    grains: tuple[int, ...]
    memory: float
    end: float
    block_dim: int | None

    def job(self, do: str, on_cpu: bool = False, **words: Any) -> Any:
        """Do a job on the device or on the CPU; what it says."""
        words |= {"arch": "cpu" if on_cpu or self.rehearse else self.arch, "gpu_layout": self.rehearse and not on_cpu}
        left = max(self.end - time.monotonic(), 1.0)
        return run_job(do, timeout=left, block_dim=self.block_dim, tile=self.tile, side=self.side, **words)


def compare(plan: Plan) -> dict[str, Any]:
    """The same steps on the device and on the CPU.

    Raises:
        SystemExit: They differ by more than `TOLERANCE`.
    """
    device, cpu = plan.job("check", steps=CHECK_STEPS), plan.job("check", on_cpu=True, steps=CHECK_STEPS)
    scales = {k: float(np.abs(cpu[k]).max()) for k in ("velocity", "spin", "force", "torque", "wrenches")}
    scales["position"] = scales["velocity"] * CHECK_STEPS * bed.TIME_STEP  # the longest way
    errors = {k: float(np.abs(device[k] - cpu[k]).max()) / scale for k, scale in scales.items()}
    if not all(np.abs(cpu["wrenches"]).max(axis=(1, 2)) > 0):  # force and torque of each surface
        raise SystemExit("a surface of the check felt nothing: it would compare nothing with nothing")
    errors["touching"] = abs(float(device["touching"] / cpu["touching"]) - 1)
    said = {"steps": CHECK_STEPS, "tolerance": TOLERANCE, "errors": errors, "largest": scales}
    said["coordination"] = float(cpu["coordination"])
    print("device against CPU, largest difference over largest value: ", end="")
    print(", ".join(f"{k} {e:.1e}" for k, e in errors.items()), flush=True)
    if not all(error <= TOLERANCE for error in errors.values()):  # NaN is no agreement
        raise SystemExit(f"the device differs from the CPU by more than {TOLERANCE:g}: nothing is timed")
    return said


def tiles_for(n: int, tile: int) -> tuple[int, int]:
    """How often the tile lies beside itself for about n grains, as square as can be."""
    nx = max(round((n / tile) ** 0.5), 1)
    return nx, max(round(n / tile / nx), 1)


def measure(plan: Plan, n: int) -> dict[str, Any] | None:
    """Time about n grains; None where it failed or time ran out."""
    seconds = SECONDS["rehearsal" if plan.rehearse else "device"]
    try:
        found: dict[str, Any] = plan.job("measure", tiles=tiles_for(n, plan.tile), seconds=seconds)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"{n:,} grains: left out, {error}", flush=True)
        return None
    print(f"{found['grains']:,} grains: {found['grain_steps_per_s'] / 1e6:.1f} M grain-steps/s", flush=True)
    return found


def largest(plan: Plan, found: dict[str, Any]) -> int:
    """As many grains as fit, by what one takes in a smaller bed."""
    device = ROOM * plan.memory / (sum(found["memory_per_grain"].values()) + UPLOAD)
    pages, size = (os.sysconf(k) for k in ("SC_AVPHYS_PAGES", "SC_PAGE_SIZE"))
    n = int(min(device, ROOM * pages * size / HOST, MOST))
    step = 1 << max(n.bit_length() - 3, 0)
    return n // step * step - 2 * plan.tile  # capacities are rounded up to such steps


def gpu() -> tuple[str, float]:
    """Name and free memory [bytes] of the first NVIDIA GPU; empty and 0 where the driver's tool is not found."""
    query = ["nvidia-smi", "--query-gpu=name,memory.free", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "", 0.0
    name, free = said.rsplit(",", 1)
    return name.strip(), float(free) * 2**20


def table(result: dict[str, Any]) -> str:
    """A line per number of grains."""
    peak = result["bandwidth"]["data_sheet"] or result["bandwidth"]["triad"]
    lines = [f"{'grains':>12} {'M grain-steps/s':>16} {'bytes/grain-step':>17} {'of bandwidth':>13} {'bytes held':>11}"]
    for one in result["beds"]:
        one["of_bandwidth"] = one["grain_steps_per_s"] * one["per_grain_step"]["bytes"] / peak
        lines.append(
            f"{one['grains']:12,} {one['grain_steps_per_s'] / 1e6:16.1f} {one['per_grain_step']['bytes']:17.0f} "
            f"{one['of_bandwidth']:13.1%} {sum(one['memory_per_grain'].values()):11.0f}"
        )
    return "\n".join(lines)


def plan_of(words: argparse.Namespace, free: float) -> Plan:
    """What to run where, with that much memory free on the device [bytes] unless the words say otherwise."""
    small = words.rehearse
    grains = words.grains or ([10_000, 100_000] if small else [1_000_000, 100_000, 10_000_000])
    return Plan(
        arch=words.arch,
        rehearse=words.rehearse,
        tile=4_000 if small else bed.TILE,
        side=bed.SIDE / 2 if small else bed.SIDE,
        grains=tuple(grains),
        memory=words.memory * 1e9 if words.memory is not None else free,
        end=time.monotonic() + 60 * words.minutes,
        block_dim=words.block_dim,
    )


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """The words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="cuda", help="of Taichi: cuda or vulkan")
    parser.add_argument("--rehearse", action="store_true", help="all on the CPU, small")
    parser.add_argument("--grains", type=int, nargs="+", help="numbers to time")
    parser.add_argument("--memory", type=float, help="free memory of the device [GB]; else nvidia-smi is asked")
    parser.add_argument("--block-dim", type=int, help="threads a block")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    return parser.parse_args(arguments)


def main() -> None:
    """Check, time, print and keep."""
    words = parsed()
    name, free = ("", 0.0) if words.rehearse else gpu()
    plan = plan_of(words, free)
    device = f"{processor()}, playing a GPU" if words.rehearse else name or words.arch
    made = plan.job("settle")
    print(f"{device}: tile of {made['grains']:,} grains ready after {made['seconds']:.0f} s", flush=True)
    checked = compare(plan)
    triad = plan.job("bandwidth", size=1 << (24 if words.rehearse else 27))["bandwidth"]
    sheet = next((b for part, b in BANDWIDTHS.items() if part in name), None)
    beds = [found for n in plan.grains if (found := measure(plan, n))]
    if beds and plan.memory:
        most = largest(plan, beds[0])
        beds += [found for found in [measure(plan, most)] if found]
    result = {
        "device": device,
        "measured_on_a_gpu": not words.rehearse,
        "arch": "cpu" if words.rehearse else words.arch,
        "block_dim": words.block_dim,
        "check": checked,
        "bandwidth": {"triad": triad, "data_sheet": sheet},
        "beds": sorted(beds, key=lambda one: one["grains"]),
    }
    shown = table(result)
    kept = "rehearsal" if words.rehearse else "".join(c if c.isalnum() else "-" for c in device).lower()
    (RESULTS / f"gpu-{kept}.json").write_text(json.dumps(result, indent=2) + "\n")
    if words.rehearse:
        print("A rehearsal: not measured on a GPU.")
    print(f"{device}: triad {triad / 1e9:.0f} GB/s" + (f", data sheet {sheet / 1e9:.0f} GB/s" if sheet else ""))
    print(shown)


if __name__ == "__main__":
    main()

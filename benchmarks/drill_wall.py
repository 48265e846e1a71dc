"""What the walls of the bed do to the torque of drilling: the preview's drill in beds of two widths, three seeds each.

    python benchmarks/drill_wall.py FOLDER [--most 1] [--threads 2]

Takes the drilling of `chang-e-5-preview`, 0.10 m deep in 0.14 m of soil instead of 0.15 m in 0.19 m and without drawing
the drill out, so that six runs take half an hour on two cores. Runs what FOLDER still lacks, at most so many at a time,
and once all are there writes results/drill-wall.json. The mean torque is that over time while the bit goes down between
two depths. Beds of one seed and two widths share nothing but the soil, so the runs count as independent; the interval
is Welch's, of the difference of the logarithms.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from jobs import RESULTS, processor
from scipy.stats import t as student

from regolith.config import load_campaign
from regolith.record import read

MISSION = "chang-e-5-preview"
WIDTHS, SEEDS = (0.24, 0.36), (1, 2, 3)  # the preview's width comes first [m]
DEPTH, BED_DEPTH = 0.10, 0.14  # of the hole and of the bed [m]
BETWEEN = (0.03, 0.10)  # depths of the bit over which torques are averaged [m]; the bit's teeth are 10 mm high


def mission_toml(width: float, seed: int) -> str:
    """The preview's drilling in a square bed of that width [m]."""
    shipped = load_campaign(MISSION).missions[0]
    bed = shipped.bed.model_copy(update={"size": (width, width), "depth": BED_DEPTH})
    motion = shipped.motion.model_copy(update={"depth": DEPTH, "retract_rate": None})
    return shipped.model_copy(update={"bed": bed, "motion": motion, "seed": seed}).to_toml()


def run(folder: Path, width: float, seed: int, threads: int) -> None:
    """One run, into FOLDER/WIDTH-SEED; one that was cut off goes on."""
    out = place(folder, width, seed)
    text = out.with_suffix(".toml")
    text.write_text(mission_toml(width, seed), encoding="utf-8")
    command = ["resume", str(out)] if out.exists() else ["run", str(text), "--out", str(out)]
    words = [sys.executable, "-m", "regolith", *command, "--threads", str(threads)]
    subprocess.run(words, check=True, env=os.environ)


def place(folder: Path, width: float, seed: int) -> Path:
    """Run directory of a run."""
    return folder / f"{1e3 * width:.0f}mm-{seed}"


def done(out: Path) -> bool:
    """Whether a run has ended."""
    return out.exists() and read(out).status.get("state") == "done"


def figures(out: Path, width: float, seed: int) -> dict[str, Any]:
    """What counts of a run."""
    record = read(out)
    history, result = record.history, record.status["result"]
    if result["outcome"] != "done":
        raise SystemExit(f"{out}: ended as {result['outcome']!r}, so it says nothing of the wall; change the drill")
    deepest = int(np.argmax(history["bit_depth"])) + 1
    depth = history["bit_depth"][:deepest]
    counts = (depth > BETWEEN[0]) & (depth <= BETWEEN[1])
    spans = np.diff(history["time"][:deepest], prepend=0.0)[counts]
    means = {
        name: float(np.average(history[column][:deepest][counts], weights=spans))
        for name, column in (("torque_nm", "drilling_torque"), ("weight_on_bit_n", "weight_on_bit"))
    }
    same = ("outcome", "drilled_depth_m", "grains")
    return {"width_m": width, "seed": seed, **means, **{key: result[key] for key in same if key in result}}


def compare(narrow: np.ndarray, wide: np.ndarray) -> dict[str, float]:
    """Relative difference of the mean of the narrow bed's torques from the wide one's, with its 95 % interval."""
    a, b = np.log(narrow), np.log(wide)
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([len(a), len(b)]) - 1)).sum()
    shift, half = a.mean() - b.mean(), student.ppf(0.975, freedom) * np.sqrt(parts.sum())
    low, middle, high = np.expm1([shift - half, shift, shift + half])
    return {"difference": float(middle), "low": float(low), "high": float(high), "degrees_of_freedom": float(freedom)}


def table(folder: Path) -> dict[str, Any]:
    """All runs, and each other width against the widest."""
    runs = [figures(place(folder, w, s), w, s) for w in WIDTHS for s in SEEDS]
    torque = {w: np.array([one["torque_nm"] for one in runs if one["width_m"] == w]) for w in WIDTHS}
    widest = max(WIDTHS)
    return {
        "case": f"drilling of {MISSION}, {DEPTH:g} m deep in {BED_DEPTH:g} m, torque between {BETWEEN} m",
        "device": processor(),
        "runs": runs,
        "against_m": widest,
        "relative_difference": {f"{w:g}": compare(torque[w], torque[widest]) for w in WIDTHS if w != widest},
    }


def show(found: dict[str, Any]) -> None:
    """Print the table."""
    print("| width [m] | seed | torque [N m] | weight on bit [N] | outcome |\n|---|---|---|---|---|")
    for one in found["runs"]:
        numbers = f"{one['torque_nm']:.3f} | {one['weight_on_bit_n']:.1f}"
        print(f"| {one['width_m']:g} | {one['seed']} | {numbers} | {one.get('outcome', '')} |")
    for width, one in found["relative_difference"].items():
        interval = f"{one['low']:+.1%} to {one['high']:+.1%}"
        print(f"{width} m against {found['against_m']:g} m: {one['difference']:+.1%} ({interval}, 95 %)")


def main() -> None:
    """Run what is missing; write the table when nothing is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=len(WIDTHS) * len(SEEDS), help="runs in this call")
    parser.add_argument("--threads", type=int, default=2)
    words = parser.parse_args()
    words.folder.mkdir(parents=True, exist_ok=True)
    missing = [(w, s) for s in SEEDS for w in WIDTHS if not done(place(words.folder, w, s))]
    for width, seed in missing[: words.most]:
        run(words.folder, width, seed, words.threads)
    if len(missing) > words.most:
        print(f"{len(missing) - words.most} runs are left")
        return
    found = table(words.folder)
    (RESULTS / "drill-wall.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    show(found)


if __name__ == "__main__":
    main()

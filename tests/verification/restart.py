"""Runs the shaken box in a process of its own: whole, with states taken on the way, or on from those states.

python -m tests.verification.restart run|resume FOLDER THREADS PRECISION prints fingerprints of the end as JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np

END, LOOK = 700, 250


def run(sim, folder: Path) -> dict[str, str]:
    """To the end, saving the state just before a rebuild, one step earlier, one later, and 40 later."""
    from tests.verification.shaker import fingerprint

    sim.step(LOOK)
    rebuilds, states = sim.pair_list.rebuilds, []
    while sim.pair_list.rebuilds == rebuilds:
        states.append(sim.take())
        sim.step()
    kept = {"earlier": states[-2], "rebuild": states[-1], "later": sim.take()}
    sim.step(40)
    kept["between"] = sim.take()
    for name, (arrays, meta) in kept.items():
        np.savez(folder / f"{name}.npz", **{k.replace("/", "|"): v for k, v in arrays.items()})
        (folder / f"{name}.json").write_text(json.dumps(meta))
    sim.step(END - sim.step_count)
    return {"end": fingerprint(sim)}


def resume(sim, folder: Path) -> dict[str, str]:
    """From each saved state to the end."""
    from tests.verification.shaker import fingerprint

    ends = {}
    for name in ("earlier", "rebuild", "later", "between"):
        with np.load(folder / f"{name}.npz") as saved:
            arrays = {k.replace("|", "/"): saved[k] for k in saved.files}
        sim.restore(arrays, json.loads((folder / f"{name}.json").read_text()))
        sim.step(END - sim.step_count)
        ends[name] = fingerprint(sim)
    return ends


def plain(sim, folder: Path) -> dict[str, str]:
    """To the end without a look."""
    from tests.verification.shaker import fingerprint

    sim.step(END)
    return {"end": fingerprint(sim)}


if __name__ == "__main__":
    what, folder, threads, precision = sys.argv[1:]
    from regolith.runtime import start

    start(threads=int(threads), precision=precision)
    from regolith.verify.shaker import make_shaker

    print(json.dumps({"run": run, "resume": resume, "plain": plain}[what](make_shaker(), Path(folder))))

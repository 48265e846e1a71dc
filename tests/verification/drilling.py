"""A hammering drill with a liner in 10 000 grains, in a process of its own: whole, or again and on from a saved state.

python -m tests.verification.drilling run|again FOLDER THREADS prints fingerprints of the end as JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np

SIDE, R, DT = 22, 0.005, 2.5e-5
LOOK, END = 150, 320


def make_drilling():
    """A lattice of grains with small speeds, and the drill's foot just above it."""
    import regolith
    from regolith.tools.shapes import box_mesh

    rng = np.random.default_rng(8)
    line = 2.02 * R * (np.arange(SIDE) - 0.5 * (SIDE - 1))
    at = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    foot = box_mesh((-0.03, -0.02, 0.0), (0.03, 0.02, 0.1))
    setting = regolith.DriveSetting(
        feed_rate=0.3,
        spin_rate=30.0,
        weight_on_bit=8.0,
        max_force=9.0,
        max_torque=0.1,
        max_spin_power=0.5,
        percussion=regolith.Percussion(frequency=300, energy=0.002, duration=1e-3, only_pressed=True),
    )
    return regolith.Simulation(
        at,
        R,
        materials=[regolith.Material(name="rock", density=2500, youngs_modulus=1e7, poisson_ratio=0.2)],
        contacts=regolith.Contact(restitution=0.5, friction=0.5, rolling_friction=0.1),
        box=regolith.Box(lower=[-0.3] * 3, upper=[0.3] * 3),
        time_step=DT,
        gravity=(0, 0, -1.62),
        velocities=0.05 * rng.normal(size=at.shape),
        drives=[
            regolith.Drive(
                name="drill",
                mass=0.5,
                inertia=2e-4,
                origin=(0, 0, line[-1] + R),
                direction=(0.1, 0, -1),
                setting=setting,
            )
        ],
        surfaces=[
            regolith.Mesh(mesh=foot, material="rock", drive="drill", name="bit"),
            regolith.Mesh(mesh=foot, material="rock", drive="drill", turns=False, name="liner"),
        ],
    )


def end(sim) -> str:
    """Fingerprint of the grains and the drive at the end, where the drill has struck and met the grains."""
    from tests.verification.shaker import fingerprint

    sim.step(END - sim.step_count)
    word = fingerprint(sim) + "".join(values.tobytes().hex() for values in sim.surroundings.driving.take().values())
    tally = sim.drive_tallies("drill")
    assert tally["blows"] > 0 and tally["peak_weight_on_bit"] > 1 and tally["feed_limited"] > 0
    return word


def run(sim, folder: Path) -> dict[str, str]:
    """To the end, saving the state on the way."""
    sim.step(LOOK)
    arrays, meta = sim.take()
    np.savez(folder / "state.npz", **{k.replace("/", "|"): v for k, v in arrays.items()})
    (folder / "state.json").write_text(json.dumps(meta))
    return {"end": end(sim)}


def again(sim, folder: Path) -> dict[str, str]:
    """To the end without a look, and from the saved state."""
    whole = end(sim)
    with np.load(folder / "state.npz") as saved:
        arrays = {k.replace("|", "/"): saved[k] for k in saved.files}
    sim.restore(arrays, json.loads((folder / "state.json").read_text()))
    return {"end": whole, "resumed": end(sim)}


if __name__ == "__main__":
    what, folder, threads = sys.argv[1:]
    from regolith.runtime import start

    start(threads=int(threads), precision="mixed")
    print(json.dumps({"run": run, "again": again}[what](make_drilling(), Path(folder))))

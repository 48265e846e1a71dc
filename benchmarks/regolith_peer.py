"""Ours on a given bed, in a process of its own as the peers: `run_regolith`, or `python regolith_peer.py CASE OUT`."""

import pickle
import shlex
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bed
import numpy as np
from lammps_peer import run_in
from peer_case import PeerCase, PeerResult, result

from regolith.box import Box
from regolith.drive import Motion
from regolith.materials import Material
from regolith.restitution import damping_of
from regolith.runtime import start
from regolith.surfaces import Mesh, Plane, Surface
from regolith.tools.shapes import box_mesh

if TYPE_CHECKING:
    from regolith.simulation import Simulation


def run_regolith(case: PeerCase, threads: int, precision: str = "mixed", arch: str = "cpu") -> PeerResult:
    """Run the case and read what it took.

    Args:
        case: The bed, its law and the steps; the law's damping must be that of a restitution of 0.5.
        threads: CPU threads.
        precision: "mixed" or "f64".
        arch: Where to compute.

    Raises:
        RuntimeError: It failed; holds the end of its output.
    """
    said = outcome(case, threads, precision, arch)
    where = said["positions"], said["velocities"]
    return result(case, f"regolith, {precision}", float(said["seconds"]), *where, int(said["rebuilds"]))


def outcome(case: PeerCase, threads: int, precision: str = "mixed", arch: str = "cpu") -> dict[str, np.ndarray]:
    """Seconds, positions, velocities and rebuilds of a run in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "case.pickle").write_bytes(pickle.dumps((case, threads, precision, arch)))
        run_in(folder, shlex.quote(sys.executable), threads, str(Path(__file__).resolve()), "case.pickle", "said.npz")
        with np.load(folder / "said.npz") as said:
            return dict(said)


def blades(case: PeerCase) -> list[Surface]:
    """The blades as meshes."""
    return [
        Mesh(
            mesh=box_mesh(blade.lower, blade.upper),
            material=bed.GRAIN.name,
            motion=Motion.constant(velocity=(blade.speed, 0.0, 0.0)),
            name=f"blade{k}",
        )
        for k, blade in enumerate(case.blades)
    ]


def simulation_of(case: PeerCase) -> "Simulation":
    """The case on our side.

    Raises:
        ValueError: It is not of the law that `bed` states.
    """
    from regolith.simulation import Simulation

    if not np.isclose(damping_of(bed.CONTACT.restitution), case.damping):
        raise ValueError(f"the case is not of restitution {bed.CONTACT.restitution:g}")
    if case.rolling_friction or np.ndim(case.density) or not case.periodic:
        raise ValueError("rolling friction, a density per grain and walls at the sides are for digging.py")
    elastic = {"youngs_modulus": case.youngs_modulus, "poisson_ratio": case.poisson_ratio}
    floor = Plane(point=case.box_lo, normal=(0, 0, 1), material=bed.GRAIN.name, name="floor")
    return Simulation(
        case.positions,
        case.radii,
        materials=[Material(name=bed.GRAIN.name, density=float(case.density), **elastic)],
        contacts=replace(bed.CONTACT, friction=case.friction),
        box=Box(lower=case.box_lo - [0, 0, case.radii.max()], upper=case.box_hi, periodic=(True, True, False)),
        time_step=case.time_step,
        gravity=case.gravity,
        surfaces=[floor, *blades(case)],
        law=bed.LAW,
        velocities=case.velocities,
    )


def main() -> None:
    """Run a pickled case."""
    case, threads, precision, arch = pickle.loads(Path(sys.argv[1]).read_bytes())
    start(arch, threads, precision)
    sim = simulation_of(case)
    sim.step(case.warmup_steps)
    sim.check()  # its kernels, too, are compiled now
    sim.sums()
    before, began = sim.pair_list.rebuilds, time.perf_counter()
    sim.step(case.steps)
    sim.sums()  # reads the device back: nothing is left in flight
    seconds = time.perf_counter() - began
    grains = sim.grains()
    np.savez(
        sys.argv[2],
        seconds=seconds,
        positions=grains["position"],
        velocities=grains["velocity"],
        rebuilds=sim.pair_list.rebuilds - before,
    )


if __name__ == "__main__":
    main()

"""Ours on a given bed, in a process of its own as the peers: `run_regolith`, or `python regolith_peer.py CASE OUT`."""

import pickle
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import trimesh
from lammps_peer import run_in
from peer_case import PeerCase, PeerResult, result

from regolith.box import Box
from regolith.drive import Motion
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.restitution import damping_of
from regolith.surfaces import Mesh, Plane, Surface
from regolith.tools.mesh import TriangleMesh


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
        run_in(folder, [sys.executable, str(Path(__file__).resolve()), "case.pickle", "said.npz"])
        with np.load(folder / "said.npz") as said:
            return dict(said)


def blades(case: PeerCase) -> list[Surface]:
    """The blades as meshes."""
    found: list[Surface] = []
    for k, blade in enumerate(case.blades):
        solid = trimesh.creation.box(bounds=[blade.lower, blade.upper])
        mesh = TriangleMesh(np.array(solid.vertices, float), np.array(solid.faces, np.int32))
        way = Motion.constant(velocity=(blade.speed, 0.0, 0.0))
        found.append(Mesh(mesh=mesh, material="grain", motion=way, name=f"blade{k}"))
    return found


def main() -> None:
    """Run a pickled case."""
    from regolith.runtime import start

    case, threads, precision, arch = pickle.loads(Path(sys.argv[1]).read_bytes())
    start(arch, threads, precision)
    from regolith.simulation import Simulation

    material = Material(
        name="grain",
        density=float(np.mean(case.density)),
        youngs_modulus=case.youngs_modulus,
        poisson_ratio=case.poisson_ratio,
    )
    contact = Contact(restitution=0.5, friction=case.friction)
    if not np.isclose(damping_of(0.5), case.damping):
        raise ValueError("the case is not of restitution 0.5")
    if case.rolling_friction or np.ndim(case.density) or not case.periodic:
        raise ValueError("rolling friction, a density per grain and walls at the sides are for digging.py")
    low = case.box_lo - [0, 0, case.radii.max()]
    sim = Simulation(
        case.positions,
        case.radii,
        materials=[material],
        contacts=contact,
        box=Box(lower=low, upper=case.box_hi, periodic=(case.periodic, case.periodic, False)),
        time_step=case.time_step,
        gravity=case.gravity,
        surfaces=[Plane(point=case.box_lo, normal=(0, 0, 1), material="grain", name="floor"), *blades(case)],
        law=Law(rolling="none"),
        velocities=case.velocities,
    )
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

"""LIGGGHTS on a given bed.

Written against LIGGGHTS-PUBLIC 3.8.0 (Debian's `liggghts`). `hertz tangential history` has our springs (4/3 E* a and
8 G* a) and our normal dashpot; its tangential dashpot takes k_t where ours takes k_n, it may pull while grains part,
and its tangential spring keeps its length. The blade is a mesh of 12 triangles, as ours.
"""

import tempfile
from pathlib import Path

import numpy as np
import trimesh
from lammps_peer import check_ranks, last, run_in, write_data
from peer_case import PeerCase, PeerResult, result

SKIN = 0.1  # of the mean radius


def input_deck(case: PeerCase) -> str:
    """The input deck."""
    model = "model hertz tangential history"
    meshes, moves = [], []
    for k, blade in enumerate(case.blades):
        meshes += [f"fix blade{k} all mesh/surface file blade{k}.stl type 1 verbose no"]
        moves += [f"fix drive{k} all move/mesh mesh blade{k} linear {blade.speed:.17g} 0 0"]
    names = " ".join(f"blade{k}" for k in range(len(case.blades)))
    felt = [f"fix blades all wall/gran {model} mesh n_meshes {len(case.blades)} meshes {names}"] if names else []
    return "\n".join(
        [
            "units si\natom_style granular\natom_modify map array",
            "boundary p p f\nnewton off\ncommunicate single vel yes\nprocessors * * 1\nread_data bed.data",
            f"neighbor {case.skin(SKIN):.10g} bin\nneigh_modify delay 0 every 10 check yes",
            f"fix m1 all property/global youngsModulus peratomtype {case.youngs_modulus:.10g}",
            f"fix m2 all property/global poissonsRatio peratomtype {case.poisson_ratio:.10g}",
            f"fix m3 all property/global coefficientRestitution peratomtypepair 1 {case.restitution:.10g}",
            f"fix m4 all property/global coefficientFriction peratomtypepair 1 {case.friction:.10g}",
            f"pair_style gran {model}\npair_coeff * *\ntimestep {case.time_step:.17g}",
            f"fix floor all wall/gran {model} primitive type 1 zplane {case.box_lo[2]:.17g}",
            *meshes,
            *felt,
            *moves,
            f"fix weight all gravity {np.linalg.norm(case.gravity):.17g} vector 0 0 -1",
            "fix motion all nve/sphere\nthermo 1000000000",
            f"run {case.warmup_steps}\nrun {case.steps}",
            "dump final all custom 1 final.txt id x y z vx vy vz",
            'dump_modify final sort id format "%d %.17g %.17g %.17g %.17g %.17g %.17g"\nrun 0\n',
        ]
    )


def run_liggghts(case: PeerCase, ranks: int, command: str) -> PeerResult:
    """Run the case and read what it took.

    Args:
        case: The bed, its law and the steps.
        ranks: MPI ranks.
        command: Such as "mpirun -np {n} liggghts"; see `run_in`.

    Raises:
        RuntimeError: LIGGGHTS failed; holds the end of its output.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(case, folder / "bed.data", "granular")
        for k, blade in enumerate(case.blades):
            trimesh.creation.box(bounds=[blade.lower, blade.upper]).export(folder / f"blade{k}.stl")
        (folder / "in.bed").write_text(input_deck(case))
        run_in(folder, command, ranks, "-in", "in.bed")
        log = (folder / "log.liggghts").read_text()
        final = np.loadtxt(folder / "final.txt", skiprows=9, usecols=range(1, 7))
    check_ranks(log, ranks)
    timed = [line for line in log.splitlines() if line.startswith("Loop time of")][1]  # warm-up, timed, dump
    builds = [line for line in log.splitlines() if line.startswith("Neighbor list builds")][1]
    return result(
        case,
        "LIGGGHTS " + last(log, r"^LIGGGHTS \((.*?)[,)]"),
        float(timed.split()[3]),
        final[:, :3],
        final[:, 3:],
        int(builds.split("=")[1]),
    )

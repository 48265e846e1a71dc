"""YADE on a given bed.

Written against YADE 2023.02a (Debian's `yade`). `Law2_ScGeom_MindlinPhys_Mindlin` has our springs; with `en` its
normal dashpot is 2 sqrt(5/6) beta sqrt(S_n m*), which is ours, and there is no tangential one. A periodic cell of YADE
takes no infinite walls, so the floor is of facets; it is periodic along z too, with room enough to see nothing of it.
"""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
from lammps_peer import run_in
from peer_case import PeerCase, PeerResult, result

SCRIPT = Path(__file__).with_name("yade_bed.py")


def run_yade(case: PeerCase, threads: int, command: str) -> PeerResult:
    """Run the case and read what it took.

    Args:
        case: The bed, its law and the steps.
        threads: OpenMP threads.
        command: Such as "yade -j{n} -n -x"; see `run_in`.

    Raises:
        RuntimeError: YADE failed; holds the end of its output.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "case.json").write_text(json.dumps(asdict(case), default=np.ndarray.tolist))
        run_in(folder, command, threads, str(SCRIPT.resolve()))
        said = json.loads((folder / "said.json").read_text())
    positions, velocities = np.array(said["positions"]), np.array(said["velocities"])
    return result(case, f"YADE {said['version']}", said["seconds"], positions, velocities)

"""What stops a run before it tells nonsense: non-finite values, deep overlaps, overflowing tables."""

from typing import TYPE_CHECKING

import numpy as np
from regolith_kernels import measure

from regolith.errors import GuardTripped

if TYPE_CHECKING:
    from regolith.simulation import Simulation

GUARD_INTERVAL = 256  # steps
LARGEST_OVERLAP = 0.2  # of a radius, unless a simulation states another


def check_guards(sim: "Simulation") -> float:
    """The largest overlap over radius [-].

    Raises:
        GuardTripped: Names the worst grain, the step, and the likely remedy.
    """
    where = f"step {sim.step_count} (t = {sim.time:.6g} s)"
    # over lost grains too: one without a position leaves the pair list at its next rebuild as if it had left the box
    if measure.sum_grains(sim.state_group, sim.n_grains, sim.gravity)[measure.N_SUMS - 1]:
        grains = sim.grains()
        bad = np.flatnonzero(~np.isfinite(grains["position"] + grains["velocity"] + grains["spin"]).all(axis=1))
        worst = int(bad[0]) if len(bad) else -1
        raise GuardTripped(
            f"{where}: {len(bad)} grains have non-finite values, the first is id {worst}. "
            "The time step is too large or a tool moves too fast; reduce one of them."
        )
    if sim.surroundings.walls.overflow[None]:
        raise GuardTripped(
            f"{where}: a grain touches more than 4 smooth patches of surfaces at once. The mesh is finer than the "
            "grains; raise max_dihedral or simplify the mesh."
        )
    overlap = sim.contact_sums()["overlap"]
    if overlap > sim.overlap_limit:
        raise GuardTripped(
            f"{where}: an overlap of {overlap:.0%} of a radius{_deepest(sim)}. Stiffer grains "
            "(youngs_modulus), a smaller time step or a slower tool would mend it."
        )
    return overlap


def _deepest(sim: "Simulation") -> str:
    """Between whom the deepest overlap is."""
    pairs, grains = sim.pairs(), sim.grains()
    contacts = sim.surface_contacts()
    branch = grains["position"][pairs["i"]] - grains["position"][pairs["j"]]
    branch -= sim.box.period * np.round(branch * sim.pair_list.inverse_period)
    r_i, r_j = grains["radius"][pairs["i"]], grains["radius"][pairs["j"]]
    of_pairs = (r_i + r_j - np.linalg.norm(branch, axis=1)) / np.minimum(r_i, r_j)
    of_walls = contacts["overlap"] / grains["radius"][contacts["grain"]]
    if len(of_walls) and (not len(of_pairs) or of_walls.max() > of_pairs.max()):
        k = int(of_walls.argmax())
        return f" between grain {contacts['grain'][k]} and surface {sim.surroundings.names[contacts['surface'][k]]!r}"
    k = int(of_pairs.argmax())
    return f" between grains {pairs['i'][k]} and {pairs['j'][k]}"

"""The end of a run as one word."""

import hashlib

import numpy as np

from regolith.simulation import Simulation


def fingerprint(sim: Simulation) -> str:
    """Hash of all that moves, by id, and of every spring."""
    grains = sim.grains()
    digest = hashlib.sha256()
    for key in ("position", "velocity", "spin", "force", "torque"):
        digest.update(grains[key].tobytes())
    pairs = sim.pairs()
    order = np.lexsort((pairs["j"], pairs["i"]))
    for key in ("i", "j", "springs"):
        digest.update(np.ascontiguousarray(pairs[key][order]).tobytes())
    contacts = sim.surface_contacts()
    order = np.lexsort((contacts["patch"], contacts["grain"]))
    for key in ("grain", "patch", "springs", "overlap"):
        digest.update(np.ascontiguousarray(contacts[key][order]).tobytes())
    digest.update(sim.surroundings.tallies(clear=False).tobytes())
    return digest.hexdigest()

"""Bytes: what a simulation's groups of fields hold, what a grain-step must move, what the device's memory can move."""

import time
from typing import Any

import numpy as np

WORD = 4  # an index [bytes]
# Of the memory [bytes/s], by a part of the device's name. Source: NVIDIA's data sheets of the H200 (4.8 TB/s) and of
# the H100 (SXM: 3.35 TB/s, PCIe: 2 TB/s).
BANDWIDTHS = {"H200": 4.8e12, "H100 PCIe": 2.0e12, "H100": 3.35e12}
TRIAD_ROUNDS = 10


def record(field: Any) -> int:
    """Size of one record of a field [bytes]."""
    return int(field.parent()._cell_size_bytes)


def held_by(group: Any) -> int:
    """Memory of a group of fields [bytes]."""
    fields = [f for f in vars(group).values() if hasattr(f, "parent") and f.shape]
    return sum(record(f) * int(np.prod(f.shape, dtype=np.int64)) for f in fields)


def memory(sim: Any) -> dict[str, int]:
    """Memory of each of a simulation's groups of fields [bytes]."""
    pairs = sim.pair_list
    groups = {"state": sim.state_group, "walls": sim.surroundings.walls, "sorter": pairs.sorter, "slots": pairs.slots}
    groups |= {"listing": pairs.listing, "saved": pairs.saved}
    return {name: held_by(group) for name, group in groups.items()}


def per_grain_step(sim: Any) -> dict[str, float]:
    """Bytes that a step must move per grain, and the pairs and contacts per grain that decide it.

    Counted is every record that a pass reads or writes, once a pass: partners are taken to be found in the caches by
    whom they follow, and a record is counted whole. What surfaces take is left out: few grains touch one.
    """
    state, listing = sim.state_group, sim.pair_list.listing
    pairs = sim.pair_list.n_pairs / sim.n_grains
    contacts = sim.contact_sums()["touching"] / sim.n_grains
    grain, motion, load = record(state.grains), record(state.motions), record(state.loads)
    pair, springs, reaction = record(listing.pairs), record(listing.springs), record(listing.reactions)
    respond = WORD + grain + load + pairs * pair + contacts * (reaction + 2 * springs)
    velocity = 3 * 8
    gather = WORD + 2 * load + pairs * reaction + 2 * grain + motion + velocity
    return {"pairs": pairs, "contacts": contacts, "respond": respond, "gather": gather, "bytes": respond + gather}


def triad(size: int) -> float:
    """Bytes that a = b + s c moves a second on the running device, arrays of that many f64 numbers; the best round."""
    from regolith_kernels.precision import ti

    a, b, c = (ti.field(ti.f64, shape=size) for _ in range(3))

    @ti.kernel
    def run(scale: ti.f64):  # type: ignore[no-untyped-def, valid-type]
        for i in a:
            a[i] = b[i] + scale * c[i]

    run(0.5)
    ti.sync()
    best = 0.0
    for _ in range(TRIAD_ROUNDS):
        began = time.perf_counter()
        run(0.5)
        ti.sync()
        best = max(best, 3 * 8 * size / (time.perf_counter() - began))
    return best

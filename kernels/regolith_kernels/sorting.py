"""Grains sorted by cell on a multi-level grid.

Slots handed out by an atomic counter have no order, so whatever they fill is sorted afterwards, within a cell by id:
the order is the same for any number of threads. Radii are divided into levels, finest first.
"""

from regolith_kernels.precision import Field, int3, length, point3, real, ti
from regolith_kernels.state import MAX_WALL_CONTACTS

SCAN_BLOCK = 1024


@ti.dataclass
class Level:
    """One grid of cells, for grains up to `largest` in radius. Cells are numbered after those of finer levels."""

    largest: real  # [m]
    reach: real  # largest radius plus allowance found on it at this sort [m]
    spacing: point3  # of the cells [m]
    cells: int3
    # Cells are numbered along the box's shortest axis first, along its longest one last: then the least memory lies
    # between a grain and those beside it (measured at 1e6 grains, benchmarks/NOTES.md).
    axes: int3
    stride: int3  # from a cell's number to its neighbour's along x, y, z
    first_cell: ti.i32


@ti.func
def level_of(radius, levels, n_levels: ti.template()):
    """The finest level that holds a grain of this radius."""
    level = 0
    for k in ti.static(range(n_levels - 1)):
        if radius > levels[k].largest:
            level = k + 1
    return level


@ti.func
def cell_of(position, level, lower):
    """Cell coordinates on a level; beyond the box the nearest cell, which keeps searches complete."""
    cell = ti.floor((position - lower) / level.spacing, ti.i32)
    return ti.max(ti.min(cell, level.cells - 1), 0)


@ti.kernel
def key_grains(
    state: Field,
    sorter: Field,
    n_levels: Field,
    n_grains: ti.i32,
    n_cells: ti.i32,
    lower: point3,
    upper: point3,
    period: point3,
    skin: length,
    drift: length,
    largest_allowance: length,
):
    """Wrap periodic positions, give each grain its allowance and its cell, count the cells. Lost grains go last."""
    grains, motions, levels, counts = ti.static(state.grains, state.motions, sorter.levels, sorter.counts)
    for c in range(n_cells + 1):
        counts[c] = 0
    for k in range(n_levels):
        levels[k].reach = 0.0
    for i in range(n_grains):
        x = grains[i].position
        cell, lost = n_cells, False
        for axis in ti.static(range(3)):
            if period[axis] > 0.0:
                x[axis] -= period[axis] * ti.floor((x[axis] - lower[axis]) / period[axis])
            elif not (lower[axis] <= x[axis] <= upper[axis]):
                lost = True
        if not lost:
            level = level_of(grains[i].radius, levels, n_levels)
            cell = levels[level].first_cell + cell_of(x, levels[level], lower).dot(levels[level].stride)
            allowance = skin * grains[i].radius + drift * motions[i].velocity.norm()
            motions[i].allowance = ti.min(allowance, largest_allowance * grains[i].radius)
            reach = grains[i].radius + ti.cast(motions[i].allowance, real)
            if reach > levels[level].reach:  # else threads would wait for each other at every grain
                ti.atomic_max(levels[level].reach, reach)
        grains[i].position = x
        motions[i].reference = x
        sorter.keys[i] = cell
        ti.atomic_add(counts[cell], 1)


@ti.kernel
def scan(counts: Field, starts: Field, block_sums: Field, n: ti.i32):
    """Exclusive prefix sum: starts[k] = counts[0] + ... + counts[k - 1], and starts[n] the total."""
    n_blocks = (n + SCAN_BLOCK - 1) // SCAN_BLOCK
    for b in range(n_blocks):
        total = 0
        for k in range(b * SCAN_BLOCK, ti.min((b + 1) * SCAN_BLOCK, n)):
            total += counts[k]
        block_sums[b] = total
    ti.loop_config(serialize=True)
    for _ in range(1):
        total = 0
        for b in range(n_blocks):
            here = block_sums[b]
            block_sums[b] = total
            total += here
        starts[n] = total
    for b in range(n_blocks):
        total = block_sums[b]
        for k in range(b * SCAN_BLOCK, ti.min((b + 1) * SCAN_BLOCK, n)):
            starts[k] = total
            total += counts[k]


@ti.func
def sort_slice(values, begin, end):
    """Ascending order within a short slice, by insertion."""
    for k in range(begin + 1, end):
        value, m = values[k], k
        while m > begin and values[ti.max(m - 1, 0)] > value:
            values[m] = values[m - 1]
            m -= 1
        values[m] = value


@ti.kernel
def order_grains(state: Field, sorter: Field, n_grains: ti.i32, n_cells: ti.i32):
    """The sorted order: by cell, within a cell by id. `order[k]` is the old place of the grain that goes to k."""
    grains, keys, order, by_id = ti.static(state.grains, sorter.keys, sorter.order, sorter.by_id)
    counts, starts = ti.static(sorter.counts, sorter.starts)
    for c in range(n_cells + 1):
        counts[c] = starts[c]
    for i in range(n_grains):
        order[ti.atomic_add(counts[keys[i]], 1)] = grains[i].id
        by_id[grains[i].id] = i
    for c in range(n_cells + 1):
        sort_slice(order, starts[c], starts[c + 1])
    for k in range(n_grains):
        order[k] = by_id[order[k]]


@ti.kernel
def reorder(state: Field, sorter: Field, n_grains: ti.i32):
    """Put every record of a grain in its new place."""
    order = ti.static(sorter.order)
    for i in range(n_grains):
        sorter.grains[i] = state.grains[i]
        sorter.motions[i] = state.motions[i]
        sorter.n_touching[i] = state.n_touching[i]
    for i in range(n_grains):
        state.grains[i] = sorter.grains[order[i]]
        state.motions[i] = sorter.motions[order[i]]
        state.n_touching[i] = sorter.n_touching[order[i]]
    for slot in ti.static(range(MAX_WALL_CONTACTS)):
        for i in range(n_grains):
            sorter.contacts[i] = state.contacts[i, slot]
        for i in range(n_grains):
            state.contacts[i, slot] = sorter.contacts[order[i]]
    if ti.static(state.sleeps):
        for i in range(n_grains):
            sorter.keys[i] = state.rest[i]  # the keys have done their work
        for i in range(n_grains):
            state.rest[i] = sorter.keys[order[i]]

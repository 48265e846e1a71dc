"""Who may touch whom: a Verlet list of half the pairs, and the contact history that it carries from list to list.

A grain looks for partners on its own grid level and on the coarser ones, so a rock costs no more than its contacts.
Pairs come in the order of the sorted grains, and with them every sum over contacts.
"""

from regolith_kernels.contact_forces import nearest_image
from regolith_kernels.launch import relaunched
from regolith_kernels.precision import Field, int3, length, point3, ti, vec3
from regolith_kernels.sorting import level_of, sort_slice


@ti.func
def first_and_count(low, high, size, wraps):
    """Cells from low to high along one axis, each at most once; clipped to the box unless it wraps."""
    begin, count = low, ti.min(high - low + 1, size)
    if not wraps:
        begin = ti.max(ti.min(low, size - 1), 0)
        count = ti.max(ti.min(high, size - 1), 0) - begin + 1
    return begin, count


@ti.func
def visit_row(
    i,
    row,
    first,
    count,
    size,
    mine,
    state: ti.template(),
    starts: ti.template(),
    slots: ti.template(),
    wraps: ti.template(),
    found,
):
    """Enter the later grains near grain i of a row of cells, which lie side by side in memory, also where it wraps."""
    grains, motions, setting = ti.static(state.grains, state.motions, state.setting)
    begin = (first + size) % size
    for part in range(2):  # from `begin` on, then what wraps around
        low = ti.select(part == 0, begin, 0)
        high = ti.select(part == 0, ti.min(begin + count, size), ti.max(begin + count - size, 0))
        for j in range(ti.max(starts[row + low], i + 1), starts[row + high]):
            branch = grains[i].position - grains[j].position
            if ti.static(wraps):
                branch = nearest_image(branch, setting[None].period, setting[None].inverse_period)
            watched = mine + grains[j].radius + motions[j].allowance
            if branch.norm_sqr() < watched * watched:
                if found < slots.per_grain:
                    slots.partners[i * slots.per_grain + found] = j
                found += 1
    return found


@ti.func
def visit_level(
    i,
    level,
    mine,
    lower,
    state: ti.template(),
    starts: ti.template(),
    slots: ti.template(),
    wraps: ti.template(),
    found,
):
    """Enter the later grains near grain i of one grid level, in order of row and place."""
    period = state.setting[None].period
    reach = mine + level.reach
    low = ti.floor((state.grains[i].position - reach - lower) / level.spacing, ti.i32)
    high = ti.floor((state.grains[i].position + reach - lower) / level.spacing, ti.i32)
    first, count = int3(0), int3(0)
    for axis in ti.static(range(3)):
        at, n = first_and_count(low[axis], high[axis], level.cells[axis], period[axis] > 0.0)
        first[axis], count[axis] = at, n
    along, across, out = level.axes[0], level.axes[1], level.axes[2]
    for c_out, c_across in ti.ndrange(count[out], count[across]):
        i_across = (first[across] + c_across + level.cells[across]) % level.cells[across]
        i_out = (first[out] + c_out + level.cells[out]) % level.cells[out]
        row = level.first_cell + i_out * level.stride[out] + i_across * level.stride[across]
        if starts[row + level.cells[along]] > i + 1:  # else all its grains are earlier ones
            found = visit_row(
                i, row, first[along], count[along], level.cells[along], mine, state, starts, slots, wraps, found
            )
    return found


@ti.kernel
def find_partners(
    state: Field, sorter: Field, slots: Field, n_levels: Field, wraps: Field, n_grains: ti.i32, lower: point3
) -> ti.i32:
    """Later partners of each grain and their count; the largest count, which may exceed the slots that there are."""
    most = 0
    for i in range(n_grains):
        found = 0
        own = level_of(state.grains[i].radius, sorter.levels, n_levels)
        mine = ti.cast(state.grains[i].radius, length) + state.motions[i].allowance
        for b in ti.static(range(n_levels)):
            if b >= own:
                found = visit_level(i, sorter.levels[b], mine, lower, state, sorter.starts, slots, wraps, found)
        sorter.counts[i] = found
        ti.atomic_max(most, found)
    return most


@ti.kernel
def list_pairs(state: Field, slots: Field, listing: Field, n_grains: ti.i32):
    """Write the pairs, those of one leader side by side."""
    for i in range(n_grains):
        begin = state.first_led[i]
        for k in range(state.first_led[i + 1] - begin):
            listing.pairs[begin + k].i = i
            listing.pairs[begin + k].j = slots.partners[i * slots.per_grain + k]


@ti.kernel
def count_followed(sorter: Field, listing: Field, n_grains: ti.i32, n_pairs: ti.i32):
    """How many pairs each grain follows in."""
    for i in range(n_grains):
        sorter.counts[i] = 0
    for p in range(n_pairs):
        ti.atomic_add(sorter.counts[listing.pairs[p].j], 1)


@ti.kernel
def place_reactions(state: Field, sorter: Field, slots: Field, listing: Field, n_grains: ti.i32, n_pairs: ti.i32):
    """Give each pair the place of its reaction: those that a grain feels lie side by side, in list order; all are 0."""
    counts, first, followed = ti.static(sorter.counts, state.first_followed, slots.partners)
    for i in range(n_grains):
        counts[i] = first[i]
    for p in range(n_pairs):
        followed[ti.atomic_add(counts[listing.pairs[p].j], 1)] = p
    for i in range(n_grains):
        sort_slice(followed, first[i], first[i + 1])
        for r in range(first[i], first[i + 1]):
            listing.pairs[followed[r]].reaction = r
            listing.reactions[r].force, listing.reactions[r].torque = vec3(0.0), vec3(0.0)


@ti.kernel
def mark_wrapping(state: Field, listing: Field, n_pairs: ti.i32):
    """Say which pairs have a face of a periodic box between them: the pair pass asks these alone for nearest images."""
    grains, pairs, setting = ti.static(state.grains, listing.pairs, state.setting)
    for p in range(n_pairs):
        branch = grains[pairs[p].i].position - grains[pairs[p].j].position
        nearest = nearest_image(branch, setting[None].period, setting[None].inverse_period)
        pairs[p].wraps = ti.cast((nearest - branch).norm_sqr() > 0.0, ti.i32)


@ti.kernel
def count_touching(state: Field, sorter: Field, listing: Field, n_grains: ti.i32, n_listed: ti.i32):
    """By id: how many of the pairs that a grain leads are touching and have a history to carry over."""
    for i in range(n_grains):
        touching = 0
        if i < n_listed:
            for p in range(state.first_led[i], state.first_led[i + 1]):
                touching += listing.pairs[p].touching
        sorter.counts[state.grains[i].id] = touching


@ti.kernel
def save_history(state: Field, sorter: Field, listing: Field, saved: Field, n_listed: ti.i32):
    """Set the springs of touching pairs aside, by the leading grain's id, before the list is made anew."""
    for i in range(n_listed):
        at = sorter.first_saved[state.grains[i].id]
        for p in range(state.first_led[i], state.first_led[i + 1]):
            if listing.pairs[p].touching:
                saved.partner[at] = state.grains[listing.pairs[p].j].id
                saved.springs[at] = listing.springs[p]
                at += 1


@ti.kernel
def restore_history(state: Field, sorter: Field, listing: Field, saved: Field, n_grains: ti.i32):
    """Give the saved springs to the new list; where a pair's grains changed their order, with the other sign."""
    first = ti.static(sorter.first_saved)
    for i in range(n_grains):
        a = state.grains[i].id
        for p in range(state.first_led[i], state.first_led[i + 1]):
            b = state.grains[listing.pairs[p].j].id
            springs, touching = 0.0 * listing.springs[p], 0
            for k in range(first[a], first[a + 1]):
                if saved.partner[k] == b:
                    springs, touching = saved.springs[k], 1
            for k in range(first[b], first[b + 1]):
                if saved.partner[k] == a:
                    springs, touching = -saved.springs[k], 1
            listing.springs[p] = springs
            listing.pairs[p].touching = touching


@relaunched
@ti.kernel
def age_of_list(state: Field, n_grains: ti.i32, step_length: length) -> point3:
    """Largest used share of an allowance, largest share used per step, largest speed over smallest allowance.

    Maxima do not depend on the order, so they are the same for any number of threads.
    """
    grains, motions = ti.static(state.grains, state.motions)
    used, rate, fastest, tightest = length(0.0), length(0.0), length(0.0), length(0.0)  # squares of them
    for i in range(n_grains):  # maxima of plain variables: Taichi keeps one per thread until the end
        allowance = ti.cast(motions[i].allowance, length)
        per_allowance, speed = 1.0 / (allowance * allowance), motions[i].velocity.norm_sqr()
        ti.atomic_max(used, (grains[i].position - motions[i].reference).norm_sqr() * per_allowance)
        ti.atomic_max(rate, speed * per_allowance)
        ti.atomic_max(fastest, speed)
        ti.atomic_max(tightest, per_allowance)
    return point3(ti.sqrt(used), ti.sqrt(rate) * step_length, ti.sqrt(fastest * tightest) * step_length)

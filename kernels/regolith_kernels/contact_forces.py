"""Forces between grains: a generic pass over listed pairs that knows no physics of its own."""

from regolith_kernels.lanes import offer, respond_to_group, seat, vector_in
from regolith_kernels.launch import relaunched
from regolith_kernels.precision import Field, length, real, ti, vec3
from regolith_kernels.state import place_of, sleeps

LEADERS_PER_BLOCK = 128  # grains that share groups of contacts on a CPU: only a block's last group is not full


@ti.func
def nearest_image(branch, period, inverse_period):
    """Shortest copy of a branch vector in a periodic box; `inverse_period` is 0 along walled axes."""
    return branch - period * ti.floor(branch * inverse_period + 0.5)


@ti.func
def least_gap(law, grain_i, grain_j, reach, touching):
    """The difference of squares down to which two grains meet [m2]: below 0 where they touched and the law holds on."""
    least = length(0.0)
    if touching:
        pull = law.reach(grain_i.radius * grain_j.radius / ti.cast(reach, real))
        least = -pull * (2.0 * reach + pull)
    return least


@ti.func
def meets(p, grain_i, grain_j, branch, state: ti.template(), listing: ti.template()):
    """Whether a listed pair has a contact (1 or 0); and its reach^2 - distance^2 [m2]."""
    reach = ti.cast(grain_i.radius, length) + grain_j.radius
    gap_sqr = reach * reach - branch.norm_sqr()  # f64: an f32 branch errs by 1 % at an overlap of 1e-5 r
    least = length(0.0)
    if ti.static(state.holds_on):
        law = state.laws[grain_i.material, grain_j.material]
        least = least_gap(law, grain_i, grain_j, reach, listing.pairs[p].touching)
    return ti.cast(gap_sqr > least, ti.i32), gap_sqr


@ti.func
def part(p, listing: ti.template()):
    """A pair has just parted: it forgets its history."""
    r = listing.pairs[p].reaction
    listing.springs[p] = 0.0 * listing.springs[p]
    listing.pairs[p].touching = 0
    listing.reactions[r].force, listing.reactions[r].torque = vec3(0.0), vec3(0.0)


@ti.func
def take_seat(group: ti.template(), k: ti.template(), state: ti.template(), listing: ti.template()):
    """Read what the law needs of the contact that has got a lane, and note that it touches."""
    grains, pairs = ti.static(state.grains, listing.pairs)
    p = group.pair[k]
    seat(group, k, grains[pairs[p].i], grains[pairs[p].j], listing.springs[p])
    if not pairs[p].touching:  # else the record stays clean, and is not written back to memory
        pairs[p].touching = 1


@ti.func
def hand_out(group: ti.template(), k: ti.template(), state: ti.template(), listing: ti.template()):
    """Give the leader of the contact in a lane what it feels, and put down what its partner feels."""
    loads, pairs, springs = ti.static(state.loads, listing.pairs, listing.springs)
    p, force = group.pair[k], vector_in(group.force, k)
    i, r = pairs[p].i, pairs[p].reaction
    # assigned, not added in place: += on a field is atomic, and only this thread writes here
    loads[i].force = loads[i].force + force
    loads[i].torque = loads[i].torque + vector_in(group.torque_i, k)
    listing.reactions[r].force = -force
    listing.reactions[r].torque = vector_in(group.torque_j, k)
    if not (sleeps(i, state) and sleeps(pairs[p].j, state)):
        for row, a in ti.static(ti.ndrange(state.springs_type.n, 3)):
            springs[p][row, a] = group.springs[3 * row + a, k]


@ti.func
def respond_to_seated(
    group: ti.template(), n_seated, alike: ti.template(), state: ti.template(), listing: ti.template()
):
    """Respond to the first lanes, which hold a contact, and hand out what comes of it."""
    dt = ti.cast(state.setting[None].time_step, real)
    if ti.static(state.n_lanes == 1):
        take_seat(group, 0, state, listing)
        respond_to_group(group, state.springs_type, state.laws, alike, state.n_planar, dt)
        hand_out(group, 0, state, listing)
    else:
        for k in range(n_seated):
            take_seat(group, k, state, listing)
        respond_to_group(group, state.springs_type, state.laws, alike, state.n_planar, dt)
        for k in range(n_seated):
            hand_out(group, k, state, listing)


@ti.func
def first_and_end(run, begin, end, state: ti.template()):
    """First pair and end of the pairs of a run: of all grains of a block, or of its `run`-th where grains may sleep."""
    first, after = begin, end
    if ti.static(state.sleeps):
        first = place_of(begin + run, state)
        after = first + 1
    return state.first_led[first], state.first_led[after]


@ti.func
def last_pair(begin, end, state: ti.template()):
    """The last pair that the pass's grains from the `begin`-th to before the `end`-th lead; -1: none."""
    last = -1
    n_runs = end - begin if ti.static(state.sleeps) else 1
    for run in range(n_runs):
        first, after = first_and_end(run, begin, end, state)
        if after > first:
            last = after - 1
    return last


@ti.func
def respond_to_block(
    begin, end, state: ti.template(), listing: ti.template(), wraps: ti.template(), alike: ti.template()
):
    """Respond to the pairs that the pass's grains from the `begin`-th to before the `end`-th lead."""
    grains, pairs, loads, setting = ti.static(state.grains, listing.pairs, state.loads, state.setting)
    group, seated = state.group_type(), 0
    for k in range(begin, end):
        i = place_of(k, state)
        loads[i].force, loads[i].torque = vec3(0.0), vec3(0.0)
    last = last_pair(begin, end, state)
    # A processor can foresee neither where a grain's pairs end nor which of them touch, and a wrong guess costs more
    # than a write to no purpose: so one loop over a block's pairs, unless grains may sleep, and a lane is written
    # before it is known whether the pair keeps it. The last group is not full; its law is compiled in the same place.
    n_runs = end - begin if ti.static(state.sleeps) else 1
    for run in range(n_runs):
        first, after = first_and_end(run, begin, end, state)
        for p in range(first, after):
            me, partner = grains[pairs[p].i], grains[pairs[p].j]
            branch = me.position - partner.position
            if ti.static(wraps):  # noqa: SIM102 (a condition is static only by itself)
                if pairs[p].wraps:
                    branch = nearest_image(branch, setting[None].period, setting[None].inverse_period)
            touching, gap_sqr = meets(p, me, partner, branch, state, listing)
            if ti.static(state.n_lanes == 1):
                offer(group, 0, p, branch, gap_sqr)
            else:
                offer(group, seated, p, branch, gap_sqr)
            seated += touching
            if pairs[p].touching > touching:
                part(p, listing)
            if seated == state.n_lanes or (p == last and seated > 0):
                respond_to_seated(group, seated, alike, state, listing)
                seated = 0


@relaunched
@ti.kernel
def respond_to_pairs(state: Field, listing: Field, n_grains: ti.i32, wraps: Field, alike: Field):
    """Compute each contact once, for the grain that leads the pair; contacts gather in groups, see `lanes`.

    Leaders are the first `n_grains` in the order of `place_of`. Where all grains are `alike` (of one material), one law
    is read for a group.
    """
    for turn in range((n_grains + state.leaders - 1) // state.leaders * state.turns):
        if turn % state.turns == 0:
            block = turn // state.turns
            begin, end = block * state.leaders, ti.min((block + 1) * state.leaders, n_grains)
            respond_to_block(begin, end, state, listing, wraps, alike)


@ti.func
def gather_pairs(i, state: ti.template(), listing: ti.template()):
    """Force and torque on grain i: of the pairs it leads, then of the others in list order, whatever the threads."""
    force, torque = state.loads[i].force, state.loads[i].torque
    for r in range(state.first_followed[i], state.first_followed[i + 1]):
        force += listing.reactions[r].force  # none where they do not touch
        torque += listing.reactions[r].torque
    return force, torque

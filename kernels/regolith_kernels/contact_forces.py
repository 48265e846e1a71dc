"""Forces between grains: a generic pass over listed pairs that knows no physics of its own."""

from regolith_kernels.lanes import respond_to_group, seat, vector_in
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
    """Whether a listed pair has a contact; and its reach^2 - distance^2 [m2]."""
    reach = ti.cast(grain_i.radius, length) + grain_j.radius
    gap_sqr = reach * reach - branch.norm_sqr()  # f64: an f32 branch errs by 1 % at an overlap of 1e-5 r
    least = length(0.0)
    if ti.static(state.holds_on):
        law = state.laws[grain_i.material, grain_j.material]
        least = least_gap(law, grain_i, grain_j, reach, listing.pairs[p].touching)
    return gap_sqr > least, gap_sqr


@ti.func
def part(p, listing: ti.template()):
    """A pair without a contact: if it has just parted, it forgets its history; else it costs no write."""
    if listing.pairs[p].touching:
        r = listing.pairs[p].reaction
        listing.springs[p] = 0.0 * listing.springs[p]
        listing.pairs[p].touching = 0
        listing.reactions[r].force, listing.reactions[r].torque = vec3(0.0), vec3(0.0)


@ti.func
def hand_out(group: ti.template(), k: ti.template(), state: ti.template(), listing: ti.template()):
    """Give the leader of the contact in a lane what it feels, and put down what its partner feels."""
    loads, pairs, springs = ti.static(state.loads, listing.pairs, listing.springs)
    p, i, force = group.pair[k], group.leader[k], vector_in(group.force, k)
    # assigned, not added in place: += on a field is atomic, and only this thread writes here
    loads[i].force = loads[i].force + force
    loads[i].torque = loads[i].torque + vector_in(group.torque_i, k)
    r = pairs[p].reaction
    listing.reactions[r].force = -force
    listing.reactions[r].torque = vector_in(group.torque_j, k)
    if not pairs[p].touching:  # else the record stays clean, and is not written back to memory
        pairs[p].touching = 1
    if not (sleeps(i, state) and sleeps(pairs[p].j, state)):
        for row, a in ti.static(ti.ndrange(state.springs_type.n, 3)):
            springs[p][row, a] = group.springs[3 * row + a, k]


@ti.func
def share_out(group: ti.template(), n_seated, state: ti.template(), listing: ti.template()):
    """Hand out what came of the lanes that hold a contact."""
    if ti.static(state.n_lanes == 1):
        hand_out(group, 0, state, listing)
    else:
        for k in range(n_seated):
            hand_out(group, k, state, listing)


@ti.func
def end_of_pairs(begin, end, state: ti.template()):
    """Where the pairs end that are led by a pass's grains from the `begin`-th to before the `end`-th."""
    last = 0
    if ti.static(not state.sleeps):
        last = state.first_led[end]
    if ti.static(state.sleeps):
        for k in range(begin, end):
            i = place_of(k, state)
            if state.first_led[i + 1] > state.first_led[i]:
                last = state.first_led[i + 1]
    return last


@ti.func
def respond_to_block(
    begin, end, state: ti.template(), listing: ti.template(), wraps: ti.template(), alike: ti.template()
):
    """Respond to the pairs that the pass's grains from the `begin`-th to before the `end`-th lead."""
    grains, pairs, loads, setting = ti.static(state.grains, listing.pairs, state.loads, state.setting)
    dt, group, seated = ti.cast(setting[None].time_step, real), state.group_type(), 0
    last = end_of_pairs(begin, end, state)
    for k in range(begin, end):
        i = place_of(k, state)
        me = grains[i]
        loads[i].force, loads[i].torque = vec3(0.0), vec3(0.0)
        for p in range(state.first_led[i], state.first_led[i + 1]):
            partner = grains[pairs[p].j]
            branch = me.position - partner.position
            if ti.static(wraps):
                branch = nearest_image(branch, setting[None].period, setting[None].inverse_period)
            touching, gap_sqr = meets(p, me, partner, branch, state, listing)
            if touching:
                if ti.static(state.n_lanes == 1):
                    seat(group, 0, p, i, me, partner, branch, gap_sqr, listing.springs[p])
                else:
                    seat(group, seated, p, i, me, partner, branch, gap_sqr, listing.springs[p])
                seated += 1
            else:
                part(p, listing)
            if seated == state.n_lanes or (p == last - 1 and seated > 0):
                respond_to_group(group, state.springs_type, state.laws, alike, state.n_planar, dt)
                share_out(group, seated, state, listing)
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

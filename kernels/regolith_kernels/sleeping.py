"""Who sleeps: grains at rest, far from whatever moves, which both passes skip until something wakes them.

`state.rest` counts, per grain, the looks in a row that found it at rest; from `ASLEEP` on it is held in place. Forces
between sleeping grains depend on nothing but the state, as their springs rest too: what the passes stored of them stays
right, and computing it anew gives the same bits. A grain is skipped once it and all its listed partners have slept for
a step; until then it is computed but not moved, and its net force shows who leans on it.
"""

from regolith_kernels.contact_forces import nearest_image
from regolith_kernels.launch import relaunched
from regolith_kernels.precision import Field, length, point3, real, ti
from regolith_kernels.state import ASLEEP, SKIPPED, WATCHED
from regolith_kernels.surfaces import MESH, meet_smooth

STIR = 10.0  # a partner that is awake wakes a sleeping grain at this many times the speed that counts as rest


@ti.func
def speed_of(i, state: ti.template()):
    """The larger one of a grain's speed and that of its surface as it spins [m/s]."""
    grain = state.grains[i]
    return ti.max(grain.velocity.norm(), grain.radius * grain.spin.norm())


@ti.func
def near_moving(i, now, n_surfaces, margin, state: ti.template(), walls: ti.template()):
    """Whether grain i is within a margin of a surface that moves; of a mesh, of the box that holds it in its frame."""
    setting = ti.static(state.setting)
    near = False
    for s in range(n_surfaces):
        surface, pose = walls.surfaces[s], walls.poses[now, s]
        if surface.moving and surface.kind == MESH:
            branch = state.grains[i].position - pose.center
            branch = nearest_image(branch, setting[None].period, setting[None].inverse_period)
            x = pose.rotation.transpose() @ branch + surface.center - surface.grid_origin
            size = surface.spacing * point3(surface.nx, surface.ny, surface.nz)
            beyond = ti.max(ti.max(-x, x - size), 0.0)
            near = near or beyond.norm_sqr() < margin * margin
        elif surface.moving:
            x = pose.rotation.transpose() @ (state.grains[i].position - pose.origin)
            count, _, _ = meet_smooth(surface, x, margin + state.grains[i].radius)
            near = near or count > 0
    return near


@ti.func
def judged(i, speed, ratio, state: ti.template()):
    """The next `rest` of a grain that no moving surface is near."""
    net, strongest, rest = state.loads[i].force.norm(), state.strongest[i], state.rest[i]
    after = 0
    if not state.marked[i]:  # no fast partner is on its way
        if rest >= ASLEEP:
            if net <= ratio * strongest:
                after = WATCHED
        elif speed_of(i, state) <= speed and net <= real(0.5) * ratio * strongest:
            after = rest + 1
    return after


@relaunched
@ti.kernel
def measure_contacts(state: Field, listing: Field, n_grains: ti.i32, stir: real):
    """What `judge` needs of the pairs: each grain's strongest contact [N], and who has a partner faster than `stir`."""
    pairs, strongest, marked = ti.static(listing.pairs, state.strongest, state.marked)
    for i in range(n_grains):
        strongest[i], marked[i] = 0.0, 0
    for i in range(n_grains):
        fast = speed_of(i, state) > stir
        for p in range(state.first_led[i], state.first_led[i + 1]):
            j = pairs[p].j
            if pairs[p].touching:  # maxima and marks do not depend on the order
                force = listing.reactions[pairs[p].reaction].force.norm()
                ti.atomic_max(strongest[i], force)
                ti.atomic_max(strongest[j], force)
            if fast:
                marked[j] = 1
            if speed_of(j, state) > stir:
                marked[i] = 1


@relaunched
@ti.kernel
def judge(
    state: Field,
    walls: Field,
    n_grains: ti.i32,
    n_surfaces: ti.i32,
    now: ti.i32,
    speed: real,
    ratio: real,
    margin: length,
):
    """Let grains fall asleep and wake others. `now` is the row of the poses."""
    grains, rest = ti.static(state.grains, state.rest)
    for i in range(n_grains):
        after = 0
        if not near_moving(i, now, n_surfaces, margin, state, walls):
            after = judged(i, speed, ratio, state)
        if after == ASLEEP:
            grains[i].velocity, grains[i].spin = 0.0 * grains[i].velocity, 0.0 * grains[i].spin
            state.motions[i].velocity = point3(0.0)
        rest[i] = after


@relaunched
@ti.kernel
def rouse(state: Field, n_grains: ti.i32):
    """Wake the sleepers that `measure_contacts` marked: fast grains have come near them."""
    for i in range(n_grains):
        if state.marked[i] and state.rest[i] >= ASLEEP:
            state.rest[i] = 0


@relaunched
@ti.kernel
def choose_skipped(state: Field, listing: Field, n_grains: ti.i32):
    """Say which sleepers the passes skip: those without a partner that is awake, or was in the last step."""
    rest, marked = ti.static(state.rest, state.marked)
    for i in range(n_grains):
        marked[i] = 0
    for i in range(n_grains):
        for p in range(state.first_led[i], state.first_led[i + 1]):
            j = listing.pairs[p].j
            if rest[i] <= ASLEEP:
                marked[j] = 1
            if rest[j] <= ASLEEP:
                marked[i] = 1
    for i in range(n_grains):
        if rest[i] > ASLEEP:
            rest[i] = ti.select(marked[i] == 1, WATCHED, SKIPPED)


@relaunched
@ti.kernel
def count_working(state: Field, counts: Field, n_grains: ti.i32):
    """1 for each grain that the passes compute, 0 for those that they skip."""
    for i in range(n_grains):
        counts[i] = ti.cast(state.rest[i] < SKIPPED, ti.i32)


@relaunched
@ti.kernel
def list_working(state: Field, starts: Field, n_grains: ti.i32):
    """The places of the grains that the passes compute, in order, and after them those of the others."""
    for i in range(n_grains):
        if state.rest[i] < SKIPPED:
            state.working[starts[i]] = i
        else:
            state.working[starts[n_grains] + i - starts[i]] = i

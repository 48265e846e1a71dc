"""Translation and rotation: leapfrog, velocities half a step old."""

from regolith_kernels.contact_forces import gather_pairs
from regolith_kernels.drives import move_drive, pose_surface
from regolith_kernels.launch import relaunched
from regolith_kernels.precision import Field, length, point3, real, ti, vec3
from regolith_kernels.state import MAX_WALL_CONTACTS, SKIPPED, place_of, sleeps
from regolith_kernels.surfaces import may_meet, respond_to_surface

GRAINS_PER_BLOCK = 128  # one thread sums a block's wrenches in order, so that they do not depend on threads
FOLD = 64  # blocks that one thread of a GPU adds up, see `fold_blocks`


@ti.func
def move(i, force, torque, dt, grains, motions):
    """Step one grain. A sphere's moment of inertia is 2/5 m r^2."""
    mass, radius = grains[i].mass, grains[i].radius
    velocity = motions[i].velocity + ti.cast(force, length) * (dt / mass)
    motions[i].velocity = velocity
    grains[i].velocity = ti.cast(velocity, real)
    grains[i].spin = grains[i].spin + torque * (ti.cast(dt, real) / (real(0.4) * mass * radius * radius))
    grains[i].position = grains[i].position + velocity * dt


@ti.func
def clear_block(block, n_surfaces, walls: ti.template()):
    """No surface has felt a grain of the block."""
    for s in range(n_surfaces):
        walls.block_wrenches[block, s].force = point3(0.0)
        walls.block_wrenches[block, s].torque = point3(0.0)


@ti.func
def gather_surfaces(i, block, felt, now, n_surfaces, dt, state: ti.template(), walls: ti.template()):
    """Force and torque of all surfaces near grain i; what they feel is added to the block's wrenches.

    Returns besides whether they have felt a grain of the block, given if they had before.
    """
    sums, contacts = ti.static(walls.block_wrenches, state.contacts)
    force, torque, after = vec3(0.0), vec3(0.0), felt
    for s in range(n_surfaces):
        if (state.motions[i].near >> s) & 1:
            f, t, moment, overflow = respond_to_surface(i, s, now, dt, state, walls)
            if overflow:
                walls.overflow[None] = 1
            force += f
            torque += t
            if not after:
                clear_block(block, n_surfaces, walls)
                after = 1
            # assigned, not added in place: += on a field is atomic, and only this thread writes here
            sums[block, s].force = sums[block, s].force - ti.cast(f, length)
            sums[block, s].torque = sums[block, s].torque - moment
    touching = 0
    for k in range(MAX_WALL_CONTACTS):
        touching += ti.cast(contacts[i, k].patch >= 0, ti.i32)
    state.n_touching[i] = touching
    return force, torque, after


@ti.func
def sum_of_blocks(first, stride, end, s, walls: ti.template()):
    """Force and torque on a surface over the blocks first, first + stride, ... below end, in order."""
    force, torque = point3(0.0), point3(0.0)
    for k in range((end - first + stride - 1) // stride):
        b = first + k * stride
        if walls.felt[b]:
            force += walls.block_wrenches[b, s].force
            torque += walls.block_wrenches[b, s].torque
    return force, torque


@ti.func
def fold_blocks(first, stride, end, n_surfaces, walls: ti.template()):
    """Put the sum of up to `FOLD` blocks, a stride apart, into the first: one level of a tree.

    A GPU's single thread would take longer to add up all blocks than all its threads take for the step.
    """
    felt = 0
    for k in range((end - first + stride - 1) // stride):
        felt |= walls.felt[first + k * stride]
    if felt:
        for s in range(n_surfaces):
            force, torque = sum_of_blocks(first, stride, end, s, walls)
            walls.block_wrenches[first, s].force, walls.block_wrenches[first, s].torque = force, torque
        walls.felt[first] = 1


@ti.func
def tally_wrench(s, now, dt, force, torque, walls: ti.template()):
    """Enter the wrench that a surface feels into its tally."""
    tallies = ti.static(walls.tallies)
    pose = walls.poses[now, s]
    walls.wrenches[s].force, walls.wrenches[s].torque = force, torque
    tallies[s].impulse = tallies[s].impulse + force * dt
    tallies[s].angular_impulse = tallies[s].angular_impulse + torque * dt
    tallies[s].work = tallies[s].work - (force.dot(pose.velocity) + torque.dot(pose.spin)) * dt
    tallies[s].peak_force = ti.max(tallies[s].peak_force, force.norm())
    tallies[s].peak_torque = ti.max(tallies[s].peak_torque, torque.norm())


@ti.func
def gather_load(i, block, felt, now, n_surfaces, state: ti.template(), listing: ti.template(), walls: ti.template()):
    """Sum what acts on grain i: its pairs, the surfaces near it, gravity and drag.

    Returns whether surfaces have felt a grain of the block, given if they had before.
    """
    grains, motions, loads, setting = ti.static(state.grains, state.motions, state.loads, state.setting)
    dt, drag = ti.cast(setting[None].time_step, real), setting[None].drag
    force, torque = gather_pairs(i, state, listing)
    after = felt
    if motions[i].near:
        f, t, felt_now = gather_surfaces(i, block, felt, now, n_surfaces, dt, state, walls)
        force += f
        torque += t
        after = felt_now
    mass, radius = grains[i].mass, grains[i].radius
    force += ti.cast(mass * (setting[None].gravity - drag * motions[i].velocity), real)
    torque -= ti.cast(drag, real) * real(0.4) * mass * radius * radius * grains[i].spin
    loads[i].force, loads[i].torque = force, torque
    return after


@ti.func
def gather_block(block, now, n_grains, n_surfaces, state: ti.template(), listing: ti.template(), walls: ti.template()):
    """Sum each contact of a block's grains in order and step these."""
    felt = 0
    for k in range(block * walls.block, ti.min((block + 1) * walls.block, n_grains)):
        i = place_of(k, state)
        felt = gather_load(i, block, felt, now, n_surfaces, state, listing, walls)
        if not sleeps(i, state):
            load = state.loads[i]
            move(i, load.force, load.torque, state.setting[None].time_step, state.grains, state.motions)
    walls.felt[block] = felt


@relaunched
@ti.kernel
def gather_and_move(state: Field, listing: Field, walls: Field, n_grains: ti.i32, n_surfaces: ti.i32, now: ti.i32):
    """Sum each grain's contacts in order and step it, then sum the wrenches. `now` is the row of the poses.

    Grains are the first `n_grains` in the order of `place_of`; of others the surfaces feel what `hold_still` summed.
    """
    n_blocks = (n_grains + walls.block - 1) // walls.block
    for turn in range(n_blocks * state.turns):
        if turn % state.turns == 0:
            gather_block(turn // state.turns, now, n_grains, n_surfaces, state, listing, walls)
    for level in ti.static(range(walls.n_folds)):
        width = FOLD ** (level + 1)
        for c in range((n_blocks + width - 1) // width):
            fold_blocks(c * width, width // FOLD, ti.min((c + 1) * width, n_blocks), n_surfaces, walls)
    ti.loop_config(serialize=True)
    for s in range(n_surfaces):
        force, torque = sum_of_blocks(0, FOLD**walls.n_folds, n_blocks, s, walls)
        if ti.static(state.sleeps):
            force += state.held[s].force
            torque += state.held[s].torque
        tally_wrench(s, now, state.setting[None].time_step, force, torque, walls)
    if ti.static(walls.n_drives > 0):
        ti.loop_config(serialize=True)
        for k in range(walls.n_drives):
            move_drive(k, n_surfaces, state.setting[None], walls)
        ti.loop_config(serialize=True)
        for s in range(n_surfaces):
            if walls.surfaces[s].drive >= 0:
                pose_surface(s, (now + 1) % walls.poses.shape[0], walls)


@ti.func
def hold_block(
    block, now, anew, n_grains, n_surfaces, state: ti.template(), listing: ti.template(), walls: ti.template()
):
    """Sum what the surfaces feel of a block's grains that the passes skip; `anew`: and what acts on these."""
    felt, dt = 0, ti.cast(state.setting[None].time_step, real)
    for i in range(block * walls.block, ti.min((block + 1) * walls.block, n_grains)):
        if state.rest[i] == SKIPPED:
            if anew:
                felt = gather_load(i, block, felt, now, n_surfaces, state, listing, walls)
            elif state.n_touching[i] > 0:  # of surfaces at rest, as nobody sleeps near others
                _, _, after = gather_surfaces(i, block, felt, now, n_surfaces, dt, state, walls)
                felt = after
    walls.felt[block] = felt


@relaunched
@ti.kernel
def hold_still(
    state: Field, listing: Field, walls: Field, n_grains: ti.i32, n_surfaces: ti.i32, now: ti.i32, anew: ti.i32
):
    """Sum what the surfaces feel of the grains that the passes skip; `anew`: and what acts on these."""
    n_blocks = (n_grains + walls.block - 1) // walls.block
    for turn in range(n_blocks * state.turns):
        if turn % state.turns == 0:
            hold_block(turn // state.turns, now, anew, n_grains, n_surfaces, state, listing, walls)
    for level in ti.static(range(walls.n_folds)):
        width = FOLD ** (level + 1)
        for c in range((n_blocks + width - 1) // width):
            fold_blocks(c * width, width // FOLD, ti.min((c + 1) * width, n_blocks), n_surfaces, walls)
    ti.loop_config(serialize=True)
    for s in range(n_surfaces):
        force, torque = sum_of_blocks(0, FOLD**walls.n_folds, n_blocks, s, walls)
        state.held[s].force, state.held[s].torque = force, torque


@relaunched
@ti.kernel
def find_near(state: Field, walls: Field, n_grains: ti.i32, n_surfaces: ti.i32, now: ti.i32, travel: length):
    """Mark the surfaces that a grain may reach until it is asked again.

    Until then no point of a moving mesh goes farther than `travel` [m], and no grain farther from where it was when
    the pair list was made than its allowance.
    """
    grains, motions = ti.static(state.grains, state.motions)
    for i in range(n_grains):
        near, radius = 0, ti.cast(grains[i].radius, length)
        if state.n_touching[i] > 0:  # a contact that has just ended is still to be forgotten
            for k in range(MAX_WALL_CONTACTS):
                if state.contacts[i, k].patch >= 0:
                    near |= 1 << state.contacts[i, k].surface
        for s in range(n_surfaces):
            surface = walls.surfaces[s]
            margin = motions[i].allowance + ti.select(surface.moving, travel, 0.0)
            if may_meet(surface, walls.poses[now, s], motions[i].reference, radius, margin, walls):
                near |= 1 << s
        motions[i].near = near

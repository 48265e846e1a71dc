"""State to and from NumPy arrays, one launch each."""

from regolith_kernels.precision import Field, ti
from regolith_kernels.state import MAX_WALL_CONTACTS

Array = ti.types.ndarray()


@ti.kernel
def put_grains(
    state: Field, position: Array, velocity: Array, spin: Array, radius: Array, mass: Array, material: Array, ids: Array
):
    """Fill the grain records, in the order given."""
    grains, motions = ti.static(state.grains, state.motions)
    for i in range(position.shape[0]):
        for a in ti.static(range(3)):
            grains[i].position[a] = position[i, a]
            grains[i].velocity[a] = velocity[i, a]
            motions[i].velocity[a] = velocity[i, a]
            grains[i].spin[a] = spin[i, a]
        grains[i].radius = radius[i]
        grains[i].mass = mass[i]
        grains[i].material = material[i]
        grains[i].id = ids[i]


@ti.kernel
def get_grains(
    state: Field,
    position: Array,
    velocity: Array,
    spin: Array,
    radius: Array,
    mass: Array,
    material: Array,
    ids: Array,
    force: Array,
    torque: Array,
    by_id: Field,
):
    """Read the grain records in the order of their ids, or in that in which they lie."""
    grains, motions, loads = ti.static(state.grains, state.motions, state.loads)
    for i in range(position.shape[0]):
        k = grains[i].id if ti.static(by_id) else i
        for a in ti.static(range(3)):
            position[k, a] = grains[i].position[a]
            velocity[k, a] = motions[i].velocity[a]
            spin[k, a] = grains[i].spin[a]
            force[k, a] = loads[i].force[a]
            torque[k, a] = loads[i].torque[a]
        radius[k] = grains[i].radius
        mass[k] = grains[i].mass
        material[k] = grains[i].material
        ids[k] = grains[i].id


@ti.kernel
def put_list_state(state: Field, reference: Array, allowance: Array, near: Array):
    """Restore what the pair list was made from."""
    motions = ti.static(state.motions)
    for i in range(reference.shape[0]):
        for a in ti.static(range(3)):
            motions[i].reference[a] = reference[i, a]
        motions[i].allowance = allowance[i]
        motions[i].near = near[i]


@ti.kernel
def get_list_state(state: Field, reference: Array, allowance: Array, near: Array):
    """Read what the pair list was made from."""
    motions = ti.static(state.motions)
    for i in range(reference.shape[0]):
        for a in ti.static(range(3)):
            reference[i, a] = motions[i].reference[a]
        allowance[i] = motions[i].allowance
        near[i] = motions[i].near


@ti.kernel
def put_pairs(listing: Field, i_of: Array, j_of: Array, touching: Array, history: Array, n_springs: Field):
    """Fill the pair list and its history. Forces of touching pairs are computed anew by the next step."""
    pairs, springs = ti.static(listing.pairs, listing.springs)
    for p in range(j_of.shape[0]):
        pairs[p].i, pairs[p].j = i_of[p], j_of[p]
        pairs[p].touching = touching[p]
        for row, a in ti.static(ti.ndrange(n_springs, 3)):
            springs[p][row, a] = history[p, row, a]


@ti.kernel
def get_pairs(
    state: Field,
    listing: Field,
    n_grains: ti.i32,
    i_of: Array,
    j_of: Array,
    touching: Array,
    history: Array,
    force: Array,
    n_springs: Field,
):
    """Read the pair list, its history and the force that the leading grain of each pair feels."""
    pairs, springs = ti.static(listing.pairs, listing.springs)
    for i in range(n_grains):
        for p in range(state.first_led[i], state.first_led[i + 1]):
            i_of[p] = i
            j_of[p] = pairs[p].j
            touching[p] = pairs[p].touching
            for a in ti.static(range(3)):
                force[p, a] = ti.select(pairs[p].touching != 0, -listing.reactions[pairs[p].reaction].force[a], 0.0)
            for row, a in ti.static(ti.ndrange(n_springs, 3)):
                history[p, row, a] = springs[p][row, a]


@ti.kernel
def put_contacts(state: Field, patch: Array, surface: Array, overlap: Array, history: Array, n_springs: Field):
    """Fill the grains' contacts with surfaces."""
    contacts = ti.static(state.contacts)
    for i in range(patch.shape[0]):
        touching = 0
        for k in range(MAX_WALL_CONTACTS):
            contacts[i, k].patch = patch[i, k]
            contacts[i, k].surface = surface[i, k]
            contacts[i, k].overlap = overlap[i, k]
            touching += ti.cast(patch[i, k] >= 0, ti.i32)
            for row, a in ti.static(ti.ndrange(n_springs, 3)):
                contacts[i, k].springs[row, a] = history[i, k, row, a]
        state.n_touching[i] = touching


@ti.kernel
def clear_contacts(state: Field, n_grains: ti.i32):
    """No grain touches any surface."""
    contacts = ti.static(state.contacts)
    for i in range(n_grains):
        for k in range(MAX_WALL_CONTACTS):
            contacts[i, k].patch = -1
            contacts[i, k].surface = 0
            contacts[i, k].overlap = 0.0
            contacts[i, k].springs = 0.0 * contacts[i, k].springs
        state.n_touching[i] = 0


@ti.kernel
def get_contacts(state: Field, patch: Array, surface: Array, overlap: Array, history: Array, n_springs: Field):
    """Read the grains' contacts with surfaces."""
    contacts = ti.static(state.contacts)
    for i in range(patch.shape[0]):
        for k in range(MAX_WALL_CONTACTS):
            patch[i, k] = contacts[i, k].patch
            surface[i, k] = contacts[i, k].surface
            overlap[i, k] = contacts[i, k].overlap
            for row, a in ti.static(ti.ndrange(n_springs, 3)):
                history[i, k, row, a] = contacts[i, k].springs[row, a]


@ti.kernel
def put_poses(walls: Field, origin: Array, rotation: Array, velocity: Array, spin: Array):
    """Upload the poses for a batch of steps, of all surfaces but those that ride on drives."""
    poses, surfaces = ti.static(walls.poses, walls.surfaces)
    for n, s in ti.ndrange(origin.shape[0], origin.shape[1]):
        if surfaces[s].drive < 0:
            for a in ti.static(range(3)):
                poses[n, s].origin[a] = origin[n, s, a]
                poses[n, s].velocity[a] = velocity[n, s, a]
                poses[n, s].spin[a] = spin[n, s, a]
                for b in ti.static(range(3)):
                    poses[n, s].rotation[a, b] = rotation[n, s, a, b]
            poses[n, s].center = poses[n, s].origin + poses[n, s].rotation @ surfaces[s].center


@ti.kernel
def put_triangles(walls: Field, corners: Array, normals: Array, patches: Array, rims: Array):
    """Fill the triangles of all mesh surfaces."""
    triangles = ti.static(walls.triangles)
    for t in range(corners.shape[0]):
        for a in ti.static(range(3)):
            triangles[t].a[a] = corners[t, 0, a]
            triangles[t].b[a] = corners[t, 1, a]
            triangles[t].c[a] = corners[t, 2, a]
            triangles[t].normal[a] = normals[t, a]
        triangles[t].patch = patches[t]
        triangles[t].rims = rims[t]


@ti.kernel
def put_ints(target: Field, values: Array):
    """Fill the head of an integer field."""
    for k in range(values.shape[0]):
        target[k] = values[k]


@ti.kernel
def get_tallies(walls: Field, n_surfaces: ti.i32, out: Array, clear: ti.i32):
    """Read each surface's tally (impulse, angular impulse, work, peaks: 9 numbers), and start it anew if asked."""
    tallies = ti.static(walls.tallies)
    for s in range(n_surfaces):
        for a in ti.static(range(3)):
            out[s, a] = tallies[s].impulse[a]
            out[s, 3 + a] = tallies[s].angular_impulse[a]
        out[s, 6] = tallies[s].work
        out[s, 7] = tallies[s].peak_force
        out[s, 8] = tallies[s].peak_torque
        if clear:
            tallies[s].impulse = 0.0 * tallies[s].impulse
            tallies[s].angular_impulse = 0.0 * tallies[s].angular_impulse
            tallies[s].work = 0.0
            tallies[s].peak_force = 0.0
            tallies[s].peak_torque = 0.0


@ti.kernel
def put_tallies(walls: Field, values: Array):
    """Restore the tallies."""
    tallies = ti.static(walls.tallies)
    for s in range(values.shape[0]):
        for a in ti.static(range(3)):
            tallies[s].impulse[a] = values[s, a]
            tallies[s].angular_impulse[a] = values[s, 3 + a]
        tallies[s].work = values[s, 6]
        tallies[s].peak_force = values[s, 7]
        tallies[s].peak_torque = values[s, 8]


@ti.kernel
def get_ids(state: Field, ids: Array):
    """Read the ids in the order the grains lie."""
    for i in range(ids.shape[0]):
        ids[i] = state.grains[i].id


@ti.kernel
def get_touching(state: Field, listing: Field, n_grains: ti.i32, id_i: Array, id_j: Array):
    """Read the ids of each listed pair, -1 where the two are apart."""
    for i in range(n_grains):
        for p in range(state.first_led[i], state.first_led[i + 1]):
            touching = listing.pairs[p].touching
            id_i[p] = ti.select(touching, state.grains[i].id, -1)
            id_j[p] = ti.select(touching, state.grains[listing.pairs[p].j].id, -1)


@ti.kernel
def get_drives(walls: Field, state: Array, tally: Array):
    """Read drives and their tallies as tables: a row a drive, a column a member."""
    for k in range(state.shape[0]):
        for c in ti.static(range(len(walls.drive_columns))):
            state[k, c] = walls.drive_columns[c][k]
        for c in ti.static(range(len(walls.drive_tally_columns))):
            tally[k, c] = walls.drive_tally_columns[c][k]


@ti.kernel
def put_drives(walls: Field, state: Array, tally: Array):
    """Write what `get_drives` read."""
    for k in range(state.shape[0]):
        for c in ti.static(range(len(walls.drive_columns))):
            walls.drive_columns[c][k] = state[k, c]
        for c in ti.static(range(len(walls.drive_tally_columns))):
            walls.drive_tally_columns[c][k] = tally[k, c]


@ti.kernel
def get_poses(walls: Field, row: ti.i32, out: Array):
    """Read a row of poses: origin, velocity, spin, center, rotation; shape (n_surfaces, 21)."""
    poses = ti.static(walls.poses)
    for s in range(out.shape[0]):
        for a in ti.static(range(3)):
            out[s, a] = poses[row, s].origin[a]
            out[s, 3 + a] = poses[row, s].velocity[a]
            out[s, 6 + a] = poses[row, s].spin[a]
            out[s, 9 + a] = poses[row, s].center[a]
            for b in ti.static(range(3)):
                out[s, 12 + 3 * a + b] = poses[row, s].rotation[a, b]


@ti.kernel
def put_driven_poses(walls: Field, row: ti.i32, values: Array):
    """Restore the poses of driven surfaces: computed anew by another kernel, they might differ in the last bit."""
    poses = ti.static(walls.poses)
    for s in range(values.shape[0]):
        if walls.surfaces[s].drive >= 0:
            for a in ti.static(range(3)):
                poses[row, s].origin[a] = values[s, a]
                poses[row, s].velocity[a] = values[s, 3 + a]
                poses[row, s].spin[a] = values[s, 6 + a]
                poses[row, s].center[a] = values[s, 9 + a]
                for b in ti.static(range(3)):
                    poses[row, s].rotation[a, b] = values[s, 12 + 3 * a + b]

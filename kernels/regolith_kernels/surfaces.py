"""What grains touch besides grains: planes, cylinders and triangle meshes, and the seam rule.

A mesh is divided at load into smooth patches (triangles joined below a dihedral angle). A grain has one contact per
patch, at the patch's closest point, so a tessellated plane equals the plane whatever its triangles, and a corner
between two faces keeps two springs. A closest point on a patch's rim counts only if no other patch through that
point comes closer (else the edge is hidden), and once if two patches share it. Contacts are one-sided.
Source: one contact per smooth region after LAMMPS `fix surface/global`.
"""

from regolith_kernels.contact_laws import Touch
from regolith_kernels.lanes import turned
from regolith_kernels.precision import length, point3, real, ti, vec3
from regolith_kernels.state import MAX_WALL_CONTACTS, sleeps
from regolith_kernels.triangles import closest_on_facet, closest_on_triangle

PLANE, CYLINDER, MESH = 0, 1, 2
# Of the grain's radius. A rim point that is farther than the next face's foot by CLOSER lies sqrt(2 CLOSER) beside it,
# which must be less than SAME_POINT: else a grain near an edge would touch it twice.
SAME_POINT = 1e-5
CLOSER = 1e-12

MAX_PATCHES = 8  # within reach of one grain, before shared points are counted once

patch_ids = ti.types.vector(MAX_PATCHES, ti.i32)
distances = ti.types.vector(MAX_PATCHES, length)
points = ti.types.matrix(MAX_PATCHES, 3, length)


@ti.func
def voxel_of(surface, x):
    """Number of the candidate voxel at x in the surface's frame, or -1 outside the grid."""
    cell = ti.floor((x - surface.grid_origin) / surface.spacing, ti.i32)
    voxel = -1
    if 0 <= cell[0] < surface.nx and 0 <= cell[1] < surface.ny and 0 <= cell[2] < surface.nz:
        voxel = surface.first_voxel + (cell[2] * surface.ny + cell[1]) * surface.nx + cell[0]
    return voxel


@ti.func
def keep_closest(count, patches, gaps, feet, patch, gap, q):
    """Enter a closest point: one per patch, the closest stays. `count` beyond the table means that it overflowed."""
    slot = count
    for k in range(ti.min(count, MAX_PATCHES)):
        if patches[k] == patch:
            slot = k
    new = slot == count
    if new:
        count += 1
    if slot < MAX_PATCHES and (new or gap < gaps[slot]):
        patches[slot], gaps[slot] = patch, gap
        for axis in ti.static(range(3)):
            feet[slot, axis] = q[axis]
    return count, patches, gaps, feet


@ti.func
def hidden(x, q, gap, reach, patch, voxel, walls: ti.template()):
    """Whether another patch through q comes closer to x than q does: then q is no contact of its own."""
    found = False
    for k in range(walls.first_candidate[voxel], walls.first_candidate[voxel + 1]):
        t = walls.triangles[walls.candidates[k]]
        if t.patch != patch and not found:
            at_q, _ = closest_on_triangle(q, t.a, t.b, t.c)
            if (at_q - q).norm_sqr() < (SAME_POINT * reach) ** 2:
                at_x, _ = closest_on_triangle(x, t.a, t.b, t.c)
                found = (at_x - x).norm() < gap - CLOSER * reach
    return found


@ti.func
def meet_mesh(surface, x, reach, walls: ti.template()):
    """Contacts of a sphere at x (mesh frame) with radius `reach`: count, patches, distances, contact points."""
    count = 0
    patches, gaps, feet = patch_ids(-1), distances(0.0), points(0.0)
    voxel = voxel_of(surface, x)
    if voxel >= 0:
        for k in range(walls.first_candidate[voxel], walls.first_candidate[voxel + 1]):
            t = walls.triangles[walls.candidates[k]]
            q, gap, rim, valid = closest_on_facet(x, t)  # the back of a wall is not felt
            if gap < reach:
                if rim:  # a rim may be met from its side
                    valid = not hidden(x, q, gap, reach, t.patch, voxel, walls)
                if valid:
                    count, patches, gaps, feet = keep_closest(count, patches, gaps, feet, t.patch, gap, q)
        if count <= MAX_PATCHES:
            count, patches, gaps, feet = drop_shared(count, patches, gaps, feet, SAME_POINT * reach)
    return count, patches, gaps, feet


@ti.func
def drop_shared(count, patches, gaps, feet, tolerance):
    """Of patches that meet the grain at one point, on the edge or vertex they share, keep the lowest."""
    dropped = patch_ids(0)
    for k in range(count):
        for other in range(count):
            offset = point3(0.0)
            for axis in ti.static(range(3)):
                offset[axis] = feet[k, axis] - feet[other, axis]
            if patches[other] < patches[k] and offset.norm_sqr() < tolerance * tolerance:
                dropped[k] = 1
    return compact(count, dropped, patches, gaps, feet)


@ti.func
def compact(count, dropped, patches, gaps, feet):
    """The table of closest points without those marked."""
    kept = 0
    for k in range(count):
        if not dropped[k]:
            patches[kept], gaps[kept] = patches[k], gaps[k]
            for axis in ti.static(range(3)):
                feet[kept, axis] = feet[k, axis]
            kept += 1
    return kept, patches, gaps, feet


@ti.func
def meet_smooth(surface, x, reach):
    """Contact of a sphere with a plane or a cylinder: count (0 or 1), distance, contact point."""
    gap, normal = length(0.0), surface.axis
    if surface.kind == PLANE:
        gap = x.dot(surface.axis)
    else:
        radial = x - x.dot(surface.axis) * surface.axis
        r = radial.norm() + 1e-300
        side = ti.select(surface.radius > 0.0, 1.0, -1.0)
        normal = side * radial / r
        gap = side * r - surface.radius
    return ti.cast(gap < reach, ti.i32), gap, x - gap * normal


@ti.func
def meet(surface, x, reach, walls: ti.template()):
    """Contacts of a sphere at x with a surface, in the surface's frame."""
    count, patches, gaps, feet = 0, patch_ids(-1), distances(0.0), points(0.0)
    if surface.kind == MESH:
        count, patches, gaps, feet = meet_mesh(surface, x, reach, walls)
    else:
        count, gap, q = meet_smooth(surface, x, reach)
        patches[0], gaps[0] = surface.first_patch, gap
        for axis in ti.static(range(3)):
            feet[0, axis] = q[axis]
    return count, patches, gaps, feet


@ti.func
def touch_of_surface(grain, velocity_there, spin_there, normal, gap):
    """The contact of a grain with a surface, which has no curvature and no inertia of its own."""
    v = grain.velocity - velocity_there
    v_n = v.dot(normal)
    lever = ti.cast(gap, real)  # ends at the contact point
    return Touch(
        overlap=ti.cast(ti.cast(grain.radius, length) - gap, real),
        normal=normal,
        v_n=v_n,
        v_t=v - v_n * normal - lever * grain.spin.cross(normal),
        spin=grain.spin - spin_there,
        r_eff=grain.radius,
        m_eff=grain.mass,
    )


@ti.func
def slot_of(i, patch, contacts):
    """The slot that holds grain i's contact with a patch, else a free one, else -1."""
    slot = -1
    for k in range(MAX_WALL_CONTACTS):
        if contacts[i, k].patch == patch:
            slot = k
    if slot < 0:
        for k in range(MAX_WALL_CONTACTS):
            if slot < 0 and contacts[i, k].patch < 0:
                slot = k
    return slot


@ti.func
def pass_on(i, surface, count, patches, contacts):
    """Grain i's contacts with patches of this surface that it has left: the next patch, if any, takes the springs.

    A grain that rolls over an edge leaves one patch and meets another in the same step; it is the same contact.
    """
    for k in range(MAX_WALL_CONTACTS):
        held = contacts[i, k].patch
        if held >= 0 and contacts[i, k].surface == surface:
            still, heir = False, -1
            for m in range(count):
                still = still or patches[m] == held
                known = False
                for other in range(MAX_WALL_CONTACTS):
                    known = known or contacts[i, other].patch == patches[m]
                if not known and heir < 0:
                    heir = patches[m]
            if not still:
                contacts[i, k].patch = heir
                if heir < 0:
                    contacts[i, k].springs = 0.0 * contacts[i, k].springs


@ti.func
def reach_of(i, material, state: ti.template()):
    """How far from its centre grain i meets a surface [m]: beyond its radius if it touches any and the law holds on."""
    reach = ti.cast(state.grains[i].radius, length)
    if state.n_touching[i] > 0:
        reach += state.laws[state.grains[i].material, material].reach(state.grains[i].radius)
    return reach


@ti.func
def let_go(i, count, patches, gaps, feet, radius, contacts):
    """Of the patches within reach, those that grain i touches or already holds."""
    dropped = patch_ids(0)
    for k in range(ti.min(count, MAX_PATCHES)):
        held = gaps[k] < radius
        for slot in range(MAX_WALL_CONTACTS):
            held = held or contacts[i, slot].patch == patches[k]
        dropped[k] = ti.cast(not held, ti.i32)
    return compact(ti.min(count, MAX_PATCHES), dropped, patches, gaps, feet)


@ti.func
def respond_to_surface(i, s, now, dt, state: ti.template(), walls: ti.template()):
    """Force and torque of surface s on grain i, the force's moment about the surface's origin, and an overflow flag."""
    contacts = ti.static(state.contacts)
    grain, surface, pose = state.grains[i], walls.surfaces[s], walls.poses[now, s]
    force, torque, moment = vec3(0.0), vec3(0.0), point3(0.0)
    reach = ti.cast(grain.radius, length)
    if ti.static(state.holds_on):
        reach = reach_of(i, surface.material, state)
    x = pose.rotation.transpose() @ (grain.position - pose.origin)
    count, patches, gaps, feet = meet(surface, x, reach, walls)
    if state.n_touching[i] > 0:
        pass_on(i, s, ti.min(count, MAX_WALL_CONTACTS), patches, contacts)
    if ti.static(state.holds_on):
        count, patches, gaps, feet = let_go(i, count, patches, gaps, feet, grain.radius, contacts)
    overflow = count > MAX_WALL_CONTACTS
    for m in range(ti.min(count, MAX_WALL_CONTACTS)):
        slot = slot_of(i, patches[m], contacts)
        if slot < 0:
            overflow = True
        else:
            foot = point3(feet[m, 0], feet[m, 1], feet[m, 2])
            normal = ti.cast(pose.rotation @ (x - foot) / gaps[m], real)
            lever = pose.rotation @ foot  # from the surface's origin to the contact
            there = ti.cast(pose.velocity + pose.spin.cross(lever), real)
            touch = touch_of_surface(grain, there, ti.cast(pose.spin, real), normal, gaps[m])
            history = turned(contacts[i, slot].springs, normal, state.n_planar)
            law = state.laws[grain.material, surface.material]
            f_n, f_t, couple, kept = law.respond(touch, history, dt)
            if not sleeps(i, state):
                contacts[i, slot].springs = kept
            contacts[i, slot].patch = patches[m]
            contacts[i, slot].surface = s
            contacts[i, slot].overlap = touch.overlap
            f = f_n * normal + f_t
            force += f
            torque += couple - ti.cast(gaps[m], real) * normal.cross(f_t)
            moment += lever.cross(ti.cast(f, length)) + ti.cast(couple, length)
    return force, torque, moment, overflow


@ti.func
def has_candidates(surface, x, margin, walls: ti.template()):
    """Whether a mesh has triangles that a grain within a margin of x, in the mesh's frame, may touch."""
    low = ti.floor((x - margin - surface.grid_origin) / surface.spacing, ti.i32)
    high = ti.floor((x + margin - surface.grid_origin) / surface.spacing, ti.i32)
    found = False
    for iz in range(ti.max(low[2], 0), ti.min(high[2] + 1, surface.nz)):
        for iy in range(ti.max(low[1], 0), ti.min(high[1] + 1, surface.ny)):
            for ix in range(ti.max(low[0], 0), ti.min(high[0] + 1, surface.nx)):
                voxel = surface.first_voxel + (iz * surface.ny + iy) * surface.nx + ix
                found = found or walls.first_candidate[voxel + 1] > walls.first_candidate[voxel]
    return found


@ti.func
def may_meet(surface, pose, position, radius, margin, walls: ti.template()):
    """Whether a sphere may touch a surface before the two have come closer by a margin."""
    x = pose.rotation.transpose() @ (position - pose.origin)
    near = surface.moving != 0  # a plane's far points may go farther than any margin as it turns
    if surface.kind == MESH:
        near = has_candidates(surface, x, margin, walls)
    elif not near:
        count, _, _ = meet_smooth(surface, x, radius + margin)
        near = count > 0
    return near

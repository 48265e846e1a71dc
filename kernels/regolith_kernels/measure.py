"""What is read off a state: energies, overlaps, who is inside a closed mesh. Sums run in fixed blocks, in order."""

from regolith_kernels.contact_forces import nearest_image
from regolith_kernels.precision import Field, length, mat3, point3, ti
from regolith_kernels.state import MAX_WALL_CONTACTS

BLOCK = 256
N_SUMS = 12  # kinetic, rotational, m g.x, momentum (3), angular momentum (3), |net force|, mass, not finite
sums_type = ti.types.vector(N_SUMS, length)


@ti.func
def sums_of(grain, velocity, load, gravity):
    """One grain's share of each sum."""
    mass = ti.cast(grain.mass, length)
    inertia = 0.4 * mass * ti.cast(grain.radius, length) ** 2
    spin = ti.cast(grain.spin, length)
    momentum = mass * velocity
    angular = grain.position.cross(momentum) + inertia * spin
    check = grain.position.sum() + velocity.sum() + spin.sum() + ti.cast(load.force.sum(), length)
    bad = ti.cast(ti.math.isnan(check) or ti.math.isinf(check), length)  # x != x finds nothing under fast-math
    return sums_type(
        [
            0.5 * mass * velocity.norm_sqr(),
            0.5 * inertia * spin.norm_sqr(),
            -mass * gravity.dot(grain.position),
            momentum[0],
            momentum[1],
            momentum[2],
            angular[0],
            angular[1],
            angular[2],
            load.force.norm(),
            mass,
            bad,
        ]
    )


@ti.kernel
def sum_grains(state: Field, n_grains: ti.i32, gravity: point3) -> sums_type:
    """Sum over the active grains what `sums_of` lists; angular momentum about the world's origin."""
    block_sums = ti.static(state.block_sums)
    n_blocks = (n_grains + BLOCK - 1) // BLOCK
    for b in range(ti.max(n_blocks, 1)):  # the first one also where there are no grains
        total = sums_type(0.0)
        for i in range(b * BLOCK, ti.min((b + 1) * BLOCK, n_grains)):
            total += sums_of(state.grains[i], state.motions[i].velocity, state.loads[i], gravity)
        block_sums[b] = total
    ti.loop_config(serialize=True)
    for b in range(1, n_blocks):
        block_sums[0] = block_sums[0] + block_sums[b]
    return block_sums[0]


@ti.func
def overlap_share(a, b, period, inverse_period):
    """Overlap of two grains over the smaller radius; negative apart."""
    distance = nearest_image(a.position - b.position, period, inverse_period).norm()
    return (a.radius + b.radius - distance) / ti.min(a.radius, b.radius)


@ti.kernel
def sum_contacts(state: Field, listing: Field, n_grains: ti.i32, period: point3, inverse_period: point3) -> point3:
    """Largest overlap over radius, touching pairs, largest pair force [N]. Maxima and counts need no order."""
    grains, contacts, pairs = ti.static(state.grains, state.contacts, listing.pairs)
    deepest, touching, strongest = length(0.0), 0, length(0.0)
    for i in range(n_grains):
        for p in range(state.first_led[i], state.first_led[i + 1]):
            if pairs[p].touching:
                ti.atomic_max(deepest, overlap_share(grains[i], grains[pairs[p].j], period, inverse_period))
                ti.atomic_add(touching, 1)
                ti.atomic_max(strongest, ti.cast(listing.reactions[pairs[p].reaction].force.norm(), length))
        for k in range(MAX_WALL_CONTACTS):
            if contacts[i, k].patch >= 0:
                ti.atomic_max(deepest, ti.cast(contacts[i, k].overlap / grains[i].radius, length))
    return point3(deepest, touching, strongest)


@ti.func
def solid_angle(x, a, b, c):
    """Signed solid angle of triangle abc from x. Source: Van Oosterom & Strackee (1983), 10.1109/TBME.1983.325207."""
    u, v, w = a - x, b - x, c - x
    lu, lv, lw = u.norm(), v.norm(), w.norm()
    return 2.0 * ti.atan2(u.dot(v.cross(w)), lu * lv * lw + u.dot(v) * lw + v.dot(w) * lu + w.dot(u) * lv)


@ti.kernel
def mark_inside(
    state: Field,
    inside: ti.types.ndarray(),
    corners: Field,
    n_corners: ti.i32,
    n_grains: ti.i32,
    origin: point3,
    rotation: mat3,
    lower: point3,
    upper: point3,
):
    """By id: 1 where a grain's centre lies in a closed mesh (three corners a triangle, surface frame), else 0.

    Its winding number there is 1 (Jacobson et al. 2013, 10.1145/2461912.2461916). The bounds are those of the mesh.
    """
    for i in range(n_grains):
        x = rotation.transpose() @ (state.grains[i].position - origin)
        turned = length(0.0)
        if (x >= lower).all() and (x <= upper).all():
            for t in range(n_corners // 3):
                turned += solid_angle(x, corners[3 * t], corners[3 * t + 1], corners[3 * t + 2])
        inside[state.grains[i].id] = ti.cast(turned > 2.0 * ti.math.pi, ti.i32)

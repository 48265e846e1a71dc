"""Forces between grains: a generic pass over listed pairs that knows no physics of its own."""

from regolith_kernels.contact_laws import Touch
from regolith_kernels.precision import Field, length, real, ti, vec3


@ti.func
def nearest_image(branch, period, inverse_period):
    """Shortest copy of a branch vector in a periodic box; `inverse_period` is 0 along walled axes."""
    return branch - period * ti.round(branch * inverse_period)


@ti.func
def turned(springs, normal, n_planar: ti.template()):
    """The history follows the turning contact: the first rows lie in its plane, a twisting spring along its normal."""
    for row in ti.static(range(springs.n)):
        spring = springs[row, :]
        if ti.static(row < n_planar):
            springs[row, :] = spring - spring.dot(normal) * normal
        else:
            springs[row, :] = spring.dot(normal) * normal
    return springs


@ti.func
def least_gap(law, grain_i, grain_j, reach, touching):
    """The difference of squares down to which two grains meet [m2]: below 0 where they touched and the law holds on."""
    least = length(0.0)
    if touching:
        pull = law.reach(grain_i.radius * grain_j.radius / ti.cast(reach, real))
        least = -pull * (2.0 * reach + pull)
    return least


@ti.func
def touch_of(grain_i, grain_j, branch, reach, gap_sqr):
    """The contact of two overlapping grains and the lever arm as a share of the radius (it ends at the contact)."""
    distance = ti.cast(branch.norm(), real)
    normal = ti.cast(branch, real) / distance
    arm = distance / ti.cast(reach, real)
    relative = grain_i.velocity - grain_j.velocity
    v_n = relative.dot(normal)
    rolled = arm * (grain_i.radius * grain_i.spin + grain_j.radius * grain_j.spin)
    touch = Touch(
        overlap=ti.cast(gap_sqr, real) / (ti.cast(reach, real) + distance),
        normal=normal,
        v_n=v_n,
        v_t=relative - v_n * normal - rolled.cross(normal),
        spin=grain_i.spin - grain_j.spin,
        r_eff=grain_i.radius * grain_j.radius / ti.cast(reach, real),
        m_eff=grain_i.mass * grain_j.mass / (grain_i.mass + grain_j.mass),
    )
    return touch, arm


@ti.kernel
def respond_to_pairs(state: Field, listing: Field, n_pairs: ti.i32, wraps: Field):
    """Compute each contact once: the reaction that grain i feels from grain j, and the contact's new springs."""
    grains, laws, setting = ti.static(state.grains, state.laws, state.setting)
    pairs, springs, reactions = ti.static(listing.pairs, listing.springs, listing.reactions)
    for p in range(n_pairs):
        i, j = pairs[p].i, pairs[p].j
        branch = grains[i].position - grains[j].position
        if ti.static(wraps):
            branch = nearest_image(branch, setting[None].period, setting[None].inverse_period)
        reach = ti.cast(grains[i].radius, length) + grains[j].radius
        gap_sqr = reach * reach - branch.norm_sqr()  # f64: an f32 branch errs by 1 % at an overlap of 1e-5 r
        least = length(0.0)
        if ti.static(state.holds_on):
            law = laws[grains[i].material, grains[j].material]
            least = least_gap(law, grains[i], grains[j], reach, pairs[p].touching)
        if gap_sqr > least:
            touch, arm = touch_of(grains[i], grains[j], branch, reach, gap_sqr)
            history = turned(springs[p], touch.normal, state.n_planar)
            law = laws[grains[i].material, grains[j].material]
            f_n, f_t, couple, springs[p] = law.respond(touch, history, ti.cast(setting[None].time_step, real))
            reactions[p].force = f_n * touch.normal + f_t
            reactions[p].torque = arm * touch.normal.cross(f_t)
            reactions[p].couple = couple
            pairs[p].touching = 1
        elif pairs[p].touching:  # just parted; pairs that stay apart cost no write
            springs[p] = 0.0 * springs[p]
            reactions[p].force = vec3(0.0)
            reactions[p].torque = vec3(0.0)
            reactions[p].couple = vec3(0.0)
            pairs[p].touching = 0


@ti.func
def gather_pairs(i, grains, listing: ti.template()):
    """Force and torque on grain i, its contacts summed in list order: the bits do not depend on threads."""
    pairs, reactions, first, signed = ti.static(listing.pairs, listing.reactions, listing.first, listing.signed)
    force, torque = vec3(0.0), vec3(0.0)
    radius = grains[i].radius
    for k in range(first[i], first[i + 1]):
        p = signed[k] >> 1
        if pairs[p].touching:
            sign = ti.cast(1 - 2 * (signed[k] & 1), real)  # low bit: i is the second grain of the pair
            force += sign * reactions[p].force
            torque += sign * reactions[p].couple - radius * reactions[p].torque
    return force, torque

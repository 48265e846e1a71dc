"""Contacts side by side: a group of them in short local arrays, to which the law responds in one loop.

A contact is a chain of roots and divisions that a core waits for, one after the other. A loop over local arrays that
touches no other memory is one that LLVM turns into vector instructions, eight contacts at a time (measured: the pair
pass takes half the time, benchmarks/NOTES.md). On a GPU, where threads are the lanes, a group is one contact; its lane
is then a number known as the kernel compiles, so that the group can stay in registers.
"""

from regolith_kernels.contact_laws import Touch
from regolith_kernels.precision import real, ti, vec3

CPU_LANES = 16  # contacts in a group; 8 and 32 were slower


def group_of(n_lanes, n_springs):
    """The type of a group of contacts: what its lanes hold before the law responds, and after."""
    number, whole = ti.types.vector(n_lanes, real), ti.types.vector(n_lanes, ti.i32)
    vector = ti.types.struct(x=number, y=number, z=number)
    return ti.types.struct(
        pair=whole,  # place in the list
        row=whole,  # of the pair table: materials of i and j
        column=whole,
        branch=vector,  # from j to i [m]
        gap_sqr=number,  # reach^2 - distance^2 [m2]
        radius_i=number,  # [m]
        radius_j=number,
        mass=number,  # m* [kg]
        velocity=vector,  # of i relative to j [m/s]
        rolled=vector,  # r_i w_i + r_j w_j [m/s]
        spin=vector,  # of i relative to j [rad/s]
        springs=ti.types.matrix(3 * n_springs, n_lanes, real),  # history [m]
        force=vector,  # on i [N]
        torque_i=vector,  # [N m]
        torque_j=vector,
    )


@ti.func
def vector_in(lanes: ti.template(), k: ti.template()):
    """A vector out of a lane."""
    return vec3(lanes.x[k], lanes.y[k], lanes.z[k])


@ti.func
def put(lanes: ti.template(), k: ti.template(), vector):
    """A vector into a lane."""
    lanes.x[k], lanes.y[k], lanes.z[k] = vector[0], vector[1], vector[2]


@ti.func
def offer(group: ti.template(), k: ti.template(), p, branch, gap_sqr):
    """Put where pair p lies into a lane; if it does not touch, the next pair takes the lane."""
    group.pair[k], group.gap_sqr[k] = p, ti.cast(gap_sqr, real)
    put(group.branch, k, ti.cast(branch, real))


@ti.func
def seat(group: ti.template(), k: ti.template(), grain_i, grain_j, springs):
    """Put what else the law needs for a contact into its lane."""
    put(group.velocity, k, grain_i.velocity - grain_j.velocity)
    put(group.rolled, k, grain_i.radius * grain_i.spin + grain_j.radius * grain_j.spin)
    put(group.spin, k, grain_i.spin - grain_j.spin)
    for row, a in ti.static(ti.ndrange(springs.n, 3)):
        group.springs[3 * row + a, k] = springs[row, a]
    group.radius_i[k], group.radius_j[k] = grain_i.radius, grain_j.radius
    group.mass[k] = grain_i.mass * grain_j.mass / (grain_i.mass + grain_j.mass)
    group.row[k], group.column[k] = grain_i.material, grain_j.material


@ti.func
def touch_in(group: ti.template(), k: ti.template()):
    """The contact in a lane, and the lever arm as a share of the radius (it ends at the contact point)."""
    branch, velocity = vector_in(group.branch, k), vector_in(group.velocity, k)
    distance, reach = branch.norm(), group.radius_i[k] + group.radius_j[k]
    normal = branch * (real(1.0) / distance)
    inverse_reach = real(1.0) / reach
    arm = distance * inverse_reach
    v_n = velocity.dot(normal)
    touch = Touch(
        overlap=group.gap_sqr[k] / (reach + distance),
        normal=normal,
        v_n=v_n,
        v_t=velocity - v_n * normal - arm * vector_in(group.rolled, k).cross(normal),
        spin=vector_in(group.spin, k),
        r_eff=group.radius_i[k] * group.radius_j[k] * inverse_reach,
        m_eff=group.mass[k],
    )
    return touch, arm


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
def respond_in(
    group: ti.template(),
    k: ti.template(),
    springs_type: ti.template(),
    laws: ti.template(),
    alike: ti.template(),
    n_planar: ti.template(),
    dt,
):
    """Respond to one lane."""
    touch, arm = touch_in(group, k)
    springs = springs_type(0.0)
    for row, a in ti.static(ti.ndrange(springs.n, 3)):
        springs[row, a] = group.springs[3 * row + a, k]
    history = turned(springs, touch.normal, n_planar)
    row, column = 0, 0  # in all lanes, where grains are alike: a table read by lanes is slow (gather instructions)
    if ti.static(alike):
        row, column = group.row[0], group.row[0]
    else:
        row, column = group.row[k], group.column[k]
    law = laws[row, column]
    # `kept`, a new name: Taichi loses a matrix that is unpacked into a variable it already knows
    f_n, f_t, couple, kept = law.respond(touch, history, dt)
    force, twist = f_n * touch.normal + f_t, arm * touch.normal.cross(f_t)
    put(group.force, k, force)
    put(group.torque_i, k, couple - group.radius_i[k] * twist)
    put(group.torque_j, k, -couple - group.radius_j[k] * twist)
    for row, a in ti.static(ti.ndrange(springs.n, 3)):
        group.springs[3 * row + a, k] = kept[row, a]


@ti.func
def respond_to_group(
    group: ti.template(),
    springs_type: ti.template(),
    laws: ti.template(),
    alike: ti.template(),
    n_planar: ti.template(),
    dt,
):
    """Respond to all lanes, those without a contact included: nobody reads what comes out of them."""
    if ti.static(group.pair.n == 1):
        respond_in(group, 0, springs_type, laws, alike, n_planar, dt)
    else:
        for k in range(group.pair.n):
            respond_in(group, k, springs_type, laws, alike, n_planar, dt)

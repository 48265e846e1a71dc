"""Driven axes: rigid bodies that advance along and turn about one axis, moved by actuators with limits.

A drive is stepped with the grains (leapfrog: its speeds are half a step old) in the serial tail of the gather, from
what its surfaces have just felt, and writes where they are in the next step. An actuator's power is its force times the
mean of the speeds before and after the step: then work is what the kinetic energy gains.
"""

from regolith_kernels.precision import Field, length, mat3, point3, ti


@ti.dataclass
class Axle:
    """What never changes about a drive."""

    origin: point3  # a point of the axis; frames of its surfaces start here [m]
    direction: point3  # of advance, of length 1; positive spins turn about it by the right-hand rule
    rotation: mat3  # of its surfaces' frames at angle 0
    mass: length  # [kg]
    inertia: length  # about the axis [kg m2]
    response_time: length  # in which an actuator removes a speed error, limits permitting [s]


@ti.dataclass
class Drive:
    """State and set points; forces act along the direction, torques about it. All f64: saved as a table."""

    steps: length  # since the start
    advance: length  # [m]
    speed: length  # half a step old [m/s]
    angle: length  # [rad]
    spin: length  # half a step old [rad/s]
    force: length  # of the actuator in the last step [N]
    torque: length  # [N m]
    soil_force: length  # of the grains in the last step [N]
    soil_torque: length  # on the surfaces that turn [N m]
    feed_on: length  # 0: the actuator is off and pushes with nothing
    feed_rate: length  # [m/s]
    spin_on: length
    spin_rate: length  # [rad/s]
    weight_on_bit: length  # most that force and weight push together [N]
    max_force: length  # [N]
    max_torque: length  # [N m]
    max_feed_power: length  # [W]
    max_spin_power: length  # [W]
    blow_frequency: length  # [Hz]; 0: no percussion
    blow_energy: length  # into the body at rest [J]
    blow_duration: length  # of the half-sine [s]
    only_pressed: length  # leave a blow out that begins while no grain pushes back
    blows_since: length  # step at which the first begins
    striking: length  # the present blow is not left out


@ti.dataclass
class DriveTally:
    """Sums over the steps since they were last cleared, and peaks of single steps."""

    n_steps: length
    impulse: length  # of the actuator's force [N s]
    angular_impulse: length  # of its torque [N m s]
    soil_impulse: length
    soil_angular_impulse: length
    feed_work: length  # [J]
    spin_work: length
    hammer_work: length
    blows: length
    peak_force: length  # [N]
    peak_torque: length  # [N m]
    peak_feed_power: length  # [W]
    peak_spin_power: length
    peak_soil_push: length  # against the advance [N]
    peak_soil_torque: length  # [N m]
    feed_limited: length  # steps in which a limit kept the actuator from what it asked for
    spin_limited: length


@ti.dataclass
class Action:
    """What an actuator does in a step."""

    force: length  # [N] or [N m]
    speed: length  # after the step
    power: length  # [W]
    limited: length  # 1 if a limit kept it from the force it asked for


@ti.func
def power_range(power, inertia, coasting, dt):
    """Smallest and largest force whose power stays within the limit, driving and braking.

    With the mean speed u + F dt / 2m, u being what it is without the actuator (`coasting`), |F (u + F dt / 2m)| <= P is
    quadratic in F. Of what is allowed, the range around 0.
    """
    most = power - power * 1e-9  # rounding must not carry it over the limit
    q = 2.0 * most * dt / inertia
    u = ti.abs(coasting)
    along = 2.0 * most / (u + ti.sqrt(u * u + q))
    against = (u + ti.sqrt(u * u + q)) * inertia / dt  # beyond, it would throw the body back with too much power
    if u * u > q:
        against = 2.0 * most / (u + ti.sqrt(u * u - q))
    forwards = coasting >= 0.0
    return ti.select(forwards, -against, -along), ti.select(forwards, along, against)


@ti.func
def actuate(inertia, speed, load, blow, target, response_time, limit, push, power, dt):
    """Bring a speed to its target within the response time, knowing the load, as far as the limits allow.

    Args:
        inertia: Mass or moment of inertia.
        speed: Before the step.
        load: Force of all else on the body, but for `blow`, which the actuator does not know of.
        blow: Force of the hammer.
        target: Speed asked for.
        response_time: [s], at least dt.
        limit: Largest size of the force; 0: the actuator is off.
        push: Largest force; the limit of its size goes before it.
        power: Largest size of the power.
        dt: [s].
    """
    asked = inertia * (target - speed) / response_time - load
    lower, upper = power_range(power, inertia, speed + 0.5 * dt / inertia * (load + blow), dt)
    force = ti.max(ti.max(lower, -limit), ti.min(ti.min(upper, limit), ti.min(push, asked)))
    after = speed + dt / inertia * (force + load + blow)
    return Action(
        force=force,
        speed=after,
        power=force * (0.5 * (speed + after)),
        limited=ti.select(force == asked or limit == 0.0, 0.0, 1.0),
    )


@ti.func
def risen(x):
    """Share of a half-sine blow's impulse that has passed at a share x of its duration."""
    half_turn = ti.acos(length(-1.0))  # pi as a literal would be f32 in mixed precision
    return 0.5 - 0.5 * ti.cos(half_turn * ti.min(x, length(1.0)))


@ti.func
def strike(drive: ti.template(), tally: ti.template(), mass, dt):
    """Mean force of the hammer over a step [N]. A blow's impulse is sqrt(2 E m), whatever the step."""
    force = length(0.0)
    if drive.blow_frequency > 0.0:
        begin = (drive.steps - drive.blows_since - 0.5) * dt  # a step takes speeds from half a step ago to half ahead
        end = (drive.steps - drive.blows_since + 0.5) * dt  # to the last bit the next step's begin: no beat is lost
        before, now = ti.floor(begin * drive.blow_frequency), ti.floor(end * drive.blow_frequency)
        period = 1.0 / drive.blow_frequency
        passed = risen((begin - before * period) / drive.blow_duration)
        share = -drive.striking * passed
        if now > before:
            share += drive.striking
            drive.striking = ti.select(drive.only_pressed > 0.0 and drive.soil_force >= 0.0, 0.0, 1.0)
            tally.blows += drive.striking
        share += drive.striking * risen((end - now * period) / drive.blow_duration)
        force = share * ti.sqrt(2.0 * drive.blow_energy * mass) / dt
    return force


@ti.func
def enter(drive, tally: ti.template(), feed, spin, blow, speed, dt):
    """Add a step to the tally; `speed` is the mean of the feed's."""
    tally.n_steps += 1.0
    tally.impulse += feed.force * dt
    tally.angular_impulse += spin.force * dt
    tally.soil_impulse += drive.soil_force * dt
    tally.soil_angular_impulse += drive.soil_torque * dt
    tally.feed_work += feed.power * dt
    tally.spin_work += spin.power * dt
    tally.hammer_work += blow * speed * dt
    tally.peak_force = ti.max(tally.peak_force, ti.abs(feed.force))
    tally.peak_torque = ti.max(tally.peak_torque, ti.abs(spin.force))
    tally.peak_feed_power = ti.max(tally.peak_feed_power, ti.abs(feed.power))
    tally.peak_spin_power = ti.max(tally.peak_spin_power, ti.abs(spin.power))
    tally.peak_soil_push = ti.max(tally.peak_soil_push, -drive.soil_force)
    tally.peak_soil_torque = ti.max(tally.peak_soil_torque, ti.abs(drive.soil_torque))
    tally.feed_limited += feed.limited
    tally.spin_limited += spin.limited


@ti.func
def feel(k, n_surfaces, direction, walls: ti.template()):
    """Force along the axis of all surfaces of drive k, and torque about it of those that turn."""
    force, torque = length(0.0), length(0.0)
    for s in range(n_surfaces):
        if walls.surfaces[s].drive == k:
            force += walls.wrenches[s].force.dot(direction)
            if walls.surfaces[s].turns:  # its origin lies on the axis
                torque += walls.wrenches[s].torque.dot(direction)
    return force, torque


@ti.func
def rotation_about(axis, angle):
    """Rodrigues' formula: rotation by an angle about an axis of length 1."""
    c, s = ti.cos(angle), ti.sin(angle)
    skew = mat3([[0.0, -axis[2], axis[1]], [axis[2], 0.0, -axis[0]], [-axis[1], axis[0], 0.0]])
    return c * ti.Matrix.identity(length, 3) + s * skew + (1.0 - c) * axis.outer_product(axis)


@ti.func
def pose_surface(s, row, walls: ti.template()):
    """Write where a driven surface is into a row of the poses."""
    poses = ti.static(walls.poses)
    surface = walls.surfaces[s]
    axle, drive = walls.axles[surface.drive], walls.drives[surface.drive]
    poses[row, s].origin = axle.origin + drive.advance * axle.direction
    poses[row, s].velocity = drive.speed * axle.direction
    poses[row, s].rotation = axle.rotation
    poses[row, s].spin = point3(0.0)
    if surface.turns:
        poses[row, s].rotation = rotation_about(axle.direction, drive.angle) @ axle.rotation
        poses[row, s].spin = drive.spin * axle.direction
    poses[row, s].center = poses[row, s].origin + poses[row, s].rotation @ surface.center


@ti.func
def move_drive(k, n_surfaces, setting, walls: ti.template()):
    """Step drive k by the wrenches of its surfaces, its actuators, its hammer and its weight."""
    axle, drive, tally = walls.axles[k], walls.drives[k], walls.drive_tallies[k]
    dt, weight = setting.time_step, axle.mass * setting.gravity.dot(axle.direction)
    drive.soil_force, drive.soil_torque = feel(k, n_surfaces, axle.direction, walls)
    blow = strike(drive, tally, axle.mass, dt)
    feed = actuate(
        axle.mass,
        drive.speed,
        drive.soil_force + weight,
        blow,
        drive.feed_rate,
        axle.response_time,
        drive.feed_on * drive.max_force,
        drive.weight_on_bit - weight,
        drive.max_feed_power,
        dt,
    )
    spin = actuate(
        axle.inertia,
        drive.spin,
        drive.soil_torque,
        length(0.0),
        drive.spin_rate,
        axle.response_time,
        drive.spin_on * drive.max_torque,
        drive.max_torque,
        drive.max_spin_power,
        dt,
    )
    enter(drive, tally, feed, spin, blow, 0.5 * (drive.speed + feed.speed), dt)
    drive.force, drive.torque = feed.force, spin.force
    drive.speed, drive.spin = feed.speed, spin.speed
    drive.advance += drive.speed * dt
    drive.angle += drive.spin * dt
    drive.steps += 1.0
    walls.drives[k], walls.drive_tallies[k] = drive, tally


@ti.kernel
def place_surfaces(walls: Field, n_surfaces: ti.i32, row: ti.i32):
    """Pose all driven surfaces by the state of their drives."""
    for s in range(n_surfaces):
        if walls.surfaces[s].drive >= 0:
            pose_surface(s, row, walls)

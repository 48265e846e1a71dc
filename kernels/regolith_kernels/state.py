"""Records of the state: one per grain, listed pair, wall contact and surface. Fields of them are made by the caller."""

from regolith_kernels.precision import length, mat3, point3, real, ti, vec3

MAX_WALL_CONTACTS = 4  # smooth patches that one grain may touch at once

# Taichi hands a CPU's thread at least 512 turns of a loop of run-time length, whatever block_dim says (measured). Where
# a turn is a whole block of grains, only every 512th turn works, so that each block is handed out by itself.
TURNS = 512

# A grain's `rest`, where grains may sleep: looks in a row that found it at rest, at last one of these. See sleeping.py.
ASLEEP = 4  # held in place since the last look
WATCHED = ASLEEP + 1  # still asleep, but computed: a partner is awake, or was so in the step before the look
SKIPPED = ASLEEP + 2  # the passes skip it


@ti.dataclass
class Grain:
    """What the pair pass reads of a grain: 64 bytes in mixed precision, one cache line."""

    position: point3  # [m]
    velocity: vec3  # half a step old (leapfrog) [m/s]
    radius: real  # [m]
    spin: vec3  # angular velocity, half a step old [rad/s]
    mass: real  # [kg]
    material: ti.i32  # row of the pair table
    id: ti.i32  # persistent; grains change places when they are sorted


@ti.dataclass
class Motion:
    """What only the gather needs of a grain. f32 velocities would lose the increments of free fall."""

    velocity: point3  # the grain's velocity in full precision [m/s]
    reference: point3  # position when the pair list was made [m]
    allowance: real  # how far the grain may go before the list is stale [m]
    near: ti.i32  # bit s: surface s may come within reach before the list is looked at again


@ti.dataclass
class Setting:
    """What every step needs besides the state; kept on the device, as vector arguments slow a launch."""

    time_step: length  # [s]
    gravity: point3  # [m/s2]
    drag: length  # rate at which all motion is damped, while settling [1/s]
    period: point3  # of the box; 0 along walled axes [m]
    inverse_period: point3  # 0 along walled axes [1/m]


@ti.dataclass
class Load:
    """Net force and torque on a grain in the last step, gravity included; between the passes, of the pairs it leads."""

    force: vec3  # [N]
    torque: vec3  # [N m]


@ti.dataclass
class Pair:
    """Two grains close enough to be watched: one leads, the other lies later in the sorted order."""

    i: ti.i32  # the one that leads; its pairs lie side by side
    j: ti.i32  # the one that follows
    touching: ti.i32
    reaction: ti.i32  # place of what grain j feels: reactions are sorted by the grain that feels them
    wraps: ti.i32  # a face of a periodic box lies between them, as long as this list holds


@ti.dataclass
class Surface:
    """A plane, a cylinder or a triangle mesh, in its own frame; see surfaces.py."""

    kind: ti.i32
    material: ti.i32
    moving: ti.i32
    drive: ti.i32  # that it rides on; -1: none
    turns: ti.i32  # with its drive; else it advances only
    first_patch: ti.i32  # patches are numbered over all surfaces
    axis: point3  # outward normal of a plane, axis of a cylinder
    radius: length  # of a cylinder [m]; negative: grains are inside
    center: point3  # of a mesh's bounding box [m]
    grid_origin: point3  # candidate grid of a mesh
    spacing: length
    nx: ti.i32
    ny: ti.i32
    nz: ti.i32
    first_voxel: ti.i32


@ti.dataclass
class Triangle:
    """A facet of a mesh surface, in the tool's frame, wound so that the normal points out of the solid."""

    a: point3
    b: point3
    c: point3
    normal: point3
    patch: ti.i32  # over all surfaces
    rims: ti.i32  # bits 0-2: edge ab, bc, ca borders another patch; bits 3-5: vertex a, b, c does


@ti.dataclass
class Pose:
    """Where a surface is and how it moves, at one step."""

    origin: point3  # [m]
    rotation: mat3  # from its own frame to the world
    center: point3  # of a mesh's bounding box [m]
    velocity: point3  # of the origin [m/s]
    spin: point3  # [rad/s]


@ti.dataclass
class Wrench:
    """Force of the grains on a surface and its moment about the surface's origin, world frame."""

    force: point3  # [N]
    torque: point3  # [N m]


@ti.dataclass
class Tally:
    """A surface's wrench summed over the steps since the tally was last cleared."""

    impulse: point3  # [N s]
    angular_impulse: point3  # [N m s]
    work: length  # done by the surface on the grains [J]
    peak_force: length  # largest |force| of a single step [N]
    peak_torque: length  # [N m]


@ti.func
def sleeps(i, state: ti.template()):
    """Whether grain i is held in place; never where the simulation was made without sleep."""
    found = False
    if ti.static(state.sleeps):
        found = state.rest[i] >= ASLEEP
    return found


@ti.func
def place_of(k, state: ti.template()):
    """Place in memory of the k-th grain of a pass: where grains may sleep, those that are skipped come last."""
    place = k
    if ti.static(state.sleeps):
        place = state.working[k]
    return place


def wall_contact(springs):
    """The record of a grain's contact with one smooth patch; `springs` is the type of the law's history."""
    return ti.types.struct(patch=ti.i32, surface=ti.i32, overlap=real, springs=springs)

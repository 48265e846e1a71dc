"""Memory of a simulation: the fields that the kernels work on, in groups that are passed to them as one argument.

Sizes are capacities, rounded up, so that runs of similar size share compiled kernels. A group's SNode tree is
destroyed when the simulation closes or when the group is made anew larger: Taichi never frees fields by itself.
"""

from typing import Any

from regolith_kernels import state as records
from regolith_kernels.contact_forces import LEADERS_PER_BLOCK
from regolith_kernels.contact_laws import holds_on, planar_springs
from regolith_kernels.drives import Axle, Drive, DriveTally
from regolith_kernels.integrate import GRAINS_PER_BLOCK
from regolith_kernels.lanes import CPU_LANES, group_of
from regolith_kernels.launch import forget
from regolith_kernels.measure import BLOCK, sums_type
from regolith_kernels.precision import real, ti
from regolith_kernels.sorting import SCAN_BLOCK, Level

from regolith.runtime import on_cpu

POSE_BATCH = 64  # steps whose poses are uploaded at once
DRIVE_STATE, DRIVE_TALLY = tuple(Drive.members), tuple(DriveTally.members)
MAX_SURFACES = 31  # one bit each in a grain's mask
GPU_FOLDS = 3  # levels of a tree over wrenches: 64^3 grains, then one thread adds what is left


def capacity(n: int) -> int:
    """The next size of the form 2^k * {4, 5, 6, 7} / 4 that holds n, at least 64."""
    n = max(n, 64)
    step = 1 << max(n.bit_length() - 3, 0)
    return -(-n // step) * step


@ti.data_oriented
class Group:
    """Fields that live and die together; kernels take a group as one template argument."""

    def __init__(self) -> None:
        self._builder = ti.FieldsBuilder()
        self._tree: Any = None

    def _place(self, field: Any, *shape: int) -> Any:
        axes = (ti.i, ti.ij, ti.ijk)[len(shape) - 1] if shape else None
        (self._builder.dense(axes, shape) if shape else self._builder).place(field)
        return field

    def _finish(self) -> None:
        self._tree = self._builder.finalize()

    def destroy(self) -> None:
        """Give the memory back."""
        forget(self)
        self._tree.destroy()


class State(Group):
    """The grains, their contacts with surfaces, the pair table, and room for sums."""

    def __init__(self, n_grains: int, n_materials: int, law_type: Any, springs_type: Any, sleeps: bool = False) -> None:
        super().__init__()
        n = capacity(n_grains)
        contact_type = records.wall_contact(springs_type)
        self.grains = self._place(records.Grain.field(), n)
        self.motions = self._place(records.Motion.field(), n)
        self.setting = self._place(records.Setting.field())
        self.loads = self._place(records.Load.field(), n)
        self.contacts = self._place(contact_type.field(), n, records.MAX_WALL_CONTACTS)
        self.n_touching = self._place(ti.field(ti.i32), n)
        self.springs_type = springs_type
        self.n_planar, self.holds_on = planar_springs(law_type, springs_type), holds_on(law_type)
        self.n_lanes, self.leaders = (int(CPU_LANES), int(LEADERS_PER_BLOCK)) if on_cpu() else (1, 1)
        self.turns = int(records.TURNS) if on_cpu() else 1
        self.group_type = group_of(self.n_lanes, springs_type.n)
        self.laws = self._place(law_type.field(), n_materials, n_materials)
        self.block_sums = self._place(sums_type.field(), n // BLOCK + 1)
        self.first_led = self._place(ti.field(ti.i32), n + 1)  # where the pairs that a grain leads begin in the list
        self.first_followed = self._place(ti.field(ti.i32), n + 1)  # and the reactions that it feels
        self.sleeps = sleeps
        if sleeps:
            self.working = self._place(ti.field(ti.i32), n)  # places of the grains that the passes compute
            self.held = self._place(records.Wrench.field(), MAX_SURFACES)  # what surfaces feel of the others
            self.rest = self._place(ti.field(ti.i32), n)  # looks in a row that found a grain at rest, see sleeping.py
            self.strongest = self._place(ti.field(real), n)  # contact of a grain [N]
            self.marked = self._place(ti.field(ti.i32), n)
        self._finish()


class Sorter(Group):
    """What a rebuild of the pair list works on."""

    def __init__(self, n_grains: int, n_cells: int, n_levels: int, springs_type: Any) -> None:
        super().__init__()
        n, cells = capacity(n_grains), capacity(max(n_cells, n_grains) + 2)
        self.levels = self._place(Level.field(), n_levels)
        self.counts = self._place(ti.field(ti.i32), cells)
        self.starts = self._place(ti.field(ti.i32), cells)
        self.block_sums = self._place(ti.field(ti.i32), cells // SCAN_BLOCK + 1)
        for name in ("keys", "order", "by_id"):
            setattr(self, name, self._place(ti.field(ti.i32), n))
        self.first_saved = self._place(ti.field(ti.i32), n + 1)
        self.grains = self._place(records.Grain.field(), n)
        self.motions = self._place(records.Motion.field(), n)
        self.n_touching = self._place(ti.field(ti.i32), n)
        self.contacts = self._place(records.wall_contact(springs_type).field(), n)
        self._finish()


class Slots(Group):
    """Where a grain's later partners are put until their number is known; then, the pairs that it follows in."""

    def __init__(self, n_grains: int, per_grain: int) -> None:
        super().__init__()
        self.per_grain = per_grain
        self.partners = self._place(ti.field(ti.i32), capacity(n_grains) * per_grain)
        self._finish()


class Listing(Group):
    """The pair list with its history, and what the grains that follow feel, sorted by those."""

    def __init__(self, n_pairs: int, springs_type: Any) -> None:
        super().__init__()
        self.capacity = capacity(n_pairs)
        self.pairs = self._place(records.Pair.field(), self.capacity)
        self.springs = self._place(springs_type.field(), self.capacity)
        self.reactions = self._place(records.Load.field(), self.capacity)
        self._finish()


class Saved(Group):
    """Histories of touching pairs, kept while the list is made anew."""

    def __init__(self, n_touching: int, springs_type: Any) -> None:
        super().__init__()
        self.capacity = capacity(n_touching)
        self.partner = self._place(ti.field(ti.i32), self.capacity)
        self.springs = self._place(springs_type.field(), self.capacity)
        self._finish()


class Walls(Group):
    """Surfaces with their triangles, candidate grids, poses of a batch of steps, and wrenches; drives they ride on.

    A thread takes a block of grains: several on a CPU, one on a GPU, whose blocks are then summed by a tree.
    """

    def __init__(
        self, n_surfaces: int, n_triangles: int, n_voxels: int, n_candidates: int, n_grains: int, n_drives: int
    ) -> None:
        super().__init__()
        s = max(n_surfaces, 1)
        self.surfaces = self._place(records.Surface.field(), s)
        self.triangles = self._place(records.Triangle.field(), capacity(n_triangles))
        self.first_candidate = self._place(ti.field(ti.i32), capacity(n_voxels + 1))
        self.candidates = self._place(ti.field(ti.i32), capacity(n_candidates))
        self.poses = self._place(records.Pose.field(), POSE_BATCH, s)
        self.block, self.n_folds = (int(GRAINS_PER_BLOCK), 0) if on_cpu() else (1, GPU_FOLDS)
        n_blocks = capacity(n_grains) // self.block + 1
        self.felt = self._place(ti.field(ti.i32), n_blocks)  # whether a grain of the block may reach a surface
        self.block_wrenches = self._place(records.Wrench.field(), n_blocks, s)  # stale where not felt
        self.wrenches = self._place(records.Wrench.field(), s)
        self.tallies = self._place(records.Tally.field(), s)
        self.overflow = self._place(ti.field(ti.i32))
        self.n_drives = n_drives
        self.axles = self._place(Axle.field(), max(n_drives, 1))
        self.drives = self._place(Drive.field(), max(n_drives, 1))
        self.drive_tallies = self._place(DriveTally.field(), max(n_drives, 1))
        self.drive_columns = [self.drives.get_member_field(name) for name in DRIVE_STATE]
        self.drive_tally_columns = [self.drive_tallies.get_member_field(name) for name in DRIVE_TALLY]
        self._finish()

"""One Simulation on which case after case is set up: kernels take seconds to compile for a new one.

The kernels load with the first stage, so that cases can be listed without them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from regolith.box import Box
from regolith.drive import Motion
from regolith.drives import Drive
from regolith.laws import Law, PairTable
from regolith.materials import Contact, Material
from regolith.surfaces import Surface

if TYPE_CHECKING:
    from regolith.simulation import Simulation

PARKED = Motion.at_rest((0.0, 0.0, -1e4))  # where surfaces wait that a case does not use


class Stage:
    """A Simulation whose grains and surfaces are put anew for each case.

    Args:
        n_grains: The most grains of any case.
        radii: Smallest and largest radius of any case [m].
        materials: All that cases use.
        contacts: Contact by pair of names; pairs left out get e = 0.5 without friction.
        surfaces: With a motion (PARKED) where they may stand elsewhere in every case.
        drives: What surfaces may ride on; each case sets them anew.
        law: The contact law.
        box: The region.
        overlap_limit: As of `Simulation`.
    """

    def __init__(
        self,
        *,
        n_grains: int,
        radii: tuple[float, float],
        materials: Sequence[Material],
        contacts: PairTable,
        surfaces: Sequence[Surface] = (),
        drives: Sequence[Drive] = (),
        law: Law | None = None,
        box: Box | None = None,
        overlap_limit: float | None = None,
    ) -> None:
        from regolith.simulation import Simulation

        names = [m.name for m in materials]
        table = {(a, b): Contact(restitution=0.5, friction=0.0) for a in names for b in names}
        table = {k: v for k, v in table.items() if k not in contacts and k[::-1] not in contacts} | dict(contacts)
        self.contacts = table
        self.box = box or Box(lower=[-2.0] * 3, upper=[2.0] * 3)
        self.rows = {name: k for k, name in enumerate(names)}
        self.sim = Simulation(
            np.zeros((n_grains, 3)),
            np.resize(radii, n_grains),
            materials=materials,
            contacts=table,
            box=self.box,
            time_step=1e-12,  # `put` states each case its own
            surfaces=surfaces,
            drives=drives,
            law=law,
            overlap_limit=overlap_limit,
        )
        self.parked = {s.name: s.motion for s in surfaces if s.motion is not None}

    def put(
        self,
        positions: ArrayLike,
        radii: ArrayLike,
        *,
        time_step: float,
        velocities: ArrayLike = (0.0, 0.0, 0.0),
        spins: ArrayLike = (0.0, 0.0, 0.0),
        material: str | Sequence[str] = "",
        gravity: ArrayLike = (0.0, 0.0, 0.0),
        motions: Mapping[str, Motion] | None = None,
        masses: ArrayLike | None = None,
    ) -> "Simulation":
        """Set a case up at step 0; surfaces not named in `motions` are parked, `material` is one or one a grain."""
        names = [material] * len(np.asarray(positions)) if isinstance(material, str) else list(material)
        self.sim.start_over(
            positions,
            radii,
            time_step=time_step,
            gravity=gravity,
            motions=self.parked | dict(motions or {}),
            material_index=np.array([self.rows.get(name, 0) for name in names]),
            velocities=velocities,
            spins=spins,
            masses=masses,
        )
        return self.sim

    def stored(self, value: float) -> float:
        """A number as the device holds radii: rounded to f32 in mixed precision."""
        from regolith.inputs import as_stored

        return float(as_stored(np.array([value]))[0])


OPEN_AT_ONCE = 6  # stages; each keeps its compiled kernels, a few tens of megabytes
_open: dict[Callable[[], Stage], Stage] = {}


def shared(make: Callable[[], Stage]) -> Callable[[], Stage]:
    """A stage that cases and families share: made when first asked for; the one least in use closes to make room."""

    @wraps(make)
    def stage() -> Stage:
        if make not in _open:
            while len(_open) >= OPEN_AT_ONCE:
                _open.pop(next(iter(_open))).sim.close()
            _open[make] = make()
        _open[make] = _open.pop(make)  # the last in use goes last
        return _open[make]

    return stage

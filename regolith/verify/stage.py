"""One Simulation on which case after case is set up: kernels take seconds to compile for a new one."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps

import numpy as np
from numpy.typing import ArrayLike

from regolith.box import Box
from regolith.drive import Motion
from regolith.guards import LARGEST_OVERLAP
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.simulation import Simulation
from regolith.surfaces import Surface

PARKED = Motion.at_rest((0.0, 0.0, -1e4))  # where surfaces wait that a case does not use


class Stage:
    """A Simulation whose grains and surfaces are put anew for each case.

    Args:
        n_grains: The most grains of any case.
        radii: Smallest and largest radius of any case [m].
        materials: All that cases use.
        contacts: Contact by pair of names; pairs left out get e = 0.5 without friction.
        surfaces: Each with a motion (PARKED), so that it may stand elsewhere in every case; those without one stay.
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
        contacts: Mapping[tuple[str, str], Contact],
        surfaces: Sequence[Surface] = (),
        law: Law | None = None,
        box: Box | None = None,
        overlap_limit: float = LARGEST_OVERLAP,
    ) -> None:
        names = [m.name for m in materials]
        table = {(a, b): Contact(restitution=0.5, friction=0.0) for a in names for b in names}
        table = {k: v for k, v in table.items() if k not in contacts and k[::-1] not in contacts} | dict(contacts)
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
            law=law,
            overlap_limit=overlap_limit,
        )
        self.parked = {surface.name: surface.motion for surface in surfaces if surface.motion is not None}

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
    ) -> Simulation:
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


_open: dict[Callable[[], Stage], Stage] = {}


def shared(make: Callable[[], Stage]) -> Callable[[], Stage]:
    """A family's stage: made when first asked for, and closed when another family wants its own."""

    @wraps(make)
    def stage() -> Stage:
        if make not in _open:
            for other in _open.values():
                other.sim.close()
            _open.clear()
            _open[make] = make()
        return _open[make]

    return stage

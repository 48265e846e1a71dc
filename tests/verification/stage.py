"""One Simulation on which case after case is set up: kernels take seconds to compile for a new one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from regolith_kernels import exchange

from regolith import snapshot
from regolith.box import Box
from regolith.drive import Motion
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
        surfaces: Each with a motion (PARKED), so that it may stand elsewhere in every case.
        law: The contact law.
        box: The region.
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
        )
        self.parked = list(self.sim.surroundings.motions)

    def put(
        self,
        positions: ArrayLike,
        radii: ArrayLike,
        *,
        time_step: float,
        velocities: ArrayLike = (0, 0, 0),
        spins: ArrayLike = (0, 0, 0),
        material: str | Sequence[str] = "",
        gravity: ArrayLike = (0, 0, 0),
        motions: Mapping[str, Motion] | None = None,
        masses: ArrayLike | None = None,
    ) -> Simulation:
        """Set a case up at step 0; grains without a history, surfaces not named in `motions` parked."""
        sim, x = self.sim, np.array(positions, float)
        n = len(x)
        single = np.float64 if _double() else np.float32
        names = [material] * n if isinstance(material, str) else list(material)
        sim.material_index = np.array([self.rows.get(name, 0) for name in names], np.int32)
        sim.radii = np.broadcast_to(np.asarray(radii, float), (n,)).astype(single).astype(float)
        density = np.array([m.density for m in sim.materials])[sim.material_index]
        sim.masses = density * 4 / 3 * np.pi * sim.radii**3 if masses is None else np.array(masses, float)
        sim.masses = sim.masses.astype(single).astype(float)
        sim.time_step, sim.step_count, sim.largest_overlap = time_step, 0, 0.0
        sim.set_field(gravity)
        sim.pair_list.start_over(n)
        sim.pair_list.late = 0
        exchange.put_grains(
            sim.state_group,
            x,
            *(np.array(np.broadcast_to(np.asarray(v, float), (n, 3))) for v in (velocities, spins)),
            sim.radii,
            sim.masses,
            sim.material_index,
            np.arange(n, dtype=np.int32),
        )
        snapshot.put_contacts(sim, snapshot.no_contacts(sim))
        self._pose(motions or {})
        return sim

    def _pose(self, motions: Mapping[str, Motion]) -> None:
        around = self.sim.surroundings
        unknown = set(motions) - set(around.names)
        assert not unknown, unknown
        around.motions = [motions.get(n, parked) for n, parked in zip(around.names, self.parked, strict=True)]
        around._uploaded = around._top_speed = None
        around.walls.overflow[None] = 0
        around.tallies(clear=True)


def _double() -> bool:
    from regolith_kernels.precision import PRECISION

    return PRECISION == "f64"


def single(values: ArrayLike) -> np.ndarray:
    """Values as the device holds its relative quantities: rounded to f32 in mixed precision."""
    return np.array(values, np.float64 if _double() else np.float32).astype(float)


def forces_per_step(sim: Simulation, n: int) -> dict[str, np.ndarray]:
    """Positions, velocities, spins, forces, torques of all grains after each of n steps, shape (n, n_grains, 3)."""
    kept: dict[str, list[Any]] = {k: [] for k in ("position", "velocity", "spin", "force", "torque")}
    for _ in range(n):
        sim.step()
        grains = sim.grains()
        for name, values in kept.items():
            values.append(grains[name])
    return {name: np.array(values) for name, values in kept.items()}

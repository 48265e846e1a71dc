"""The step: grains, surfaces and gravity, with control and read-back at every step. Arrays in, arrays out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from regolith_kernels import exchange
from regolith_kernels.contact_forces import respond_to_pairs
from regolith_kernels.integrate import gather_and_move
from regolith_kernels.precision import real, ti
from regolith_kernels.state import Setting

from regolith import snapshot
from regolith.box import Box
from regolith.drive import Motion
from regolith.drives import Drive, DriveSetting
from regolith.guards import GUARD_INTERVAL, LARGEST_OVERLAP, check_guards
from regolith.inputs import array, as_stored, check_box, check_room, check_step, radii_of, rows_of, vectors
from regolith.laws import LARGEST_REACH, Law, PairTable
from regolith.materials import Contact, Material
from regolith.pair_list import PairList
from regolith.pair_table import law_type, write_pair_table
from regolith.particles import State
from regolith.readings import Readings
from regolith.runtime import started
from regolith.sleep import Sleep, Sleeper
from regolith.surfaces import Surface
from regolith.walls import Surroundings

Floats = NDArray[np.float64]


class Simulation(Readings):
    """Grains that touch each other and surfaces, stepped by leapfrog.

    Grains are known by id, 0 to n - 1 in the order given; every array in or out is in that order.

    Args:
        positions: Centres [m], shape (n, 3).
        radii: [m], shape (n,) or one number.
        materials: Materials of grains and surfaces.
        contacts: One `Contact` for all pairs, or one per pair of material names.
        box: The region; grains that leave it are lost.
        time_step: [s].
        gravity: [m/s2], shape (3,).
        surfaces: Planes, cylinders, meshes.
        drives: What surfaces may ride on.
        law: Which contact law.
        material_index: Row of `materials` per grain, shape (n,); None: the first.
        velocities: [m/s], shape (n, 3) or (3,) for all, half a step old; None: at rest.
        spins: Angular velocities [rad/s], shape (n, 3) or (3,) for all; None: none.
        masses: [kg], shape (n,); None: from the material's density.
        drag: Damps all motion at this rate [1/s], for settling.
        overlap_limit: Largest overlap over radius [-] before a guard stops the run; more only where grains are meant to
            be crushed, as under a projectile.
        sleep: By what rule grains at rest may sleep, skipped until woken; None: nobody does.

    Raises:
        ConfigError: Arrays that do not fit together, unknown materials, a box too small.
    """

    def __init__(
        self,
        positions: ArrayLike,
        radii: ArrayLike,
        *,
        materials: Sequence[Material],
        contacts: Contact | PairTable,
        box: Box,
        time_step: float,
        gravity: ArrayLike = (0.0, 0.0, 0.0),
        surfaces: Sequence[Surface] = (),
        drives: Sequence[Drive] = (),
        law: Law | None = None,
        material_index: ArrayLike | None = None,
        velocities: ArrayLike | None = None,
        spins: ArrayLike | None = None,
        masses: ArrayLike | None = None,
        drag: float = 0.0,
        overlap_limit: float | None = None,
        sleep: Sleep | None = None,
    ) -> None:
        started()
        check_box(box)
        self.overlap_limit = LARGEST_OVERLAP if overlap_limit is None else overlap_limit
        positions = array(positions, (-1, 3), "positions")
        n = len(positions)
        self.materials, self.box, self.time_step = tuple(materials), box, float(time_step)
        law = law or Law()
        self.radii = as_stored(radii_of(radii, n))
        self.law = law if law.impact_radius > 0 else replace(law, impact_radius=float(np.median(self.radii)))
        self._set_grains(material_index, masses)
        self.room = n, float(self.radii.min()), float(self.radii.max())
        self.step_count = 0
        self.largest_overlap = 0.0
        self.law_type, self.n_springs = law_type(self.law)
        springs_type = ti.types.matrix(self.n_springs, 3, real)
        self.state_group = State(n, len(materials), self.law_type, springs_type, sleep is not None)
        self.pair_list = PairList(self.state_group, self.radii, box, springs_type)
        rows = {m.name: k for k, m in enumerate(materials)}
        reach = float(self.radii.max()) * (1 + (LARGEST_REACH if self.state_group.holds_on else 0))
        self.surroundings = Surroundings(surfaces, rows, reach, n, drives, self.time_step)
        self.sleeper = Sleeper(sleep, self.state_group, self.pair_list, self.surroundings)
        self.set_contacts(contacts)
        self.set_field(gravity, drag)
        self._upload(positions, velocities, spins)

    def _set_grains(self, material_index: ArrayLike | None, masses: ArrayLike | None) -> None:
        """State what the grains of `radii` are made of; their time step must be stable."""
        n = self.n_grains
        self.material_index = rows_of(material_index, n, len(self.materials))
        density = np.array([m.density for m in self.materials])[self.material_index]
        masses = density * 4 / 3 * np.pi * self.radii**3 if masses is None else array(masses, (n,), "masses")
        self.masses = as_stored(masses)
        for row in np.unique(self.material_index):
            mine = self.material_index == row
            check_step(self.time_step, self.law, self.materials[row], self.radii[mine], self.masses[mine])

    def _upload(self, positions: Floats, velocities: ArrayLike | None, spins: ArrayLike | None) -> None:
        """Put the grains on the device, in the order of their ids, without contacts."""
        n = self.n_grains
        moving = (vectors(velocities, n, "velocities"), vectors(spins, n, "spins"))
        ids = np.arange(n, dtype=np.int32)
        self.find_alike()
        self.sleeper.wake()
        exchange.put_grains(self.state_group, positions, *moving, self.radii, self.masses, self.material_index, ids)
        exchange.clear_contacts(self.state_group, n)

    def start_over(
        self,
        positions: ArrayLike,
        radii: ArrayLike,
        *,
        time_step: float | None = None,
        gravity: ArrayLike = (0.0, 0.0, 0.0),
        motions: Mapping[str, Motion] | None = None,
        material_index: ArrayLike | None = None,
        velocities: ArrayLike | None = None,
        spins: ArrayLike | None = None,
        masses: ArrayLike | None = None,
    ) -> None:
        """Begin another case at step 0, without contact history; it costs no compilation, as a new simulation does.

        Args:
            positions: Centres [m], shape (n, 3), n at most what the simulation was made for.
            radii: [m], shape (n,) or one number, in the range it was made for.
            time_step: [s]; None: as before.
            gravity: [m/s2], shape (3,).
            motions: Other motions of surfaces, by name; the rest keep theirs.
            material_index: Row of `materials` per grain, shape (n,); None: the first.
            velocities: [m/s], shape (n, 3), or (3,) for all; None: at rest.
            spins: [rad/s], shape (n, 3), or (3,) for all; None: none.
            masses: [kg], shape (n,); None: from the material's density.

        Raises:
            ConfigError: More or other grains than there is room for, unknown surfaces, an unstable time step.
        """
        positions = array(positions, (-1, 3), "positions")
        self.radii = as_stored(radii_of(radii, len(positions)))
        check_room(self.radii, self.room)
        self.time_step = self.time_step if time_step is None else float(time_step)
        self._set_grains(material_index, masses)
        self.step_count, self.largest_overlap = 0, 0.0
        self.pair_list.start_over(len(positions))
        self.set_field(gravity)
        self.surroundings.start_over(motions or {}, self.time_step)
        self._upload(positions, velocities, spins)

    @property
    def time(self) -> float:
        """Simulated time [s]: steps times time step."""
        return self.step_count * self.time_step

    def step(self, n: int = 1) -> None:
        """Advance by n steps.

        Raises:
            GuardTripped: Non-finite values, overlaps beyond `overlap_limit`, too many contacts of one grain.
        """
        target = self.step_count + n
        while self.step_count < target:
            if self.step_count >= self.pair_list.next_check:
                self.pair_list.refresh(self.step_count, self.time_step, self.surroundings)
            until = min(target, self.pair_list.next_check, self._next_stop())
            for _ in range(until - self.step_count):
                self._advance()
            self.sleeper.look(self.step_count, self.time_step)
            if self.step_count % GUARD_INTERVAL == 0:
                self.check()

    def _next_stop(self) -> int:
        guard = (self.step_count // GUARD_INTERVAL + 1) * GUARD_INTERVAL
        return min(guard, self.sleeper.next_look(self.step_count))

    def _advance(self) -> None:
        pairs, around = self.pair_list, self.surroundings
        now = around.pose(self.step_count, self.time_step)
        n, forgotten = self.sleeper.n_computed()
        n_led = pairs.n_active if forgotten else n
        respond_to_pairs(self.state_group, pairs.listing, n_led, pairs.wraps, self.alike)
        if forgotten:
            self.sleeper.hold_still(now, anew=True)
        gather_and_move(self.state_group, pairs.listing, around.walls, n, len(around), now)
        self.step_count += 1

    def check(self) -> None:
        """Look for what must not happen.

        Raises:
            GuardTripped: See `guards`.
        """
        self.largest_overlap = max(self.largest_overlap, check_guards(self))

    def retain(self, keep: ArrayLike, masses: ArrayLike | None = None) -> None:
        """Keep some grains, numbered anew in their order; contacts start without history.

        Args:
            keep: Which, by id, shape (n,).
            masses: Their new masses [kg]; None: as they were.
        """
        ids = np.flatnonzero(keep)
        grains = self.grains()
        masses = grains["mass"][ids] if masses is None else array(masses, (len(ids),), "masses")
        self.radii, self.masses = self.radii[ids], as_stored(masses)
        self.material_index = self.material_index[ids]
        self.pair_list.start_over(len(ids))
        self._upload(*(np.ascontiguousarray(grains[k][ids]) for k in ("position", "velocity", "spin")))

    def retire(self, which: NDArray[np.bool_]) -> None:
        """Take grains out of the simulation, as if they had left the box; they keep their ids and count as lost.

        Args:
            which: By id, shape (n,).
        """
        raw = snapshot.get_grains(self)
        gone = which[raw["id"]]
        raw["position"][gone, 2] = np.asarray(self.box.upper)[2] + self.box.size[2]
        raw["velocity"][gone] = raw["spin"][gone] = 0.0
        snapshot.put_grains(self, raw)
        self.sleeper.wake()
        self.pair_list.rebuild(self.time_step)

    def kick(self, velocity: ArrayLike) -> None:
        """Add a velocity [m/s], shape (3,), to all grains: a tap on the container."""
        raw = snapshot.get_grains(self)
        raw["velocity"] += array(velocity, (3,), "velocity")
        snapshot.put_grains(self, raw)
        self.sleeper.wake()
        self.pair_list.look_again(self.step_count)

    def resize(self, radii: ArrayLike) -> None:
        """Grow or shrink the grains where they are; masses stay, and so does what contacts remember.

        Args:
            radii: [m], shape (n,) or one number, in the range the simulation was made for.

        Raises:
            ConfigError: Radii outside that range.
        """
        asked = as_stored(radii_of(radii, self.n_grains))
        check_room(asked, self.room)
        raw = snapshot.get_grains(self)
        snapshot.put_grains(self, raw | {"radius": np.ascontiguousarray(asked[raw["id"]])})
        self.sleeper.wake()
        self.pair_list.rebuild(self.time_step)

    def take(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """All that the next step depends on: arrays and numbers, from which `restore` goes on to the last bit."""
        return snapshot.take(self)

    def restore(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
        """Go on from what `take` gave, in a simulation made with the same arguments."""
        snapshot.restore(self, arrays, meta)

    def close(self) -> None:
        """Give the device's memory back; the simulation cannot be used afterwards."""
        self.pair_list.destroy()
        self.surroundings.walls.destroy()
        self.state_group.destroy()

    def __enter__(self) -> "Simulation":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def set_field(self, gravity: ArrayLike, drag: float = 0.0) -> None:
        """State anew the gravity [m/s2], shape (3,), and the rate at which all motion is damped [1/s]."""
        self.sleeper.wake()
        self.gravity, self.drag = array(gravity, (3,), "gravity"), float(drag)
        self.state_group.setting[None] = Setting(
            time_step=self.time_step,
            gravity=self.gravity,
            drag=self.drag,
            period=self.box.period,
            inverse_period=self.pair_list.inverse_period,
        )

    def set_motion(self, name: str, motion: Motion) -> None:
        """State anew how a surface moves from now on; it should go on from where the surface is.

        Raises:
            ConfigError: A surface of that name does not exist, or was made to stay at rest.
        """
        self.surroundings.set_motions({name: motion})
        self.sleeper.wake()
        self.pair_list.look_again(self.step_count)

    def set_drive(self, name: str, setting: DriveSetting) -> None:
        """State anew all set points and limits of a drive, from the present step on.

        Raises:
            ConfigError: No drive of that name, or a value out of range.
        """
        self.surroundings.driving.set(name, setting)
        self.sleeper.wake()
        self.pair_list.look_again(self.step_count)

    def set_contacts(self, contacts: Contact | PairTable) -> None:
        """State anew how the materials touch; what the grains remember of their contacts stays."""
        self.sleeper.wake()
        r_min = float(self.radii.min())
        write_pair_table(self.state_group.laws, self.law_type, self.law, self.materials, contacts, r_min)

"""What can be read off a simulation at any step; every array is in the order of the grains' ids."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from regolith_kernels import measure

from regolith import snapshot

if TYPE_CHECKING:
    from regolith.box import Box
    from regolith.drives import DriveSetting
    from regolith.pair_list import PairList
    from regolith.particles import State
    from regolith.sleep import Sleeper
    from regolith.walls import Surroundings

Floats = NDArray[np.float64]


class Readings:
    """The reading half of `Simulation`: its state, and what is read off it."""

    radii: Floats
    masses: Floats
    material_index: NDArray[np.int32]
    gravity: Floats
    box: "Box"
    state_group: "State"
    pair_list: "PairList"
    sleeper: "Sleeper"
    surroundings: "Surroundings"
    n_springs: int
    step_count: int
    largest_overlap: float
    alike: bool  # all grains are of one material

    def find_alike(self) -> None:
        """See whether all grains are of one material: the pair pass then reads one law for many contacts."""
        self.alike = bool((self.material_index == self.material_index[0]).all())

    @property
    def n_grains(self) -> int:
        """How many grains there are, lost ones included."""
        return len(self.radii)

    def grains(self) -> dict[str, np.ndarray]:
        """Everything about the grains, by id: position, velocity, spin, radius, mass, force, torque, material."""
        return {name: values for name, values in snapshot.get_grains(self, by_id=True).items() if name != "id"}

    def lost(self) -> NDArray[np.bool_]:
        """Which grains have left the box, by id, shape (n,). Known since the last time the pair list was made."""
        flags = np.zeros(self.n_grains, bool)
        flags[snapshot.get_ids(self)[self.pair_list.n_active :]] = True
        return flags

    def pairs(self) -> dict[str, np.ndarray]:
        """Touching pairs: i, j (ids), force that i feels [N], springs [m]; unordered."""
        ids = snapshot.get_ids(self)
        raw = snapshot.get_pairs(self)
        touching = raw["touching"] != 0
        return {
            "i": ids[raw["i"][touching]],
            "j": ids[raw["j"][touching]],
            "force": raw["force"][touching],
            "springs": raw["springs"][touching],
        }

    def links(self) -> tuple[np.ndarray, np.ndarray]:
        """Ids of the two grains of each touching pair, unordered."""
        return snapshot.get_links(self)

    def coordination(self) -> NDArray[np.int64]:
        """How many grains each grain touches, by id, shape (n,)."""
        return np.bincount(np.concatenate(self.links()), minlength=self.n_grains)

    def surface_contacts(self) -> dict[str, np.ndarray]:
        """Contacts of grains with surfaces: grain (id), surface (row), patch, overlap [m], springs [m]."""
        ids = snapshot.get_ids(self)
        raw = snapshot.get_contacts(self)
        held = np.argwhere(raw["patch"] >= 0)
        at = (held[:, 0], held[:, 1])
        return {
            "grain": ids[held[:, 0]],
            "surface": raw["surface"][at],
            "patch": raw["patch"][at],
            "overlap": raw["overlap"][at],
            "springs": raw["springs"][at],
        }

    def wrench(self, name: str) -> tuple[Floats, Floats]:
        """Force of the grains on a surface [N] and its moment about the surface's origin [N m], in the last step."""
        record = self.surroundings.walls.wrenches[self.surroundings.names.index(name)]
        return np.array(record.force.to_numpy(), float), np.array(record.torque.to_numpy(), float)

    def tally(self, name: str) -> dict[str, Any]:
        """What a surface felt since the start, and what it did.

        Returns:
            impulse [N s] (3,), angular_impulse [N m s] (3,) about the surface's origin, work [J] done on the grains.
        """
        row = self.surroundings.tallies(clear=False)[self.surroundings.names.index(name)]
        return {"impulse": row[:3], "angular_impulse": row[3:6], "work": row[6]}

    def drive(self, name: str) -> dict[str, float]:
        """Where a drive is, how it moves, and the forces of the last step; along its direction, torques about it.

        Returns:
            advance [m], feed_rate [m/s], angle [rad], spin_rate [rad/s] (rates half a step old); force [N] and torque
            [N m] of the actuators; weight_on_bit [N] and reaction_torque [N m] of the grains, positive where they
            resist an advance and a positive spin.
        """
        return self.surroundings.driving.state(name)

    def drive_setting(self, name: str) -> "DriveSetting":
        """The set points and limits of a drive that hold now."""
        return self.surroundings.driving.setting(name)

    def drive_tallies(self, name: str, clear: bool = True) -> dict[str, float]:
        """What a drive did since its tally was last cleared.

        Returns:
            time [s]; means over it of force [N] and torque [N m] (actuators), weight_on_bit and reaction_torque
            (grains); feed_work, spin_work and hammer_work [J] done on the body; blows; peaks of single steps:
            peak_force, peak_torque, peak_feed_power [W], peak_spin_power (actuators: within their limits),
            peak_weight_on_bit, peak_reaction_torque (grains); feed_limited, spin_limited: share of the steps in which
            a limit kept an actuator from what it asked for.
        """
        return self.surroundings.driving.tally(name, clear)

    def sums(self) -> dict[str, Any]:
        """Energies [J], momentum [N s], angular momentum about the origin [N m s], mean net force [N]."""
        total = np.array(measure.sum_grains(self.state_group, self.pair_list.n_active, self.gravity).to_list())
        return {
            "kinetic": total[0],
            "rotational": total[1],
            "potential": total[2],
            "momentum": total[3:6],
            "angular_momentum": total[6:9],
            "net_force": total[9] / max(self.pair_list.n_active, 1),
            "mass": total[10],
            "not_finite": total[11],
        }

    def contact_sums(self) -> dict[str, float]:
        """Largest overlap over radius [-], touching pairs, coordination number [-], largest pair force [N]."""
        pairs = self.pair_list
        overlap, touching, force = measure.sum_contacts(
            self.state_group, pairs.listing, pairs.n_active, self.box.period, pairs.inverse_period
        )
        return {
            "overlap": float(overlap),
            "touching": float(touching),
            "force": float(force),
            "coordination": 2 * float(touching) / max(pairs.n_active, 1),
        }

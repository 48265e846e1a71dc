"""The drives of a simulation on the device: stated, set, read, saved."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from regolith_kernels import drives as kernels
from regolith_kernels import exchange

from regolith.drives import Drive, DriveSetting, check_drive, check_setting, columns_of, setting_of
from regolith.errors import ConfigError, OutputError
from regolith.inputs import array
from regolith.particles import DRIVE_STATE, DRIVE_TALLY, POSE_BATCH, Walls
from regolith.poses import as_matrices
from regolith.surfaces import Cylinder, Mesh, Surface, unit

Floats = NDArray[np.float64]
Record = dict[str, float]
AS_TALLIED = (
    *("feed_work", "spin_work", "hammer_work", "blows"),
    *("peak_force", "peak_torque", "peak_feed_power", "peak_spin_power"),
)
POSE_NUMBERS = 21  # origin, velocity, spin, center, rotation


class Driving:
    """Drives on the device, and what is known of the surfaces that ride on them.

    Args:
        drives: As users state them.
        surfaces: All surfaces, in the order of the poses.
        walls: The group that holds drives and poses; it waits for `start_over`.

    Raises:
        ConfigError: Names that collide or are unknown, a surface with a motion and a drive.
    """

    def __init__(self, drives: Sequence[Drive], surfaces: Sequence[Surface], walls: Walls) -> None:
        self.drives, self.names = tuple(drives), [d.name for d in drives]
        self.riders = [riding(s, self.names) for s in surfaces]
        self.walls = walls
        if len(set(self.names)) < len(self.names):
            raise ConfigError(f"drives: names must differ; got {self.names}")
        for k, drive in enumerate(drives):
            matrix = np.eye(3) if drive.rotation is None else as_matrices(drive.rotation, 1)[0]
            walls.axles[k] = kernels.Axle(
                origin=array(drive.origin, (3,), f"drive {drive.name!r}: origin"),
                direction=unit(drive.direction, f"drive {drive.name!r}: direction"),
                rotation=matrix,
                mass=drive.mass,
                inertia=drive.inertia,
                response_time=drive.response_time,
            )
        self._arms = [self._arm(surface, k) for surface, k in zip(surfaces, self.riders, strict=True)]

    def _arm(self, surface: Surface, k: int | None) -> float:
        """How far a surface's points may be from the axis that they turn about [m]; planes count by their origin."""
        if k is None or not surface.turns:
            return 0.0
        if isinstance(surface, Mesh):
            axle = self.walls.axles[k]
            along = axle.rotation.to_numpy().T @ axle.direction.to_numpy()
            return float(np.linalg.norm(np.cross(surface.mesh.vertices, along), axis=1).max())
        return surface.radius if isinstance(surface, Cylinder) else 0.0

    def start_over(self, time_step: float) -> None:
        """All drives where they start, as they are set at the start.

        Raises:
            ConfigError: A value of one is out of range.
        """
        for drive in self.drives:
            check_drive(drive, time_step)
        self.time_step = time_step
        if self.drives:
            still = dict.fromkeys(DRIVE_STATE, 0.0)
            tally = np.zeros((len(self.drives), len(DRIVE_TALLY)))
            self._put([still | columns_of(drive.setting) for drive in self.drives], tally)
            kernels.place_surfaces(self.walls, len(self.riders), 0)

    def set(self, name: str, setting: DriveSetting) -> None:
        """Other set points and limits from the present step on."""
        check_setting(name, setting, self.time_step)
        records, k = self._get(), self._row(name)
        if setting.percussion != setting_of(records[k]).percussion:
            records[k] |= {"blows_since": records[k]["steps"], "striking": 0.0}
        records[k] |= columns_of(setting)
        self._put(records, self._tables()[1])

    def setting(self, name: str) -> DriveSetting:
        """What is set now."""
        return setting_of(self._get()[self._row(name)])

    def state(self, name: str) -> Record:
        """Where a drive is, how it moves, and the forces of the last step; see `Simulation.drive`."""
        record = self._get()[self._row(name)]
        return {
            "advance": record["advance"],
            "feed_rate": record["speed"],
            "angle": record["angle"],
            "spin_rate": record["spin"],
            "force": record["force"],
            "torque": record["torque"],
            "weight_on_bit": 0.0 - record["soil_force"],
            "reaction_torque": 0.0 - record["soil_torque"],
        }

    def tally(self, name: str, clear: bool) -> Record:
        """Means, work and peaks since the tally was last cleared; see `Simulation.drive_tallies`."""
        state, table = self._tables()
        k = self._row(name)
        record = dict(zip(DRIVE_TALLY, table[k].tolist(), strict=True))
        if clear:
            table[k] = 0.0
            exchange.put_drives(self.walls, state, table)
        steps = max(record["n_steps"], 1.0)
        time = steps * self.time_step
        return {
            "time": record["n_steps"] * self.time_step,
            "force": record["impulse"] / time,
            "torque": record["angular_impulse"] / time,
            "weight_on_bit": 0.0 - record["soil_impulse"] / time,
            "reaction_torque": 0.0 - record["soil_angular_impulse"] / time,
            **{key: record[key] for key in AS_TALLIED},
            "peak_weight_on_bit": record["peak_soil_push"],
            "peak_reaction_torque": record["peak_soil_torque"],
            "feed_limited": record["feed_limited"] / steps,
            "spin_limited": record["spin_limited"] / steps,
        }

    def pose(self, s: int, time: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Origin, rotation, velocity and spin of surface s, which rides on a drive, at the present time.

        Raises:
            ConfigError: Another time is asked for.
        """
        steps = self._steps()
        if abs(time - steps * self.time_step) > 0.5 * self.time_step:
            raise ConfigError(
                f"pose at t = {time:g} s: a surface on a drive has a pose at the present time alone, "
                f"{steps * self.time_step:g} s"
            )
        numbers = self._poses()[s]
        return numbers[:3], numbers[12:].reshape(3, 3), numbers[3:6], numbers[6:9]

    def top_speed(self) -> float:
        """Largest speed that a point of a surface has now or is asked for [m/s]."""
        records = self._get()
        bounds = [0.0]
        for k, arm in zip(self.riders, self._arms, strict=True):
            if k is not None:
                r = records[k]
                blow = (2 * r["blow_energy"] / self.drives[k].mass) ** 0.5
                spin = max(abs(r["spin"]), abs(r["spin_rate"]))
                bounds.append(max(abs(r["speed"]), abs(r["feed_rate"])) + blow + arm * spin)
        return max(bounds)

    def take(self) -> dict[str, NDArray[np.float64]]:
        """Everything about the drives, to be saved; nothing where there are none."""
        if not self.drives:
            return {}
        state, tally = self._tables()
        return {"drives/state": state, "drives/tally": tally, "drives/poses": self._poses()}

    def restore(self, arrays: Mapping[str, NDArray[np.float64]]) -> None:
        """Put back what `take` gave.

        Raises:
            OutputError: It is of other drives.
        """
        saved = len(arrays.get("drives/state", ()))
        if saved != len(self.drives):
            raise OutputError(
                f"the saved state has {saved} drives, the simulation {len(self.drives)}: it is of another mission"
            )
        if self.drives:
            exchange.put_drives(self.walls, arrays["drives/state"], arrays["drives/tally"])
            exchange.put_driven_poses(self.walls, self._steps() % POSE_BATCH, arrays["drives/poses"])

    def _row(self, name: str) -> int:
        if name not in self.names:
            raise ConfigError(f"drive {name!r}: no such drive; there are {self.names}")
        return self.names.index(name)

    def _steps(self) -> int:
        return int(self._get()[0]["steps"])

    def _poses(self) -> Floats:
        out = np.empty((len(self.riders), POSE_NUMBERS))
        exchange.get_poses(self.walls, self._steps() % POSE_BATCH, out)
        return out

    def _tables(self) -> tuple[Floats, Floats]:
        n = len(self.drives)
        state, tally = np.empty((n, len(DRIVE_STATE))), np.empty((n, len(DRIVE_TALLY)))
        if n:
            exchange.get_drives(self.walls, state, tally)
        return state, tally

    def _get(self) -> list[Record]:
        return [dict(zip(DRIVE_STATE, row, strict=True)) for row in self._tables()[0].tolist()]

    def _put(self, records: list[Record], tally: Floats) -> None:
        exchange.put_drives(self.walls, np.array([[r[name] for name in DRIVE_STATE] for r in records]), tally)


def riding(surface: Surface, drives: Sequence[str]) -> int | None:
    """Row of the drive that a surface rides on.

    Raises:
        ConfigError: It is unknown, or the surface has a motion too.
    """
    if surface.drive is None:
        return None
    if surface.motion is not None:
        raise ConfigError(f"surface {surface.name!r}: has a motion and a drive; state one of them")
    if surface.drive not in drives:
        raise ConfigError(f"surface {surface.name!r}: drive = {surface.drive!r}: is none of {list(drives)}")
    return list(drives).index(surface.drive)

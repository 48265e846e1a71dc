"""What a run writes down while it goes: rows of the history, frames of grains and tool, and the running totals."""

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regolith.drill_record import DRILL_COLUMNS, DrillReader
from regolith.errors import OutputError
from regolith.output.history import History
from regolith.output.rundir import RunDir
from regolith.output.trajectory import GrainTrajectory, ToolTrajectory
from regolith.sampling import BED, CAPTURED, SPILLED, Sampler, Verdict
from regolith.simulation import Simulation
from regolith.traits import traits

COLUMNS = {
    "force_x": ("N", "force of the soil on the tool, mean since the last row"),
    "force_y": ("N", "force of the soil on the tool, mean since the last row"),
    "force_z": ("N", "force of the soil on the tool, mean since the last row"),
    "torque_x": ("N m", "moment of the soil about the origin of the tool's frame, world axes, mean since the last row"),
    "torque_y": ("N m", "moment of the soil about the origin of the tool's frame, world axes, mean since the last row"),
    "torque_z": ("N m", "moment of the soil about the origin of the tool's frame, world axes, mean since the last row"),
    "force_peak": ("N", "largest force of a single step since the last row"),
    "torque_peak": ("N m", "largest moment of a single step since the last row"),
    "work": ("J", "work of the tool on the soil so far"),
    "captured_mass": ("kg", "mass held by the tool"),
    "captured_volume": ("m3", "captured mass over the undisturbed bed's bulk density"),
    "heap_mass": ("kg", "captured mass outside the capture volume"),
    "spilled_mass": ("kg", "mass carried and dropped, or gone from the box"),
    "bed_mass": ("kg", "all other mass"),
    "captured_grains": ("1", "captured grains"),
    "spilled_grains": ("1", "spilled grains"),
    "bed_grains": ("1", "all other grains"),
    "lost_grains": ("1", "grains gone from the box, among the spilled"),
    "origin_depth_mean": ("m", "mean depth below the surface from which the captured grains came"),
    "tool_x": ("m", "origin of the tool's frame"),
    "tool_y": ("m", "origin of the tool's frame"),
    "tool_z": ("m", "origin of the tool's frame"),
    "tool_pitch": ("rad", "nose-down rotation of the tool about y"),
    "kinetic_energy": ("J", "of translation and rotation of all grains"),
    "largest_overlap": ("1", "largest overlap over radius at this row"),
    "coordination_number": ("1", "mean number of grains that a grain touches"),
}
FIELDS = {"velocity": ("m/s", 3), "spin": ("rad/s", 3), "status": ("1", 1), "coordination": ("1", 1)}
FLUSH_ROWS = 32  # an append costs about as much as a frame of 10,000 grains, however many rows it adds
TOTALS = (
    *("work", "peak_force", "peak_torque", "raw_peak_force", "raw_peak_torque", "peak_power"),
    *("impulse", "angular_impulse", "last_time"),
)


class Recorder:
    """Writes the record of one run; rows are gathered, and written now and then, at checkpoints and at the end.

    Args:
        sim: The run.
        sampler: Judges the grains.
        rundir: Where the files go.
        bulk_density: Of the undisturbed bed [kg/m3].
        drill: Reads the drill's drive; None: the tool is not driven.
    """

    def __init__(
        self, sim: Simulation, sampler: Sampler, rundir: RunDir, bulk_density: float, drill: DrillReader | None = None
    ) -> None:
        self.sim, self.sampler, self.rundir, self.drill = sim, sampler, rundir, drill
        self.totals = dict.fromkeys(TOTALS, 0.0)
        self.recorded = -1  # step of the newest row
        self.bulk_density = bulk_density
        self._rows: list[tuple[int, dict[str, float]]] = []
        self._verdict: Verdict | None = None
        self._captured_mass = 0.0
        names = sim.surroundings.names
        self._parts = [names.index(name) for name in ("tool", "liner") if name in names]

    @property
    def captured_mass(self) -> float:
        """At the newest row [kg]."""
        return self._captured_mass

    def create(self) -> None:
        """Start the files."""
        sim = self.sim
        static: dict[str, tuple[np.ndarray, str]] = {
            "id": (self.sampler.site_ids, "1"),
            "diameter": (2 * sim.radii, "m"),
            "mass": (sim.masses, "kg"),
            "origin_depth": (self.sampler.origin_depth, "m"),
        }
        GrainTrajectory.create(self.rundir.grains, static=static, fields=FIELDS)
        wrench = {"force": ("N", 3), "torque": ("N m", 3)}
        ToolTrajectory.create(self.rundir.tools, self._tool_faces(), fields=wrench)
        columns = COLUMNS | (DRILL_COLUMNS if self.drill else {})
        History.create(self.rundir.history, {"time": ("s", "simulated time"), **columns})

    def _tool_faces(self) -> NDArray[np.int64]:
        """Of the tool and, numbered on, of its liner."""
        tool = self.sampler.tool
        liner = [tool.liner.faces + len(tool.mesh.vertices)] if tool.liner else []
        return np.vstack([tool.mesh.faces, *liner])

    def record(self, frame: bool) -> None:
        """A row of the history, and a frame if asked; nothing if this step is on record already."""
        if self.sim.step_count <= self.recorded:
            return
        self.recorded = self.sim.step_count
        self._verdict = self.sampler.judge()
        self._captured_mass = self._mass(CAPTURED)
        row = self._row(self._verdict)
        self._rows.append((self.recorded, row))
        if len(self._rows) >= FLUSH_ROWS:
            self.flush()
        if frame:
            try:
                self._frame(self._verdict, row)
            except OutputError:
                with suppress(OutputError):  # a disk too full for a frame may still take the rows
                    self.flush()
                raise

    def flush(self) -> None:
        """Write the gathered rows."""
        if self._rows:
            steps = np.array([step for step, _ in self._rows])
            columns = {name: np.array([row[name] for _, row in self._rows]) for name in self._rows[0][1]}
            History.open(self.rundir.history).append(steps, columns)
            self._rows.clear()

    def _row(self, verdict: Verdict) -> dict[str, float]:
        sim = self.sim
        origin, rotation = sim.surroundings.pose_at("tool", sim.time)[:2]
        sums, contacts = sim.sums(), sim.contact_sums()
        captured = verdict.status == CAPTURED
        depth = self.sampler.origin_depth[captured]
        values = dict(zip(("tool_x", "tool_y", "tool_z"), origin.tolist(), strict=True))
        counts = np.bincount(verdict.status, minlength=3)
        return (
            values
            | self._wrench_row()
            | (self.drill.row(verdict, self.sampler.surface_z) if self.drill else {})
            | {
                "time": sim.time,
                "captured_mass": self._mass(CAPTURED),
                "spilled_mass": self._mass(SPILLED),
                "bed_mass": self._mass(BED),
                "heap_mass": float(sim.masses[verdict.heap].sum()),
                "captured_volume": self._mass(CAPTURED) / self.bulk_density,
                "captured_grains": float(counts[CAPTURED]),
                "spilled_grains": float(counts[SPILLED]),
                "bed_grains": float(counts[BED]),
                "lost_grains": float(self.sampler.lost.sum()),
                "origin_depth_mean": float(depth.mean()) if len(depth) else 0.0,
                "tool_pitch": float(np.arctan2(-rotation[2, 0], rotation[0, 0])),
                "kinetic_energy": float(sums["kinetic"] + sums["rotational"]),
                "largest_overlap": contacts["overlap"],
                "coordination_number": contacts["coordination"],
            }
        )

    def _wrench_row(self) -> dict[str, float]:
        tallies = self.sim.surroundings.tallies(clear=True)[self._parts]
        # parts share an origin, so their moments add up; their peaks may fall on different steps: the larger one counts
        tally = np.append(tallies[:, :7].sum(axis=0), tallies[:, 7:].max(axis=0))
        since = self.sim.time - self.totals["last_time"]
        force, torque = (tally[0:3] / since, tally[3:6] / since) if since > 0 else (np.zeros(3), np.zeros(3))
        total = self.totals
        total["last_time"] = self.sim.time
        total["work"] += float(tally[6])
        total["impulse"] += float(np.linalg.norm(force)) * since
        total["angular_impulse"] += float(np.linalg.norm(torque)) * since
        total["peak_power"] = max(total["peak_power"], float(tally[6]) / since if since > 0 else 0.0)
        total["peak_force"] = max(total["peak_force"], float(np.linalg.norm(force)))
        total["peak_torque"] = max(total["peak_torque"], float(np.linalg.norm(torque)))
        total["raw_peak_force"] = max(total["raw_peak_force"], float(tally[7]))
        total["raw_peak_torque"] = max(total["raw_peak_torque"], float(tally[8]))
        row = {f"force_{axis}": float(f) for axis, f in zip("xyz", force, strict=True)}
        row |= {f"torque_{axis}": float(t) for axis, t in zip("xyz", torque, strict=True)}
        return row | {"force_peak": float(tally[7]), "torque_peak": float(tally[8]), "work": total["work"]}

    def _mass(self, status: int) -> float:
        return float(self.sim.masses[self._verdict.status == status].sum()) if self._verdict else 0.0

    def _frame(self, verdict: Verdict, row: dict[str, float]) -> None:
        step, time = self.sim.step_count, self.sim.time
        grains = verdict.grains
        data = {
            "velocity": grains["velocity"],
            "spin": grains["spin"],
            "status": verdict.status,
            "coordination": self.sim.coordination(),
        }
        GrainTrajectory(self.rundir.grains).append(time, step, grains["position"], data)
        wrench = {what: np.array([row[f"{what}_{axis}"] for axis in "xyz"]) for what in ("force", "torque")}
        ToolTrajectory(self.rundir.tools).append(time, step, self._tool_points(), wrench)

    def _tool_points(self) -> NDArray[np.float64]:
        """Vertices of the tool and of its liner now [m], shape (v, 3)."""
        tool, points = self.sampler.tool, []
        for name, mesh in (("tool", tool.mesh), ("liner", tool.liner)):
            if mesh:
                origin, rotation = self.sim.surroundings.pose_at(name, self.sim.time)[:2]
                points.append(mesh.vertices @ rotation.T + origin)
        return np.vstack(points)

    def drill_result(self, drilled: float) -> dict[str, Any]:
        """What the drill and its core say; nothing of other tools."""
        if not self.drill or not self._verdict:
            return {}
        return self.drill.result(self.sampler, self._verdict, drilled)

    def result(self) -> dict[str, Any]:
        """Totals of the whole run."""
        total, captured = self.totals, self.verdict.status == CAPTURED
        counts = np.bincount(self.verdict.status, minlength=3)
        mass = self.captured_mass
        depth = self.sampler.origin_depth[captured]
        return {
            "captured_mass_kg": mass,
            "spilled_mass_kg": self._mass(SPILLED),
            "bed_mass_kg": self._mass(BED),
            "captured_grains": int(counts[CAPTURED]),
            "spilled_grains": int(counts[SPILLED]),
            "bed_grains": int(counts[BED]),
            "lost_grains": int(self.sampler.lost.sum()),
            "captured_volume_m3": mass / self.bulk_density,
            "peak_force_N": total["peak_force"],
            "peak_torque_Nm": total["peak_torque"],
            "raw_peak_force_N": total["raw_peak_force"],
            "raw_peak_torque_Nm": total["raw_peak_torque"],
            "mean_force_N": total["impulse"] / max(self.sim.time, 1e-300),
            "mean_torque_Nm": total["angular_impulse"] / max(self.sim.time, 1e-300),
            "peak_power_W": total["peak_power"],
            "mean_power_W": total["work"] / max(self.sim.time, 1e-300),
            "work_J": total["work"],
            "specific_energy_J_per_kg": total["work"] / mass if mass > 0 else None,
            "mean_origin_depth_m": float(depth.mean()) if len(depth) else None,
            **traits(2 * self.sim.radii, self.sim.masses, self.sampler.origin_depth, captured),
        }

    @property
    def verdict(self) -> Verdict:
        """At the newest row."""
        assert self._verdict is not None
        return self._verdict

    def take(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            "totals": self.totals,
            "recorded": self.recorded,
            "captured_mass": self._captured_mass,
            "drill": self.drill.take() if self.drill else {},
        }

    def restore(self, meta: dict[str, Any], step: int) -> None:
        """Go on from a checkpoint: later rows and frames are dropped and will be written again, the same."""
        self.totals, self.recorded = dict(meta["totals"]), meta["recorded"]
        if self.drill:
            self.drill.restore(meta["drill"])
        for file in (
            GrainTrajectory.open(self.rundir.grains),
            ToolTrajectory.open(self.rundir.tools),
            History.open(self.rundir.history),
        ):
            file.truncate(step)
        self._captured_mass = meta["captured_mass"]

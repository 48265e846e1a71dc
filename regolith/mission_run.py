"""The run loop of a mission: steps the simulation, records what it does, saves checkpoints, ends with the result."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from regolith import snapshot
from regolith.assemble import Plan
from regolith.bed import Bed, make_bed
from regolith.descent import Descent
from regolith.drill_record import DrillReader
from regolith.errors import GuardTripped, Interrupted, OutputError
from regolith.ground import container, law_of, sleep_of
from regolith.guards import check_guards
from regolith.guide import drives_of, guide_of, surfaces_of
from regolith.materials import Contact, Material
from regolith.output import checkpoint
from regolith.output.rundir import RunDir
from regolith.recorder import Recorder
from regolith.rocks import largest_rock
from regolith.runtime import peak_memory, started
from regolith.sampling import Sampler
from regolith.simulation import Simulation
from regolith.soil import Soil
from regolith.trench import take_over
from regolith.watch import Progress, Watch

CHUNK = 64  # steps between two looks at the watch
ROWS_PER_FRAME = 5
NEWS_INTERVAL = 0.5  # wall time between two words to the watch [s]
STATUS_INTERVAL = 5.0  # and between two writes of status.json [s]


class MissionRun:
    """One mission on one simulation.

    Args:
        plan: The mission, checked.
        rundir: Where its record goes; a checkpoint found there is gone on from.
        watch: Told of the progress.
    """

    def __init__(self, plan: Plan, rundir: RunDir, watch: Watch) -> None:
        self.plan, self.config, self.soil, self.tool = plan, plan.config, plan.soil, plan.tool
        self.time_step, self.rundir, self.watch = plan.time_step, rundir, watch
        self.surface_z = plan.config.bed.depth
        found = self._checkpoint()
        self.bed = None if found else self._bed()
        n_grains = found.meta["state"]["n_grains"] if found else self.bed.meta["n_grains"]  # type: ignore[union-attr]
        self.watch.stage("starting", 0.0)
        self.sim = self._simulation(n_grains)
        if self.bed:
            snapshot.branch(self.sim, self.bed.arrays, self.bed.meta)
        drills = isinstance(plan.motion, Descent)
        self.sampler = Sampler(self.sim, self.tool, self.surface_z, heaps=not drills)
        if self.bed and self.bed.origin:
            self.sampler.trace(self.bed.origin)
        self.guide = guide_of(plan, self.sim, self.sampler)
        self.wall_before, self.began = 0.0, time.monotonic()
        notes = found.meta["bed"] if found else self.bed.notes  # type: ignore[union-attr]
        self.bed_notes: dict[str, float] = notes
        drill = DrillReader(self.sim, plan) if drills else None
        self.recorder = Recorder(self.sim, self.sampler, rundir, notes["bulk_density"], drill)
        if found:
            self._resume(found)
        else:
            self.recorder.create()
            self.guide.begin()
        rundir.write_manifest(self._manifest())

    def __enter__(self) -> "MissionRun":
        return self

    def __exit__(self, *_: object) -> None:
        self.sampler.close()
        self.sim.close()

    def go(self) -> dict[str, Any]:
        """Run until the guide says that it is over; the result.

        Raises:
            Interrupted: The watch asked to stop; a checkpoint is written.
            GuardTripped: The state is dumped beside the checkpoints.
        """
        output, row_every = self.config.output, self.row_every
        frame_every = max(1, round(1 / (output.frames_per_second * row_every * self.sim.time_step))) * row_every
        saved = told = time.monotonic()
        status = 0.0
        step_told = self.sim.step_count
        while True:
            step, last = self.sim.step_count, self.guide.over()
            if last:
                with self._dumping():
                    self.sim.check()  # the guards look every so many steps, and the last ones are fewer
            if step % row_every == 0 or last:
                self.recorder.record(frame=step % frame_every == 0 or last)
            now = time.monotonic()
            if last:
                self.recorder.flush()
                break
            if self.watch.stop_asked():
                self.save()
                raise Interrupted(
                    f"stopped at t = {self.sim.time:.4g} s of {self.guide.end:.4g} s; the checkpoint is written. "
                    f"Go on with: regolith resume {self.rundir.path}"
                )
            if now - saved > output.checkpoint_interval:
                self.save()
                saved = time.monotonic()
            if now - told > NEWS_INTERVAL:
                self._tell((step - step_told) / (now - told), write=now - status > STATUS_INTERVAL)
                status = now if now - status > STATUS_INTERVAL else status
                told, step_told = now, step
            self._advance(min(step + CHUNK, (step // row_every + 1) * row_every, self.guide.next_look(step)))
        if output.final_state:
            self._keep_final_state()
        return self._result()

    @property
    def row_every(self) -> int:
        """Steps between two rows of the history: the window of its means."""
        output = self.config.output
        interval = output.history_interval or 1 / (output.frames_per_second * ROWS_PER_FRAME)
        return max(1, round(interval / self.sim.time_step))

    def _advance(self, until: int) -> None:
        with self._dumping():
            self.sim.step(until - self.sim.step_count)

    @contextmanager
    def _dumping(self) -> Iterator[None]:
        """Where a guard trips, the rows so far and the state are written before the run ends."""
        try:
            yield
        except GuardTripped:
            with suppress(OutputError):  # the guard is the news, even where the disk is full too
                self.recorder.flush()
                arrays, meta = self.sim.take()
                checkpoint.write(self.rundir.path / "failure", self.sim.step_count, arrays, {"state": meta})
            raise

    def save(self) -> None:
        """Write a checkpoint, unless a guard trips: a bad state must not push a good one out.

        Raises:
            GuardTripped: See `guards`.
        """
        with self._dumping():
            check_guards(self.sim)  # not sim.check, whose notes would then depend on when checkpoints are written
        self.recorder.flush()
        arrays, meta = self._state()
        checkpoint.write(self.rundir.checkpoints, self.sim.step_count, arrays, meta)

    def _state(self) -> tuple[snapshot.Arrays, dict[str, Any]]:
        arrays, state = self.sim.take()
        sampled, sampling = self.sampler.take()
        meta = {
            "state": state,
            "sampling": sampling,
            "recorder": self.recorder.take(),
            "guide": self.guide.take(),
            "bed": self.bed_notes,
            "wall_s": self.wall,
        }
        return arrays | sampled, meta

    def _keep_final_state(self) -> None:
        """For a run that digs on in this one's trench: the state, and who is captured."""
        arrays, meta = self._state()
        status = {"status": self.recorder.verdict.status}
        walls = {"n_walls": self.sim.surroundings.names.index("tool")}
        checkpoint.write(self.rundir.final_state, self.sim.step_count, arrays | status, meta | walls)

    @property
    def wall(self) -> float:
        """Wall time spent so far, earlier sittings included [s]."""
        return self.wall_before + time.monotonic() - self.began

    def _checkpoint(self) -> checkpoint.Checkpoint | None:
        folder = self.rundir.checkpoints
        found = checkpoint.newest(
            folder, lambda path, why: self.watch.warn(f"{path} is damaged ({why}); taking an older one")
        )
        if found is None and folder.is_dir() and any(folder.glob("ckpt_*.h5")):
            raise OutputError(
                f"{folder}: no checkpoint is whole, so the run cannot go on; its record is left as it is. Start again "
                f"with: regolith run {self.rundir.mission} --out NEW"
            )
        return found

    def _bed(self) -> Bed:
        if self.config.bed.continues is not None:
            return take_over(Path(self.config.bed.continues))
        bed = make_bed(self.config, self.soil, self.watch.stage, self.watch.warn)
        if bed.from_cache:
            self.watch.stage("bed from the cache", 1.0)
        return bed

    def _simulation(self, n_grains: int) -> Simulation:
        config, soil = self.config, self.soil
        box, walls = container(config, soil)
        words = config.tool
        metal = Material(
            name="tool",
            density=soil.grain_density,
            youngs_modulus=words.youngs_modulus,
            poisson_ratio=words.poisson_ratio,
        )
        contacts = contact_table(soil, words.friction, words.restitution)
        smallest, largest = soil.diameter_range
        largest = max(largest, largest_rock(config))
        places = np.zeros((n_grains, 3))  # filled from the bed or the checkpoint
        return Simulation(
            places,
            np.linspace(smallest / 2, largest / 2, n_grains),
            materials=[soil.material, metal],
            contacts=contacts,
            box=box,
            time_step=self.time_step,
            gravity=config.gravity,
            law=law_of(config, soil),
            sleep=sleep_of(config, soil),
            surfaces=[*walls, *surfaces_of(self.plan)],
            drives=drives_of(self.plan),
        )

    def _resume(self, found: checkpoint.Checkpoint) -> None:
        self.sim.restore(found.arrays, found.meta["state"])
        self.sampler.restore(found.arrays, found.meta["sampling"])
        self.recorder.restore(found.meta["recorder"], self.sim.step_count)
        self.guide.restore(found.meta["guide"])
        self.wall_before = found.meta["wall_s"]

    def _tell(self, steps_per_s: float, write: bool) -> None:
        progress = Progress(
            time=self.sim.time,
            end=max(self.guide.end, self.sim.time),
            wall_s=self.wall,
            grain_steps_per_s=steps_per_s * self.sim.n_grains,
            captured_mass=self.recorder.captured_mass,
        )
        self.watch.progress(progress)
        if write:
            self.rundir.write_status({"state": "running", "progress": vars(progress)})

    def _manifest(self) -> dict[str, Any]:
        return {
            **started(),
            "seed": self.config.seed,
            "config_hash": self.config.content_hash(),
            "notes": self.soil.notes,
            "warnings": self.soil.warnings,
            "bed": self.bed_notes,
            "tool": {"struck_volume_m3": self.tool.struck_volume, "wall_m": self.tool.wall},
            "phases": [list(phase) for phase in self.guide.phases],
            "surface_z": self.surface_z,
            "time_step": self.sim.time_step,
            "n_steps": int(np.ceil(self.guide.end / self.sim.time_step)),
            "row_interval_s": self.row_every * self.sim.time_step,
            "grain_scale": self.soil.grain_scale,
        }

    def _result(self) -> dict[str, Any]:
        steps, wall, late = self.sim.step_count, self.wall, self.sim.pair_list.late
        if late:
            self.watch.warn(
                f"{late} times a grain outran its allowance, so contacts may have begun late; reduce the time step"
            )
        bulk, struck = self.bed_notes["bulk_density"], self.tool.struck_volume
        fill = (
            {"fill_ratio": self.recorder.captured_mass / (struck * bulk), "struck_volume_m3": struck} if struck else {}
        )
        led = self.guide.result()
        return {
            **led,
            **self.recorder.result(),
            **self.recorder.drill_result(led.get("drilled_depth_m", 0.0)),
            "simulated_time_s": self.sim.time,
            "grains": self.sim.n_grains,
            "steps": steps,
            "wall_s": wall,
            "grain_steps_per_s": steps * self.sim.n_grains / wall,
            "largest_overlap": self.sim.largest_overlap,
            **fill,
            "rebuilds": self.sim.pair_list.rebuilds,
            "late_rebuilds": late,
            "peak_memory_MB": peak_memory() / 1e6,
            "final_state_sha256": state_hash(self.sim),
        }


def contact_table(soil: Soil, friction: float, restitution: float) -> dict[tuple[str, str], Contact]:
    """Contacts of soil with itself and with the tool; grains roll on the tool as on each other, and do not stick."""
    tool = Contact(friction=friction, restitution=restitution, rolling_friction=soil.contact.rolling_friction)
    name = soil.material.name
    return {(name, name): soil.contact, (name, "tool"): tool, ("tool", "tool"): tool}


def state_hash(sim: Simulation) -> str:
    """SHA-256 over position, velocity, spin, radius and mass of the grains, in the order of their ids."""
    grains = sim.grains()
    digest = hashlib.sha256()
    for name in ("position", "velocity", "spin", "radius", "mass"):
        digest.update(np.ascontiguousarray(grains[name]).tobytes())
    return digest.hexdigest()

"""A run directory as a mission leaves it, made up in a moment: the writers are real, the physics is not."""

from pathlib import Path

import numpy as np

from regolith.assemble import make_motion, make_tool
from regolith.config import load_mission
from regolith.output.history import History
from regolith.output.rundir import RunDir
from regolith.output.trajectory import GrainTrajectory, ToolTrajectory
from regolith.record import COLUMNS
from regolith.soil import make_soil

FRAMES, ROWS = 8, 60
CAPTURED_MASS = 0.161  # at the end [kg]


def make_run(path: Path, *, n: int = 200, state: str = "done", share: float = 1.0, frames: int = FRAMES) -> Path:
    """Writes a run that came to `share` of its motion, with about `n` grains.

    Returns:
        `path`.
    """
    config = load_mission("scoop-preview")
    tool = make_tool(config)
    motion = make_motion(config, tool)
    soil = make_soil(config.soil, config.gravity)
    with RunDir.create(path, config.to_toml()) as run:
        run.write_manifest(
            {
                "arch": "cpu", "threads": 2, "precision": "mixed", "seed": 1, "config_hash": config.content_hash(),
                "notes": soil.notes, "warnings": [*soil.warnings, "A < B & C"], "grain_scale": soil.grain_scale,
                "bed": {"bulk_density": 1500.0, "solid_fraction": 0.55, "effective_grain_density": 2727.0},
                "tool": {"struck_volume_m3": tool.struck_volume, "wall_m": tool.wall},
                "phases": [list(phase) for phase in motion.phases], "surface_z": 0.1, "time_step": 1.2e-5,
            }
        )  # fmt: skip
        times = np.linspace(0, motion.duration, ROWS)
        History.create(run.history, {name: ("1", name) for name in COLUMNS - {"time", "step"}})
        rows = times <= share * motion.duration
        History(run.history).append(1000 * np.arange(ROWS)[rows], {k: v[rows] for k, v in columns(times).items()})
        _write_frames(run, tool, motion, n, share, np.linspace(0, motion.duration, frames))
        run.write_status({"state": state} | ({"result": result(tool)} if state == "done" else {"message": "(why)"}))
    return path


def columns(times: np.ndarray) -> dict[str, np.ndarray]:
    u = times / times[-1]
    push = 12 * np.exp(-(((u - 0.35) / 0.12) ** 2))
    held = CAPTURED_MASS * np.clip((u - 0.2) / 0.4, 0, 1)
    wiggle = np.sin(40 * u)
    made = {
        "time": times, "force_x": -push + 0.4 * wiggle, "force_y": 0.5 * wiggle, "force_z": 0.6 * push - held * 1.62,
        "torque_x": 0.01 * wiggle, "torque_y": 0.03 * push, "torque_z": 0.005 * wiggle,
        "force_peak": 2.2 * push + 1 + wiggle**2, "torque_peak": 0.08 * push,
        "work": 2.2 * np.clip(u / 0.6, 0, 1),
        "captured_mass": held, "captured_volume": held / 1500, "heap_mass": 0.15 * held, "spilled_mass": 0.02 * u,
        "captured_grains": np.round(held * 100), "largest_overlap": 0.01 + 0.002 * wiggle,
    }  # fmt: skip
    assert made.keys() == COLUMNS - {"step"}
    return made


def result(tool) -> dict[str, object]:
    return {
        "captured_mass_kg": CAPTURED_MASS, "spilled_mass_kg": 0.02, "peak_force_N": 13.5, "peak_torque_Nm": 0.36,
        "specific_energy_J_per_kg": 13.7, "grains": 200, "steps": 59000, "wall_s": 93.0, "grain_steps_per_s": 6.1e6,
        "final_state_sha256": "ab" * 32, "captured_grains": 31, "spilled_grains": 4, "bed_grains": 165,
        "fill_ratio": 0.6, "raw_peak_force_N": 28.0, "raw_peak_torque_Nm": 1.0, "mean_force_N": 4.0, "work_J": 2.2,
        "mean_origin_depth_m": 0.012, "struck_volume_m3": tool.struck_volume, "captured_volume_m3": 1.1e-4,
        "largest_overlap": 0.012, "peak_memory_MB": 500.0,
    }  # fmt: skip


def _write_frames(run: RunDir, tool, motion, n: int, share: float, times: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    diameter = (0.3 * 0.2 * 0.1 * 0.6 * 6 / np.pi / n) ** (1 / 3) * rng.uniform(0.8, 1.2, n)
    start = rng.random((n, 3)) * (0.3, 0.2, 0.1)
    origin, rotation, _, _ = motion.poses(times)
    lips = origin @ np.array([1.0, 0, 0])
    reach = (start[:, 0] > lips.min()) & (start[:, 0] < lips.max()) & (np.abs(start[:, 1] - 0.1) < 0.05)
    goes = reach & (start[:, 2] > 0.075)
    static = {"id": (np.arange(n, dtype=np.int32), "1"), "diameter": (diameter, "m"),
              "mass": (1400 * diameter**3, "kg"), "origin_depth": (0.1 - start[:, 2], "m")}  # fmt: skip
    fields = {"velocity": ("m/s", 3), "spin": ("rad/s", 3), "status": ("1", 1), "coordination": ("1", 1)}
    grains = GrainTrajectory.create(run.grains, static=static, fields=fields)
    tools = ToolTrajectory.create(run.tools, tool.mesh.faces, fields={"force": ("N", 3)})
    inside = np.array([-0.04, 0.0, 0.02]) + rng.normal(size=(n, 3)) * (0.01, 0.015, 0.007)
    for k, time in enumerate(times):
        if time > share * times[-1]:
            break
        caught = goes & (start[:, 0] < lips[k]) & (k > 1)
        points = np.where(caught[:, None], inside @ rotation[k].T + origin[k], start)
        nothing = np.zeros((n, 3))
        data = {"velocity": nothing, "spin": nothing, "status": caught.astype(float), "coordination": np.zeros(n)}
        grains.append(time, 1000 * k, points, data)
        tools.append(time, 1000 * k, tool.mesh.vertices @ rotation[k].T + origin[k], {"force": np.zeros(3)})

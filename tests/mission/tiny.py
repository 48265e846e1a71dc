"""A mission that takes seconds: some 850 boulders of 0.2 m, so that the time step is long, and a quick grab."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Time [s]; x [m], z [m] and pitch [rad] of the lip: slice in, drag, turn up, lift gently.
GRAB = (
    (0, 1.0, 1.68, 0.26),
    (0.3, 1.35, 1.38, 0.26),
    (0.7, 1.8, 1.38, 0.2),
    (1.4, 1.85, 1.65, -0.9),
    (2.2, 1.85, 2.05, -0.9),
)
TIP = ((2.6, 1.85, 2.05, 1.2), (3.3, 1.85, 2.05, 1.2))
GROUND = (
    "soil.grain_diameter=0.2 m", "soil.size_ratio=1.3", "soil.friction=0.3", "soil.rolling_friction=0.05",
    "soil.youngs_modulus=50 MPa", "soil.cohesion=100 kPa", "bed.size=[2.4, 1.7]", "bed.depth=1.6", "bed.headroom=2 m",
    "tool.width=0.75 m", "tool.radius=0.35 m", "tool.depth=0.75 m", "tool.wall=35 mm",
    "numerics.rayleigh_fraction=0.25", "numerics.contact_steps=20", "numerics.impact_speed=0.2 m/s",
    "output.frames_per_second=8", "output.history_interval=0.05 s", "output.checkpoint_interval=60 s",
)  # fmt: skip
# A drill as wide as five boulders, pushed by its own weight and some more: it holds its weight on bit or stalls.
DRILL = (
    *(text for text in GROUND if not text.startswith("tool.")),
    'tool={kind="corer", outer_diameter="1.1 m", stem_diameter="0.85 m", bore_diameter="0.65 m", length="1.9 m", '
    'pitch="0.6 m", flight_thickness="80 mm", teeth=2, tooth_height="0.15 m", liner_thickness="40 mm", '
    'liner_gap="10 mm"}',
    'motion={kind="drill", depth="0.4 m", feed_rate="0.8 m/s", spin_rate="30 rpm", max_force="20 kN", '
    'max_torque="4 kN m", mass="300 kg", inertia="60 kg m^2", retract_rate="1 m/s"}',
)


def grab(*more: tuple[float, ...], hurry: float = 1.0, deeper: float = 0.0) -> str:
    """The motion as an override, with `more` poses, `hurry` times as fast, and all of it `deeper` [m]."""
    poses = (f"{{time={t / hurry}, position=[{x}, 0.85, {z - deeper}], pitch={p}}}" for t, x, z, p in (*GRAB, *more))
    return f'motion={{kind="waypoints", waypoints=[{", ".join(poses)}]}}'


def settings(*more: str) -> list[str]:
    """Overrides that make `scoop-preview` tiny, and `more` above them."""
    return [*GROUND, grab(), *more]


def run_words(out: Path, *more: str) -> list[object]:
    """Words after `regolith` that run the tiny mission."""
    return ["run", "scoop-preview", "--out", out, *(word for text in settings(*more) for word in ("--set", text))]


def command(*words: object, module: str = "regolith") -> list[str]:
    return [sys.executable, "-m", module, *map(str, words)]


def environment(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "kernels")])} | more


def call(*words: object, **more: str) -> subprocess.CompletedProcess[str]:
    """`regolith` in a process of its own."""
    return subprocess.run(
        command(*words), capture_output=True, text=True, cwd=ROOT, env=environment(**more), timeout=300
    )

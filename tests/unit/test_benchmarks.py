"""What benchmarks rest on: the GPU's needs only Taichi and NumPy, and its damping is that of the stated restitution."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from regolith.restitution import damping_of

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
BARE = """
import sys

class Barrier:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"scipy", "pydantic", "h5py", "pint", "trimesh", "typer", "matplotlib"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Barrier())
import gpu, worker
worker.start("cpu")
said = worker.idle({})
print(said["peak_bytes"] > 1e6)
"""


def test_the_gpu_benchmark_steps_where_only_taichi_and_numpy_are_installed():
    paths = os.pathsep.join(str(p) for p in (ROOT, ROOT / "kernels", BENCHMARKS))
    said = subprocess.run(
        [sys.executable, "-c", BARE], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths}
    )
    assert said.stdout.split() == ["True"], said.stderr


def test_damping_of_the_bed_is_that_of_its_restitution(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import bed

    for restitution, damping in bed.DAMPING.items():
        assert damping == pytest.approx(damping_of(restitution), rel=1e-9)


def test_as_many_grains_as_fit_take_the_memory_that_is_there(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import gpu

    monkeypatch.setattr(gpu.os, "sysconf", lambda key: 1 << 20)  # of pages, and bytes a page: 1 TiB
    words = gpu.parsed(["--memory", "40"])
    n = gpu.largest(gpu.plan_of(words, 0.0), {"memory_per_grain": {"state": 500.0, "listing": 390.0}})
    assert 0.7 * 40e9 / 1000 < n < 0.85 * 40e9 / 1000
    assert gpu.tiles_for(1_000_000, 32_000) == (6, 5)


def test_the_check_of_a_device_compares_what_every_surface_feels(monkeypatch):
    """It broke on the shape of the wrenches: (surfaces, force and torque, 3)."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import gpu

    said = {key: np.ones((4, 3)) for key in ("position", "velocity", "spin", "force", "torque")}
    said |= {"wrenches": np.ones((2, 2, 3)), "touching": np.array(7.0), "coordination": np.array(5.0)}
    assert gpu.compare(SimpleNamespace(job=lambda *_, **__: dict(said)))["errors"]["wrenches"] == 0
    said["wrenches"] = said["wrenches"] * [[[0]], [[1]]]
    with pytest.raises(SystemExit, match="felt nothing"):
        gpu.compare(SimpleNamespace(job=lambda *_, **__: dict(said)))

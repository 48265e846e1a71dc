"""Jobs of `worker.py` in processes of their own, for scripts that load neither Taichi nor SciPy themselves."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def run_job(do: str, *, timeout: float | None = None, block_dim: int | None = None, **words: Any) -> Any:
    """Do a job; what it says.

    Args:
        do: Name of a function of `worker.py`.
        timeout: After which it is ended [s].
        block_dim: Threads a block on a GPU; None: Taichi's choice.
        words: What the job is told, see `worker.Job`.

    Raises:
        subprocess.CalledProcessError, subprocess.TimeoutExpired: It failed, or ran out of time.
    """
    paths = [str(HERE.parent), str(HERE.parent / "kernels"), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    if block_dim:
        env["TI_DEFAULT_GPU_BLOCK_DIM"] = str(block_dim)
    with tempfile.TemporaryDirectory() as name:
        job, out = Path(name) / "job.json", Path(name) / "out.npz"
        job.write_text(json.dumps({"do": do, **words}))
        command = [sys.executable, str(HERE / "worker.py"), str(job), str(out)]
        subprocess.run(command, env=env, check=True, timeout=timeout)
        with np.load(out) as said:
            return json.loads(str(said["json"])) if "json" in said else dict(said)


def processor() -> str:
    """Name of this machine's processor, with family and model where the system tells: clouds give many one name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    said = {key.strip(): value.strip() for key, colon, value in (line.partition(":") for line in lines) if colon}
    name = said.get("model name") or platform.processor() or platform.machine()
    kind = [f"{what} {said[key]}" for what, key in (("family", "cpu family"), ("model", "model")) if key in said]
    return f"{name} ({', '.join(kind)})" if kind else name

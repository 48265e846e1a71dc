"""A run of a study that costs next to nothing, and a study of forty of them.

`python fake_run.py RUNDIR ARCH THREADS` is `regolith.sweep.worker` with a mission that counts: its directory, lock,
status and checkpoints are those of a real one. Each time it begins it says so in the file `log` beside the study.
"""

import hashlib
import json
import os
import sys
import time
import tomllib
import types
from pathlib import Path

from regolith.errors import Interrupted
from regolith.output.atomic import write_text
from regolith.output.rundir import RunDir
from regolith.sweep.rows import Parameter, Planned, Row, Study

STEP = 0.03  # wall time of a step of a run [s]


def study(n: int = 40, steps: int = 8) -> Study:
    """Runs that share ten beds."""
    runs = tuple(
        Planned(k, f"{k:04d}{hashlib.sha256(bytes([k])).hexdigest()[:8]}", {"soil.cohesion": float(k)}, 0, k,
                json.dumps({"cohesion": float(k), "steps": steps}), f"bed {k % 10}")
        for k in range(n)
    )  # fmt: skip
    return Study("forty", (Parameter("soil.cohesion", "Pa", "list", 0.0, n - 1.0),), runs, "", 0, 1, None, "fake")


def source(folder: Path) -> Path:
    """A study file to be copied; the plan does not come from it."""
    file = folder / "forty.toml"
    file.write_text('base = "scoop-preview"\n[vary."soil.cohesion"]\nvalues = [1]\n')
    return file


def drive(folder: Path, **wishes: object) -> None:
    """Go on with the study, its table written whenever something happens."""
    from regolith.sweep import study as driver
    from regolith.sweep import table_file

    table_file.PAUSE, table_file.SHARE = 0.0, 1.0
    driver.WORKER = (sys.executable, __file__)
    driver.sweep(study(), source(folder), folder / "out", **wishes)


def stand_in(monkeypatch) -> None:
    """Makes runs in this process's studies up, and has the table written all the time."""
    from regolith.sweep import study as driver
    from regolith.sweep import table_file

    monkeypatch.setattr(driver, "WORKER", (sys.executable, __file__))
    monkeypatch.setattr(table_file, "PAUSE", 0.0)


def sweep(folder: Path, n: int, steps: int = 8, **wishes: object) -> list[Row]:
    """Go on with a study of so many such runs."""
    from regolith.sweep import study as driver

    return driver.sweep(study(n, steps), source(folder), folder / "out", **wishes)


def is_at_work() -> bool:
    """On a Dask worker: whether a run is at work."""
    from regolith.sweep.dask_task import at_work

    return bool(at_work)


def note(rundir: Path) -> None:
    handle = os.open(rundir.parents[2] / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{rundir.name} {os.getpid()}\n".encode())
    os.close(handle)


def resume(rundir: Path, *, arch: str, threads: int, watch: object) -> None:
    """In the place of `regolith.mission.resume`."""
    with RunDir.open(rundir) as run:
        if run.read_status().get("state") == "done":
            return
        note(rundir)
        run.write_status({"state": "running"})
        watch.stage("starting", 0.0)
        saved = rundir / "checkpoint"
        mission = run.mission.read_text()
        steps, total = json.loads(saved.read_text()) if saved.exists() else (0, mission)
        while steps < tomllib.loads(mission)["steps"]:
            if watch.stop_asked():
                run.write_status({"state": "interrupted", "message": "stopped"})
                raise Interrupted("stopped")
            time.sleep(STEP)
            steps, total = steps + 1, hashlib.sha256(total.encode()).hexdigest()
            write_text(saved, json.dumps([steps, total]))
        result = {"outcome": "done", "final_state_sha256": total, "captured_mass_kg": int(total[:8], 16) / 2**32}
        run.write_status({"state": "done", "result": result})


def main() -> int:
    for name in ("mission", "report", "campaign_report", "campaign_record"):
        stand_in = types.ModuleType(f"regolith.{name}")
        stand_in.resume, stand_in.write, stand_in.is_campaign_folder = resume, lambda path: None, lambda path: False
        sys.modules[f"regolith.{name}"] = stand_in
    import regolith

    for name in ("mission", "report", "campaign_report"):
        setattr(regolith, name, sys.modules[f"regolith.{name}"])
    from regolith.sweep.worker import main as work

    return work(*sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

"""A study of real missions that are the tiny one but for how often they write checkpoints: their bits are known."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import tomli_w

from regolith.config import load_mission
from regolith.config.load import split
from regolith.output import lock
from tests.mission.tiny import settings

OFTEN = ("0.05 s", "0.06 s")


def write(folder: Path, intervals: Sequence[str] = OFTEN) -> Path:
    """The study file."""
    key = "output.checkpoint_interval"
    stated = {name: value for name, value in map(split, settings()) if name != key}
    vary = {key: {"values": list(intervals)}, "seed": {"values": [load_mission("scoop-preview").seed]}}
    path = folder / "tiny.toml"
    path.write_text(tomli_w.dumps({"base": "scoop-preview", "set": stated, "vary": vary}))
    return path


def states(out: Path) -> list[str]:
    """What the status of each run that has one says."""
    return [json.loads(file.read_text())["state"] for file in sorted(out.glob("runs/*/status.json"))]


def hashes(out: Path) -> set[str]:
    """Of the final states."""
    files = out.glob("runs/*/status.json")
    return {json.loads(file.read_text())["result"]["final_state_sha256"] for file in files}


def at_work(out: Path) -> list[int]:
    """Living processes that hold run directories."""
    owners = (lock.owner_of(run) for run in out.glob("runs/*"))
    return [owner.pid for owner in owners if owner is not None]


def wait_for_digging(out: Path, driver: "subprocess.Popen[str]") -> None:
    """Wait until runs are at work under a driver, and a checkpoint is there."""

    def digging() -> bool:
        owner = lock.owner_of(out) if out.exists() else None
        driven = owner is not None and owner.pid == driver.pid
        return driven and bool(at_work(out)) and any(out.glob("runs/*/checkpoints/ckpt_*.h5"))

    wait_until(lambda: digging() or driver.poll() is not None)
    assert driver.poll() is None, driver.communicate()


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def wait_until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.002)

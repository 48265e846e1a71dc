"""The run directory: one folder per run that says by itself what ran, how far it came and with what."""

import importlib.metadata
import json
import math
import platform
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

import regolith.errors
from regolith.errors import OutputError
from regolith.output import lock
from regolith.output.atomic import reporting, write_text
from regolith.output.transaction import recover

STATES = ("running", "done", "failed", "interrupted")
_PACKAGES = ("regolith-dem", "taichi", "numpy", "h5py", "pydantic", "scipy", "trimesh")


class RunDir:
    """A run directory held by this process until `close`.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mission = path / "mission.toml"
        self.manifest = path / "manifest.json"
        self.status = path / "status.json"
        self.grains = path / "grains.vtkhdf"
        self.tools = path / "tools.vtkhdf"
        self.history = path / "history.h5"
        self.checkpoints = path / "checkpoints"
        self.final_state = path / "final_state"
        self.report = path / "report.html"

    @classmethod
    def create(cls, path: Path, mission: str) -> Self:
        """Makes and locks the directory of a new run.

        Args:
            path: The folder; may exist if it is empty.
            mission: Text of `mission.toml`, complete, so that the run can be repeated from it.

        Raises:
            OutputError: It is in use, holds something already, or cannot be written.
        """
        run = cls(path)
        with reporting(path, "create the run directory"):
            path.mkdir(parents=True, exist_ok=True)
            run._refuse_foreign()
        lock.acquire(path)
        try:
            run._refuse_earlier_run()
            write_text(run.mission, mission)
        except BaseException:
            run.close()
            raise
        return run

    @classmethod
    def open(cls, path: Path) -> Self:
        """Locks the directory of an earlier run, to resume it, and completes what a kill cut off.

        Raises:
            OutputError: It is no run directory, is in use, or cannot be written.
        """
        run = cls(path)
        if not run.mission.is_file():
            raise OutputError(f"{path}: is no run directory (it has no mission.toml). Start one with `regolith run`.")
        lock.acquire(path)
        try:
            for file in (run.grains, run.tools, run.history):
                with reporting(file, "complete the last append"):
                    recover(file)
        except BaseException:
            run.close()
            raise
        return run

    def close(self) -> None:
        """Gives the directory back."""
        lock.release(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Replaces `status.json` at once; numbers that are not finite become null.

        Args:
            status: `state` (running, done, failed, interrupted), and progress or `result`.

        Raises:
            OutputError: The disk refused; the old status and everything else is untouched.
            ValueError: Another state.
        """
        if status.get("state") not in STATES:
            raise ValueError(f"state = {status.get('state')!r}: must be one of {', '.join(STATES)}")
        write_text(self.status, _json(status), "All frames, rows and checkpoints written so far are safe.")

    def read_status(self) -> dict[str, Any]:
        """What `status.json` says; empty if there is none yet.

        Raises:
            OutputError: It cannot be read.
        """
        return _read_json(self.status)

    def read_manifest(self) -> dict[str, Any]:
        """What `manifest.json` says; empty if there is none yet.

        Raises:
            OutputError: It cannot be read.
        """
        return _read_json(self.manifest)

    def write_manifest(self, facts: Mapping[str, Any]) -> None:
        """Writes `manifest.json`: versions, commit and the given facts; earlier starts of a resumed run are kept.

        Args:
            facts: Backend, device, threads, precision, seed, config hash and the like.

        Raises:
            OutputError: The disk refused.
        """
        before = _read_json(self.manifest)
        earlier = [*before.pop("earlier_starts", []), before] if before else []
        started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        manifest = {"started": started, **facts, "versions": versions(), "git_commit": git_commit()}
        write_text(self.manifest, _json(manifest | {"earlier_starts": earlier}))

    def _refuse_foreign(self) -> None:
        if self.mission.is_file():
            return
        of_a_killed_start = (lock.LOCK_NAME, f".{lock.LOCK_NAME}.", f".{self.mission.name}.tmp")
        if not all(entry.name.startswith(of_a_killed_start) for entry in self.path.iterdir()):
            raise OutputError(f"{self.path}: the folder is not empty. Choose another --out, or empty it.")

    def _refuse_earlier_run(self) -> None:
        if not self.mission.is_file():
            return
        state = self.read_status().get("state")
        if state == "done":
            raise OutputError(f"{self.path}: holds a finished run. Choose another --out, or delete the folder.")
        raise OutputError(
            f"{self.path}: holds an unfinished run ({state or 'stopped at its start'}). "
            f"`regolith resume {self.path}` goes on with it; or choose another --out, or delete the folder."
        )


def versions() -> dict[str, str]:
    """Versions of Python, the system and the packages that decide the numbers; imports none of them."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def git_commit() -> str | None:
    """Commit of the checkout that the package runs from, with "-dirty" if it was changed; None outside a checkout."""
    root = Path(regolith.errors.__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _read_json(path: Path) -> dict[str, Any]:
    with reporting(path, "read"):
        if not path.exists():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise OutputError(f"{path}: is damaged ({error}). Delete it and try again.") from error
    if not isinstance(content, dict):
        raise OutputError(f"{path}: is damaged (no table). Delete it and try again.")
    return content


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(_plain(content), indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

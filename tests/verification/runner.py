"""Runs a group of cases in a process of its own, since a process has one precision, and brings back its figures.

A group is a module `tests/verification/cases_NAME.py` whose functions `case_*` return plain numbers and lists; they
share what its `make_stage` returns. In a shell: `python -m tests.verification.runner NAME mixed`.
"""

import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Figures:
    """Starts groups when they are first asked for and keeps what they printed."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, str], subprocess.Popen[str]] = {}
        self._logs: dict[tuple[str, str], Any] = {}
        self._done: dict[tuple[str, str], dict[str, Any]] = {}

    def __call__(self, group: str, precision: str) -> dict[str, Any]:
        """Figures by case; a case that raised holds its traceback under `error`."""
        for other in ("mixed", "f64"):
            if (group, other) not in self._running:
                self._start(group, other)
        key = (group, precision)
        if key not in self._done:
            code = self._running[key].wait()
            self._logs[key].seek(0)
            text = self._logs[key].read()
            if code:
                raise AssertionError(f"cases_{group} in {precision} ended with {code}:\n{text}")
            self._done[key] = json.loads(text.splitlines()[-1])
        return self._done[key]

    def _start(self, group: str, precision: str) -> None:
        self._logs[group, precision] = log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._running[group, precision] = subprocess.Popen(
            [sys.executable, "-m", "tests.verification.runner", group, precision],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> "Figures":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.kill()
        for log in self._logs.values():
            log.close()


def run_group(group: str, precision: str, only: str = "") -> dict[str, Any]:
    """Figures of every case of a group, with the seconds each took."""
    from regolith.runtime import start

    start(threads=1, precision=precision)
    module = importlib.import_module(f"tests.verification.cases_{group}")
    stage = module.make_stage()
    figures: dict[str, Any] = {}
    for name in [n for n in vars(module) if n.startswith("case_") and only in n]:
        begin = time.perf_counter()
        figures[name.removeprefix("case_")] = getattr(module, name)(stage)
        print(name, f"{time.perf_counter() - begin:.1f} s", flush=True)
    return figures


if __name__ == "__main__":
    print(json.dumps(run_group(*sys.argv[1:])))

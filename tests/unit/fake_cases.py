"""Tiny cases for the tests of the command: `python -m tests.unit.fake_cases ...` is their worker."""

import os
import signal
import sys
import time

from regolith import runtime
from regolith.errors import ConfigError
from regolith.verify import worker
from regolith.verify.case import Case, Sheet


def right(sheet: Sheet) -> None:
    sheet.check("one", 1.0001, 1.0, 1e-3, unit="m")
    sheet.report("two", 2.2, 2.0)
    sheet.figure("A figure", "x", "y", [sheet.curve("ours", [0, 1], [0, 1])])
    sheet.note("A note <of> the case")


def wrong(sheet: Sheet) -> None:
    sheet.check("three", 4.0, 3.0, 1e-3)


def raises(_: Sheet) -> None:
    raise RuntimeError("no such luck")


def silent(_: Sheet) -> None:
    """Checks nothing."""


def dies(_: Sheet) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleeps(sheet: Sheet) -> None:
    time.sleep(600)


def start(arch: str, *_) -> dict:
    if arch != "cpu":
        raise ConfigError(f"arch = {arch!r}: no such device here; use --arch cpu")
    return {}


def make(name: str, run, **more) -> Case:
    return Case(name=name, title=f"Title of {name}", source=f"Source of {name}", family="fakes", run=run, **more)


CASES = {
    "right": make("right", right),
    "wrong": make("wrong", wrong),
    "raises": make("raises", raises),
    "silent": make("silent", silent),
    "dies": make("dies", dies),
    "last": make("last", right),
    "sleeps": make("sleeps", sleeps, long=True, cost="10 min"),
    "slow": make("slow", right, long=True, cost="about 3 h on two cores", precisions=("mixed",)),
    "large": make("large", right, memory=1e18),
    "parallel": make("parallel", right, needs_gpu=True, cost="a minute on a GPU"),
}

if __name__ == "__main__":
    runtime.start = start
    worker.cases = lambda: CASES
    worker.main(*sys.argv[1:])

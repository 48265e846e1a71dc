"""Runs cases in sub-processes, both precisions side by side, and gathers what they found."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from regolith.errors import ConfigError
from regolith.runtime import cores
from regolith.verify.case import Case

Outcome = dict[str, Any]
WORKER = "regolith.verify.worker"


def check_means(cases: Sequence[Case], arch: str) -> None:
    """Whether this machine can run the cases.

    Raises:
        ConfigError: One needs a GPU that was not asked for, or more memory than there is.
    """
    there = _memory()
    for case in cases:
        if case.needs_gpu and arch == "cpu":
            raise ConfigError(f"--case {case.name} needs a GPU ({case.cost}): add --arch gpu, or leave it out")
        if case.memory > there:
            raise ConfigError(
                f"--case {case.name} needs {case.memory / 1e9:.1f} GB of memory; this machine has {there / 1e9:.1f} GB"
            )


def run(
    cases: Sequence[Case],
    tell: Callable[[Outcome], None] = lambda _: None,
    *,
    arch: str = "cpu",
    threads: int | None = None,
    precisions: Sequence[str] = ("mixed", "f64"),
    seeds: int | None = None,
) -> list[Outcome]:
    """Run cases; quick ones in both precisions at once, then long ones alone with all threads.

    Args:
        cases: Which.
        tell: Hears each outcome as it comes.
        arch: Backend, as of `regolith.start`.
        threads: CPU threads in all; None: the cores of this process.
        precisions: In which, as far as a case has them.
        seeds: Repeats of cases with a spread; None leaves it to the case.

    Returns:
        What `worker.run_case` gave, in the order of the cases.
    """
    threads = threads or cores()
    quick = [case for case in cases if not case.long]
    slow = [case for case in cases if case.long]
    outcomes: list[Outcome] = []

    def work(precision: str, some: Sequence[Case], n_threads: int) -> None:
        names = [case.name for case in some if precision in case.precisions]
        if names:
            for outcome in _worker(precision, arch, n_threads, seeds or 0, names):
                outcomes.append(outcome)
                tell(outcome)

    share = max(1, threads // len(precisions))
    with ThreadPoolExecutor(len(precisions)) as pool:
        list(pool.map(lambda precision: work(precision, quick, share), precisions))  # list: raises what a thread raised
    for precision in precisions:
        work(precision, slow, threads)
    order = {case.name: k for k, case in enumerate(cases)}
    return sorted(outcomes, key=lambda found: (order[found["case"]], precisions.index(found["precision"])))


def _worker(precision: str, arch: str, threads: int, seeds: int, names: Sequence[str]) -> Any:
    """Outcomes of a worker as they come; a worker that dies leaves an error to each case that it owes."""
    owed = list(names)
    words = [sys.executable, "-m", WORKER, precision, arch, str(threads), str(seeds), *names]
    with tempfile.TemporaryFile("w+") as log:
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    outcome = json.loads(line)
                    owed.remove(outcome["case"])
                    yield outcome
            finally:
                process.terminate()
        log.seek(0)
        said = log.read()[-2000:]
    for name in owed:
        error = f"the worker ended with code {process.returncode}:\n{said}"
        empty: dict[str, list[Any]] = {"checks": [], "figures": [], "notes": []}
        yield {"case": name, "precision": precision, "seconds": 0.0, "error": error, **empty}


def _memory() -> float:
    """Memory of the machine [bytes]; infinite where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return float("inf")

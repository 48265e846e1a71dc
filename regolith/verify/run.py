"""Runs cases in sub-processes, both precisions side by side, and gathers what they found."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from regolith.errors import ConfigError
from regolith.runtime import check_wishes, cores
from regolith.verify.case import Case

Outcome = dict[str, Any]
WORKER = "regolith.verify.worker"
PRECISIONS = ("mixed", "f64")


def lacking(case: Case, arch: str) -> str:
    """What a case needs and this machine does not have; empty if it can run."""
    there = _memory()
    if case.needs_gpu and arch == "cpu":
        return f"needs a GPU ({case.cost}): add --arch gpu"
    if case.memory > there:
        return f"needs {case.memory / 1e9:.1f} GB of memory; this machine has {there / 1e9:.1f} GB"
    return ""


def within_means(cases: Sequence[Case], names: Sequence[str], arch: str) -> tuple[list[Case], dict[str, str]]:
    """The cases that this machine can run, and why it cannot run the others, by name.

    Args:
        cases: Which are meant.
        names: What the user named: such a case must run, one that merely belongs to what was asked for may be left out.
        arch: Backend.

    Raises:
        ConfigError: A case that was named needs a GPU that was not asked for, or more memory than there is; or none is
            left.
    """
    lack = {case.name: lacking(case, arch) for case in cases}
    left = [case for case in cases if not lack[case.name]]
    for name, reason in lack.items():
        if reason and (name in names or not left):
            raise ConfigError(f"--case {name} {reason}; else leave it out")
    return left, {name: reason for name, reason in lack.items() if reason}


def check_device(arch: str, threads: int | None) -> None:
    """Whether the backend is there; tried in a process of its own, as workers start theirs.

    Raises:
        ConfigError: An unknown backend, one that is not there, or less than one thread.
    """
    check_wishes(arch, threads, "mixed")
    if arch == "cpu":
        return
    tried = subprocess.run([sys.executable, "-m", WORKER, "mixed", arch, "1", "0"], capture_output=True, text=True)
    if tried.returncode:
        said = tried.stderr.strip().splitlines() or [f"the worker ended with code {tried.returncode}"]
        raise ConfigError(f"--arch {arch}: {said[-1].removeprefix('regolith.errors.ConfigError: ')}")


class Crew:
    """The workers that run now, so that they end when the run does.

    Attributes:
        stopped: Whether they were told to end: what they owe is then no failure.
    """

    def __init__(self) -> None:
        self.stopped = False
        self._lock = threading.Lock()
        self._at_work: set[subprocess.Popen[str]] = set()

    def start(self, words: Sequence[str], log: IO[str]) -> subprocess.Popen[str]:
        """A worker with its outcomes on a pipe."""
        with self._lock:
            process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
            self._at_work.add(process)
            if self.stopped:
                process.terminate()
        return process

    def stop(self) -> None:
        """End all."""
        with self._lock:
            self.stopped = True
            for process in self._at_work:
                process.terminate()


def run(
    cases: Sequence[Case],
    tell: Callable[[Outcome], None] = lambda _: None,
    *,
    arch: str = "cpu",
    threads: int | None = None,
    precisions: Sequence[str] = PRECISIONS,
    seeds: int | None = None,
) -> list[Outcome]:
    """Run cases; quick ones in both precisions at once, then long ones alone with all threads.

    Args:
        cases: Which.
        tell: Hears each outcome as it comes, one at a time.
        arch: Backend, as of `regolith.start`.
        threads: CPU threads in all; None: the cores of this process.
        precisions: In which, as far as a case has them.
        seeds: Repeats of cases with a spread; None leaves it to the case.

    Returns: What `worker.run_case` gave, in the order of the cases.
    """
    threads, crew, telling = threads or cores(), Crew(), threading.Lock()
    outcomes: list[Outcome] = []

    def work(precision: str, long: bool, n_threads: int) -> None:
        names = [case.name for case in cases if case.long is long and precision in case.precisions]
        for outcome in _worker(crew, precision, arch, n_threads, seeds or 0, names) if names else ():
            with telling:
                outcomes.append(outcome)
                tell(outcome)

    share = max(1, threads // len(precisions))
    with ThreadPoolExecutor(len(precisions)) as pool:
        try:
            list(pool.map(lambda precision: work(precision, False, share), precisions))  # raises what a thread raised
            for precision in precisions:
                work(precision, True, threads)
        finally:
            crew.stop()
    return in_order(outcomes, cases)


def in_order(outcomes: Sequence[Outcome], cases: Sequence[Case]) -> list[Outcome]:
    """By case, and in a case by precision."""
    order = {case.name: k for k, case in enumerate(cases)}
    return sorted(outcomes, key=lambda found: (order[found["case"]], PRECISIONS.index(found["precision"])))


def _worker(crew: Crew, precision: str, arch: str, threads: int, seeds: int, names: Sequence[str]) -> Iterator[Outcome]:
    """Outcomes of a worker as they come; a worker that dies leaves an error to each case that it owes."""
    owed = list(names)
    words = [sys.executable, "-m", WORKER, precision, arch, str(threads), str(seeds), *names]
    with tempfile.TemporaryFile("w+") as log:
        with crew.start(words, log) as process:
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
    for name in owed if not crew.stopped else ():
        error = f"the worker ended with code {process.returncode}:\n{said}"
        empty: dict[str, list[Any]] = {"checks": [], "figures": [], "notes": []}
        yield {"case": name, "precision": precision, "seconds": 0.0, "error": error, **empty}


def _memory() -> float:
    """Memory of the machine [bytes]; infinite where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return float("inf")

"""Slots on this machine: a thread pool whose threads each run one sub-process at a time, to its end.

A process of ours holds the interpreter and one Taichi program, and cannot be forked, so every run is a process. It is
started in a session of its own: Ctrl-C reaches the parent alone, which passes it on once. Its standard input is a pipe
that nobody writes to: a child that reads its end there knows that its parent is gone (see `sweep.worker`).
"""

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol, Self

from regolith.errors import Interrupted

RETRIES = 1  # of a run that a signal ended
TAIL = 4000  # characters kept of what a child says on standard error

Listener = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Job:
    """A process to run.

    Attributes:
        name: For messages.
        words: The command; run again as it is after a crash, so it must go on with what it finds.
        environment: What it gets beside this process's own.
    """

    name: str
    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """How a job ended.

    Attributes:
        code: Exit code; negative: the number of the signal that ended it.
        message: The end of what it said on standard error.
        crashes: How often a signal ended it.
        cancelled: Whether it was told to stop, or never began.
    """

    code: int
    message: str
    crashes: int
    cancelled: bool

    @property
    def crashed(self) -> bool:
        """Whether a signal ended it for good, unasked."""
        return self.code < 0 and not self.cancelled


class Waiting(ABC):
    """A job that was handed in, as whoever waits for it sees it.

    Attributes:
        job: The job.
        future: Holds how it ended, once it has.
    """

    job: Job
    future: Future[Ended]

    @property
    @abstractmethod
    def begun(self) -> bool:
        """Whether it has left the queue."""

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.future.done()

    @property
    def ended(self) -> Ended:
        """How it ended; waits for it."""
        return self.future.result()

    @abstractmethod
    def cancel(self) -> None:
        """Stop it as Ctrl-C would; does not wait."""


class Pool(Protocol):
    """Where jobs run."""

    @property
    def number(self) -> int:
        """Of jobs at once."""

    def check(self, folder: Path) -> None:
        """Whether jobs can work below a folder, which is there.

        Raises:
            ConfigError: Where they run, it is not.
        """

    def submit(self, job: Job) -> Waiting:
        """Hand a job in."""

    def stop(self) -> None:
        """Stop every job, as `Waiting.cancel`."""


class Ticket(Waiting):
    """A job that was handed in to a slot of this machine."""

    def __init__(self, job: Job, hear: Listener) -> None:
        self.job = job
        self._hear = hear
        self._place: Mapping[str, str] = {}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = False

    @property
    def begun(self) -> bool:
        """Whether it has left the queue."""
        return self.future.running() or self.future.done()

    def cancel(self) -> None:
        """Stop it as Ctrl-C would, so that it may save what it did; does not wait, and a second time does nothing."""
        with self._lock:
            if self._cancelled:
                return
            self._cancelled = True
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)

    def run(self, place: Mapping[str, str] | None = None) -> Ended:
        """Run it to its end, and once more if a signal ended it.

        Args:
            place: Environment of the slot that it runs in.
        """
        self._place = place or {}
        crashes, code, message = 0, Interrupted.exit_code, ""
        while not self._cancelled:
            try:
                code, message = self._once()
            except OSError as error:  # no memory, no room for what it says, no such program
                code, message = 1, f"its process could not be started: {error}"
            if code >= 0 or self._cancelled:
                break
            crashes += 1
            if crashes > RETRIES:
                break
            self._hear(self.job.name, {"warn": f"was ended by {signal_name(-code)}; it is tried once more"})
        return Ended(code, message, crashes, self._cancelled)

    def _once(self) -> tuple[int, str]:
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            process = self._start(said)
            if process is None:
                return Interrupted.exit_code, ""
            with process:
                assert process.stdout is not None
                for line in process.stdout:
                    if event := _event(line):
                        self._hear(self.job.name, event)
            said.seek(0)
            return process.returncode, said.read()[-TAIL:].strip()

    def _start(self, said: IO[str]) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._cancelled:
                return None
            self._process = subprocess.Popen(
                list(self.job.words),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=os.environ | dict(self._place) | dict(self.job.environment),
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            return self._process


class Slots:
    """So many jobs at once; the others wait in the order in which they were handed in.

    Leaving it as a context manager stops what still runs and waits for it.

    Args:
        places: Number of slots; or the environment that each of them gives its jobs, for example its own GPU.
        hear: Called from the slots' threads, with a job's name and what it said: one line of JSON, a table.
    """

    def __init__(self, places: int | Sequence[Mapping[str, str]], hear: Listener = lambda name, event: None) -> None:
        self._hear = hear
        self._free: queue.SimpleQueue[Mapping[str, str]] = queue.SimpleQueue()
        for place in [{}] * places if isinstance(places, int) else places:
            self._free.put(place)
        self.number = self._free.qsize()
        self._own = threading.local()
        self._pool = ThreadPoolExecutor(self.number, thread_name_prefix="slot", initializer=self._take_place)
        self._tickets: list[Ticket] = []

    def check(self, folder: Path) -> None:
        """Whether jobs can work below a folder: on this machine they can."""

    def submit(self, job: Job) -> Ticket:
        """Hand a job in."""
        ticket = Ticket(job, self._hear)
        ticket.future = self._pool.submit(lambda: ticket.run(self._own.place))
        self._tickets.append(ticket)
        return ticket

    def stop(self) -> None:
        """Stop every job, as `Ticket.cancel`."""
        for ticket in self._tickets:
            ticket.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._pool.shutdown(wait=True)

    def _take_place(self) -> None:
        self._own.place = self._free.get()


def wait_for_one(tickets: Iterable[Waiting], timeout: float) -> None:
    """Wait until one of those that have not ended does, or so many seconds."""
    wait([ticket.future for ticket in tickets if not ticket.done], timeout, FIRST_COMPLETED)


def signal_name(number: int) -> str:
    """As people know it: SIGKILL, not 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _event(line: str) -> dict[str, Any] | None:
    """A line of JSON that holds a table; anything else that a child prints is no news."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None

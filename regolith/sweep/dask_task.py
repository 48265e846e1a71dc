"""What a worker of a Dask cluster does for a study: runs in sub-processes, for as long as somebody wants them."""

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regolith.sweep.executors import Ended, Job, Ticket

if TYPE_CHECKING:
    from distributed import Worker

GLANCE = 0.5  # wall time between two looks at whether a task is still wanted [s]
NEWS = 1.0  # and between two words of a run on how far it is [s]

at_work: dict[str, Ticket] = {}  # what this worker is doing, by the key of the task


def look_around(folder: str) -> dict[str, Any]:
    """Which regolith this is, and whether it sees a folder."""
    from importlib.metadata import version

    return {"version": version("regolith-dem"), "sees": os.path.isdir(folder)}


def stop_here(keys: Sequence[str]) -> None:
    """Stop those of some tasks that it is at."""
    for ticket in [ticket for key, ticket in list(at_work.items()) if key in keys]:
        ticket.cancel()


def carry_out(key: str, name: str, words: Sequence[str], environment: Mapping[str, str], topic: str) -> Ended:
    """Do a job.

    Raises:
        Reschedule: The worker closes.
    """
    from distributed import Reschedule, get_worker

    worker = get_worker()
    command = [words[0] or sys.executable, *words[1:]]
    ticket = at_work[key] = Ticket(Job(name, command, environment), _Words(worker, topic, key))
    worker.log_event(topic, {"key": key})
    over = threading.Event()
    threading.Thread(target=_stop_when_unwanted, args=(worker, key, ticket, over), daemon=True).start()
    try:
        ended = ticket.run()
    finally:
        over.set()
        del at_work[key]
    if ended.cancelled and not _is_wanted(worker, key):
        raise Reschedule
    return ended


class _Words:
    """Passes on what a run says, but not every word on how far it is."""

    def __init__(self, worker: "Worker", topic: str, key: str) -> None:
        self._worker, self._topic, self._key = worker, topic, key
        self._told = -NEWS

    def __call__(self, name: str, event: dict[str, Any]) -> None:
        now = time.monotonic()
        if "time" not in event or now - self._told > NEWS:
            self._told = now
            self._worker.log_event(self._topic, {"key": self._key, "event": event})


def _stop_when_unwanted(worker: "Worker", key: str, ticket: Ticket, over: threading.Event) -> None:
    while not over.wait(GLANCE):
        if not _is_wanted(worker, key):
            ticket.cancel()


def _is_wanted(worker: "Worker", key: str) -> bool:
    """Whether somebody waits for a task, and the worker is there to stay."""
    from distributed.core import Status

    task = worker.state.tasks.get(key)
    executing = task is not None and task.state in ("executing", "long-running")
    return executing and worker.status in (Status.running, Status.paused)

"""Runs on the workers of a Dask cluster, behind the interface of `executors.Slots`: one at a time in a worker's thread.

A task starts the same sub-process that a slot of this machine would. Workers share the file system, and have the same
regolith. A run whose worker dies is begun again on another one, where it goes on from its checkpoint. A task that
nobody wants any more, because the study was stopped or its process is gone, stops its sub-process.
"""

import logging
import signal
import socket
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from regolith.errors import ConfigError, Interrupted, RegolithError
from regolith.sweep.dask_task import carry_out, look_around, stop_here
from regolith.sweep.executors import Ended, Job, Listener, Waiting

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as DaskFuture

TIMEOUT = 10.0  # of reaching the scheduler [s]
REFRESH = 5.0  # wall time between two looks at how many workers there are [s]


class SchedulerLost(RegolithError):
    """The connection to the scheduler broke while runs were at work."""


def connect(address: str, hear: Listener) -> "Cluster":
    """The cluster of a scheduler.

    Args:
        address: Such as "tcp://10.0.0.1:8786".
        hear: As of `Slots`.

    Raises:
        ConfigError: It cannot be reached, or distributed is missing.
    """
    distributed = need("distributed")
    try:
        _knock(distributed, address)
        client = distributed.Client(address, timeout=TIMEOUT, set_as_default=False, name="regolith")
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"scheduler {address!r}: cannot be reached within {TIMEOUT:g} s ({error}); must be the address of a "
            "running Dask scheduler, such as tcp://10.0.0.1:8786. Start one with: dask scheduler; or leave it out "
            "and give --slots, the number of runs at once on this machine"
        ) from None
    return Cluster(client, hear)


def _knock(distributed: Any, address: str) -> None:
    """Whether somebody listens there: a client that nobody answers may hang for minutes, whatever its timeout.

    Raises:
        OSError: Nobody does; ValueError: it is no address.
    """
    scheme, place = distributed.comm.parse_address(address)
    if scheme in ("tcp", "tls"):
        with socket.create_connection(distributed.comm.parse_host_port(place), TIMEOUT):
            pass


def need(package: str) -> Any:
    """A package of the extra that studies on clusters need.

    Raises:
        ConfigError: It is missing.
    """
    import importlib

    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ConfigError(
            f"{package.replace('_', '-')} cannot be imported ({error}): a cluster needs it; install it with: "
            'pip install "regolith-dem[sweep]"'
        ) from None


class Cluster:
    """The workers of a Dask scheduler.

    Args:
        client: Connected to it.
        hear: Called from the client's thread, with a job's name and what it said.
        refresh: Called now and then, for example to replace workers whose time is up.
        close: Called at the end.
    """

    def __init__(
        self,
        client: "Client",
        hear: Listener,
        refresh: Callable[[], object] = lambda: None,
        close: Callable[[], object] = lambda: None,
    ) -> None:
        self._client, self._hear, self._refresh, self._close = client, hear, refresh, close
        self._topic = f"regolith-{uuid.uuid4().hex}"
        self._tickets: dict[str, ClusterTicket] = {}
        self._number, self._asked = 1, -REFRESH
        client.subscribe_topic(self._topic, self._heard)
        client.subscribe_topic("all", self._heard_of_workers)
        # it would log tracebacks of what is told here in a sentence
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)

    @property
    def number(self) -> int:
        """Threads of all workers, as of late; 1 while there are none."""
        if time.monotonic() - self._asked > REFRESH and self._client.status == "running":
            self._refresh()
            found = sum(self._client.nthreads().values())
            if not found and self._number:
                self._hear("Dask", {"warn": "there are no workers; runs wait until some join the scheduler"})
            self._number, self._asked = found, time.monotonic()
        return max(1, self._number)

    def check(self, folder: Path) -> None:
        """Whether the workers that are there can do runs of a study in `folder`.

        Raises:
            ConfigError: One does not see the folder, or has another regolith.
        """
        for worker, answer in self._client.run(look_around, str(folder.absolute()), on_error="return").items():
            ours = look_around(str(folder.absolute()))
            if isinstance(answer, Exception):
                raise ConfigError(f"Dask worker {worker}: has no regolith like this one ({answer}); install it there")
            if answer["version"] != ours["version"]:
                raise ConfigError(
                    f"Dask worker {worker}: has regolith {answer['version']}, this is {ours['version']}; install the "
                    "same everywhere"
                )
            if not answer["sees"]:
                raise ConfigError(
                    f"Dask worker {worker}: does not see {folder.absolute()}; workers must share the file system, so "
                    "choose an --out that all of them see"
                )

    def submit(self, job: Job) -> "ClusterTicket":
        """Hand a job in.

        Raises:
            SchedulerLost: The connection broke.
        """
        if self._client.status != "running":
            raise SchedulerLost(
                "the connection to the Dask scheduler broke; what was at work there stops with checkpoints. Start the "
                "scheduler again, and then the study: it goes on where it was"
            )
        key = f"{job.name}-{uuid.uuid4().hex}"
        words = list(job.words)
        if words[0] == sys.executable:
            words[0] = ""  # the worker's own Python
        future = self._client.submit(
            carry_out, key, job.name, words, dict(job.environment), self._topic, key=key, pure=False
        )
        ticket = self._tickets[key] = ClusterTicket(job, future, lambda: self._stop([key]))
        return ticket

    def stop(self) -> None:
        """Stop every job, as Ctrl-C would; one that a dying worker's heir begins after that needs it once more."""
        keys = [key for key, ticket in self._tickets.items() if not ticket.done]
        if keys:
            self._stop(keys)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        with suppress(OSError, RuntimeError, ValueError):
            self._client.unsubscribe_topic("all")  # else the scheduler would tell it of its own leaving
        self._client.close()
        self._close()

    def _stop(self, keys: Sequence[str]) -> None:
        at_work = [key for key in keys if self._tickets[key].at_work]
        with suppress(OSError, RuntimeError, ValueError):  # the scheduler is gone, and so are its tasks
            self._client.cancel([self._tickets[key].task for key in keys if key not in at_work])
            self._client.run(stop_here, at_work, on_error="ignore")

    def _heard(self, event: tuple[float, Mapping[str, Any]]) -> None:
        told = event[1]
        ticket = self._tickets.get(told["key"])
        if ticket is None:
            return
        if "event" in told:
            self._hear(ticket.job.name, told["event"])
        else:
            ticket.at_work = True

    def _heard_of_workers(self, event: tuple[float, Mapping[str, Any]]) -> None:
        """Counts the deaths of workers that were at a job; not where they are closed in order."""
        told = event[1]
        if told.get("action") == "remove-worker" and not told.get("expected"):
            for key in told.get("processing-tasks", ()):
                ticket = self._tickets.get(key)
                if ticket is not None and ticket.at_work:
                    ticket.deaths += 1


class ClusterTicket(Waiting):
    """A job that was handed in to a cluster.

    Attributes:
        task: What the scheduler knows of it.
        at_work: Whether a worker has begun it.
        deaths: How many workers have died while at it.
    """

    def __init__(self, job: Job, task: "DaskFuture", stop: Callable[[], None]) -> None:
        self.job = job
        self.future = Future()
        self.task = task
        self.at_work = False
        self.deaths = 0
        self._stop = stop
        task.add_done_callback(self._end)

    @property
    def begun(self) -> bool:
        """Whether a worker has begun it."""
        return self.at_work or self.future.done()

    def cancel(self) -> None:
        """Stop it as Ctrl-C would."""
        if not self.done:
            self._stop()

    def _end(self, task: "DaskFuture") -> None:
        from distributed import CancelledError, KilledWorker

        try:
            ended = task.result()
            ended = Ended(ended.code, ended.message, ended.crashes + self.deaths, ended.cancelled)
        except KilledWorker as error:
            ended = Ended(-signal.SIGKILL, str(error), self.deaths, False)
        except CancelledError:
            ended = Ended(Interrupted.exit_code, "", 0, True)
        except Exception as error:  # of the worker, whatever it is: the others go on
            ended = Ended(1, f"{type(error).__name__}: {error}", self.deaths, False)
        task.release()
        self.future.set_result(ended)

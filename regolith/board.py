"""Who watches a campaign: which operations are at work and how far, what they brought, and whether to stop."""

import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol, Self

from regolith.watch import PLAIN_INTERVAL, StopSignals

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class Board(Protocol):
    """What a campaign calls; `hear` comes from the threads of the slots."""

    def begin(self, name: str) -> None:
        """An operation was handed in."""

    def hear(self, name: str, event: dict[str, Any]) -> None:
        """An operation tells of itself, see `sweep.worker`."""

    def end(self, row: dict[str, Any]) -> None:
        """An operation's result was entered."""

    def clear(self) -> None:
        """Nothing is at work any more."""

    def stop_asked(self) -> bool:
        """Whether the campaign should stop its operations and raise `Interrupted`."""


class Quiet:
    """Watches nothing and never asks to stop: the default of the Python API."""

    def begin(self, name: str) -> None:
        """Keeps quiet."""

    def hear(self, name: str, event: dict[str, Any]) -> None:
        """Keeps quiet."""

    def end(self, row: dict[str, Any]) -> None:
        """Keeps quiet."""

    def clear(self) -> None:
        """Keeps quiet."""

    def stop_asked(self) -> bool:
        """Never."""
        return False


class TerminalBoard(StopSignals):
    """A live bar per operation on a terminal, plain lines elsewhere, on standard error; Ctrl-C asks to stop."""

    stopping = "\nregolith: stopping the operations at work, which write checkpoints; once more to leave at once\n"

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, tuple[str, float]] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        if sys.stderr.isatty():
            from regolith.watch import make_bar

            self._bars = make_bar()
            self._bars.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.clear()
        if self._bars is not None:
            self._bars.stop()
        super().__exit__(*error)

    def begin(self, name: str) -> None:
        """Shows that an operation waits for its process."""
        with self._lock:
            if self._bars is not None and name not in self._tasks:
                self._tasks[name] = self._bars.add_task(name, total=None, text="starting")

    def hear(self, name: str, event: dict[str, Any]) -> None:
        """Shows how far an operation is."""
        if "warn" in event:
            self._print(f"warning: {name}: {event['warn']}")
            return
        stage = str(event.get("stage", "digging"))
        share = float(event["share"]) if "share" in event else float(event["time"]) / float(event["end"])
        held = f", {event['captured_mass'] * 1e3:.1f} g held" if "captured_mass" in event else ""
        with self._lock:
            if self._bars is not None and name in self._tasks:
                self._bars.update(self._tasks[name], total=1.0, completed=share, text=stage + held)
            elif self._bars is None and self._is_news(name, stage):
                print(f"{name}: {stage} ({share:.0%}){held}", file=sys.stderr, flush=True)

    def end(self, row: dict[str, Any]) -> None:
        """Says what an operation brought."""
        with self._lock:
            if self._bars is not None and row["name"] in self._tasks:
                self._bars.remove_task(self._tasks.pop(row["name"]))
        early = "" if row["outcome"] == "done" else f" ({row['outcome']}: {row['reason']})"
        self._print(
            f"{row['name']}: {row['stored_mass_kg'] * 1e3:.4g} g, {row['cumulative_mass_kg']:.3f} kg so far{early}"
        )

    def clear(self) -> None:
        """Takes the bars away."""
        with self._lock:
            for task in self._tasks.values():
                if self._bars is not None:
                    self._bars.remove_task(task)
            self._tasks.clear()

    def _print(self, text: str) -> None:
        if self._bars is not None:
            self._bars.console.print(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def _is_news(self, name: str, stage: str) -> bool:
        now = time.monotonic()
        said, when = self._said.get(name, ("", -PLAIN_INTERVAL))
        if stage == said and now - when < PLAIN_INTERVAL:
            return False
        self._said[name] = (stage, now)
        return True

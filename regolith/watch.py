"""Who watches a run: what it tells while it goes on, and whether it is asked to stop."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from regolith.errors import Interrupted

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PLAIN_INTERVAL = 10.0  # wall time between two lines where there is no terminal to draw on [s]
_STOPPING = "regolith: stopping with a checkpoint; once more to leave at once, without one"
SHOW_CURSOR = "\x1b[?25h"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        time: Simulated [s].
        end: Simulated time at which the run ends [s].
        wall_s: Wall time since its start [s].
        grain_steps_per_s: Speed of late [1/s].
        captured_mass: Held by the tool now [kg].
    """

    time: float
    end: float
    wall_s: float
    grain_steps_per_s: float
    captured_mass: float


class Watch(Protocol):
    """What a run calls. `progress` and `stop_asked` come several times a second, so both must be quick."""

    def stage(self, text: str, share: float) -> None:
        """Says what is being done before the tool moves, and which share of it is done (0 to 1).

        Raises:
            Interrupted: The user asked to stop; before the tool moves there is no state to save first.
        """

    def progress(self, p: Progress) -> None:
        """Says how far the tool has come."""

    def warn(self, text: str) -> None:
        """Says what the user should know."""

    def stop_asked(self) -> bool:
        """Whether the run should write a checkpoint and raise `Interrupted`."""


class Silent:
    """Watches nothing and never asks to stop: the default of the Python API."""

    def stage(self, text: str, share: float) -> None:
        """Keeps quiet."""

    def progress(self, p: Progress) -> None:
        """Keeps quiet."""

    def warn(self, text: str) -> None:
        """Keeps quiet."""

    def stop_asked(self) -> bool:
        """Never."""
        return False


class StopSignals:
    """Ctrl-C and SIGTERM ask to stop, a second one leaves at once.

    Signals are caught between entering and leaving it as a context manager, which only the main thread may do.
    """

    stopping = ""  # said at the first one

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def stop_asked(self) -> bool:
        """Whether Ctrl-C or SIGTERM came."""
        return self._asked

    def leaving(self) -> str:
        """Said when a second one comes."""
        return ""

    def _stop(self, number: int, frame: FrameType | None) -> None:
        # The interpreter may be inside a print or a long kernel here: only calls that need neither are safe.
        if self._asked:
            _say(self.leaving())
            os._exit(Interrupted.exit_code)
        self._asked = True
        _say(self.stopping)


class Terminal(StopSignals):
    """A live bar on a terminal, plain lines elsewhere, both on standard error; Ctrl-C and SIGTERM ask to stop."""

    stopping = f"\n{_STOPPING}\n"

    def __init__(self) -> None:
        super().__init__()
        self._bar: Bar | None = None
        self._task: Any = None
        self._said: tuple[str, float] = ("", -PLAIN_INTERVAL)  # last stage and when
        self._last_line: Progress | None = None

    def __enter__(self) -> Self:
        super().__enter__()
        if sys.stderr.isatty():
            self._bar = make_bar()
            self._task = self._bar.add_task("starting", total=None, text="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        super().__exit__(kind, error, trace)

    def stage(self, text: str, share: float) -> None:
        """Shows what is being done before the tool moves.

        Raises:
            Interrupted: Ctrl-C or SIGTERM came.
        """
        if self._asked:
            raise Interrupted(f"stopped while at work on: {text}. Nothing had to be saved yet.")
        if self._bar is not None:
            self._begin(text, 1.0)
            self._bar.update(self._task, completed=share)
        elif self._is_news(text):
            print(f"{text} ({share:.0%})", file=sys.stderr, flush=True)

    def progress(self, p: Progress) -> None:
        """Shows simulated time, wall time left, speed and captured mass."""
        figures = f"{p.grain_steps_per_s / 1e6:.2f} M grain-steps/s, {p.captured_mass * 1e3:.1f} g held"
        clock = f"{p.time:.3f} of {p.end:.3f} s"
        if self._bar is not None:
            self._begin("digging", p.end)
            self._bar.update(self._task, completed=p.time, text=f"{clock}, {figures}")
            return
        if self._is_news("digging"):
            print(f"{clock}, {_left(self._last_line, p)} left, {figures}", file=sys.stderr, flush=True)
            self._last_line = p

    def warn(self, text: str) -> None:
        """Prints a warning above the bar."""
        if self._bar is not None:
            self._bar.console.print(f"warning: {text}")
        else:
            print(f"warning: {text}", file=sys.stderr, flush=True)

    def leaving(self) -> str:
        """Gives the terminal its cursor back."""
        return SHOW_CURSOR if self._bar is not None else ""

    def _begin(self, text: str, total: float) -> None:
        """Starts the bar anew when a stage does, so that the time left is not guessed from another stage's speed."""
        if self._bar is not None and self._said[0] != text:
            self._bar.reset(self._task, description=text, total=total, text="")
            self._said = (text, 0.0)

    def _is_news(self, text: str) -> bool:
        now = time.monotonic()
        if text == self._said[0] and now - self._said[1] < PLAIN_INTERVAL:
            return False
        self._said = (text, now)
        return True


def _say(text: str) -> None:
    os.write(2, text.encode())


def _left(earlier: Progress | None, p: Progress) -> str:
    """Wall time to the end at the speed since the last line: the first steps compile, a resumed run skips some."""
    if earlier is None or p.time <= earlier.time:
        return "unknown time"
    return clock((p.end - p.time) * (p.wall_s - earlier.wall_s) / (p.time - earlier.time))


def clock(seconds: float) -> str:
    """A time as people say it: 2 h 05 min, 3 min 20 s."""
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60:02d} min" if hours else f"{rest // 60} min {rest % 60:02d} s"


def make_bar() -> "Bar":
    """The live bars that runs and campaigns show."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[text]}", markup=False),
        console=Console(stderr=True, markup=False, highlight=False),
        refresh_per_second=4,
        transient=True,
    )

"""Who watches a study: how many runs are done, which are at work and how far, and whether to stop."""

import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from regolith.sweep.rows import Row
from regolith.watch import SHOW_CURSOR, StopSignals, clock

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

MOST_SHOWN = 24  # runs at work in the live table
_ORDER = ("running", "waiting", "interrupted", "failed", "crashed", "refused")


class Tally:
    """Where a study stands.

    Args:
        rows: Every run; looked at whenever something is asked.
        left: Runs that will be done in this sitting and have not ended.
        slots: Runs at once.
    """

    def __init__(self, rows: Sequence[Row], left: int, slots: int) -> None:
        self._rows, self.left, self.slots = rows, left, slots
        walls = [float(row.result["wall_s"]) for row in rows if "wall_s" in row.result]
        self._spent, self._ended = sum(walls), len(walls)

    def end(self, row: Row, wall: float) -> None:
        """A run ended.

        Args:
            row: The run.
            wall: How long it was at work [s].
        """
        self.left -= 1
        if row.state == "done":
            self._spent, self._ended = self._spent + wall, self._ended + 1

    def time_left(self, shares: float = 0.0) -> float | None:
        """Wall time until all that is left has ended [s]; None if no run has ended yet.

        Args:
            shares: What is done of the runs at work, added up.
        """
        if not self._ended:
            return None
        return max(0.0, self.left - shares) * self._spent / self._ended / max(1, min(self.slots, self.left))

    def said(self) -> str:
        """Counts, for people: what is done, and whatever else there is."""
        counts: Counter[str] = Counter(row.state for row in self._rows)
        others = [f"{counts[state]} {state}" for state in _ORDER if counts[state]]
        return ", ".join([f"{counts['done']} of {len(self._rows)} runs done", *others])

    def time_said(self, shares: float = 0.0) -> str:
        """Time left, for people; "" if nothing is left."""
        seconds = self.time_left(shares)
        if not self.left:
            return ""
        return "time left not known yet" if seconds is None else f"about {clock(seconds)} left"


class StudyWatch:
    """What a study calls; keeps quiet itself. `hear` comes from the threads of the slots, the others from its own."""

    def start(self, tally: Tally) -> None:
        """The study begins."""

    def begin(self, row: Row) -> None:
        """A run begins."""

    def hear(self, name: str, event: dict[str, Any]) -> None:
        """A run, named by its id, tells of itself, see `sweep.worker`."""

    def end(self, row: Row) -> None:
        """A run has ended, in whichever way."""

    def warn(self, text: str) -> None:
        """Says what the user should know."""

    def clear(self) -> None:
        """Nothing is at work any more."""

    def stop_asked(self) -> bool:
        """Whether the study should stop its runs and raise `Interrupted`."""
        return False


@dataclass
class _AtWork:
    """A run at work: what it does, and which share of that or of the whole is done."""

    row: Row
    stage: str = "starting"
    share: float = 0.0
    whole: float = 0.0

    def hear(self, event: dict[str, Any]) -> None:
        if "stage" in event:
            self.stage, self.share = str(event["stage"]), float(event["share"])
        elif "time" in event:
            self.stage, self.share = "digging", float(event["time"]) / float(event["end"])
            self.whole = self.share


class TerminalStudy(StopSignals, StudyWatch):
    """A live table on a terminal, a line per ended run elsewhere, on standard error; Ctrl-C asks to stop."""

    stopping = "\nregolith: stopping the runs at work, which write checkpoints; once more to leave at once\n"

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()  # not held while printing, which waits for the live table
        self._at_work: dict[str, _AtWork] = {}
        self._tally = Tally((), 0, 1)
        self._live: Live | None = None

    def __enter__(self) -> Self:
        super().__enter__()
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True, markup=False, highlight=False)
            self._live = Live(get_renderable=self._table, console=console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.clear()
        if self._live is not None:
            self._live.stop()
        super().__exit__(*error)

    def start(self, tally: Tally) -> None:
        """Says where the study stands at its beginning."""
        self._tally = tally
        if self._live is None:
            self._print(f"{tally.said()}; {tally.left} to do, {tally.slots} at once")

    def begin(self, row: Row) -> None:
        """Shows that a run is at work."""
        with self._lock:
            self._at_work[row.run.id] = _AtWork(row)

    def hear(self, name: str, event: dict[str, Any]) -> None:
        """Shows how far a run is."""
        with self._lock:
            run = self._at_work.get(name)
            if run is not None:
                run.hear(event)
        if "warn" in event:
            self.warn(f"{run.row.name if run else name}: {event['warn']}")

    def end(self, row: Row) -> None:
        """Says how a run ended; the live table counts those that are done."""
        with self._lock:
            self._at_work.pop(row.run.id, None)
        reason = f" ({row.reason})" if row.reason else ""
        if row.state == "waiting":  # it never began
            return
        if self._live is None:
            where = ", ".join(filter(None, [self._tally.said(), self._tally.time_said(self._shares())]))
            self._print(f"{row.name}: {row.state}{reason}; {where}")
        elif row.state != "done":
            self._print(f"{row.name}: {row.state}{reason}")

    def warn(self, text: str) -> None:
        """Prints a warning."""
        self._print(f"warning: {text}")

    def clear(self) -> None:
        """Takes the runs at work away."""
        with self._lock:
            self._at_work.clear()

    def leaving(self) -> str:
        """Gives the terminal its cursor back."""
        return SHOW_CURSOR if self._live is not None else ""

    def _shares(self) -> float:
        with self._lock:
            return sum(run.whole for run in self._at_work.values())

    def _print(self, text: str) -> None:
        if self._live is not None:
            self._live.console.print(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def _table(self) -> "Group":
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        where = ", ".join(filter(None, [self._tally.said(), self._tally.time_said(self._shares())]))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        with self._lock:
            for run in list(self._at_work.values())[:MOST_SHOWN]:
                bar = ProgressBar(total=1.0, completed=run.share, width=30)
                table.add_row(run.row.name, _values(run.row), run.stage, bar, f"{run.share:.0%}")
        return Group(Text(where), table)


def _values(row: Row) -> str:
    values = {key.rpartition(".")[2]: value for key, value in row.run.values.items()}
    return " ".join(f"{key}={v:.4g}" if isinstance(v, float) else f"{key}={v}" for key, v in values.items())

"""In which order runs begin: one of each bed first, so that none waits in a slot for a bed that another settles."""

from collections import deque
from collections.abc import Collection, Iterable

from regolith.sweep.rows import Planned


class Order:
    """Runs that have not begun yet.

    The first run of every bed comes first; the others come once their bed is there. Where the first ends without having
    settled it, the next one takes its place. Runs whose bed is "" are nobody's concern and come in their turn.

    Args:
        runs: Those to begin, in order.
        settled: Beds that are there already.
    """

    def __init__(self, runs: Iterable[Planned], settled: Collection[str] = ()) -> None:
        self._settled = {"", *settled}
        self._first: deque[Planned] = deque()
        self._ready: deque[Planned] = deque()
        self._behind: dict[str, deque[Planned]] = {}
        for run in runs:
            if run.bed in self._behind:
                self._behind[run.bed].append(run)
            elif run.bed in self._settled:
                self._ready.append(run)
            else:
                self._first.append(run)
                self._behind[run.bed] = deque()

    def __len__(self) -> int:
        """How many have not begun."""
        return len(self._first) + len(self._ready) + sum(map(len, self._behind.values()))

    def all(self) -> list[Planned]:
        """All that have not begun, the first of every bed first."""
        return [*self._first, *self._ready, *(run for runs in self._behind.values() for run in runs)]

    def next(self) -> Planned | None:
        """The run to begin now; None if there is none, or all of them wait for a bed."""
        for waiting in (self._first, self._ready):
            if waiting:
                return waiting.popleft()
        return None

    def settle(self, bed: str) -> None:
        """A bed is there."""
        self._settled.add(bed)
        self._ready.extend(self._behind.pop(bed, ()))

    def end(self, run: Planned) -> None:
        """A run ended; if its bed is not there, the next one settles it."""
        behind = self._behind.get(run.bed)
        if behind:
            self._first.append(behind.popleft())

"""Keeps a study's table up to date while it runs, at little cost, whatever the disk says."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from regolith.errors import OutputError
from regolith.sweep.rows import Row, Study

PAUSE = 2.0  # wall time between two writes, at least [s]
SHARE = 0.02  # of the wall time that may be spent on writing, at most


class TableFile:
    """`study.h5`, behind the rows that it shows.

    Args:
        path: The file.
        study: The plan.
        rows: Every run and how it stands; looked at whenever the file is written.
        warn: Told once that it cannot be written, and once that it can again.
    """

    def __init__(self, path: Path, study: Study, rows: Sequence[Row], warn: Callable[[str], None]) -> None:
        self._path, self._study, self._rows, self._warn = path, study, rows, warn
        self._trouble: OutputError | None = None
        self._changed = False
        self._cost, self._written = 0.0, -PAUSE

    def touch(self) -> None:
        """The rows have changed."""
        self._changed = True

    def write_if_due(self) -> None:
        """Write it if the rows have changed and the last time is long enough ago; a refusal is told and outlived."""
        if self._changed and time.monotonic() - self._written > max(PAUSE, self._cost / SHARE):
            self.write()

    def write(self) -> None:
        """Write it; a refusal is told and outlived."""
        from regolith.sweep.table import write_table

        began = time.monotonic()
        try:
            write_table(self._path, self._study, self._rows)
        except OutputError as error:
            if self._trouble is None:
                self._warn(f"{error} The study goes on without it, and tries again from time to time.")
            self._trouble = error
        else:
            if self._trouble is not None:
                self._warn(f"{self._path} can be written again")
            self._trouble, self._changed = None, False
        self._written = time.monotonic()
        self._cost = self._written - began

    def check(self) -> None:
        """Whether the file shows the rows.

        Raises:
            OutputError: The last write was refused.
        """
        if self._trouble is not None:
            raise self._trouble

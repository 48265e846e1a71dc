"""One run in a process of its own: `python -m regolith.sweep.worker RUNDIR ARCH THREADS`.

The run directory is prepared: it holds mission.toml, and a run that was begun goes on from its checkpoint. What happens
is told on standard output, a line of JSON each: {"stage", "share"}, {"time", "end", ...} or {"warn"}. SIGINT or SIGTERM
stops it with a checkpoint, and so does the end of standard input: the parent is gone then. Exit codes are those of
`regolith run`.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from regolith.errors import Interrupted, InUse, RegolithError
from regolith.watch import Progress, StopSignals

PATIENCE = 120.0  # with a process of a killed parent, which saves its state and ends [s]


class Teller(StopSignals):
    """Watches a run for another process."""

    def __init__(self) -> None:
        super().__init__()
        self._orphaned = threading.Event()
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        threading.Thread(target=self._watch_parent, daemon=True).start()

    def stage(self, text: str, share: float) -> None:
        """Tells it.

        Raises:
            Interrupted: Asked to stop.
        """
        if self.stop_asked():
            raise Interrupted(f"stopped while at work on: {text}. Nothing had to be saved yet.")
        self._tell(stage=text, share=share)

    def progress(self, p: Progress) -> None:
        """Tells it."""
        self._tell(**vars(p))

    def warn(self, text: str) -> None:
        """Tells it."""
        self._tell(warn=text)

    def stop_asked(self) -> bool:
        """Whether a signal came, or the parent is gone."""
        return super().stop_asked() or self._orphaned.is_set()

    def _tell(self, **event: Any) -> None:
        try:
            print(json.dumps(event), file=self._out, flush=True)
        except OSError:
            self._orphaned.set()

    def _watch_parent(self) -> None:
        while os.read(0, 1):  # not sys.stdin, whose lock would be held when the interpreter ends
            pass
        self._orphaned.set()


def _resume(rundir: Path, arch: str, threads: int, watch: Teller) -> None:
    """Go on with the run; one that a killed parent left is about to stop and is waited for."""
    from regolith.mission import resume

    until = time.monotonic() + PATIENCE
    while True:
        try:
            resume(rundir, arch=arch, threads=threads, watch=watch)
            return
        except InUse:
            if time.monotonic() > until or watch.stop_asked():
                raise
            time.sleep(0.2)


def main(rundir: str, arch: str, threads: str) -> int:
    """Run or go on, then write the report; the exit code."""
    from regolith.report import write

    try:
        with Teller() as watch:
            _resume(Path(rundir), arch, int(threads), watch)
            write(Path(rundir))
    except RegolithError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""One run in a process of its own: `python -m regolith.sweep.worker RUNDIR ARCH THREADS`.

The run directory is prepared: it holds mission.toml, of a mission or a campaign, and a run that was begun goes on from
its checkpoint. A campaign does one operation at a time. What happens is told on standard output, a line of JSON each:
{"stage", "share"}, {"time", "end", ...} or {"warn"}. SIGINT or SIGTERM stops it with a checkpoint, and so does the end
of standard input: the parent is gone then. Exit codes are those of `regolith run`; `BUSY` is another process's run.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from regolith.errors import Interrupted, InUse, RegolithError
from regolith.watch import Progress, StopSignals

PATIENCE = 300.0  # with a process of a killed parent, which saves its state and ends, or is silent for good [s]
BUSY = 75  # exit code: after all that patience another process still holds the run directory


class Teller(StopSignals):
    """Watches a mission or a campaign, whose operations are its stages, for another process."""

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

    def begin(self, name: str) -> None:
        """Tells of an operation."""
        self._tell(stage=f"{name}: in its turn", share=0.0)  # "starting" is what it says once its bed is there

    def hear(self, name: str, event: dict[str, Any]) -> None:
        """Tells what an operation tells."""
        if "warn" in event:
            self.warn(f"{name}: {event['warn']}")
        elif "stage" in event:
            self._tell(stage=f"{name}: {event['stage']}", share=event["share"])
        else:
            self._tell(stage=f"{name}: digging", share=event["time"] / event["end"])

    def end(self, row: dict[str, Any]) -> None:
        """Tells how an operation ended."""
        self._tell(stage=f"{row['name']}: {row['outcome']}", share=1.0)

    def clear(self) -> None:
        """Has nothing to clear."""

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


def _once_free(go_on: Callable[[], object], watch: Teller) -> None:
    """Go on with a run; one that a killed parent left is about to stop and is waited for."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            go_on()
            return
        except InUse:
            if time.monotonic() > until or watch.stop_asked():
                raise
            time.sleep(0.2)


def _go_on(folder: Path, arch: str, threads: int, watch: Teller) -> None:
    """Run or go on, then write the report, whose plots would hold up the first step if they were imported before."""
    from regolith.campaign_record import is_campaign_folder

    if is_campaign_folder(folder):
        from regolith import campaign

        _once_free(lambda: campaign.resume(folder, arch=arch, threads=threads, slots=1, watch=watch), watch)
        from regolith import campaign_report

        campaign_report.write(folder)
    else:
        from regolith import mission

        _once_free(lambda: mission.resume(folder, arch=arch, threads=threads, watch=watch), watch)
        from regolith import report

        report.write(folder)


def main(rundir: str, arch: str, threads: str) -> int:
    """Do it; the exit code."""
    try:
        with Teller() as watch:
            _go_on(Path(rundir), arch, int(threads), watch)
    except InUse as error:
        print(error, file=sys.stderr)
        return BUSY
    except RegolithError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

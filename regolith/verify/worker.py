"""Runs cases in a process of its own, since a process has one precision; one line of JSON a case.

python -m regolith.verify.worker PRECISION ARCH THREADS SEEDS CASE..., with standard input held open by the parent.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from dataclasses import asdict
from typing import Any

from regolith.verify.case import Case, GaveUp, Sheet
from regolith.verify.catalogue import cases


def run_case(case: Case, precision: str, seeds: int | None = None) -> dict[str, Any]:
    """What a case found, as plain data; a case that raised holds its traceback under `error`."""
    sheet, began, error = Sheet(case, precision, seeds), time.perf_counter(), ""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", GaveUp)
        try:
            case.run(sheet)
            if not sheet.checks:
                error = "the case checked nothing"
        except Exception:
            error = traceback.format_exc()
    for warning in warned:
        if isinstance(warning.message, GaveUp):
            sheet.note(str(warning.message))
        else:
            sys.stderr.write(
                warnings.formatwarning(warning.message, warning.category, warning.filename, warning.lineno)
            )
    return {
        "case": case.name,
        "precision": precision,
        "checks": [asdict(check) for check in sheet.checks],
        "figures": [asdict(figure) for figure in sheet.figures],
        "notes": sheet.notes,
        "seconds": time.perf_counter() - began,
        "error": error,
    }


def end_with_parent() -> None:
    """End this process when its parent does, killed or not: then standard input, a pipe from there, ends."""

    def watch() -> None:
        while os.read(0, 1):  # not sys.stdin, whose lock would be held when the interpreter ends
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main(precision: str, arch: str, threads: str, seeds: str, *names: str) -> None:
    """Run cases and print what they found; other prints of theirs are kept off the lines of JSON."""
    # not sys.stdout, whose replacement Taichi would take for a notebook's; left open, so that the parent's pipe ends
    # with this process, when Taichi has saved what it compiled
    out = os.fdopen(os.dup(1), "w", closefd=False)
    os.dup2(2, 1)
    # Ctrl-C reaches all of a terminal's processes; the parent ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if names:
        end_with_parent()
    from regolith.runtime import start

    start(arch, int(threads), precision)
    known = cases()
    for name in names:
        print(json.dumps(run_case(known[name], precision, int(seeds) or None)), file=out, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

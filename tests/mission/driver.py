"""`regolith`, which announces in a file what it is about to record: `python -m tests.mission.driver FILE WORDS...`."""

import os
import sys

from regolith import recorder
from regolith.cli import app


def main() -> None:
    said = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    record = recorder.Recorder.record

    def announced(self: recorder.Recorder, frame: bool) -> None:
        os.write(said, f"{'frame' if frame else 'row'} {self.sim.step_count}\n".encode())
        record(self, frame)

    recorder.Recorder.record = announced  # type: ignore[method-assign]
    app(sys.argv[2:])


if __name__ == "__main__":
    main()

"""A study from plan to table: begins what is not done, each run in a process of its own, and keeps the table.

The directory is the state: what is done is never repeated, what was cut off goes on from its checkpoint, and a run that
fails is a row with its reason while the others go on.
"""

import sys
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from regolith.errors import ConfigError, Interrupted, InUse, OutputError
from regolith.output.atomic import write_text
from regolith.output.rundir import RunDir
from regolith.runtime import check_wishes
from regolith.sweep.executors import Job, Listener, Pool, Slots, Waiting, wait_for_one
from regolith.sweep.order import Order
from regolith.sweep.places import places as places_of
from regolith.sweep.progress import StudyWatch, Tally
from regolith.sweep.rows import Planned, Row, Study
from regolith.sweep.study_dir import StudyDir
from regolith.sweep.table_file import TableFile

WORKER = (sys.executable, "-m", "regolith.sweep.worker")
POLL = 0.2  # wall time between two looks at Ctrl-C [s]
WHERE = ("arch", "threads", "slots", "scheduler", "slurm")  # what the manifest keeps of how a study was begun
BED_IS_THERE = "starting"  # the stage of a mission that follows its bed


def sweep(
    study: Study,
    source: Path,
    folder: Path,
    *,
    arch: str = "cpu",
    threads: int = 1,
    slots: int | None = None,
    places: Sequence[Mapping[str, str]] | None = None,
    scheduler: str | None = None,
    slurm: Path | None = None,
    only: Collection[str] = (),
    limit: int | None = None,
    retry_failed: bool = False,
    watch: StudyWatch | None = None,
) -> list[Row]:
    """Run what is left of a study.

    Args:
        study: The plan.
        source: The study file that it was made from.
        folder: The study's directory; a new one, or that of the same study, which may have grown.
        arch: Backend of every run, see `runtime.start`.
        threads: CPU threads of every run.
        slots: Runs at once on this machine; None: as many as there are cores or GPUs for.
        places: Environment of each slot, instead of `slots`.
        scheduler: Address of a Dask scheduler whose workers do the runs, one per thread, instead of this machine.
        slurm: File with the settings of a Slurm cluster to start such workers on (see `sweep.slurm`).
        only: Ids or numbers of the runs to begin; empty: all that are left.
        limit: Most runs to begin; None: no limit.
        retry_failed: Whether to try failed runs again.
        watch: Told of the progress.

    Returns:
        Every run of the plan and how it stands.

    Raises:
        ConfigError: Unknown wishes or runs, or a scheduler that cannot be reached; OutputError: the directory is of
            another study or version, or the table could not be written in the end; Interrupted: the watch asked to
            stop, and what was at work has stopped.
    """
    check_wishes(arch, threads, "mixed")
    chosen, directory, ears = pick(study, only), StudyDir(Path(folder)), _Ears(watch or StudyWatch())
    directory.check(study)
    with _pool(arch, threads, slots, places, scheduler, slurm, ears) as pool, directory.held(study):
        pool.check(directory.path)
        facts = {"arch": arch, "threads": threads, "slots": pool.number, "scheduler": scheduler}
        directory.write(study, Path(source), facts | {"slurm": slurm is not None})
        if slurm is not None:
            directory.keep_profile(Path(slurm))
        rows = directory.rows(study)
        if strays := directory.strays(study):
            ears.watch.warn(f"{strays} earlier runs are not in the study any more; they stay in {directory.runs} only")
        to_do = left(rows, chosen, limit, retry_failed)
        table = TableFile(directory.table, study, rows, ears.watch.warn)
        _Driver(directory, rows, to_do, table, ears, pool, (arch, str(threads))).go()
        return rows


def prepare(
    study: Study,
    source: Path,
    folder: Path,
    *,
    only: Collection[str] = (),
    limit: int | None = None,
    retry_failed: bool = False,
) -> list[str]:
    """Make the run directories of what is left of a study, and `runs.txt`, their ids, a line each; begin nothing.

    Args:
        study: As of `sweep`, and so the others.
        source: Its file.
        folder: Its directory.
        only: Which runs.
        limit: How many.
        retry_failed: Whether failed runs are left, too.

    Returns:
        The ids, the first run of every bed first.

    Raises:
        As `sweep`.
    """
    chosen, directory = pick(study, only), StudyDir(Path(folder))
    directory.check(study)
    with directory.held(study):
        facts = RunDir(directory.path).read_manifest()
        directory.write(study, Path(source), {key: facts[key] for key in WHERE if key in facts})
        rows = directory.rows(study)
        to_do = Order(left(rows, chosen, limit, retry_failed)).all()
        for run in to_do:
            _make_ready(directory, run)
        write_text(directory.list, "".join(f"{run.id}\n" for run in to_do))
        table = TableFile(directory.table, study, rows, StudyWatch().warn)
        table.write()
        table.check()
        return [run.id for run in to_do]


def pick(study: Study, words: Collection[str]) -> set[int]:
    """Numbers of the runs that words name by number, from 0, or by id; of all if there are no words.

    Raises:
        ConfigError: There is no such run.
    """
    by_name = {run.id: run.number for run in study.runs} | {str(run.number): run.number for run in study.runs}
    wanted = [part.strip() for word in words for part in word.split(",")]
    for word in wanted:
        if word not in by_name:
            raise ConfigError(
                f"--only {word}: there is no such run; must be a number from 0 to {len(study.runs) - 1}, or the id of "
                "a run"
            )
    return {by_name[word] for word in wanted} if wanted else set(range(len(study.runs)))


def left(rows: Sequence[Row], chosen: Collection[int], limit: int | None, retry_failed: bool) -> list[Planned]:
    """The runs to begin, in the order of the plan."""
    ended = {"done", "refused"} if retry_failed else {"done", "refused", "failed"}
    return [row.run for row in rows if row.state not in ended and row.run.number in chosen][:limit]


def _pool(
    arch: str,
    threads: int,
    slots: int | None,
    places: Sequence[Mapping[str, str]] | None,
    scheduler: str | None,
    slurm: Path | None,
    hear: Listener,
) -> "AbstractContextManager[Pool]":
    if scheduler is None and slurm is None:
        return Slots(places or places_of(arch, threads, slots), hear)
    from regolith.sweep.cluster import connect
    from regolith.sweep.slurm import on_slurm

    if slots is not None:
        raise ConfigError(
            f"slots = {slots}: are those of this machine; Dask workers do one run per thread (--nthreads)"
        )
    if slurm is not None:
        return on_slurm(slurm, threads, hear)
    return connect(str(scheduler), hear)


def _make_ready(directory: StudyDir, run: Planned) -> None:
    """Prepare a run's directory; a failed run is no more than an interrupted one from here on.

    Raises:
        InUse: A living process holds it; OutputError: the disk refused.
    """
    place = directory.run(run)
    if not place.mission.is_file():
        RunDir.create(place.path, run.text).close()
    elif place.read_status().get("state") == "failed":
        place.write_status({"state": "interrupted", "message": "failed, and is tried again"})


class _Ears:
    """Hears what runs say, in the threads of the slots: passes it on, and notes whose bed is there."""

    def __init__(self, watch: StudyWatch) -> None:
        self.watch = watch
        self.settled: SimpleQueue[str] = SimpleQueue()

    def __call__(self, name: str, event: dict[str, Any]) -> None:
        if str(event.get("stage", "")).endswith(BED_IS_THERE):  # "scoop-1: starting", of a campaign's first operation
            self.settled.put(name)
        self.watch.hear(name, event)


class _Driver:
    """One study on one pool."""

    def __init__(
        self,
        directory: StudyDir,
        rows: Sequence[Row],
        to_do: Sequence[Planned],
        table: TableFile,
        ears: _Ears,
        pool: Pool,
        words: Sequence[str],
    ) -> None:
        self.directory, self.table, self.ears, self.pool, self.words = directory, table, ears, pool, words
        self.watch = ears.watch
        self.rows = {row.run.id: row for row in rows}
        self.order = Order(to_do, {row.run.bed for row in rows if row.state == "done"})
        self.tally = Tally(rows, len(to_do), pool.number)
        self.tickets: dict[str, Waiting] = {}
        self.began: dict[str, float] = {}

    def go(self) -> None:
        """Run until nothing is left to do.

        Raises:
            Interrupted: The watch asked to stop; OutputError: the table could not be written in the end.
        """
        self.table.write()
        self.watch.start(self.tally)
        try:
            while self._hand_in() or self.tickets:
                self._wait()
                if self.watch.stop_asked():
                    how = f"regolith resume {self.directory.path}"
                    raise Interrupted(f"stopped; the runs at work wrote checkpoints. Go on with: {how}")
        finally:
            while self.tickets:
                self.pool.stop()
                self._wait()
            for row in self.rows.values():
                self.directory.lay_down(row)
            self.watch.clear()
            self.table.write()
        self.table.check()

    def _hand_in(self) -> bool:
        """Begin what may begin, and as many again as there are slots, so that none stands idle until the next look.

        Returns:
            Whether something was done.
        """
        self.tally.slots = self.pool.number
        before = len(self.order)
        while len(self.tickets) < 2 * self.pool.number and (run := self.order.next()) is not None:
            row = self.rows[run.id]
            try:
                _make_ready(self.directory, run)
            except OutputError as error:
                row.state, row.reason = "interrupted" if isinstance(error, InUse) else "failed", str(error)
                self._end(row, 0.0)
            else:
                words = [*WORKER, str(self.directory.run(run).path.absolute()), *self.words]
                self.tickets[run.id] = self.pool.submit(Job(run.id, words))
        return len(self.order) < before

    def _wait(self) -> None:
        """Wait for an end, not for long, and enter what has happened."""
        wait_for_one(self.tickets.values(), POLL)
        while not self.ears.settled.empty():
            self.order.settle(self.rows[self.ears.settled.get()].run.bed)
        for name, ticket in list(self.tickets.items()):
            row = self.rows[name]
            if ticket.begun and name not in self.began:
                self.began[name] = time.monotonic()
                row.state, row.reason = "running", ""
                self.watch.begin(row)
                self.table.touch()
            if ticket.done:
                del self.tickets[name]
                self.directory.close_account(row, ticket.ended)
                self._end(row, time.monotonic() - self.began.pop(name))
        self.table.write_if_due()

    def _end(self, row: Row, wall: float) -> None:
        if row.state == "done":
            self.order.settle(row.run.bed)
        else:
            self.order.end(row.run)
        self.tally.end(row, wall)
        self.watch.end(row)
        self.table.touch()

"""A campaign from file to result: plans its operations, runs each in a process of its own, keeps the book.

The directory is the state: an operation that is done is never repeated, one that was cut off goes on from its
checkpoint. Operations on ground of their own may run at once, ahead of their turn; results are entered in order, and
what was begun and turns out not to be needed is stopped and removed, so the outcome does not depend on the slots.
"""

import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomli_w

from regolith.assemble import Plan, make_plan
from regolith.board import Board, Quiet
from regolith.campaign_record import OPERATIONS, TABLE
from regolith.config import CampaignConfig, DrillMotion, MissionConfig, Step, load_campaign
from regolith.errors import ConfigError, Interrupted, OperationFailed, OutputError
from regolith.ground import bulk_density
from regolith.ledger import Ledger, Row
from regolith.output.atomic import write_text
from regolith.output.rundir import RunDir
from regolith.output.table import csv_text
from regolith.runtime import check_wishes, cores
from regolith.sweep.executors import Job, Slots, Ticket, wait_for_one

WORKER = (sys.executable, "-m", "regolith.sweep.worker")
POLL = 0.2  # wall time between two looks at Ctrl-C [s]


def run(
    config: CampaignConfig,
    out: Path,
    *,
    arch: str = "cpu",
    threads: int = 1,
    slots: int | None = None,
    watch: Board | None = None,
) -> dict[str, Any]:
    """Run a campaign into a new directory.

    Args:
        config: The campaign.
        out: Its directory; must not hold a run already.
        arch: Backend, see `runtime.start`.
        threads: CPU threads of each operation. Two operations at once with a thread each are faster than one after
            the other with two.
        slots: Operations at once; None: as many as there are cores for, and one on a GPU.
        watch: Told of the progress.

    Returns:
        The result, as `status.json` holds it: outcome, masses, times, work, and a row per operation.

    Raises:
        ConfigError, OutputError: Bad input, a disk that cannot be written; OperationFailed: an operation's physics went
            wrong, or its process died twice; Interrupted: the watch asked to stop.
    """
    plans = make_plans(config)
    check_wishes(arch, threads, plans[0].config.precision)
    with RunDir.create(Path(out), config.to_toml()) as rundir:
        return _Campaign(config, plans, rundir, arch, threads, slots, watch or Quiet()).go()


def resume(
    folder: Path,
    *,
    arch: str | None = None,
    threads: int | None = None,
    slots: int | None = None,
    watch: Board | None = None,
) -> dict[str, Any]:
    """Go on with an interrupted, killed or failed campaign, to the same result as if nothing had happened.

    Args:
        folder: Its directory.
        arch: As of `run`; None: as before.
        threads: As of `run`; None: as before.
        slots: As of `run`.
        watch: As of `run`.

    Returns:
        The result; that of a finished campaign as it is.

    Raises:
        As `run`.
    """
    with RunDir.open(Path(folder)) as rundir:
        status = rundir.read_status()
        if status.get("state") == "done":
            return dict(status["result"])
        config, manifest = load_campaign(rundir.mission), rundir.read_manifest()
        before, now = manifest.get("config_hash"), config.content_hash()
        if before not in (None, now):
            raise OutputError(
                f"{folder}: the campaign, its soil files or its STL files have changed since it began (hash {before} "
                f"then, {now} now); undo the change, or start a new campaign"
            )
        arch, threads = arch or manifest.get("arch", "cpu"), threads or manifest.get("threads", 1)
        return _Campaign(config, make_plans(config), rundir, arch, threads, slots, watch or Quiet()).go()


def make_plans(config: CampaignConfig) -> list[Plan]:
    """What each operation of the file runs, checked; writes nothing.

    Raises:
        ConfigError: Whatever is wrong with an operation, or a container that cannot hold the goal.
    """
    plans = []
    for operation, mission in zip(config.tables.operations, config.missions, strict=True):
        try:
            plans.append(make_plan(mission))
            _check_return(config, mission)
        except ConfigError as error:
            raise ConfigError(f"operation {operation.name!r}: {error}") from None
    goal, volume = config.goal.goal, config.goal.container_volume
    if goal and volume:
        densest = max(float(bulk_density(p.config, p.soil, [p.config.bed.depth]).max()) for p in plans)
        if goal / densest > volume:
            raise ConfigError(
                f"campaign.goal = {goal:g} kg: takes at least {goal / densest:.4g} m3 at the soil's {densest:.4g} "
                f"kg/m3, more than the container holds, container_volume = {volume:g} m3; lower the goal or enlarge "
                "the container"
            )
    return plans


def _check_return(config: CampaignConfig, mission: MissionConfig) -> None:
    """A core counts towards the goal once it is out of the ground."""
    motion = mission.motion
    if config.goal.goal and isinstance(motion, DrillMotion) and motion.retract_rate is None:
        raise ConfigError(
            "motion.retract_rate is not stated: a drill that stays in the ground brings nothing to campaign.goal; "
            'state how fast it is drawn out, for example "50 mm/s"'
        )


class _Campaign:
    """One campaign on one directory."""

    def __init__(
        self,
        config: CampaignConfig,
        plans: list[Plan],
        rundir: RunDir,
        arch: str,
        threads: int,
        slots: int | None,
        watch: Board,
    ) -> None:
        self.config, self.rundir, self.watch = config, rundir, watch
        self.arch, self.threads = arch, threads
        self.n_slots = slots or (max(1, cores() // threads) if arch == "cpu" else 1)
        duration = {plan.config.name: plan.motion.longest for plan in plans}
        steps = config.steps()
        self.ledger = Ledger(config.goal, steps, [duration[step.operation.name] for step in steps])
        self.began = time.monotonic()

    def go(self) -> dict[str, Any]:
        """Run to the verdict; the result."""
        self.rundir.write_manifest(
            {
                "kind": "campaign",
                "arch": self.arch,
                "threads": self.threads,
                "slots": self.n_slots,
                "seed": self.config.seed,
                "config_hash": self.config.content_hash(),
            }
        )
        try:
            self._write()
            self._work()
        except Interrupted as error:
            self._write(state="interrupted", message=str(error))
            raise
        except BaseException as error:
            with suppress(OutputError):  # a disk that failed the campaign cannot take the news of it either
                self._write(state="failed", reason=type(error).__name__, message=str(error))
            raise
        result = self._result()
        self._write(state="done", result=result)
        return result

    def _work(self) -> None:
        tickets: dict[int, Ticket] = {}
        try:
            with Slots(self.n_slots, self.watch.hear) as slots:
                while (step := self.ledger.next) is not None:
                    if self.watch.stop_asked():
                        raise Interrupted(
                            f"stopped after {len(self.ledger.rows)} operations; those at work wrote checkpoints. Go "
                            f"on with: regolith resume {self.rundir.path}"
                        )
                    if self._is_done(step):
                        self._enter(step)
                        tickets.pop(step.index, None)
                    elif step.index in tickets and tickets[step.index].done:
                        self._end_of(step, tickets.pop(step.index))
                    else:
                        self._hand_in(slots, tickets)
                        wait_for_one(tickets.values(), POLL)
        finally:
            self.watch.clear()
        for step in self.ledger.unneeded:
            shutil.rmtree(self._folder(step), ignore_errors=True)

    def _hand_in(self, slots: Slots, tickets: dict[int, Ticket]) -> None:
        """Begin what may run now, in order; stop what is no longer needed."""
        runnable = self._runnable()
        for step in runnable:
            if step.index not in tickets and not self._is_done(step):
                tickets[step.index] = slots.submit(self._job(step))
                self.watch.begin(step.name)
        wanted = {step.index for step in runnable}
        for ticket in (ticket for index, ticket in tickets.items() if index not in wanted):
            ticket.cancel()

    def _runnable(self) -> list[Step]:
        """As many unfinished steps as there are slots, the next one first, none of which waits for another's trench.

        Beyond the next one it goes no further than what is done, entered or not, falls short of the goal.
        """
        found: list[Step] = []
        awaited: set[str | None] = set()  # sites where an earlier step has no result yet
        expected = self.ledger.stored
        for step in self.ledger.ahead:
            site = step.operation.site
            if self._is_done(step):
                expected += self._result_of(step)["captured_mass_kg"]
            elif step.operation.ground == "fresh" or site not in awaited:
                found.append(step)
            awaited.add(site)
            if len(found) == self.n_slots or (found and self.ledger.would_do(expected)):
                break
        return found

    def _job(self, step: Step) -> Job:
        folder = self._folder(step)
        if not RunDir(folder).mission.is_file():
            plain = step.mission.resolved()
            if row := self.ledger.before(step):
                plain["bed"]["continues"] = f"../{row['folder']}"
            RunDir.create(folder, tomli_w.dumps(plain)).close()
        return Job(step.name, [*WORKER, str(folder), self.arch, str(self.threads)])

    def _folder(self, step: Step) -> Path:
        return self.rundir.path / OPERATIONS / step.folder

    def _is_done(self, step: Step) -> bool:
        return bool(RunDir(self._folder(step)).read_status().get("state") == "done")

    def _result_of(self, step: Step) -> dict[str, Any]:
        return dict(RunDir(self._folder(step)).read_status()["result"])

    def _enter(self, step: Step) -> None:
        self.ledger.enter(self._result_of(step))
        self.watch.end(self.ledger.rows[-1])
        self._write()

    def _end_of(self, step: Step, ticket: Ticket) -> None:
        """Fail with a step that ended without a result, unless it was stopped because it did not seem to be needed."""
        ended = ticket.ended
        if ended.cancelled:
            return
        if ended.code == Interrupted.exit_code:
            raise Interrupted(f"{step.name} was stopped. Go on with: regolith resume {self.rundir.path}")
        raise OperationFailed(step.name, ended.code, ended.message, self._folder(step))

    def _write(self, state: str = "running", **more: Any) -> None:
        rows = self.ledger.rows
        write_text(self.rundir.path / TABLE, csv_text(rows))
        self.rundir.write_status({"state": state, **more, "operations": rows})

    def _result(self) -> dict[str, Any]:
        ledger, verdict = self.ledger, self.ledger.verdict
        assert verdict is not None
        return {
            "outcome": verdict.outcome,
            "text": verdict.text,
            "goal_kg": self.config.goal.goal,
            "stored_mass_kg": ledger.stored,
            "captured_mass_kg": _sum(ledger.rows, "captured_mass_kg"),
            "operations": len(ledger.rows),
            "not_needed": [step.name for step in ledger.unneeded],
            "simulated_time_s": ledger.time,
            "work_J": ledger.work,
            "energy_J": ledger.energy,
            "specific_energy_J_per_kg": ledger.work / ledger.stored if ledger.stored else None,
            "peak_force_N": max((row["peak_force_N"] for row in ledger.rows), default=None),
            "peak_torque_Nm": max((row["peak_torque_Nm"] for row in ledger.rows), default=None),
            "peak_power_W": max((row["peak_power_W"] for row in ledger.rows), default=None),
            "wall_s": _sum(ledger.rows, "wall_s"),
        }


def _sum(rows: list[Row], key: str) -> float:
    return float(sum(row[key] for row in rows))

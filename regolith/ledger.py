"""The book of a campaign: results entered in order, what is stored, and whether it goes on. Knows no files.

Every decision follows from the results before it, so it is the same however many operations run at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regolith.config import GoalConfig, Step

Row = dict[str, Any]

# keys of a mission's result that an operation's row holds; all are SI, the unit is in the name
RESULT_KEYS = (
    "captured_mass_kg",
    "captured_volume_m3",
    "spilled_mass_kg",
    "grains",
    "captured_grains",
    "spilled_grains",
    "bed_grains",
    "lost_grains",
    "simulated_time_s",
    "peak_force_N",
    "mean_force_N",
    "peak_torque_Nm",
    "mean_torque_Nm",
    "peak_power_W",
    "mean_power_W",
    "work_J",
    "specific_energy_J_per_kg",
    "actuator_work_J",
    "drilled_depth_m",
    "core_recovery",
    "mean_weight_on_bit_N",
    "mean_drilling_torque_Nm",
    "size_bias",
    "size_bias_ks",
    "mean_origin_depth_m",
    "origin_depth_p10_m",
    "origin_depth_p50_m",
    "origin_depth_p90_m",
    "steps",
    "wall_s",
    "final_state_sha256",
)
_FULL = 1 - 1e-9  # of a limit: sums of floats may miss it by rounding


@dataclass(frozen=True)
class Verdict:
    """How a campaign ended.

    Attributes:
        outcome: "goal met", "goal not met", or "done" where there is no goal.
        text: The same as a sentence, with the reason.
    """

    outcome: str
    text: str


class Ledger:
    """Results so far, and what is to be done next.

    Args:
        goal: Goal and limits.
        steps: Every run that may be needed, in order.
        durations: Simulated time that each takes at most [s], as planned.

    Attributes:
        rows: One per operation done, in order.
        unneeded: Steps that were passed over.
        verdict: None while the campaign goes on.
    """

    def __init__(self, goal: GoalConfig, steps: Sequence[Step], durations: Sequence[float]) -> None:
        self.goal, self.steps, self.durations = goal, steps, durations
        self.rows: list[Row] = []
        self.unneeded: list[Step] = []
        self.verdict: Verdict | None = None
        self._at = 0
        self._skipped: set[str] = set()
        self._pass_over()

    @property
    def next(self) -> Step | None:
        """The run whose result is entered next; None once there is a verdict."""
        return None if self.verdict else self.steps[self._at]

    @property
    def ahead(self) -> list[Step]:
        """The runs that may still be needed, the next one first."""
        if self.verdict:
            return []
        return [step for step in self.steps[self._at :] if step.operation.name not in self._skipped]

    @property
    def stored(self) -> float:
        """Mass in the container [kg]."""
        return self._sum("stored_mass_kg")

    @property
    def time(self) -> float:
        """Simulated operating time [s]."""
        return self._sum("simulated_time_s")

    @property
    def work(self) -> float:
        """Of the tools on the soil [J]."""
        return self._sum("work_J")

    @property
    def energy(self) -> float:
        """Work of the actuators [J]; of a tool on a prescribed motion, which has none, its work on the soil."""
        return float(sum(row["work_J" if row["actuator_work_J"] is None else "actuator_work_J"] for row in self.rows))

    def _sum(self, key: str) -> float:
        return float(sum(row[key] for row in self.rows))

    def before(self, step: Step) -> Row | None:
        """The newest row at a step's site: whose trench it digs on in; None if it is to begin a fresh one."""
        if step.operation.ground == "fresh":
            return None
        return next((row for row in reversed(self.rows) if row["site"] == step.operation.site), None)

    def enter(self, result: Mapping[str, Any]) -> None:
        """Enter the result of `next`."""
        step = self.next
        assert step is not None
        fits = (
            0.0 if result["outcome"] == "stuck" else self._share_that_fits(result)
        )  # what stays in the ground is lost
        stored = fits * float(result["captured_mass_kg"])
        row: Row = {
            "operation": step.index + 1,
            "name": step.name,
            "site": step.operation.site,
            "ground": step.operation.ground,
            "seed": step.mission.seed,
            "folder": step.folder,
            "outcome": result["outcome"],
            "reason": result["reason"],
            "stored_mass_kg": stored,
            "stored_volume_m3": fits * float(result["captured_volume_m3"]),
            "cumulative_mass_kg": self.stored + stored,
        }
        self.rows.append(row | {key: result.get(key) for key in RESULT_KEYS})
        self._at += 1
        self._decide(step, result)

    def _share_that_fits(self, result: Mapping[str, Any]) -> float:
        share = 1.0
        for limit, held, key in (
            (self.goal.container_mass, self.stored, "captured_mass_kg"),
            (self.goal.container_volume, self._sum("stored_volume_m3"), "captured_volume_m3"),
        ):
            if limit is not None and float(result[key]) > 0:
                share = min(share, max(0.0, limit - held) / float(result[key]))
        return share

    def would_do(self, mass: float) -> bool:
        """Whether the campaign would end with that much in the container [kg]."""
        goal = self.goal.goal
        return goal is not None and mass >= goal * _FULL and self.goal.stop == "goal"

    @property
    def _met(self) -> bool:
        return self.goal.goal is not None and self.stored >= self.goal.goal * _FULL

    @property
    def _full(self) -> bool:
        mass, volume = self.goal.container_mass, self.goal.container_volume
        by_mass = mass is not None and self.stored >= mass * _FULL
        return by_mass or (volume is not None and self._sum("stored_volume_m3") >= volume * _FULL)

    def _decide(self, step: Step, result: Mapping[str, Any]) -> None:
        stalled = result["outcome"] != "done"
        if self._met and self.goal.stop == "goal":
            self._end("")
        elif stalled and step.operation.on_stall == "stop":
            self._end(f"{step.name} ended early ({result['reason']}), and its on_stall is 'stop'")
        elif self._full:
            self._end("the container is full")
        else:
            if stalled and step.operation.on_stall == "skip":
                self._skipped.add(step.operation.name)
            self._pass_over()

    def _pass_over(self) -> None:
        """Move on to the next run that is wanted and allowed, or to the verdict."""
        if self._met:
            self._skipped |= {step.operation.name for step in self.steps if step.operation.until}
        while self._at < len(self.steps) and self.steps[self._at].operation.name in self._skipped:
            self.unneeded.append(self.steps[self._at])
            self._at += 1
        if self._at == len(self.steps):
            self._end("all planned operations are done")
            return
        step, energy, time = self.steps[self._at], self.goal.energy_budget, self.goal.time_budget
        needed = self.durations[step.index]
        if energy is not None and self.energy >= energy * _FULL:
            self._end(f"the energy budget of {energy:.4g} J is used up ({self.energy:.4g} J)")
        elif time is not None and (self.time + needed) * _FULL > time:
            self._end(
                f"{step.name} needs {needed:.4g} s, and of the time budget of {time:.4g} s {time - self.time:.4g} s "
                "are left"
            )

    def _end(self, reason: str) -> None:
        self.unneeded += self.steps[self._at :]
        self._at = len(self.steps)
        n = len(self.rows)
        after = f"{self.stored:.3g} kg after {n} operation{'s' * (n != 1)}"
        if self.goal.goal is None:
            self.verdict = Verdict("done", f"done: {after}: {reason}")
        elif self._met:
            self.verdict = Verdict("goal met", f"goal met: {after}")
        else:
            self.verdict = Verdict("goal not met", f"goal not met: {after}, of {self.goal.goal:.3g} kg: {reason}")

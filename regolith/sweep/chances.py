"""The probability of reaching a study's goal: the share of its campaigns that did, with what is not known of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regolith.sweep.effects import CONFIDENCE, groups
from regolith.sweep.rows import LOST, Parameter
from regolith.sweep.table import Table

MET = "goal met"
GOAL = "campaign.goal"


@dataclass(frozen=True)
class Chance:
    """How many of some campaigns met their goal.

    Attributes:
        met: Number of those that did.
        n: Number of those that are done.
        low: Lower end of the probability's 95 % interval (Wilson), 0 if none is done.
        high: Upper end, 1 if none is done.
        lost: Number of those that failed, crashed or were refused: whether they would have met it is unknown.
        value: Of the parameter, in SI, or the text; "" where nothing was parted.
    """

    met: int
    n: int
    low: float
    high: float
    lost: int = 0
    value: float | str = ""

    @property
    def share(self) -> float:
        """Of those that are done; NaN if none is."""
        return self.met / self.n if self.n else np.nan

    @property
    def if_lost_missed(self) -> float:
        """Share if every lost campaign had missed the goal; NaN without any."""
        return self.met / (self.n + self.lost) if self.n + self.lost else np.nan

    @property
    def if_lost_met(self) -> float:
        """Share if every lost campaign had met the goal; NaN without any."""
        return (self.met + self.lost) / (self.n + self.lost) if self.n + self.lost else np.nan


def has_goal(table: Table) -> bool:
    """Whether the runs are campaigns with a goal, be it the same one or one of several."""
    return table.goal is not None or GOAL in (parameter.key for parameter in table.parameters)


def goal_chance(table: Table) -> Chance:
    """Over the whole study, as it stands."""
    return _chance(table, np.arange(table.n))


def goal_chances(table: Table, parameter: Parameter) -> list[Chance]:
    """Over the levels or bins of a parameter (see `effects.groups`)."""
    ended = np.flatnonzero(table.done | _is_lost(table))
    if not table.is_text(parameter.key):  # what was refused may have no value
        ended = ended[np.isfinite(table.numbers(parameter.key)[ended])]
    return [_chance(table, group.runs, group.value) for group in groups(table, parameter, ended)]


def _chance(table: Table, runs: NDArray[np.int64], value: float | str = "") -> Chance:
    outcome = table.columns.get("outcome")
    done = [int(run) for run in runs if table.done[run]]
    met = sum(outcome[run] == MET for run in done) if outcome is not None else 0
    low, high = wilson(met, len(done))
    return Chance(met, len(done), low, high, int(_is_lost(table)[runs].sum()), value)


def wilson(met: int, n: int) -> tuple[float, float]:
    """The 95 % interval by Wilson of a probability of which `n` independent trials gave `met`; (0, 1) without one."""
    if not n:
        return 0.0, 1.0
    from scipy.stats import binomtest

    interval = binomtest(met, n).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def _is_lost(table: Table) -> NDArray[np.bool_]:
    return np.isin(np.array(table.columns["state"], dtype=str), LOST)

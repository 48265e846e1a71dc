"""What a study's runs would be and cost, as rows of text: `regolith sweep --dry-run` prints them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regolith.assemble import make_plan
from regolith.config.load import is_campaign, mission_of
from regolith.config.load_campaign import campaign_of
from regolith.errors import ConfigError
from regolith.info import GRAIN_STEPS_PER_S, Cost, cost_of, cost_of_campaign
from regolith.sweep.rows import Parameter, Planned, Study, Value
from regolith.watch import clock

MOST_ESTIMATES = 50  # an estimate makes the run's tool, tens of milliseconds


@dataclass(frozen=True)
class Forecast:
    """A table of runs.

    Attributes:
        headings: Of its columns.
        rows: A row per run.
        seconds: Wall time of all of them, one after the other on two cores [s].
        text: The same in words, saying what it rests on.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    seconds: float
    text: str


def estimate(run: Planned) -> Cost:
    """Grains, steps and wall time of a run, settling not counted; of a campaign at most.

    Raises:
        ConfigError: Its tool, motion or time step cannot be, which planning does not look at.
    """
    data, file = run.data, Path(f"run {run.number}")
    return (
        cost_of_campaign(campaign_of(data, file)) if is_campaign(data) else cost_of(make_plan(mission_of(data, file)))
    )


def describe(study: Study, runs: Sequence[Planned] | None = None) -> Forecast:
    """The table of a study's runs.

    Args:
        study: The plan.
        runs: Those to list; None: all.

    Returns:
        The table. Where there are many runs, some that are spread evenly over them are estimated, and the others are
        taken to need as long on average.
    """
    listed = study.runs if runs is None else runs
    able = [run for run in listed if not run.refused]
    costs: dict[int, Cost] = {}
    faults = {run.number: f"refused: {run.refused}" for run in listed if run.refused}
    for run in _spread(able):
        try:
            costs[run.number] = estimate(run)
        except ConfigError as error:
            faults[run.number] = f"will fail: {error}"
    able = [run for run in able if run.number not in faults]
    seconds = len(able) * sum(cost.seconds for cost in costs.values()) / len(costs) if costs else 0.0
    headings = ("run", "id", *map(_heading, study.parameters), "repeat", "grains", "steps", "expected time")
    rows = [(*_words(study, run), *_estimated(costs.get(run.number), faults.get(run.number, ""))) for run in listed]
    return Forecast(headings, rows, seconds, _text(len(able), len(costs), seconds))


def _spread(runs: Sequence[Planned]) -> list[Planned]:
    """Some of them, evenly; their distance is no whole number, so that they are of all kinds where axes are crossed."""
    n = min(len(runs), MOST_ESTIMATES)
    return [runs[round(k * (len(runs) - 1) / (n - 1))] for k in range(n)] if n > 1 else list(runs)


def _heading(parameter: Parameter) -> str:
    return f"{parameter.key} [{parameter.unit}]" if parameter.unit else parameter.key


def _words(study: Study, run: Planned) -> tuple[str, ...]:
    values = (run.values[parameter.key] for parameter in study.parameters)
    return str(run.number), run.id or "-", *map(_said, values), str(run.repeat)


def _said(value: Value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _estimated(cost: Cost | None, fault: str) -> tuple[str, str, str]:
    if cost is None:
        return "", "", fault
    return f"{cost.grains:,}", f"{cost.steps:,}", clock(cost.seconds)


def _text(n: int, n_estimated: int, seconds: float) -> str:
    basis = f", taken from {n_estimated} of them" if n_estimated < n else ""
    return (
        f"{n} runs: about {clock(seconds)}, one after the other on two cores at {GRAIN_STEPS_PER_S:.0e} grain-steps/s, "
        f"settling not counted{basis}"
    )

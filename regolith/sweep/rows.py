"""What a study is made of: its planned runs, and how each stands. Knows no files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import tomli_w

State = Literal["waiting", "running", "interrupted", "done", "failed", "crashed", "refused"]
LOST: tuple[State, ...] = ("failed", "crashed", "refused")  # without a result; only the crashed are begun again unasked
ENDED: tuple[State, ...] = ("done", *LOST)

Value = float | int | str | bool


@dataclass(frozen=True)
class Parameter:
    """What varies from run to run.

    Attributes:
        key: Its dotted path in the mission or campaign, for example "soil.cohesion".
        unit: Of its values in the table, SI; "" for pure numbers and texts.
        design: How its values were chosen: "list", or "sampled" between `low` and `high`.
        low: Least value.
        high: Greatest value; None, as `low`, for texts.
    """

    key: str
    unit: str
    design: Literal["list", "sampled"]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Planned:
    """One run of a study.

    Attributes:
        number: Its place in the plan, from 0.
        id: Hash of its resolved configuration, which names its directory; "" if it was refused before it had one.
        values: Of each parameter, in SI.
        repeat: Which of the repeats, from 0.
        seed: Of its soil.
        contents: What its mission or campaign file holds, complete and resolved, as JSON, which takes less time to make
            than TOML; "" if it was refused.
        bed: Runs with the same one settle the same bed.
        refused: Why its configuration cannot run; "" if it can.
    """

    number: int
    id: str
    values: Mapping[str, Value]
    repeat: int
    seed: int
    contents: str
    bed: str
    refused: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """What its mission or campaign file holds."""
        return dict(json.loads(self.contents))

    @property
    def text(self) -> str:
        """Its mission or campaign file."""
        return tomli_w.dumps(self.data)


@dataclass
class Row:
    """A run and how it stands.

    Attributes:
        run: The run.
        state: See `State`; "failed" is a run whose physics, configuration or disk failed, "crashed" one that a signal
            ended more often than is retried.
        reason: Why it did not come to its end; "" if it did.
        crashes: How often a signal ended it.
        result: As its `status.json` holds it; empty until it is done.
    """

    run: Planned
    state: State = "waiting"
    reason: str = ""
    crashes: int = 0
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For people: number and id."""
        return f"run {self.run.number} ({self.run.id})" if self.run.id else f"run {self.run.number}"


@dataclass(frozen=True)
class Study:
    """A planned study.

    Attributes:
        name: Its name.
        parameters: What varies, in the order of the study file.
        runs: Every run, in order.
        sampler: "latin-hypercube", "sobol", "saltelli", or "" where nothing is sampled.
        samples: Points drawn, before crossing with lists and repeats; 0 where nothing is sampled.
        repeats: Runs a point, each with a seed of its own.
        goal: Mass that every campaign is to bring [kg]; None for missions, and where it differs.
        base: Name of the mission or campaign that the runs vary.
    """

    name: str
    parameters: tuple[Parameter, ...]
    runs: tuple[Planned, ...]
    sampler: str
    samples: int
    repeats: int
    goal: float | None
    base: str

"""A campaign file: a mission file with `[campaign]` and `[[operations]]`, which share its other tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import Field, field_validator, model_validator

from regolith.config.mission import MissionConfig, Name, Seed, hash_of
from regolith.config.problems import Table
from regolith.config.units import quantity

MOST_REPEATS = 999  # a repeat's seed is its operation's plus its number, and operations are 1000 seeds apart
SEEDS_APART = 1000
SHARED = ("gravity", "seed", "precision")
TABLES = ("soil", "bed", "tool", "motion", "numerics", "output")

Mass = Annotated[float, quantity("mass", above=0)]
Volume = Annotated[float, quantity("volume", above=0)]
Duration = Annotated[float, quantity("time", above=0)]
Energy = Annotated[float, quantity("energy", above=0)]


class GoalConfig(Table):
    """`[campaign]`: what is to be brought together, within which limits.

    Attributes:
        goal: Mass to be stored [kg]; None: all operations are done once.
        container_mass, container_volume: What the container holds [kg], [m3]; volume counts at the bulk density of
            the bed that was dug.
        time_budget: Simulated operating time in all [s]: an operation that would exceed it does not begin.
        energy_budget: Work of the actuators in all [J], of a tool on a prescribed motion its work on the soil: once it
            is used up, no operation begins.
        stop: When the campaign ends: at the "goal", or at the "end" of all operations.
    """

    goal: Mass | None = None
    container_mass: Mass | None = None
    container_volume: Volume | None = None
    time_budget: Duration | None = None
    energy_budget: Energy | None = None
    stop: Literal["goal", "end"] = "goal"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.goal and self.container_mass and self.goal > self.container_mass:
            raise ValueError(
                f"goal = {self.goal:g} kg is more than the container holds, container_mass = {self.container_mass:g} "
                "kg; lower the goal or enlarge the container"
            )
        return self


class SiteConfig(Table):
    """`[sites.NAME]`: a place with ground of its own. Its tables stand above the file's.

    Attributes:
        soil, bed: As in a mission file, as far as they differ.
    """

    soil: dict[str, Any] = {}
    bed: dict[str, Any] = {}


class OperationConfig(Table):
    """`[[operations]]`: a dig, once or repeated. Its tables stand above the site's and the file's.

    Attributes:
        name: Names its runs; a repeated one's are NAME-1, NAME-2, ...
        site: One of `[sites]`; None: ground as the file states it.
        ground: A "fresh" bed, or the "trench" that the operation before it at the site left (fresh for the first one).
        repeat: How many times.
        until: "goal" repeats it until the goal is met, at most `at_most` times.
        at_most: See `until`.
        on_stall: After a run that did not come to its end: "go on" with the next, "skip" its other repeats, "stop".
        seed: Of its first run; None: that of the campaign, plus 1000 for each operation before it in the file.
        vary_soil: Whether repeats have beds of their own (seeds one apart), or all the same.
        soil, bed, tool, motion, numerics, output: As in a mission file, as far as they differ; a table of another
            `kind` replaces the file's.
    """

    name: Name
    site: str | None = None
    ground: Literal["fresh", "trench"] = "fresh"
    repeat: Annotated[int, Field(ge=1, le=MOST_REPEATS, strict=True)] = 1
    until: Literal["goal"] | None = None
    at_most: Annotated[int, Field(ge=1, le=MOST_REPEATS, strict=True)] | None = None
    on_stall: Literal["go on", "skip", "stop"] = "go on"
    seed: Seed | None = None
    vary_soil: Annotated[bool, Field(strict=True)] = True
    soil: dict[str, Any] = {}
    bed: dict[str, Any] = {}
    tool: dict[str, Any] = {}
    motion: dict[str, Any] = {}
    numerics: dict[str, Any] = {}
    output: dict[str, Any] = {}

    @field_validator("bed")
    @classmethod
    def _own_bed(cls, bed: dict[str, Any]) -> dict[str, Any]:
        if "continues" in bed:
            raise ValueError('continues is set by the campaign; say ground = "trench"')
        return bed

    @model_validator(mode="after")
    def _repeats(self) -> Self:
        if self.until is None and self.at_most is not None:
            raise ValueError('at_most goes with until = "goal"; for a fixed number say repeat')
        if self.until is not None and self.at_most is None:
            raise ValueError('until = "goal" needs at_most, the number of times to try')
        if self.until is not None and self.repeat != 1:
            raise ValueError('until = "goal" and repeat exclude each other; remove one of them')
        if self.ground == "trench" and self.site is None:
            raise ValueError('ground = "trench" needs a site: [sites.NAME] and site = "NAME"')
        return self

    @property
    def times(self) -> int:
        """How many times it runs, at most."""
        return self.at_most or self.repeat

    @property
    def run_names(self) -> list[str]:
        """Of its runs, in order."""
        return [f"{self.name}-{number + 1}" for number in range(self.times)] if self.times > 1 else [self.name]


class CampaignTables(Table):
    """What a campaign file holds beside the tables of a mission.

    Attributes:
        name: Names the campaign's directory.
        campaign: Goal and limits.
        sites: Places by name.
        operations: In the order in which they are done.
    """

    name: Name
    campaign: GoalConfig
    sites: dict[Name, SiteConfig] = {}
    operations: tuple[OperationConfig, ...]

    @field_validator("operations")
    @classmethod
    def _some(cls, operations: tuple[OperationConfig, ...]) -> tuple[OperationConfig, ...]:
        if not operations:
            raise ValueError("must hold at least one operation: add [[operations]] with a name")
        return operations


@dataclass(frozen=True)
class Step:
    """One planned run.

    Attributes:
        index: Its place in the campaign, from 0.
        name: Its name.
        operation: The operation that it belongs to.
        mission: What it runs.
    """

    index: int
    name: str
    operation: OperationConfig
    mission: MissionConfig

    @property
    def folder(self) -> str:
        """Of its run directory, under `operations/`."""
        return f"{self.index + 1:02d}-{self.name}"


@dataclass(frozen=True)
class CampaignConfig:
    """A campaign file: validated, in SI, frozen.

    Attributes:
        seed: Of the first operation.
        tables: Goal, sites, operations.
        missions: What each operation runs, as it is the first time.
    """

    seed: int
    tables: CampaignTables
    missions: tuple[MissionConfig, ...]

    @property
    def name(self) -> str:
        """Names the campaign's directory."""
        return self.tables.name

    @property
    def goal(self) -> GoalConfig:
        """Goal and limits."""
        return self.tables.campaign

    def steps(self) -> list[Step]:
        """Every run that may be needed, in order."""
        return [Step(index, name, operation, mission) for index, (name, operation, mission) in enumerate(self._runs())]

    def _runs(self) -> Iterator[tuple[str, OperationConfig, MissionConfig]]:
        for k, (operation, mission) in enumerate(zip(self.tables.operations, self.missions, strict=True)):
            later = [o.ground for o in self.tables.operations[k + 1 :] if o.site == operation.site]
            dug_on = later[:1] == ["trench"]
            for repeat, name in enumerate(operation.run_names):
                seed = (mission.seed + repeat * operation.vary_soil) % 2**63
                again = operation.ground == "trench" and repeat + 1 < operation.times
                final_state = mission.output.final_state or dug_on or again
                output = mission.output.model_copy(update={"final_state": final_state})
                yield name, operation, mission.model_copy(update={"name": name, "seed": seed, "output": output})

    def resolved(self) -> dict[str, Any]:
        """Everything as plain SI values that TOML can hold; loading it gives this campaign again."""
        return self._plain([_tables(mission) for mission in self.missions])

    def _plain(self, missions: list[dict[str, Any]]) -> dict[str, Any]:
        """Its own words as plain values, with something of each operation's mission."""
        operations = []
        for operation, mission, more in zip(self.tables.operations, self.missions, missions, strict=True):
            words = operation.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude=set(TABLES))
            operations.append(words | {"seed": mission.seed} | more)
        return {
            "name": self.name,
            "gravity": list(self.missions[0].gravity),
            "precision": self.missions[0].precision,
            "seed": self.seed,
            "campaign": self.goal.model_dump(mode="json", exclude_none=True),
            "sites": {name: {} for name in self.tables.sites},
            "operations": operations,
        }

    def to_toml(self) -> str:
        """`resolved` as the text of a campaign file."""
        return tomli_w.dumps(self.resolved())

    def content_hash(self) -> str:
        """12 hexadecimal digits that name this campaign: two with the same hash do the same thing."""
        return hash_of(self._plain([{"mission": mission.content_hash()} for mission in self.missions]))

    def bed_name(self) -> str:
        """As that of a mission, of the beds of all operations."""
        return hash_of([mission.bed_name() for mission in self.missions])


def _tables(mission: MissionConfig) -> dict[str, Any]:
    plain = mission.resolved()
    return {table: plain[table] for table in TABLES}

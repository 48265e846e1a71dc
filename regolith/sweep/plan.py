"""A study's plan: every run's mission or campaign, checked as far as that needs no simulation and no mesh."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regolith.config.campaign import TABLES, CampaignConfig
from regolith.config.files import find, read_toml, reading_once
from regolith.config.keys import ONE_OF, put
from regolith.config.load import is_campaign, mission_of, name_of
from regolith.config.load_campaign import campaign_of
from regolith.config.mission import MissionConfig
from regolith.config.problems import show
from regolith.config.study import StudyConfig, load_study_file
from regolith.errors import ConfigError, Conflict
from regolith.sweep.design import Point, in_si, own_seed, parameter, points, soil_seed
from regolith.sweep.rows import Planned, Study
from regolith.sweep.sources import anchored

MOST_PROBLEMS = 20  # told at once
MOST_FAILED = 200  # runs with such problems that are looked at


def make_study(path: Path | str, overrides: Sequence[str] = ()) -> Study:
    """Plan a study.

    Args:
        path: The study file, or the bare name of a shipped study.
        overrides: As of `load_mission`; they stand above the base and above `[set]` in all runs.

    Returns:
        The plan. Runs whose values are allowed each by itself, but not together, are in it as refused.

    Raises:
        ConfigError: Whatever is wrong with the study file, its base or a single key of a run; two runs that would be
            the same; or none that can run.
    """
    with reading_once():
        file, words = load_study_file(path, overrides)
        base = _read_base(file, words)
        _check_ranges(base, words)
        runs, goal = _plan(base, words)
    _check_runs(file, runs)
    return Study(
        name=words.name,
        parameters=tuple(parameter(words, key) for key in words.vary),
        runs=tuple(runs),
        sampler=words.sampler or "",
        samples=words.samples or 0,
        repeats=words.repeats,
        goal=goal,
        base=base.name,
    )


@dataclass(frozen=True)
class _Base:
    """What the runs vary.

    Attributes:
        study: The study file.
        file: The base's.
        name: The base's own.
        data: Its contents, with the study's name and `[set]` above them.
        campaign: Whether it is one.
    """

    study: Path
    file: Path
    name: str
    data: dict[str, Any]
    campaign: bool

    def config(self, values: Mapping[str, Any]) -> MissionConfig | CampaignConfig:
        """The mission or campaign with these values, by dotted key.

        Raises:
            ConfigError: What is wrong with it, a line each, with the study's name; Conflict: all lies between keys.
        """
        data = _copied(self.data)
        for key, value in values.items():
            put(data, key, _absolute(key, value, self.study, self.file), f"{self.study}: vary.{key}")
        try:
            return campaign_of(data, self.file) if self.campaign else mission_of(data, self.file)
        except ConfigError as error:
            lines = [line.removeprefix(f"{self.file}: ") for line in str(error).splitlines()]
            raise type(error)("\n".join(f"{self.study}: {line}" for line in lines)) from None


def _copied(value: Any) -> Any:
    """A copy of what TOML gave; `copy.deepcopy` would be a third of the time that a plan takes."""
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _absolute(key: str, value: Any, study: Path, base: Path) -> Any:
    """A value of a study in which paths, from its folder or else that of its base, are absolute."""
    return anchored(value, key.rpartition(".")[2], (study.parent, base.parent))


def _read_base(study: Path, words: StudyConfig) -> _Base:
    """The base with `[set]` above it; what it lacks by itself, the study may state.

    Raises:
        ConfigError: It cannot be read, or something is wrong with a single key of its own.
    """
    try:
        file = find(words.base, "missions", study.parent)
    except ConfigError as error:
        raise ConfigError(f"{study}: base = {show(words.base)}: {error}") from None
    data = read_toml(file)
    campaign = is_campaign(data)
    name = str(data.get("name", name_of(file)))
    data["name"] = words.name
    with suppress(Conflict):
        campaign_of(data, file) if campaign else mission_of(data, file)
    if campaign:
        _check_shared(study, words, data)
    for key, value in words.set.items():
        put(data, key, _absolute(key, value, study, file), f"{study}: set.{key}")
    return _Base(study, file, name, data, campaign)


def _check_shared(study: Path, words: StudyConfig, data: Mapping[str, Any]) -> None:
    """A key of a campaign's own tables reaches those operations only that do not state it themselves.

    Raises:
        ConfigError: An operation or a site does.
    """
    places = {f"operations.{number}": table for number, table in enumerate(data.get("operations", ()))}
    places |= {f"sites.{name}": table for name, table in data.get("sites", {}).items()}
    for key in {**words.set, **words.vary}:
        path = key.split(".")
        if path[0] not in TABLES:
            continue
        if above := [place for place, table in places.items() if _states(table, path)]:
            where = "set" if key in words.set else "vary"
            raise ConfigError(
                f"{study}: {where}.{key}: {' and '.join(above)} state their own, which stands above it; say "
                f'{where}."{above[0]}.{key}", or {where}."operations.*.{key}" for all operations'
            )


def _states(table: Any, path: Sequence[str]) -> bool:
    for name in path:
        if not isinstance(table, dict) or not table.keys() & {name, ONE_OF.get(name)}:
            return False
        table = table.get(name)
    return True


def _check_ranges(base: _Base, words: StudyConfig) -> None:
    """Look at the ends of ranges, as the file states them: no sampler need draw them.

    Raises:
        ConfigError: One is not allowed.
    """
    for end in (0, -1) if words.ranges else ():
        with suppress(Conflict):  # ends that do not go together may never meet
            base.config({key: (vary.range or vary.values or vary.grid or ())[end] for key, vary in words.vary.items()})


def _plan(base: _Base, words: StudyConfig) -> tuple[list[Planned], float | None]:
    """Every run, and the mass that all of them are to bring [kg].

    Raises:
        ConfigError: What is wrong with single keys, of all runs together.
    """
    runs, goals = list[Planned](), set[float | None]()
    problems, n_failed = dict[str, None](), 0
    for number, (point, repeat) in enumerate(_points(base.study, words)):
        try:
            run, goal = _run(base, words, number, point, repeat)
        except ConfigError as error:
            problems |= dict.fromkeys(str(error).splitlines())
            n_failed += 1
            if len(problems) >= MOST_PROBLEMS or n_failed >= MOST_FAILED:
                break
        else:
            runs.append(run)
            if not run.refused:
                goals.add(goal)
    if problems:
        raise ConfigError("\n".join(problems))
    return runs, goals.pop() if len(goals) == 1 else None


def _run(base: _Base, words: StudyConfig, number: int, point: Point, repeat: int) -> tuple[Planned, float | None]:
    """A run, perhaps refused, and the mass that it is to bring [kg].

    Raises:
        ConfigError: A single key of it is not allowed.
    """
    values = {key: in_si(key, value) for key, value in point.items()}
    seed = point["seed"] if "seed" in point else soil_seed(words, repeat)
    try:
        config = base.config({"seed": seed, **point})
        if words.soils == "own":
            seed = own_seed(words, repeat, config.content_hash())
            config = base.config({"seed": seed, **point})
    except Conflict as error:
        why = "; ".join(line.removeprefix(f"{base.study}: ") for line in str(error).splitlines())
        return Planned(number, "", values, repeat, seed, "", "", why), None
    run = Planned(number, config.content_hash(), values, repeat, seed, json.dumps(config.resolved()), config.bed_name())
    return run, config.goal.goal if isinstance(config, CampaignConfig) else None


def _points(study: Path, words: StudyConfig) -> Iterator[tuple[dict[str, Any], int]]:
    try:
        return points(words)
    except ConfigError as error:
        raise ConfigError(f"{study}: {error}") from None


def _check_runs(study: Path, runs: Sequence[Planned]) -> None:
    """Raises ConfigError if two runs are the same one, or none can run."""
    known: dict[str, Planned] = {}
    twins = []
    for run in runs:
        if not run.refused and known.setdefault(run.id, run) is not run:
            twins.append((known[run.id], run))
    if twins:
        first, second = twins[0]
        more = f" (and {len(twins) - 1} more pairs)" if len(twins) > 1 else ""
        raise ConfigError(
            f"{study}: runs {first.number} and {second.number} would be the same{more}: {_said(first, second)}"
        )
    if all(run.refused for run in runs):
        raise ConfigError(f"{study}: none of the {len(runs)} runs can run; the first one: {runs[0].refused}")


def _said(first: Planned, second: Planned) -> str:
    """What two runs with the same configuration differ in."""
    differing = [key for key, value in first.values.items() if value != second.values[key]]
    if not differing:
        point = ", ".join(f"{key} = {show(value)}" for key, value in first.values.items())
        return f"{point} is stated twice; values count in SI; remove one"
    pairs = ", ".join(f"{key} = {show(first.values[key])} and {show(second.values[key])}" for key in differing)
    return (
        f"they differ in {pairs}, which changes nothing there; remove the key, or set what it needs to have an effect"
    )

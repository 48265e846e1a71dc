"""From a campaign file to a validated campaign: each operation is the file's mission with its own tables above it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regolith.config.campaign import SEEDS_APART, TABLES, CampaignConfig, CampaignTables, OperationConfig
from regolith.config.keys import ONE_OF
from regolith.config.load import checked, is_campaign, read_with
from regolith.config.mission import MissionConfig
from regolith.config.problems import join, show, validate
from regolith.errors import ConfigError, Conflict


def load_campaign(path: Path | str, overrides: Sequence[str] = ()) -> CampaignConfig:
    """Read and check a campaign file.

    Args:
        path: The file, or the bare name of a shipped one.
        overrides: As of `load_mission`; "operations.0.repeat=2" reaches into the list of operations.

    Raises:
        ConfigError: All problems of the file, a line each, with file, key, value and what is allowed.
    """
    file, data = read_with(path, overrides)
    if not is_campaign(data):
        raise ConfigError(f"{file}: is a single mission (it has no [campaign]); load it with load_mission")
    return campaign_of(data, file)


def campaign_of(data: Mapping[str, Any], file: Path) -> CampaignConfig:
    """The campaign that a file holds.

    Raises:
        ConfigError: All problems of the file, a line each; Conflict: all of them lie between keys.
    """
    own = {key: value for key, value in data.items() if key in CampaignTables.model_fields}
    base = {key: value for key, value in data.items() if key not in own}
    tables = validate(CampaignTables, own, file, file.parent)
    _forbid(file, _check_goal(tables) + _check_sites(tables))
    missions = _missions(tables, base, file)
    config = CampaignConfig(base.get("seed", MissionConfig.model_fields["seed"].default), tables, missions)
    _forbid(file, _check_names(tables) + _check_trenches(config))
    return config


def _forbid(file: Path, found: list[str]) -> None:
    if found:
        raise Conflict(join(file, found))


def merged(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """A table with another's keys above it; one of another kind replaces it."""
    kind = base.get("kind", "scoop")
    if above.get("kind", kind) != kind:
        return dict(above)
    result = {key: value for key, value in base.items() if ONE_OF.get(key) not in above}
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def _missions(tables: CampaignTables, base: Mapping[str, Any], file: Path) -> tuple[MissionConfig, ...]:
    missions: list[MissionConfig] = []
    problems: list[list[str]] = []
    between_keys = True
    for number, operation in enumerate(tables.operations):
        try:
            mission, found = checked(_contents(tables, operation, number, base), file)
            missions.append(mission)
        except ConfigError as error:
            between_keys &= isinstance(error, Conflict)
            found = [line.removeprefix(f"{file}: ") for line in str(error).splitlines()]
        problems.append(found)
    told: list[str] = []
    for number, found in enumerate(problems):
        where = f"operations[{number}] ({tables.operations[number].name}): "
        shared = [line for line in found if all(line in others for others in problems)]  # of the file's own tables
        told += [line if line in shared else where + line for line in found]
    if told:
        raise (Conflict if between_keys else ConfigError)(join(file, list(dict.fromkeys(told))))
    return tuple(missions)


def _contents(
    tables: CampaignTables, operation: OperationConfig, number: int, base: Mapping[str, Any]
) -> dict[str, Any]:
    """What a mission file of this operation alone would hold."""
    contents: dict[str, Any] = {**base, "name": operation.name}
    site = tables.sites[operation.site] if operation.site else None
    for table in TABLES:
        layers = [getattr(site, table, {}), getattr(operation, table)]
        for layer in layers:
            if layer:
                below = contents.get(table, {})
                contents[table] = merged(below, layer) if isinstance(below, dict) else layer
    seed = operation.seed
    if seed is None and isinstance(base.get("seed", 1), int):
        seed = (base.get("seed", 1) + number * SEEDS_APART) % 2**63 if number else base.get("seed", 1)
    return contents | ({} if seed is None else {"seed": seed})


def _check_goal(tables: CampaignTables) -> list[str]:
    if tables.campaign.goal is not None:
        return []
    return [
        f"operations[{number}].until = 'goal': there is no goal; state campaign.goal, or repeat = {operation.at_most}"
        for number, operation in enumerate(tables.operations)
        if operation.until
    ]


def _check_sites(tables: CampaignTables) -> list[str]:
    known = ", ".join(tables.sites) or "none; add [sites.NAME]"
    return [
        f"operations[{number}].site = {show(operation.site)}: no such site; there are: {known}"
        for number, operation in enumerate(tables.operations)
        if operation.site is not None and operation.site not in tables.sites
    ]


def _check_names(tables: CampaignTables) -> list[str]:
    first: dict[str, str] = {}
    found = []
    for operation in tables.operations:
        for name in operation.run_names:
            if name in first:
                found.append(
                    f"operations: two runs would be called {show(name)} (of {first[name]} and {operation.name}); names "
                    "must differ, also with the -1, -2, ... of repeats; rename one"
                )
            first[name] = operation.name
    return list(dict.fromkeys(found))


def _check_trenches(config: CampaignConfig) -> list[str]:
    """Whoever digs on in a trench has the soil and the bed of the one before."""
    found = []
    before: dict[str, MissionConfig] = {}
    for number, (operation, mission) in enumerate(zip(config.tables.operations, config.missions, strict=True)):
        if operation.site is None:
            continue
        earlier = before.get(operation.site)
        if operation.ground == "trench" and earlier is not None:
            for table in ("soil", "bed"):
                mine, its = getattr(mission, table).model_dump(), getattr(earlier, table).model_dump()
                found += [
                    f"operations[{number}].{table}.{key} = {show(mine[key])}: the trench at site {operation.site} has "
                    f"{show(its[key])}; state soil and bed in [sites.{operation.site}], or take ground = 'fresh'"
                    for key in mine
                    if mine[key] != its[key]
                ]
        before[operation.site] = mission
    return found

"""From a mission file and the command line's overrides to a validated mission."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regolith.config.checks import check_mission
from regolith.config.files import find, read_toml
from regolith.config.mission import MissionConfig
from regolith.config.preset import load_soil
from regolith.config.problems import join, show, validate
from regolith.errors import ConfigError


def load_mission(path: Path | str, overrides: Sequence[str] = ()) -> MissionConfig:
    """Read and check a mission file.

    Args:
        path: The file, or the bare name of a shipped mission.
        overrides: Texts such as "soil.friction=0.6" or "bed.depth=80 mm" that stand above the file: a dotted key and
            a TOML value; what is no TOML value is taken as a text.

    Raises:
        ConfigError: All problems of the file, a line each, with file, key, value and what is allowed.
    """
    file, data = read_with(path, overrides)
    if is_campaign(data):
        raise ConfigError(f"{file}: is a campaign (it has [campaign] or [[operations]]); load it with load_campaign")
    mission, found = checked(data, file)
    if found:
        raise ConfigError(join(file, found))
    return mission


def is_campaign(data: Mapping[str, Any]) -> bool:
    """Whether a file's contents are those of a campaign rather than of a single mission."""
    return "campaign" in data or "operations" in data


def read_with(path: Path | str, overrides: Sequence[str] = ()) -> tuple[Path, dict[str, Any]]:
    """The file of a mission or campaign, and its contents with overrides and a name."""
    file = find(path, "missions", Path.cwd())
    data = read_toml(file)
    for override in overrides:
        _override(data, override)
    data.setdefault("name", re.sub(r"[^A-Za-z0-9._-]", "-", file.stem).lstrip("._-")[:64] or "mission")
    return file, data


def checked(data: Mapping[str, Any], file: Path) -> tuple[MissionConfig, list[str]]:
    """A mission from a file's contents, and the problems that lie between its tables.

    Raises:
        ConfigError: The problems of its single keys.
    """
    mission = validate(MissionConfig, data, file, file.parent)
    return mission, check_mission(mission, load_soil(mission.soil.preset, file.parent))


def _override(data: dict[str, Any], text: str) -> None:
    """Set one "table.key=value" in a file's contents; an entry of a list of tables goes by its number, from 0."""
    keys, equals, value = text.partition("=")
    path = [key.strip() for key in keys.split(".")]
    if not equals or not all(path):
        raise ConfigError(f"--set {show(text)}: must be key=value, for example soil.friction=0.6")
    table: Any = data
    for position, key in enumerate(path[:-1], start=1):
        if isinstance(table, list):
            if not key.isdecimal() or int(key) >= len(table):
                raise ConfigError(
                    f"--set {show(text)}: {'.'.join(path[: position - 1])} has the entries 0 to {len(table) - 1}, "
                    f"not {show(key)}"
                )
            table = table[int(key)]
        else:
            table = table.setdefault(key, {})
        if not isinstance(table, dict | list):
            raise ConfigError(f"--set {show(text)}: {'.'.join(path[:position])} is no table, so it has no keys")
    if isinstance(table, list):
        raise ConfigError(f"--set {show(text)}: {'.'.join(path[:-1])} is a list; name a key of one of its entries")
    table[path[-1]] = _literal(value.strip())


def _literal(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if parsed.keys() == {"value"} else text

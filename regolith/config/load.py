"""From a mission file and the command line's overrides to a validated mission."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regolith.config.checks import check_mission
from regolith.config.files import find, read_toml
from regolith.config.keys import put
from regolith.config.mission import MissionConfig
from regolith.config.preset import load_soil
from regolith.config.problems import join, show, validate
from regolith.errors import ConfigError, Conflict


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
    return mission_of(data, file)


def mission_of(data: Mapping[str, Any], file: Path) -> MissionConfig:
    """The mission that a file holds.

    Raises:
        ConfigError: All problems of the file, a line each; Conflict: all of them lie between keys.
    """
    mission, found = checked(data, file)
    if found:
        raise Conflict(join(file, found))
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
    data.setdefault("name", name_of(file))
    return file, data


def name_of(file: Path) -> str:
    """What a file's mission is called unless it says so itself."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", file.stem).lstrip("._-")[:64] or "mission"


def checked(data: Mapping[str, Any], file: Path) -> tuple[MissionConfig, list[str]]:
    """A mission from a file's contents, and the problems that lie between its tables.

    Raises:
        ConfigError: The problems of its single keys.
    """
    mission = validate(MissionConfig, data, file, file.parent)
    return mission, check_mission(mission, load_soil(mission.soil.preset, file.parent))


def _override(data: dict[str, Any], text: str) -> None:
    """Set one "table.key=value" in a file's contents."""
    put(data, *split(text), f"--set {show(text)}")


def split(text: str) -> tuple[str, Any]:
    """Key and value of a setting "table.key=value".

    Raises:
        ConfigError: It is none.
    """
    key, equals, value = text.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise ConfigError(f"--set {show(text)}: must be key=value, for example soil.friction=0.6")
    return ".".join(path), _literal(value.strip())


def _literal(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if parsed.keys() == {"value"} else text

"""Dotted keys such as "soil.cohesion" or "operations.0.tool.width": setting them, and what they hold."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from regolith.config.campaign import TABLES, CampaignTables
from regolith.config.mission import MissionConfig
from regolith.config.problems import models_of, show
from regolith.config.units import dimension_of, parts_of
from regolith.errors import ConfigError

ONE_OF = {"grain_diameter": "grain_scale", "grain_scale": "grain_diameter"}  # stating one takes the other back
ALL = "*"  # in the place of an entry's number: each of them


def put(data: dict[str, Any], key: str, value: Any, said: str) -> None:
    """Set a key in a file's contents.

    An entry of a list of tables goes by its number, from 0, or by "*", which is all of them.

    Args:
        data: Contents, changed in place.
        key: Dotted key.
        value: As TOML gives it.
        said: What the user wrote, for messages.

    Raises:
        ConfigError: The key leads through something that is no table.
    """
    _put(data, key.split("."), 0, value, said)


def _put(table: Any, path: Sequence[str], at: int, value: Any, said: str) -> None:
    here, name, last = ".".join(path[:at]), path[at], at + 1 == len(path)
    if isinstance(table, list):
        if last:
            raise ConfigError(f"{said}: {here} is a list; name a key of one of its entries")
        for entry in _entries(table, name, here, said):
            _put(entry, path, at + 1, value, said)
    elif not isinstance(table, dict):
        raise ConfigError(f"{said}: {here} is no table, so it has no keys")
    elif last:
        table.pop(ONE_OF.get(name), None)
        table[name] = value
    else:
        _put(table.setdefault(name, {}), path, at + 1, value, said)


def _entries(table: list[Any], name: str, here: str, said: str) -> list[Any]:
    if name == ALL:
        return table
    if not name.isdecimal() or int(name) >= len(table):
        raise ConfigError(f"{said}: {here} has the entries 0 to {len(table) - 1}, not {show(name)}")
    return [table[int(name)]]


def field_of(key: str) -> FieldInfo | None:
    """The field of a mission or a campaign that a dotted key names; None if there is none.

    Which of the kinds of tool or motion it belongs to does not matter: a name means the same quantity in all of them.
    """
    path = key.split(".")
    if path[0] == "operations" and len(path) > 3 and path[2] in TABLES or path[0] == "sites":
        path = path[2:]
    elif path[0] in ("campaign", "operations"):
        return _field_at(CampaignTables, path)
    return _field_at(MissionConfig, path)


def _field_at(model: type[BaseModel], path: Sequence[str]) -> FieldInfo | None:
    tables: Sequence[type[BaseModel]] = [model]
    field = None
    for name in path:
        if field is not None and (name == ALL or name.isdecimal()):
            continue
        field = next((table.model_fields[name] for table in tables if name in table.model_fields), None)
        if field is None:
            return None
        tables = list(models_of(field.annotation).values())
    return field


@lru_cache(1024)  # asked of every value of a study
def dimension_at(key: str) -> str | None:
    """What quantity a key holds, one of `units.DIMENSIONS`; None if it holds something else, or is none."""
    field = field_of(key)
    return dimension_of(field) if field else None


def is_whole(key: str) -> bool:
    """Whether a key holds a whole number."""
    field = field_of(key)
    return field is not None and int in (field.annotation, *parts_of(field.annotation))

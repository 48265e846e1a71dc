"""From pydantic's errors to sentences that name file, key, value, what is allowed and what to do."""

import difflib
import reprlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from regolith.errors import ConfigError, Conflict

AnyTable = TypeVar("AnyTable", bound=BaseModel)

_shorten = reprlib.Repr()
_shorten.maxstring = _shorten.maxother = 60
_shorten.maxlevel = 2

_REPHRASED = {
    "tuple_type": "must be a list of values in brackets",
    "list_type": "must be a list in brackets",
    "model_type": "must be a table of keys",
    "model_attributes_type": "must be a table of keys",
    "too_short": "must hold at least {min_length} of them, holds {actual_length}",
    "too_long": "must hold at most {max_length} of them, holds {actual_length}",
    "union_tag_not_found": "must be a table of keys, and its kind a text",
    "string_pattern_mismatch": "must be 1 to 64 letters, digits, dots, dashes or underscores, first a letter or digit",
}


class Table(BaseModel):
    """A table of a TOML file: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def validate(model: type[AnyTable], data: object, file: Path | str, base: Path) -> AnyTable:
    """Build a model from the contents of a file.

    Args:
        model: What the file must hold.
        data: What it holds.
        file: Its name for messages.
        base: Folder that relative paths inside it start from.

    Raises:
        ConfigError: All problems of the file, a line each; Conflict: all of them lie between keys.
    """
    try:
        return model.model_validate(data, context={"base": base})
    except ValidationError as error:
        problems = error.errors()
        kind = Conflict if all(map(_between_keys, problems)) else ConfigError
        raise kind(join(file, [describe(model, problem) for problem in problems])) from None


def _between_keys(problem: Mapping[str, Any]) -> bool:
    """Whether one of pydantic's errors is of a table: the rules between its keys, or one that it lacks."""
    return problem["type"] == "missing" or (problem["type"] == "value_error" and isinstance(problem["input"], dict))


def join(file: Path | str, problems: list[str]) -> str:
    """One message of all problems of a file, a line each."""
    return "\n".join(f"{file}: {problem}" for problem in problems)


def describe(model: type[BaseModel], problem: Mapping[str, Any]) -> str:
    """One of pydantic's errors as "key = value: what is wrong and what is allowed"."""
    key, table = _locate(model, problem["loc"])
    kind, value = problem["type"], problem["input"]
    if kind == "missing":
        return f"{key} is missing; it has no default"
    if kind == "union_tag_invalid":
        return f"{key}.kind = {show(problem['ctx']['tag'])}: must be one of {problem['ctx']['expected_tags']}"
    if kind == "extra_forbidden":
        text = unknown_key(model, table, key)
    elif kind == "value_error":
        text = str(problem["ctx"]["error"])
    else:
        text = _REPHRASED.get(kind, problem["msg"].replace("Input should be", "must be"))
        text = text.format(**problem.get("ctx", {})) if kind in _REPHRASED else text
    if isinstance(value, dict) and kind != "extra_forbidden":
        return f"{key}: {text}"  # a table, whose keys are said in the text
    return f"{key} = {show(value)}: {text}"


def unknown_key(model: type[BaseModel], table: type[BaseModel], key: str) -> str:
    """What to say of a key that a table does not know: the nearest known one, and all that it knows."""
    parent, _, name = key.rpartition(".")
    prefix = f"{parent}." if parent else ""
    allowed = list(table.model_fields)
    paths = (path for path in _key_paths(model) if path != key)  # tables of another kind may have the very key
    elsewhere = dict.fromkeys(path for path in paths if path.rpartition(".")[2] == name)
    near = list(elsewhere) or [prefix + match for match in difflib.get_close_matches(name, allowed, 1)]
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    return f"unknown key{hint} Allowed: {', '.join(allowed)}"


def show(value: object) -> str:
    """A value as a message shows it: short, whatever its size and depth."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"(an integer of {value.bit_length()} bits)"
    return str(value).lower() if isinstance(value, bool) else _shorten.repr(value)


def _locate(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[str, type[BaseModel]]:
    """Key path of an error's location, without the tags of unions, and the table that its last key stands in."""
    keys: list[str] = []
    table, choices = model, models_of(model)
    for part in location:
        if len(choices) > 1 and part in choices:
            table, choices = choices[str(part)], {}
            continue
        if isinstance(part, int):
            keys.append(f"{keys.pop()}[{part}]" if keys else f"[{part}]")
            continue
        if choices:
            table = next(iter(choices.values()))
        keys.append(part)
        field = table.model_fields.get(part)
        choices = models_of(field.annotation) if field else {}
    return ".".join(keys), table


def models_of(annotation: Any) -> dict[str, type[BaseModel]]:
    """The models that an annotation names, by their kind ("" for one without)."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        kind = annotation.model_fields.get("kind")
        return {get_args(kind.annotation)[0] if kind else "": annotation}
    found: dict[str, type[BaseModel]] = {}
    for argument in get_args(annotation):
        found |= models_of(argument)
    return found


def _key_paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        for inner in models_of(field.annotation).values():
            yield from _key_paths(inner, f"{prefix}{name}.")

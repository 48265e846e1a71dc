"""Finding and reading TOML files: every way that this can fail is one clear message."""

import contextlib
import functools
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from pydantic import ValidationInfo

from regolith.errors import ConfigError
from regolith.paths import data_dir

_LARGEST = 4_000_000  # bytes; a mission file is written by people

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextlib.contextmanager
def reading_once() -> Iterator[None]:
    """While it lasts, no file is looked for or read a second time: for thousands of missions that share them."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once(function: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """A function of files whose answers are kept while `reading_once` lasts; nobody may change them."""

    @functools.wraps(function)
    def remembering(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        answers = _answers.get()
        if answers is None:
            return function(*args, **kwargs)
        question = (function, args, *sorted(kwargs.items()))
        if question not in answers:
            answers[question] = function(*args, **kwargs)
        answer: Answer = answers[question]
        return answer

    return remembering


def shipped(folder: str) -> list[str]:
    """Names of the TOML files in a folder of the shipped data ("soils", "missions")."""
    return sorted(file.stem for file in (data_dir() / folder).glob("*.toml"))


@once
def find(wanted: str | Path, folder: str, base: Path) -> Path:
    """The file that a name or a path means, absolute.

    Args:
        wanted: A bare name (shipped with the package, without ".toml") or a path.
        folder: Folder of the shipped data that bare names are looked up in.
        base: Folder that a relative path starts from.

    Raises:
        ConfigError: There is no such file; the message lists the shipped names.
    """
    text = str(wanted)
    if text in shipped(folder):
        return (data_dir() / folder / f"{text}.toml").resolve()
    # of names that no system allows, os.path's tests answer False, where Path's and expanduser raise
    path = base / (text if "\0" in text else os.path.expanduser(text))
    if os.path.isfile(path):
        return path.resolve()
    trouble = "is a folder" if os.path.isdir(path) else "no such file"
    raise ConfigError(f"{path}: {trouble}; give a path, or one of those shipped: {', '.join(shipped(folder))}")


def base_of(info: ValidationInfo) -> Path:
    """Folder that relative paths start from: the file's own, or the current one when no file is being read."""
    return Path((info.context or {}).get("base", "."))


def read_toml(path: Path) -> dict[str, Any]:
    """Contents of a TOML file.

    Raises:
        ConfigError: It cannot be read, is not UTF-8, or is not TOML; with line and column.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(raw) > _LARGEST:
        raise ConfigError(f"{path}: {len(raw)} bytes is too large for a configuration; at most {_LARGEST} are read")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line}: is not UTF-8 text; save the file as UTF-8") from None
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply for a configuration") from None
    except ValueError as error:  # TOMLDecodeError, and integers of more digits than Python reads
        raise ConfigError(f"{path}: {_placed(str(error), text)}") from None


def _placed(message: str, text: str) -> str:
    """The parser's message with line and column in front."""
    found = re.search(r"\s*\(at line (\d+), column (\d+)\)$", message)
    if found:
        return f"line {found[1]}, column {found[2]}: {message[: found.start()]}; this is not TOML"
    lines = text.splitlines() or [""]
    return f"line {len(lines)}, column {len(lines[-1]) + 1}: {message}; this is not TOML"

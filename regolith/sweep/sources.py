"""A study's files as copies that stand alone, so that its directory can be gone on with when the originals are gone."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomli_w

from regolith.config.files import find, read_toml, shipped
from regolith.config.load import name_of

STUDY, BASE = "study.toml", "base.toml"  # names of the copies
_PATHS = ("preset", "file", "capture", "continues")  # keys that hold paths
_LISTS = ("values", "range", "grid")  # keys of a design, below the key that varies


def standing_alone(source: Path, name: str) -> dict[str, str]:
    """Copies of a study file and of its base: name of the copy -> text.

    Soils and meshes that they name stay where they are, and are named by their absolute paths.

    Args:
        source: The study file.
        name: Of the study.

    Raises:
        ConfigError: A file cannot be read.
    """
    study = read_toml(source)
    file = find(study["base"], "missions", source.parent)
    base = {"name": name_of(file)} | read_toml(file)
    copy = anchored(study, "", (source.parent, file.parent)) | {"name": name, "base": BASE}
    head = "# Copy of {}, complete with {}: made when the study began, and anew when it grew.\n"
    return {
        STUDY: head.format(source.resolve(), BASE) + tomli_w.dumps(copy),
        BASE: head.format(file, STUDY) + tomli_w.dumps(anchored(base, "", (file.parent,))),
    }


def anchored(value: Any, key: str, folders: Sequence[Path]) -> Any:
    """A part of a study's or mission's contents in which relative paths have become absolute.

    Args:
        value: The part.
        key: The last part of its dotted key.
        folders: Those that a path may start from: the first one counts in which there is something of that name, or
            else the first.
    """
    if isinstance(value, dict):
        inner = {name: key if name in _LISTS else name.rpartition(".")[2] for name in value}
        return {name: anchored(part, inner[name], folders) for name, part in value.items()}
    if isinstance(value, list):
        return [anchored(part, key, folders) for part in value]
    if key not in _PATHS or not isinstance(value, str) or "\0" in value:
        return value
    if key == "preset" and value in shipped("soils"):
        return value
    paths = [os.path.abspath(folder / os.path.expanduser(value)) for folder in folders]
    return os.path.realpath(next(filter(os.path.exists, paths), paths[0]))

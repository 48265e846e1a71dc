"""Published tables, as shipped in data/reference."""

import tomllib
from functools import cache
from typing import Any

from regolith.materials import Material
from regolith.paths import data_dir


@cache
def published(name: str) -> dict[str, Any]:
    """The file data/reference/NAME.toml; the file says what is what, and in which unit."""
    return tomllib.loads((data_dir() / "reference" / f"{name}.toml").read_text(encoding="utf-8"))


def citation(table: dict[str, Any]) -> str:
    """Author, year, title, journal, doi in a line."""
    return f"{table['author']} ({table['year']}), {table['title']}, {table['journal']}, {table['doi']}"


def solids(test: str) -> dict[str, Material]:
    """Materials of a test of Chung & Ooi (2011) by their names; on the benches "test1 glass" and so on."""
    stated = published("chung-ooi-2011")[test]["materials"]
    return {name: Material(name=f"{test} {name}", **values) for name, values in stated.items()}


CHUNG_OOI = citation(published("chung-ooi-2011"))

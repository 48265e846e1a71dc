"""Which cases there are, and which of them a user means."""

import difflib
import importlib
from collections.abc import Sequence

from regolith.errors import ConfigError
from regolith.verify.case import REGISTRY, Case

FAMILIES: tuple[str, ...] = (  # in the order of the page: contacts, surfaces, bulk, missions
    "impacts",
    "restitution",
    "oblique",
    "conservation",
    "rolling",
    "oscillations",
    "cohesion",
    "surfaces",
    "edges",
    "cylinders",
    "moving_surfaces",
    "drives",
    "balance",
    "chain",
    "dosta",
    "drum",
    "ball_drop",
    "packings",
    "hopper",
    "silo",
    "repose",
    "shear_cell",
    "blade",
    "conveying",
    "filled_auger",
    "cone",
    "king_brewer",
)


def cases() -> dict[str, Case]:
    """All cases by name, family by family. Loads no kernels."""
    for family in FAMILIES:
        importlib.import_module(f"regolith.verify.{family}")
    return dict(REGISTRY)


def chosen(names: Sequence[str] = (), long: bool = False) -> list[Case]:
    """The cases that are meant: those named (cases or whole families), else the quick ones, or with `long` all.

    Raises:
        ConfigError: A name is unknown; lists the nearest.
    """
    known = cases()
    if not names:
        return [case for case in known.values() if long or not case.long]
    families = {case.family for case in known.values()}
    for name in names:
        if name not in known and name not in families:
            near = difflib.get_close_matches(name, [*known, *families], n=3, cutoff=0.4)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise ConfigError(f"--case {name}: no such case or family{hint}. `regolith verify --list` shows all")
    return [case for case in known.values() if case.name in names or case.family in names]

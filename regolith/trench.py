"""Digging on in the trench of another run: its grains as it left them, less what its tool held and what left the box.

Grains keep what is known of their origin: their number and their place in the bed that was first dug at the site.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regolith.bed import Bed, Origin
from regolith.errors import OutputError
from regolith.output import checkpoint
from regolith.output.rundir import RunDir
from regolith.sampling import CAPTURED
from regolith.snapshot import Arrays


def take_over(folder: Path) -> Bed:
    """The bed that a finished run left.

    Args:
        folder: Its run directory.

    Raises:
        OutputError: Its state is missing or damaged.
    """
    found = checkpoint.newest(RunDir(folder).final_state)
    if found is None:
        raise OutputError(f"{RunDir(folder).final_state}: holds no whole state. Repeat that run.")
    arrays, meta = found.arrays, found.meta["state"]
    kept = remaining(arrays, meta)
    ids = np.flatnonzero(kept)
    origin = Origin(arrays["sampling/site_ids"][ids], arrays["sampling/start"][ids])
    notes = found.meta["bed"] | {"grains": float(len(ids))}
    state, counters = left_behind(arrays, meta, kept, found.meta["n_walls"])
    notes["mass"] = float(state["grains/mass"].sum())
    return Bed(state, counters, notes, from_cache=True, origin=origin)


def remaining(arrays: Arrays, meta: dict[str, Any]) -> NDArray[np.bool_]:
    """Which grains stay in the box once the tool is gone, by id, shape (n,)."""
    kept = arrays["status"] != CAPTURED
    kept[arrays["grains/id"][meta["n_active"] :]] = False  # lost ones lie last in memory
    return np.asarray(kept)


def left_behind(
    arrays: Arrays, meta: dict[str, Any], kept: NDArray[np.bool_], n_walls: int
) -> tuple[Arrays, dict[str, Any]]:
    """A state with some of its grains and without its tool.

    Args:
        arrays: The state, as `Simulation.take` gives it.
        meta: Its counters.
        kept: Which grains stay, by id, shape (n,); they are numbered anew in their order.
        n_walls: Surfaces that stay; later ones, those of the tool, are gone.

    Returns:
        Arrays and counters for `snapshot.branch`: contacts of those that stay keep their history.
    """
    places = kept[arrays["grains/id"]]  # in memory order
    number, place = np.cumsum(kept) - 1, np.cumsum(places) - 1
    state = {k: v[places] for k, v in arrays.items() if k.startswith(("grains/", "list/", "contacts/"))}
    state["grains/id"] = number[state["grains/id"]].astype(np.int32)
    gone = (state["contacts/patch"] >= 0) & (state["contacts/surface"] >= n_walls)
    for name, blank in (("patch", -1), ("surface", 0), ("overlap", 0.0), ("springs", 0.0)):
        state[f"contacts/{name}"][gone] = blank  # whoever takes the place next begins without history
    i, j = arrays["pairs/i"], arrays["pairs/j"]
    both = places[i] & places[j]
    state |= {k: v[both] for k, v in arrays.items() if k.startswith("pairs/")}
    for side, ends in (("i", i), ("j", j)):
        state[f"pairs/{side}"] = place[ends[both]].astype(np.int32)
    n = int(places.sum())
    counts = {"n_grains": n, "n_active": n, "n_listed": n, "n_pairs": int(both.sum()), "late": 0}
    return state, meta | counts

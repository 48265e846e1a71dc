"""The whole state to and from arrays: what read-back, checkpoints and settled beds are made of.

A restart is exact to the last bit: velocities are half a step old as they are, contact histories and touching flags
go along, and so do the pair list with the positions it was made at and the order in which grains lie in memory.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from regolith_kernels import exchange
from regolith_kernels.state import MAX_WALL_CONTACTS

from regolith.errors import OutputError

if TYPE_CHECKING:
    from regolith.readings import Readings

Arrays = dict[str, np.ndarray]
COUNTERS = ("next_check", "near_until", "rebuilds", "late", "n_active", "n_listed", "n_pairs")


def take(sim: "Readings") -> tuple[Arrays, dict[str, Any]]:
    """Arrays (in memory order) and counters of a simulation."""
    arrays = {f"grains/{k}": v for k, v in get_grains(sim).items() if k not in ("force", "torque")}
    arrays |= {f"list/{k}": v for k, v in _get_list_state(sim).items()}
    arrays |= {f"pairs/{k}": v for k, v in get_pairs(sim).items() if k != "force"}
    arrays |= {f"contacts/{k}": v for k, v in get_contacts(sim).items()}
    arrays |= sim.sleeper.take()
    arrays["tallies"] = sim.surroundings.tallies(clear=False)
    arrays |= sim.surroundings.driving.take()
    meta: dict[str, Any] = {name: int(getattr(sim.pair_list, name)) for name in COUNTERS}
    meta |= {"step": sim.step_count, "largest_overlap": sim.largest_overlap, "n_grains": sim.n_grains}
    return arrays, meta


def restore(sim: "Readings", arrays: Arrays, meta: dict[str, Any]) -> None:
    """Put a state back.

    Raises:
        OutputError: It is of another number of grains or drives.
    """
    if meta["n_grains"] != sim.n_grains:
        raise OutputError(
            f"the saved state has {meta['n_grains']} grains, the simulation {sim.n_grains}: it is of another mission"
        )
    meta = {"near_until": 0} | meta  # older states do not have it: then it is asked for at the next look
    put_grains(sim, {k.removeprefix("grains/"): v for k, v in arrays.items() if k.startswith("grains/")})
    put_contacts(sim, {k.removeprefix("contacts/"): v for k, v in arrays.items() if k.startswith("contacts/")})
    for name in COUNTERS:
        setattr(sim.pair_list, name, meta[name])
    exchange.put_list_state(sim.state_group, arrays["list/reference"], arrays["list/allowance"], arrays["list/near"])
    sim.sleeper.restore(arrays.get("list/rest"))
    _put_pairs(sim, {k.removeprefix("pairs/"): v for k, v in arrays.items() if k.startswith("pairs/")})
    if len(sim.surroundings) == len(arrays["tallies"]) and len(arrays["tallies"]):
        exchange.put_tallies(sim.surroundings.walls, arrays["tallies"])
    sim.surroundings.driving.restore(arrays)
    sim.step_count = meta["step"]
    sim.largest_overlap = meta["largest_overlap"]


def branch(sim: "Readings", arrays: Arrays, meta: dict[str, Any]) -> None:
    """Start a new run from the state of another, such as a settled bed: at step 0, with more surfaces than it had."""
    meta = meta | {"step": 0, "next_check": 0, "near_until": 0, "rebuilds": 0, "largest_overlap": 0.0}
    driving = sim.surroundings.driving
    driving.start_over(driving.time_step)
    arrays = {k: v for k, v in arrays.items() if k not in ("tallies", "list/rest") and not k.startswith("drives/")}
    restore(sim, arrays | {"tallies": np.zeros((0, 9))} | driving.take(), meta)


def put_grains(sim: "Readings", grains: Arrays) -> None:
    """Fill the grains in memory order, and the simulation's own arrays by id."""
    ids = np.ascontiguousarray(grains["id"], np.int32)
    for name, own in (("radius", sim.radii), ("mass", sim.masses), ("material", sim.material_index)):
        own[ids] = grains[name]
    sim.find_alike()
    exchange.put_grains(
        sim.state_group,
        grains["position"],
        grains["velocity"],
        grains["spin"],
        grains["radius"],
        grains["mass"],
        np.ascontiguousarray(grains["material"], np.int32),
        ids,
    )


def get_grains(sim: "Readings", by_id: bool = False) -> Arrays:
    """Grains as they lie in memory, or by id: position, velocity, spin, force, torque, radius, mass, material, id."""
    n = sim.n_grains
    vectors = {k: np.empty((n, 3)) for k in ("position", "velocity", "spin", "force", "torque")}
    radius, mass = np.empty(n), np.empty(n)
    material, ids = np.empty(n, np.int32), np.empty(n, np.int32)
    exchange.get_grains(
        sim.state_group,
        vectors["position"],
        vectors["velocity"],
        vectors["spin"],
        radius,
        mass,
        material,
        ids,
        vectors["force"],
        vectors["torque"],
        by_id,
    )
    return vectors | {"radius": radius, "mass": mass, "material": material, "id": ids}


def get_ids(sim: "Readings") -> np.ndarray:
    """Ids in memory order, shape (n,); lost grains last."""
    ids = np.empty(sim.n_grains, np.int32)
    exchange.get_ids(sim.state_group, ids)
    return ids


def get_links(sim: "Readings") -> tuple[np.ndarray, np.ndarray]:
    """Ids of the two grains of each touching pair, shapes (n_touching,)."""
    i, j = np.empty(sim.pair_list.n_pairs, np.int32), np.empty(sim.pair_list.n_pairs, np.int32)
    if len(i):
        exchange.get_touching(sim.state_group, sim.pair_list.listing, sim.pair_list.n_active, i, j)
    return i[i >= 0], j[j >= 0]


def _get_list_state(sim: "Readings") -> Arrays:
    n = sim.n_grains
    reference, allowance, near = np.empty((n, 3)), np.empty(n), np.empty(n, np.int32)
    exchange.get_list_state(sim.state_group, reference, allowance, near)
    return {"reference": reference, "allowance": allowance, "near": near}


def get_pairs(sim: "Readings") -> Arrays:
    """Listed pairs: places i, j in memory, touching, springs, force on i (zero where apart)."""
    n = sim.pair_list.n_pairs
    i, j, touching = (np.empty(n, np.int32) for _ in range(3))
    springs, force = np.empty((n, sim.n_springs, 3)), np.empty((n, 3))
    if n:
        listing, n_active = sim.pair_list.listing, sim.pair_list.n_active
        exchange.get_pairs(sim.state_group, listing, n_active, i, j, touching, springs, force, sim.n_springs)
    return {"i": i, "j": j, "touching": touching, "springs": springs, "force": force}


def _put_pairs(sim: "Readings", pairs: Arrays) -> None:
    sim.pair_list.reserve(len(pairs["i"]))
    if len(pairs["i"]):
        raw = (pairs[key] for key in ("i", "j", "touching", "springs"))
        exchange.put_pairs(sim.pair_list.listing, *raw, sim.n_springs)
    sim.pair_list.restore(pairs["i"])


def no_contacts(sim: "Readings") -> Arrays:
    """No grain touches any surface."""
    n, k = sim.n_grains, MAX_WALL_CONTACTS
    return {
        "patch": np.full((n, k), -1, np.int32),
        "surface": np.zeros((n, k), np.int32),
        "overlap": np.zeros((n, k)),
        "springs": np.zeros((n, k, sim.n_springs, 3)),
    }


def put_contacts(sim: "Readings", contacts: Arrays) -> None:
    """Fill the grains' contacts with surfaces, in memory order."""
    exchange.put_contacts(
        sim.state_group, contacts["patch"], contacts["surface"], contacts["overlap"], contacts["springs"], sim.n_springs
    )


def get_contacts(sim: "Readings") -> Arrays:
    """Contacts with surfaces, four places a grain, in memory order: patch (-1: none), surface, overlap, springs."""
    contacts = no_contacts(sim)
    exchange.get_contacts(
        sim.state_group, contacts["patch"], contacts["surface"], contacts["overlap"], contacts["springs"], sim.n_springs
    )
    return contacts

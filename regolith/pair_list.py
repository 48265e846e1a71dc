"""Keeps the Verlet pair list: when it is stale, and how it is made anew with its history."""

from typing import Any

import numpy as np
from regolith_kernels import exchange, neighbors, sorting
from regolith_kernels.integrate import find_near
from regolith_kernels.sorting import Level

from regolith.box import Box
from regolith.errors import ConfigError
from regolith.particles import Listing, Saved, Slots, Sorter, State
from regolith.walls import Surroundings

PAIRS_PER_GRAIN = 4  # first guess, of a dense bed at rest; the list grows when it must
CONTACTS_PER_GRAIN = 3.5  # pairs that touch, at first; a dense bed has 2.9
SLOTS_PER_GRAIN = 16  # later partners that one grain may have; more are made when they must be
MAX_CHECK_INTERVAL = 64  # steps
CELLS_PER_GRAIN = 8  # cells are enlarged beyond this
SKIN = 0.05  # allowance of a grain at rest over its radius
LARGEST_ALLOWANCE = 0.5  # of the radius, for fast grains
DRIFT_STEPS = 100  # steps that a fast grain's allowance should last


class PairList:
    """The list, the grid it is found with, and the counters that say when to look again.

    Attributes:
        next_check: Step at which staleness is looked at; part of the state, so that a restart decides alike.
        near_until: Step up to which it is known what surfaces a grain may reach; part of the state too.
        wraps: Whether the box is periodic along any axis.
        n_active: Grains that have not left the box; they lie first in memory.
        n_pairs: Listed pairs.
        rebuilds: How often the list was made.
        late: Checks that found an allowance overrun: pairs may have been missed.
    """

    def __init__(self, state: State, radii: np.ndarray, box: Box, springs_type: Any) -> None:
        self.state, self.box, self.springs_type = state, box, springs_type
        self.n_grains = self.n_active = self._room = len(radii)
        self._r_min, self.wraps = float(radii.min()), any(box.periodic)
        self.n_pairs = self.n_listed = 0
        self.next_check = self.near_until = self.rebuilds = self.late = 0
        self.inverse_period = np.divide(1.0, box.period, out=np.zeros(3), where=box.period > 0)
        levels, self.n_cells = _levels(radii, box)
        self.n_levels = len(levels)
        self.sorter = Sorter(self.n_grains, self.n_cells, self.n_levels, springs_type)
        for k, level in enumerate(levels):
            self.sorter.levels[k] = Level(**level)
        self.listing = Listing(PAIRS_PER_GRAIN * self.n_grains, springs_type)
        self.saved = Saved(int(CONTACTS_PER_GRAIN * self.n_grains), springs_type)
        self.slots = Slots(self._room, SLOTS_PER_GRAIN)

    def refresh(self, step: int, dt: float, surroundings: Surroundings) -> None:
        """At a step of `next_check`: make the list anew if it is nearly stale, and say when to look again."""
        used, rate, fastest = (1.0, 0.0, 0.0) if not self.rebuilds else self._age(dt)
        self.late += bool(self.rebuilds and used > 1.0)
        if used > 0.75 or used + 2 * rate > 1.0:
            self.rebuild(dt)
            used, rate, fastest = self._age(dt)
        tool = surroundings.top_speed(step, dt) * dt
        # any grain may be hit by the fastest thing around meanwhile, and leave at up to twice its speed
        room = min(0.4 * (1 - used) / max(fastest, tool / (SKIN * self._r_min), 1e-12), MAX_CHECK_INTERVAL)
        self.next_check = step + max(int(room), 1)
        if self.next_check > self.near_until:
            stride = 2 * tool  # twice as far as it goes a step at its speed: it may gain speed
            # of a very fast tool for fewer steps, or all grains would be near
            ahead = min(MAX_CHECK_INTERVAL, int(self._r_min / max(stride, 1e-300)))
            self.near_until = max(self.next_check, step + ahead)
            now, travel = surroundings.pose(step, dt), stride * (self.near_until - step)
            find_near(self.state, surroundings.walls, self.n_active, len(surroundings), now, travel)

    def look_again(self, step: int) -> None:
        """Something may move faster from this step on than the last look knew of."""
        self.next_check = self.near_until = step

    def _age(self, dt: float) -> tuple[float, float, float]:
        used, rate, fastest = neighbors.age_of_list(self.state, self.n_active, dt)
        return float(used), float(rate), float(fastest)

    def rebuild(self, dt: float) -> None:
        """Sort the grains by cell and make the list anew; springs of touching pairs are carried over.

        What surfaces are near is found out by the next `refresh`, which is due before the next step.
        """
        self._set_history_aside()
        self._sort(dt)
        self._find_pairs()
        neighbors.restore_history(self.state, self.sorter, self.listing, self.saved, self.n_active)
        self._complete()
        self.n_listed = self.n_active
        self.rebuilds += 1
        self.next_check = self.near_until = 0

    def scan(self, starts: Any, n: int) -> int:
        """Where the first n of the sorter's counts begin if they lie side by side; their sum."""
        sorting.scan(self.sorter.counts, starts, self.sorter.block_sums, n)
        return int(starts[n])

    def _set_history_aside(self) -> None:
        neighbors.count_touching(self.state, self.sorter, self.listing, self.n_grains, self.n_listed)
        touching = self.scan(self.sorter.first_saved, self.n_grains)
        if touching > self.saved.capacity:
            self.saved.destroy()
            self.saved = Saved(touching + touching // 4, self.springs_type)
        neighbors.save_history(self.state, self.sorter, self.listing, self.saved, self.n_listed)

    def _sort(self, dt: float) -> None:
        box = self.box
        sorting.key_grains(
            self.state,
            self.sorter,
            self.n_levels,
            self.n_grains,
            self.n_cells,
            box.lower,
            box.upper,
            box.period,
            SKIN,
            DRIFT_STEPS * dt,
            LARGEST_ALLOWANCE,
        )
        self.scan(self.sorter.starts, self.n_cells + 1)
        sorting.order_grains(self.state, self.sorter, self.n_grains, self.n_cells)
        sorting.reorder(self.state, self.sorter, self.n_grains)
        self.n_active = int(self.sorter.starts[self.n_cells])

    def _find_pairs(self) -> None:
        most = self._find_partners()
        if most > self.slots.per_grain:
            if self._room * (most + most // 4) * 1.25 >= 2**31:  # capacities are rounded up by a quarter at most
                raise ConfigError(
                    f"{self._room:,} grains with up to {most} later neighbours each are more than a list can "
                    "hold; take fewer grains or a narrower range of sizes"
                )
            self._more_slots(most + most // 4)
            self._find_partners()
        self.n_pairs = self.scan(self.state.first_led, self.n_active)
        self.reserve(self.n_pairs)
        neighbors.list_pairs(self.state, self.slots, self.listing, self.n_active)

    def _more_slots(self, per_grain: int) -> None:
        self.slots.destroy()
        self.slots = Slots(self._room, per_grain)

    def _find_partners(self) -> int:
        return int(
            neighbors.find_partners(
                self.state, self.sorter, self.slots, self.n_levels, self.wraps, self.n_active, self.box.lower
            )
        )

    def reserve(self, n_pairs: int) -> None:
        """Make room for that many pairs; what the list held is lost if it must grow."""
        if n_pairs > self.listing.capacity:
            self.listing.destroy()
            self.listing = Listing(n_pairs + n_pairs // 4, self.springs_type)

    def _complete(self) -> None:
        """From the pairs, the places of their reactions, and between which a face of a periodic box lies."""
        neighbors.count_followed(self.sorter, self.listing, self.n_active, self.n_pairs)
        self.scan(self.state.first_followed, self.n_active)
        if self.n_pairs > self._room * self.slots.per_grain:  # a restored list that this simulation has not found
            self._more_slots(self.n_pairs // self._room + 1)
        neighbors.place_reactions(self.state, self.sorter, self.slots, self.listing, self.n_active, self.n_pairs)
        if self.wraps:
            neighbors.mark_wrapping(self.state, self.listing, self.n_pairs)

    def start_over(self, n_grains: int) -> None:
        """Forget the list: the grains are others now, at most as many as before."""
        self.n_grains = self.n_active = n_grains
        self.n_pairs = self.n_listed = self.rebuilds = self.next_check = self.near_until = 0
        self.state.first_led.fill(0)

    def restore(self, leaders: np.ndarray) -> None:
        """After the pairs were put back from a checkpoint: rebuild the indices from the leading grains (n_pairs,)."""
        first = np.searchsorted(leaders, np.arange(self.n_active + 1)).astype(np.int32)
        exchange.put_ints(self.state.first_led, first)
        self._complete()

    def destroy(self) -> None:
        """Give the memory back."""
        for group in (self.sorter, self.listing, self.saved, self.slots):
            group.destroy()


def _levels(radii: np.ndarray, box: Box) -> tuple[list[dict[str, Any]], int]:
    """Grid levels, finest first, a factor of 2 in radius apart, and the number of cells of all."""
    size, periodic = box.size, np.asarray(box.periodic)
    largest = float(radii.max())
    n_levels = 1 + int(np.floor(np.log2(largest / float(radii.min())) + 1e-9))
    levels, first = [], 0
    axes = np.argsort(size, kind="stable").astype(np.int32)
    for k in range(n_levels):
        top = largest / 2 ** (n_levels - 1 - k)
        spacing = 2 * top * (1 + SKIN)
        spacing = max(spacing, float(np.prod(size) / (CELLS_PER_GRAIN * len(radii) + 4096)) ** (1 / 3))
        shape = np.maximum(np.floor(size / spacing), 1).astype(np.int32)
        reach = 2 * top * (1 + LARGEST_ALLOWANCE)
        if np.any(periodic & (size < 3 * reach)):
            raise ConfigError(
                f"box = {size.tolist()} m: a periodic box must be at least {3 * reach:.4g} m (4.5 largest grain "
                "diameters) along its periodic axes; enlarge it or use smaller grains"
            )
        cells = {"spacing": size / shape, "cells": shape, "axes": axes, "stride": _strides(shape, axes)}
        levels.append({"largest": top * (1 + 1e-6), **cells, "first_cell": first})
        first += int(np.prod(shape.astype(np.int64)))
    return levels, first


def _strides(shape: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """How far apart the numbers of neighbouring cells are along x, y, z, if they are numbered along `axes` in turn."""
    strides = np.empty(3, np.int32)
    strides[axes] = np.cumprod([1, *shape[axes[:2]]])
    return strides

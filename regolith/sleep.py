"""Grains at rest, far from whatever moves, may sleep: when they are looked at, and by what rule.

A sleeping grain stays where it is and keeps its contacts; whoever is awake meets it as a fixed one that pushes back.
So no wave, no creep and no change of load passes through what sleeps until somebody there is woken, one layer of grains
a look: not for vibration, percussion, seismic waves, creep, or tools that are hardly faster than `Sleep.speed`.
"""

import math
from dataclasses import dataclass

import numpy as np
from regolith_kernels import exchange, integrate, sleeping

from regolith.errors import ConfigError
from regolith.pair_list import PairList
from regolith.particles import State
from regolith.walls import Surroundings

LOOK_INTERVAL = 32  # steps; half a batch of poses


@dataclass(frozen=True, kw_only=True)
class Sleep:
    """Who may sleep: held in place and skipped until woken.

    A grain falls asleep after four looks in a row (one every 32 steps) that found it slow, nearly balanced and away
    from moving surfaces. Every look wakes those that a moving surface comes near, that are no longer balanced, or that
    have a listed partner faster than 10 times `speed`. Stating gravity, drag, contacts or a motion anew wakes all.

    Attributes:
        speed: What counts as rest, of the centre and of the surface as it spins, at most [m/s].
        balance: Net force over the strongest contact force of the grain beyond which it wakes [-]; half of that
            for falling asleep.
        distance: From the surfaces that move; nobody sleeps closer to them, or to a mesh's bounding box [m].

    Raises:
        ConfigError: A value that is not above 0.
    """

    speed: float
    balance: float = 0.1
    distance: float

    def __post_init__(self) -> None:
        for name in ("speed", "balance", "distance"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(f"Sleep.{name} = {getattr(self, name)}: must be finite and above 0")


class Sleeper:
    """Looks at the grains of one simulation; does nothing where nobody may sleep.

    Attributes:
        rule: Who may sleep; None: nobody.
    """

    def __init__(self, rule: Sleep | None, state: State, pair_list: PairList, surroundings: Surroundings) -> None:
        self.rule, self.state, self.pair_list, self.surroundings = rule, state, pair_list, surroundings
        self._rebuilds = 0  # of the pair list, when it was last looked at
        self._forgotten = True  # whether forces between sleepers have to be computed anew
        self._n_computed = 0

    def next_look(self, step: int) -> int:
        """The first step after this one at which `look` is due; looks are counted in steps, as a restart must."""
        return (step // LOOK_INTERVAL + 1) * LOOK_INTERVAL

    def n_computed(self) -> tuple[int, bool]:
        """How many grains the next step computes, the first in the order of the passes, and if `hold_still` is due.

        It is after a rebuild or a restart, which forget the forces between sleepers: then the step responds to the
        pairs of all grains, and holds still before it gathers.
        """
        pairs = self.pair_list
        if self.rule is None:
            return pairs.n_active, False
        if self._rebuilds != pairs.rebuilds:
            self._find_fast()  # the new list may know of fast grains that reach sleepers before the next look
            sleeping.rouse(self.state, pairs.n_active)
            self._rebuilds, self._forgotten = pairs.rebuilds, True
        due = self._forgotten
        if due:
            self._list()
        return self._n_computed, due

    def _list(self) -> None:
        pairs, self._forgotten = self.pair_list, False
        sleeping.choose_skipped(self.state, pairs.listing, pairs.n_active)
        sleeping.count_working(self.state, pairs.sorter.counts, pairs.n_active)
        self._n_computed = pairs.scan(pairs.sorter.starts, pairs.n_active)
        sleeping.list_working(self.state, pairs.sorter.starts, pairs.n_active)

    def _find_fast(self) -> None:
        assert self.rule
        pairs = self.pair_list
        sleeping.measure_contacts(self.state, pairs.listing, pairs.n_active, sleeping.STIR * self.rule.speed)

    def hold_still(self, now: int, anew: bool) -> None:
        """Sum what the surfaces feel of the skipped grains; `anew`: and what acts on these, of pairs just computed.

        Args:
            now: Row of the poses.
            anew: Whether that was forgotten.
        """
        pairs, around = self.pair_list, self.surroundings
        integrate.hold_still(self.state, pairs.listing, around.walls, pairs.n_active, len(around), now, int(anew))

    def look(self, step: int, dt: float) -> None:
        """Let grains fall asleep and wake others."""
        if self.rule is None or step % LOOK_INTERVAL:
            return
        rule, state, pairs, around = self.rule, self.state, self.pair_list, self.surroundings
        # twice as far as the surfaces go before the next look: they may gain speed
        margin = rule.distance + 2 * around.top_speed(step, dt) * dt * LOOK_INTERVAL
        now, n_surfaces = around.pose(step, dt), len(around)
        self._find_fast()
        sleeping.judge(state, around.walls, pairs.n_active, n_surfaces, now, rule.speed, rule.balance, margin)
        self._list()
        self.hold_still(now, anew=False)

    def wake(self) -> None:
        """Wake everybody: something that grains feel was stated anew."""
        self.restore(None)

    def take(self) -> dict[str, np.ndarray]:
        """What a restart needs, in memory order; nothing where nobody may sleep."""
        return {"list/rest": self.state.rest.to_numpy()[: self.pair_list.n_grains]} if self.rule else {}

    def restore(self, rest: np.ndarray | None) -> None:
        """Put back what `take` gave; None: all are awake."""
        if self.rule:
            exchange.put_ints(self.state.rest, np.zeros(self.pair_list.n_grains, np.int32) if rest is None else rest)
        self._rebuilds, self._forgotten = self.pair_list.rebuilds, True

"""The shaken box of `regolith.verify.shaker`: contact history over rebuilds, and what its guards catch."""

import numpy as np

from regolith import pair_list, snapshot
from regolith.box import Box
from regolith.errors import GuardTripped
from regolith.guards import LARGEST_OVERLAP
from regolith.verify.shaker import DT, STEPS, N, make_shaker


def make_stage():
    sim = make_shaker()
    sim.pair_list.reserve(8000)  # for `case_no_rebuild`: a list made anew larger means kernels compiled anew
    sim.start = sim.take()
    return sim


def springs_by_pair(sim) -> dict[tuple[int, int], np.ndarray]:
    """Springs of touching pairs, of the grain with the lower id relative to the other."""
    pairs = sim.pairs()
    sign = np.where(pairs["i"] < pairs["j"], 1.0, -1.0)
    ids = zip(np.minimum(pairs["i"], pairs["j"]).tolist(), np.maximum(pairs["i"], pairs["j"]).tolist(), strict=True)
    return dict(zip(ids, sign[:, None, None] * pairs["springs"], strict=True))


def places(sim) -> np.ndarray:
    """Place in memory of each grain, by id."""
    ids = snapshot.get_grains(sim)["id"]
    out = np.empty(len(ids), int)
    out[ids] = np.arange(len(ids))
    return out


def case_history(sim):
    """Springs of every touching pair before and after a rebuild on a grid moved by a third of a cell: places change."""
    sim.restore(*sim.start)
    sim.step(STEPS)
    before, was, box = springs_by_pair(sim), places(sim), sim.pair_list.box
    sim.pair_list.box = Box(lower=np.asarray(box.lower) - 0.005, upper=box.upper)
    sim.pair_list.rebuild(DT)
    after, now = springs_by_pair(sim), places(sim)
    sim.pair_list.box = box
    same = before.keys() == after.keys()
    swapped = [(was[i] < was[j]) != (now[i] < now[j]) for i, j in before]
    _, rolling, twisting = np.array([np.linalg.norm(s, axis=1) for s in before.values()]).T
    return {
        "pairs": len(before),
        "swapped": int(sum(swapped)),
        "swapped_rolling": int((rolling[np.array(swapped)] > 1e-9).sum()),
        "swapped_twisting": int((twisting[np.array(swapped)] > 1e-9).sum()),
        "worst": max(float(np.abs(after[k] - before[k]).max()) for k in before) if same else np.inf,
    }


def case_no_rebuild(sim):
    """300 steps with a rebuild, on a grid that wanders, at every second step; and with a list that outlasts them."""
    box, ends = sim.pair_list.box, []
    for skin, every in ((1.0, 10_000), (pair_list.SKIN, 2)):
        kept = pair_list.SKIN, pair_list.LARGEST_ALLOWANCE
        pair_list.SKIN, pair_list.LARGEST_ALLOWANCE = skin, 3.0
        sim.restore(*sim.start)
        sim.step(STEPS - 300)
        for k in range(300):
            if k % every == 0:
                sim.pair_list.box = Box(lower=np.asarray(box.lower) - 0.005 * (k % 4), upper=box.upper)
                sim.pair_list.rebuild(DT)
                sim.pair_list.next_check = sim.step_count + every
            sim.step()
        pair_list.SKIN, pair_list.LARGEST_ALLOWANCE = kept
        sim.pair_list.box = box
        ends.append(sim.grains())
    return {
        key: float(np.abs(ends[0][key] - ends[1][key]).max() / np.abs(ends[0][key]).max())
        for key in ("position", "velocity", "spin")
    }


def trip(sim, change) -> str:
    """What the guards say after 300 more steps of a state with one change."""
    sim.restore(*sim.start)
    raw = snapshot.get_grains(sim)
    change(raw, int(np.flatnonzero(raw["id"] == 17)[0]))
    snapshot.put_grains(sim, raw)
    try:
        sim.step(300)
    except GuardTripped as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def case_guards(sim):
    """Non-finite values of grain 17 and an overlap of half a radius with grain 18."""

    def velocity(value):
        def change(raw, row):
            raw["velocity"][row, 1] = value

        return change

    def position(value):
        def change(raw, row):
            raw["position"][row, 1] = value

        return change

    def spin(value):
        def change(raw, row):
            raw["spin"][row, 2] = value

        return change

    def overlap(raw, row):
        other = int(np.flatnonzero(raw["id"] == 18)[0])
        raw["position"][row] = raw["position"][other] + [0, 0, 0.5 * (raw["radius"][row] + raw["radius"][other])]
        raw["velocity"][row] = raw["velocity"][other]
        raw["mass"][[row, other]] = 1e6  # so that they stay there

    out = {"healthy": trip(sim, lambda raw, row: None), "overlap": trip(sim, overlap)}
    for name, make in (("velocity", velocity), ("position", position), ("spin", spin)):
        for value in (np.nan, np.inf):
            out[f"{name}/{value}"] = trip(sim, make(value))
    sim.overlap_limit = 1.9
    out["allowed overlap"] = trip(sim, overlap)
    sim.overlap_limit = LARGEST_OVERLAP
    return out | {"n": N}

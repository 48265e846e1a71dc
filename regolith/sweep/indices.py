"""Sobol indices of a study whose ranges were sampled by Saltelli's design: shares of the variance, by SALib."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regolith.sweep.effects import CONFIDENCE, varies
from regolith.sweep.table import Floats, Table

SAMPLER = "saltelli"
RESAMPLES = 1000  # of the bootstrap that gives the intervals
SEED = 1  # of the same: the same table gives the same page


class NoIndices(Exception):
    """Says why a study has no Sobol indices, or none yet."""


@dataclass(frozen=True)
class Index:
    """Share of a result's variance over the ranges as they were sampled.

    Attributes:
        key: The parameter.
        first: Of the parameter alone, first-order index.
        first_half: Half width of its 95 % interval.
        total: With all interactions it takes part in, total index.
        total_half: Half width of its 95 % interval.
    """

    key: str
    first: float
    first_half: float
    total: float
    total_half: float


def sobol_indices(table: Table, output: str) -> list[Index]:
    """Of each sampled parameter; of means over repeats, and over lists where some are crossed with the ranges.

    Raises:
        NoIndices: The sampler is another, a run lacks a result (a gap cannot be filled), or the result does not vary.
    """
    keys = [parameter.key for parameter in table.parameters if parameter.design == "sampled"]
    if table.sampler != SAMPLER or not keys:
        raise NoIndices(f'the ranges were not sampled with sampler = "{SAMPLER}"')
    y = table.numbers(output)
    missing = int((~(table.done & np.isfinite(y))).sum())
    if missing:
        raise NoIndices(
            f"{missing} of {table.n} runs have no {output}: the design needs every one of its points, and what a run "
            "would have found cannot be filled in"
        )
    blocks = _blocks(table)
    size = table.samples * (len(keys) + 2)
    if not blocks or any(len(block) != size for block in blocks):
        raise NoIndices(f"the table does not hold the design's {size} points for each combination of the lists")
    points = np.stack([table.numbers(key)[blocks[0]] for key in keys], axis=1)
    if not _is_saltelli(points):
        raise NoIndices("the points are not those of Saltelli's design, or not in its order")
    mean = np.mean([y[block] for block in blocks], axis=0)
    if not varies(mean):
        raise NoIndices(f"{output} does not vary")
    return _analyse(keys, mean)


def _blocks(table: Table) -> list[NDArray[np.int64]]:
    """Rows of each copy of the design, in its order: one a combination of listed values and a repeat."""
    lists = [table.columns[p.key] for p in table.parameters if p.design == "list"]
    found = defaultdict(list)
    order = np.argsort(table.columns["run"], kind="stable")
    for run in order:
        found[(table.columns["repeat"][run], *(column[run] for column in lists))].append(run)
    return [np.array(runs) for runs in found.values()]


def _is_saltelli(points: Floats) -> bool:
    """Whether every d + 2 points are A, A with one coordinate of B for each, and B; shape (N (d + 2), d)."""
    d = points.shape[1]
    sets = points.reshape(-1, d + 2, d)
    wanted = np.repeat(sets[:, :1], d, axis=1)
    each = np.arange(d)
    wanted[:, each, each] = sets[:, -1, each]
    return bool(np.array_equal(sets[:, 1:-1], wanted))


def _analyse(keys: list[str], y: Floats) -> list[Index]:
    try:
        from SALib.analyze import sobol
    except ImportError:
        raise NoIndices("SALib is not installed (`pip install SALib`)") from None
    problem = {"num_vars": len(keys), "names": keys}
    found = sobol.analyze(
        problem, y, calc_second_order=False, num_resamples=RESAMPLES, conf_level=CONFIDENCE, seed=SEED
    )
    columns = (found[name] for name in ("S1", "S1_conf", "ST", "ST_conf"))
    return [Index(key, *map(float, values)) for key, *values in zip(keys, *columns, strict=True)]

"""What a study's parameters do to what its runs found: statistics over its table, no figures.

All of it is over the runs that are done. A parameter's effect is that over the whole design: the scatter about it is
that of the other parameters and of the soils' seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regolith.sweep.rows import Parameter
from regolith.sweep.table import Column, Floats, Table

CONFIDENCE = 0.95
MOST_LEVELS = 24  # listed values that are told apart; more are binned as a sampled range is
MOST_BINS = 8
RUNS_A_BIN = 6  # at least, where a sampled range is cut into bins
LOGARITHMIC = 5.0  # highest over least value, above which a scale may be logarithmic


@dataclass(frozen=True)
class Group:
    """Runs that share a value of a parameter, or whose values lie in one bin of its range.

    Attributes:
        value: The value in SI, that of a bin the median of its runs; or the text.
        runs: Their rows, shape (k,).
    """

    value: float | str
    runs: NDArray[np.int64]


@dataclass(frozen=True)
class Level:
    """Mean of a result over a `Group`.

    Attributes:
        value: See `Group`.
        n: Number of runs.
        mean: Mean of the result.
        low: Lower end of the mean's 95 % interval by Student's t; NaN for a single run.
        high: Upper end.
    """

    value: float | str
    n: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A quadratic through a result over a parameter, by least squares, with the 95 % band of its mean.

    Attributes:
        x: Values of the parameter, shape (m,).
        mean: The curve, shape (m,).
        low: Lower edge of the band, shape (m,).
        high: Upper edge of the band, shape (m,).
    """

    x: Floats
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Strength:
    """How strongly a parameter acts on a result. NaN: cannot be told, as correlations with a text cannot.

    Attributes:
        key: The parameter.
        rank: Spearman's rank correlation, -1 to 1.
        p_value: Probability of so strong a rank correlation by chance.
        slope: Standardised regression coefficient: change of the result, in its standard deviations, with one of the
            parameter's, the other parameters held; over the logarithm where `is_logarithmic`.
        slope_low: Lower end of the slope's 95 % interval.
        slope_high: Upper end.
        share: Of the result's variance that the parameter explains alone: of its levels, or of a quadratic in a sampled
            one, adjusted for their number, 0 to 1.
    """

    key: str
    rank: float
    p_value: float
    slope: float
    slope_low: float
    slope_high: float
    share: float


def groups(table: Table, parameter: Parameter, runs: NDArray[np.int64]) -> list[Group]:
    """Parts `runs` by a parameter: by its values, or a sampled range by bins of about as many runs each.

    Args:
        table: The study.
        parameter: One of its own.
        runs: Rows of the table, shape (k,).
    """
    if not len(runs):
        return []
    if table.is_text(parameter.key):
        texts = np.array(table.columns[parameter.key], dtype=object)[runs]
        return [Group(text, runs[texts == text]) for text in dict.fromkeys(texts)]
    values = table.numbers(parameter.key)[runs]
    distinct = np.unique(values)
    if len(distinct) <= (MOST_LEVELS if parameter.design == "list" else MOST_BINS):
        return [Group(float(value), runs[values == value]) for value in distinct]
    order = np.argsort(values, kind="stable")
    bins = np.array_split(order, max(2, min(MOST_BINS, len(runs) // RUNS_A_BIN)))
    return [Group(float(np.median(values[part])), runs[np.sort(part)]) for part in bins]


def known(table: Table, output: str) -> NDArray[np.int64]:
    """Rows of the runs that are done and found a number for `output`."""
    return np.flatnonzero(table.done & np.isfinite(table.numbers(output)))


def main_effects(table: Table, parameter: Parameter, output: str) -> list[Level]:
    """Means of a result over the levels of a parameter, in rising order; texts in the order of their first runs."""
    y = table.numbers(output)
    return [_level(group, y[group.runs]) for group in groups(table, parameter, known(table, output))]


def curve(table: Table, parameter: Parameter, output: str, points: int = 60) -> Curve | None:
    """The quadratic of a result over a parameter; over its logarithm where `is_logarithmic`.

    Args:
        table: The study.
        parameter: One of its own.
        output: Name of a column of numbers.
        points: At which the curve is given.

    Returns:
        None for a text, below three distinct values, or without runs enough to tell the scatter (five).
    """
    if table.is_text(parameter.key):
        return None
    from scipy.stats import t

    runs = known(table, output)
    x, y = table.numbers(parameter.key)[runs], table.numbers(output)[runs]
    if len(np.unique(x)) < 3 or len(y) < 5:
        return None
    log = is_logarithmic(table.numbers(parameter.key))
    at = np.geomspace(x.min(), x.max(), points) if log else np.linspace(x.min(), x.max(), points)
    basis, wanted = _quadratic(x, x, log), _quadratic(at, x, log)
    coefficients, inverse, variance = _least_squares(basis, y)
    spread = np.sqrt(variance * np.einsum("ij,jk,ik->i", wanted, inverse, wanted))
    half = t.ppf(0.5 + CONFIDENCE / 2, len(y) - 3) * spread
    mean = wanted @ coefficients
    return Curve(at, mean, mean - half, mean + half)


def strengths(table: Table, output: str) -> tuple[list[Strength], float]:
    """How strongly each parameter acts on a result.

    Returns:
        One per parameter, without a slope for those that vary together; and R^2 of the linear regression on all of
        them, NaN if there are no more runs than coefficients.
    """
    runs = known(table, output)
    y = table.numbers(output)[runs]
    slopes, explained = _slopes(table, runs, y)
    found = []
    for parameter in table.parameters:
        rank, p_value = _rank(table, parameter, runs, y)
        share = _share(table, parameter, runs, y)
        found.append(Strength(parameter.key, rank, p_value, *slopes[parameter.key], share))
    return found, explained


def is_logarithmic(values: Floats | Sequence[float]) -> bool:
    """Whether values look as if chosen on a logarithmic scale: positive, over a wide range, crowded at its low end."""
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    if not len(x) or x.min() <= 0 or x.max() < LOGARITHMIC * x.min():
        return False
    low, high = x.min(), x.max()
    return bool(np.median(np.unique(x)) < (np.sqrt(low * high) + (low + high) / 2) / 2)


def varies(column: Column) -> bool:
    """Whether a column holds two different values at least; missing ones do not count."""
    if isinstance(column, list):
        return len(set(column) - {""}) > 1
    return len(np.unique(column[np.isfinite(column)])) > 1


def _level(group: Group, y: Floats) -> Level:
    from scipy.stats import t

    n, mean = len(y), float(y.mean())
    half = float(t.ppf(0.5 + CONFIDENCE / 2, n - 1) * y.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return Level(group.value, n, mean, mean - half, mean + half)


def _quadratic(at: Floats, x: Floats, log: bool) -> Floats:
    """Columns 1, u, u^2 with u over the range of `x` from -1 to 1, so that the sums stay well conditioned."""
    a, x = (np.log(at), np.log(x)) if log else (at, x)
    u = (2 * a - x.min() - x.max()) / (x.max() - x.min())
    return np.stack([np.ones_like(u), u, u**2], axis=1)


def _least_squares(basis: Floats, y: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients, (X' X)^-1 and the variance of the scatter; columns may depend on each other."""
    inverse = np.asarray(np.linalg.pinv(basis.T @ basis), dtype=float)
    found = np.linalg.lstsq(basis, y, rcond=None)
    left = y - basis @ found[0]
    return np.asarray(found[0], dtype=float), inverse, float(left @ left) / (len(y) - int(found[2]))


def _rank(table: Table, parameter: Parameter, runs: NDArray[np.int64], y: Floats) -> tuple[float, float]:
    if table.is_text(parameter.key):
        return np.nan, np.nan
    from scipy.stats import spearmanr

    x = table.numbers(parameter.key)[runs]
    if len(runs) < 3 or not varies(x) or not varies(y):
        return np.nan, np.nan
    found = spearmanr(x, y)
    return float(found.statistic), float(found.pvalue)


def _share(table: Table, parameter: Parameter, runs: NDArray[np.int64], y: Floats) -> float:
    """Adjusted R^2 of the levels' means, or of a quadratic."""
    if not varies(y):
        return np.nan
    if parameter.design == "sampled" and len(np.unique(x := table.numbers(parameter.key)[runs])) > 3:
        basis = _quadratic(x, x, is_logarithmic(table.numbers(parameter.key)))
    else:
        parts = groups(table, parameter, runs)
        basis = np.stack([np.isin(runs, group.runs) for group in parts], axis=1).astype(float)
    spare = len(y) - basis.shape[1]
    if basis.shape[1] < 2 or spare < 1:
        return np.nan
    variance = _least_squares(basis, y)[2]
    return float(max(0.0, 1 - variance / y.var(ddof=1)))


def _slopes(table: Table, runs: NDArray[np.int64], y: Floats) -> tuple[dict[str, tuple[float, float, float]], float]:
    """Standardised coefficient with its interval by key, and R^2; texts take part as levels without one."""
    unknown = dict.fromkeys((p.key for p in table.parameters), (np.nan, np.nan, np.nan)), np.nan
    places: dict[str, int] = {}
    columns: list[Floats] = [np.ones(len(y))]
    for parameter in table.parameters:
        if table.is_text(parameter.key):
            columns += [np.isin(runs, group.runs).astype(np.float64) for group in groups(table, parameter, runs)[1:]]
        elif varies(x := table.numbers(parameter.key)[runs]):
            x = np.log(x) if is_logarithmic(table.numbers(parameter.key)) else x
            places[parameter.key] = len(columns)
            columns.append((x - x.mean()) / x.std(ddof=1))
    basis = np.stack(columns, axis=1)
    rank = int(np.linalg.matrix_rank(basis))
    spare = len(y) - rank
    if spare < 1 or rank < 2 or not varies(y):
        return unknown
    from scipy.stats import t

    coefficients, inverse, variance = _least_squares(basis, (y - y.mean()) / y.std(ddof=1))
    half = t.ppf(0.5 + CONFIDENCE / 2, spare) * np.sqrt(variance * np.diag(inverse))
    slopes = {
        key: (float(coefficients[k]), float(coefficients[k] - half[k]), float(coefficients[k] + half[k]))
        for key, k in places.items()
        if np.linalg.matrix_rank(np.delete(basis, k, axis=1)) < rank  # else others can stand for it
    }
    return unknown[0] | slopes, 1 - variance * spare / (len(y) - 1)

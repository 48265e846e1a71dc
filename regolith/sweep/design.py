"""From the words of a study to its points: the values of every key that varies, for each run."""

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regolith.config.keys import dimension_at, is_whole
from regolith.config.study import StudyConfig
from regolith.config.units import DIMENSIONS, to_si
from regolith.errors import ConfigError
from regolith.sweep.rows import Parameter, Value

Point = Mapping[str, Any]
Floats = NDArray[np.float64]
MOST_RUNS = 100_000


def points(study: StudyConfig) -> Iterator[tuple[dict[str, Any], int]]:
    """Every point and which of the repeats it is, from 0; the last axis, that of the repeats, goes fastest.

    A list, a grid, all entries of a zip, and all ranges together are an axis each, in the order of the study file.

    Args:
        study: The study file.

    Returns:
        Dotted key -> value as it goes into the mission, in the order of the study file; number of the repeat.

    Raises:
        ConfigError: There are too many runs, or SALib is missing.
    """
    axes = _axes(study)
    n = math.prod(map(len, axes)) * study.repeats
    if n > MOST_RUNS:
        lengths = " x ".join(str(len(axis)) for axis in axes)
        raise ConfigError(
            f"the study has {n:,} runs ({lengths} points, repeats = {study.repeats}); at most {MOST_RUNS:,} are "
            "allowed; take fewer values, or sample ranges instead of crossing lists"
        )
    crossed = ({key: value for part in parts for key, value in part.items()} for parts in itertools.product(*axes))
    return (({key: point[key] for key in study.vary}, repeat) for point in crossed for repeat in range(study.repeats))


def soil_seed(study: StudyConfig, repeat: int) -> int:
    """Seed of the soil of a repeat; more repeats leave those of the earlier ones as they are.

    Args:
        study: The study file.
        repeat: Which, from 0.
    """
    return int(np.random.SeedSequence(study.seed, spawn_key=(repeat,)).generate_state(1)[0])


def own_seed(study: StudyConfig, repeat: int, content_hash: str) -> int:
    """Seed of a soil of a run's own; another one if anything but its seed is another one.

    Args:
        study: The study file.
        repeat: Which of its point's repeats it is, from 0.
        content_hash: Of its configuration with the repeat's seed.
    """
    sequence = np.random.SeedSequence(study.seed, spawn_key=(repeat, int(content_hash, 16)))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def in_si(key: str, raw: Any) -> Value:
    """A value as a table holds it: a number in SI, or a text."""
    dimension = dimension_at(key)
    if isinstance(raw, list | tuple):
        return json.dumps([in_si(key, part) for part in raw])
    if dimension is not None:
        try:
            return to_si(raw, dimension)
        except ValueError:
            return str(raw)  # a word that the key allows too, such as "soil"
    return raw if isinstance(raw, int | float | str) else str(raw)


def parameter(study: StudyConfig, key: str) -> Parameter:
    """What varies under a key."""
    vary = study.vary[key]
    unit = DIMENSIONS[dimension_at(key) or "number"][0]
    if vary.range is not None:
        return Parameter(key, unit, "sampled", *study.ends(key))
    values = [in_si(key, value) for value in _values(study, key)]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < len(values):
        return Parameter(key, "", "list")
    return Parameter(key, unit, "list", min(numbers), max(numbers))


def _axes(study: StudyConfig) -> list[list[Point]]:
    axes: dict[tuple[str, str], list[Point]] = {}
    for key, vary in study.vary.items():
        if vary.range is not None:
            axes.setdefault(("ranges", ""), [])
        elif vary.zip is not None:
            here: list[Point] = [{key: value} for value in _values(study, key)]
            before = axes.get(("zip", vary.zip))
            axes["zip", vary.zip] = here if before is None else [{**a, **b} for a, b in zip(before, here, strict=True)]
        else:
            axes["key", key] = [{key: value} for value in _values(study, key)]
    if ("ranges", "") in axes:
        axes["ranges", ""] = _drawn(study)
    return list(axes.values())


def _values(study: StudyConfig, key: str) -> Sequence[Any]:
    """Of a list or a grid."""
    vary = study.vary[key]
    if vary.values is not None:
        return vary.values
    spread = _between(study, key, np.linspace(0.0, 1.0, vary.n))
    return [round(value) for value in spread] if is_whole(key) else spread


def _between(study: StudyConfig, key: str, share: Floats) -> list[float]:
    """Values that lie at shares from 0 to 1 of the way between a key's ends."""
    low, high = study.ends(key)
    values = low * (high / low) ** share if study.vary[key].scale == "log" else low + share * (high - low)
    # the last bits of a power differ between machines, and a value's bits name its run
    rounded = (float(f"{value:.12g}") for value in values)
    return [min(max(value, low), high) for value in rounded]


def _drawn(study: StudyConfig) -> list[Point]:
    """All ranges as one design."""
    assert study.sampler is not None and study.samples is not None
    draw = {"latin-hypercube": _latin_hypercube, "sobol": _sobol, "saltelli": _saltelli}[study.sampler]
    shares = draw(len(study.ranges), study.samples, study.seed)
    columns = [_between(study, key, column) for key, column in zip(study.ranges, shares.T, strict=True)]
    return [dict(zip(study.ranges, row, strict=True)) for row in zip(*columns, strict=True)]


def _latin_hypercube(n_ranges: int, n: int, seed: int) -> Floats:
    from scipy.stats import qmc

    shares: Floats = qmc.LatinHypercube(n_ranges, seed=np.random.default_rng(seed)).random(n)
    return shares


def _sobol(n_ranges: int, n: int, seed: int) -> Floats:
    """Scrambled; twice as many points hold the first ones unchanged."""
    from scipy.stats import qmc

    shares: Floats = qmc.Sobol(n_ranges, seed=np.random.default_rng(seed)).random_base2(n.bit_length() - 1)
    return shares


def _saltelli(n_ranges: int, n: int, seed: int) -> Floats:
    """The N (D + 2) points from which indices of first and total order are estimated, in SALib's order."""
    try:
        from SALib.sample import sobol
    except ImportError:
        raise ConfigError(
            'sampler = "saltelli": needs SALib, which is not installed; install it (`pip install "regolith-dem[sweep]"`'
            ' or `pip install SALib`), or take sampler = "sobol", which gives the same kind of points without indices'
        ) from None
    problem = {"num_vars": n_ranges, "names": [str(k) for k in range(n_ranges)], "bounds": [[0.0, 1.0]] * n_ranges}
    shares: Floats = sobol.sample(problem, n, calc_second_order=False, seed=seed)
    return shares

"""A study file: a mission or campaign, and what varies from run to run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from regolith.config.files import find, read_toml
from regolith.config.keys import ALL, dimension_at, field_of, is_whole
from regolith.config.load import name_of, split
from regolith.config.mission import Name, Seed
from regolith.config.problems import Table, join, show, validate
from regolith.config.units import to_si
from regolith.errors import Conflict

Sampler = Literal["latin-hypercube", "sobol", "saltelli"]
SAMPLERS = get_args(Sampler)
Ends = Annotated[tuple[Any, ...], Field(min_length=2, max_length=2)]
Whole = Annotated[int, Field(strict=True)]
MOST_VALUES = 10_000  # of one key
MOST_SAMPLES = 2**16


class VaryConfig(Table):
    """`[vary."KEY"]`: the values of one key. One of `values`, `range` and `grid`.

    Attributes:
        values: A list, as the key would have them in the mission.
        range: Two ends between which the study's sampler draws.
        grid: Two ends, both included, between which `steps` values are spread.
        steps: See `grid`.
        scale: Whether a range is drawn from, or a grid spread, evenly in the value ("linear") or its logarithm ("log").
        zip: A word of the user's: entries with the same one vary together, value by value, instead of being crossed.
    """

    values: tuple[Any, ...] | None = Field(default=None, min_length=1, max_length=MOST_VALUES)
    range: Ends | None = None
    grid: Ends | None = None
    steps: Annotated[Whole, Field(ge=2, le=MOST_VALUES)] | None = None
    scale: Literal["linear", "log"] = "linear"
    zip: Annotated[str, Field(min_length=1, max_length=64)] | None = None

    @field_validator("values")
    @classmethod
    def _no_tables(cls, values: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        if any(isinstance(value, dict) for value in values or ()):
            raise ValueError("holds a table; vary its keys instead, with the same word as zip")
        return values

    @model_validator(mode="after")
    def _one_design(self) -> Self:
        stated = [key for key in ("values", "range", "grid") if getattr(self, key) is not None]
        if len(stated) != 1:
            raise ValueError(f"must have one of values, range and grid, has {' and '.join(stated) or 'none'}")
        if (self.steps is None) != (self.grid is None):
            raise ValueError("grid and steps belong together: the two ends, and how many values from end to end")
        if self.zip is not None and self.range is not None:
            raise ValueError("zip is for values and grid; all ranges are drawn together as it is")
        if self.scale == "log" and self.values is not None:
            raise ValueError('scale = "log" is for range and grid')
        return self

    @property
    def ends(self) -> tuple[Any, ...] | None:
        """Of its range or grid, as the file states them; None of a list."""
        return self.range or self.grid

    @property
    def n(self) -> int:
        """Number of its values, of a list or a grid."""
        return len(self.values) if self.values is not None else self.steps or 0


IsLeaf = Callable[[Mapping[str, Any]], bool]


def _dotted(is_leaf: IsLeaf) -> BeforeValidator:
    """Tables in tables become dotted keys: TOML's `bed.depth` and `[vary.bed.depth]` mean what quotes would say."""

    def flat(raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        made: dict[str, Any] = {}
        for key, value in _flat(raw, is_leaf):
            if key in made:
                raise ValueError(f"{key} is stated twice, with quotes and without; remove one of them")
            made[key] = value
        return made

    return BeforeValidator(flat)


def _flat(table: Mapping[str, Any], is_leaf: IsLeaf, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value and not is_leaf(value):
            yield from _flat(value, is_leaf, f"{above}{name}.")
        else:
            yield above + name, value


def _is_kind(table: Mapping[str, Any]) -> bool:
    return "kind" in table


def _is_design(table: Mapping[str, Any]) -> bool:
    return bool(VaryConfig.model_fields.keys() & table) or not all(isinstance(value, dict) for value in table.values())


class StudyConfig(Table):
    """A study file, validated, frozen; its values are as the file states them.

    Attributes:
        name: Names the study's directory and its runs; the file's own name unless stated.
        base: What varies: a shipped mission or campaign by name, or a path from the study file's folder.
        seed: Of the samples and of the runs' soils.
        repeats: Runs a point, each with a soil of its own.
        soils: "shared": a repeat has the same soil (seed of the bed) at every point, so that points differ by what
            varies alone; "own": every run has another one, as a probability over soils needs.
        sampler: How the ranges are drawn from; "saltelli" is the design that Sobol indices need.
        samples: Points drawn; with "saltelli" the N of its N (D + 2) points for D ranges.
        set: Dotted key -> value that stands above the base in all runs; a table that states its kind replaces the
            base's.
        vary: Dotted key -> what it varies over.
    """

    name: Name
    base: Annotated[str, Field(min_length=1)]
    seed: Seed = 1
    repeats: Annotated[Whole, Field(ge=1, le=MOST_VALUES)] = 1
    soils: Literal["shared", "own"] = "shared"
    sampler: Sampler | None = None
    samples: Annotated[Whole, Field(ge=1, le=MOST_SAMPLES)] | None = None
    set: Annotated[dict[str, Any], _dotted(_is_kind)] = {}
    vary: Annotated[dict[str, VaryConfig], _dotted(_is_design)] = Field(min_length=1)

    @property
    def ranges(self) -> Sequence[str]:
        """Keys that are drawn from a range."""
        return [key for key, vary in self.vary.items() if vary.range is not None]

    @property
    def zips(self) -> dict[str, list[str]]:
        """Word -> keys that vary together."""
        found: dict[str, list[str]] = {}
        for key, vary in self.vary.items():
            if vary.zip is not None:
                found.setdefault(vary.zip, []).append(key)
        return found

    def ends(self, key: str) -> tuple[float, float]:
        """Ends of a key's range or grid in SI.

        Raises:
            ValueError: One is no quantity of what the key holds.
        """
        dimension = "number" if is_whole(key) else dimension_at(key)
        if dimension is None:
            raise ValueError("the key holds no quantity; list its values")
        low, high = (to_si(end, dimension) for end in self.vary[key].ends or ())
        return low, high


def load_study_file(path: Path | str, overrides: Sequence[str] = ()) -> tuple[Path, StudyConfig]:
    """Read and check a study file; what its base says of the keys is not looked at yet.

    Args:
        path: The file, or the bare name of a shipped study.
        overrides: As of `load_mission`; they stand above the base and above `[set]` in all runs.

    Returns:
        The file and what it holds.

    Raises:
        ConfigError: All problems of the file, a line each.
    """
    file = find(path, "studies", Path.cwd())
    data = read_toml(file)
    data.setdefault("name", name_of(file))
    study = validate(StudyConfig, data, file, file.parent)
    above = dict(_flat(dict(map(split, overrides)), _is_kind))
    study = study.model_copy(update={"set": study.set | above})
    found = [*_check_keys(study), *_check_sampler(study), *_check_zips(study), *_check_ends(study)]
    if found:
        raise Conflict(join(file, found))
    return file, study


def _check_keys(study: StudyConfig) -> Iterator[str]:
    stated = [("set", key) for key in study.set] + [("vary", key) for key in study.vary]
    for number, (table, key) in enumerate(stated):
        if not all(key.split(".")):
            yield f"{table}.{show(key)}: is no key; dotted keys look like soil.cohesion"
        elif key == "name":
            yield f"{table}.name: the runs have the study's own name; remove it"
        for other_table, other in stated[:number] if table == "vary" else ():
            if _overlap(key, other):
                yield f"vary.{key}: {other_table}.{other} states it too; remove one of them"
    if "seed" in study.set:
        yield "set.seed: say seed = ... at the head of the study, or vary it"
    if "seed" in study.vary and study.repeats > 1:
        yield f"repeats = {study.repeats}: repeats are seeds, and vary.seed states them; remove one of them"
    if "seed" in study.vary and study.soils == "own":
        yield 'soils = "own": soils are seeds, and vary.seed states them; remove one of them'
    if study.sampler == "saltelli" and study.soils == "own":
        yield 'soils = "own": Sobol indices compare runs that differ by one parameter alone; remove it, or the sampler'


def _check_sampler(study: StudyConfig) -> Iterator[str]:
    sampler, samples = study.sampler, study.samples
    stated = {"sampler": sampler, "samples": samples}
    if not study.ranges:
        for key, value in stated.items():
            if value is not None:
                yield f"{key} = {show(value)}: there is no range to draw from; remove it, or state a range"
    elif sampler is None or samples is None:
        missing = " and ".join(key for key, value in stated.items() if value is None)
        yield (
            f"vary.{study.ranges[0]}.range: the study lacks {missing}; state sampler ({', '.join(SAMPLERS)}) and "
            "samples, the number of points to draw"
        )
    elif sampler != "latin-hypercube" and samples & (samples - 1):
        below = 1 << (samples.bit_length() - 1)
        yield (
            f"samples = {samples}: must be a power of two, because Sobol's points, on which sampler = {sampler!r} "
            f"rests, cover the ranges evenly in such numbers only; take {below} or {2 * below}"
        )


def _check_zips(study: StudyConfig) -> Iterator[str]:
    for word, keys in study.zips.items():
        if len(keys) < 2:
            yield f"vary.{keys[0]}.zip = {show(word)}: no other entry has this word; correct or remove it"
        elif len({study.vary[key].n for key in keys}) > 1:
            lengths = ", ".join(f"{key} has {study.vary[key].n}" for key in keys)
            yield f"zip = {show(word)}: needs the same number of values of each: {lengths}"


def _check_ends(study: StudyConfig) -> Iterator[str]:
    for key, vary in study.vary.items():
        if vary.ends is None or field_of(key) is None:
            continue  # an unknown key is refused with the base, which knows the others
        said = f"vary.{key}.{'grid' if vary.range is None else 'range'} = {show(list(vary.ends))}"
        try:
            low, high = study.ends(key)
        except ValueError as error:
            yield f"{said}: {error}"
            continue
        if not low < high:
            yield f"{said}: the first end must be below the second"
        elif vary.scale == "log" and low <= 0:
            yield f'{said}: scale = "log" needs ends above 0'
        elif is_whole(key) and (vary.range or vary.scale == "log" or (high - low) % (vary.n - 1)):
            yield f"{said}: {key} is a whole number; list its values"


def _overlap(key: str, other: str) -> bool:
    """Whether two keys are the same one, or would be where one says "*"."""
    parts, others = key.split("."), other.split(".")
    alike = (a == b or ALL in (a, b) for a, b in zip(parts, others, strict=False))
    return len(parts) == len(others) and all(alike)

"""Quantities in files: a number in SI, or a string with a unit, of the dimension that the key asks for."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    import pint

# dimension -> (SI unit, example for messages)
DIMENSIONS = {
    "number": ("", "0.5"),
    "length": ("m", '"70 mm"'),
    "angle": ("rad", '"30 deg"'),
    "time": ("s", '"0.5 s"'),
    "speed": ("m/s", '"50 mm/s"'),
    "acceleration": ("m/s^2", '"1.62 m/s^2"'),
    "pressure": ("Pa", '"0.5 kPa"'),
    "density": ("kg/m^3", '"1.8 g/cm^3"'),
    "surface energy": ("J/m^2", '"0.5 mJ/m^2"'),
    "rotation rate": ("rad/s", '"120 rpm"'),
    "frequency": ("1/s", '"30 Hz"'),
    "mass": ("kg", '"2 kg"'),
    "volume": ("m^3", '"1.5 L"'),
    "moment of inertia": ("kg*m^2", '"0.01 kg m^2"'),
    "force": ("N", '"150 N"'),
    "torque": ("N*m", '"20 N m"'),
    "energy": ("J", '"500 J"'),
    "power": ("W", '"300 W"'),
}

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)", re.DOTALL)
# One factor of a unit: a name and a one-digit power. Anything looser would reach pint's expression parser,
# where "9**9**9**9 m" computes for ever.
_FACTOR = re.compile(r"([A-Za-zµμ°Ω%]+)(?:\^?(-?[1-9]))?")
_TURNING = re.compile("radian|degree|turn|revolution|arc")
_LONGEST = 64


@dataclass(frozen=True)
class Quantity:
    """SI number or string with a unit to a finite float in SI, inside the stated range; see `quantity`."""

    dimension: str
    above: float | None = None
    least: float | None = None
    below: float | None = None
    most: float | None = None

    def __call__(self, raw: object) -> float:
        """The value in SI.

        Raises:
            ValueError: It is no quantity of this dimension, or outside the range.
        """
        value = to_si(raw, self.dimension)
        for limit in (self.least, self.most):
            if limit is not None and math.isclose(value, limit, rel_tol=1e-12):
                value = float(limit)  # "60 deg" converts to one digit above pi / 3
        if (
            (self.above is not None and not value > self.above)
            or (self.least is not None and not value >= self.least)
            or (self.below is not None and not value < self.below)
            or (self.most is not None and not value <= self.most)
        ):
            raise ValueError(f"must be {self._allowed()}")
        return value

    def _allowed(self) -> str:
        limits = {"above": self.above, "at least": self.least, "below": self.below, "at most": self.most}
        return " and ".join(
            f"{word} {_shown(limit, self.dimension)}" for word, limit in limits.items() if limit is not None
        )


def quantity(
    dimension: str,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> BeforeValidator:
    """Validator of one key: SI number or string with a unit to a finite float in SI, inside the stated range.

    Args:
        dimension: A key of `DIMENSIONS`.
        above: Lower limit [SI], itself excluded.
        least: Lower limit [SI], itself allowed.
        below: Upper limit [SI], itself excluded.
        most: Upper limit [SI], itself allowed.
    """
    return BeforeValidator(Quantity(dimension, above, least, below, most))


def dimension_of(field: FieldInfo) -> str | None:
    """What a key holds, one of `DIMENSIONS`; None if it is no quantity but a whole number, a text or a table."""
    parts = [*field.metadata, *parts_of(field.annotation)]
    found = (part.func for part in parts if isinstance(part, BeforeValidator))
    return next((validator.dimension for validator in found if isinstance(validator, Quantity)), None)


def parts_of(annotation: Any) -> Iterator[Any]:
    """Types and validators that an annotation is made of."""
    for part in get_args(annotation):
        yield part
        yield from parts_of(part)


def _shown(value: float, dimension: str) -> str:
    if dimension == "angle":
        return f"{math.degrees(value):g} deg"
    return f"{value:g} {DIMENSIONS[dimension][0]}".strip()


def to_si(raw: object, dimension: str) -> float:
    """A finite float in SI from a number (already SI) or from a string with a unit.

    Raises:
        ValueError: Not a finite number, an unknown unit, or a unit of another dimension.
    """
    unit, example = DIMENSIONS[dimension]
    wanted = f"a number in {unit} or a string with a unit of {dimension}, for example {example}" if unit else "a number"
    if isinstance(raw, str):
        value = _parse(raw, dimension, wanted)
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        try:
            value = float(raw)
        except OverflowError:
            raise ValueError("is too large for a number") from None
    else:
        raise ValueError(f"must be {wanted}")
    if not math.isfinite(value):
        raise ValueError(f"must be a finite number; allowed is {wanted}")
    return value + 0.0  # no negative zero: it would name the same mission twice


@lru_cache(4096)  # the texts of a study's base come again in each of its runs
def _parse(text: str, dimension: str, wanted: str) -> float:
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(f"is not a quantity; allowed is {wanted}")
    number, unit_text = float(match[1]), match[2].strip()
    si_unit = DIMENSIONS[dimension][0]
    if not unit_text and si_unit:
        raise ValueError(f"has no unit; allowed is {wanted}")
    if not unit_text:
        return number
    if not si_unit:
        if unit_text != "%":
            raise ValueError(f"has the unit {unit_text!r} but is a plain number; allowed is {wanted}")
        return number / 100
    unit = _unit(unit_text)
    if unit is None:
        raise ValueError(f"has the unknown unit {unit_text!r}; allowed is {wanted}")
    target = _registry().Unit(si_unit)
    turns = _TURNING.search(str(unit)) is not None  # pint holds radians and plain numbers to be one dimension
    if unit.dimensionality != target.dimensionality or turns != ("rad" in si_unit):
        raise ValueError(f"has the wrong dimension: {dimension} is expected, {wanted}")
    try:
        converted = float(_registry().Quantity(number, unit).to(target).magnitude)
    except OverflowError:
        raise ValueError("is too large for a number") from None
    return float(f"{converted:.15g}")  # 1.8 g/cm^3 is 1800 kg/m^3, not 1799.9999999999998


@cache
def _unit(text: str) -> "pint.Unit | None":
    """The unit that a text such as "kg/m3", "mm s^-1" or "rpm" names, or None."""
    import pint

    factors = []
    for position, part in enumerate(re.split(r"\s*([*/·]|\s)\s*", text.replace("**", "^"))):
        if position % 2:
            factors.append("/" if part == "/" else "*")
        elif match := _FACTOR.fullmatch(part):
            factors.append(match[1].replace("°", "degree") + (f"**{match[2]}" if match[2] else ""))
        else:
            return None
    try:
        return _registry().parse_units("".join(factors))
    except (pint.PintError, ValueError, TypeError, AttributeError, KeyError, OverflowError):
        return None


@cache
def _registry() -> "pint.UnitRegistry":
    import pint  # half a second, and only files with units need it

    return pint.UnitRegistry()

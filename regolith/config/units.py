"""Quantities in files: a number in SI, or a string with a unit, of the dimension that the key asks for."""

import math
import re
from functools import cache
from typing import TYPE_CHECKING

from pydantic import BeforeValidator

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
    limits = [(above, "above", float.__gt__), (least, "at least", float.__ge__)]
    limits += [(below, "below", float.__lt__), (most, "at most", float.__le__)]
    stated = [(float(limit), word, test) for limit, word, test in limits if limit is not None]
    allowed = " and ".join(f"{word} {_shown(limit, dimension)}" for limit, word, test in stated)

    def validate(raw: object) -> float:
        value = to_si(raw, dimension)
        for limit in (least, most):
            if limit is not None and math.isclose(value, limit, rel_tol=1e-12):
                value = float(limit)  # "60 deg" converts to one digit above pi / 3
        if not all(test(value, limit) for limit, _, test in stated):
            raise ValueError(f"must be {allowed}")
        return value

    return BeforeValidator(validate)


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

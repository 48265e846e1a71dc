"""How a study's columns are shown to people: which results are the chief ones, labels, and units of a handy size."""

import re
from dataclasses import dataclass

import numpy as np

from regolith.sweep.effects import is_logarithmic, varies
from regolith.sweep.rows import Parameter
from regolith.sweep.table import Floats, Table

# key, label, unit shown, factor from SI
MISSION = (
    ("captured_mass_kg", "captured mass", "g", 1e3),
    ("peak_force_N", "peak force", "N", 1.0),
    ("mean_force_N", "mean force", "N", 1.0),
    ("peak_torque_Nm", "peak torque", "N m", 1.0),
    ("mean_drilling_torque_Nm", "drilling torque", "N m", 1.0),
    ("mean_weight_on_bit_N", "weight on bit", "N", 1.0),
    ("work_J", "work", "J", 1.0),
    ("core_recovery", "core recovery", "%", 1e2),
)
CAMPAIGN = (
    ("stored_mass_kg", "stored mass", "kg", 1.0),
    ("operations", "operations", "", 1.0),
    ("simulated_time_s", "operating time", "s", 1.0),
    ("work_J", "work", "J", 1.0),
    ("peak_force_N", "peak force", "N", 1.0),
    ("peak_torque_Nm", "peak torque", "N m", 1.0),
)
# SI unit -> units shown, from small to large, with their factors; the largest that leaves a value of 1 or more is taken
_HANDY: dict[str, tuple[tuple[str, float], ...]] = {
    "m": (("µm", 1e6), ("mm", 1e3), ("m", 1.0)),
    "m/s": (("mm/s", 1e3), ("m/s", 1.0)),
    "m^3": (("cm³", 1e6), ("L", 1e3), ("m³", 1.0)),
    "s": (("ms", 1e3), ("s", 1.0)),
    "kg": (("mg", 1e6), ("g", 1e3), ("kg", 1.0)),
    "Pa": (("Pa", 1.0), ("kPa", 1e-3), ("MPa", 1e-6), ("GPa", 1e-9)),
    "J": (("mJ", 1e3), ("J", 1.0), ("kJ", 1e-3)),
    "J/m^2": (("mJ/m²", 1e3), ("J/m²", 1.0)),
    "rad": (("deg", 180 / np.pi),),
    "rad/s": (("rpm", 30 / np.pi),),
    "1/s": (("Hz", 1.0),),
}


@dataclass(frozen=True)
class Shown:
    """A column as people see it.

    Attributes:
        key: Name of the column.
        label: What it is called.
        unit: Shown; "" for pure numbers and texts.
        factor: From SI to that unit; 0 for texts.
    """

    key: str
    label: str
    unit: str
    factor: float

    @property
    def is_text(self) -> bool:
        """Whether it holds texts."""
        return self.factor == 0

    @property
    def heading(self) -> str:
        """Label and unit in a line."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    def lines(self, width: int) -> str:
        """The same in lines of about so many characters, broken after dots, underscores and spaces; the unit last."""
        parts = re.findall(r"[^._ ]*[._ ]?", self.label)
        lines = [""]
        for part in parts:
            if lines[-1] and len(lines[-1]) + len(part.rstrip()) > width:
                lines.append("")
            lines[-1] += part
        return "\n".join([*map(str.rstrip, lines), *([f"[{self.unit}]"] if self.unit else [])])

    def text(self, value: float | str) -> str:
        """A value of the column as text, without its unit; "" if it is missing."""
        if isinstance(value, str):
            return value
        return f"{value * self.factor:.4g}" if np.isfinite(value) else ""

    def numbers(self, table: Table) -> Floats:
        """The column in the shown unit; texts as their places among `categories`, NaN for none; shape (n,)."""
        if self.is_text:
            place = {text: float(k) for k, text in enumerate(categories(table, self.key))}
            return np.array([place.get(text, np.nan) for text in table.columns[self.key]])
        return table.numbers(self.key) * self.factor


def categories(table: Table, key: str) -> list[str]:
    """The texts of a column, in the order of their first runs."""
    return [text for text in dict.fromkeys(table.columns[key]) if text]


def is_on_log_scale(table: Table, shown: Shown) -> bool:
    """Whether a parameter was chosen on a logarithmic scale; a result never is."""
    numeric = not shown.is_text and shown.key in {parameter.key for parameter in table.parameters}
    return numeric and is_logarithmic(table.numbers(shown.key))


def span(table: Table, shown: Shown) -> tuple[float, float]:
    """Least and greatest value of a parameter of numbers, in the shown unit: of those planned, and of its range."""
    parameter = next(parameter for parameter in table.parameters if parameter.key == shown.key)
    ends = [end for end in (parameter.low, parameter.high) if end is not None]
    values = np.array([*table.numbers(shown.key), *ends]) * shown.factor
    return float(np.nanmin(values)), float(np.nanmax(values))


def parameters(table: Table) -> list[Shown]:
    """Each parameter of a study."""
    return [_parameter(table, parameter) for parameter in table.parameters]


def chief(table: Table) -> list[Shown]:
    """The chief results that the study has and that vary; where none varies yet, those that it has."""
    wanted = CAMPAIGN if "stored_mass_kg" in table.columns else MISSION
    found = [Shown(*words) for words in wanted if words[0] in table.columns and not table.is_text(words[0])]
    found = [output for output in found if np.isfinite(table.numbers(output.key)[table.done]).any()]
    return [output for output in found if varies(table.numbers(output.key)[table.done])] or found


def unit_shown(unit: str) -> str:
    """An SI unit as people write it: "N m", "kg/m³"."""
    return unit.replace("*", " ").replace("^2", "²").replace("^3", "³")


def _parameter(table: Table, parameter: Parameter) -> Shown:
    key = parameter.key
    if table.is_text(key):
        return Shown(key, key, "", 0.0)
    return Shown(key, key, *_handy(parameter.unit, table.numbers(key)))


def _handy(unit: str, values: Floats) -> tuple[str, float]:
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    choices = _HANDY.get(unit, ((unit_shown(unit), 1.0),))
    fitting = [choice for choice in choices if largest * choice[1] >= 1]
    return fitting[-1] if fitting and largest else choices[0 if largest else -1]

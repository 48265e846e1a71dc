"""Axes of a study's figures: what all of them share, so that labels fit whether two parameters vary or six."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from regolith.study_labels import Shown, categories, is_on_log_scale, span
from regolith.sweep.table import Floats, Table

WIDTH = 9.0  # of a figure [in]
SMALL = 7  # points of the text in small panels
_LETTER = 0.06  # width of a letter of that size [in]
_MOST_TICKS = 4
_MARGIN = 0.05  # of a logarithmic axis beyond its values
_LONGEST = 16  # letters of a text on an axis; tables show all of it
_ROOM = 0.35  # to the left and right of texts on an axis, in places


def panels(rows: int, columns: int, height: float) -> tuple[Figure, list[list[Axes]]]:
    """A grid of bare panels; those of a row share their y axis, those of a column their x axis."""
    figure = Figure(figsize=(WIDTH, 0.9 + rows * height), layout="constrained", facecolor="white")
    grid = figure.subplots(rows, columns, sharex="col", sharey="row", squeeze=False)
    for axes in grid.flat:
        bare(axes)
    return figure, [list(row) for row in grid]


def bare(axes: Axes) -> None:
    """The look of all panels."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=SMALL)
    axes.set_axisbelow(True)
    axes.grid(color="#E3E6E9", linewidth=0.5)


def set_x(axes: Axes, table: Table, shown: Shown, room: float) -> None:
    """Scale, ticks and limits of the x axis.

    Args:
        axes: The panel.
        table: The study.
        shown: The column along x.
        room: Width of the panel [in].
    """
    if shown.is_text:
        names = _short(categories(table, shown.key))
        tight = max(map(len, names)) * _LETTER > 0.8 * room / len(names)
        axes.set_xlim(-_ROOM, len(names) - 1 + _ROOM)
        axes.set_xticks(range(len(names)), names)
        if tight:
            axes.tick_params(axis="x", rotation=90)
    else:
        _set_numbers(axes, "x", table, shown, room)


def set_y(axes: Axes, table: Table, shown: Shown, room: float) -> None:
    """As `set_x`, of the y axis."""
    if shown.is_text:
        names = _short(categories(table, shown.key))
        axes.set_ylim(-_ROOM, len(names) - 1 + _ROOM)
        axes.set_yticks(range(len(names)), names)
    else:
        _set_numbers(axes, "y", table, shown, 2 * room)


def label(axes: Axes, *, x: Shown | None = None, y: Shown | None = None, room: float) -> None:
    """Names and units along a panel's axes, in lines no longer than the panel is [in]."""
    width = int(0.95 * room / _LETTER)
    if x is not None:
        axes.set_xlabel(x.lines(width), fontsize=SMALL)
    if y is not None:
        axes.set_ylabel(y.lines(width), fontsize=SMALL)


def log_ticks(low: float, high: float, most: int = _MOST_TICKS) -> list[float]:
    """At most so many round values between two positive ones, evenly on a logarithmic scale where decades allow."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for digits in ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10))):
        found = [d * 10.0**k for k in decades for d in digits]
        found = [tick for tick in found if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if len(found) > 1:
            return found[:: -(-len(found) // most)]
    return [float(f"{value:.2g}") for value in (low, high)]


def _set_numbers(axes: Axes, which: Literal["x", "y"], table: Table, shown: Shown, room: float) -> None:
    values = shown.numbers(table)
    distinct = np.unique(values[np.isfinite(values)])
    most = 2 if room < 0.9 else 3 if room < 1.8 else _MOST_TICKS
    axis = axes.xaxis if which == "x" else axes.yaxis
    log = is_on_log_scale(table, shown)
    if log:
        low, high = span(table, shown)
        margin = (high / low) ** _MARGIN
        axes.set(**{f"{which}scale": "log", f"{which}lim": (low / margin, high * margin)})
    if 1 < len(distinct) <= most and _apart(np.log(distinct) if log else distinct):
        _fix(axis, distinct)
    elif log:
        _fix(axis, log_ticks(low, high, most))
    else:
        axis.set_major_locator(MaxNLocator(most, min_n_ticks=2))


def _short(names: Sequence[str]) -> list[str]:
    cut = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
    return [name.replace("$", r"\$") for name in cut]  # which would begin a formula


def _apart(values: Floats) -> bool:
    """Whether no two of a few values lie so close that their labels would touch."""
    return bool(np.diff(values).min() > 0.2 * (values[-1] - values[0]))


def _fix(axis: XAxis | YAxis, ticks: Sequence[float] | Floats) -> None:
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_major_formatter(FixedFormatter([f"{tick:.4g}" for tick in ticks]))
    axis.set_minor_locator(NullLocator())

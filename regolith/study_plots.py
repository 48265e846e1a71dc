"""Figures of a study, from its table alone. Parameters stand in columns, results in rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regolith import study_labels
from regolith.plots import BLUE, GREY, ORANGE, RED
from regolith.plots import WIDTH as LINE
from regolith.study_axes import SMALL, WIDTH, label, panels, set_x, set_y
from regolith.study_labels import Shown
from regolith.study_matrix import MANY, indices, pairs, ranks
from regolith.sweep.chances import Chance, goal_chance, goal_chances, has_goal
from regolith.sweep.effects import Curve, curve, known, main_effects, varies
from regolith.sweep.rows import Parameter
from regolith.sweep.table import Floats, Table

MOST_COLUMNS = 6  # parameters side by side; more go into further figures


@dataclass(frozen=True)
class Plot:
    """A figure of the report.

    Attributes:
        name: Of its file, without `.png`.
        title: Its heading.
        caption: What it shows.
        draw: Makes the figure.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]


def available(table: Table) -> Iterator[Plot]:
    """The figures for which the study has come far enough."""
    varied = [shown for shown in study_labels.parameters(table) if varies(table.columns[shown.key])]
    outputs = study_labels.chief(table)
    if has_goal(table) and goal_chance(table).n and varied:
        yield from _in_blocks("study-goal", "Probability of the goal", _GOAL, partial(goal, table), varied)
    if not (outputs and varied):
        return
    yield from _in_blocks("study-effects", "Main effects", _EFFECTS, partial(effects, table, outputs), varied)
    curved = [shown for shown in varied if any(_curve(table, shown, output) for output in outputs)]
    yield from _in_blocks("study-curves", "Response curves", _CURVES, partial(curves, table, outputs), curved)
    ranked = [shown for shown in varied if not shown.is_text]
    if ranked and any(len(known(table, output.key)) > 2 for output in outputs):
        yield Plot("study-ranks", "Rank correlations", _RANKS, lambda: ranks(table, outputs, ranked))
    yield Plot("study-pairs", "Pairs", _PAIRS, lambda: pairs(table, outputs, varied))
    if (figure := indices(table, outputs)) is not None:
        yield Plot("study-indices", "Sobol indices", _INDICES, lambda: figure)


def goal(table: Table, varied: Sequence[Shown]) -> Figure:
    """Share of campaigns that met the goal along each parameter."""
    room = WIDTH / len(varied)
    figure, (row,) = panels(1, len(varied), 2.6)
    for axes, shown in zip(row, varied, strict=True):
        chances = goal_chances(table, _parameter(table, shown))
        x = _places(table, shown, [chance.value for chance in chances])
        _whiskers(axes, x, chances)
        set_x(axes, table, shown, room)
        label(axes, x=shown, room=room)
    row[0].set_ylim(-0.03, 1.03)
    row[0].set_ylabel("probability of the goal", fontsize=SMALL)
    handles, names = row[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper right", ncols=2, frameon=False, fontsize=SMALL)
    return figure


def effects(table: Table, outputs: Sequence[Shown], varied: Sequence[Shown]) -> Figure:
    """Mean of each result over the levels of each parameter."""

    def draw(axes: Axes, shown: Shown, output: Shown) -> None:
        levels = main_effects(table, _parameter(table, shown), output.key)
        x = _places(table, shown, [level.value for level in levels])
        mean, low, high = (
            np.array([getattr(level, name) for level in levels]) * output.factor for name in ("mean", "low", "high")
        )
        whole = float(table.numbers(output.key)[known(table, output.key)].mean()) * output.factor
        axes.axhline(whole, color=GREY, linewidth=0.9, linestyle="--")
        axes.vlines(x, low, high, color=BLUE, linewidth=LINE)
        axes.plot(x, mean, "o" if shown.is_text else "o-", color=BLUE, ms=3.5, linewidth=0.7)

    return _grid(table, outputs, varied, draw)


def curves(table: Table, outputs: Sequence[Shown], varied: Sequence[Shown]) -> Figure:
    """Runs, and a quadratic through them with its band."""
    pale = 0.45 if table.n <= MANY else 0.12

    def draw(axes: Axes, shown: Shown, output: Shown) -> None:
        runs = known(table, output.key)
        x, y = shown.numbers(table)[runs], output.numbers(table)[runs]
        axes.plot(x, y, "o", color=BLUE, ms=2.5, alpha=pale, markeredgewidth=0)
        found = _curve(table, shown, output)
        if found is not None:
            x, by = found.x * shown.factor, output.factor
            axes.fill_between(x, found.low * by, found.high * by, color=ORANGE, alpha=0.35, linewidth=0)
            axes.plot(x, found.mean * by, color=ORANGE, linewidth=LINE)

    return _grid(table, outputs, varied, draw)


def _grid(
    table: Table, outputs: Sequence[Shown], varied: Sequence[Shown], draw: Callable[[Axes, Shown, Shown], None]
) -> Figure:
    """A panel for each result and parameter."""
    room = WIDTH / len(varied)
    height = 1.9 if len(varied) < 4 else 1.35
    figure, grid = panels(len(outputs), len(varied), height)
    for row, output in zip(grid, outputs, strict=True):
        for axes, shown in zip(row, varied, strict=True):
            draw(axes, shown, output)
            set_x(axes, table, shown, room)
        set_y(row[0], table, output, height)
        label(row[0], y=output, room=height)
    for axes, shown in zip(grid[-1], varied, strict=True):
        label(axes, x=shown, room=room)
    return figure


def _whiskers(axes: Axes, x: Floats, chances: Sequence[Chance]) -> None:
    """Shares with their intervals, and beside them what the lost runs leave open."""
    shares = np.array([chance.share for chance in chances])
    low, high = (np.array([getattr(chance, end) for chance in chances]) for end in ("low", "high"))
    done = np.array([chance.n > 0 for chance in chances])
    axes.vlines(x[done], low[done], high[done], color=BLUE, linewidth=LINE, label="95 % interval (Wilson)")
    axes.plot(x[done], shares[done], "o", color=BLUE, ms=4, label="share of the campaigns that are done")
    lost = np.array([chance.lost > 0 for chance in chances])
    if lost.any():
        least, most = (
            np.array([getattr(chance, end) for chance in chances])[lost] for end in ("if_lost_missed", "if_lost_met")
        )
        axes.vlines(
            x[lost], least, most, color=RED, linewidth=4, alpha=0.35, label="if all that failed missed or met it"
        )


def _in_blocks(
    name: str, title: str, caption: str, draw: Callable[[Sequence[Shown]], Figure], varied: Sequence[Shown]
) -> Iterator[Plot]:
    """A figure for every few parameters."""
    for start in range(0, len(varied), MOST_COLUMNS):
        block = varied[start : start + MOST_COLUMNS]
        number = start // MOST_COLUMNS + 1
        more = f" ({number})" if len(varied) > MOST_COLUMNS else ""
        yield Plot(f"{name}-{number}" if start else name, title + more, caption, partial(draw, block))


def _curve(table: Table, shown: Shown, output: Shown) -> Curve | None:
    return curve(table, _parameter(table, shown), output.key)


def _parameter(table: Table, shown: Shown) -> Parameter:
    return next(parameter for parameter in table.parameters if parameter.key == shown.key)


def _places(table: Table, shown: Shown, values: Sequence[float | str]) -> Floats:
    """Where values of a parameter lie on its axis."""
    if shown.is_text:
        names = study_labels.categories(table, shown.key)
        return np.array([names.index(str(value)) for value in values], dtype=float)
    return np.array(values, dtype=float) * shown.factor


_GOAL = (
    "Share of the campaigns that met their goal, over the values of each parameter (a sampled range is cut into bins "
    "of equally many runs), with its 95 % interval."
)
_EFFECTS = (
    "Mean of each result over the runs that share a value of a parameter (a sampled range is cut into bins of equally "
    "many runs), with its 95 % interval by Student's t; dashed the mean of all runs. The other parameters vary within "
    "each mean as the study planned them."
)
_CURVES = (
    "Every run that is done, and a quadratic through them by least squares with the 95 % band of its mean; over the "
    "logarithm where the axis is logarithmic."
)
_RANKS = (
    "Spearman's rank correlation of each result with each parameter: 1 or -1 where the result always rises or falls "
    "with it, 0 where it does neither. Pale: such a correlation comes by chance more often than in 5 % of cases. Texts "
    "have no rank."
)
_PAIRS = (
    "Parameters and results against each other, each on its own on the diagonal. Blue: runs that are done; red "
    "crosses: runs that failed, crashed or were refused; grey: runs that are not done yet."
)
_INDICES = (
    "Share of a result's variance that each sampled parameter causes: alone (first order), and with all interactions "
    "it takes part in (total), over the ranges as sampled; with 95 % intervals by bootstrap."
)

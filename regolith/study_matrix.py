"""Figures of a study that set everything against everything: pairs, rank correlations, Sobol indices."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regolith.plots import BLACK, BLUE, GREY, ORANGE, RED
from regolith.study_axes import SMALL, WIDTH, bare, label, set_x, set_y
from regolith.study_labels import Shown, is_on_log_scale
from regolith.sweep.effects import strengths
from regolith.sweep.indices import NoIndices, sobol_indices
from regolith.sweep.rows import ENDED
from regolith.sweep.table import Table

MOST_SIDES = 8  # variables of the pair plot
MOST_PARAMETERS = 6  # of these
SIGNIFICANT = 0.05
MANY = 400  # runs, above which dots and crosses are paler or smaller
_BINS = 12


def pairs(table: Table, outputs: Sequence[Shown], varied: Sequence[Shown]) -> Figure:
    """A scatter matrix; of many parameters those that explain most, and the first results."""
    chosen = _strongest(table, outputs, varied)[:MOST_PARAMETERS]
    sides = [*chosen, *outputs[: MOST_SIDES - len(chosen)]]
    n = len(sides)
    room = WIDTH / n
    figure = Figure(figsize=(WIDTH, 0.6 + 0.9 * n * min(room, 2.2)), layout="constrained", facecolor="white")
    grid = figure.subplots(n, n, squeeze=False)
    for i, upright in enumerate(sides):
        for j, across in enumerate(sides):
            axes = grid[i, j]
            if j > i:
                axes.set_visible(False)
                continue
            bare(axes)
            if i == j:
                _histogram(axes, table, across)
            else:
                _scatter(axes, table, across, upright)
                set_y(axes, table, upright, room)
            set_x(axes, table, across, room)
            axes.tick_params(labelsize=SMALL - 1, labelbottom=i == n - 1, labelleft=j == 0 and i > 0)
            label(axes, x=across if i == n - 1 else None, y=upright if j == 0 and i > 0 else None, room=0.8 * room)
    figure.align_ylabels()
    return figure


def ranks(table: Table, outputs: Sequence[Shown], varied: Sequence[Shown]) -> Figure:
    """Spearman's correlations as a coloured table; of parameters of numbers."""
    rho = np.full((len(outputs), len(varied)), np.nan)
    chance = np.ones_like(rho)
    for i, output in enumerate(outputs):
        found = {strength.key: strength for strength in strengths(table, output.key)[0]}
        for j, shown in enumerate(varied):
            rho[i, j], chance[i, j] = found[shown.key].rank, found[shown.key].p_value
    figure = Figure(figsize=(WIDTH, 1.3 + 0.42 * len(outputs)), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    weak = ~(chance <= SIGNIFICANT)
    image = axes.imshow(
        np.nan_to_num(rho), cmap="PuOr", vmin=-1, vmax=1, aspect="auto", alpha=np.where(weak, 0.35, 1.0)
    )
    for (i, j), value in np.ndenumerate(rho):
        dark = abs(value) > 0.6 and not weak[i, j]
        text = f"{value:.2f}".replace("-", "\N{MINUS SIGN}") if np.isfinite(value) else "–"
        axes.text(j, i, text, ha="center", va="center", fontsize=8, color="white" if dark else BLACK)
    unitless = [replace(shown, unit="") for shown in varied]
    axes.set_xticks(range(len(varied)), [shown.lines(int(100 / len(varied))) for shown in unitless], fontsize=SMALL)
    axes.set_yticks(range(len(outputs)), [output.label for output in outputs], fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, pad=0.02)
    bar.set_label("rank correlation", fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
    return figure


def indices(table: Table, outputs: Sequence[Shown]) -> Figure | None:
    """First-order and total Sobol indices; None where the study has none."""
    found = {}
    for output in outputs:
        try:
            found[output] = sobol_indices(table, output.key)
        except NoIndices:
            continue
    if not found:
        return None
    columns = min(2, len(found))
    rows = -(-len(found) // columns)
    keys = [index.key for index in next(iter(found.values()))]
    figure = Figure(figsize=(WIDTH, 0.8 + rows * (0.6 + 0.38 * len(keys))), layout="constrained", facecolor="white")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    place = np.arange(len(keys))
    for axes in grid.flat[len(found) :]:
        axes.set_visible(False)
    for axes, (output, each) in zip(grid.flat, found.items(), strict=False):
        bare(axes)
        for shift, name, words, colour in ((-0.18, "first", "first order", BLUE), (0.18, "total", "total", ORANGE)):
            values = [getattr(index, name) for index in each]
            half = [getattr(index, f"{name}_half") for index in each]
            axes.barh(place + shift, values, 0.32, color=colour, label=words)
            axes.errorbar(values, place + shift, xerr=half, fmt="none", ecolor=BLACK, elinewidth=0.9, capsize=2)
        axes.set_title(output.label, fontsize=9, loc="left")
        axes.set_yticks(place, keys, fontsize=SMALL)
        axes.set_ylim(len(keys) - 0.5, -0.5)
        axes.set_xlabel("share of the variance", fontsize=SMALL)
        axes.tick_params(labelbottom=True)
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper right", ncols=2, frameon=False, fontsize=SMALL)
    return figure


def _scatter(axes: Axes, table: Table, across: Shown, upright: Shown) -> None:
    x, y = across.numbers(table), upright.numbers(table)
    ended = np.isin(np.array(table.columns["state"], dtype=str), ENDED)
    few = table.n <= MANY
    pale = 0.6 if few else 0.2
    axes.plot(x[~ended], y[~ended], ".", color=GREY, ms=3, alpha=pale, markeredgewidth=0)
    axes.plot(x[table.done], y[table.done], ".", color=BLUE, ms=4, alpha=pale, markeredgewidth=0)
    lost = ended & ~table.done
    axes.plot(x[lost], y[lost], "x", color=RED, ms=3.5 if few else 2.0, markeredgewidth=0.9 if few else 0.5)


def _histogram(axes: Axes, table: Table, shown: Shown) -> None:
    values = shown.numbers(table)
    values = values[np.isfinite(values)]
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    if not len(values):
        return
    if shown.is_text:
        edges = np.arange(int(values.max()) + 2) - 0.5
    elif is_on_log_scale(table, shown):
        edges = np.geomspace(values.min(), values.max(), _BINS + 1)
    else:
        edges = np.histogram_bin_edges(values, _BINS)
    axes.hist(values, list(edges), color=GREY, rwidth=0.9)


def _strongest(table: Table, outputs: Sequence[Shown], varied: Sequence[Shown]) -> list[Shown]:
    """All parameters in their order, or of many those that explain most of any result."""
    if len(varied) <= MOST_PARAMETERS:
        return list(varied)
    shares: dict[str, float] = {}
    for output in outputs:
        for strength in strengths(table, output.key)[0]:
            shares[strength.key] = max(shares.get(strength.key, 0.0), float(np.nan_to_num(strength.share)))
    chosen = sorted(varied, key=lambda shown: -shares[shown.key])[:MOST_PARAMETERS]
    return [shown for shown in varied if shown in chosen]

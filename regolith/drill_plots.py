"""Figures of a drilling run: what it took over depth, and where the core came from."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regolith.record import Floats, Record

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#B8BCC2"
SMOOTH = 0.05  # of the depth: the width of the moving mean


def over_depth(record: Record) -> Figure:
    """Weight on bit, drilling torque, rates and raised mass while the bit goes down."""
    columns = _going_down(record.history)
    depth = columns["bit_depth"] * 1e3
    figure = Figure(figsize=(9.0, 4.6), layout="constrained", facecolor="white")
    force, torque, rates, raised = figure.subplots(1, 4, sharey=True)
    for axes, name, colour in ((force, "weight_on_bit", BLUE), (torque, "drilling_torque", ORANGE)):
        axes.plot(columns[name], depth, color=GREY, linewidth=0.8, label="row")
        axes.plot(_moving_mean(columns[name], depth), depth, color=colour, linewidth=1.6, label="mean over 5 %")
    force.set_xlabel("weight on bit [N]")
    torque.set_xlabel("drilling torque [N m]")
    force.set_ylabel("depth of the bit [mm]")
    for name, label, colour in (("feed_rate", "feed", BLUE), ("spin_rate", "rotation", ORANGE)):
        largest = float(np.abs(columns[name]).max()) or 1.0
        rates.plot(columns[name] / largest, depth, color=colour, linewidth=1.4, label=f"{label}, over its largest")
    rates.set_xlabel("rates [-]")
    raised.plot(columns["raised_mass"] * 1e3, depth, color=GREEN, linewidth=1.4, label="above the surface [g]")
    raised.plot(_moving_mean(columns["flute_flow"], depth) * 1e3, depth, color=RED, linewidth=1.4, label="flow [g/s]")
    raised.set_xlabel("cuttings")
    force.invert_yaxis()
    for axes in (force, torque, rates, raised):
        _tidy(axes)
    return figure


def core(record: Record) -> Figure:
    """The core from the mouth up: from which depth each slice came, and what it holds of each layer."""
    said = record.status["result"]["core"]
    edges = np.array(said["edges"]) * 1e3
    middles, drilled = (edges[1:] + edges[:-1]) / 2, float(record.status["result"]["drilled_depth_m"]) * 1e3
    origin, spread = (np.array(said[key], dtype=float) * 1e3 for key in ("origin", "spread"))
    bands = np.array(said["bands"])
    figure = Figure(figsize=(9.0, 4.6), layout="constrained", facecolor="white")
    where, layers, mass = figure.subplots(1, 3, sharey=True)
    where.errorbar(origin, middles, xerr=spread, fmt="o", color=BLUE, capsize=3, label="mean and spread of a slice")
    where.plot([drilled, 0], [0, drilled], color=RED, linestyle="--", linewidth=1.2, label="undisturbed")
    where.set_xlabel("depth in the ground [mm]")
    where.set_ylabel("height in the core, from the mouth [mm]")
    depths = np.linspace(0, drilled, bands.shape[0] + 1)
    image = layers.pcolormesh(depths, edges, bands.T, cmap="cividis", vmin=0, vmax=1)
    figure.colorbar(image, ax=layers, label="share of a slice's mass", shrink=0.8)
    layers.set_xlabel("layer of the ground [mm]")
    mass.barh(middles, np.array(said["slice_mass"]) * 1e3, height=np.diff(edges) * 0.92, color=GREEN)
    mass.set_xlabel("mass of a slice [g]")
    for axes in (where, layers, mass):
        _tidy(axes)
    return figure


def _going_down(columns: dict[str, Floats]) -> dict[str, Floats]:
    """Rows in which the bit is deeper in the soil than ever before."""
    depth = columns["bit_depth"]
    before = np.append(-np.inf, np.maximum.accumulate(depth)[:-1])
    down = (depth > 0) & (depth > before)
    return {name: column[down] for name, column in columns.items()}


def _moving_mean(values: Floats, depth: Floats) -> Floats:
    """Mean of what lies within `SMOOTH` of the whole depth around each row."""
    half = SMOOTH * float(depth.max(initial=0.0)) / 2
    first, last = np.searchsorted(depth, depth - half), np.searchsorted(depth, depth + half, side="right")
    total = np.append(0.0, np.cumsum(values))
    return np.asarray((total[last] - total[first]) / (last - first))


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=7)

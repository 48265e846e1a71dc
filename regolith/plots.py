"""Figures of a run, from its record alone. Colours are those of Okabe and Ito, told apart by the colour-blind too."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from regolith import drill_plots
from regolith.record import CAPTURED, Floats, Grains, Record

BLACK, BLUE, GREEN, ORANGE, RED, PURPLE = "#222222", "#0072B2", "#009E73", "#E69F00", "#D55E00", "#CC79A7"
GREY, BAND = "#B8BCC2", "#F1F3F5"
DEPTH_COLOURS = "cividis_r"
WIDTH = 1.4  # of lines


@dataclass(frozen=True)
class Plot:
    """A figure of the report.

    Attributes:
        name: Of its file, without `.png`.
        title: Its heading.
        caption: What it shows, in a sentence or two.
        draw: Makes the figure.
        needs: What must be there: "history", "grains" (a frame), "captured" (grains in the last frame), "drill" (rows
            of a drill in the soil) or "core" (in the result).
    """

    name: str
    title: str
    caption: str
    draw: Callable[[Record], Figure]
    needs: str = "history"


def available(record: Record) -> list[Plot]:
    """The plots for which the run has come far enough."""
    has = {"history": bool(record.history), "grains": len(record.grain_times) > 0}
    has["captured"] = has["grains"] and bool((record.grains(-1).status == CAPTURED).any())
    has["drill"] = bool((record.history.get("bit_depth", np.empty(0)) > 0).any())
    has["core"] = bool((record.status.get("result") or {}).get("core"))
    return [plot for plot in PLOTS if has[plot.needs]]


def force(record: Record) -> Figure:
    """Components, and magnitude under the envelope of single steps."""
    return _wrench(record, "force", "N", "soil on tool")


def torque(record: Record) -> Figure:
    """Components about the tool's origin, and magnitude under the envelope of single steps."""
    return _wrench(record, "torque", "N m", "about the tool's origin")


def _wrench(record: Record, kind: str, unit: str, which: str) -> Figure:
    columns = record.history
    figure, (upper, lower) = _over_time(record, 2)
    parts = np.stack([columns[f"{kind}_{axis}"] for axis in "xyz"])
    for part, axis, colour in zip(parts, "xyz", (BLUE, ORANGE, GREEN), strict=True):
        upper.plot(columns["time"], part, color=colour, label=f"{axis}", linewidth=WIDTH)
    upper.axhline(0, color=BLACK, linewidth=0.6)
    upper.set_ylabel(f"{kind}, {which} [{unit}]")
    peak = columns[f"{kind}_peak"]
    lower.fill_between(columns["time"], peak, color=GREY, alpha=0.6, linewidth=0, label="largest single step")
    lower.plot(columns["time"], np.linalg.norm(parts, axis=0), color=BLACK, label="mean", linewidth=WIDTH)
    lower.set_ylabel(f"magnitude [{unit}]")
    lower.set_ylim(bottom=0)
    for axes in (upper, lower):
        _legend(axes)
    return figure


def mass(record: Record) -> Figure:
    """Captured, heaped and spilled mass."""
    columns = record.history
    figure, (axes,) = _over_time(record, 1)
    labels = {"captured_mass": "captured", "heap_mass": "of that, heaped above the rim", "spilled_mass": "spilled"}
    for (name, label), colour in zip(labels.items(), (BLUE, ORANGE, RED), strict=True):
        axes.plot(columns["time"], columns[name] * 1e3, color=colour, label=label, linewidth=WIDTH)
    axes.set_ylabel("mass [g]")
    axes.set_ylim(bottom=0)
    _legend(axes)
    return figure


def energy(record: Record) -> Figure:
    """Work, and work per captured mass."""
    columns = record.history
    figure, (upper, lower) = _over_time(record, 2)
    upper.plot(columns["time"], columns["work"], color=BLUE, linewidth=WIDTH)
    upper.set_ylabel("work of the tool [J]")
    held = columns["captured_mass"]
    # Work over the first few grains says nothing and would hide the rest.
    enough = (held > 0) & (held > 0.1 * held.max())
    specific = np.where(enough, columns["work"] / np.where(enough, held, 1.0), np.nan)
    lower.plot(columns["time"], specific, color=PURPLE, linewidth=WIDTH)
    lower.set_ylabel("work per captured mass [J/kg]")
    return figure


def origin(record: Record) -> Figure:
    """Captured mass over the depth that it came from."""
    last = record.grains(-1)
    caught = last.status == CAPTURED
    depth, weight = last.origin_depth[caught] * 1e2, last.mass[caught] * 1e3
    figure = _figure(3.6)
    axes = figure.add_subplot()
    bottom = max(float(depth.max()), 1e-2)
    edges = np.linspace(min(float(depth.min()), 0.0), bottom * 1.001, 21)
    middles = (edges[1:] + edges[:-1]) / 2
    amount = np.histogram(depth, edges, weights=weight)[0]
    axes.barh(middles, amount, height=np.diff(edges) * 0.92, color=_depth_colours(record).to_rgba(middles))
    mean = float(np.average(depth, weights=weight))
    axes.axhline(mean, color=RED, linewidth=1.2, linestyle="--", label=f"mean by mass {mean:.2g} cm")
    axes.invert_yaxis()
    axes.set_xlabel("captured mass [g]")
    axes.set_ylabel("depth of origin [cm]")
    _bare(axes)
    _legend(axes)
    return figure


def side_views(record: Record) -> Figure:
    """A slice of the bed along the dig at up to four moments."""
    chosen = [(label, record.grains(index)) for label, index in moments(record)]
    tools = [record.tool(grains.time) if len(record.tool_times) else np.empty((0, 3, 3)) for _, grains in chosen]
    colours = _depth_colours(record)
    size = record.mission.get("bed", {}).get("size") or chosen[0][1].position.max(axis=0)
    right, bottom = float(size[0]) * 1e2, record.surface_z * 1e2
    held = [grains.position[grains.status == CAPTURED] for _, grains in chosen]
    heights = np.concatenate([points.reshape(-1, 3)[:, 2] for points in (*tools, *held)])
    top = max(1.0, float(heights.max(initial=0.0)) * 1e2 - bottom) + 0.5
    rows = -(-len(chosen) // 2)
    figure = _figure(0.5 + rows * (0.4 + 3.7 * (bottom + top) / right))
    panels = figure.subplots(rows, min(len(chosen), 2), sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(chosen) :]:
        axes.set_visible(False)
    for axes, (label, grains), tool in zip(panels.flat, chosen, tools, strict=False):
        _slice(axes, record.surface_z, grains, tool, colours)
        axes.set(xlim=(0, right), ylim=(-bottom, top), aspect="equal")
        axes.set_title(f"{label}, {grains.time:.2f} s", fontsize=9, loc="left")
    figure.supxlabel("x [cm]", fontsize=9)
    figure.supylabel("height above the surface [cm]", fontsize=9)
    figure.colorbar(colours, ax=panels, shrink=0.8, pad=0.02, label="depth of origin [cm]").ax.invert_yaxis()
    return figure


def moments(record: Record) -> list[tuple[str, int]]:
    """Start, end of the drag, after the curl and end, as far as the run went: label and number of the frame."""
    times = record.grain_times
    ends = {name: end for name, _, end in record.phases}
    if {"drag", "curl"} <= ends.keys():
        between = [("end of the drag", ends["drag"]), ("after the curl", ends["curl"])]
    else:
        whole = max(ends.values(), default=float(times[-1]))
        between = [("a third", whole / 3), ("two thirds", whole * 2 / 3)]
    found = {0: "start"}
    for label, time in between:
        if time <= times[-1]:
            found.setdefault(int(np.argmin(np.abs(times - time))), label)
    found.setdefault(len(times) - 1, "end" if record.state == "done" else "last frame")
    return sorted(((label, index) for index, label in found.items()), key=lambda pair: pair[1])


def _slice(axes: Axes, surface_z: float, grains: Grains, tool: Floats, colours: ScalarMappable) -> None:
    """Grains whose centres lie within a large grain's radius of the middle plane, the captured ones ringed."""
    y = grains.position[:, 1]
    extent = tool[:, :, 1] if len(tool) else y
    middle = float(extent.min() + extent.max()) / 2
    shown = np.flatnonzero(np.abs(y - middle) <= grains.diameter.max() / 2)
    shown = shown[np.lexsort((y[shown], grains.status[shown] == CAPTURED))]  # the captured on top
    caught = grains.status[shown] == CAPTURED
    wide = grains.diameter[shown] * 1e2
    axes.add_collection(
        EllipseCollection(
            wide, wide, np.zeros(len(wide)), units="xy", offset_transform=axes.transData,
            offsets=(grains.position[shown][:, [0, 2]] - (0.0, surface_z)) * 1e2,
            facecolors=colours.to_rgba(grains.origin_depth[shown] * 1e2),
            edgecolors=np.where(caught, RED, "white"), linewidths=np.where(caught, 0.9, 0.2),
        )
    )  # fmt: skip
    outline = (section(tool, middle) - (0.0, surface_z)) * 1e2
    axes.add_collection(LineCollection(list(outline), colors=BLACK, linewidths=1.2, capstyle="round"))
    axes.axhline(0, color=BLACK, linewidth=0.5, linestyle=":")
    _bare(axes)


def section(triangles: Floats, y: float) -> Floats:
    """Where a mesh cuts the plane of constant y.

    Args:
        triangles: Corners, shape (T, 3, 3).
        y: Of the plane.

    Returns:
        Ends of the segments in x and z, shape (S, 2, 2).
    """
    # A plane through a vertex would cut its triangles in a point; a hair beside it every cut is a segment.
    height = triangles[:, :, 1] - y
    height = np.where(height == 0, 1e-12, height)
    cut = np.flatnonzero(np.abs(np.sign(height).sum(axis=1)) == 1)
    corners, height = triangles[cut], height[cut]
    # The lone corner on its side of the plane is joined with the two others by the cut edges.
    lone = np.argmax(np.sign(height) == -np.sign(np.sign(height).sum(axis=1, keepdims=True)), axis=1)
    rows = np.arange(len(cut))
    ends = []
    for turn in (1, 2):
        other = (lone + turn) % 3
        share = height[rows, lone] / (height[rows, lone] - height[rows, other])
        point = corners[rows, lone] + share[:, None] * (corners[rows, other] - corners[rows, lone])
        ends.append(point[:, [0, 2]])
    return np.stack(ends, axis=1)


def _depth_colours(record: Record) -> ScalarMappable:
    deepest = float(record.grains(0).origin_depth.max()) * 1e2
    return ScalarMappable(Normalize(0.0, max(deepest, 1e-2)), DEPTH_COLOURS)


def _figure(height: float) -> Figure:
    return Figure(figsize=(9.0, height), layout="constrained", facecolor="white")


def _over_time(record: Record, rows: int) -> tuple[Figure, list[Axes]]:
    """Panels that share the time axis, with the phases of the motion as named bands."""
    figure = _figure(1.2 + 2.3 * rows)
    panels = list(figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0])
    times = record.history["time"]
    start, end = float(times[0]), float(times[-1])
    for axes in panels:
        for number, (_, since, until) in enumerate(record.phases):
            if number % 2 == 0 and since < end:
                axes.axvspan(since, min(until, end), color=BAND, linewidth=0, zorder=0)
        _bare(axes)
        axes.set_axisbelow(True)
        axes.grid(axis="y", color="#E3E6E9", linewidth=0.6)
    for name, since, until in record.phases:
        middle = (max(since, start) + min(until, end)) / 2
        if start < middle < end:
            panels[0].text(
                middle, 1.02, name, transform=panels[0].get_xaxis_transform(), ha="center", fontsize=8, color="#555555"
            )
    if end > start:
        panels[-1].set_xlim(start, end)
    panels[-1].set_xlabel("time [s]")
    return figure, panels


def _bare(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, fontsize=8, ncols=3)


PLOTS = (
    Plot(
        "drilling",
        "Drilling over depth",
        "Force of the soil against the feed (weight on bit) and its moment against the turning, over the depth of the "
        "cutting edge, while it goes down; rates of feed and rotation.",
        drill_plots.over_depth,
        "drill",
    ),
    Plot(
        "core",
        "The core",
        "From the bit's mouth up: the depth in the ground that each slice came from (an undisturbed core lies on the "
        "dashed line), the share of each layer of the ground in it, and its mass.",
        drill_plots.core,
        "core",
    ),
    Plot(
        "force",
        "Force on the tool",
        "Above: force of the soil on the tool in world axes (z up), averaged over each row of history.h5. Below: its "
        "magnitude, and in grey the largest that any single time step gave within each row.",
        force,
    ),
    Plot(
        "torque",
        "Torque on the tool",
        "Torque of the soil about the origin of the tool's frame (a scoop's lip), in world axes, averaged over each "
        "row; below its magnitude and the largest of single time steps.",
        torque,
    ),
    Plot("mass", "What is held, heaped and spilled", "Mass in the tool, of that above the rim, and spilled.", mass),
    Plot(
        "energy",
        "Work and specific energy",
        "Work that the tool has done on the soil since the start, and that work over the mass held at the time (drawn "
        "once a tenth of the largest held mass is in the tool).",
        energy,
    ),
    Plot(
        "bed",
        "The bed from the side",
        "Grains within half a large grain's diameter of the middle plane, coloured by the depth they lay at before the "
        "dig; captured ones are ringed in red. Black: the tool cut by that plane. Dotted: the surface before the dig.",
        side_views,
        "grains",
    ),
    Plot(
        "origin",
        "Where the sample came from",
        "Captured mass by the depth at which it lay before the dig.",
        origin,
        "captured",
    ),
)

"""Figures of a campaign, from its record alone."""

from collections.abc import Callable, Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regolith.campaign_record import CampaignRecord, Curves
from regolith.plots import BAND, BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, WIDTH

MOST_NAMES = 14  # operations whose names stand above a figure; more are counted
Drawn = tuple[str, str, str, Callable[[CampaignRecord], Figure]]


def mass(record: CampaignRecord) -> Figure:
    """Stored mass with what the tool holds, against operating time."""
    figure, (axes,) = _panels(1, 3.6)
    curves = record.curves()
    _bands(axes, record, names=True)
    for number, curve in enumerate(curves):
        label = "stored, with what the tool holds" if number == 0 else None
        axes.plot(curve.time, curve.stored, color=BLUE, linewidth=WIDTH, label=label)
    ends = np.cumsum([row["simulated_time_s"] for row in record.rows])
    axes.plot(ends, [row["cumulative_mass_kg"] for row in record.rows], "o", color=BLUE, ms=4, label="stored")
    highest = max([record.goal.get("goal", 0.0), *(float(curve.stored.max()) for curve in curves)])
    for key, label, colour in (("goal", "goal", RED), ("container_mass", "container", BLACK)):
        if record.goal.get(key, np.inf) <= 1.2 * highest:  # a container far above would flatten the rest
            axes.axhline(record.goal[key], color=colour, linewidth=1.2, linestyle="--", label=label)
    axes.set_ylabel("mass [kg]")
    axes.set_ylim(0, 1.25 * highest or 1.0)
    axes.set_xlabel("operating time [s]")
    axes.legend(fontsize=8, frameon=False)
    return figure


def load(record: CampaignRecord) -> Figure:
    """Force, torque and power against operating time."""
    figure, panels = _panels(3, 2.0)
    curves = record.curves()
    kinds: Iterable[tuple[Axes, str, str, Callable[[Curves], np.ndarray]]] = (
        (panels[0], BLACK, "force [N]", lambda curve: curve.force),
        (panels[1], GREEN, "torque [N m]", lambda curve: curve.torque),
        (panels[2], ORANGE, "power [W]", lambda curve: curve.power),
    )
    for axes, colour, label, of in kinds:
        _bands(axes, record, names=axes is panels[0])
        for curve in curves:
            axes.plot(curve.time, of(curve), color=colour, linewidth=WIDTH)
        axes.set_ylabel(label)
    panels[-1].set_xlabel("operating time [s]")
    return figure


def operations(record: CampaignRecord) -> Figure:
    """Stored mass, work and specific energy of each operation."""
    figure, panels = _panels(3, 1.9)
    number = np.arange(1, len(record.rows) + 1)
    for axes, key, factor, label, colour in (
        (panels[0], "stored_mass_kg", 1e3, "stored [g]", BLUE),
        (panels[1], "work_J", 1.0, "work [J]", GREY),
        (panels[2], "specific_energy_J_per_kg", 1.0, "work per mass [J/kg]", PURPLE),
    ):
        axes.bar(number, _column(record, key) * factor, color=colour, width=0.7)
        axes.set_ylabel(label)
    _number(panels[-1], record)
    return figure


def sample(record: CampaignRecord) -> Figure:
    """Where the sample came from, and its sizes beside the soil's."""
    figure, (upper, lower) = _panels(2, 2.3)
    number = np.arange(1, len(record.rows) + 1)
    p10, p50, p90 = (_column(record, f"origin_depth_{name}_m") * 1e3 for name in ("p10", "p50", "p90"))
    upper.vlines(number, p10, p90, color=BLUE, linewidth=6, alpha=0.35, label="10 to 90 % of the mass")
    upper.plot(number, p50, "o", color=BLUE, ms=5, label="median")
    upper.invert_yaxis()
    upper.set_ylabel("depth of origin [mm]")
    upper.legend(fontsize=8, frameon=False)
    lower.axhline(1, color=BLACK, linewidth=0.8, linestyle=":")
    lower.plot(number, _column(record, "size_bias"), "s", color=RED, ms=5)
    lower.set_ylabel("median size,\nsample over soil")
    _number(lower, record)
    return figure


PLOTS: tuple[Drawn, ...] = (
    (
        "campaign-mass",
        "Mass",
        "Mass in the container and in the tool against operating time; the dots are what was stored.",
        mass,
    ),
    (
        "campaign-load",
        "Force, torque, power",
        "What the soil did to the tool, as means between two rows of the histories.",
        load,
    ),
    (
        "campaign-operations",
        "Operations",
        "What each operation brought and cost.",
        operations,
    ),
    (
        "campaign-sample",
        "Provenance and size bias",
        "Depth below the undisturbed surface that each operation's sample came from, and its median grain size by mass "
        "over that of the soil that was dug.",
        sample,
    ),
)


def _panels(rows: int, height: float) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(9.0, 0.8 + rows * height), layout="constrained", facecolor="white")
    panels = list(figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0])
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
        axes.grid(axis="y", color="#E3E6E9", linewidth=0.6)
    return figure, panels


def _bands(axes: Axes, record: CampaignRecord, names: bool) -> None:
    """Every other operation as a band, named above."""
    start = 0.0
    for number, row in enumerate(record.rows):
        end = start + row["simulated_time_s"]
        if number % 2 == 0:
            axes.axvspan(start, end, color=BAND, linewidth=0, zorder=0)
        if names:
            name = row["name"] if len(record.rows) <= MOST_NAMES else str(number + 1)
            place = axes.get_xaxis_transform()
            axes.text((start + end) / 2, 1.01, name, transform=place, ha="center", va="bottom", fontsize=7)
        start = end


def _number(axes: Axes, record: CampaignRecord) -> None:
    """The operations along the axis."""
    if len(record.rows) <= MOST_NAMES:
        axes.set_xticks(range(1, len(record.rows) + 1), [row["name"] for row in record.rows], fontsize=8)
    axes.set_xlabel("operation")


def _column(record: CampaignRecord, key: str) -> np.ndarray:
    return np.array([np.nan if row[key] is None else row[key] for row in record.rows], dtype=float)

"""report.html of a campaign: its table, its figures, links to the operations' own. Reads the directory alone."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from regolith import campaign_plots, campaign_record, page
from regolith.campaign_record import OPERATIONS, CampaignRecord
from regolith.output.atomic import write_text

# key of an operation's row, heading, factor from SI
COLUMNS = (
    ("name", "operation", 0.0),
    ("outcome", "outcome", 0.0),
    ("stored_mass_kg", "stored [g]", 1e3),
    ("cumulative_mass_kg", "so far [g]", 1e3),
    ("peak_force_N", "peak force [N]", 1.0),
    ("mean_force_N", "mean [N]", 1.0),
    ("peak_torque_Nm", "peak torque [N m]", 1.0),
    ("mean_torque_Nm", "mean [N m]", 1.0),
    ("peak_power_W", "peak power [W]", 1.0),
    ("work_J", "work [J]", 1.0),
    ("specific_energy_J_per_kg", "[J/kg]", 1.0),
    ("size_bias", "size bias", 1.0),
    ("origin_depth_p50_m", "median depth [mm]", 1e3),
    ("simulated_time_s", "time [s]", 1.0),
    ("wall_s", "wall time [s]", 1.0),
)
DRILL_COLUMNS = (
    ("drilled_depth_m", "drilled [mm]", 1e3),
    ("core_recovery", "core recovery", 1.0),
    ("mean_drilling_torque_Nm", "drilling torque [N m]", 1.0),
    ("mean_weight_on_bit_N", "weight on bit [N]", 1.0),
    ("actuator_work_J", "actuators [J]", 1.0),
)
_TOTALS = (
    ("stored_mass_kg", "stored mass", "kg", 1.0),
    ("captured_mass_kg", "captured mass", "kg", 1.0),
    ("simulated_time_s", "operating time", "s", 1.0),
    ("work_J", "work on the soil", "J", 1.0),
    ("energy_J", "energy of the actuators", "J", 1.0),
    ("specific_energy_J_per_kg", "work per stored mass", "J/kg", 1.0),
    ("peak_force_N", "peak force", "N", 1.0),
    ("peak_torque_Nm", "peak torque", "N m", 1.0),
    ("peak_power_W", "peak power", "W", 1.0),
    ("wall_s", "wall time of the operations, added up", "s", 1.0),
)
_STATES = {
    "done": "The campaign is complete.",
    "running": "The campaign is going on, or was killed; in that case `regolith resume` goes on with it.",
    "interrupted": "The campaign was interrupted; `regolith resume` goes on with it.",
    "failed": "The campaign failed, and what follows is no result.",
}


def write(path: Path) -> Path:
    """Makes report.html and a PNG of every figure in a campaign's directory.

    Args:
        path: The directory; the campaign may be unfinished.

    Returns:
        Path of the page, which holds its figures; links lead to the operations' own reports.

    Raises:
        OutputError: It is no campaign's directory, something in it is damaged, or the disk refused.
    """
    record = campaign_record.read(Path(path))
    figures = [
        page.drawn(record.path, name, title, caption, draw(record))
        for name, title, caption, draw in (campaign_plots.PLOTS if record.rows else ())
    ]
    file = record.path / "report.html"
    write_text(file, _page(record, figures))
    return file


def table(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Headings, and a line of texts per operation; those of drills only where there is one."""
    drilled = any(row.get("drilled_depth_m") is not None for row in rows)
    columns = COLUMNS + (DRILL_COLUMNS if drilled else ())
    lines = [[shown(row.get(key), factor) for key, _, factor in columns] for row in rows]
    return [heading for _, heading, _ in columns], lines


def totals(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Totals of a campaign, a row of text a number."""
    return [(label, f"{shown(result.get(key), factor)} {unit}".strip()) for key, label, unit, factor in _TOTALS]


def shown(value: Any, factor: float) -> str:
    """A number to four digits; texts as they are."""
    if value is None:
        return "none"
    return f"{float(value) * factor:,.4g}" if factor else str(value)


def _page(record: CampaignRecord, figures: list[str]) -> str:
    name = escape(str(record.file.get("name", record.path.name)))
    nothing = "<p class='note'>No operation is done yet.</p>"
    parts = [
        f"<h1>{name}</h1><p class='sub'>campaign · {escape(record.path.resolve().name)}</p>",
        _verdict(record),
        "<h2>Operations</h2>",
        _operations(record) if record.rows else nothing,
        "<h2>Figures</h2>",
        "".join(figures) or nothing,
        _provenance(record),
    ]
    return page.document(name, parts)


def _verdict(record: CampaignRecord) -> str:
    state = escape(f"{_STATES.get(record.state, record.state)} {record.status.get('message', '')}")
    parts = [f"<h2>Verdict</h2><p class='state {escape(record.state)}'>{state}</p>"]
    result = record.status.get("result")
    if result:
        parts.append(f"<p class='verdict'>{escape(str(result['text']))}</p>")
        parts.append(page.table(totals(result)))
    return "".join(parts)


def _operations(record: CampaignRecord) -> str:
    lines = []
    headings, plain = table(record.rows)
    for row, texts in zip(record.rows, plain, strict=True):
        target = f"{OPERATIONS}/{row['folder']}/report.html"
        linked = f"<a href='{escape(target, quote=True)}'>{escape(texts[0])}</a>"
        lines.append([linked, *map(escape, texts[1:])])
    grid = page.grid(headings, lines)
    early = [f"<li>{escape(r['name'])}: {escape(r['reason'])}</li>" for r in record.rows if r["outcome"] != "done"]
    reasons = f"<p>Ended early:</p><ul>{''.join(early)}</ul>" if early else ""
    unneeded = (record.status.get("result") or {}).get("not_needed") or []
    rest = f"<p class='note'>Planned and not needed: {escape(', '.join(unneeded))}.</p>" if unneeded else ""
    words = (
        "<p class='note'>Size bias: median grain diameter by mass of the sample over that of the soil that was dug. "
        "Depths lie below the surface before anything was dug. campaign.csv holds every number.</p>"
    )
    return grid + reasons + rest + words


def _provenance(record: CampaignRecord) -> str:
    facts = {k: v for k, v in record.manifest.items() if k not in ("versions", "earlier_starts", "kind")}
    rows = [(key.replace("_", " "), str(value)) for key, value in facts.items()]
    rows += [(name, str(version)) for name, version in (record.manifest.get("versions") or {}).items()]
    return f"<h2>Provenance</h2>{page.table(rows)}<h3>mission.toml</h3><pre>{escape(record.text)}</pre>"

"""report.html of a study: what its runs found, which parameter matters, what failed. Reads the directory alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from regolith import page, study_labels, study_plots
from regolith.output.atomic import reporting, write_text
from regolith.study_labels import Shown
from regolith.sweep.chances import goal_chance, has_goal
from regolith.sweep.effects import Strength, known, strengths
from regolith.sweep.indices import SAMPLER, NoIndices, sobol_indices
from regolith.sweep.rows import ENDED, LOST
from regolith.sweep.study_dir import RUNS, StudyDir
from regolith.sweep.table import Table, read_table

MOST_ROWS = 300  # of the table of all runs
MOST_OPEN = 30  # rows of a table that is shown unfolded
_DESIGNS = {
    "": "every value with every other",
    "latin-hypercube": "Latin hypercube",
    "sobol": "scrambled Sobol sequence",
    SAMPLER: "Saltelli's design, for Sobol indices",
}
_ELSEWHERE = {"kind", "versions", "earlier_starts", "name"}


@dataclass(frozen=True)
class _Study:
    """A study's directory read back: its folder, manifest, study file and table."""

    path: Path
    manifest: dict[str, Any]
    text: str
    table: Table


def write(path: Path) -> Path:
    """Makes report.html and a PNG of every figure in a study's directory.

    Args:
        path: The directory; the study may be unfinished, and may go on meanwhile.

    Returns:
        Path of the page, which holds its figures; links lead to the runs' own reports.

    Raises:
        OutputError: It is no study's directory or has no table yet, something in it is damaged, or the disk refused.
    """
    study = _read(Path(path))
    figures = [
        page.drawn(study.path, plot.name, plot.title, plot.caption, plot.draw())
        for plot in study_plots.available(study.table)
    ]
    file = study.path / "report.html"
    write_text(file, _page(study, figures))
    return file


def _read(path: Path) -> _Study:
    directory = StudyDir(path)
    manifest = directory.manifest()
    with reporting(directory.study, "read"):
        text = directory.study.read_text(encoding="utf-8", errors="replace")
    return _Study(path, manifest, text, read_table(directory.table))


def _page(study: _Study, figures: Sequence[str]) -> str:
    table = study.table
    name = escape(table.name)
    outputs = study_labels.chief(table)
    nothing = "<p class='note'>The study has not come far enough for a figure.</p>"
    parts = [
        f"<h1>{name}</h1><p class='sub'>study of {escape(table.base)} · {escape(study.path.resolve().name)}</p>",
        _verdict(table, outputs),
        _design(table),
        _strengths(table, outputs),
        "<h2>Figures</h2>",
        "".join(figures) or nothing,
        _lost(table),
        _all_runs(table, outputs),
        _provenance(study),
    ]
    return page.document(name, parts)


def _verdict(table: Table, outputs: Sequence[Shown]) -> str:
    counts = {state: n for state in _order(table) if (n := table.columns["state"].count(state))}  # type: ignore[union-attr]
    done, n = counts.get("done", 0), table.n
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if state != "done")
    left = sum(count for state, count in counts.items() if state not in ENDED)
    if done == n:
        state, words = "done", f"All {n} runs are done."
    else:
        state = "running" if left or done else "failed"
        words = f"{done} of {n} runs are done; {told}." + " `regolith resume` goes on with the study." * bool(left)
    parts = [f"<h2>Verdict</h2><p class='state {state}'>{words}</p>"]
    if has_goal(table):
        parts.append(f"<p class='verdict'>{_goal(table)}</p>")
    if outputs:
        headings = ("over the runs that are done", "runs", "mean", "standard deviation", "least", "greatest")
        parts.append(page.grid(headings, [_summary(table, output) for output in outputs]))
    return "".join(parts)


def _order(table: Table) -> Iterable[str]:
    return dict.fromkeys(("done", "running", "interrupted", "waiting", *LOST, *table.columns["state"]))


def _goal(table: Table) -> str:
    chance = goal_chance(table)
    goal = "their goal" if table.goal is None else f"the goal of {table.goal:.4g} kg"
    if not chance.n:
        text = f"No campaign is done yet: nothing is known of the probability of reaching {goal}."
    else:
        text = (
            f"{chance.met} of {chance.n} campaigns met {goal}: a probability of {_percent(chance.share)}, 95 % "
            f"interval {_percent(chance.low)} to {_percent(chance.high)} (Wilson), over the parameters as the study "
            "spreads them."
        )
    if chance.lost:
        text += (
            f" {chance.lost} more failed, crashed or were refused, and what they would have brought is unknown: had "
            f"all of them missed the goal, it would be {_percent(chance.if_lost_missed)}; had all met it, "
            f"{_percent(chance.if_lost_met)}."
        )
    return text


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _summary(table: Table, output: Shown) -> list[str]:
    y = output.numbers(table)[known(table, output.key)]
    spread = y.std(ddof=1) if len(y) > 1 else np.nan
    numbers = [f"{value:.4g}" if np.isfinite(value) else "–" for value in (y.mean(), spread, y.min(), y.max())]
    return [escape(output.heading), str(len(y)), *numbers]


def _design(table: Table) -> str:
    rows = [("design", _DESIGNS.get(table.sampler, table.sampler))]
    rows += [("points sampled", f"{table.samples:,}")] if table.samples else []
    rows += [("runs a point", str(table.repeats)), ("runs", f"{table.n:,}")]
    lines = []
    for shown, parameter in zip(study_labels.parameters(table), table.parameters, strict=True):
        if parameter.design == "sampled" and parameter.low is not None and parameter.high is not None:
            scale = ", logarithmic" if study_labels.is_on_log_scale(table, shown) else ""
            values = f"{shown.text(parameter.low)} to {shown.text(parameter.high)} {shown.unit}".strip() + scale
        else:
            values = _listed(table, shown)
        lines.append([escape(shown.key), "sampled" if parameter.design == "sampled" else "list", escape(values)])
    return f"<h2>What varies</h2>{page.grid(('parameter', 'design', 'values'), lines)}{page.table(rows)}"


def _listed(table: Table, shown: Shown, most: int = 8) -> str:
    if shown.is_text:
        texts = study_labels.categories(table, shown.key)
    else:
        values = table.numbers(shown.key)
        texts = [shown.text(value) for value in np.unique(values[np.isfinite(values)])]
    if len(texts) > most:
        texts = [*texts[: most - 2], f"… {texts[-1]} ({len(texts)} values)"]
    return f"{', '.join(texts)} {shown.unit}".strip()


def _strengths(table: Table, outputs: Sequence[Shown]) -> str:
    """Slopes and shares of the variance, a line per result."""
    varied = [shown.key for shown in study_labels.parameters(table)]
    lines = []
    for output in outputs:
        found, explained = strengths(table, output.key)
        cells = [_strength(strength) for strength in found]
        lines.append([escape(output.label), *cells, f"{100 * explained:.0f} %" if np.isfinite(explained) else "–"])
    if not lines or not varied:
        return ""
    words = (
        "Above: change of the result, in its standard deviations, with one standard deviation of the parameter, and "
        "its 95 % interval (linear regression on all parameters; the last column is the share of the variance that it "
        "explains). Below, in brackets: share of the variance that the parameter explains alone, by the means of its "
        "values or a quadratic. A dash: it cannot be told, as slopes over texts cannot."
    )
    grid = page.grid(("result", *varied, "linear, all"), lines)
    return f"<h2>Which parameter matters</h2>{grid}<p class='note'>{words}</p>{_no_indices(table, outputs)}"


def _strength(strength: Strength) -> str:
    slope = "–"
    if np.isfinite(strength.slope):
        half = (strength.slope_high - strength.slope_low) / 2
        slope = f"{strength.slope:+.2f} ± {half:.2f}".replace("-", "\N{MINUS SIGN}")
    share = f"({100 * strength.share:.0f} %)" if np.isfinite(strength.share) else "(–)"
    return f"{slope}<br>{share}"


def _no_indices(table: Table, outputs: Sequence[Shown]) -> str:
    """Why there are no Sobol indices, where they were wanted."""
    if table.sampler != SAMPLER:
        return ""
    reasons = []
    for output in outputs:
        try:
            sobol_indices(table, output.key)
        except NoIndices as error:
            reasons.append(f"<li>{escape(output.label)}: {escape(str(error))}.</li>")
    return f"<p>No Sobol indices:</p><ul>{''.join(reasons)}</ul>" if reasons else ""


def _lost(table: Table) -> str:
    """Every run that failed, crashed or was refused."""
    runs = [run for run, state in enumerate(table.columns["state"]) if state in LOST]
    if not runs:
        return "<h2>Failed runs</h2><p class='note'>None.</p>"
    varied = study_labels.parameters(table)
    lines = [
        [_link(table, run), str(table.columns["state"][run]), *_cells(table, run, varied), *_why(table, run)]
        for run in runs
    ]
    headings = ("run", "state", *(shown.heading for shown in varied), "crashes", "reason")
    words = (
        "<p class='note'>Failed: the physics, the configuration or the disk. Crashed: a signal ended the process more "
        "often than is retried. Refused: the configuration cannot run. `regolith sweep --retry-failed` tries those "
        "that failed again.</p>"
    )
    grid = _folded(f"{len(runs)} runs", page.grid(headings, lines), len(runs))
    return f"<h2>Failed runs</h2>{grid}{words}"


def _why(table: Table, run: int) -> tuple[str, str]:
    # The reason may be long, while other cells of a wide table must not wrap.
    reason = (
        f"<div style='white-space: normal; text-align: left; min-width: 22rem'>{escape(table.columns['reason'][run])}"
    )
    return str(table.columns["crashes"][run]), f"{reason}</div>"


def _all_runs(table: Table, outputs: Sequence[Shown]) -> str:
    shown = [*study_labels.parameters(table), *outputs]
    runs = range(min(table.n, MOST_ROWS))
    lines = [
        [
            _link(table, run),
            str(table.columns["state"][run]),
            str(table.columns["repeat"][run]),
            *_cells(table, run, shown),
        ]
        for run in runs
    ]
    headings = ("run", "state", "repeat", *(column.heading for column in shown))
    rest = f"The first {MOST_ROWS} of {table.n:,} runs. " if table.n > MOST_ROWS else ""
    words = (
        f"<p class='note'>{rest}<a href='study.h5'>study.h5</a> holds every run and every number; `regolith export` "
        "writes it as CSV or Parquet.</p>"
    )
    grid = _folded(f"{len(runs)} runs", page.grid(headings, lines), len(runs))
    return f"<h2>All runs</h2>{grid}{words}"


def _folded(summary: str, html: str, rows: int) -> str:
    return html if rows <= MOST_OPEN else f"<details><summary>{summary}</summary>{html}</details>"


def _link(table: Table, run: int) -> str:
    """Number of a run; where it is done, as a link to its report."""
    number, name = str(table.columns["run"][run]), str(table.columns["id"][run])
    if table.columns["state"][run] != "done":
        return f"{number} {escape(name)}".strip()
    return f"{number} <a href='{RUNS}/{quote(name)}/report.html'>{escape(name)}</a>"


def _cells(table: Table, run: int, columns: Sequence[Shown]) -> list[str]:
    return [escape(column.text(table.columns[column.key][run])) for column in columns]


def _provenance(study: _Study) -> str:
    rows = [(key.replace("_", " "), str(value)) for key, value in study.manifest.items() if key not in _ELSEWHERE]
    rows += [(name, str(version)) for name, version in (study.manifest.get("versions") or {}).items()]
    starts = len(study.manifest.get("earlier_starts") or [])
    rows += [("continued", f"{starts} time{'s' * (starts > 1)}")] if starts else []
    rows += [("table", "study.h5"), ("runs", f"{RUNS}/ID/"), ("study file", "study.toml")]
    return f"<h2>Provenance</h2>{page.table(rows)}<h3>study.toml</h3><pre>{escape(study.text)}</pre>"

"""The page of a verification: what is verified, by how much, and what is not."""

import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from matplotlib.figure import Figure as Canvas

from regolith import page
from regolith.plots import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED
from regolith.verify.case import Case
from regolith.verify.run import Outcome

COLOURS = (BLUE, RED, GREEN, ORANGE, PURPLE, BLACK)
STATES = {
    "passed": ("verified", "#009e73"),
    "failed": ("FAILED", "#d55e00"),
    "reported": ("compared, no verdict", "#0072b2"),
    "not run": ("not run here", "#889"),
}
STYLE = """<style>
main { max-width: 76rem; }
th { text-align: left; border-bottom: 2px solid #889; padding: .28rem .6rem .28rem 0; }
td + td { text-align: left; } td.number, th.number { text-align: right; white-space: nowrap; }
.badge { color: #fff; border-radius: .3rem; padding: .05rem .5rem; font-size: .85rem; white-space: nowrap; }
summary { cursor: pointer; color: #445; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 0 1.5rem; }
</style>"""


def state_of(outcomes: Sequence[Outcome]) -> str:
    """passed, failed, reported (nothing but comparisons without a verdict) or not run."""
    checks = [check for outcome in outcomes for check in outcome["checks"]]
    if not outcomes:
        return "not run"
    if any(outcome["error"] for outcome in outcomes) or any(check["passed"] is False for check in checks):
        return "failed"
    return "passed" if any(check["passed"] for check in checks) else "reported"


def write(known: Mapping[str, Case], outcomes: Sequence[Outcome], about: str, skipped: Mapping[str, str]) -> str:
    """The page's text.

    Args:
        known: Every case there is, so that the page says what was not run.
        outcomes: What `run.run` gave.
        about: A line on version, device and date.
        skipped: Why a case was left out, by name.
    """
    by_case = {name: [o for o in outcomes if o["case"] == name] for name in known}
    states = [state_of(found) for found in by_case.values()]
    counts = ", ".join(f"{states.count(key)} {label}" for key, (label, _) in STATES.items() if key in states)
    parts = [
        STYLE,
        f"<h1>What is verified</h1><p class='sub'>{escape(about)}</p>",
        f"<p class='verdict'>{len(known)} cases: {escape(counts)}.</p>",
        _overview(known, by_case, skipped),
    ]
    parts += [_details(known[name], found) for name, found in by_case.items() if found]
    return page.document("regolith verify", parts)


def _badge(state: str) -> str:
    label, colour = STATES[state]
    return f"<span class='badge' style='background:{colour}'>{label}</span>"


def _overview(known: Mapping[str, Case], by_case: Mapping[str, Sequence[Outcome]], skipped: Mapping[str, str]) -> str:
    rows, family = [], ""
    for name, case in known.items():
        if case.family != family:
            family = case.family
            rows.append(f"<tr><th colspan='4'>{escape(family.replace('_', ' '))}</th></tr>")
        found = by_case[name]
        link = f"<a href='#{name}'>{escape(name)}</a>" if found else escape(name)
        worst = escape(_worst(found) if found else skipped.get(name, case.cost))
        rows.append(
            f"<tr><td>{link}</td><td>{escape(case.title)}</td><td>{_badge(state_of(found))}</td><td>{worst}</td></tr>"
        )
    return "<table>" + "\n".join(rows) + "</table>"


def _worst(outcomes: Sequence[Outcome]) -> str:
    """The check that comes nearest to its tolerance."""
    judged = [c for o in outcomes for c in o["checks"] if c["tolerance"]]
    if not judged:
        return ""
    worst = max(judged, key=lambda c: abs(c["error"]) / c["tolerance"])
    return f"worst error {abs(worst['error']):.2g} of {worst['tolerance']:.2g} allowed ({worst['quantity']})"


def _details(case: Case, outcomes: Sequence[Outcome]) -> str:
    notes = {note: None for outcome in outcomes for note in outcome["notes"]}  # each once, in order
    errors = [f"<pre>{escape(outcome['error'])}</pre>" for outcome in outcomes if outcome["error"]]
    drawn: list[Any] = next((o["figures"] for o in outcomes if o["figures"]), [])  # one precision's will do
    figures = [page.figure(f["title"], "", _draw(f)) for f in drawn]
    sources = {c["source"]: None for o in outcomes for c in o["checks"]} or {case.source: None}
    return "".join(
        [
            f"<h2 id='{case.name}'>{escape(case.title)} {_badge(state_of(outcomes))}</h2>",
            f"<p class='sub'>{escape(case.name)} · {sum(o['seconds'] for o in outcomes):.1f} s</p>",
            "".join(f"<p class='note'>{escape(text)}</p>" for text in [*sources, *notes]),
            *errors,
            _numbers(outcomes),
            f"<div class='figures'>{''.join(figures)}</div>",
        ]
    )


def _numbers(outcomes: Sequence[Outcome]) -> str:
    """Every check, folded away unless one failed."""
    names = ("quantity", "precision", "reference", "regolith", "error", "allowed", "")
    head = "".join(f"<th{' class=number' if 2 <= k <= 5 else ''}>{name}</th>" for k, name in enumerate(names))
    checks = [check for outcome in outcomes for check in outcome["checks"]]
    is_open = " open" if state_of(outcomes) == "failed" else ""
    summary = f"{len(checks)} numbers; {escape(_worst(outcomes)) or 'compared without a verdict'}"
    rows = "".join(_row(check) for check in checks)
    return f"<details{is_open}><summary>{summary}</summary><table><tr>{head}</tr>{rows}</table></details>"


def _row(check: Mapping[str, Any]) -> str:
    state = {True: "passed", False: "failed", None: "reported"}[check["passed"]]
    allowed = "" if check["tolerance"] is None else f"{check['tolerance']:.2g}"
    numbers = (
        f"{check['reference']:.6g} {check['unit']}",
        f"{check['value']:.6g} {check['unit']}",
        f"{check['error']:.2g}",
        allowed,
    )
    cells = "".join(f"<td class='number'>{escape(text)}</td>" for text in numbers)
    return (
        f"<tr><td>{escape(check['quantity'])}</td><td>{check['precision']}</td>{cells}<td>{_badge(state)}</td></tr>\n"
    )


def _draw(figure: Mapping[str, Any]) -> bytes:
    canvas = Canvas(figsize=(5.6, 3.8), layout="constrained")
    axes = canvas.subplots()
    for k, curve in enumerate(figure["curves"]):
        style = {"ls": "none", "marker": "o", "ms": 5, "mfc": "none"} if curve["marks"] else {"lw": 1.6}
        axes.plot(curve["x"], curve["y"], color=COLOURS[k % len(COLOURS)], label=curve["label"], **style)
    axes.set(xlabel=figure["x"], ylabel=figure["y"])
    if "x" in figure["log"]:
        axes.set_xscale("log")
    if "y" in figure["log"]:
        axes.set_yscale("log")
    axes.grid(color="#e3e6ea", lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    image = io.BytesIO()
    canvas.savefig(image, format="png", dpi=120)
    return image.getvalue()

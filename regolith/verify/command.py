"""`regolith verify`: runs cases, prints where we stand, writes JSON and the page."""

import datetime
import errno
import json
import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from regolith.errors import Interrupted, OutputError
from regolith.output.atomic import write_text
from regolith.verify.case import Case
from regolith.verify.catalogue import cases, chosen
from regolith.verify.run import Outcome, check_device, in_order, run, within_means

KEYS = ("case", "quantity", "reference", "value", "error", "tolerance", "passed", "source", "unit", "precision")


def list_cases() -> list[tuple[str, str]]:
    """Name and title of every case, long ones with their cost."""
    return [(case.name, case.title + (f" [long: {case.cost}]" if case.long else "")) for case in cases().values()]


def verify_cases(
    names: Sequence[str] = (),
    *,
    long: bool = False,
    json_file: Path | None = None,
    html: Path | None = None,
    arch: str = "cpu",
    threads: int | None = None,
    seeds: int | None = None,
) -> bool:
    """Run cases and say what they found.

    Args:
        names: Cases or families; none: the quick ones, or with `long` all.
        long: See `names`.
        json_file: Where every number goes.
        html: Where the page goes.
        arch: Backend.
        threads: CPU threads in all.
        seeds: Repeats of cases with a spread.

    Returns: Whether all passed.

    Raises:
        ConfigError: An unknown case, one that was named and cannot run here, or a backend that is not there.
        OutputError: A file cannot be written.
        Interrupted: Ctrl-C; what was found until then is written.
    """
    wanted, skipped = within_means(chosen(names, long), names, arch)
    check_device(arch, threads)
    for option, path in (("--json", json_file), ("--html", html)):
        if path:
            check_writable(option, path)
    console, outcomes = Console(highlight=False, markup=False), list[Outcome]()
    _announce(console, wanted, skipped)
    try:
        _gather(console, wanted, outcomes, arch, threads, seeds)
    finally:
        _write(in_order(outcomes, wanted), json_file, html, _about(arch), skipped)
    return _sum_up(console, wanted, outcomes)


def _gather(
    console: Console, wanted: Sequence[Case], outcomes: list[Outcome], arch: str, threads: int | None, seeds: int | None
) -> None:
    """Run the cases, print what they found and put it into `outcomes` as it comes."""

    def hear(outcome: Outcome) -> None:
        outcomes.append(outcome)
        _tell(console, outcome)

    try:
        run(wanted, hear, arch=arch, threads=threads, seeds=seeds)
    except KeyboardInterrupt:
        console.print(f"interrupted: {len(outcomes)} results of {len(wanted)} cases", style="bold")
        raise Interrupted from None


def _announce(console: Console, wanted: Sequence[Case], skipped: Mapping[str, str]) -> None:
    """What will not run, and what will take long."""
    for name, reason in skipped.items():
        console.print(f"{name} is left out: it {reason}")
    for case in wanted:
        if case.long:
            console.print(f"{case.name} is long: {case.cost}")


def check_writable(option: str, path: Path) -> None:
    """Try a file before anything is computed for it.

    Raises:
        OutputError: It cannot be written; what stands there is untouched.
    """
    probe = path.with_name(f".{path.name}.probe")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        probe.touch()
        probe.unlink()
    except OSError as error:
        remedy = "name a file in a folder that exists and that you may write to"
        raise OutputError(f"{option} {path}: cannot be written: {error.strerror or error}; {remedy}") from None


def _write(
    outcomes: Sequence[Outcome], json_file: Path | None, html: Path | None, about: str, skipped: Mapping[str, str]
) -> None:
    """The files that were asked for."""
    if json_file:
        checks = [{key: _plain(check[key]) for key in KEYS} for o in outcomes for check in _checks(o)]
        write_text(json_file, json.dumps(checks, indent=1) + "\n")
    if html:
        from regolith.verify.result_page import write

        write_text(html, write(cases(), outcomes, about, skipped))


def _checks(outcome: Outcome) -> list[dict[str, object]]:
    """The checks, and for a case that raised one more, which failed."""
    found: list[dict[str, object]] = list(outcome["checks"])
    if outcome["error"]:
        blank = dict.fromkeys(KEYS, None)
        what = {"case": outcome["case"], "quantity": "runs to its end", "passed": False}
        found.append(blank | what | {"precision": outcome["precision"], "source": outcome["error"].splitlines()[-1]})
    return found


def _plain(value: object) -> object:
    """JSON knows no NaN and no infinity: null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _tell(console: Console, outcome: Outcome) -> None:
    """A case's numbers, as soon as it is done."""
    failed = bool(outcome["error"]) or any(check["passed"] is False for check in outcome["checks"])
    word = "FAILED" if failed else "passed"
    console.print(f"{word}  {outcome['case']} ({outcome['precision']}, {outcome['seconds']:.1f} s)", style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(outcome["checks"]))
    for name in ("quantity", "reference", "regolith", "error", "allowed", ""):
        table.add_column(name, justify="left" if name in ("quantity", "") else "right", overflow="fold")
    for check in outcome["checks"]:
        verdict = {True: "", False: "FAILED", None: "reported"}[check["passed"]]
        allowed = "" if check["tolerance"] is None else f"{check['tolerance']:.2g}"
        numbers = (f"{check[key]:.6g} {check['unit']}".strip() for key in ("reference", "value"))
        table.add_row(check["quantity"], *numbers, f"{check['error']:.2g}", allowed, verdict)
    console.print(table)
    for text in [*outcome["notes"], outcome["error"]]:
        if text:
            console.print(text)


def _sum_up(console: Console, wanted: Sequence[Case], outcomes: Sequence[Outcome]) -> bool:
    checks = [check for outcome in outcomes for check in _checks(outcome)]
    failed = sorted({str(check["case"]) for check in checks if check["passed"] is False})
    reported = sum(check["passed"] is None for check in checks)
    judged = len(checks) - reported
    text = f"{len(wanted)} cases, {judged} numbers checked, {reported} reported without a verdict: "
    console.print(text + (f"FAILED: {', '.join(failed)}" if failed else "all passed"), style="bold")
    return not failed


def _about(arch: str) -> str:
    from importlib.metadata import version

    day = datetime.date.today().isoformat()
    return f"regolith {version('regolith-dem')}, Taichi {version('taichi')}, {arch} on {platform.machine()}, {day}"

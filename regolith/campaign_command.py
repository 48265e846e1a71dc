"""What `regolith run` and `regolith resume` do with a campaign: run it, then its table, totals, report and verdict."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from regolith import campaign, campaign_record, campaign_report
from regolith.board import TerminalBoard
from regolith.config import CampaignConfig
from regolith.console import print_grid, print_rows
from regolith.errors import Interrupted


def run(config: CampaignConfig, folder: Path, *, arch: str, threads: int | None, slots: int | None) -> None:
    """Run a campaign into a new directory."""
    typer.echo(f"run directory: {folder}", err=True)
    with _told(), TerminalBoard() as watch:
        campaign.run(config, folder, arch=arch, threads=threads or 1, slots=slots, watch=watch)
    _finish(folder)


def resume(folder: Path, *, arch: str | None, threads: int | None, slots: int | None) -> None:
    """Go on with a campaign."""
    with _told(), TerminalBoard() as watch:
        campaign.resume(folder, arch=arch, threads=threads, slots=slots, watch=watch)
    _finish(folder)


@contextmanager
def _told() -> Iterator[None]:
    """Says how to go on with an interrupted campaign."""
    try:
        yield
    except Interrupted as error:
        typer.echo(f"regolith: interrupted: {error}", err=True)
        raise


def _finish(folder: Path) -> None:
    record = campaign_record.read(folder)
    result, page = record.status["result"], campaign_report.write(folder)
    print_grid(*campaign_report.table(record.rows))
    files = [("table", str(folder / campaign_record.TABLE)), ("report", str(page))]
    print_rows([*campaign_report.totals(result), *files])
    typer.echo(result["text"])

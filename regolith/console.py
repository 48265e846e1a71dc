"""Rows and tables on standard output: drawn on a terminal, plain lines in a pipe or a file."""

import sys
from collections.abc import Iterable, Sequence

import typer


def print_grid(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Many columns on a terminal; in a pipe or a file lines of tab-separated texts."""
    from rich.console import Console
    from rich.table import Table

    if not sys.stdout.isatty():
        for row in (headings, *rows):
            typer.echo("\t".join(row))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    Console(markup=False, highlight=False).print(table)


def print_rows(rows: Iterable[tuple[str, str]]) -> None:
    """Two columns, wrapped to the terminal; in a pipe or a file every row is one line."""
    from rich.console import Console
    from rich.table import Table

    if not sys.stdout.isatty():
        for name, text in rows:
            typer.echo(f"{name}: {text}")
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(name, text)
    Console(markup=False, highlight=False).print(table)

"""A study's table for other programs: CSV and Parquet."""

from pathlib import Path
from typing import Any

from regolith.errors import OutputError
from regolith.output.atomic import replacing, reporting, write_all, write_text
from regolith.output.table import csv_text
from regolith.sweep.table import Column, Table, read_table


def export(table_path: Path, file: Path) -> None:
    """Writes a table for other programs, in SI.

    CSV has units in its header, as `tool.width [m]`, and empty cells where there is no value. Parquet has plain names;
    each column's unit is the metadata `units` of its field, and the study's facts are metadata of the schema.

    Args:
        table_path: `study.h5`.
        file: Where to; ends in .csv or .parquet. Replaced if it is there.

    Raises:
        OutputError: As `read_table`; another ending, no pyarrow for Parquet, or the disk refused.
    """
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    writer = writers.get(file.suffix.lower())
    if writer is None:
        raise OutputError(f"{file}: ends in {file.suffix!r}; must end in {' or '.join(writers)}")
    writer(read_table(table_path), file)


def _write_csv(table: Table, file: Path) -> None:
    headings = [f"{name} [{unit}]" if (unit := table.units[name]) else name for name in table.columns]
    cells = zip(*map(_cells, table.columns.values()), strict=True)
    rows = [dict(zip(headings, row, strict=True)) for row in cells]
    write_text(file, csv_text(rows, headings))


def _write_parquet(table: Table, file: Path) -> None:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise OutputError(
            f"{file}: Parquet needs pyarrow, which is not installed. Install it (`pip install pyarrow`), or choose a "
            "name that ends in .csv."
        ) from None
    fields = [
        arrow.field(name, arrow.string() if table.is_text(name) else arrow.from_numpy_dtype(column.dtype))  # type: ignore[union-attr]
        .with_metadata({"units": table.units[name]})
        for name, column in table.columns.items()
    ]  # fmt: skip
    facts = {"name": table.name, "base": table.base, "sampler": table.sampler, "goal_kg": str(table.goal or "")}
    content = arrow.BufferOutputStream()
    made = arrow.table([_cells(c) for c in table.columns.values()], schema=arrow.schema(fields, metadata=facts))
    parquet.write_table(made, content)
    with reporting(file, "write"), replacing(file) as handle:
        write_all(handle, memoryview(content.getvalue()), 0)


def _cells(column: Column) -> list[Any]:
    """Plain values; None where a number is missing."""
    if isinstance(column, list):
        return column
    return [None if value != value else value for value in column.tolist()]  # NaN alone differs from itself

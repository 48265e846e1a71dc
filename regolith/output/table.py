"""A table of rows as CSV text, for people and other programs."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> str:
    """A header and a line a row; None is an empty cell; empty without columns.

    Args:
        rows: The rows.
        columns: Their keys, in order; default: those of the first row.
    """
    columns = columns or list(rows[0] if rows else ())
    if not columns:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

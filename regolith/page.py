"""Pages that stand on their own: one file, its figures inside, readable anywhere."""

import base64
import io
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from regolith.output.atomic import replacing, reporting, write_all

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CSS = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; color: #22262b; background: #fff; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 .2rem; }
.sub { color: #667; margin: .2rem 0 1.4rem; }
.state { padding: .6rem .9rem; border-left: 4px solid #009e73; background: #f2f8f6; }
.state.running, .state.interrupted { border-color: #e69f00; background: #fdf7ea; }
.state.failed { border-color: #d55e00; background: #fdf1ea; }
.verdict { font-size: 1.08rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td { padding: .28rem .6rem .28rem 0; border-bottom: 1px solid #e7e9ec; vertical-align: top; }
th { padding: .28rem .6rem .28rem 0; border-bottom: 2px solid #b8bcc2; font-size: .82rem; text-align: right; }
th:first-child { text-align: left; }
.wide { overflow-x: auto; } .wide td { white-space: nowrap; }
td + td { text-align: right; overflow-wrap: anywhere; }
figure { margin: 1.6rem 0 2rem; } img { width: 100%; height: auto; }
figcaption, .note { color: #556; font-size: .9rem; }
li { margin: .3rem 0; }
pre { background: #f5f6f8; padding: 1rem; overflow-x: auto; font-size: .82rem; line-height: 1.45; }
"""


def document(title: str, parts: Iterable[str]) -> str:
    """A whole page from the parts of its body; the title is plain text."""
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{title}</title>"
    head = f"<!doctype html>\n<html lang='en'><head>{head}<style>{CSS}</style></head>\n<body><main>\n"
    return head + "\n".join(parts) + "\n</main></body></html>\n"


def figure(title: str, caption: str, png: bytes) -> str:
    """A figure with its heading and caption, the image inside."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    title, caption = escape(title), escape(caption)
    return f"<figure><h3>{title}</h3><img alt='{title}' src='{source}'><figcaption>{caption}</figcaption></figure>\n"


def drawn(folder: Path, name: str, title: str, caption: str, drawing: "Figure") -> str:
    """A figure for a page, which is also written to NAME.png in a folder.

    Raises:
        OutputError: The disk refused.
    """
    image = io.BytesIO()
    drawing.savefig(image, format="png", dpi=150)
    file = folder / f"{name}.png"
    with reporting(file, "write"), replacing(file) as handle:
        write_all(handle, image.getvalue(), 0)
    return figure(title, caption, image.getvalue())


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Two columns of plain text."""
    body = "".join(f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>\n" for name, text in rows)
    return f"<table>{body}</table>"


def grid(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Many columns: headings of plain text, cells of HTML."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<div class='wide'><table><tr>{head}</tr>\n{body}</table></div>"

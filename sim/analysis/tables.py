"""Small tables as text and as HTML, and how numbers are written in them."""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Table", "as_html", "as_text", "clean", "number", "percent", "tally"]


@dataclass(frozen=True)
class Table:
    """A table of text cells: the first column names the row, the others are numbers.

    Attributes
    ----------
    title
        What the rows are.
    head
        Names of the columns, the first included.
    rows
        Cells; a row of one cell is a heading inside the table.
    note
        A sentence beneath.
    left
        Number of columns set flush left.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    left: int = 1

    def text(self) -> str:
        """Return the table in fixed-width text."""
        cells = [tuple(clean(cell) for cell in row) for row in (self.head, *self.rows)]
        full = [row for row in cells if len(row) == len(self.head)]
        widths = [max(_width(row[i]) for row in full) for i in range(len(self.head))]
        lines = [clean(self.title)] if self.title else []
        for row in cells:
            padded = [_pad(cell, width, i < self.left) for i, (cell, width) in enumerate(zip(row, widths))]
            lines.append("  ".join(padded).rstrip() if len(row) > 1 else row[0])
        if self.note:
            lines.append(clean(self.note))
        return "\n".join(lines)

    def html(self) -> str:
        """Return the table as HTML, every cell escaped."""
        align = ["left" if i < self.left else "right" for i in range(len(self.head))]
        out = ["<table>"]
        if self.title:
            out.append(f"<caption style='text-align:left;font-weight:bold'>{_escape(self.title)}</caption>")
        columns = zip(self.head, align)
        head = "".join(f"<th scope='col' style='text-align:{a}'>{_escape(c)}</th>" for c, a in columns)
        out.append(f"<thead><tr>{head}</tr></thead><tbody>")
        for row in self.rows:
            if len(row) == 1:
                cells = f"<th colspan='{len(self.head)}' style='text-align:left'>{_escape(row[0])}</th>"
            else:
                cells = "".join(f"<td style='text-align:{a}'>{_escape(c)}</td>" for c, a in zip(row, align))
            out.append(f"<tr>{cells}</tr>")
        out.append("</tbody></table>")
        if self.note:
            out.append(f"<p>{_escape(self.note)}</p>")
        return "".join(out)


def as_text(head: Sequence[str], tables: Sequence[Table]) -> str:
    """Return lines and tables as one text, with an empty line between."""
    return "\n\n".join(["\n".join(clean(line) for line in head), *(table.text() for table in tables)])


def as_html(head: Sequence[str], tables: Sequence[Table]) -> str:
    """Return lines and tables as one HTML fragment, escaped."""
    lines = "".join(f"<p>{_escape(line)}</p>" for line in head)
    return f"<div>{lines}{''.join(table.html() for table in tables)}</div>"


def _escape(text: str) -> str:
    return html.escape(clean(text), quote=True)


def clean(text: str) -> str:
    """Return the text on one line, with control characters shown instead of obeyed."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\u00a0" else repr(c)[1:-1] for c in text)


def _width(text: str) -> int:
    """Columns that the text takes in a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text


def number(value: float, digits: int = 2) -> str:
    """Return a number with fixed decimals, grouped thousands; ``–`` for NaN, ``inf`` as a word."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "inf" if value > 0 else "−inf"
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text.replace("-", "−")


def percent(share: float, digits: int = 2) -> str:
    """Return a fraction in percent, without the sign."""
    return number(100 * share, digits)


def tally(times: int, draws: int) -> str:
    """Return ``k of n draws``, or the words for none and all of them."""
    if draws == 1:
        return f"{times} of 1 draw"
    if times in (0, draws):
        return f"none of {draws:,} draws" if times == 0 else f"all {draws:,} draws"
    return f"{times:,} of {draws:,} draws"

"""Writes tables as CSV. Every file with commas between its cells is written here.

A spreadsheet computes what looks like a formula, and a formula can run a program or send the table away. So every cell
is in quotes, and a text that a spreadsheet might take for a formula begins with an apostrophe, which makes it a text.
A program that expects semicolons or tabs instead of commas sees other cells: no cell may begin with a formula for it
either. Numbers stay numbers.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from unicodedata import category, normalize

# What begins a formula, also in full width, small, raised and lowered, which some programs take for the same.
_SIGNS = "".join(c for c in map(chr, range(0x21, 0x10000)) if normalize("NFKC", c) in "=+-@\u2212")
# Programs ignore spaces, quotes and invisible characters in front of it.
_BEFORE = r"\s\"'\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"
_FORMULA = re.compile(rf"(^|[;|])([{_BEFORE}]*)(?=[{re.escape(_SIGNS)}].)")
_NUMBER = re.compile(r"[-+]?[\d.,]+")


def as_csv(rows: Iterable[Sequence[str]], exact: Iterable[int] = ()) -> str:
    """Rows as CSV.

    Args:
        rows: the table.
        exact: columns that another program compares, whose cells stay as they are.
    """
    kept = set(exact)
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([cell if n in kept else harmless(cell) for n, cell in enumerate(row)] for row in rows)
    return text.getvalue()


def harmless(text: str) -> str:
    """A text that no spreadsheet computes, whatever it takes for the end of a cell. A number stays as it is."""
    if _NUMBER.fullmatch(text.strip()):
        return text
    line = "".join(" " if category(c) == "Cc" else c for c in text)
    return _FORMULA.sub(r"\1'\2", line)

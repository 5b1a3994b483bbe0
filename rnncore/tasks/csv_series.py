"""A series from a table that somebody exported: read it, or say what is wrong with it."""

import csv
import io
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np


class CsvSeries(NamedTuple):
    """One column of a table, and what its steps are called."""

    name: str
    """The column, as its first line calls it."""
    times: list[str]
    """What stands beside each value, such as its month; the number of the line if nothing does."""
    values: np.ndarray
    """(N,), float64."""


def read_series(path: str | Path, column: str | None = None) -> CsvSeries:
    """Read a series from a CSV file: a line of names, then a line for each step, the oldest first.

    A line has a time and a value, or a value alone. Nothing is repaired: what a forecast rests on
    is for a person to decide.

    Args:
        path: the file, in UTF-8, with commas, semicolons or tabs between the columns.
        column: the name of the column with the values, if there are more than two columns; the
            first one then holds the times.

    Returns:
        `CsvSeries(name, times, values)`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a value is missing or no number, if lines do not fit or steps do not follow
            each other, or if there is more than one column of values and none is named.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig").rstrip()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be text in UTF-8; save it as “CSV UTF-8”") from error
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = [
        [field.strip() for field in row]
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    ]
    if len(rows) < 3:
        raise ValueError(
            f"{path} must have a line of names and at least two of values; got {len(rows)}"
        )
    names, place = rows[0], _place(path, rows[0], column)
    times, values = [], []
    for number, row in enumerate(rows[1:], start=2):
        where = f"{path}, line {number}" + (f" ({row[0]})" if len(row) > 1 else "")
        times.append(row[0] if len(names) > 1 and row else str(number))
        values.append(_value(where, row, names, place))
    _require_steady(path, times)
    return CsvSeries(names[place], times, np.array(values))


def _place(path: str | Path, names: list[str], column: str | None) -> int:
    """Which column holds the values."""
    if any(_number(name) is not None for name in names):
        raise ValueError(f"{path}, line 1 must name the columns; got {', '.join(names)}")
    if column is not None:
        if column not in names:
            raise ValueError(f"column must be one of {', '.join(names)}; got {column!r}")
        return names.index(column)
    if len(names) > 2:
        raise ValueError(
            f"{path} must have a time and a value in each line; got {len(names)} columns: "
            f"{', '.join(names)}. Say which holds the values: read_series(path, {names[-1]!r})"
        )
    return len(names) - 1


def _value(where: str, row: list[str], names: list[str], place: int) -> float:
    if len(row) > len(names):
        raise ValueError(
            f"{where} must have {len(names)} fields, as line 1 has; got {len(row)}. Is there a "
            f"comma in a number, such as 1,024 or 3,5? Write 1024 and 3.5"
        )
    if len(row) <= place or row[place].lower() in ("", "na", "n/a", "nan", "null", "none", "-"):
        raise ValueError(
            f"{where} must have a value under {names[place]!r}; there is a gap. Cut the series "
            f"there, or fill it in, say with the mean of its neighbours, and note down that you did"
        )
    value = _number(row[place])
    if value is None:
        raise ValueError(f"{where} must have a number under {names[place]!r}; got {row[place]!r}")
    return value


def _require_steady(path: str | Path, times: list[str]) -> None:
    """Where times can be read as numbers or dates: they go forward, and none is left out.

    Days may be left out, as there are weekends.
    """
    places = _places(times)
    if places is None:
        return
    steps = np.diff(places)
    if np.all(steps < 0):
        raise ValueError(
            f"{path} must have the oldest line first; its times run backwards: turn it"
        )
    usual = float(np.median(steps))
    daily = usual == 1.0 and any("-" in time for time in times)
    for wrong, said in (
        (steps <= 0, "the second is not later than the first"),
        ((steps > 1.5 * usual) & (not daily), "lines between them are missing"),
    ):
        if wrong.any():
            k = int(np.argmax(wrong))
            pair = f"lines {k + 2} and {k + 3} ({times[k]}, {times[k + 1]})"
            raise ValueError(f"{path}, {pair} must be one step apart; {said}")


def _places(times: list[str]) -> np.ndarray | None:
    numbers = [_number(time) for time in times]
    if None not in numbers:
        return np.array(numbers, dtype=float)
    try:
        return np.array(times, dtype="datetime64[D]").astype(float)
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

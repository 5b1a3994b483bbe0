"""How far a student has come: what the visible checks said when the notebooks were last saved."""

import html
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"

_NOTE = (
    "As your notebooks were last saved. These are the visible checks; "
    "points come from further ones, when your work is graded."
)
_MARKS = {PASSED: "✓", FAILED: "✗", NOT_RUN: "·"}
_BOX = (
    "display:inline-block;width:1.5em;margin-right:2px;padding:0 1px;text-align:center;"
    "border-radius:3px;"
)
# Only the two fills are set; all else is the theme's, so a table is readable in light and in dark.
_STYLES = {
    PASSED: _BOX + "border:1px solid #007a5a;background:#007a5a;color:#fff",
    FAILED: _BOX + "border:1px solid #b84f00;background:#b84f00;color:#fff",
    NOT_RUN: _BOX + "border:1px dashed",
}


@dataclass(frozen=True)
class UnitProgress:
    """What the visible checks of one notebook said.

    Attributes:
        path: where the notebook is.
        title: its first heading, or its name if it has none.
        checks: `"passed"`, `"failed"` or `"not run"` for each exercise, by the function's name.
        damage: why it could not be read, if so.
    """

    path: Path
    title: str
    checks: dict[str, str]
    damage: str = ""

    def names(self, state: str) -> list[str]:
        """The exercises whose checks ended like this.

        Args:
            state: `"passed"`, `"failed"` or `"not run"`.

        Returns:
            The names of their functions, in order.
        """
        return [name for name, found in self.checks.items() if found == state]

    def summary(self) -> str:
        """How many checks passed, and which did not, in a line."""
        if self.damage:
            return f"{self.path}: {self.damage}"
        parts = [f"{len(self.names(PASSED))} of {len(self.checks)} passed"]
        for state in (FAILED, NOT_RUN):
            names = self.names(state)
            if names:
                all_of_them = len(names) == len(self.checks) > 1
                parts.append(f"{state}: {'all' if all_of_them else ', '.join(names)}")
        return "; ".join(parts)


@dataclass(frozen=True, repr=False)
class Progress:
    """The progress of a student in all notebooks of a folder; a notebook shows it as a table.

    Attributes:
        folder: where was looked.
        units: what was found, in the order of the notebooks' names.
    """

    folder: Path
    units: tuple[UnitProgress, ...]

    def __repr__(self) -> str:
        if not self.units:
            return f"There is no notebook of a unit in {self.folder}."
        lines = []
        for unit in self.units:
            bar = "".join(_MARKS[state] for state in unit.checks.values())
            lines += [unit.title, f"    {bar} {unit.summary()}" if bar else f"    {unit.summary()}"]
        return "\n".join([*lines, _NOTE])

    def _repr_html_(self) -> str:
        if not self.units:
            return f"<p>{html.escape(repr(self))}</p>"
        cell = '<td style="text-align:left">'
        rows = "".join(
            f"<tr>{cell}{_link(unit)}</td>{cell}{_bar(unit)}</td>"
            f"{cell}{html.escape(unit.summary())}</td></tr>"
            for unit in self.units
        )
        heads = "".join(
            f'<th style="text-align:left">{head}</th>' for head in ("unit", "exercises", "checks")
        )
        return f"<table><tr>{heads}</tr>{rows}</table><p>{_NOTE}</p>"


def progress(folder: str | Path = ".") -> Progress:
    """Read how far the unit notebooks in a folder, and in the folders below it, have come.

    A visible check has passed if the last run of its cell printed the line `All good`. Nothing is
    run and nothing is written; what is not saved does not count.

    Args:
        folder: where to look. Hidden folders are left out.

    Returns:
        A table, for each unit with the exercises whose checks passed, failed or were not run. A
        notebook that cannot be read has a line that says so.
    """
    found = (_read(path) for path in _notebooks(Path(folder)))
    units = sorted((unit for unit in found if unit), key=lambda unit: (unit.path.name, unit.path))
    return Progress(Path(folder), tuple(units))


def _notebooks(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in files if name.endswith(".ipynb"))


def _read(path: Path) -> UnitProgress | None:
    """The progress in one notebook, or None if it is no unit's."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
        checks = dict(_check(cell) for cell in cells if _is_check(cell))
        texts = [_text(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    except OSError as error:
        return UnitProgress(path, path.stem, {}, f"cannot be opened ({error.strerror})")
    except json.JSONDecodeError as error:
        return UnitProgress(path, path.stem, {}, f"is damaged at line {error.lineno}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return UnitProgress(path, path.stem, {}, "is damaged, or is no notebook")
    heading = re.search(r"^# +(.+)", "\n".join(texts), flags=re.MULTILINE)
    name = heading[1].strip() if heading else path.stem
    if not checks:
        lost = re.match(r"u\d\d_", path.name)
        return UnitProgress(path, name, {}, "has lost its checks") if lost else None
    return UnitProgress(path, name, checks)


def _is_check(cell: dict[str, Any]) -> bool:
    entry = cell["metadata"].get("nbgrader", {})
    return cell["cell_type"] == "code" and entry.get("grade") and not entry.get("solution")


def _check(cell: dict[str, Any]) -> tuple[str, str]:
    name = cell["metadata"]["nbgrader"]["grade_id"].removesuffix("-check").replace("-", "_")
    outputs = cell["outputs"]
    if not outputs and cell["execution_count"] is None:
        return name, NOT_RUN
    printed = "".join(_text(out["text"]) for out in outputs if out["output_type"] == "stream")
    stopped = any(out["output_type"] == "error" for out in outputs)
    return name, PASSED if "All good" in printed.splitlines() and not stopped else FAILED


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _link(unit: UnitProgress) -> str:
    return f'<a href="{quote(os.path.relpath(unit.path))}">{html.escape(unit.title)}</a>'


def _bar(unit: UnitProgress) -> str:
    boxes = "".join(
        f'<span title="{html.escape(name)}: {state}" style="{_STYLES[state]}">'
        f"{_MARKS[state]}</span>"
        for name, state in unit.checks.items()
    )
    return f'<span style="white-space:nowrap">{boxes}</span>'

"""Grades that the checks of another version of this package have given: what changed, and a copy before they change."""

import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat

from autograder.authoring.units import UnknownUnit, find_unit
from autograder.grading.class_folder import ClassFolder
from autograder.grading.history import some
from autograder.grading.rules import read_rules

Checks = dict[str, float]
"""The checks of an exercise by name, and the part of its points that each gives."""


def lines_on_earlier_checks(course: ClassFolder, unit: str, students: Sequence[str]) -> list[str]:
    """Say whose grades are from checks of another version, how the checks of this one differ, and which waivers end.

    Args:
        course: the class.
        unit: the unit.
        students: whose grades these are.

    Raises:
        BadInput: if the rules of the class cannot be read.
    """
    if not students:
        return []
    current = _current(unit)
    changes = list(_changes(_earlier(course, unit, students), current)) or [
        "the checks have the same names and points; how they judge may differ"
    ]
    changes += [
        f"{waiver.exercise}: “{waiver.check}” is waived ({waiver.reason}), and no check of this version: whoever is "
        "graded again loses what the waiver gave. Waive the check that takes its place"
        for waiver in read_rules(course.root).waivers_of(unit)
        if waiver.check not in current.get(waiver.exercise, [waiver.check])
    ]
    return [
        f"{len(students)} of the grades are from checks of another version of the course, and stay: {some(students)}",
        *(f"  {change}" for change in changes),
        f"`rnncourse grade {unit} --force` grades everybody with those of this version, and keeps a copy of the "
        "gradebook first",
    ]


def keep_gradebook(course: ClassFolder) -> Path | None:
    """Put a copy of the gradebook into the folder `kept`; None if it is on a database server, which has its own."""
    url = course.directory.db_url
    if not url.startswith("sqlite:///"):
        return None
    kept = course.root / "kept" / f"gradebook-{datetime.now():%Y-%m-%d-%H%M%S}.db"
    kept.parent.mkdir(exist_ok=True)
    source = Path(url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(source)) as gradebook, closing(sqlite3.connect(kept)) as copy:
        gradebook.backup(copy)
    shutil.copymode(source, kept)
    return kept


def _earlier(course: ClassFolder, unit: str, students: Iterable[str]) -> dict[str, Checks]:
    """The checks in the verdicts of some students, by exercise."""
    found: dict[str, Checks] = {}
    for student in students:
        for cell in nbformat.read(course.autograded_notebook(unit, student), as_version=4).cells:
            verdict = cell.metadata.get("rnncourse")
            if verdict:
                found.setdefault(verdict["exercise"], _parts(verdict["checks"]))
    return found


def _current(unit: str) -> dict[str, Checks]:
    try:
        tasks = find_unit(unit).tasks()
    except UnknownUnit:
        return {}
    return {task.id: _parts([vars(check) for check in task.exercise.checks]) for task in tasks if task.exercise}


def _parts(checks: Sequence[dict[str, Any]]) -> Checks:
    most = sum(check["points"] for check in checks) or 1.0
    return {check["name"]: check["points"] / most for check in checks}


def _changes(earlier: dict[str, Checks], current: dict[str, Checks]) -> Iterable[str]:
    for exercise in sorted(earlier.keys() & current.keys()):
        before, now = earlier[exercise], current[exercise]
        for name in sorted(now.keys() - before.keys()):
            yield f"{exercise}: “{name}” is new, and gives {now[name]:.0%} of the points"
        for name in sorted(before.keys() - now.keys()):
            yield f"{exercise}: “{name}” is gone; it gave {before[name]:.0%} of the points"
        for name in sorted(now.keys() & before.keys()):
            if abs(now[name] - before[name]) > 1e-6:
                yield f"{exercise}: “{name}” gives {now[name]:.0%} of the points, before {before[name]:.0%}"

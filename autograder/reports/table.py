"""The grades of a class as a table for the terminal and as a CSV file."""

import csv
from collections.abc import Iterable
from pathlib import Path
from textwrap import indent

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autograder.grading.gradebook import Grade

WIDE = 120
COLUMNS = ("student", "unit", "exercise", "score", "max_score", "reason")


def write_csv(grades: Iterable[Grade], path: Path) -> None:
    """Write one line per student and exercise; a score that waits for the instructor is empty."""
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for g in grades:
            score = "" if g.score is None else f"{g.score:g}"
            writer.writerow([g.student, g.unit, g.exercise, score, f"{g.max_score:g}", g.reason])
    partial.replace(path)


def grade_table(grades: list[Grade], width: int) -> RenderableType:
    """One row per student: points per exercise, their sum, and why points were lost.

    Args:
        grades: the grades of one unit.
        width: columns of the terminal; on a narrow one the reasons are below the table.
    """
    exercises = list(dict.fromkeys(grade.exercise for grade in grades))
    by_student: dict[str, dict[str, Grade]] = {}
    for grade in grades:
        by_student.setdefault(grade.student, {})[grade.exercise] = grade
    wide = width >= WIDE
    table = Table(title=f"Grades of {grades[0].unit}" if grades else None, show_lines=wide)
    if not wide:
        table.box, table.padding = box.SIMPLE, (0, 0, 0, 1)
    table.add_column("student", no_wrap=True)
    for exercise in exercises:
        table.add_column(exercise.replace("-", "\n"), justify="right")
    table.add_column("sum", justify="right")
    if wide:
        table.add_column("why points were lost", ratio=1)
    notes = []
    for student, row in by_student.items():
        points = ["…" if row[e].score is None else f"{row[e].score:g}" for e in exercises]
        total = sum(grade.score or 0.0 for grade in row.values())
        why = _reasons(list(row.values()))
        table.add_row(student, *points, f"{total:g}", *([why] if wide else []))
        notes += [Text(f"{student}\n{indent(why, '  ')}")] if why else []
    if by_student:
        maxima = [next(iter(by_student.values()))[e].max_score for e in exercises]
        legend = "… waits for the instructor"
        table.add_section()
        table.add_row("of", *(f"{m:g}" for m in maxima), f"{sum(maxima):g}", *([legend] if wide else []), style="dim")
        notes.append(Text(legend))
    return table if wide else Group(table, *notes)


def _reasons(row: list[Grade]) -> str:
    """Why points were lost: each reason once, with its exercises."""
    lost: dict[str, list[str]] = {}
    for grade in row:
        if grade.score is not None and grade.score < grade.max_score and grade.reason:
            lost.setdefault(grade.reason, []).append(grade.exercise)
    return "\n".join(f"{', '.join(exercises)}: {reason}" for reason, exercises in lost.items())

"""The grades of a class as a table for the terminal and as CSV files."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import indent

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autograder.grading.class_folder import ClassFolder
from autograder.grading.csv_text import as_csv
from autograder.grading.gradebook import EXCUSED, WAITING, Grade, Result, weighed
from autograder.grading.own_files import write_own

WIDE = 120
LONGEST_NAME = 30
"""Longer names take several lines, so that they leave room for the points."""
COLUMNS = ("student", "unit", "exercise", "score", "max_score", "reason")
TOTAL_COLUMNS = ("student", "last_name", "first_name", "unit", "points", "late_penalty", "total", "max_points", "state")


def write_csv(course: ClassFolder, results: Iterable[Result], path: Path) -> None:
    """Write one line per student and exercise; a score that waits for the instructor is empty.

    Raises:
        BadInput: if another file is at that place.
    """
    grades = [grade for result in results for grade in result.grades]
    rows = [(g.student, g.unit, g.exercise, _number(g.score), _number(g.max_score), g.remarks) for g in grades]
    write_own(course, path, as_csv([COLUMNS, *rows]))


def write_totals(course: ClassFolder, unit: str, results: Sequence[Result], path: Path) -> None:
    """Write one line per student. The total is empty while a question waits or nothing is graded.

    Raises:
        BadInput: if another file is at that place.
    """
    most = sum(grade.max_score for grade in next((result.grades for result in results if result.grades), ()))
    rows = [
        (
            result.student,
            result.last_name,
            result.first_name,
            unit,
            _number(result.points if result.grades else None),
            _number(result.penalty if result.grades else None),
            _number(result.total if result.state == "graded" else None),
            _number(most),
            result.state,
        )
        for result in results
    ]
    write_own(course, path, as_csv([TOTAL_COLUMNS, *rows]))


def grade_table(unit: str, results: Sequence[Result], width: int) -> RenderableType:
    """One row per student: points per exercise, late penalty, total, and why points were lost.

    Args:
        unit: the unit.
        results: everybody's results.
        width: columns of the terminal; on a narrow one the reasons are below the table.
    """
    graded = [result for result in results if result.grades]
    maxima = {grade.exercise: grade.max_score for grade in (graded[0].grades if graded else ())}
    late = any(result.penalty for result in results)
    wide = width >= WIDE
    table = Table(title=f"Grades of {unit}" if results else None, show_lines=wide)
    if not wide:
        table.box, table.padding = box.SIMPLE, (0, 0, 0, 1)
    table.add_column("student", overflow="fold", max_width=LONGEST_NAME)
    for name in (*(exercise.replace("-", "\n") for exercise in maxima), *(["late"] if late else []), "sum"):
        table.add_column(name, justify="right", no_wrap=True)
    if wide:
        table.add_column("why points were lost", ratio=1)
    notes = []
    for result in results:
        row = {grade.exercise: grade for grade in result.grades}
        points = ["…" if row[e].score is None else f"{row[e].score:g}" for e in maxima] if row else ["–"] * len(maxima)
        penalty = [f"-{result.penalty:g}" if result.penalty else ""] if late else []
        why = "\n".join(
            filter(None, (f"{EXCUSED}: {result.excused}" if result.excused else "", reasons(result.grades)))
        )
        why = why or ("" if row else result.state)
        total = "EX" if result.excused else f"{result.total:g}" if row else "–"
        table.add_row(result.student, *points, *penalty, total, *([why] if wide else []))
        notes += [Text(f"{result.student}\n{indent(why, '  ')}")] if why else []
    if graded:
        legend = "… waits for the instructor"
        table.add_section()
        most = [f"{m:g}" for m in maxima.values()]
        last = [*([""] if late else []), f"{sum(maxima.values()):g}"]
        table.add_row("of", *most, *last, *([legend] if wide else []), style="dim")
        notes.append(Text(legend))
    rules = [Text(f"{exercise} {weight.rule}") for exercise, weight in weighed(graded).items()]
    return Group(table, *([] if wide else notes), *rules)


def reasons(row: Iterable[Grade]) -> str:
    """Why points were lost: each reason once, with its exercises."""
    lost: dict[str, list[str]] = {}
    for grade in row:
        waits_again = grade.score is None and grade.reason != WAITING
        if grade.reason and (waits_again or (grade.score is not None and grade.score < grade.max_score)):
            lost.setdefault(grade.remarks, []).append(grade.exercise)
    return "\n".join(f"{', '.join(exercises)}: {reason}" for reason, exercises in lost.items())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"

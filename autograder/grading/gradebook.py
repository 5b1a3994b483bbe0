"""The one way into a class's gradebook."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.nbgrader_calls import advice, quiet_sqlalchemy


@dataclass(frozen=True)
class Grade:
    """What one student got for one graded cell; `score` is None while it waits for the instructor."""

    student: str
    unit: str
    exercise: str
    score: float | None
    max_score: float
    reason: str


@contextmanager
def open_gradebook(course: ClassFolder) -> Iterator[Any]:
    """Open the gradebook that the class is configured to use, as nbgrader's `Gradebook`.

    Raises:
        BadInput: if it cannot be read or written.
    """
    with (
        gradebook_errors(),
        quiet_sqlalchemy(),
        Gradebook(course.directory.db_url, course.directory.course_id) as gradebook,
    ):
        yield gradebook


@contextmanager
def gradebook_errors() -> Iterator[None]:
    """Turn errors of the database into `BadInput`, which says what to do."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise BadInput(f"the gradebook cannot be used: {reason}{advice(reason)}") from error


def graded_students(course: ClassFolder, unit: str) -> list[str]:
    """The students whose submission has been graded.

    Raises:
        BadInput: if there are none.
    """
    students = [name for name in course.students(unit) if course.autograded_notebook(unit, name).exists()]
    if not students:
        raise BadInput(f"expected graded submissions of {unit}; there are none. Run `rnncourse grade {unit}` first")
    return students


def read_grades(course: ClassFolder, unit: str) -> Iterator[Grade]:
    """The grades of a unit in the order of students and cells, with the reasons of the verdicts."""
    order = [str(cell.metadata.nbgrader.grade_id) for cell in _graded_cells(course.release_notebook(unit))]
    with open_gradebook(course) as gradebook:
        for student in course.students(unit):
            try:
                notebook = gradebook.find_submission_notebook(unit, unit, student)
            except MissingEntry:
                continue
            reasons = _reasons(course, unit, student)
            for grade in sorted(notebook.grades, key=lambda grade: order.index(grade.name)):
                waiting = grade.needs_manual_grade and grade.manual_score is None
                reason = "waits for the instructor" if waiting else reasons.get(grade.name, "")
                score = None if waiting else float(grade.score)
                exercise = grade.name.removesuffix("-check")
                yield Grade(student, unit, exercise, score, float(grade.max_score), reason)


def penalties(course: ClassFolder, unit: str) -> dict[str, float]:
    """The late penalty of each student who has one, in points."""
    with open_gradebook(course) as gradebook:
        submissions = gradebook.assignment_submissions(unit)
        return {s.student.id: float(s.late_submission_penalty) for s in submissions if s.late_submission_penalty}


def due_date(course: ClassFolder, unit: str) -> datetime | None:
    """When a unit is due."""
    with open_gradebook(course) as gradebook:
        try:
            due = gradebook.find_assignment(unit).duedate
        except MissingEntry:
            return None
    return due.replace(tzinfo=UTC) if due else None


def set_due_date(course: ClassFolder, unit: str, due: datetime) -> None:
    """Set when a unit is due."""
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(unit, duedate=due.astimezone(UTC).replace(tzinfo=None))


def forget_times(course: ClassFolder, unit: str, students: list[str]) -> None:
    """Remove the times of earlier submissions, which nbgrader alone would keep."""
    with open_gradebook(course) as gradebook:
        for student in students:
            with suppress(MissingEntry):
                gradebook.find_submission(unit, student).timestamp = None
        gradebook.db.commit()


def _graded_cells(path: Any) -> list[NotebookNode]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]


def _reasons(course: ClassFolder, unit: str, student: str) -> dict[str, str]:
    path = course.autograded_notebook(unit, student)
    if not path.exists():
        return {}
    refused = nbformat.read(path, as_version=4).metadata.get("rnncourse", {}).get("refused")
    cells = {str(cell.metadata.nbgrader.grade_id): cell for cell in _graded_cells(path)}
    return {
        name: refused or cell.metadata.get("rnncourse", {}).get("reason") or _bare_reason(cell)
        for name, cell in cells.items()
    }


def _bare_reason(cell: NotebookNode) -> str:
    return "no answer" if cell.cell_type == "markdown" else ""

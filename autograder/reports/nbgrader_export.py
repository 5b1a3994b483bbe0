"""`nbgrader export` in a class folder."""

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import CsvExportPlugin

from autograder.grading.class_folder import in_turn
from autograder.grading.csv_text import as_csv
from autograder.grading.gradebook import apply_rules
from autograder.grading.rules import read_rules


class CurrentGrades(CsvExportPlugin):
    """nbgrader's CSV by the rules and dates as they are now, and with no formulas in it.

    nbgrader has no excuses: whoever is excused from a unit has neither `score` nor `max_score` in it. Points given by
    hand to an answer that another one has replaced, which waits to be read, do not count.
    """

    def export(self, gradebook: Gradebook) -> None:
        root = Path(CourseDirectory(config=self.config).root)
        with in_turn(root):
            for assignment in gradebook.assignments:
                apply_rules(gradebook, self.config, str(assignment.name))
            gone = {
                (assignment.name, submission.student.id): _points_of_answers_gone(submission)
                for assignment in gradebook.assignments
                for submission in gradebook.assignment_submissions(assignment.name)
            }
            super().export(cast(Any, _Quoted(gradebook)))
        path = Path(self.to or "grades.csv")
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        unit, student, *not_counting = map(header.index, ("assignment", "student_id", "score", "max_score"))
        excused = {(excuse.unit, excuse.student) for excuse in read_rules(root).excuses}
        for row in rows:
            if points := gone.get((row[unit], row[student])):
                row[not_counting[0]] = f"{max(0.0, float(row[not_counting[0]]) - points)!r}"
            if (row[unit], row[student]) in excused:
                for column in not_counting:
                    row[column] = ""
        path.write_text(as_csv([header, *rows]), newline="")


class _Quoted:
    """A gradebook with the names of students in quotes, since nbgrader writes its CSV without."""

    def __init__(self, gradebook: Any):
        self.assignments = gradebook.assignments
        self.find_submission = gradebook.find_submission
        self.students = [
            SimpleNamespace(
                id=s.id, **{name: _quoted(getattr(s, name)) for name in ("last_name", "first_name", "email")}
            )
            for s in gradebook.students
        ]


def _quoted(text: str | None) -> str:
    return '"{}"'.format((text or "").replace('"', '""'))


def _points_of_answers_gone(submission: Any) -> float:
    rows = [row for notebook in submission.notebooks for row in notebook.grades if row.needs_manual_grade]
    return sum(row.manual_score or 0.0 for row in rows)

"""What three students of a class handed in, and how their points are read."""

import csv
import json

from nbgrader.apps import ExportApp

from autograder.demo import UNIT
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import open_gradebook, read_results

EXERCISE, CHECK = "lstm-step", "leaves its inputs as they were"
WHY = "the text did not say so"
IN_PLACE = """
_right = lstm_step

def lstm_step(x, state, params):
    found = _right(x.copy(), state, params)
    x *= 2
    return found
"""
NONSENSE = "def lstm_step(x, state, params):\n    return state, None"


def totals(course: ClassFolder) -> dict[str, float]:
    return {result.student: result.total for result in read_results(course, UNIT)}


def lost(course: ClassFolder, student: str) -> float:
    """What the check has cost a student, as the graded notebook says."""
    cells = json.loads(course.autograded_notebook(UNIT, student).read_text())["cells"]
    checks = next(c["metadata"]["rnncourse"]["checks"] for c in cells if c["id"] == f"{EXERCISE}-check")
    return sum(check["points"] for check in checks if check["name"] == CHECK and not check["passed"])


def nbgrader_export(course: ClassFolder) -> dict[str, float]:
    """What `nbgrader export` writes in the class folder, which is the current one."""
    app = ExportApp()
    app.initialize(["--to", "x.csv"])
    app.start()
    with (course.root / "x.csv").open(newline="") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def grade_row(
    course: ClassFolder, student: str, name: str = f"{EXERCISE}-check", **changes: object
) -> tuple[float, float | None]:
    """Score and extra credit of the step as the formgrader shows them; with `changes`, after entering them there."""
    with open_gradebook(course) as gradebook:
        row = gradebook.find_grade(name, UNIT, UNIT, student)
        for part, value in changes.items():
            setattr(row, part, value)
        gradebook.db.commit()
        return row.score, row.extra_credit

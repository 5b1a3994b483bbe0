"""The page at which `make demo` ends: what was graded, and where to look."""

import os
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import read_results
from autograder.reports.feedback import TEMPLATES
from autograder.reports.table import reasons


def write_demo_page(course: ClassFolder, unit: str, report: Path, command: str, path: Path) -> None:
    """Write the overview of a demonstration class.

    Args:
        course: the class, graded, with its feedback pages.
        unit: its unit.
        report: the report on the unit.
        command: what opens the class in the formgrader.
        path: the page to write; its links are relative to it.
    """

    def link(target: Path) -> str:
        return os.path.relpath(target, path.parent)

    results = read_results(course, unit)
    pages = {result.student: course.feedback_page(unit, result.student) for result in results}
    feedback = {student: link(page) for student, page in pages.items() if page.is_file()}
    shown = (
        ("swapped-gates", "feedback that names a misconception", "the gates i and f are swapped in one line"),
        ("endless-loop", "feedback on an endless loop", "one exercise never ends, and the others are graded"),
    )
    listed = [{"path": "#grades", "title": "the grade table", "text": "everybody, exercise by exercise"}]
    listed += [
        {"path": feedback[student], "title": title, "text": text}
        for student, title, text in shown
        if student in feedback
    ]
    listed.append({"path": link(report), "title": "the instructor's report", "text": "how the class did, on one page"})
    graded = next((result.grades for result in results if result.grades), ())
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "rnncourse"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("demo.html.j2").render(
        unit=unit,
        results=results,
        maxima={grade.exercise: grade.max_score for grade in graded},
        feedback=feedback,
        pages=listed,
        command=command,
        reasons=reasons,
    )
    path.write_text(page, encoding="utf-8")

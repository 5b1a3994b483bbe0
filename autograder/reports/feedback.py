"""The feedback page: for each exercise the checks, their results and the recognised misconception."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.authoring.units import SOURCES
from autograder.grading.attempts import standing
from autograder.grading.class_folder import ClassFolder, in_turn
from autograder.grading.entering import UNDECIDED
from autograder.grading.gradebook import apply_rules
from autograder.grading.nbgrader_calls import call_nbgrader, made_beside
from autograder.grading.pictures import as_urls, kept_pictures
from autograder.grading.rebuild import grade_id
from autograder.grading.rules import read_rules

TEMPLATES = Path(__file__).parent / "templates"
_HEADING = re.compile(r"^#+ +(.+)$", re.M)
_QUESTION = re.compile(r"\*\*([^*]+\?)\*\*|\*([^*]+\?)\*")


def write_feedback(course: ClassFolder, unit: str, student: str) -> Path:
    """Write the feedback page of one student, and return its path.

    Raises:
        BadInput: if nbgrader could not; the message ends with what it said.
    """
    with made_beside(course, "feedback") as directory:
        api = NbGraderAPI(directory, config=course.config)
        call_nbgrader(
            f"there is no new feedback page for {student}", lambda: api.generate_feedback(unit, student, force=True)
        )
    return course.feedback_page(unit, student)


class FeedbackExporter(HTMLExporter):
    """Renders a graded notebook with the template `rnncourse`."""


@dataclass(frozen=True)
class Figure:
    """A demonstration's figure, drawn by the student's functions and by the reference, as PNG in base64."""

    question: str
    drawn: str
    expected: str


class GroupByExercise(NbGraderPreprocessor):
    """Groups answer, outputs, checks, grade and comment by exercise for the template."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        entry = resources["nbgrader"]
        root = Path(CourseDirectory(config=self.config).root)
        with in_turn(root), Gradebook(entry["db_url"]) as gradebook:
            given = apply_rules(gradebook, self.config, entry["assignment"], entry["student"])
            notebook: Any = gradebook.find_submission_notebook(entry["notebook"], entry["assignment"], entry["student"])
            waiting = {grade.name for grade in notebook.grades if grade.needs_manual_grade}
            scores = {grade.name: float(grade.score) for grade in notebook.grades}
            decided = {grade.name: given.get(str(grade.id), UNDECIDED) for grade in notebook.grades}
            entry["late_penalty"] = float(notebook.late_submission_penalty or 0.0)
            points = sum(score for name, score in scores.items() if name not in waiting)
            entry["score"] = max(0.0, points - entry["late_penalty"])
            maxima = {grade.name: float(grade.max_score) for grade in notebook.grades}
            entry["max_score"] = sum(maxima.values())
        rules = read_rules(root)
        entry["attempt"] = standing(root, entry["assignment"], entry["student"])
        entry["excuse"] = rules.excuses_of(entry["assignment"]).get(entry["student"])
        course = CourseDirectory(parent=self)
        folder = course.format_path(course.release_directory, ".", entry["assignment"])
        released = nbformat.read(f"{folder}/{entry['notebook']}.ipynb", as_version=4)
        title = titles(released)
        expected = expected_figures(released, SOURCES / entry["assignment"] / f"{entry['notebook']}.ipynb")
        exercises: list[dict[str, Any]] = []
        answer, lost = None, False
        for cell in nb.cells:
            if utils.is_solution(cell) and not utils.is_grade(cell):
                answer = cell
            elif utils.is_grade(cell):
                grade = cell.metadata.nbgrader
                verdict = cell.metadata.get("rnncourse", {})
                # The source of a test cell has the hidden checks in it.
                mine = cell if utils.is_solution(cell) else answer
                waits = grade.grade_id in waiting
                comment = grade.get("comment") or (answer and answer.metadata.nbgrader.get("comment")) or ""
                grade.score, grade.points = scores[grade.grade_id], maxima[grade.grade_id]
                checks = verdict.get("checks", [])
                reasons = {check.name: check.reason for check in decided[grade.grade_id].waived}
                lost = lost or (bool(verdict) and grade.score < grade.points)
                exercises.append(
                    {
                        "id": grade.grade_id,
                        "title": title.get(grade.grade_id, grade.grade_id),
                        "score": grade.score,
                        "points": grade.points,
                        "waiting": waits,
                        "answer": mine.source if mine else "",
                        "outputs": [o for c in {id(c): c for c in (mine, cell) if c}.values() for o in _shown(c)],
                        "checks": [{**check, "waived": reasons.get(check["name"])} for check in checks],
                        "misconception": verdict.get("misconception"),
                        "pictures": as_urls(kept_pictures(mine)) if mine else {},
                        "scaled_from": verdict.get("scaled_from"),
                        "weighed": decided[grade.grade_id].weighed,
                        # While an answer waits, a comment is on an earlier one.
                        "comment": "" if waits else comment,
                        "figures": [],
                    }
                )
                answer = None
            elif exercises and lost and cell.source in expected:
                question, wanted = expected[cell.source]
                pairs = zip(_pictures(cell), wanted, strict=False)
                exercises[-1]["figures"] += [Figure(question, drawn, want) for drawn, want in pairs if drawn != want]
        resources["exercises"] = exercises
        resources["refused"] = nb.metadata.get("rnncourse", {}).get("refused", "")
        resources["repairs"] = nb.metadata.get("rnncourse", {}).get("repairs", [])
        return nb, resources


def titles(nb: NotebookNode) -> dict[str, str]:
    """The heading under which each cell with a grade_id stands."""
    found, title = {}, ""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and not utils.is_solution(cell):
            headings = _HEADING.findall(cell.source)
            title = headings[-1] if headings else title
        elif name := grade_id(cell):
            found[name] = title
    return found


def expected_figures(released: NotebookNode, solution: Path) -> dict[str, tuple[str, list[str]]]:
    """The figures that a unit's demonstrations draw with the right functions.

    A demonstration is a handed-out cell that belongs to no exercise. Its figure shows how the right functions behave on
    inputs that everybody has; the notebook describes it in words.

    Args:
        released: the released notebook.
        solution: the executed reference solution, if there is one.

    Returns:
        For the source of each such cell, the question that its figures answer and the figures.
    """
    if not solution.exists():
        return {}
    drawn = {cell.source: list(_pictures(cell)) for cell in nbformat.read(solution, as_version=4).cells}
    found, question = {}, ""
    for cell in released.cells:
        if cell.cell_type == "markdown":
            questions = _QUESTION.findall(cell.source)
            question = "".join(questions[-1]) if questions else "A figure of the notebook"
        elif not grade_id(cell) and drawn.get(cell.source):
            found[cell.source] = " ".join(question.split()), drawn[cell.source]
    return found


def _pictures(cell: NotebookNode) -> Iterator[str]:
    for output in cell.get("outputs", []):
        if "image/png" in output.get("data", {}):
            yield "".join(output.data["image/png"].split())


def _shown(cell: NotebookNode) -> Iterable[NotebookNode]:
    """The student's own outputs, without the score and its table."""
    return [output for output in cell.get("outputs", []) if output.output_type != "execute_result"]

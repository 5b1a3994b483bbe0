"""The step of nbgrader's autograding that replaces `SaveAutoGrades`: points given by hand belong to one text."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveAutoGrades

from autograder.grading.class_folder import in_turn
from autograder.grading.entering import UnitDecisions
from autograder.grading.gradebook import Answers, recall, remember
from autograder.grading.one_gradebook import one_gradebook

EARLIER = "(on an earlier answer) "
"""Stands before a comment of an instructor, once the answer that it was written on has been replaced."""


class SaveGrades(SaveAutoGrades):
    """Enters points as nbgrader does, and decides anew what waits for the instructor.

    Points given by hand, also on top, stay with the text that they were given for. With another text they wait again:
    the formgrader shows them as a proposal to resolve. A comment says so. A written answer that may be in another cell
    waits as well.
    """

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        entry = resources["nbgrader"]
        notes = nb.metadata.get("rnncourse", {})
        self._unclear = notes.get("unclear", [])
        self._texts = answer_hashes(nb)
        self._graded_by = _graded_by(nb)
        self._answers: Answers = {}
        with in_turn(Path(CourseDirectory(parent=self).root)), one_gradebook(entry["db_url"]) as gradebook:
            notebook = gradebook.find_submission_notebook(entry["notebook"], entry["assignment"], entry["student"])
            self._before = recall(gradebook, str(notebook.id))[1] or self._from_graded_notebook(entry)
            decisions = UnitDecisions(CourseDirectory(parent=self), entry["assignment"])
            decisions.take_out(gradebook, notebook)
            nb, resources = super().preprocess(nb, resources)
            remember(gradebook, str(notebook.id), notes.get("fingerprint", ""), self._answers)
            decisions.enter(gradebook, notebook, nb)
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        name = str(cell.metadata.nbgrader["grade_id"])
        grade: Any = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        waited = grade.needs_manual_grade
        super()._add_score(cell, resources)
        text = self._texts[name]
        read = text
        if grade.manual_score is not None or grade.extra_credit:
            graded_text, read_text = self._before.get(name, ("", ""))
            read = read_text if waited else graded_text
            grade.needs_manual_grade = read != text
        elif name in self._unclear:
            grade.auto_score, grade.needs_manual_grade = None, True
        self._answers[name] = (text, read)
        self.gradebook.db.commit()

    def _add_comment(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        super()._add_comment(cell, resources)
        name = str(cell.metadata.nbgrader["grade_id"])
        comment: Any = self.gradebook.find_comment(name, self.notebook_id, self.assignment_id, self.student_id)
        if name in self._unclear:
            comment.auto_comment = None
        graded = self._graded_by.get(name, name)
        another = self._before.get(graded, ("",))[0] != self._texts.get(graded)
        if comment.manual_comment and another and not comment.manual_comment.startswith(EARLIER):
            comment.manual_comment = EARLIER + comment.manual_comment
        self.gradebook.db.commit()

    def _from_graded_notebook(self, entry: dict[str, str]) -> Answers:
        """The texts of the last grading, for gradebooks that do not remember them yet."""
        course = CourseDirectory(parent=self)
        folder = Path(course.format_path(course.autograded_directory, entry["student"], entry["assignment"]))
        try:
            nb = nbformat.read(folder / f"{entry['notebook']}.ipynb", as_version=4)
            # nbgrader alone puts the new submission there before it comes here; that one has no fingerprint yet.
            graded = "fingerprint" in nb.metadata.get("rnncourse", {})
            return {name: (text, text) for name, text in answer_hashes(nb).items()} if graded else {}
        except (OSError, ValueError, KeyError, AttributeError):
            return {}


def _graded_by(nb: NotebookNode) -> dict[str, str]:
    """For each solution cell the graded cell that it is an answer to."""
    return {str(cell.metadata.nbgrader["grade_id"]): name for name, answer in _answers(nb) for cell in answer}


def answer_hashes(nb: NotebookNode) -> dict[str, str]:
    """For each graded cell a hash of the answer that it grades: of itself, or of the solution cells before it."""
    texts = {name: [[cell.source, cell.get("attachments", {})] for cell in answer] for name, answer in _answers(nb)}
    return {n: hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest() for n, text in texts.items()}


def _answers(nb: NotebookNode) -> Iterator[tuple[str, list[NotebookNode]]]:
    """Each graded cell with the solution cells that it grades."""
    answer: list[NotebookNode] = []
    for cell in nb.cells:
        if utils.is_solution(cell):
            answer.append(cell)
        if utils.is_grade(cell):
            yield str(cell.metadata.nbgrader["grade_id"]), answer
            answer = []

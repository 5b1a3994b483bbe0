"""One submission: from its file to a job for the workers, and from their verdicts to the gradebook."""

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.preprocessors import CheckCellMetadata
from nbgrader.utils import capture_log

from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import gradebook_errors
from autograder.grading.job import Graded, Job
from autograder.grading.nbgrader_calls import call_nbgrader
from autograder.grading.trusted_execute import TrustedExecute, UnitInputs, enter_verdicts


@dataclass(frozen=True)
class Prepared:
    """A submission in the shape of the assignment, with the job that grades it."""

    notebook: NotebookNode
    job: Job
    fingerprint: str


class WriteGrade(Autograde):
    """nbgrader's autograding of a notebook whose verdicts are known: what is left is to write them down.

    The graded notebook is written last and in one piece.
    """

    def __init__(self, graded: NotebookNode, **kwargs: Any):
        super().__init__(**kwargs)
        self._graded = graded

    def convert_single_notebook(self, notebook_filename: str) -> None:
        resources: Any = self.init_single_notebook_resources(notebook_filename)
        self.exporter._preprocessors = []
        for step in self.autograde_preprocessors:
            if step is not TrustedExecute:
                self.exporter.register_preprocessor(step)
        output: Any
        output, resources = self.exporter.from_notebook_node(self._graded, resources)
        self.write_single_notebook(output, resources)


class UnitGrader:
    """Prepares and writes the submissions of one unit. What they share is read once."""

    def __init__(self, course: ClassFolder, unit: str):
        """
        Raises:
            FileNotFoundError: if the unit has not been released.
        """
        self._course = course
        self._unit = unit
        # nbgrader's API is the root from which its converters take the class's configuration.
        self._api = NbGraderAPI(course.directory, config=course.config)
        with gradebook_errors():
            self.inputs: UnitInputs = TrustedExecute(parent=self._api).unit_inputs(unit)

    def prepare(self, student: str) -> Prepared:
        """Sanitise a submission, and make the job that grades it."""
        fingerprint = self.inputs.fingerprint(student)
        entry = {"student": student, "assignment": self._unit, "notebook": self._unit}
        resources: Any = {"nbgrader": entry | {"db_url": self._course.directory.db_url}}
        nb = nbformat.read(self._course.submission(self._unit, student), as_version=4)
        for step in self._course.config.Autograde.sanitize_preprocessors:
            if step is not CheckCellMetadata:  # it changes nothing, and runs as the grade is written
                nb, resources = step(parent=self._api)(nb, resources)
        return Prepared(nb, self.inputs.job(nb, student), fingerprint)

    def write(self, prepared: Prepared, graded: Graded) -> None:
        """Put verdicts into the gradebook and the graded notebook.

        Raises:
            BadInput: if nbgrader could not; the message ends with what it said.
        """
        student, directory = prepared.job.student, self._course.directory
        nb = deepcopy(prepared.notebook)
        enter_verdicts(nb, graded, prepared.fingerprint)
        directory.assignment_id, directory.student_id = self._unit, student
        call_nbgrader(
            f"the submission of {student} was not graded",
            lambda: capture_log(WriteGrade(nb, coursedir=directory, parent=self._api, force=True)),
        )

    def changed(self, students: Sequence[str]) -> list[str]:
        """The students whose grade does not belong to the submission, or to the checks, as they are now."""
        return [name for name in students if self._graded_fingerprint(name) != self.inputs.fingerprint(name)]

    def _graded_fingerprint(self, student: str) -> str:
        """The fingerprint of the submission that was graded; empty if there is no grade, or half of one."""
        try:
            text = self._course.autograded_notebook(self._unit, student).read_text(encoding="utf-8")
            return str(json.loads(text)["metadata"]["rnncourse"]["fingerprint"])
        except (OSError, ValueError, KeyError):
            return ""


def grade_with_nbgrader(course: ClassFolder, unit: str, student: str) -> None:
    """Grade one submission in this process, as `nbgrader autograde` does.

    Raises:
        BadInput: if nbgrader could not; the message ends with what it said.
    """
    api = NbGraderAPI(course.directory, config=course.config)
    call_nbgrader(f"the submission of {student} was not graded", lambda: api.autograde(unit, student, force=True))


def stamps(course: ClassFolder, unit: str) -> dict[str, tuple[tuple[int, int], ...]]:
    """Time and size of each submission's files, which are cheap to look at every second."""
    found = {}
    for student in course.students(unit):
        notebook = course.submission(unit, student)
        found[student] = tuple(_stamp(path) for path in (notebook, notebook.with_name("timestamp.txt")))
    return found


def _stamp(path: Any) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size

"""One submission: from its file to a job for the workers, and from their verdicts to the gradebook."""

import functools
import json
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.preprocessors import CheckCellMetadata
from nbgrader.utils import capture_log, is_locked

from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.gradebook import fingerprints
from autograder.grading.job import Graded, Job
from autograder.grading.nbgrader_calls import call_nbgrader, made_beside
from autograder.grading.one_gradebook import one_gradebook
from autograder.grading.rebuild import grade_id, read_and_rebuild, warm_up
from autograder.grading.rebuild_step import Rebuild
from autograder.grading.trusted_execute import TrustedExecute, UnitInputs, enter_verdicts
from autograder.grading.weights import KeepPoints
from autograder.limited import Allowance, LimitExceeded, prepare


@dataclass(frozen=True)
class Prepared:
    """A submission in the shape of the assignment, with the job that grades it."""

    notebook: NotebookNode
    job: Job
    fingerprint: str


class WriteGrade(Autograde):
    """nbgrader's autograding of a notebook whose verdicts are known: what is left is to write them down."""

    def __init__(self, graded: NotebookNode, **kwargs: Any):
        super().__init__(**kwargs)
        self._graded = graded

    def convert_notebooks(self) -> None:
        directory: Any = self.coursedir
        with one_gradebook(directory.db_url):
            super().convert_notebooks()

    def convert_single_notebook(self, notebook_filename: str) -> None:
        resources: Any = self.init_single_notebook_resources(notebook_filename)
        self.exporter.optimistic_validation = True  # once, after all steps
        self.exporter._preprocessors = []
        for step in self.autograde_preprocessors:
            if step not in (TrustedExecute, CheckCellMetadata):
                self.exporter.register_preprocessor(step)
        output: Any
        output, resources = self.exporter.from_notebook_node(self._graded, resources)
        self.write_single_notebook(output, resources)


class UnitGrader:
    """Prepares and writes the submissions of one unit. What they share is read once."""

    def __init__(self, course: ClassFolder, unit: str, cells: str = ""):
        """
        Args:
            course: the class.
            unit: the unit.
            cells: stands for what the gradebook has of the unit; graders with the same share what they look up there.

        Raises:
            FileNotFoundError: if the unit has not been released.
        """
        self._course = course
        self._unit = unit
        prepare(warm_up)
        # nbgrader's API is the root from which its converters take the class's configuration.
        self._api = NbGraderAPI(course.directory, config=course.config)
        self.inputs: UnitInputs = TrustedExecute(parent=self._api).unit_inputs(unit)
        self._kept = _kept_cells(course.root, unit, self.inputs.digest, cells) if cells else {}
        self._found: dict[str, NotebookNode] = {}

    def prepare(self, student: str) -> Prepared:
        """Sanitise a submission, and make the job that grades it.

        Raises:
            BadInput: if it takes too much to read.
        """
        fingerprint = self.inputs.fingerprint(student)
        entry = {"student": student, "assignment": self._unit, "notebook": self._unit}
        resources: Any = {"nbgrader": entry | {"db_url": self._course.directory.db_url}}
        submission, release = self._course.submission(self._unit, student), self._course.release_notebook(self._unit)
        try:
            nb = Allowance().call(read_and_rebuild, submission, release)
        except LimitExceeded as error:
            raise BadInput(f"expected a notebook in {submission}; to read it {error}") from error
        # A helper process has rebuilt it; and all have the metadata of the release, so that of one is enough to check.
        done = (Rebuild, CheckCellMetadata) if self._kept else (Rebuild,)
        for step in self._course.config.Autograde.sanitize_preprocessors:
            if step is KeepPoints:
                nb, resources = self._keep_points(nb, resources)
            elif step not in done:
                nb, resources = step(parent=self._api)(nb, resources)
        self._kept |= self._found
        return Prepared(nb, self.inputs.job(nb, student), fingerprint)

    def _keep_points(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Take the cells of the assignment from the gradebook, hidden tests and all.

        They are the same for all submissions, which have them from the release; so they are looked up for one of them.
        """
        if not self._kept:
            before = [(grade_id(cell), cell.cell_type) for cell in nb.cells]
            nb, resources = KeepPoints(parent=self._api)(nb, resources)
            if before == [(grade_id(cell), cell.cell_type) for cell in nb.cells]:
                self._found = {name: deepcopy(cell) for cell in nb.cells if (name := grade_id(cell)) is not None}
            return nb, resources
        for cell in nb.cells:
            if (name := grade_id(cell)) is not None:
                kept = self._kept[name]
                cell.metadata.nbgrader = deepcopy(kept.metadata.nbgrader)
                if is_locked(kept):
                    cell.source = kept.source
        return nb, resources

    def write(self, prepared: Prepared, graded: Graded) -> None:
        """Put verdicts into the gradebook and the graded notebook.

        Raises:
            BadInput: if nbgrader could not; the message ends with what it said.
        """
        student = prepared.job.student
        nb = deepcopy(prepared.notebook)
        enter_verdicts(nb, graded, prepared.fingerprint)
        with in_turn(self._course.root), made_beside(self._course, "autograded") as directory:
            directory.assignment_id, directory.student_id = self._unit, student
            call_nbgrader(
                f"the submission of {student} was not graded",
                lambda: capture_log(WriteGrade(nb, coursedir=directory, parent=self._api, force=True)),
            )

    def changed(self, students: Sequence[str]) -> list[str]:
        """The students whose grade does not belong to the submission as it is now.

        Gradebook and graded notebook must agree on what was graded: either may have been lost, or come from a backup.
        A grade that was reached by checks of another version of this package stays.

        Raises:
            BadInput: if the gradebook cannot be used or does not have the unit.
        """
        entered = fingerprints(self._course, self._unit, students[0] if len(students) == 1 else None)
        return [student for student in students if not self._is_graded(student, entered.get(student, ""))]

    def _is_graded(self, student: str, entered: str) -> bool:
        if not entered or entered != self._graded_fingerprint(student):
            return False
        if "-" in entered:
            return self.is_of_now(student, entered)
        return self._graded_later(student)  # version 0.1.0 kept one hash of submission, class and checks

    def _graded_later(self, student: str) -> bool:
        """Whether the graded notebook is no older than the submission."""
        graded = self._course.autograded_notebook(self._unit, student)
        return graded.stat().st_mtime >= self._course.submission(self._unit, student).stat().st_mtime

    def has_grade(self, student: str) -> bool:
        """Whether the submission in place is graded, if perhaps for another release than there is now."""
        entered = fingerprints(self._course, self._unit, student).get(student, "")
        if not entered or entered != self._graded_fingerprint(student):
            return False
        return self.is_of_now(student, entered) or self._graded_later(student)

    def is_of_now(self, student: str, fingerprint: str, submission: Path | None = None) -> bool:
        """Whether a grade belongs to the class as it is now, and to a submission: by default to the one in place."""
        return _halves(fingerprint)[0] == _halves(self.inputs.fingerprint(student, submission))[0]

    def graded_with_other_checks(self, students: Sequence[str]) -> list[str]:
        """Those of some graded students whose grades were reached by checks of another version of this package."""
        entered = fingerprints(self._course, self._unit)
        return [s for s in students if _halves(entered[s])[1] != _halves(self.inputs.fingerprint(s))[1]]

    def _graded_fingerprint(self, student: str) -> str:
        """The fingerprint of the submission that was graded; empty if there is no grade, or half of one."""
        try:
            text = self._course.autograded_notebook(self._unit, student).read_text(encoding="utf-8")
            return str(json.loads(text)["metadata"]["rnncourse"]["fingerprint"])
        except (OSError, ValueError, KeyError):
            return ""


@functools.lru_cache(maxsize=16)
def _kept_cells(root: Path, unit: str, digest: str, cells: str) -> dict[str, NotebookNode]:
    """Where the graders of one release keep its cells as the gradebook has them, by grade_id; empty at first."""
    return {}


def _halves(fingerprint: str) -> tuple[str, str]:
    """What stands for submission and class, and what stands for the checks."""
    submission, _, checks = fingerprint.partition("-")
    return submission, checks


def grade_with_nbgrader(course: ClassFolder, unit: str, student: str) -> None:
    """Grade one submission in this process, as `nbgrader autograde` does.

    Raises:
        BadInput: if nbgrader could not; the message ends with what it said.
    """
    with made_beside(course, "autograded") as directory:
        api = NbGraderAPI(directory, config=course.config)
        call_nbgrader(f"the submission of {student} was not graded", lambda: api.autograde(unit, student, force=True))


def known_times(course: ClassFolder, unit: str, students: Iterable[str]) -> dict[str, datetime | None]:
    """When submissions were handed in; None where no file beside them says so.

    Raises:
        BadInput: if such a file has no time in it.
    """
    return {student: known_time(course, course.submission(unit, student).parent) for student in students}


def known_time(course: ClassFolder, folder: Path) -> datetime | None:
    """When the submission in a folder was handed in, if a file beside it says so.

    Raises:
        BadInput: if that file has no time in it.
    """
    try:
        time = course.directory.get_existing_timestamp(str(folder))
        return time.replace(tzinfo=UTC) if time else None
    except (ValueError, AttributeError, OverflowError) as error:  # nbgrader stumbles over its own message
        place = folder / "timestamp.txt"
        raise BadInput(
            f"expected a time such as '2026-11-20 23:59:00 UTC' in {place}; got {place.read_text(errors='replace')!r}. "
            "Correct it, or remove that file if it is not known when the work came"
        ) from error


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

"""A class: a folder that is an ordinary nbgrader course."""

import fcntl
import json
import os
import secrets
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import CheckCellMetadata
from sqlalchemy.exc import OperationalError, SAWarning
from traitlets.config.loader import PyFileConfigLoader

from autograder.authoring.leaks import find_leaks
from autograder.authoring.pages import PAGES, page_notebook
from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import find_unit
from autograder.grading.trusted import Graded, Job
from autograder.grading.trusted_execute import DELIVERED, Delivery, TrustedExecute
from autograder.nbgrader_config import CONFIG_FILE, cause


class BadInput(Exception):
    """What was asked for cannot be done; the message says what was expected, what came and what to do."""


@dataclass(frozen=True)
class Grade:
    """What one student got for one graded cell."""

    student: str
    unit: str
    exercise: str
    score: float | None
    max_score: float
    reason: str


class ClassFolder:
    """A class folder and what can be done with it."""

    def __init__(self, root: Path, sandbox: bool = True):
        """
        Args:
            root: the folder that `rnncourse init` made.
            sandbox: False grades without walls.

        Raises:
            BadInput: if it is no class folder.
        """
        self.root = root.resolve()
        if not (self.root / "nbgrader_config.py").is_file():
            raise BadInput(
                f"expected a class folder, with nbgrader_config.py; got {root}. "
                "Run this in the class folder, or make one with `rnncourse init CLASS`"
            )
        config = PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config()
        config.CourseDirectory.root = str(self.root)
        config.TrustedExecute.sandbox = sandbox
        self._config = config
        self._course = CourseDirectory(config=config)
        self._api = NbGraderAPI(self._course, config=config)
        self._executor = TrustedExecute(parent=self._api)

    @classmethod
    def create(cls, root: Path) -> "ClassFolder":
        """Make a class folder.

        Raises:
            BadInput: if there is already something at that place.
        """
        if root.exists() and any(root.iterdir() if root.is_dir() else [root]):
            raise BadInput(
                f"expected a new or empty folder; got {root}, which has something in it. Choose another name"
            )
        for name in ("source", "release", "submitted", "exchange"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "nbgrader_config.py").write_text(CONFIG_FILE.format(seed=secrets.token_hex(16)))
        return cls(root)

    def source(self, unit: str) -> Path:
        return self.root / "source" / unit / f"{unit}.ipynb"

    def release_folder(self, unit: str) -> Path:
        return self.root / "release" / unit

    def release_notebook(self, unit: str) -> Path:
        return self.release_folder(unit) / f"{unit}.ipynb"

    def autograded_notebook(self, unit: str, student: str) -> Path:
        return self.root / "autograded" / student / unit / f"{unit}.ipynb"

    def feedback_page(self, unit: str, student: str) -> Path:
        return self.root / "feedback" / student / unit / f"{unit}.html"

    def submission(self, unit: str, student: str) -> Path:
        return self.root / "submitted" / student / unit / f"{unit}.ipynb"

    def require_released(self, unit: str) -> None:
        """
        Raises:
            UnknownUnit: if the course has no such unit.
            BadInput: if the class has not released it.
        """
        if not self.release_notebook(unit).is_file():
            find_unit(unit)
            raise BadInput(f"expected a unit that is released here; got {unit}. Run `rnncourse release {unit}` first")

    def release(self, unit_name: str, update: bool = False) -> Path:
        """Make what students of a unit get: the notebook and the student edition of rnncore.

        Beside that folder the pages that serve all units are written, where to start and the glossary.

        Args:
            unit_name: the unit.
            update: replace the class's copy of the unit, which an instructor may have edited, by the course's.

        Returns:
            The folder to hand out.

        Raises:
            UnknownUnit: if there is no such unit.
            BadInput: if nbgrader refuses the notebook, or the finished release holds what students must not see;
                then nothing is left of it.
        """
        unit = find_unit(unit_name)
        source = self.source(unit_name)
        if update or not source.exists():
            source.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(unit.notebook(), source)
        build_wheel(unit, source.parent)
        _run(f"the notebook of {unit_name} was not released", self._api.generate_assignment, unit_name)
        folder = self.release_folder(unit_name)
        leaks = find_leaks(unit, folder)
        if leaks:
            shutil.rmtree(folder)
            raise BadInput(f"the release would have told a secret, and was withdrawn: {leaks[0]}")
        for page in PAGES:
            (folder.parent / f"{page}.ipynb").write_text(page_notebook(page), encoding="utf-8")
        return folder

    def has_own_copy(self, unit: str) -> bool:
        """Whether the class's copy of a unit is not the course's: an instructor has edited it, or it is older."""
        own, given = nbformat.read(self.source(unit), as_version=4), find_unit(unit).notebook()
        return [cell.source for cell in own.cells] != [cell.source for cell in given.cells]

    def students(self, unit: str) -> list[str]:
        """Who handed the unit in."""
        return sorted(path.parents[1].name for path in self.root.glob(f"submitted/*/{unit}/{unit}.ipynb"))

    def graded(self, unit: str) -> list[str]:
        """Whose submission has been graded.

        Raises:
            BadInput: if nobody's has.
        """
        students = [name for name in self.students(unit) if self.autograded_notebook(unit, name).exists()]
        if not students:
            raise BadInput(f"expected graded submissions of {unit}; there are none. Run `rnncourse grade {unit}` first")
        return students

    @property
    def trusted(self) -> bool:
        """Whether verdicts are reached outside the students' processes, as the class's configuration says."""
        return "sanitize_preprocessors" in self._config.Autograde

    def grade(self, unit: str, student: str) -> None:
        """Grade one submission into the gradebook, in this process.

        Raises:
            BadInput: if nbgrader could not; the message ends with what it said.
        """
        _run(f"the submission of {student} was not graded", self._api.autograde, unit, student)

    def changed(self, unit: str, students: Sequence[str]) -> list[str]:
        """Whose grade in the gradebook is not that of the submission as it is, by the checks as they are."""
        then = {student: self._fingerprint(unit, student) for student in students}
        if not any(then.values()):
            return list(students)
        with _gradebook_troubles():
            now = self._executor.fingerprints(unit)
        return [student for student in students if then[student] != now(student)]

    def _fingerprint(self, unit: str, student: str) -> str:
        """What the grade of a submission depended on; empty if there is none, or a half-written one."""
        try:
            text = self.autograded_notebook(unit, student).read_text(encoding="utf-8")
            return str(json.loads(text)["metadata"]["rnncourse"]["fingerprint"])
        except (OSError, ValueError, KeyError):
            return ""

    def stamps(self, unit: str) -> dict[str, tuple[tuple[int, int], ...]]:
        """When each submission was written, and how long it is: what can be looked at every second."""
        folders = {student: self.submission(unit, student).parent for student in self.students(unit)}
        return {
            student: (_stamp(folder / f"{unit}.ipynb"), _stamp(folder / "timestamp.txt"))
            for student, folder in folders.items()
        }

    def job(self, unit: str, student: str) -> Job:
        """What has to be known to grade a submission, on whatever machine."""
        entry = {"student": student, "assignment": unit, "notebook": unit, "db_url": self._course.db_url}
        resources: Any = {"nbgrader": entry}
        nb = nbformat.read(self.submission(unit, student), as_version=4)
        for step in self._config.Autograde.sanitize_preprocessors:
            if step is not CheckCellMetadata:  # it changes nothing, and is run once more as the grade is written
                nb, resources = step(parent=self._api)(nb, resources)
        return self._executor.job(nb, unit, student)

    def write(self, unit: str, student: str, job: Job, graded: Graded) -> None:
        """Put what grading found into the gradebook and the graded notebook.

        Raises:
            BadInput: if nbgrader could not; the message ends with what it said.
        """
        token = DELIVERED.set(Delivery(job, graded))
        try:
            _run(f"the submission of {student} was not graded", self._api.autograde, unit, student)
        finally:
            DELIVERED.reset(token)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other gradings out of the class for the time of the block.

        Raises:
            BadInput: if another one is running.
        """
        with (self.root / ".grading.lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                raise BadInput(
                    f"expected to be the only grading of this class; process {file.read() or '?'} is grading it. "
                    "Wait until it has ended"
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def feedback(self, unit: str, student: str) -> Path:
        """Write the feedback page of one student, and return it."""
        _run(f"there is no feedback page for {student}", self._api.generate_feedback, unit, student)
        return self.feedback_page(unit, student)

    def grades(self, unit: str) -> Iterator[Grade]:
        """What is in the gradebook, in the order of students and cells, with the reasons of the verdicts."""
        order = [str(cell.metadata.nbgrader.grade_id) for cell in self._graded_cells(self.release_notebook(unit))]
        with _gradebook_troubles(), Gradebook(self._course.db_url, self._course.course_id) as gradebook:
            for student in self.students(unit):
                try:
                    notebook = gradebook.find_submission_notebook(unit, unit, student)
                except MissingEntry:
                    continue
                reasons = self._reasons(unit, student)
                for grade in sorted(notebook.grades, key=lambda grade: order.index(grade.name)):
                    waiting = grade.needs_manual_grade and grade.manual_score is None
                    reason = "waits for the instructor" if waiting else reasons.get(grade.name, "")
                    score = None if waiting else float(grade.score)
                    exercise = grade.name.removesuffix("-check")
                    yield Grade(student, unit, exercise, score, float(grade.max_score), reason)

    @staticmethod
    def _graded_cells(path: Path) -> list[Any]:
        cells = nbformat.read(path, as_version=4).cells
        return [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]

    def _reasons(self, unit: str, student: str) -> dict[str, str]:
        path = self.autograded_notebook(unit, student)
        if not path.exists():
            return {}
        refused = nbformat.read(path, as_version=4).metadata.get("rnncourse", {}).get("refused")
        cells = {str(cell.metadata.nbgrader.grade_id): cell for cell in self._graded_cells(path)}
        return {
            name: refused or cell.metadata.get("rnncourse", {}).get("reason") or _bare_reason(cell)
            for name, cell in cells.items()
        }


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _bare_reason(cell: Any) -> str:
    return "no answer" if cell.cell_type == "markdown" else ""


BUSY_SECONDS = 60.0
"""How long to wait for a gradebook that another program has locked."""


def _run(what: str, action: Callable[..., dict[str, Any]], *args: str) -> None:
    """Let nbgrader do something, in place of what it did before."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        with warnings.catch_warnings():
            # nbgrader 0.9 puts rows into its database in an order that newer SQLAlchemy mentions.
            warnings.simplefilter("ignore", SAWarning)
            result = action(*args, force=True)
        if result["success"]:
            return
        reason = cause(result)
        if "database is locked" not in reason or time.monotonic() > deadline:
            raise BadInput(f"{what}: {reason}{_advice(reason)}")


@contextmanager
def _gradebook_troubles() -> Iterator[None]:
    """Say what to do when the gradebook cannot be read."""
    try:
        yield
    except OperationalError as error:
        raise BadInput(f"the gradebook cannot be read: {error.orig}{_advice(str(error.orig))}") from error


def _advice(reason: str) -> str:
    for sign, advice in (
        ("database is locked", "Close the program that holds the gradebook"),
        ("readonly database", "Make the gradebook and its folder writable"),
        ("No space left", "Make room"),
        ("database or disk is full", "Make room"),
    ):
        if sign in reason:
            return f". {advice}, then grade again: what is graded stays"
    return ""

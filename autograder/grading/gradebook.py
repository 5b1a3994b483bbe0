"""The one way into a class's gradebook.

nbgrader's tables hold students, points and due dates. A table of our own, `rnncourse_graded`, holds for each graded
submission what its points belong to: the fingerprint of the submission and a hash of each answer. It is kept in the
gradebook, so that a gradebook that was restored from a backup, or lost a student, says so itself.
"""

import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, is_grade, is_solution
from sqlalchemy import Column, String, Table, Text, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload, selectinload, undefer
from traitlets.config import Config

from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.damaged import read_graded
from autograder.grading.entering import UNDECIDED, Decisions, UnitDecisions
from autograder.grading.nbgrader_calls import advice, quiet_sqlalchemy
from autograder.grading.own_tables import TABLES, in_gradebook
from autograder.grading.rules import Excuse, Extension, read_rules
from autograder.grading.versions import missing_modules
from autograder.grading.weights import Weighed, other_points, released_points

WAITING = "waits for the instructor"
EXCUSED = "excused"

_GRADED = Table(
    "rnncourse_graded",
    TABLES,
    Column("notebook", String(32), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answers", Text, nullable=False),
)


@dataclass(frozen=True)
class Grade:
    """What one student got for one graded cell.

    Attributes:
        score: the points; None while the answer waits for the instructor.
        reason: why points were lost.
        decided: which checks gave points without being passed, and whether the exercise counts other points; and why.
    """

    student: str
    unit: str
    exercise: str
    score: float | None
    max_score: float
    reason: str
    decided: Decisions = UNDECIDED

    @property
    def remarks(self) -> str:
        """All that is to be said of it."""
        return "; ".join(filter(None, (self.reason, str(self.decided))))


@dataclass(frozen=True)
class Result:
    """One student's unit, as the gradebook has it now.

    Attributes:
        student: the id of the student.
        last_name, first_name: the student's name, if a roster gave it.
        handed_in: whether there is a submission.
        grades: the grades in the order of the unit; empty if there are none.
        penalty: the points that the late rule takes off.
        excused: why the unit does not count for the student; empty if it does.
        gone: whether the gradebook has a grade, and the class no submission to it.
    """

    student: str
    last_name: str = ""
    first_name: str = ""
    handed_in: bool = True
    grades: tuple[Grade, ...] = ()
    penalty: float = 0.0
    excused: str = ""
    gone: bool = False

    @property
    def waiting(self) -> bool:
        """Whether a question waits for the instructor."""
        return any(grade.score is None for grade in self.grades)

    @property
    def points(self) -> float:
        """The points so far, without the late penalty."""
        return sum(grade.score or 0.0 for grade in self.grades)

    @property
    def total(self) -> float:
        """The points so far, after the late penalty."""
        return max(0.0, self.points - self.penalty)

    @property
    def state(self) -> str:
        """Where the grading of this student stands, in words."""
        if self.excused:
            return EXCUSED
        if self.gone:
            return "graded, but the submission is gone"
        if not self.handed_in:
            return "nothing handed in"
        if not self.grades:
            return "not graded yet"
        return WAITING if self.waiting else "graded"


@dataclass(frozen=True)
class Standing:
    """What the gradebook has of a graded submission.

    Attributes:
        points: what each exercise has got; None while the answer waits for the instructor.
        penalty: the points that the late rule takes off.
        answers: a hash of the answers that were graded; empty if that is not remembered.
    """

    points: dict[str, float | None]
    penalty: float
    answers: str

    @property
    def total(self) -> float:
        """The points so far, after the late penalty."""
        return max(0.0, sum(points or 0.0 for points in self.points.values()) - self.penalty)


@contextmanager
def open_gradebook(course: ClassFolder) -> Iterator[Any]:
    """Open the gradebook that the class is configured to use, as nbgrader's `Gradebook`, for a turn.

    Raises:
        BadInput: if it cannot be read or written, or another process does not end its turn.
    """
    file = Path(course.directory.db_url.removeprefix("sqlite:///"))
    if course.directory.groupshared and course.directory.db_url.startswith("sqlite:///") and not file.exists():
        file.touch(0o660)  # SQLite would not let the group write
    with (
        in_turn(course.root),
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


def has_unit(course: ClassFolder, unit: str) -> bool:
    """Whether the gradebook has a unit."""
    with open_gradebook(course) as gradebook:
        try:
            gradebook.find_notebook(unit, unit)
        except MissingEntry:
            return False
        return True


def is_graded(course: ClassFolder, unit: str) -> bool:
    """Whether somebody has a grade for a unit in the gradebook."""
    with open_gradebook(course) as gradebook:
        return bool(_submitted_notebooks(gradebook, unit))


def require_assignment(gradebook: Any, unit: str) -> None:
    """
    Raises:
        BadInput: if the gradebook does not have the unit, as when it is new or was restored from an old copy.
    """
    try:
        gradebook.find_notebook(unit, unit)
    except MissingEntry as error:
        raise BadInput(
            f"expected {unit} in the gradebook; it is not there. If the gradebook was lost, put a backup back, since "
            f"points given by hand are nowhere else. Otherwise run `rnncourse release {unit}`, then grade again"
        ) from error


def require_gradable(course: ClassFolder, unit: str) -> str:
    """
    Returns:
        A hash of the cells that the gradebook has of the unit, and of their points.

    Raises:
        BadInput: if the gradebook does not have the unit, or has it with checks of another version of this package, or
            with other points than the release.
    """
    with open_gradebook(course) as gradebook:
        require_assignment(gradebook, unit)
        notebook = gradebook.find_notebook(unit, unit)
        other = other_points(gradebook, notebook.grade_cells, released_points(course.release_notebook(unit)))
        cells = [(c.name, c.cell_type, c.locked, c.checksum, c.source) for c in notebook.source_cells]
        points = [(cell.name, cell.cell_type, float(cell.max_score)) for cell in notebook.grade_cells]
    state = hashlib.sha256(repr([sorted(cells), sorted(points)]).encode()).hexdigest()
    if missing := missing_modules(tuple(sorted(source for *_, source in cells))):
        raise BadInput(
            f"the hidden tests of {unit} need {', '.join(missing)}, which this version of the package does not have: "
            "the unit was released with another version. Nobody's grade was changed. "
            f"Run `rnncourse release {unit}` again"
        )
    if other:
        raise BadInput(
            f"expected the points of the release of {unit} in the gradebook; {'; '.join(other)}, as when a backup of "
            f"the gradebook is put back. Nobody's grade was changed. Run `rnncourse release {unit}` again"
        )
    return state


def read_results(course: ClassFolder, unit: str, only: Container[str] | None = None) -> list[Result]:
    """Everybody's points in a unit, by the decisions, late rule and due date as they are now.

    Everybody is whoever handed the unit in, is excused from it, or is in the gradebook, where rosters are entered.

    Args:
        course: the class.
        unit: the unit.
        only: the students to read, such as those of a section; None for all.

    Raises:
        BadInput: if the gradebook cannot be used or does not have the unit, or if a graded notebook is damaged.
    """
    handed_in = set(course.students(unit))
    excuses = read_rules(course.root).excuses_of(unit)
    order = _order(course, unit)
    with open_gradebook(course) as gradebook:
        require_assignment(gradebook, unit)
        given = apply_rules(gradebook, course.config, unit)
        entries = {student.id: student for student in gradebook.students}
        notebooks = {notebook.student.id: notebook for notebook in _submitted_notebooks(gradebook, unit)}
        everybody = sorted(handed_in | entries.keys() | excuses.keys())
        results = []
        for student in everybody if only is None else filter(only.__contains__, everybody):
            result = _result(student, entries.get(student), student in handed_in, excuses.get(student))
            if result.handed_in and student in notebooks:
                result = _graded(result, notebooks[student], order, given, _reasons(course, unit, student))
            results.append(replace(result, gone=not result.handed_in and student in notebooks))
    return results


def read_standings(course: ClassFolder, unit: str) -> dict[str, Standing]:
    """What all graded students have, as in `read_results`, without a look at graded notebooks.

    Raises:
        BadInput: if the gradebook cannot be used or does not have the unit.
    """
    handed_in = set(course.students(unit))
    with open_gradebook(course) as gradebook:
        require_assignment(gradebook, unit)
        given = apply_rules(gradebook, course.config, unit)
        notebooks = {notebook.student.id: notebook for notebook in _submitted_notebooks(gradebook, unit)}
        return {
            student: _standing(gradebook, student, notebooks[student], given)
            for student in sorted(handed_in & notebooks.keys())
        }


def _standing(gradebook: Any, student: str, notebook: Any, given: Mapping[str, Decisions]) -> Standing:
    result = _graded(Result(student), notebook, {}, given, {})
    graded = sorted((name, texts[0]) for name, texts in recall(gradebook, str(notebook.id))[1].items())
    answers = hashlib.sha256(json.dumps(graded).encode()).hexdigest() if graded else ""
    return Standing({grade.exercise: grade.score for grade in result.grades}, result.penalty, answers)


def read_totals(course: ClassFolder, unit: str) -> dict[str, float]:
    """The totals of all graded students.

    Raises:
        BadInput: if the gradebook cannot be used or does not have the unit.
    """
    return {student: standing.total for student, standing in read_standings(course, unit).items()}


def read_result(course: ClassFolder, unit: str, student: str) -> Result:
    """The same of one student whose submission is graded, in a time that does not grow with the class.

    Raises:
        BadInput: if the gradebook cannot be used, or the graded notebook is damaged.
    """
    with open_gradebook(course) as gradebook:
        given = apply_rules(gradebook, course.config, unit, student)
        (notebook,) = _submitted_notebooks(gradebook, unit, student)
        excuse = read_rules(course.root).excuses_of(unit).get(student)
        result = _result(student, notebook.student, True, excuse)
        return _graded(result, notebook, _order(course, unit), given, _reasons(course, unit, student))


def _result(student: str, entry: Any, handed_in: bool, excuse: Excuse | None) -> Result:
    """Of somebody without grades; `entry` is the student's in the gradebook, if there is one."""
    last_name, first_name = (entry.last_name or "", entry.first_name or "") if entry else ("", "")
    return Result(student, last_name, first_name, handed_in, excused=excuse.reason if excuse else "")


def _graded(
    result: Result,
    notebook: Any,
    order: Mapping[str, int],
    given: Mapping[str, Decisions],
    reasons: Mapping[str, str],
) -> Result:
    rows = sorted(notebook.grades, key=lambda row: order.get(row.name, len(order)))
    unit = str(notebook.name)
    grades = tuple(
        _grade(result.student, unit, row, reasons.get(row.name, ""), given.get(str(row.id), UNDECIDED)) for row in rows
    )
    return replace(result, grades=grades, penalty=float(notebook.late_submission_penalty or 0.0))


def _order(course: ClassFolder, unit: str) -> dict[str, int]:
    """The places of graded cells in the notebook."""
    return {grade_id: number for number, grade_id in enumerate(_graded_ids(course.release_notebook(unit)))}


def read_grades(course: ClassFolder, unit: str) -> list[Grade]:
    """All grades of a unit in the order of students and cells."""
    return [grade for result in read_results(course, unit) for grade in result.grades]


def require_grades(results: Iterable[Result], unit: str) -> None:
    """
    Raises:
        BadInput: if nobody has a grade.
    """
    if not any(result.grades for result in results):
        raise BadInput(f"expected graded submissions of {unit}; there are none. Run `rnncourse grade {unit}` first")


def weighed(results: Iterable[Result]) -> dict[str, Weighed]:
    """The exercises that count for other points than in the release, each with one answer to it."""
    grades = (grade for result in results for grade in result.grades)
    return {grade.exercise: grade.decided.weighed for grade in grades if grade.decided.weighed}


def apply_rules(gradebook: Any, config: Config, unit: str, only: str | None = None) -> dict[str, Decisions]:
    """Enter what was decided about checks and exercises, then the late penalties, as the class's rules give them now.

    The late rule is nbgrader's plugin, `AssignLatePenalties.plugin_class`; the others are in rules.json.

    Args:
        gradebook: nbgrader's `Gradebook`.
        config: the class's configuration.
        unit: the unit.
        only: the student; None for all.

    Returns:
        What was decided, by nbgrader's id of the grade.

    Raises:
        BadInput: if the plugin fails, or the rules cannot be read.
    """
    directory = CourseDirectory(config=config)
    decisions = UnitDecisions(directory, unit)
    decisions.enter_maxima(gradebook)
    extensions = read_rules(Path(directory.root)).extensions_of(unit)
    rule: Any = AssignLatePenalties(config=config)
    rule.init_plugin()
    given: dict[str, Decisions] = {}
    changed = False
    for notebook in _submitted_notebooks(gradebook, unit, only):
        given |= decisions.enter(gradebook, notebook)
        penalty = _penalty(rule, notebook, extensions.get(notebook.student.id))
        if penalty != notebook.late_submission_penalty:
            notebook.late_submission_penalty = penalty
            changed = True
    if changed:
        gradebook.db.commit()
    return given


def _penalty(rule: Any, notebook: Any, extension: Extension | None) -> float | None:
    submission = notebook.assignment
    late = submission.total_seconds_late if submission.assignment.duedate is not None else 0.0
    if late > 0 and extension:
        late = min(late, extension.seconds_late(submission.timestamp.replace(tzinfo=UTC)))
    if late <= 0:
        return None
    points = sum(float(row.score) for row in notebook.grades if not row.needs_manual_grade)
    try:
        penalty = rule.plugin_inst.late_submission_penalty(submission.student.id, points, late)
        return None if penalty is None else min(max(float(penalty), 0.0), points)
    except Exception as error:  # the plugin is the instructor's own
        raise BadInput(
            f"expected a late penalty in points from {rule.plugin_class.__name__}; it failed for "
            f"{submission.student.id} ({type(error).__name__}: {error}). Mend it, or take it out of nbgrader_config.py"
        ) from error


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


def enter_times(course: ClassFolder, unit: str, times: Mapping[str, datetime | None]) -> None:
    """Enter when submissions that are in the gradebook were handed in; None if that is not known."""
    with open_gradebook(course) as gradebook:
        for student, time in times.items():
            with suppress(MissingEntry):
                gradebook.find_submission(unit, student).timestamp = _entered(time)
        gradebook.db.commit()


def _entered(time: datetime | None) -> datetime | None:
    """A time as the gradebook has it."""
    return time.astimezone(UTC).replace(tzinfo=None) if time else None


def times_not_entered(
    course: ClassFolder, unit: str, times: Mapping[str, datetime | None]
) -> dict[str, datetime | None]:
    """Those of some times, None if one is not known, that submissions in the gradebook do not have."""
    with open_gradebook(course) as gradebook:
        notebooks = _submitted_notebooks(gradebook, unit)
        entered = {notebook.student.id: notebook.assignment.timestamp for notebook in notebooks}
    return {
        student: time for student, time in times.items() if student in entered and entered[student] != _entered(time)
    }


def enrolled(course: ClassFolder) -> list[str]:
    """The students in the gradebook."""
    with open_gradebook(course) as gradebook:
        return sorted(student.id for student in gradebook.students)


def enter_students(course: ClassFolder, students: Iterable[tuple[str, str, str]]) -> None:
    """Enter the students of a roster: id, last name and first name. Who has no name there keeps the one known."""
    with open_gradebook(course) as gradebook:
        known = {student.id: (student.last_name, student.first_name) for student in gradebook.students}
        for student, *names in students:
            # nbgrader writes its CSV without quotes.
            last_name, first_name = (" ".join(name.replace(",", " ").split()) for name in names)
            if student not in known or known[student] != (last_name, first_name) != ("", ""):
                gradebook.update_or_create_student(student, last_name=last_name, first_name=first_name)


def fingerprints(course: ClassFolder, unit: str, only: str | None = None) -> dict[str, str]:
    """The fingerprint of each student's submission that the points in the gradebook belong to, or of one student's.

    Raises:
        BadInput: if the gradebook cannot be used or does not have the unit.
    """
    with open_gradebook(course) as gradebook:
        require_assignment(gradebook, unit)
        notebooks = _submitted_notebooks(gradebook, unit, only)
        return {notebook.student.id: recall(gradebook, notebook.id)[0] for notebook in notebooks}


def missing_grades(course: ClassFolder, unit: str) -> list[str]:
    """The students who have a graded notebook but no grade in the gradebook, as after a restored backup."""
    entered = fingerprints(course, unit)
    graded = [student for student in course.students(unit) if course.autograded_notebook(unit, student).exists()]
    return [student for student in graded if student not in entered]


Answers = dict[str, tuple[str, str]]
"""For each graded cell two hashes: of the text that was graded last, and of the text that points by hand belong to."""


def recall(gradebook: Any, notebook: str) -> tuple[str, Answers]:
    """What was remembered of a submitted notebook: its fingerprint and its answers; empty if nothing was."""
    row = gradebook.db.execute(select(in_gradebook(gradebook, _GRADED)).where(_GRADED.c.notebook == notebook)).first()
    return (row.fingerprint, {name: (*pair,) for name, pair in json.loads(row.answers).items()}) if row else ("", {})


def remember(gradebook: Any, notebook: str, fingerprint: str, answers: Answers) -> None:
    """Remember what the points of a submitted notebook belong to."""
    gradebook.db.execute(delete(_GRADED).where(_GRADED.c.notebook == notebook))
    values = {"notebook": notebook, "fingerprint": fingerprint, "answers": json.dumps(answers)}
    gradebook.db.execute(insert(_GRADED).values(values))
    gradebook.db.commit()


def _submitted_notebooks(gradebook: Any, unit: str, only: str | None = None) -> list[Any]:
    """nbgrader's `SubmittedNotebook`s of a unit, with all that belongs to them, in two queries and not in thousands."""
    rows: Any = api
    notebook, submission = rows.SubmittedNotebook, rows.SubmittedAssignment
    found = (
        gradebook.db.query(notebook)
        .join(notebook.notebook)
        .join(rows.Notebook.assignment)
        .where(rows.Assignment.name == unit, rows.Notebook.name == unit)
        .options(
            joinedload(notebook.notebook),
            joinedload(notebook.assignment).joinedload(submission.student),
            joinedload(notebook.assignment).joinedload(submission.assignment),
            selectinload(notebook.grades).options(joinedload(rows.Grade.cell), undefer(rows.Grade.max_score)),
        )
    )
    if only is not None:
        found = found.join(notebook.assignment).where(submission.student_id == only)
    return found.all()


def _grade(student: str, unit: str, row: Any, reason: str, decided: Decisions) -> Grade:
    score = float(row.score)
    if row.needs_manual_grade:
        score, reason = None, WAITING
        for points, kind in ((row.manual_score, "points"), (row.extra_credit, "extra points")):
            if points is not None:
                reason += f"; {points:g} {kind} were given for an earlier answer"
    return Grade(student, unit, row.name.removesuffix("-check"), score, float(row.max_score), reason, decided)


def _graded_ids(path: Path) -> list[str]:
    return [str(cell.metadata.nbgrader.grade_id) for cell in nbformat.read(path, as_version=4).cells if is_grade(cell)]


def _reasons(course: ClassFolder, unit: str, student: str) -> dict[str, str]:
    """Why points were lost in each graded cell, as the graded notebook says."""
    path = course.autograded_notebook(unit, student)
    if not path.exists():
        return {}
    nb = read_graded(path)
    refused = nb.metadata.get("rnncourse", {}).get("refused")
    return {str(cell.metadata.nbgrader.grade_id): refused or _reason(cell) for cell in nb.cells if is_grade(cell)}


def _reason(cell: NotebookNode) -> str:
    untouched = is_solution(cell) and cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
    return "no answer" if untouched else cell.metadata.get("rnncourse", {}).get("reason") or ""

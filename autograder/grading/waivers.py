"""Adds the points of waived checks to answers, where nbgrader's own tools see them as extra credit.

A table of our own, `rnncourse_waived`, says which part of an answer's extra credit that is, so that an instructor's own
extra credit stays, and a waiver can be taken back. With them an answer never has more than its full points.
"""

import ast
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution
from sqlalchemy import Column, Float, String, Table, delete, insert, select

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.damaged import read_graded
from autograder.grading.own_tables import TABLES, in_gradebook
from autograder.grading.rebuild import grade_id, squeezed
from autograder.grading.rules import Waiver, read_rules
from autograder.grading.weights import Answer

_LONGEST = 20_000
_NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
_WAIVED = Table(
    "rnncourse_waived",
    TABLES,
    Column("grade", String(32), primary_key=True),
    Column("own", Float),
    Column("waived", Float, nullable=False),
)


@dataclass(frozen=True)
class WaivedCheck:
    """A check that a student has not passed, and whose points count all the same."""

    name: str
    points: float
    reason: str

    def __str__(self) -> str:
        return f"“{self.name}” was waived: {self.reason}"


def waived_checks(
    graded: NotebookNode, release: NotebookNode, waivers: Sequence[Waiver]
) -> dict[str, list[WaivedCheck]]:
    """The waived checks that a submission does not pass, where something was written.

    Args:
        graded: the submission with the verdicts on it.
        release: the released notebook, with the stubs.
        waivers: those of the unit.

    Returns:
        By grade_id of the test cell; where there are none, nothing.
    """
    found: dict[str, list[WaivedCheck]] = {}
    reasons = {(waiver.exercise, waiver.check): waiver.reason for waiver in waivers}
    answers: list[NotebookNode] = []
    for cell in graded.cells:
        if is_solution(cell):
            answers.append(cell)
        if not is_grade(cell):
            continue
        name, own, answers = str(grade_id(cell)), answers, []
        checks = cell.metadata.get("rnncourse", {}).get("checks", [])
        waived = [
            WaivedCheck(check["name"], check["points"], reasons[exercise, check["name"]])
            for check in checks
            if not check["passed"] and ((exercise := name.removesuffix("-check")), check["name"]) in reasons
        ]
        if waived and (any(check["passed"] for check in checks) or _written(own, graded, release)):
            found[name] = waived
    return found


class UnitWaivers:
    """The waivers of a unit, ready to be entered."""

    def __init__(self, directory: CourseDirectory, unit: str):
        """
        Raises:
            BadInput: if the rules of the class cannot be read.
        """
        self._directory = directory
        self._unit = unit
        self._waivers = read_rules(Path(directory.root)).waivers_of(unit)
        self._release = self._read(directory.release_directory, ".") if self._waivers else None

    def add(
        self, gradebook: Any, student: str, answers: Sequence[Answer], graded: NotebookNode | None = None
    ) -> tuple[list[Answer], dict[str, list[WaivedCheck]], bool]:
        """Add the points of waived checks to the answers of one submission, or take back what was added before.

        Where the graded notebook is lost, what was added stays.

        Args:
            gradebook: nbgrader's `Gradebook`, which remembers what was added.
            student: the student.
            answers: the answers, out of the points in the release.
            graded: the submission with the verdicts on it, if it is not in the class folder yet.

        Returns:
            The answers; the waived checks that gave points, by nbgrader's id of the grade; whether anything changed.
        """
        waived: Mapping[str, Sequence[WaivedCheck]] = {}
        if self._waivers:
            graded = graded or self._read(self._directory.autograded_directory, student)
            if self._release is None or graded is None or "fingerprint" not in graded.metadata.get("rnncourse", {}):
                return list(answers), {}, False
            waived = waived_checks(graded, self._release, self._waivers)
        return _add(gradebook, answers, waived)

    @staticmethod
    def take_out(gradebook: Any, answers: Sequence[Answer]) -> tuple[list[Answer], bool]:
        """The answers without the points of waived checks; and whether anything changed."""
        answers, _, changed = _add(gradebook, answers, {})
        return answers, changed

    def _read(self, step: str, student: str) -> NotebookNode | None:
        path = Path(self._directory.format_path(step, student, self._unit)) / f"{self._unit}.ipynb"
        try:
            return nbformat.read(path, as_version=4)
        except (OSError, ValueError, KeyError, AttributeError):
            return None


def _add(
    gradebook: Any, answers: Iterable[Answer], waived: Mapping[str, Sequence[WaivedCheck]]
) -> tuple[list[Answer], dict[str, list[WaivedCheck]], bool]:
    answers = list(answers)
    ids = [answer.id for answer in answers]
    found = gradebook.db.execute(select(in_gradebook(gradebook, _WAIVED)).where(_WAIVED.c.grade.in_(ids)))
    added = {line.grade: (line.own, line.waived) for line in found}
    given: dict[str, list[WaivedCheck]] = {}
    changed = False
    for n, answer in enumerate(answers):
        checks = list(waived.get(answer.name, ()))
        room = max(0.0, answer.released - answer.reached)
        points = sum(check.points for check in checks)
        points = room if math.isclose(points, room) else min(round(points, 6), room)
        before = added.get(answer.id, (answer.extra, 0.0))
        own = _own(answer.extra, *before)
        total = (own or 0.0) + points if points else own
        if points:
            given[answer.id] = checks
        if total != answer.extra or (own, points) != before:
            changed = True
            answers[n] = replace(answer, extra=total)
            gradebook.db.execute(delete(_WAIVED).where(_WAIVED.c.grade == answer.id))
            if points:
                gradebook.db.execute(insert(_WAIVED).values(grade=answer.id, own=own, waived=points))
    return answers, given, changed


def _own(now: float | None, own: float | None, waived: float) -> float | None:
    """The instructor's own extra credit, who may have changed in the formgrader what a waiver had been added to."""
    if now == (own or 0.0) + waived:
        return own
    return None if now is None else max(now - waived, min(now, 0.0))


def graded_checks(course: ClassFolder, unit: str) -> dict[str, list[str]]:
    """The checks of each exercise in the graded submissions of a unit.

    Raises:
        BadInput: if a graded notebook is damaged, which would keep the points that it has.
    """
    checks: dict[str, list[str]] = {}
    for path in filter(Path.exists, (course.autograded_notebook(unit, student) for student in course.students(unit))):
        for cell in read_graded(path).cells:
            verdict = cell.metadata.get("rnncourse", {})
            if "checks" in verdict and (name := grade_id(cell)):
                names = checks.setdefault(name.removesuffix("-check"), [])
                names += [one["name"] for one in verdict["checks"] if one["name"] not in names]
    return checks


def require_check(checks: Mapping[str, Sequence[str]], unit: str, exercise: str, check: str) -> None:
    """
    Raises:
        BadInput: if a check is not among those of the graded submissions.
    """
    if check in checks.get(exercise, []):
        return
    if not checks:
        raise BadInput(f"expected graded submissions of {unit}; there are none. Run `rnncourse grade {unit}` first")
    if exercise not in checks:
        raise BadInput(f"expected an exercise of {unit}, one of {', '.join(checks)}; got {exercise!r}")
    names = ", ".join(f"“{name}”" for name in checks[exercise])
    raise BadInput(f"expected a check of {exercise}, one of {names}; got “{check}”")


def _written(answers: Iterable[NotebookNode], graded: NotebookNode, release: NotebookNode) -> bool:
    """Whether the cells of an answer, or a cell that the student added, say more than the stubs."""
    stubs = {str(grade_id(cell)): cell.source for cell in release.cells if is_solution(cell)}
    functions: dict[str, str] = {}
    for answer in answers:
        stub = stubs.get(str(grade_id(answer)), "")
        if _essence(answer.source) not in ("", _essence(stub)):
            return True
        functions |= _functions(stub)
    added = [cell.source for cell in graded.cells if cell.cell_type == "code" and not grade_id(cell)]
    return any(
        name in functions and essence != functions[name]
        for source in added
        for name, essence in _functions(source).items()
    )


class _WithoutPlaceholders(ast.NodeTransformer):
    """Leaves out what does nothing: texts, `...`, `pass`, and `raise NotImplementedError`."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else node

    def visit_Pass(self, node: ast.Pass) -> None:
        return None

    def visit_Raise(self, node: ast.Raise) -> ast.AST | None:
        return None if node.exc and "NotImplementedError" in ast.unparse(node.exc) else node


def _essence(source: str) -> str:
    """What a text says to Python; if that is nothing to Python, or the text is very long, the text."""
    try:
        return ast.unparse(_WithoutPlaceholders().visit(_parse(source)))
    except _NOT_PYTHON:
        return squeezed(source)


def _functions(source: str) -> dict[str, str]:
    """The functions that a text defines, each with its essence."""
    try:
        body = _parse(source).body
        return {node.name: _essence(ast.unparse(node)) for node in body if isinstance(node, ast.FunctionDef)}
    except _NOT_PYTHON:
        return {}


def _parse(source: str) -> ast.Module:
    if len(source) > _LONGEST:
        raise ValueError(f"longer than {_LONGEST} characters")
    with warnings.catch_warnings(action="ignore"):
        return ast.parse(source)

"""Enters what exercises count after the fact into the gradebook, where nbgrader's own tools see it.

The gradebook then holds the points that count, out of what the exercise counts. A table of our own,
`rnncourse_weighed`, holds them as they were given, out of the exercise's points in the release, so that a weight can be
taken back, also from an exercise that was dropped. After a release with other points an answer stays out of the earlier
ones until it is graded again. Grading knows nothing of weights: its verdicts are out of the released points.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import OverwriteCells
from nbgrader.utils import is_grade
from sqlalchemy import Column, String, Table, Text, delete, insert, select
from sqlalchemy.orm.attributes import set_committed_value

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.own_tables import TABLES, in_gradebook
from autograder.grading.rules import Weight, read_rules

_WEIGHED = Table(
    "rnncourse_weighed",
    TABLES,
    Column("entry", String(32), primary_key=True),
    Column("given", Text, nullable=False),
)
_Points = tuple[float | None, float | None, float | None, bool]


@dataclass(frozen=True)
class Answer:
    """The points of one answer, out of those in the release that it was graded with.

    Attributes:
        id: nbgrader's id of the grade.
        name: the grade_id.
        released: the points of the exercise in that release.
        auto: the points that a check gave.
        manual: those that an instructor gave in their place.
        extra: those that came on top.
        waits: whether the answer waits for the instructor.
    """

    id: str
    name: str
    released: float
    auto: float | None
    manual: float | None
    extra: float | None
    waits: bool

    @property
    def reached(self) -> float:
        """The points without those on top."""
        return float((self.auto if self.manual is None else self.manual) or 0.0)

    @property
    def points(self) -> _Points:
        return self.auto, self.manual, self.extra, self.waits

    def counting(self, most: float) -> _Points:
        """The points where the exercise counts for `most`. One that is dropped waits for nobody."""
        auto, manual, extra = (_scaled(points, self.released, most) for points in self.points[:3])
        return auto, manual, extra, self.waits and most > 0

    def out_of(self, released: float) -> "Answer":
        """The answer in a release with other points; as it is where the exercise has none there."""
        if released in (0, self.released):
            return self
        auto, manual, extra = (_scaled(points, self.released, released) for points in self.points[:3])
        return replace(self, released=released, auto=auto, manual=manual, extra=extra)


@dataclass(frozen=True)
class Weighed:
    """An answer to an exercise that counts for other points than in the release; `reached` is None while it waits."""

    counts: float
    released: float
    reached: float | None
    reason: str

    @property
    def rule(self) -> str:
        """What holds for everybody."""
        return f"counts {self.counts:g} points instead of {self.released:g}: {self.reason}"

    def __str__(self) -> str:
        own = "" if self.reached is None else f" ({self.reached:g} of {self.released:g} were reached)"
        return self.rule + own


class KeepPoints(OverwriteCells):
    """nbgrader's step that takes cells from the gradebook, where weighed exercises have the points of the release."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        found: Any = None
        if is_grade(cell):
            with suppress(MissingEntry):
                found = self.gradebook.find_graded_cell(
                    cell.metadata.nbgrader["grade_id"], self.notebook_id, self.assignment_id
                )
        if found is not None and (known := _read(self.gradebook, [found])):
            # For this step alone: what the gradebook has stays.
            set_committed_value(found, "max_score", known[str(found.id)]["released"])
        return super().preprocess_cell(cell, resources, cell_index)


class UnitWeights:
    """The weights of a unit, ready to be entered."""

    def __init__(self, directory: CourseDirectory, unit: str):
        """
        Raises:
            BadInput: if the rules of the class cannot be read.
        """
        self._unit = unit
        self._weights = read_rules(Path(directory.root)).weights_of(unit)
        self._released = released_points(
            Path(directory.format_path(directory.release_directory, ".", unit)) / f"{unit}.ipynb"
        )

    def enter_maxima(self, gradebook: Any) -> None:
        """Let each exercise of the unit have the points that it counts for."""
        notebooks = gradebook.find_assignment(self._unit).notebooks
        cells = [cell for notebook in notebooks if notebook.name == self._unit for cell in notebook.grade_cells]
        before = _read(gradebook, cells)
        changed = False
        for cell in cells:
            weight = self._weights.get(_exercise(cell.name))
            known = before.get(str(cell.id))
            if weight is None and known is None:
                continue
            now = float(cell.max_score)
            released = self._released.get(cell.name, known["released"] if known else now)
            most = weight.points if weight else released
            new = {"released": released} if weight else None
            if (most, new) != (now, known):
                changed = True
                cell.max_score = most
                _write(gradebook, cell, new)
        if changed:
            gradebook.db.commit()

    def lift(self, gradebook: Any, notebook: Any) -> list[Answer]:
        """The answers of a submission as they were given, whatever they count for in the gradebook now.

        Points that an instructor has changed there since are out of what the exercise counted for.
        """
        before = _read(gradebook, notebook.grades)
        return [self._answer(row, before.get(str(row.id))) for row in notebook.grades]

    def _answer(self, row: Any, known: dict[str, Any] | None) -> Answer:
        auto, manual, extra, waits = _points(row)
        released = known["released"] if known else self._released.get(row.name, float(row.max_score))
        if known:
            given, entered, counted = known["given"], known["entered"], known["counted"]
            auto = given[0] if auto == entered[0] else auto
            manual = given[1] if manual == entered[1] else _scaled(manual, counted, released)
            extra = given[2] if extra == entered[2] else _scaled(extra, counted, released)
            waits = given[3] if waits == entered[3] else waits
        return Answer(str(row.id), row.name, released, auto, manual, extra, waits)

    def ended(self, answers: Iterable[Answer]) -> bool:
        """Whether some answers are out of the points of an earlier release, and no weight holds for them any more."""
        return any(self._now(answer) != answer and _exercise(answer.name) not in self._weights for answer in answers)

    def _now(self, answer: Answer) -> Answer:
        """The answer out of the points in the release as it is now."""
        return answer.out_of(self._released.get(answer.name, answer.released))

    def enter(self, gradebook: Any, notebook: Any, answers: Sequence[Answer]) -> tuple[dict[str, Weighed], bool]:
        """Enter what answers count for.

        Args:
            gradebook: nbgrader's `Gradebook`.
            notebook: nbgrader's `SubmittedNotebook`.
            answers: its answers as they were given.

        Returns:
            Those with a weight, by nbgrader's id of the grade; and whether anything changed.
        """
        changed = _enter(gradebook, notebook, answers, self._weights)
        weighed = {
            answer.id: Weighed(
                weight.points,
                answer.released,
                None if answer.waits else answer.reached + (answer.extra or 0.0),
                weight.reason,
            )
            for answer in answers
            if (weight := self._weights.get(_exercise(answer.name)))
        }
        return weighed, changed

    def take_out(self, gradebook: Any, notebook: Any, answers: Iterable[Answer]) -> bool:
        """Put the points of a submission back, out of those in the release, and say whether anything changed."""
        return _enter(gradebook, notebook, map(self._now, answers), {})


def _enter(gradebook: Any, notebook: Any, answers: Iterable[Answer], weights: Mapping[str, Weight]) -> bool:
    before = _read(gradebook, notebook.grades)
    changed = False
    for row, answer in zip(notebook.grades, answers, strict=True):
        weight = weights.get(_exercise(answer.name))
        counting = answer.counting(weight.points) if weight else answer.points
        new = None
        if weight:
            new = {
                "given": list(answer.points),
                "released": answer.released,
                "entered": list(counting),
                "counted": weight.points,
            }
        if counting != _points(row) or new != before.get(answer.id):
            changed = True
            row.auto_score, row.manual_score, row.extra_credit, row.needs_manual_grade = counting
            _write(gradebook, row, new)
    return changed


def released_points(path: Path) -> dict[str, float]:
    """The points of each graded cell in a released notebook, by grade_id; empty if there is none."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
        return {str(mark["grade_id"]): float(mark["points"]) for mark in marks if mark.get("grade")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def other_points(gradebook: Any, cells: Sequence[Any], released: Mapping[str, float]) -> list[str]:
    """The graded cells that have other points in the gradebook than in the release, in words."""
    weighed = _read(gradebook, cells)
    return [
        f"{cell.name} is out of {cell.max_score:g} there, and of {released[cell.name]:g} in the release"
        for cell in cells
        if str(cell.id) not in weighed and released.get(cell.name, cell.max_score) != cell.max_score
    ]


def require_exercise(course: ClassFolder, unit: str, exercise: str) -> float:
    """The points of an exercise in the release.

    Raises:
        BadInput: if there is no such exercise, or it has no points there.
    """
    points = {_exercise(name): most for name, most in released_points(course.release_notebook(unit)).items()}
    if exercise not in points:
        raise BadInput(f"expected an exercise of {unit}, one of {', '.join(points)}; got {exercise!r}")
    if not points[exercise]:
        raise BadInput(
            f"expected an exercise with points; {exercise} has none in the release. Give it some in "
            f"{course.source(unit)}, then run `rnncourse release {unit}`"
        )
    return points[exercise]


def _exercise(name: str) -> str:
    return name.removesuffix("-check")


def _scaled(points: float | None, of: float, most: float) -> float | None:
    """Points out of `of` as points out of `most`; where there is no proportion, as they are."""
    if points is None or not of:
        return points
    return most if math.isclose(points, of) else round(points * most / of, 9)


def _points(row: Any) -> _Points:
    return row.auto_score, row.manual_score, row.extra_credit, bool(row.needs_manual_grade)


def _read(gradebook: Any, rows: Iterable[Any]) -> dict[str, dict[str, Any]]:
    ids = [str(row.id) for row in rows]
    found = gradebook.db.execute(select(in_gradebook(gradebook, _WEIGHED)).where(_WEIGHED.c.entry.in_(ids)))
    return {line.entry: json.loads(line.given) for line in found}


def _write(gradebook: Any, row: Any, given: dict[str, Any] | None) -> None:
    gradebook.db.execute(delete(_WEIGHED).where(_WEIGHED.c.entry == str(row.id)))
    if given is not None:
        gradebook.db.execute(insert(_WEIGHED).values(entry=str(row.id), given=json.dumps(given)))

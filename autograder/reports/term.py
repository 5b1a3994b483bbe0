"""The report and the table of a whole term: every student over all units, who falls behind, and what persists."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from statistics import mean, median

from jinja2 import Environment, FileSystemLoader

from autograder.authoring.units import Unit, all_units
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.csv_text import as_csv
from autograder.grading.gradebook import Result, due_date, is_graded, read_results, weighed
from autograder.grading.own_files import write_own
from autograder.grading.rules import Extension, read_rules
from autograder.reports.feedback import TEMPLATES
from autograder.reports.report import Submission, graded_notebook

LATEST = 2
"""The number of units by which somebody falls behind."""
LITTLE = 0.5
"""The share of the points of the latest units under which somebody falls behind."""
FALL = 0.25
"""How far under the mean of all units before it the latest one has to be."""

NOT_DUE = "not due yet"
COLUMNS = ("student", "last_name", "first_name")


@dataclass(frozen=True)
class Cell:
    """One student's unit.

    Attributes:
        unit: the unit.
        result: the grades.
        state: where it stands, in words.
        maximum: the points of the unit.
    """

    unit: str
    result: Result
    state: str
    maximum: float = 0.0

    @property
    def counts(self) -> bool:
        return not self.result.excused

    @property
    def graded(self) -> bool:
        return bool(self.result.grades) and self.counts

    @property
    def missing(self) -> bool:
        """Whether nothing was handed in, and is due."""
        return not self.result.handed_in and not self.result.gone and self.counts and self.state != NOT_DUE

    @property
    def readable(self) -> float:
        """The points of what does not wait for the instructor."""
        return sum(grade.max_score for grade in self.result.grades if grade.score is not None)

    @property
    def share(self) -> float | None:
        """The part of the points reached so far, of what does not wait; None where nothing is graded, or counts."""
        return self.result.total / self.readable if self.readable and self.counts else None


@dataclass(frozen=True)
class TermUnit:
    """A unit in which somebody has a grade.

    Attributes:
        name: the unit.
        maximum: its points.
        cells: everybody's, by student.
        submissions: the graded ones, with their notebooks.
        rules: which exercises count for other points than in the release, and why.
    """

    name: str
    maximum: float
    cells: dict[str, Cell]
    submissions: list[Submission]
    rules: list[str]

    @property
    def number(self) -> str:
        return self.name.partition("_")[0]

    @property
    def shares(self) -> list[float]:
        return [cell.share for cell in self.cells.values() if cell.share is not None]

    @property
    def seconds(self) -> list[float]:
        """How long grading took, of those of which it is known."""
        return [submission.seconds for submission in self.submissions if submission.seconds is not None]

    @property
    def waiting(self) -> int:
        return sum(cell.result.waiting and cell.counts for cell in self.cells.values())


@dataclass(frozen=True)
class TermStudent:
    """One student over all units.

    Attributes:
        student: the student.
        last_name, first_name: the student's name, if a roster gave it.
        cells: one for each unit, in their order.
        ungraded: the units that the student handed in, and in which nobody has a grade.
    """

    student: str
    last_name: str
    first_name: str
    cells: tuple[Cell, ...]
    ungraded: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        return sum(cell.result.total for cell in self.cells if cell.counts)

    @property
    def maximum(self) -> float:
        """The points of the units that count for this student."""
        return sum(cell.maximum for cell in self.cells if cell.counts)

    @property
    def open(self) -> list[Cell]:
        """The units whose points may still change: not graded, waiting, not due yet, or without what was graded."""
        found = [cell for cell in self.cells if cell.counts]
        done = "graded", "nothing handed in"
        return [cell for cell in found if cell.state == NOT_DUE or cell.result.state not in done]

    @property
    def open_units(self) -> str:
        """Why there is no total yet, in words; empty if there is one."""
        return "; ".join([f"{cell.unit} {cell.state}" for cell in self.open] + self.left_out)

    @property
    def left_out(self) -> list[str]:
        """The units that were handed in and have no column yet, in words."""
        return [f"{unit} not graded yet" for unit in self.ungraded]

    @cached_property
    def concerns(self) -> list[str]:
        """Why the student seems to be falling behind; empty if nothing says so."""
        due = [cell for cell in self.cells if cell.counts and cell.state != NOT_DUE]
        latest = due[-LATEST:]
        said = []
        if missing := [cell.unit for cell in latest if cell.missing]:
            said.append(f"nothing handed in for {' and '.join(missing)}")
        graded = [cell for cell in latest if cell.share is not None]
        most = sum(cell.readable for cell in graded)
        reached = sum(cell.result.total for cell in graded)
        if graded and reached < LITTLE * most:
            said.append(f"{_percent(reached / most)} of the points of {' and '.join(cell.unit for cell in graded)}")
        shares = [(cell.unit, cell.share) for cell in due if cell.share is not None]
        if len(shares) > LATEST:
            (unit, last), before = shares[-1], mean(share for _, share in shares[:-1])
            if before - last >= FALL:
                said.append(f"{_percent(last)} in {unit}, after {_percent(before)} in the units before")
        return said


@dataclass(frozen=True)
class Persistent:
    """A misconception that some students have shown in several units.

    Attributes:
        texts: what students have read about it, by unit.
        students: who shows it in which units.
    """

    texts: dict[str, list[str]]
    students: dict[str, list[str]]


@dataclass(frozen=True)
class Term:
    """A class over all units.

    Attributes:
        units: those in which somebody has a grade, in the order of the course.
        students: everybody.
        ungraded: the released units in which nobody has a grade.
        section: the section that they are of; empty if it is the whole class.
    """

    units: list[TermUnit]
    students: list[TermStudent]
    ungraded: list[str]
    section: str = ""

    @property
    def maximum(self) -> float:
        return sum(unit.maximum for unit in self.units)

    @property
    def behind(self) -> list[TermStudent]:
        """Who seems to be falling behind, those with the most missing units first."""
        found = [student for student in self.students if student.concerns]
        return sorted(found, key=lambda s: (-sum(cell.missing for cell in s.cells), s.total))


def read_term(
    course: ClassFolder, notebooks: bool = True, section: str = "", only: Container[str] | None = None
) -> Term:
    """Everybody's results in all released units.

    Args:
        course: the class.
        notebooks: whether to read the graded notebooks too, for misconceptions and times.
        section: the name of the section to read; empty for the class.
        only: the students of that section; None for all.

    Raises:
        BadInput: if no unit has a grade, if the release of one that has is gone, or the gradebook cannot be used.
    """
    released = [unit.name for unit in all_units() if course.release_notebook(unit.name).is_file()]
    if gone := [unit.name for unit in all_units() if unit.name not in released and is_graded(course, unit.name)]:
        raise BadInput(
            f"expected the release of each graded unit; that of {', '.join(gone)} is gone. Run `rnncourse release UNIT`"
        )
    results = {unit: {result.student: result for result in read_results(course, unit)} for unit in released}
    graded = [unit for unit in released if any(result.grades for result in results[unit].values())]
    if not graded:
        raise BadInput("expected a graded unit; there is none. Run `rnncourse grade UNIT` first")
    ungraded = [unit for unit in released if unit not in graded]
    known = {student: result for unit in released for student, result in results[unit].items()}
    students = {student: result for student, result in known.items() if only is None or student in only}
    units = []
    for name in graded:
        due, extensions = due_date(course, name), read_rules(course.root).extensions_of(name)
        own = [results[name].get(student, Result(student, handed_in=False)) for student in sorted(students)]
        # Of the whole class, so that every section is out of the same points.
        maximum = max(sum(grade.max_score for grade in result.grades) for result in results[name].values())
        cells = {r.student: Cell(name, r, _state(r, due, extensions.get(r.student)), maximum) for r in own}
        handed_in = [Submission(result, graded_notebook(course, name, result)) for result in own if notebooks]
        rules = [f"{exercise} {weight.rule}" for exercise, weight in weighed(own).items()]
        units.append(TermUnit(name, maximum, cells, [one for one in handed_in if one.notebook], rules))
    everybody = [
        TermStudent(
            student,
            result.last_name,
            result.first_name,
            tuple(unit.cells[student] for unit in units),
            tuple(
                name for name in ungraded if (own := results[name].get(student)) and own.handed_in and not own.excused
            ),
        )
        for student, result in sorted(students.items())
    ]
    return Term(units, everybody, ungraded, section)


def _state(result: Result, due: datetime | None, extension: Extension | None) -> str:
    """Where a student's unit stands, in words: as the result says, but for what need not be handed in yet.

    No penalty for lateness is no later date: else somebody who never hands in would never have a total.
    """
    until = extension.until if extension else None
    in_time = due is not None and datetime.now(UTC) <= max(due, until or due)
    return NOT_DUE if in_time and not result.handed_in and not result.excused else result.state


def persistent(units: Sequence[TermUnit]) -> list[Persistent]:
    """The misconceptions that a student shows in several units, the most frequent first.

    Two of different units are the same if they are one slip that every exercise knows, or mistakes of one name.
    """
    texts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    holders: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for unit in units:
        names = _names(unit.name)
        for student, exercise, text in _misconceptions(unit.submissions):
            for name in names.get((exercise, text), {text}):
                known, own = texts[name][unit.name], holders[name][student]
                known += [text] * (text not in known)
                own += [unit.name] * (unit.name not in own)
    found: list[Persistent] = []
    for name, students in holders.items():
        stuck = {student: own for student, own in sorted(students.items()) if len(own) > 1}
        where = {unit: said for unit, said in texts[name].items() if any(unit in own for own in stuck.values())}
        one = Persistent(where, stuck)
        found += [one] * bool(stuck and one not in found)
    return sorted(found, key=lambda one: -len(one.students))


def _misconceptions(submissions: Iterable[Submission]) -> Iterator[tuple[str, str, str]]:
    """Student, exercise and text of each recognised misconception."""
    for submission in submissions:
        for name, verdict in submission.verdicts.items():
            if verdict["misconception"]:
                yield submission.student, name.removesuffix("-check"), verdict["misconception"]


def _names(unit: str) -> dict[tuple[str, str], set[str]]:
    """The names of a unit's mistakes, by exercise and misconception."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for task in Unit(unit).tasks():
        for mistake in task.exercise.mistakes if task.exercise else []:
            found[task.id, mistake.misconception].add(mistake.name)
    return found


def write_term_report(course: ClassFolder, path: Path, section: str = "", only: Container[str] | None = None) -> None:
    """Write the page on the whole term, of the class or of a section and its students.

    Raises:
        BadInput: if no unit has a grade, or if another file is at that place.
    """
    write_own(course, path, term_page(read_term(course, section=section, only=only)))


def term_page(term: Term) -> str:
    """The page on the whole term, in HTML."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "rnncourse"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("term.html.j2").render(
        term=term,
        persistent=persistent(term.units),
        median=median,
        percent=_percent,
        latest=LATEST,
        little=LITTLE,
        fall=FALL,
    )


def write_term_table(course: ClassFolder, path: Path, only: Container[str] | None = None) -> Term:
    """Write one line a student: the points of each unit, their sum, what they are out of, and what is open.

    A unit is empty where nothing was handed in, which counts as no points; it is empty as well, and so is the total,
    while it is not graded, a question waits, or it is not due yet. It is EX for whoever is excused: then it counts
    neither in the sum nor in what that is out of.

    Args:
        course: the class.
        path: the file to write.
        only: the students to write, such as those of a section; None for all.

    Raises:
        BadInput: if no unit has a grade, or if another file is at that place.
    """
    term = read_term(course, notebooks=False, only=only)
    header = (*COLUMNS, *(unit.name for unit in term.units), "total", "max_points", "open")
    rows = [
        (
            student.student,
            student.last_name,
            student.first_name,
            *(_points(cell) for cell in student.cells),
            "" if student.open_units else f"{student.total:g}",
            f"{student.maximum:g}",
            "; ".join(
                [f"{cell.unit} {cell.state}" for cell in student.cells if cell.state != "graded"] + student.left_out
            ),
        )
        for student in term.students
    ]
    write_own(course, path, as_csv([header, *rows]))
    return term


def _points(cell: Cell) -> str:
    return f"{cell.result.total:g}" if cell.result.state == "graded" else "" if cell.counts else "EX"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

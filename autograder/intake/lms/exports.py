"""Writes the points of a unit as files that Canvas and Moodle import.

    Canvas   Student, ID, SIS User ID, SIS Login ID, Section, Title (number)     after the gradebook export, with its
             line of points possible
    Moodle   the grading worksheet of the assignment, with the column Grade filled
    Moodle   a table for Grades, Import: what names the student in the roster, and a column with the points

Only a final grade becomes a number. Where a question waits for the instructor, or nothing was handed in, the entry of
the system is put back, since an empty one would erase it. What is excused or locked there stays as it is. Whoever is
excused here is EX in Canvas, and has no grade in Moodle, which knows no excuse.
"""

import re
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.csv_text import as_csv
from autograder.grading.gradebook import read_results
from autograder.grading.own_files import write_own
from autograder.intake.lms.roster import Kind, Roster, Student

CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE_COLUMNS = ("Username", "ID number", "Email address", "First name", "Last name", "Surname")
# Long texts that Moodle does not need; it keeps its own where a column is missing.
_WORKSHEET_TEXTS = ("online text", "feedback comments")
_NO = ("no", "nein", "non", "いいえ")
_NUMBER = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?|\d+(\.\d*)?")


@dataclass(frozen=True)
class Total:
    """One student's points in a unit; None while a question waits for the instructor, or if the student is excused."""

    student: str
    points: Decimal | None
    excused: bool = False


@dataclass(frozen=True)
class Exported:
    """Summary of an export.

    Attributes:
        written: the number of students with points in the file.
        waiting: students whose questions wait for the instructor.
        unlisted: students with a grade who are not in the roster.
        changed: the entries that were something else in the system, and the points that take their place.
        put_back: the entries of students without points here, as they are in the system.
        fixed: the entries that must not change, since they are excused or locked in the system.
        excused: the entries of students who are excused here, as they were in the system.
    """

    written: int
    waiting: tuple[str, ...]
    unlisted: tuple[str, ...]
    changed: Mapping[str, str]
    put_back: Mapping[str, str]
    fixed: Mapping[str, str]
    excused: Mapping[str, str]

    def lines(self) -> list[str]:
        """Messages for the instructor."""
        lines = [f"{self.written} students have points"]
        if self.changed:
            lines.append(f"other points than the roster has: {_entries(self.changed)}")
        if self.waiting:
            lines.append(f"without points, since a question waits for you: {', '.join(self.waiting)}")
        if self.unlisted:
            lines.append(f"left out, since they are not in the roster: {', '.join(self.unlisted)}")
        if self.put_back:
            lines.append(f"put back as it was, since there are no points here: {_entries(self.put_back)}")
        if self.fixed:
            lines.append(f"not changed, since excused or locked there: {_entries(self.fixed)}")
        if self.excused:
            lines.append(f"without points, since excused here: {_entries(self.excused)}")
        return lines


def totals(course: ClassFolder, unit: str, only: Container[str] | None = None) -> tuple[list[Total], Decimal]:
    """Each student's points after late penalties, to two decimals, or that they are excused; and the maximum."""
    results = read_results(course, unit, only)
    graded = [result for result in results if result.grades]
    found = [
        Total(r.student, None if r.waiting or r.excused else rounded(r.total), excused=bool(r.excused))
        for r in results
        if r.grades or r.excused
    ]
    return found, rounded(max((sum(grade.max_score for grade in result.grades) for result in graded), default=0.0))


def rounded(points: float) -> Decimal:
    """Points to two decimals, halves rounded up: also 11.174999999999999, which is a sum of 11.175."""
    return Decimal(repr(round(float(points), 9))).quantize(Decimal("0.01"), ROUND_HALF_UP)


def write_canvas(
    course: ClassFolder,
    unit: str,
    roster: Roster,
    path: Path,
    column: str | None = None,
    only: Container[str] | None = None,
) -> Exported:
    """Write the points for Grades, Import in Canvas.

    Args:
        course: the class.
        unit: the unit.
        roster: the gradebook export of Canvas.
        path: the file to write.
        column: the assignment as the export names it, such as "LSTM (4711)"; if not given, the one whose title has
            the unit's name in it, else a new assignment of that name.
        only: the students to write, such as those of a section; None for all.

    Raises:
        BadInput: if the roster is of another kind, if there is no such column, or if the assignment has other points
            in Canvas than here.
    """
    if roster.kind is not Kind.CANVAS:
        raise BadInput(f"expected the gradebook export of Canvas as the roster; got {roster.kind.value}")
    found, most = totals(course, unit, only)
    title = _canvas_column(roster, unit, column)
    _require_same_points(roster.points.get(title, ""), most, "Canvas", "Points Possible")
    names = [name for name in ("Student", "LastName", "FirstName") if name in roster.columns]
    kept = [*names, *(c for c in roster.columns if c in (*CANVAS_COLUMNS[1:], "Integration ID", "Root Account"))]
    heading = dict.fromkeys(kept, "") | {kept[0]: "    Points Possible", title: _text(most)}
    tests = {student.id for student in roster.students if student.is_test}
    found = [total for total in found if total.student not in tests]
    listed = [student for student in _chosen(roster, only) if student.id not in tests]
    entries = {student.id: student.row.get(title, "") for student in listed}
    excused = [student for student, entry in entries.items() if entry.strip().casefold() == "ex"]
    cells, outcome = _cells(roster, found, entries, excused, excuse="EX")
    rows = [{c: student.row[c] for c in kept} | {title: cells.get(student.id, "")} for student in listed]
    write_own(course, path, _table([*kept, title], [heading, *rows], exact=title))
    return outcome


def write_moodle(
    course: ClassFolder, unit: str, roster: Roster, path: Path, only: Container[str] | None = None
) -> Exported:
    """Write the points for Moodle: the grading worksheet with the grades, or a table for Grades, Import.

    Args:
        course: the class.
        unit: the unit.
        roster: the grading worksheet of the assignment; or a table in which Moodle finds its users.
        path: the file to write.
        only: the students to write, such as those of a section; None for all.

    Raises:
        BadInput: if the roster is of Canvas or has nothing in it that Moodle knows a student by, or if the assignment
            has other points in Moodle than here.
    """
    found, most = totals(course, unit, only)
    students = _chosen(roster, only)
    if roster.kind is Kind.WORKSHEET:
        grade, maximum, changeable = map(roster.heading, ("grade", "maximum grade", "grade can be changed"))
        if grade is None:
            raise BadInput(f"expected a grading worksheet with a column Grade; it has {', '.join(roster.columns)}")
        for student in students:
            _require_same_points(student.row.get(maximum or "", ""), most, "Moodle", maximum or "")
        texts = [roster.heading(text) for text in _WORKSHEET_TEXTS]
        kept = [column for column in roster.columns if column not in texts]
        entries = {student.id: student.row[grade] for student in students}
        locked = [s.id for s in students if s.row.get(changeable or "", "").strip().casefold() in _NO]
        cells, outcome = _cells(roster, found, entries, locked)
        rows = [{c: student.row[c] for c in kept} | {grade: cells.get(student.id, "")} for student in students]
        write_own(course, path, _table(kept, rows, exact=grade))
        return outcome
    kept = [column for column in roster.columns if column in MOODLE_COLUMNS]
    if roster.kind is Kind.CANVAS or not set(kept) & set(MOODLE_COLUMNS[:3]):
        raise BadInput(
            f"expected Moodle's grading worksheet as the roster, or a table with one of the columns "
            f"{', '.join(MOODLE_COLUMNS[:3])}; got one with {', '.join(roster.columns)}"
        )
    cells, outcome = _cells(roster, found)
    rows = [{c: s.row[c] for c in kept} | {unit: cells[s.id]} for s in students if cells.get(s.id)]
    write_own(course, path, _table([*kept, unit], rows, exact=unit))
    return outcome


def _chosen(roster: Roster, only: Container[str] | None) -> list[Student]:
    return [student for student in roster.students if only is None or student.id in only]


def _cells(
    roster: Roster,
    found: list[Total],
    entries: Mapping[str, str] | None = None,
    fixed: Collection[str] = (),
    excuse: str = "",
) -> tuple[dict[str, str], Exported]:
    """What to write for each student of the roster, where there is something; and a summary.

    Args:
        roster: the class list.
        found: the points here.
        entries: what the system has, by student.
        fixed: the students whose entry must not change.
        excuse: the entry of whoever is excused here.
    """
    listed = {student.id for student in roster.students}
    there = {student: entry for student, entry in (entries or {}).items() if entry.strip()}
    points = {total.student: _text(total.points) for total in found if total.points is not None}
    new = {student: text for student, text in points.items() if student in listed and student not in fixed}
    excused = [t.student for t in found if t.excused and t.student in listed and t.student not in fixed]
    waiting = tuple(total.student for total in found if total.points is None and not total.excused)
    unlisted = tuple(total.student for total in found if total.student not in listed)
    kept = {*new, *fixed, *excused}
    outcome = Exported(
        len(new),
        waiting,
        unlisted,
        changed={
            student: f"{there[student].strip()} -> {text}"
            for student, text in new.items()
            if student in there and Decimal(text) not in _numbers(there[student].strip())
        },
        put_back={student: entry for student, entry in there.items() if student not in kept},
        fixed={student: there.get(student, "") for student in fixed},
        excused={student: there.get(student, "") for student in excused},
    )
    return there | new | dict.fromkeys(excused, excuse), outcome


def _entries(entries: Mapping[str, str]) -> str:
    return ", ".join(f"{student} ({entry.strip() or 'empty'})" for student, entry in entries.items())


def _canvas_column(roster: Roster, unit: str, column: str | None) -> str:
    assignments = [c for c in roster.columns if re.search(r" \(\d+\)$", c)]
    if column is not None:
        if column not in roster.columns or column in CANVAS_COLUMNS:
            raise BadInput(f"expected a column of the roster, one of {', '.join(assignments)}; got {column!r}")
        if "read only" in roster.points.get(column, ""):
            raise BadInput(f"expected a column for points, one of {', '.join(assignments)}; Canvas computes {column!r}")
        return column
    fitting = [c for c in assignments if unit.casefold() in c.casefold()]
    if len(fitting) > 1:
        raise BadInput(
            f"expected one column for {unit} in the roster; it has {', '.join(fitting)}. Say which: --column"
        )
    return fitting[0] if fitting else unit


def _require_same_points(there: str, most: Decimal, system: str, field: str) -> None:
    meant = _numbers(there.strip())
    # A scale or a remark means none.
    if meant and most not in meant:
        raise BadInput(
            f"expected an assignment with {_text(most)} points; in {system} its {field} is {there.strip()}. "
            "Change it there, export the file again, and give it with --roster FILE"
        )


def _numbers(text: str) -> set[Decimal]:
    """The numbers that a text may mean, with a decimal point or a decimal comma: 1,000 is a thousand or one."""
    spellings = (text, text.translate(str.maketrans(".,", ",.")))
    return {Decimal(spelling.replace(",", "")) for spelling in spellings if _NUMBER.fullmatch(spelling)}


def _text(points: Decimal) -> str:
    return f"{points.normalize():f}"


def _table(columns: list[str], rows: Iterable[dict[str, str]], exact: str) -> str:
    exactly = [number for number, column in enumerate(columns) if column == exact]
    return as_csv([columns, *([row[column] for column in columns] for row in rows)], exactly)

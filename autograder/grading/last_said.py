"""What commands said of a unit last, so that nothing of it changes without a word.

Points follow from the gradebook, rules.json, the release and the late rule. Commands of this package say whose points
they change. A backup of the gradebook that is put back, a lost rules.json, `nbgrader db` or a formgrader does not; so
each command first says what has changed since the one before. At its end it keeps what it has said in
last-said/UNIT.json.
"""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.damaged import read_record
from autograder.grading.decisions import points_changed
from autograder.grading.gradebook import Standing, due_date, enrolled, has_unit, read_standings
from autograder.grading.history import record, some
from autograder.grading.rules import read_rules
from autograder.grading.times import show_time
from autograder.whole_files import made_whole


@dataclass(frozen=True)
class _Said:
    """What a command has said.

    Attributes:
        command: the command.
        when: when it ended, in ISO form.
        due: when the unit was due, in ISO form; empty if it had no such date.
        rules: the rules of the unit, in words.
        enrolled: the students in the gradebook.
        students: what the graded ones had.
    """

    command: str
    when: str
    due: str
    rules: tuple[str, ...]
    enrolled: tuple[str, ...]
    students: Mapping[str, Standing]


def said_units(course: ClassFolder) -> list[str]:
    """The units of which a command has said something."""
    return sorted(path.stem for path in _folder(course).glob("*.json"))


def say_since(course: ClassFolder, unit: str, command: str, only: Collection[str] | None = None) -> list[str]:
    """Say what has changed since the last command, and by none.

    Args:
        course: the class.
        unit: the unit.
        command: the command that says it.
        only: the students whose points to compare; None for all. Those of others are kept as they were said.

    Returns:
        What changed, in words; it is in the log of the class as well. Nothing if the gradebook does not have the unit.

    Raises:
        BadInput: if the gradebook, the rules or what is kept cannot be read.
    """
    if not has_unit(course, unit):
        return []
    with in_turn(course.root):
        before, now = _read(course, unit), _now(course, unit, command)
        if before is None:
            return []
        said = [*_lines(unit, before, now)]
        for line in said:
            record(course.root, command, unit, line)
        why = f"by no command since {_when(before)}, as by hand or by a backup put back, "
        said += _say_points(course, unit, command, why, _changes(before.students, now.students, only))
        if said:
            _write(course, unit, now, before, only)
        return said


def standings_said(course: ClassFolder, unit: str) -> dict[str, Standing]:
    """What everybody had when it was said last, or has now where nothing was said."""
    before = _read(course, unit)
    return {**read_standings(course, unit), **(before.students if before else {})}


def say_points(
    course: ClassFolder, unit: str, command: str, before: Mapping[str, Standing], why: str = ""
) -> list[str]:
    """Say whose points a command has changed, but for answers that are new, and keep what it left.

    Args:
        course: the class.
        unit: the unit.
        command: the command.
        before: what everybody had before it.
        why: why points change.

    Raises:
        BadInput: if the gradebook, the rules or what is kept cannot be read.
    """
    with in_turn(course.root):
        now = _now(course, unit, command)
        said = _say_points(course, unit, command, why, _changes(before, now.students, None))
        _write(course, unit, now, _read(course, unit))
        return said


def keep_said(course: ClassFolder, unit: str, command: str) -> None:
    """Keep what a command left, and has said itself."""
    if has_unit(course, unit):
        with in_turn(course.root):
            _write(course, unit, _now(course, unit, command), _read(course, unit))


def _lines(unit: str, before: _Said, now: _Said) -> list[str]:
    """What is otherwise than it was, but for points."""
    lines = []
    if before.due != now.due:
        lines.append(
            f"{unit} is {_due(now.due)}, and was {_due(before.due)} at {_when(before)}. If that is a backup of the "
            f"gradebook put back: `rnncourse collect {unit} --due TIME` sets the date again"
        )
    if gone := [student for student in before.enrolled if student not in now.enrolled]:
        lines.append(
            f"no longer in the gradebook since {_when(before)}: {some(gone)}. `rnncourse collect` enters the students "
            "of a roster"
        )
    for these, others, what in (before, now, "no longer says"), (now, before, "says now"):
        if rules := [rule for rule in these.rules if rule not in others.rules]:
            lines.append(
                f"rules.json {what}, by no command since {_when(before)}: {'; '.join(rules)}. "
                f"`rnncourse history {unit}` has what was decided"
            )
    return lines


def _changes(
    before: Mapping[str, Standing], now: Mapping[str, Standing], only: Collection[str] | None
) -> dict[str, tuple[float, float]]:
    """The points of each student before and after, where the same answers have others now."""
    return {
        student: (before[student].total, standing.total)
        for student, standing in now.items()
        if student in before and (only is None or student in only) and _differ(before[student], standing)
    }


def _differ(before: Standing, now: Standing) -> bool:
    """Whether the same answers have other points, but for those that waited to be read before."""
    if before.answers and now.answers and before.answers != now.answers:
        return False
    read = [name for name, points in before.points.items() if points is not None]
    old, new = (sum(standing.points.get(name) or 0.0 for name in read) for standing in (before, now))
    if all(now.points.get(name) is None for name in now.points.keys() - read):  # else the penalty is for those as well
        old, new = old - before.penalty, new - now.penalty
    return not math.isclose(old, new, abs_tol=1e-6)


def _say_points(
    course: ClassFolder, unit: str, command: str, why: str, changes: Mapping[str, tuple[float, float]]
) -> list[str]:
    """Say whose points changed and why; the log has everybody's."""
    if not changes:
        return []
    record(course.root, command, unit, why + points_changed(changes))
    return [why + points_changed(changes, some)]


def _now(course: ClassFolder, unit: str, command: str) -> _Said:
    due = due_date(course, unit)
    return _Said(
        command,
        datetime.now(UTC).isoformat(timespec="seconds"),
        due.isoformat() if due else "",
        tuple(read_rules(course.root).lines_of(unit)),
        tuple(enrolled(course)),
        read_standings(course, unit),
    )


def _read(course: ClassFolder, unit: str) -> _Said | None:
    path = _path(course, unit)
    found: dict[str, Any] = read_record(path, object, _REMEDY)
    if not found:
        return None
    try:
        students = {student: Standing(**given) for student, given in found.pop("students").items()}
        rules, known = tuple(found.pop("rules")), tuple(found.pop("enrolled"))
        for time in filter(None, (found["when"], found["due"])):
            datetime.fromisoformat(time)
        return _Said(**found, rules=rules, enrolled=known, students=students)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInput(f"expected what the class keeps in {path}; got something else ({error}). {_REMEDY}") from error


_REMEDY = "Take it away; what has changed since the last command is then not said"


def _write(
    course: ClassFolder, unit: str, now: _Said, before: _Said | None, only: Collection[str] | None = None
) -> None:
    """Keep what was said; of students who are not in the gradebook, or not among those, what was said before."""
    old = before.students if before else {}
    new = {s: one for s, one in now.students.items() if only is None or s in only or s not in old}
    path = _path(course, unit)
    try:
        path.parent.mkdir(exist_ok=True)
        with made_whole(path) as partial:
            text = json.dumps(asdict(now) | {"students": {s: asdict(o) for s, o in {**old, **new}.items()}}, indent=1)
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written ({error.strerror}). Mend that; what is graded stays, and the next command says "
            "whose points changed"
        ) from error


def _when(said: _Said) -> str:
    return f"`{said.command}` on {show_time(datetime.fromisoformat(said.when))}"


def _due(due: str) -> str:
    return f"due {show_time(datetime.fromisoformat(due))}" if due else "without a due date"


def _path(course: ClassFolder, unit: str) -> Path:
    return _folder(course) / f"{unit}.json"


def _folder(course: ClassFolder) -> Path:
    return course.root / "last-said"

"""Decisions about grades after the fact: each changes the rules of the class and says whose points that changes."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import due_date, enrolled, read_results, read_totals
from autograder.grading.history import record, some
from autograder.grading.rules import (
    BEST,
    LAST,
    NO_PENALTY,
    Excuse,
    Rules,
    Waiver,
    Weight,
    change_rules,
    changed_rules,
    parse_extension,
    read_rules,
)
from autograder.grading.times import show_time
from autograder.grading.waivers import graded_checks, require_check
from autograder.grading.weights import require_exercise


@dataclass(frozen=True)
class Decided:
    """Outcome of a decision.

    Attributes:
        how: what was decided, in words.
        changes: the points of each student before and after it, where they differ; None if it is not about points.
    """

    how: str
    changes: dict[str, tuple[float, float]] | None = None

    def lines(self, join: Callable[[list[str]], str] = some) -> list[str]:
        """Messages for the instructor; the log has all students, joined by `", ".join`."""
        if self.changes is None:
            return [self.how]
        return [self.how, points_changed(self.changes, join) or "nobody's points change by it"]


def waive(course: ClassFolder, unit: str, exercise: str, check: str, reason: str, undo: bool = False) -> Decided:
    """Give the points of a check to everybody who wrote something in the exercise, or take that back.

    Raises:
        BadInput: if there is no such check, no reason, or nothing to take back; or if a graded notebook is damaged.
    """
    checks = graded_checks(course, unit)
    waiver = Waiver(unit, exercise.removesuffix("-check"), check, " ".join(reason.split()))
    if undo:
        waivers = read_rules(course.root).waivers_of(unit)
        if not any((w.exercise, w.check) == (waiver.exercise, check) for w in waivers):
            known = ", ".join(f"{w.exercise} “{w.check}”" for w in waivers) or "there is none"
            raise BadInput(f"expected a check of {unit} that is waived: {known}; got {waiver.exercise} “{check}”")
    else:
        _require_reason(waiver.reason)
        require_check(checks, unit, waiver.exercise, check)
    return _decide(
        course,
        "waive",
        unit,
        lambda rules: rules.without_waiver(waiver) if undo else rules.with_waiver(waiver),
        f"{waiver.exercise} “{check}” {'counts again' if undo else 'is waived'}",
        waiver.reason,
    )


def weigh(
    course: ClassFolder, unit: str, exercise: str, points: float | None, reason: str, undo: bool = False
) -> Decided:
    """Let an exercise count for other points than in the release, or take that back.

    Args:
        course: the class.
        unit: the unit.
        exercise: the exercise.
        points: what it counts from now on; 0 drops it.
        reason: why.
        undo: whether to let it count for its points in the release again.

    Raises:
        BadInput: if there is no such exercise, no points or reason, or nothing to take back.
    """
    reason, exercise = " ".join(reason.split()), exercise.removesuffix("-check")
    before = read_rules(course.root).weights_of(unit)
    if undo:
        if exercise not in before:
            known = ", ".join(before) or "of which there are none"
            raise BadInput(f"expected an exercise of {unit} with other points, {known}; got {exercise}")
        how = f"{exercise} counts for its points in the release again, not for {before[exercise].points:g}"
        return _decide(course, "weigh", unit, lambda rules: rules.without_weight(unit, exercise), how, reason)
    released = require_exercise(course, unit, exercise)
    if points is None or not 0 <= points < math.inf:
        raise BadInput(f"expected points for {exercise}, 0 to drop it, or --undo; got {points}")
    if points == released:
        raise BadInput(f"expected other points than in the release, where {exercise} has {released:g}; or --undo")
    _require_reason(reason)
    if not course.trusted:
        raise BadInput(
            "expected a class with trusted verdicts, which are out of the released points; got trusted=False"
        )
    weight = Weight(unit, exercise, float(points), reason)
    how = f"{exercise} counts {points:g} points, in the release {released:g}"
    how = how if points else f"{exercise} is dropped, in the release it has {released:g} points"
    return _decide(course, "weigh", unit, lambda rules: rules.with_weight(weight), how, reason)


def extend(course: ClassFolder, unit: str, given: Sequence[str], reason: str, undo: bool = False) -> Decided:
    """Let students hand in later than the others, or take that back.

    Args:
        course: the class.
        unit: the unit.
        given: such as "ada=2026-12-01" or "ada=no-penalty"; to take back, "ada" is enough.
        reason: why.
        undo: whether to take extensions back.

    Raises:
        BadInput: if one is not of this form, is for somebody who is not in the class, is not after the due date, or
            cannot be taken back because there is none; or if a student is named twice.
    """
    reason = " ".join(reason.split())
    if undo:
        known = read_rules(course.root).extensions_of(unit)
        students = [text.rpartition("=")[0] or text for text in given]
        if lost := [student for student in students if student not in known]:
            raise BadInput(
                f"expected students with an extension of {unit}, {', '.join(known) or 'of whom there are none'}; "
                f"got {', '.join(lost)}"
            )

        def change(rules: Rules) -> Rules:
            for student in students:
                rules = rules.without_extension(unit, student)
            return rules

        return _decide(course, "extend", unit, change, f"no extension any more: {', '.join(students)}", reason)
    _require_reason(reason)
    extensions = [parse_extension(unit, text, reason) for text in given]
    counts = Counter(extension.student for extension in extensions)
    if twice := [student for student, count in counts.items() if count > 1]:
        raise BadInput(f"expected one date for each student; {', '.join(twice)} has several. Give the one that holds")
    _require_enrolled(course, list(counts))
    due = due_date(course, unit)
    for extension in extensions:
        if due and extension.until and extension.until <= due:
            raise BadInput(
                f"expected a date after {unit} is due, {show_time(due)}; got {extension}. "
                f"For no penalty at all: {extension.student}={NO_PENALTY}"
            )
    how = f"extended: {', '.join(map(str, extensions))}"
    how += "" if due else f". {unit} has no due date yet; `rnncourse collect {unit} --due TIME` sets it"
    return _decide(course, "extend", unit, lambda rules: rules.with_extensions(extensions), how, reason)


def excuse(course: ClassFolder, unit: str, students: Sequence[str], reason: str, undo: bool = False) -> Decided:
    """Let a unit not count for some students, or take that back.

    Raises:
        BadInput: if somebody is not in the class, if there is no reason, or nothing to take back.
    """
    reason, before = " ".join(reason.split()), read_rules(course.root).excuses_of(unit)
    results = {result.student: result for result in read_results(course, unit)}
    own = [f"{s} ({results[s].total:g} points)" if s in results and results[s].grades else s for s in students]
    if undo:
        if lost := [student for student in students if student not in before]:
            raise BadInput(
                f"expected students who are excused from {unit}, {', '.join(before) or 'of whom there are none'}; "
                f"got {', '.join(lost)}"
            )
        change_rules(course.root, lambda rules: rules.without_excuses([(unit, student) for student in students]))
        decided = Decided(f"the unit counts again for {', '.join(own)}")
    else:
        _require_reason(reason)
        _require_enrolled(course, students)
        excuses = [Excuse(unit, student, reason) for student in students]
        change_rules(course.root, lambda rules: rules.with_excuses(excuses))
        decided = Decided(f"excused, so that the unit does not count for {', '.join(own)}")
    record(course.root, "excuse", unit, decided.how, reason)
    return decided


def choose_attempts(course: ClassFolder, which: str, reason: str) -> Decided:
    """Say which of several hand-ins of a student counts, from now on: the last one, or the best.

    Raises:
        BadInput: if it is neither, or there is no reason.
    """
    if which not in (BEST, LAST):
        raise BadInput(f"expected {BEST} or {LAST}; got {which!r}")
    reason = " ".join(reason.split())
    _require_reason(reason)
    change_rules(course.root, lambda rules: replace(rules, attempts=which))
    decided = Decided(f"of several hand-ins the {which} one counts")
    record(course.root, "attempts", "all units", decided.how, reason)
    return decided


def _require_enrolled(course: ClassFolder, students: Sequence[str]) -> None:
    known = {*enrolled(course), *course.students("*")}
    if strangers := [student for student in students if student not in known]:
        raise BadInput(
            f"expected students of this class, of the roster or with a submission; got {', '.join(strangers)}. "
            f"It has {some(sorted(known)) or 'none yet'}"
        )


def _require_reason(reason: str) -> None:
    if not reason:
        raise BadInput("expected a reason, which others will read; give it with --reason TEXT")


def changes_since(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """The points before and after, where they differ, of each student who had a grade before and has one after."""
    both = {student: (before[student], points) for student, points in after.items() if student in before}
    return {student: (old, new) for student, (old, new) in both.items() if not math.isclose(old, new, abs_tol=1e-6)}


def points_changed(changes: Mapping[str, tuple[float, float]], join: Callable[[list[str]], str] = ", ".join) -> str:
    """Whose points changed, from what to what; empty if nobody's. `join=some` shortens it for the screen."""
    points = [f"{student} {before:g} -> {after:g}" for student, (before, after) in changes.items()]
    return f"points changed: {join(points)}" if points else ""


def _decide(
    course: ClassFolder, what: str, unit: str, change: Callable[[Rules], Rules], how: str, reason: str
) -> Decided:
    """
    Raises:
        BadInput: if the gradebook cannot be used; then nothing is decided.
    """
    before = read_totals(course, unit)
    with changed_rules(course.root, change):
        decided = Decided(how, changes_since(before, read_totals(course, unit)))
    try:
        record(course.root, what, unit, "; ".join(decided.lines(", ".join)), reason)
    except BadInput as error:
        raise BadInput(f"{'; '.join(decided.lines())}. But {error}") from error
    return decided

"""Decisions about grades after the fact: each changes the rules of the class and says whose points that changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import due_date, open_gradebook, read_results
from autograder.grading.history import record, some
from autograder.grading.rules import NO_PENALTY, Rules, Waiver, change_rules, parse_extension, read_rules
from autograder.grading.waivers import require_check


@dataclass(frozen=True)
class Decided:
    """Outcome of a decision.

    Attributes:
        how: what was decided, in words.
        changes: the points of each student before and after it, where they differ.
    """

    how: str
    changes: dict[str, tuple[float, float]]

    def lines(self) -> list[str]:
        """Messages for the instructor."""
        points = [f"{student} {before:g} -> {after:g}" for student, (before, after) in self.changes.items()]
        return [self.how, f"points changed: {some(points)}" if points else "nobody's points change by it"]


def waive(course: ClassFolder, unit: str, exercise: str, check: str, reason: str, undo: bool = False) -> Decided:
    """Give the points of a check to everybody who wrote something in the exercise, or take that back.

    Raises:
        BadInput: if there is no such check, no reason, or nothing to take back.
    """
    waiver = Waiver(unit, exercise.removesuffix("-check"), check, " ".join(reason.split()))
    if undo:
        waivers = read_rules(course.root).waivers_of(unit)
        if not any((w.exercise, w.check) == (waiver.exercise, check) for w in waivers):
            known = ", ".join(f"{w.exercise} “{w.check}”" for w in waivers) or "there is none"
            raise BadInput(f"expected a check of {unit} that is waived: {known}; got {waiver.exercise} “{check}”")
    else:
        _require_reason(waiver.reason)
        require_check(course, unit, waiver.exercise, check)
    return _decide(
        course,
        "waive",
        unit,
        lambda rules: rules.without_waiver(waiver) if undo else rules.with_waiver(waiver),
        f"{waiver.exercise} “{check}” {'counts again' if undo else 'is waived'}",
        waiver.reason,
    )


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
            cannot be taken back because there is none.
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
    with open_gradebook(course) as gradebook:
        enrolled = {student.id for student in gradebook.students} | set(course.students("*"))
    if strangers := [e.student for e in extensions if e.student not in enrolled]:
        raise BadInput(
            f"expected students of this class, of the roster or with a submission; got {', '.join(strangers)}. "
            f"It has {', '.join(sorted(enrolled)) or 'none yet'}"
        )
    due = due_date(course, unit)
    for extension in extensions:
        if due and extension.until and extension.until <= due:
            raise BadInput(
                f"expected a date after {unit} is due, {due.astimezone():%Y-%m-%d %H:%M}; got {extension}. "
                f"For no penalty at all: {extension.student}={NO_PENALTY}"
            )
    how = f"extended: {', '.join(map(str, extensions))}"
    how += "" if due else f". {unit} has no due date yet; `rnncourse collect {unit} --due TIME` sets it"
    return _decide(course, "extend", unit, lambda rules: rules.with_extensions(extensions), how, reason)


def _require_reason(reason: str) -> None:
    if not reason:
        raise BadInput("expected a reason, which others will read; give it with --reason TEXT")


def _decide(
    course: ClassFolder, what: str, unit: str, change: Callable[[Rules], Rules], how: str, reason: str
) -> Decided:
    before = {result.student: result.total for result in read_results(course, unit)}
    change_rules(course.root, change)
    after = {result.student: result.total for result in read_results(course, unit)}
    changes = {s: (before.get(s, 0.0), points) for s, points in after.items() if points != before.get(s, 0.0)}
    decided = Decided(how, changes)
    record(course.root, what, unit, "; ".join(decided.lines()), reason)
    return decided

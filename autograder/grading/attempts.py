"""Lets the best of a student's graded hand-ins count, where the class says so: `rnncourse attempts best`.

In nbgrader a later hand-in replaces an earlier one. Here `collect` first keeps the earlier one, with its grade, in the
folder attempts/UNIT/STUDENT/. `settle` puts one after the other in the place of the submission, reads its total by the
rules as they are now, and leaves the best there: whatever reads grades sees one submission, as ever.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry

from autograder.grading.class_folder import ClassFolder, in_turn
from autograder.grading.entering import UnitDecisions
from autograder.grading.gradebook import Result, apply_rules, due_date, open_gradebook, read_result, recall, remember
from autograder.grading.history import record
from autograder.grading.nbgrader_calls import replace_folder
from autograder.grading.rules import BEST, RULES, read_rules
from autograder.grading.submission import UnitGrader, known_time
from autograder.grading.trusted_execute import hash_of_submission

_GRADE = "grade.json"
_STANDING = "standing.json"
_AGAIN = "graded-again"
"""Is there while kept hand-ins of a unit are put in place to be graded again."""
_PLACING = "placing"
"""Names the hand-in that is being put in place. What is left of it is of a command that was killed."""
_TIME = "timestamp.txt"
_FOLDERS = ("submitted", "autograded")
_ROW = ("auto_score", "manual_score", "extra_credit", "needs_manual_grade")
_COMMENT = ("auto_comment", "manual_comment")


@dataclass(frozen=True)
class Attempt:
    """A graded hand-in that is kept."""

    folder: Path

    @property
    def number(self) -> int:
        return int(self.folder.name.partition("-")[0])

    def submission(self, unit: str) -> Path:
        """The file that was handed in."""
        return self.folder / "submitted" / f"{unit}.ipynb"

    def answers(self, unit: str) -> str:
        """A hash of what was handed in."""
        return hash_of_submission(self.submission(unit))

    def time(self, unit: str) -> str:
        """When it was handed in, as nbgrader writes it; empty if that is not known."""
        return _time(self.submission(unit))

    def fingerprint(self) -> str:
        """What its grade belongs to."""
        return str(json.loads((self.folder / _GRADE).read_text(encoding="utf-8"))["fingerprint"])


def keep(course: ClassFolder, unit: str, student: str) -> Attempt:
    """Keep a student's graded submission with its grade. One that is kept already gets the grade that it has now.

    The same answers are the same hand-in, unless it is known that they came at two times.
    """
    place = _place(course, unit, student)
    submitted = course.submission(unit, student)
    answers, time = hash_of_submission(submitted), _time(submitted)
    found = attempts(course, unit, student)
    known = [one for one in found if _is(one, unit, answers, time)]
    name = hashlib.sha256(f"{answers} {time}".encode()).hexdigest()[:16]
    attempt = known[-1] if known else Attempt(place / f"{len(found) + 1:03d}-{name}")
    stamped = submitted if time or not known else attempt.submission(unit)
    time, came = _time(stamped), known_time(course, stamped.parent)
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix=".") as temporary:
        new = Path(temporary, "new")
        for step in _FOLDERS:
            shutil.copytree(course.root / step / student / unit, new / step)
        if time:
            (new / "submitted" / _TIME).write_text(time, encoding="utf-8")
        grade = _grade(course, unit, student, came)
        (new / _GRADE).write_text(json.dumps(grade, indent=1), encoding="utf-8")
        if attempt.folder.exists():
            replace_folder(new, attempt.folder)
        else:
            new.rename(attempt.folder)
    return attempt


def attempts(course: ClassFolder, unit: str, student: str) -> list[Attempt]:
    """The hand-ins that are kept, the oldest first."""
    folders = sorted(path.parent for path in _place(course, unit, student).glob(f"[0-9]*/{_GRADE}"))
    return [Attempt(folder) for folder in folders]


def kept_elsewhere(course: ClassFolder, unit: str, student: str, notebook: Path, time: str) -> Attempt | None:
    """The hand-in with the answers of a notebook, from this time if that is known, if it is kept and not in place."""
    answers = hash_of_submission(notebook)
    known = [one for one in attempts(course, unit, student) if _is(one, unit, answers, time)]
    return known[-1] if known and not _is_in_place(course, unit, student, known[-1]) else None


def settle(course: ClassFolder, unit: str, students: Sequence[str], anew: bool = False) -> list[str]:
    """Let the best hand-in count, or the last one if the class does not say otherwise.

    A hand-in that waits for the instructor, and may still be the best, is put in place to be read.

    Args:
        course: the class.
        unit: the unit.
        students: of these, whose submission in place is not graded as it is now is left alone.
        anew: whether to compare hand-ins also where neither they nor the rules have changed.

    Returns:
        What changed, in words; it is in the log of the class as well.
    """
    (course.root / "attempts" / unit / _AGAIN).unlink(missing_ok=True)  # of a command that was killed
    best = read_rules(course.root).attempts == BEST
    grader = UnitGrader(course, unit)
    said = []
    for student in students:
        with in_turn(course.root):
            if attempts(course, unit, student) and not grader.changed([student]):
                said += _settle(course, unit, student, best, anew)
    return said


def put_in_place(course: ClassFolder, unit: str, student: str, attempt: Attempt) -> None:
    """Make a kept hand-in, and its grade, the student's submission.

    A gradebook without the student, as after a restored backup, has it when it is graded again.
    """
    begun = _place(course, unit, student) / _PLACING
    begun.write_text(attempt.folder.name, encoding="utf-8")
    found = json.loads((attempt.folder / _GRADE).read_text(encoding="utf-8"))
    decisions = UnitDecisions(course.directory, unit)
    with tempfile.TemporaryDirectory(dir=course.root, prefix=".attempt-") as temporary:
        for step in _FOLDERS:
            shutil.copytree(attempt.folder / step, Path(temporary, step))
        with open_gradebook(course) as gradebook, suppress(MissingEntry):
            notebook = gradebook.find_submission_notebook(unit, unit, student)
            decisions.take_out(gradebook, notebook)
            for rows, parts, given in (
                (notebook.grades, _ROW, found["rows"]),
                (notebook.comments, _COMMENT, found["comments"]),
            ):
                for row in rows:
                    for part, value in zip(parts, given.get(row.name, ()), strict=False):
                        setattr(row, part, value)
            time = datetime.fromisoformat(found["time"]) if found["time"] else None
            notebook.assignment.timestamp = time.replace(tzinfo=None) if time else None
            answers = {name: (*pair,) for name, pair in found["answers"].items()}
            remember(gradebook, str(notebook.id), found["fingerprint"], answers)
        for step in _FOLDERS:
            replace_folder(Path(temporary, step), course.root / step / student / unit)
        with open_gradebook(course) as gradebook:
            apply_rules(gradebook, course.config, unit, student)
    begun.unlink()


def to_grade_again(
    course: ClassFolder, unit: str, students: Sequence[str], everything: bool = False
) -> Generator[list[str]]:
    """Put kept hand-ins in place whose grade is of another release than there is now, to be graded again.

    Args:
        course: the class.
        unit: the unit.
        students: of these, whose submission in place is not graded as it is now is left alone.
        everything: whether all that are kept are to be graded again.

    Yields:
        Whose hand-ins are in place to be graded: one of each student, and when these are graded the next ones. At the
        end those are in place that were so before.
    """
    several = [student for student in students if attempts(course, unit, student)]
    if not several or read_rules(course.root).attempts != BEST:
        return
    grader = UnitGrader(course, unit)
    before: dict[str, Attempt] = {}
    queues: dict[str, list[Attempt]] = {}
    for student in several:
        with in_turn(course.root):
            if grader.changed([student]):
                continue
            before[student] = keep(course, unit, student)
        others = [one for one in attempts(course, unit, student) if one != before[student]]
        queues[student] = [
            one
            for one in others
            if everything or not grader.is_of_now(student, one.fingerprint(), one.submission(unit))
        ]
    placed = dict(before)
    again = course.root / "attempts" / unit / _AGAIN
    try:
        again.touch()
        while queues := {student: queue for student, queue in queues.items() if queue}:
            for student, queue in queues.items():
                if _replace(course, unit, student, placed[student], queue[0]):
                    placed[student] = queue.pop(0)
                else:
                    queue.clear()  # a new one has come, which is to be graded first
            yield [student for student in queues if _is_in_place(course, unit, student, placed[student])]
            for student in queues:
                with in_turn(course.root):
                    if _is_in_place(course, unit, student, placed[student]):
                        keep(course, unit, student)
    finally:
        for student, current in before.items():
            if placed[student] != current:
                _replace(course, unit, student, placed[student], current)
        again.unlink(missing_ok=True)


def graded_again(course: ClassFolder, unit: str) -> bool:
    """Whether kept hand-ins are graded again just now, so that others than those that count may be in place."""
    return (course.root / "attempts" / unit / _AGAIN).exists()


def finish(course: ClassFolder, unit: str) -> None:
    """Put hand-ins in place that a command was putting there when it was killed."""
    for begun in sorted((course.root / "attempts" / unit).glob(f"*/{_PLACING}")):
        with in_turn(course.root):
            if begun.exists():  # else it was another command's, which has come to its end
                attempt = Attempt(begun.with_name(begun.read_text(encoding="utf-8") or "none"))
                if attempt.folder.is_dir():
                    put_in_place(course, unit, begun.parent.name, attempt)
                begun.unlink(missing_ok=True)


def say_what_is_gone(course: ClassFolder, unit: str) -> list[str]:
    """What was given by hand to a kept hand-in, and the gradebook has no longer, as after a restored backup.

    The kept grade is next made what the gradebook has, so this is the last moment to say it.

    Returns:
        A line for each hand-in in place that has lost something; it is in the log of the class as well.
    """
    said = []
    for student in course.students(unit):
        for attempt in attempts(course, unit, student):
            if _is_in_place(course, unit, student, attempt) and (gone := _gone(course, unit, student, attempt)):
                said.append(
                    f"{student}: the gradebook no longer has what hand-in {attempt.number} was given by hand: "
                    f"{'; '.join(gone)}. If it is to count, enter it again in the formgrader"
                )
                record(course.root, "attempts", unit, said[-1])
    return said


def _gone(course: ClassFolder, unit: str, student: str, attempt: Attempt) -> list[str]:
    """What the kept grade of an attempt has that was given by hand, and the gradebook has not."""
    before = _by_hand(json.loads((attempt.folder / _GRADE).read_text(encoding="utf-8")))
    now: dict[tuple[str, str], str] = {}
    if before:
        with open_gradebook(course) as gradebook, suppress(MissingEntry):
            now = _by_hand(_entries(gradebook.find_submission_notebook(unit, unit, student)))
    return [what for key, what in before.items() if key not in now]


def _by_hand(entries: dict[str, Any]) -> dict[tuple[str, str], str]:
    """In words what was given by hand, by cell and kind."""
    given = {}
    for name, (_, manual, extra, _) in entries["rows"].items():
        for kind, points in (("points", manual), ("extra points", extra)):
            if points is not None:
                given[name, kind] = f"{points:g} {kind} for {name}"
    for name, (_, comment) in entries["comments"].items():
        if comment:
            given[name, "comment"] = f"the comment {comment!r} on {name}"
    return given


def _entries(notebook: Any) -> dict[str, Any]:
    """What the gradebook has of a submitted notebook, by cell."""
    return {
        "rows": {row.name: [getattr(row, part) for part in _ROW] for row in notebook.grades},
        "comments": {row.name: [getattr(row, part) for part in _COMMENT] for row in notebook.comments},
    }


def _settle(course: ClassFolder, unit: str, student: str, best: bool, anew: bool) -> list[str]:
    current = keep(course, unit, student)
    found = attempts(course, unit, student)
    if len(found) == 1:
        return []
    before = _standing(course.root, unit, student) or {}
    compared = _all_that_decides(course, unit, found, current)
    if before.get("compared") == compared and not anew:
        return []
    if best:
        chosen, how = _best(_results(course, unit, student, found, current))
    else:
        chosen, how = found[-1], "counts, as the last one"
    if best or chosen != current:
        put_in_place(course, unit, student, chosen)
    how = f"{student}: hand-in {chosen.number} of {len(found)} {how}"
    standing = {"number": chosen.number, "of": len(found), "how": how}
    compared = _all_that_decides(course, unit, found, chosen)
    text = json.dumps(standing | {"compared": compared})
    (_place(course, unit, student) / _STANDING).write_text(text, encoding="utf-8")
    if standing == {part: before.get(part) for part in standing}:
        return []
    record(course.root, "attempts", unit, how)
    return [how]


def _all_that_decides(course: ClassFolder, unit: str, found: Sequence[Attempt], current: Attempt) -> str:
    """A hash of what says which of several hand-ins is the best, so that they are not compared for nothing.

    While they are compared, points that somebody enters in the formgrader might reach another hand-in.
    """
    files = [course.root / name for name in (RULES, "nbgrader_config.py")] + [one.folder / _GRADE for one in found]
    parts = [path.read_bytes() if path.exists() else b"" for path in files]
    return hashlib.sha256(repr([parts, due_date(course, unit), current.number]).encode()).hexdigest()


def _results(
    course: ClassFolder, unit: str, student: str, found: Sequence[Attempt], current: Attempt
) -> dict[Attempt, Result]:
    """What each hand-in reaches. The last of them is in place afterwards; if one cannot be read, `current` is."""
    results = {}
    try:
        for attempt in found:
            put_in_place(course, unit, student, attempt)
            results[attempt] = read_result(course, unit, student)
    except BaseException:
        put_in_place(course, unit, student, current)
        raise
    return results


def _best(results: dict[Attempt, Result]) -> tuple[Attempt, str]:
    """The attempt to put in place, and how it stands."""
    # Rounded, so that hand-ins with the same points are equal whatever these are the sum of.
    first = max(results, key=lambda attempt: (round(results[attempt].total, 6), attempt.number))
    most = results[first].total
    open_ones = [one for one, result in results.items() if one != first and round(_upper(result) - most, 6) > 0]
    if open_ones:
        return open_ones[-1], f"waits to be read; it may still be better than the {most:g} points of {first.number}"
    others = ", ".join(f"{one.number} has {result.total:g}" for one, result in results.items() if one != first)
    return first, f"counts, with {most:g} points; {others}"


def _upper(result: Result) -> float:
    """What a hand-in may reach once all of it is read."""
    return result.total + sum(grade.max_score for grade in result.grades if grade.score is None)


def standing(root: Path, unit: str, student: str) -> str:
    """Which of several hand-ins counts, in words for its author; empty if there is one, or the last one counts."""
    found = _standing(root, unit, student)
    return f"hand-in {found['number']} of {found['of']}" if found and read_rules(root).attempts == BEST else ""


def _standing(root: Path, unit: str, student: str) -> dict[str, Any] | None:
    try:
        return json.loads((root / "attempts" / unit / student / _STANDING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _place(course: ClassFolder, unit: str, student: str) -> Path:
    return course.root / "attempts" / unit / student


def _is(attempt: Attempt, unit: str, answers: str, time: str) -> bool:
    """Whether an attempt is the hand-in with these answers, from this time if that is known."""
    return attempt.answers(unit) == answers and (not time or attempt.time(unit) in ("", time))


def _is_in_place(course: ClassFolder, unit: str, student: str, attempt: Attempt) -> bool:
    submitted = course.submission(unit, student)
    return _is(attempt, unit, hash_of_submission(submitted), _time(submitted))


def _replace(course: ClassFolder, unit: str, student: str, attempt: Attempt, other: Attempt) -> bool:
    """Put another hand-in in the place of one, if that is still there; says whether."""
    with in_turn(course.root):
        if there := _is_in_place(course, unit, student, attempt):
            put_in_place(course, unit, student, other)
    return there


def _time(submission: Path) -> str:
    stamp = submission.with_name(_TIME)
    return stamp.read_text(encoding="utf-8", errors="replace") if stamp.exists() else ""


def _grade(course: ClassFolder, unit: str, student: str, came: datetime | None) -> dict[str, Any]:
    """What the gradebook has of a submission, without what rules add or take, and when that was handed in."""
    decisions = UnitDecisions(course.directory, unit)
    with open_gradebook(course) as gradebook:
        notebook = gradebook.find_submission_notebook(unit, unit, student)
        decisions.take_out(gradebook, notebook)
        fingerprint, answers = recall(gradebook, str(notebook.id))
        found = _entries(notebook) | {
            "fingerprint": fingerprint,
            "answers": answers,
            "time": came.isoformat() if came else None,
        }
        decisions.enter(gradebook, notebook)
    return found

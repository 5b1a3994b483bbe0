"""Says whose each file is, by the outermost name below what was given, or why that is not certain."""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.authoring.pages import PAGES
from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.damaged import read_record
from autograder.intake.archives import CANNOT_BE_READ, IS_A_LINK, NO_NOTEBOOK, BadArchive, HandedIn, handed_in
from autograder.intake.lms.names import NoSender, NotASubmission, Sender, is_from_lms, senders, student_part
from autograder.intake.lms.returning import known_users
from autograder.intake.lms.roster import Roster, Student, class_spelling, folded
from autograder.whole_files import made_whole


@dataclass(frozen=True)
class Submission:
    """A file with its sender and the sender's line of the roster.

    Attributes:
        copy: where it is kept as it came, if it is.
        earlier: whether it was received before, and another file of the student's after it.
    """

    item: HandedIn
    sender: Sender
    student: str
    listed: Student | None
    copy: Path | None = None
    earlier: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for two files of the same student."""
        if self.listed:
            return (self.listed.id,)
        return self.sender.key if self.sender.lms else (self.sender.name.casefold(),)

    @property
    def named_exactly(self) -> bool:
        """Whether the file is named as the student is called in the class, and so meant for nobody else."""
        return bool(self.listed) or folded(self.sender.name) == folded(self.student)


def notebooks_in(given: Path, unit: str, temporary: Path) -> list[HandedIn]:
    """The notebooks in a given file, folder or archive.

    Raises:
        BadInput: if there is none, or if everything is in one folder that cannot be a student's.
    """
    try:
        items = handed_in(given, temporary)
    except BadArchive as error:
        raise BadInput(str(error)) from error
    if all(item.trouble == NO_NOTEBOOK for item in items):
        raise BadInput(f"expected submissions of {unit}; found no notebook in {given}")
    # Folders hold all kinds of files beside notebooks; in a download everything was handed in by somebody.
    other = [item for item in items if item.trouble == NO_NOTEBOOK and not is_from_lms(item.parts[0])]
    items = [item for item in items if item.trouble != NO_NOTEBOOK or is_from_lms(item.parts[0])]
    outermost = {item.parts[0] for item in items}
    below = {item.parts[1] for item in items if len(item.parts) > 2 and not item.parts[0].endswith(".zip")}
    if len(outermost) == 1 and len(below) > 1 and not is_from_lms(outermost.copy().pop()):
        raise BadInput(
            f"expected one folder or file for each student in {given}; everything is in {outermost.pop()!r}. "
            "Give that folder, or an archive of what is in it"
        )
    # Where students have folders, one without any notebook may be of a student who handed in another kind of file.
    in_folders = any(len(item.parts) > 1 for item in items)
    return items + [x for x in other if in_folders and len(x.parts) > 1 and x.parts[0] not in outermost]


def sort_out(
    course: ClassFolder,
    unit: str,
    given: Iterable[tuple[Path, list[HandedIn]]],
    roster: Roster | None,
    left_out: Callable[[Path], str] | None = None,
) -> tuple[list[list[Submission]], list[tuple[str, str]]]:
    """The files of each student; and those that are nobody's for certain, with the reason.

    Args:
        course: the class.
        unit: the unit.
        given: the files, and what is in them.
        roster: the class list, if there is one.
        left_out: the reason why a file or folder, by its outermost path, is not to be taken in; empty if it is.
    """
    spelling = class_spelling(course)
    names, users = _names(course), known_users(course, unit)
    numbers = {
        (key[0], key[2]): student
        for student, key in names.items()
        if key[:1] == ["Canvas"] and key[2:] and folded(student) in spelling
    }
    by_student: dict[str, list[Submission]] = defaultdict(list)
    nobodys: list[tuple[str, str]] = []
    for path, items in given:
        for item in items:
            not_looked_at = item.trouble == IS_A_LINK or (item.trouble == CANNOT_BE_READ and item.file.is_dir())
            if not_looked_at or (item.trouble == NO_NOTEBOOK and not is_from_lms(item.parts[0])):
                nobodys.append((item.name, f"it {item.trouble}"))
                continue
            try:
                submission = _whose(item, path, len(items) == 1, unit, roster)
                if reason := left_out(path / item.parts[0]) if left_out else "":
                    raise NoSender(reason)
                student = spelling.setdefault(folded(submission.student), submission.student)
                _require_known_number(submission, numbers.get((submission.sender.lms, submission.sender.user), student))
                by_student[folded(student)].append(replace(submission, student=student))
            except NoSender as error:
                nobodys.append((item.name, str(error)))
            except NotASubmission:
                continue
    for student, own in list(by_student.items()):
        own[:] = [one for one in own if one.item.trouble != NO_NOTEBOOK] or own[:1]
        if reason := _conflict(own, names.get(own[0].student)):
            strangers = [(submission, reason) for submission in own]
        else:
            strangers = _other_users(own, users.get(own[0].student, ("", "")))
        nobodys += [(submission.item.name, reason) for submission, reason in strangers]
        own[:] = [submission for submission in own if submission not in [stranger for stranger, _ in strangers]]
        if not own:
            del by_student[student]
    return [own for _, own in sorted(by_student.items())], nobodys


def _whose(item: HandedIn, given: Path, alone: bool, unit: str, roster: Roster | None) -> Submission:
    """Attribute a file to a student.

    Args:
        item: the file.
        given: the file, folder or archive that it came from.
        alone: whether it is the only file there.
        unit: the unit.
        roster: the class list, if there is one.

    Raises:
        NoSender: if that is not certain.
        NotASubmission: if it is nothing to grade.
    """
    outermost = item.parts[0]
    if any("\ud800" <= letter <= "\udfff" for letter in outermost):
        raise NoSender("its name is not written in UTF-8, so it is not certain whose it is; rename it")
    if item.parts in [(f"{page}.ipynb",) for page in PAGES]:
        raise NotASubmission
    at_the_top = len(item.parts) == 1 and given.name != outermost and not is_from_lms(outermost)
    named_alike = not student_part(outermost, unit) or (alone and given.suffix.lower() == ".zip" and given.stem != unit)
    if at_the_top and named_alike:
        outermost = Path(os.path.abspath(given)).name  # one student's own folder or archive, or a link to it
    possible = senders(outermost, unit)
    if roster:
        listed, sender = roster.find(possible)
        return Submission(item, sender, listed.id, listed)
    if len(possible) > 1:
        raise NoSender(f"{outermost} can be read in several ways; give the roster of the class with --roster")
    return Submission(item, possible[0], possible[0].student, None)


def _require_known_number(submission: Submission, student: str) -> None:
    """
    Raises:
        NoSender: if no roster says whose a file is, and its number in Canvas is that of a student by another name.
    """
    if not submission.listed and folded(student) != folded(submission.student):
        sender = submission.sender
        raise NoSender(
            f"{sender.name!r} has the number {sender.user} in {sender.lms}, with which {student} handed in before, "
            f"under another name. If they are one student, call the file {student}.ipynb"
        )


def _conflict(own: list[Submission], before: list[str] | None) -> str:
    """Why files that would be one student's cannot all be, if so.

    Args:
        own: the files.
        before: the key by which the student handed in first, if that is known.
    """
    student = own[0].student
    if len({submission.key for submission in own}) > 1:
        names = " and ".join(sorted({repr(submission.sender.name) for submission in own}))
        return f"{names} are different names, and both would be the student {student}; rename one"
    if before not in (None, list(own[0].key)) and not own[0].named_exactly:
        name = " ".join(filter(None, before or ()))
        return (
            f"{own[0].sender.name!r} and {name!r}, who handed in before, are different names, and both would be the "
            f"student {student}; if it is the same person, call the file {student}.ipynb"
        )
    return ""


def _other_users(own: list[Submission], before: tuple[str, str]) -> list[tuple[Submission, str]]:
    """The files of other users of the system, who have the name of a student in the roster, and why they are refused.

    Args:
        own: the files that would be one student's.
        before: the system that the student's work came from last, and the student's number there.
    """
    found = []
    numbered = [submission for submission in own if submission.listed and submission.sender.user]
    for lms in sorted({submission.sender.lms for submission in numbered}):
        users = {submission.sender.user for submission in numbered if submission.sender.lms == lms}
        if before[0] == lms == "Canvas":  # Moodle numbers participants anew in each assignment
            users.add(before[1])
        if len(users) == 1:
            continue
        listed = next(submission.listed.lms_id for submission in numbered if submission.listed)
        right = listed if listed in users else before[1] if before[0] == lms else ""
        numbers = " and ".join(sorted(users))
        reason = (
            f"users of {lms} with the numbers {numbers} have one name, and the roster has one such student, "
            f"{own[0].student}. Give a roster that has each of them, with the number as `lms id`"
        )
        found += [(s, reason) for s in numbered if s.sender.lms == lms and s.sender.user != right]
    return found


def remember_names(course: ClassFolder, files: Iterable[Submission]) -> None:
    """Remember by which name each student handed in first, where no roster says whose a file is."""
    names = {one.student: list(one.key) for one in files if not one.listed}
    with in_turn(course.root):
        course.student_names.parent.mkdir(exist_ok=True)
        with made_whole(course.student_names) as partial:
            partial.write_text(json.dumps(names | _names(course), indent=1))


def _names(course: ClassFolder) -> dict[str, list[str]]:
    remedy = "Take it away; until students hand in again, `collect` does not know the names by which they did so before"
    return read_record(course.student_names, list, remedy)

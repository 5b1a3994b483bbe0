"""Imports submissions: attributes files to students, picks the one that counts, and notes times and repairs."""

import filecmp
import hashlib
import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.authoring.pages import PAGES
from autograder.grading.attempts import attempts, finish, keep, kept_elsewhere, put_in_place
from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.damaged import read_record
from autograder.grading.exchange import SECRET
from autograder.grading.gradebook import due_date, enter_students, enter_times, set_due_date
from autograder.grading.rebuild import warm_up
from autograder.grading.release import require_released
from autograder.grading.rules import BEST, read_rules
from autograder.grading.submission import UnitGrader
from autograder.grading.times import show_time
from autograder.grading.trusted_execute import hash_of_submission
from autograder.intake.archives import CANNOT_BE_READ, NO_NOTEBOOK, TOO_LARGE, BadArchive, HandedIn, handed_in
from autograder.intake.lms.names import NoSender, NotASubmission, Sender, is_from_lms, senders, student_part
from autograder.intake.lms.returning import known_users, move_senders, newest_uploads, remember_senders
from autograder.intake.lms.roster import Roster, Student, class_roster, folded
from autograder.intake.reading import read_within, refused
from autograder.intake.submission_times import read_written_time, timestamp, write_time
from autograder.limited import Allowance, prepare

# Characters of a file's name that are kept: a file system takes 255 bytes of UTF-8.
_LONGEST_KEPT = 60
_LONGEST_SECRET = 1024
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_OF_ANOTHER = (
    "it is not known when it came, since the time in the kept worksheet may be that of the hand-in before; "
    "give a newer worksheet with --roster"
)


@dataclass(frozen=True)
class Received:
    """Outcome of importing one student's files, or one unattributed file.

    Attributes:
        student: the student; empty if that is not certain, and then nothing was imported.
        file: the file that counts.
        refused: why it cannot be graded, if so.
        repairs: what was repaired in it, or could not be.
        notes: anything else that the instructor should know.
        late: whether it came after the due date.
        submitted: when it was handed in, if that is known.
    """

    student: str
    file: str
    refused: str = ""
    repairs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    late: bool = False
    submitted: datetime | None = None

    def lines(self) -> list[str]:
        """The file that counts and what is to be said of it, without control characters from file names."""
        if not self.student:
            lines = [f"{self.file} was not taken in: {self.refused}"]
        else:
            time = f", {show_time(self.submitted)}" if self.submitted else ""
            came = self.file + time + (", late" if self.late else "")
            said = [f"it cannot be graded, {self.refused}"] if self.refused else []
            lines = [f"{self.student}: {line}" for line in (came, *said, *self.repairs, *self.notes)]
        return ["".join(c if c.isprintable() else "?" for c in line) for line in lines]


@dataclass(frozen=True)
class _Submission:
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
    def file(self) -> str:
        return "/".join(self.item.parts)

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


def collect(
    course: ClassFolder,
    unit: str,
    files: Iterable[Path],
    roster: Path | None = None,
    due: datetime | None = None,
    left_out: Callable[[Path], str] | None = None,
) -> list[Received]:
    """Put submissions where nbgrader looks for them.

    A file belongs to the student in its outermost name below the given path, whether that of a file, a folder or an
    archive, and whether a learning platform, nbgrader or a person wrote it. Names further in are not read. Of several
    files from one student the newest readable one counts; all are kept in `received/`. A submission that cannot be
    read is graded with 0 points and the reason. A file that cannot be attributed is not imported, and does not stop
    the others.

    Args:
        course: the class.
        unit: the unit that was handed in.
        files: notebooks, folders and zip archives.
        roster: the class list; it is kept, and used for this unit from then on.
        due: when the unit is due, for late penalties; it is kept in the gradebook.
        left_out: the reason why a file or folder, by its outermost path, is not to be taken in; empty if it is.

    Returns:
        What was imported, in the order of students, then what was not.

    Raises:
        BadInput: if a file is none of these or holds no notebook, or if the roster cannot be read; then nothing at
            all is imported. Or if the disk is full.
    """
    return list(collecting(course, unit, files, roster, due, left_out))


def collecting(
    course: ClassFolder,
    unit: str,
    files: Iterable[Path],
    roster: Path | None = None,
    due: datetime | None = None,
    left_out: Callable[[Path], str] | None = None,
) -> Iterator[Received]:
    """Collect as `collect` does, and yield each submission when it is imported.

    The due date is set last, so that nothing moves it where collecting fails or is interrupted.
    """
    try:
        yield from _collect(course, unit, files, roster, due, left_out or (lambda _: ""))
    except OSError as error:
        raise BadInput(f"submissions could not be stored ({error}). Mend that, then collect again") from error


def _collect(
    course: ClassFolder,
    unit: str,
    files: Iterable[Path],
    roster: Path | None,
    due: datetime | None,
    left_out: Callable[[Path], str],
) -> Iterator[Received]:
    require_released(course, unit)
    prepare(warm_up)
    release = nbformat.read(course.release_notebook(unit), as_version=4)
    known = find_roster(course, unit, roster)
    with tempfile.TemporaryDirectory() as temporary:
        items = [(f, _all_of(f, unit, Path(temporary))) for f in files]
        spelling = {folded(path.name): path.name for path in course.root.glob("submitted/*")}
        names = _read_names(course)
        users, uploads = known_users(course, unit), newest_uploads(course, unit)
        extensions = read_rules(course.root).extensions_of(unit)
        due_then = due or due_date(course, unit)
        by_student, nobodys = _sort_out(items, unit, known, spelling, names, left_out, users)
        if not by_student:
            raise BadInput("; ".join(dict.fromkeys(r.refused for r in nobodys)) or f"expected submissions of {unit}")
        move_senders(course, unit)
        by_student = [_keep_files(course, unit, own) for own in by_student]
        new_roster = None if roster and _is_kept(roster, course.roster(unit)) else roster
        if new_roster:
            course.roster(unit).parent.mkdir(exist_ok=True)
            shutil.copyfile(new_roster, course.roster(unit))
        if known is not None:
            listed = [student for student in known.students if not student.is_test]
            enter_students(course, [(s.id, s.last_name, s.first_name) for s in listed])
        kept = _keep_attempts(course, unit, [own[0].student for own in by_student])
        taken: dict[str, list[_Submission]] = {}
        timeless: list[str] = []
        refused: list[Received] = []
        try:
            for own in by_student:
                student = own[0].student
                one = _take(
                    course,
                    unit,
                    own,
                    release,
                    due_then,
                    student in kept,
                    uploads.get(student, 0),
                    new_times=new_roster is not None,
                )
                if not one.student:
                    refused.append(one)
                    continue
                taken[student] = own
                if one.submitted is None:
                    timeless.append(student)
                in_time = student in extensions and extensions[student].covers(one.submitted)
                yield replace(one, late=one.late and not in_time)
        finally:
            _remember(course, unit, taken, timeless)
        if due is not None:
            set_due_date(course, unit, due)
        yield from refused + nobodys


def _remember(course: ClassFolder, unit: str, taken: Mapping[str, list[_Submission]], timeless: Iterable[str]) -> None:
    """Remember of submissions that were imported by which names they came, and of which the time is not known."""
    _add_names(course, {student: list(own[0].key) for student, own in taken.items() if not own[0].listed})
    remember_senders(
        course, unit, {student: [(s.item.parts[0], s.sender) for s in own] for student, own in taken.items()}
    )
    enter_times(course, unit, dict.fromkeys(timeless))


def _sort_out(
    given: list[tuple[Path, list[HandedIn]]],
    unit: str,
    roster: Roster | None,
    spelling: dict[str, str],
    names: dict[str, list[str]],
    left_out: Callable[[Path], str],
    users: Mapping[str, tuple[str, str]],
) -> tuple[list[list[_Submission]], list[Received]]:
    """The files of each student, and the unattributed ones.

    Args:
        given: the files, and what is in them.
        unit: the unit.
        roster: the class list, if there is one.
        spelling: the students of the class as their folders are spelled, by their names without capitals.
        names: the keys by which students handed in first.
        left_out: the reason why a file or folder, by its outermost path, is not to be taken in; empty if it is.
        users: the system that students' work came from last, and their numbers there.
    """
    by_student: dict[str, list[_Submission]] = defaultdict(list)
    nobodys: list[Received] = []
    for path, items in given:
        for item in items:
            if item.trouble == NO_NOTEBOOK and not is_from_lms(item.parts[0]):
                nobodys.append(Received("", "/".join(item.parts), refused=f"it {NO_NOTEBOOK}"))
                continue
            try:
                submission = _whose(item, path, len(items) == 1, unit, roster)
                if reason := left_out(path / item.parts[0]):
                    raise NoSender(reason)
                student = spelling.setdefault(folded(submission.student), submission.student)
                by_student[folded(student)].append(replace(submission, student=student))
            except NoSender as error:
                nobodys.append(Received("", "/".join(item.parts), refused=str(error)))
            except NotASubmission:
                continue
    for student, own in list(by_student.items()):
        own[:] = [one for one in own if one.item.trouble != NO_NOTEBOOK] or own[:1]
        if reason := _conflict(own, names.get(own[0].student)):
            nobodys += [Received("", submission.file, refused=reason) for submission in own]
            del by_student[student]
            continue
        strangers = _other_users(own, users.get(own[0].student, ("", "")))
        nobodys += [Received("", submission.file, refused=reason) for submission, reason in strangers]
        own[:] = [submission for submission in own if submission not in [stranger for stranger, _ in strangers]]
        if not own:
            del by_student[student]
    return [own for _, own in sorted(by_student.items())], nobodys


def _conflict(own: list[_Submission], before: list[str] | None) -> str:
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


def _other_users(own: list[_Submission], before: tuple[str, str]) -> list[tuple[_Submission, str]]:
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


def find_roster(course: ClassFolder, unit: str, given: Path | None) -> Roster | None:
    """The given roster, or the one that was used for the unit before.

    Raises:
        BadInput: if it is not a roster.
    """
    path = given or kept_roster(course, unit)
    return class_roster(course, path) if given or path.is_file() else None


def kept_roster(course: ClassFolder, unit: str) -> Path:
    """The roster that was used for the unit before, if there is one."""
    kept = course.roster(unit)
    older = course.received_folder(unit) / "roster.csv"  # where earlier versions kept it
    return kept if kept.exists() else older


def _is_kept(roster: Path, kept: Path) -> bool:
    """Whether a roster is the kept one, or a copy of it."""
    return kept.exists() and not _differ(roster, kept)


def doubts_about(roster: Path, course: ClassFolder) -> str:
    """What looks wrong about a new roster, if it has nobody who has handed anything in before.

    Raises:
        BadInput: if it is not a roster.
    """
    before = {folded(path.name): path.name for path in course.root.glob("submitted/*")}
    if not before or any(folded(student.id) in before for student in Roster(roster).students):
        return ""
    return (
        f"{roster} has none of the {len(before)} students who have handed in before, such as {min(before.values())}. "
        "Is it the list of another class, or does it call them otherwise? Before you grade, remove each wrong name "
        "with `nbgrader db student remove NAME` and `rm -r submitted/NAME`, and collect again"
    )


def missing_students(course: ClassFolder, unit: str) -> list[str]:
    """The students of the roster, if there is one, who have not handed in the unit, and are not excused."""
    roster = find_roster(course, unit, None)
    listed = [student.id for student in roster.students if not student.is_test] if roster else []
    excused = read_rules(course.root).excuses_of(unit)
    return [s for s in listed if s not in excused and not course.submission(unit, s).exists()]


def _read_names(course: ClassFolder) -> dict[str, list[str]]:
    remedy = "Take it away; until students hand in again, `collect` does not know the names by which they did so before"
    return read_record(course.student_names, list, remedy)


def _add_names(course: ClassFolder, names: dict[str, list[str]]) -> None:
    with in_turn(course.root):
        course.student_names.parent.mkdir(exist_ok=True)
        partial = course.student_names.with_suffix(".partial")
        partial.write_text(json.dumps(names | _read_names(course), indent=1))
        partial.replace(course.student_names)


def _all_of(given: Path, unit: str, temporary: Path) -> list[HandedIn]:
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


def _whose(item: HandedIn, given: Path, alone: bool, unit: str, roster: Roster | None) -> _Submission:
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
    if item.parts in [(f"{page}.ipynb",) for page in PAGES]:
        raise NotASubmission
    at_the_top = len(item.parts) == 1 and given.name != outermost and not is_from_lms(outermost)
    named_alike = not student_part(outermost, unit) or (alone and given.suffix.lower() == ".zip" and given.stem != unit)
    if at_the_top and named_alike:
        outermost = given.resolve().name  # one student's own folder or archive
    possible = senders(outermost, unit)
    if roster:
        listed, sender = roster.find(possible)
        return _Submission(item, sender, listed.id, listed)
    if len(possible) > 1:
        raise NoSender(f"{outermost} can be read in several ways; give the roster of the class with --roster")
    return _Submission(item, possible[0], possible[0].student, None)


def _keep_attempts(course: ClassFolder, unit: str, students: Iterable[str]) -> set[str]:
    """Keep the graded hand-ins of students who hand in again, where the best one counts; whose these are."""
    finish(course, unit)
    before = [student for student in students if course.submission(unit, student).exists()]
    if read_rules(course.root).attempts == BEST and before:
        grader = UnitGrader(course, unit)
        graded = set(filter(grader.has_grade, before))
        for student in sorted(graded):
            keep(course, unit, student)
        return graded
    return set()


def _take(
    course: ClassFolder,
    unit: str,
    own: list[_Submission],
    release: NotebookNode,
    due: datetime | None,
    kept: bool,
    upload: int,
    new_times: bool,
) -> Received:
    """Import the file that counts of one student's.

    What was taken in before stays if it is known to be newer, or can be read and this cannot; unless it is kept as one
    of several hand-ins, of which the best will count.

    Args:
        course: the class.
        unit: the unit.
        own: the student's files, the newest first.
        release: the released notebook.
        due: when the unit is due.
        kept: whether what was taken in before is kept with its grade.
        upload: its number in Canvas, 0 if it has none.
        new_times: whether the roster, with its times, is not that of an earlier `collect`.
    """
    notes = []
    allowance = Allowance()
    chosen, notebook = own[0], _read(own[0].item, release, allowance)
    for other in own[1:]:
        reason = notebook.metadata.get("rnncourse", {}).get("refused")
        if not reason:
            break
        candidate = _read(other.item, release, allowance)
        if "refused" not in candidate.metadata.get("rnncourse", {}):
            notes.append(f"{chosen.file} is newer and was passed over: {reason}")
            chosen, notebook = other, candidate
    same_time = [
        s for s in own if s is not chosen and not s.item.trouble and _newness(s, unit)[:3] == _newness(chosen, unit)[:3]
    ]
    if not chosen.item.trouble and any(_differ(s.item.file, chosen.item.file) for s in same_time):
        notes.append(f"it is one of {len(same_time) + 1} files of which none is known to be newer")
    names = sorted({s.item.parts[0] for s in own if not s.sender.lms and not s.listed})
    if len(names) > 1:
        notes.append(f"{chosen.file} counts; {', '.join(names)} are taken for one student's files")
    elif not chosen.listed and chosen.sender.student != chosen.student:
        notes.append(f"{chosen.file} is taken for this student's, whose name is spelled in another way")
    target = course.submission(unit, chosen.student)
    if not target.exists() and (earlier := attempts(course, unit, chosen.student)):
        place = earlier[0].folder.parent.relative_to(course.root)
        notes.append(f"hand-ins that are kept in {place} may count as well; if they are not theirs, remove that folder")
    said = notebook.metadata.get("rnncourse", {})
    with in_turn(course.root):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        # Half a surrogate pair, which JSON can write and UTF-8 cannot, becomes a question mark.
        partial.write_bytes(nbformat.writes(notebook).encode(errors="replace"))
        same = target.exists() and hash_of_submission(partial) == hash_of_submission(target)
        listed = chosen.listed.submitted if chosen.listed else None
        if listed and not new_times and not same and _is_of_another(listed, target):
            listed = None
            notes.append(_TIME_OF_ANOTHER)
        submitted, late, note = _submitted(chosen, listed, due)
        newer = f"the upload {upload}" if 0 < chosen.sender.upload < upload else ""
        earlier = chosen.earlier and not same and not 0 < upload < chosen.sender.upload
        reason = "" if kept else _why_not(target, submitted, newer, earlier, said.get("refused", ""))
        if reason:
            partial.unlink()
            reason += f". To take this one, remove {target.parent.relative_to(course.root)} and collect it again"
            return Received("", chosen.file, refused=reason)
        known = kept_elsewhere(course, unit, chosen.student, partial, timestamp(submitted)) if kept else None
        if known and submitted and not known.time(unit):
            put_in_place(course, unit, chosen.student, known)
            same = True
        elif known:
            partial.unlink()
            notes.append(f"it is hand-in {known.number}, which is kept with its grade")
            return _received(chosen, said, notes, late, submitted)
        if submitted is None and same:
            submitted = read_written_time(target)
            late = bool(submitted and due and submitted > due) or late
        # If this is cut short, a notebook has no time, or no secret, rather than another's; the next collect mends it.
        if submitted is None or submitted.replace(microsecond=0) != read_written_time(target):
            write_time(target, None)
        if not same:
            target.with_name(SECRET).unlink(missing_ok=True)
        partial.replace(target)
        _keep_secret(chosen, target)
        write_time(target, submitted)
        if chosen.copy:
            chosen.copy.touch()  # the file received last is the one in place
    return _received(chosen, said, [*notes, *([note] if note else [])], late, submitted)


def _received(
    chosen: _Submission, said: Mapping[str, Any], notes: Sequence[str], late: bool, submitted: datetime | None
) -> Received:
    return Received(
        student=chosen.student,
        file=chosen.file,
        refused=said.get("refused", ""),
        repairs=tuple(said.get("repairs", ())),
        notes=tuple(notes),
        late=late,
        submitted=submitted,
    )


def _why_not(target: Path, submitted: datetime | None, newer: str, earlier: bool, trouble: str) -> str:
    """Why a file does not take the place of the student's submission that is there; empty if it does.

    Args:
        target: the submission.
        submitted: when the file was handed in, if it is known.
        newer: what the submission is known to be, if newer than the file.
        earlier: whether the file was received before the submission, as far as uploads tell.
        trouble: why the file cannot be read, if so.
    """
    if not target.exists():
        return ""
    student, before = target.parent.parent.name, read_written_time(target)
    if submitted and before and submitted < before:
        newer = f"what came at {show_time(before)}"
    if newer:
        return f"the submission of {student} that is there, {newer}, is newer"
    if earlier and not (submitted and before and submitted > before):
        return f"the submission of {student} that is there was received after this one, which is in received/ already"
    if trouble and not _is_refused(target):
        return f"the submission of {student} that is there can be read, and this cannot: {trouble}"
    return ""


def _is_of_another(listed: datetime, target: Path) -> bool:
    """Whether the time in a roster that was used before may be that of the other submission that is there."""
    return target.exists() and read_written_time(target) in (None, listed)


def _is_refused(submission: Path) -> bool:
    """Whether a submission that was taken in could not be read."""
    with submission.open(encoding="utf-8") as file:
        return '"refused": "' in file.read()  # as it stands in no text of a cell, where quotes are escaped


def _read(item: HandedIn, release: NotebookNode, allowance: Allowance) -> NotebookNode:
    if item.trouble:
        return refused(f"the file {item.trouble}", release)
    return read_within(allowance, item.file, release)


def _differ(one: Path, other: Path) -> bool:
    return not filecmp.cmp(one, other, shallow=False)


def _newness(submission: _Submission, unit: str) -> tuple[int, datetime, bool, str]:
    named = submission.item.parts[-1] == f"{unit}.ipynb"
    time = submission.sender.submitted or submission.item.time or _LONG_AGO
    return submission.sender.upload, time, named, submission.file


def _keep_files(course: ClassFolder, unit: str, own: list[_Submission]) -> list[_Submission]:
    """Keep a student's files as they came, unless they are too large; returns them, the newest first."""
    folder = course.received_folder(unit) / own[0].student
    last = max((path.stat().st_mtime_ns for path in folder.glob("*")), default=0)
    oldest_first = sorted(own, key=lambda submission: _newness(submission, unit))
    return [_keep(folder, submission, last) for submission in oldest_first][::-1]


def _keep(folder: Path, submission: _Submission, last: int) -> _Submission:
    """Keep a file beside the student's other files, of which one was received last; returns where it is."""
    trouble = submission.item.trouble
    if trouble in (NO_NOTEBOOK, CANNOT_BE_READ) or trouble.startswith(TOO_LARGE):
        return submission
    folder.mkdir(parents=True, exist_ok=True)
    file = submission.item.file
    name = submission.item.parts[-1][-_LONGEST_KEPT:].lstrip(".") or "file"
    kept = folder / name
    if kept.exists() and _differ(kept, file):
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        kept = folder / f"{kept.stem}-{digest[:8]}{kept.suffix}"
    if kept.exists() and not _differ(kept, file):
        return replace(submission, copy=kept, earlier=kept.stat().st_mtime_ns < last)
    shutil.copyfile(file, kept)
    return replace(submission, copy=kept)


def _keep_secret(submission: _Submission, target: Path) -> None:
    """Keep nbgrader's secret of a submission beside it: under a hash of it feedback goes back through the exchange."""
    given = submission.item.file.with_name(SECRET)
    if submission.sender.lms == "nbgrader" and given.is_file() and not given.is_symlink():
        with given.open("rb") as file:
            target.with_name(SECRET).write_bytes(file.read(_LONGEST_SECRET))
    else:
        target.with_name(SECRET).unlink(missing_ok=True)


def _submitted(
    submission: _Submission, listed: datetime | None, due: datetime | None
) -> tuple[datetime | None, bool, str]:
    """When a submission was handed in, if known; whether it is late; and a note for the instructor.

    Args:
        submission: the file.
        listed: its time in the roster, if it is there.
        due: when the unit is due.

    Moodle's worksheet has the time, the names of Blackboard, D2L and nbgrader too, Canvas's only whether it was late.
    Times inside their archives are those of the download. In other archives the time of a member is that of the file.
    """
    time = listed or submission.sender.submitted
    if time is None and not submission.sender.lms and submission.item.stated:
        time = submission.item.time
    if not submission.sender.late:
        return time, bool(time and due and time > due), ""
    if time and due and time > due:
        return time, True, ""
    if due is None:
        return time, True, "Canvas marks it as late; give --due for a penalty"
    return due + timedelta(seconds=1), True, "Canvas marks it as late, but not by how much; taken as one second"

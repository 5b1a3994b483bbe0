"""Imports submissions: attributes files to students, picks the one that counts, and notes times and repairs."""

import shutil
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.grading.attempts import attempts, finish, keep, kept_elsewhere, put_in_place
from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.exchange import SECRET
from autograder.grading.gradebook import due_date, enter_students, enter_times, set_due_date
from autograder.grading.rebuild import warm_up
from autograder.grading.release import require_released
from autograder.grading.rules import BEST, read_rules
from autograder.grading.submission import UnitGrader
from autograder.grading.times import show_time
from autograder.grading.trusted_execute import hash_of_submission
from autograder.intake.archives import HandedIn
from autograder.intake.attribution import Submission, notebooks_in, remember_names, sort_out
from autograder.intake.keeping import comes_last, differ, keep_files, newness
from autograder.intake.lms.returning import move_senders, newest_uploads, remember_senders
from autograder.intake.reading import read_within, refused
from autograder.intake.rosters import find_roster, is_kept, keep_roster
from autograder.intake.submission_times import read_written_time, timestamp, write_time
from autograder.limited import Allowance, prepare

_LATE = "late.txt"
"""Is beside a submission that its system marks as late, and not by how much."""
_LONGEST_SECRET = 1024
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
        kept: whether it is a hand-in that is kept already, and another one stays in place.
    """

    student: str
    file: str
    refused: str = ""
    repairs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    late: bool = False
    submitted: datetime | None = None
    kept: bool = False

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


def collect(
    course: ClassFolder,
    unit: str,
    files: Iterable[Path],
    roster: Path | None = None,
    due: datetime | None = None,
    left_out: Callable[[Path], str] | None = None,
) -> Iterator[Received]:
    """Put submissions where nbgrader looks for them.

    A file belongs to the student in its outermost name below the given path, whether that of a file, a folder or an
    archive, and whether a learning platform, nbgrader or a person wrote it. Names further in are not read. Of several
    files from one student the newest readable one counts; all are kept in `received/`. A submission that cannot be
    read is graded with 0 points and the reason. A file that cannot be attributed is not imported, and does not stop
    the others.

    Args:
        course: the class.
        unit: the unit that was handed in.
        files: notebooks, folders and zip archives; none where only the due date moves.
        roster: the class list; it is kept, and used for this unit from then on.
        due: when the unit is due, for late penalties. Roster and date are kept last: where collecting fails or is
            interrupted, they are as before, and the same command does what is left.
        left_out: the reason why a file or folder, by its outermost path, is not to be taken in; empty if it is.

    Yields:
        What is imported, when it is, in the order of students; then what is not.

    Raises:
        BadInput: if a file is none of these or holds no notebook, or if the roster cannot be read; then nothing at
            all is imported. Or if the disk is full.
    """
    try:
        require_released(course, unit)
        prepare(warm_up)
        with tempfile.TemporaryDirectory() as temporary:
            known = find_roster(course, unit, roster)
            given = [(file, notebooks_in(file, unit, Path(temporary))) for file in files]
            by_student, nobodys = sort_out(course, unit, given, known, left_out)
            if given and not by_student:
                raise BadInput("; ".join(dict.fromkeys(why for _, why in nobodys)) or f"expected submissions of {unit}")
            move_senders(course, unit)
            by_student = [keep_files(course, unit, own) for own in by_student]
            if known is not None:
                enter_students(course, [(s.id, s.last_name, s.first_name) for s in known.students if not s.is_test])
            intake = _Intake(
                course,
                unit,
                nbformat.read(course.release_notebook(unit), as_version=4),
                due or due_date(course, unit),
                kept=_keep_attempts(course, unit, [own[0].student for own in by_student]),
                uploads=newest_uploads(course, unit),
                new_times=roster is not None and not is_kept(course, unit, roster),
            )
            yield from _take_all(intake, by_student)
            if roster is not None:
                keep_roster(course, unit, roster)
            if due is not None:
                _move_marked(course, unit, due_date(course, unit), due)
                set_due_date(course, unit, due)
            yield from (Received("", name, refused=reason) for name, reason in nobodys)
    except OSError as error:
        raise BadInput(f"submissions could not be stored ({error}). Mend that, then collect again") from error


@dataclass(frozen=True)
class _Intake:
    """What is known before the submissions of a unit are taken in, one student's after the other.

    Attributes:
        course: the class.
        unit: the unit.
        release: the released notebook.
        due: when the unit is due.
        kept: the students whose hand-in of before is kept with its grade.
        uploads: the number in Canvas of the upload that each student's work came with last.
        new_times: whether the roster, with its times, is not that of an earlier `collect`.
    """

    course: ClassFolder
    unit: str
    release: NotebookNode
    due: datetime | None
    kept: Container[str]
    uploads: Mapping[str, int]
    new_times: bool

    def take(self, own: list[Submission]) -> Received:
        """Import the file that counts of one student's, of which the newest comes first.

        What was taken in before stays if it is known to be newer, or can be read and this cannot; unless it is kept as
        one of several hand-ins, of which the best will count.
        """
        chosen, notebook, notes = self._choose(own)
        target = self.course.submission(self.unit, chosen.student)
        if not target.exists() and (earlier := attempts(self.course, self.unit, chosen.student)):
            place = earlier[0].folder.parent.relative_to(self.course.root)
            notes.append(
                f"hand-ins that are kept in {place} may count as well; if they are not theirs, remove that folder"
            )
        with in_turn(self.course.root):
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".partial")
            # Half a surrogate pair, which JSON can write and UTF-8 cannot, becomes a question mark.
            partial.write_bytes(nbformat.writes(notebook).encode(errors="replace"))
            return self._place(chosen, notebook.metadata.get("rnncourse", {}), notes, partial, target)

    def _choose(self, own: list[Submission]) -> tuple[Submission, NotebookNode, list[str]]:
        """The newest file that can be read, or else the newest; what is in it; and what is to be said of the others."""
        notes = []
        allowance = Allowance()
        chosen, notebook = own[0], _read(own[0].item, self.release, allowance)
        for other in own[1:]:
            reason = notebook.metadata.get("rnncourse", {}).get("refused")
            if not reason:
                break
            candidate = _read(other.item, self.release, allowance)
            if "refused" not in candidate.metadata.get("rnncourse", {}):
                notes.append(f"{chosen.item.name} is newer and was passed over: {reason}")
                chosen, notebook = other, candidate
        age = newness(chosen, self.unit)[:3]
        same_age = [s for s in own if s is not chosen and not s.item.trouble and newness(s, self.unit)[:3] == age]
        if not chosen.item.trouble and any(differ(s.item.file, chosen.item.file) for s in same_age):
            notes.append(f"it is one of {len(same_age) + 1} files of which none is known to be newer")
        names = sorted({s.item.parts[0] for s in own if not s.sender.lms and not s.listed})
        if len(names) > 1:
            notes.append(f"{chosen.item.name} counts; {', '.join(names)} are taken for one student's files")
        elif not chosen.listed and chosen.sender.student != chosen.student:
            notes.append(f"{chosen.item.name} is taken for this student's, whose name is spelled in another way")
        return chosen, notebook, notes

    def _place(
        self, chosen: Submission, said: Mapping[str, Any], notes: list[str], partial: Path, target: Path
    ) -> Received:
        """Make a file that was read the student's submission, if it does not stand behind what is there.

        Args:
            chosen: the file.
            said: what was said of it when it was read.
            notes: what is to be said beside that.
            partial: what was read, written beside the submission.
            target: the submission.
        """
        same = target.exists() and hash_of_submission(partial) == hash_of_submission(target)
        listed = chosen.listed.submitted if chosen.listed else None
        if listed and not self.new_times and not same and _is_of_another(listed, target):
            listed = None
            notes.append(_TIME_OF_ANOTHER)
        submitted, late, note = _submitted(chosen, listed, self.due)
        kept = chosen.student in self.kept
        if not kept and (reason := self._why_not(chosen, target, submitted, same, said.get("refused", ""))):
            partial.unlink()
            reason += f". To take this one, remove {target.parent.relative_to(self.course.root)} and collect it again"
            return Received("", chosen.item.name, refused=reason)
        stamp = timestamp(submitted)
        known = kept_elsewhere(self.course, self.unit, chosen.student, partial, stamp) if kept else None
        if known and submitted and not known.time(self.unit):
            put_in_place(self.course, self.unit, chosen.student, known)
            same = True
        elif known:
            partial.unlink()
            notes.append(f"it is hand-in {known.number}, which is kept with its grade")
            return replace(_received(chosen, said, notes, late, submitted), kept=True)
        if submitted is None and same:
            submitted = read_written_time(target)
            late = bool(submitted and self.due and submitted > self.due) or late
        # If this is cut short, a notebook has no time, or no secret, rather than another's; the next collect mends it.
        if submitted is None or submitted.replace(microsecond=0) != read_written_time(target):
            write_time(target, None)
        if same:
            shutil.copystat(target, partial)  # so that a grade is no older than its submission
        else:
            target.with_name(SECRET).unlink(missing_ok=True)
        partial.replace(target)
        _keep_secret(chosen, target)
        _mark(target, chosen.sender.late)
        write_time(target, submitted)
        if chosen.copy:
            comes_last(chosen.copy)
        return _received(chosen, said, [*notes, *([note] if note else [])], late, submitted)

    def _why_not(self, chosen: Submission, target: Path, submitted: datetime | None, same: bool, trouble: str) -> str:
        """Why a file does not take the place of the student's submission that is there; empty if it does.

        Args:
            chosen: the file.
            target: the submission.
            submitted: when the file was handed in, if it is known.
            same: whether it has the same answers.
            trouble: why it cannot be read, if so.
        """
        if not target.exists():
            return ""
        student, before = chosen.student, read_written_time(target)
        upload = self.uploads.get(student, 0)
        if submitted and before and submitted < before and not (chosen.sender.late or target.with_name(_LATE).exists()):
            return f"the submission of {student} that is there, which came at {show_time(before)}, is newer"
        if 0 < chosen.sender.upload < upload:
            return f"the submission of {student} that is there, the upload {upload}, is newer"
        earlier = chosen.earlier and not same and not 0 < upload < chosen.sender.upload
        if earlier and not (submitted and before and submitted > before):
            return (
                f"the submission of {student} that is there was received after this one, which is in received/ already"
            )
        if trouble and not _is_refused(target):
            return f"the submission of {student} that is there can be read, and this cannot: {trouble}"
        return ""


def _take_all(intake: _Intake, by_student: Iterable[list[Submission]]) -> Iterator[Received]:
    """Import what counts of each student's files, and remember whose they are; those that are not taken come last."""
    course, unit = intake.course, intake.unit
    extensions = read_rules(course.root).extensions_of(unit)
    taken: dict[str, list[Submission]] = {}
    timeless: list[str] = []
    refused: list[Received] = []
    try:
        for own in by_student:
            student = own[0].student
            one = intake.take(own)
            if not one.student:
                refused.append(one)
                continue
            if not one.kept:
                taken[student] = own
            if one.submitted is None and not one.kept:
                timeless.append(student)
            in_time = student in extensions and extensions[student].covers(one.submitted)
            yield replace(one, late=one.late and not in_time)
    finally:
        remember_names(course, [own[0] for own in taken.values()])
        remember_senders(course, unit, {s: [(f.item.parts[0], f.sender) for f in own] for s, own in taken.items()})
        enter_times(course, unit, dict.fromkeys(timeless))
    yield from refused


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


def _received(
    chosen: Submission, said: Mapping[str, Any], notes: Sequence[str], late: bool, submitted: datetime | None
) -> Received:
    return Received(
        student=chosen.student,
        file=chosen.item.name,
        refused=said.get("refused", ""),
        repairs=tuple(said.get("repairs", ())),
        notes=tuple(notes),
        late=late,
        submitted=submitted,
    )


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


def _keep_secret(submission: Submission, target: Path) -> None:
    """Keep nbgrader's secret of a submission beside it: under a hash of it feedback goes back through the exchange."""
    given = submission.item.file.with_name(SECRET)
    if submission.sender.lms == "nbgrader" and given.is_file() and not given.is_symlink():
        with given.open("rb") as file:
            target.with_name(SECRET).write_bytes(file.read(_LONGEST_SECRET))
    else:
        target.with_name(SECRET).unlink(missing_ok=True)


def _mark(target: Path, late: bool) -> None:
    """Note beside a submission whether its system marks it as late, and not by how much: then its time is made up."""
    mark = target.with_name(_LATE)
    if late:
        mark.write_text("Canvas marks it as late, but not by how much\n", encoding="utf-8")
    else:
        mark.unlink(missing_ok=True)


def _move_marked(course: ClassFolder, unit: str, before: datetime | None, due: datetime) -> None:
    """Let what is marked as late be late by a second where a unit has its first due date, or an earlier one."""
    moved: dict[str, datetime | None] = {}
    for student in course.students(unit):
        target = course.submission(unit, student)
        time, made_up = read_written_time(target), _just_late(before) if before else None
        if target.with_name(_LATE).exists() and time == made_up and (time is None or time > _just_late(due)):
            moved[student] = _just_late(due)
            write_time(target, moved[student])
    enter_times(course, unit, moved)


def _just_late(due: datetime) -> datetime:
    """The time that is taken for that of work which is late, and not known by how much."""
    return due.replace(microsecond=0) + timedelta(seconds=1)


def _submitted(
    submission: Submission, listed: datetime | None, due: datetime | None
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
    return _just_late(due), True, "Canvas marks it as late, but not by how much; taken as one second"

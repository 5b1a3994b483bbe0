"""The roster that is kept for each unit, and what it says of the class."""

import filecmp
import json
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.damaged import read_record
from autograder.grading.history import some
from autograder.grading.rules import read_rules
from autograder.intake.lms.roster import Kind, Roster, Student, class_roster, folded
from autograder.whole_files import made_whole


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


def is_kept(course: ClassFolder, unit: str, roster: Path) -> bool:
    """Whether a roster is the one that is kept for the unit, or a copy of it."""
    kept = course.roster(unit)
    return kept.exists() and filecmp.cmp(roster, kept, shallow=False)


def keep_roster(course: ClassFolder, unit: str, roster: Path) -> None:
    """Keep a roster for the unit, as a whole or not at all, and when it was given."""
    kept = course.roster(unit)
    kept.parent.mkdir(exist_ok=True)
    if not is_kept(course, unit, roster):
        with made_whole(kept) as partial:
            shutil.copyfile(roster, partial)
    with in_turn(course.root):
        times = _given(course) | {unit: datetime.now(UTC).isoformat(timespec="seconds")}
        with made_whole(_times(course)) as partial:
            partial.write_text(json.dumps(times, indent=1), encoding="utf-8")


def given_at(course: ClassFolder, unit: str) -> datetime:
    """When the roster that is kept for a unit was given: as is noted, or else the time of the file.

    Raises:
        BadInput: if what is noted is damaged.
    """
    noted = _given(course).get(unit)
    if noted is None:
        return datetime.fromtimestamp(kept_roster(course, unit).stat().st_mtime, UTC)
    try:
        return datetime.fromisoformat(noted)
    except ValueError as error:
        raise BadInput(f"expected the time of a roster in {_times(course)}; got {noted!r}. {_REMEDY}") from error


_REMEDY = "Take it away, and the times of the files beside it count"


def _given(course: ClassFolder) -> dict[str, str]:
    return read_record(_times(course), str, _REMEDY)


def _times(course: ClassFolder) -> Path:
    return course.root / "rosters" / "given.json"


_WRONG_NAMES = "remove each wrong name with `nbgrader db student remove NAME` and `rm -r submitted/NAME`"


def doubts_about(roster: Path, course: ClassFolder, unit: str) -> list[str]:
    """What looks wrong about a new roster: students who have handed in, or were listed, are not in it.

    Raises:
        BadInput: if it is not a roster.
    """
    new, doubts = class_roster(course, roster), []
    listed = {folded(student.id) for student in new.students}
    before = {folded(path.name): path.name for path in course.root.glob("submitted/*")}
    if before and not listed & before.keys():
        doubts.append(
            f"{roster} has none of the {len(before)} students who have handed in before, such as "
            f"{min(before.values())}. Is it the list of another class, or does it call them otherwise? Before you "
            f"grade, {_WRONG_NAMES}, and collect again"
        )
    kept = {path.stem: class_roster(course, path) for path in sorted(course.root.glob("rosters/*.csv"))}
    known = {folded(student.id) for old in kept.values() for student in old.students}
    pairs = [
        (student, called, why)
        for student in new.students
        if folded(student.id) not in known
        for old in kept.values()
        for called in old.students
        if folded(called.id) not in listed and (why := _alike(new, student, old, called))
    ]
    for student, called, why in {student.id: (student, called, why) for student, called, why in pairs}.values():
        doubts.append(
            f"{student.id} has {why} that {called.id} has in an earlier roster. If they are one student, whose points, "
            f"excuses and extensions are those of {called.id}, call them so in the roster; before you grade, "
            f"{_WRONG_NAMES}, and collect again"
        )
    otherwise = {folded(called.id) for _, called, _ in pairs}
    gone = [s.id for s in kept[unit].students if folded(s.id) not in listed | otherwise] if unit in kept else []
    if gone:
        doubts.append(
            f"{roster} takes the place of the roster that {unit} had, and lists no longer {some(gone)}. If it is the "
            "list of one section, give that of the whole class"
        )
    return doubts


def _alike(new: Roster, student: Student, old: Roster, called: Student) -> str:
    """What a student of a new roster has in common with one of an old roster by another id; empty if nothing."""
    if new.kind is old.kind is Kind.CANVAS and student.lms_id == called.lms_id:
        return f"the number in Canvas, {student.lms_id},"
    if student.names & called.names:
        return "the name"
    if student.id.lstrip("0") == called.id.lstrip("0") != "":
        return "the number, but for zeros in front,"
    return ""


def strangers(course: ClassFolder, unit: str, students: Iterable[str]) -> str:
    """What looks wrong about students of a unit without a roster, if the rosters of other units have none such."""
    others = [path for path in course.root.glob("rosters/*.csv") if path != course.roster(unit)]
    if not others or kept_roster(course, unit).exists():
        return ""
    listed = {folded(student.id) for path in others for student in class_roster(course, path).students}
    found = [student for student in students if folded(student) not in listed]
    if not found:
        return ""
    return (
        f"{unit} has no roster, and those of other units have nobody called {', '.join(found)}. If these students are "
        f"called otherwise there, {_WRONG_NAMES} before you grade, and collect again with --roster"
    )


def missing_students(course: ClassFolder, unit: str) -> list[str]:
    """The students of the roster, if there is one, who have not handed in the unit, and are not excused."""
    roster = find_roster(course, unit, None)
    listed = [student.id for student in roster.students if not student.is_test] if roster else []
    excused = read_rules(course.root).excuses_of(unit)
    return [s for s in listed if s not in excused and not course.submission(unit, s).exists()]

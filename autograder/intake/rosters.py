"""The roster that is kept for each unit, and what it says of the class."""

import filecmp
import shutil
from collections.abc import Iterable
from pathlib import Path

from autograder.grading.class_folder import ClassFolder
from autograder.grading.rules import read_rules
from autograder.intake.lms.roster import Kind, Roster, class_roster, folded
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
    """Keep a roster for the unit, as a whole or not at all."""
    if not is_kept(course, unit, roster):
        kept = course.roster(unit)
        kept.parent.mkdir(exist_ok=True)
        with made_whole(kept) as partial:
            shutil.copyfile(roster, partial)


_WRONG_NAMES = "remove each wrong name with `nbgrader db student remove NAME` and `rm -r submitted/NAME`"


def doubts_about(roster: Path, course: ClassFolder) -> list[str]:
    """What looks wrong about a new roster: nobody has handed anything in before, or students are called otherwise now.

    Raises:
        BadInput: if it is not a roster.
    """
    new, doubts = class_roster(course, roster), []
    before = {folded(path.name): path.name for path in course.root.glob("submitted/*")}
    if before and not any(folded(student.id) in before for student in new.students):
        doubts.append(
            f"{roster} has none of the {len(before)} students who have handed in before, such as "
            f"{min(before.values())}. Is it the list of another class, or does it call them otherwise? Before you "
            f"grade, {_WRONG_NAMES}, and collect again"
        )
    kept = [class_roster(course, path) for path in sorted(course.root.glob("rosters/*.csv"))]
    known = {student.lms_id: student.id for old in kept if old.kind is Kind.CANVAS for student in old.students}
    for student in new.students if new.kind is Kind.CANVAS else []:
        if folded(old := known.get(student.lms_id, student.id)) != folded(student.id):
            doubts.append(
                f"{student.id} has the number in Canvas, {student.lms_id}, that {old} has in an earlier roster. If "
                f"they are one student, whose points, excuses and extensions are those of {old}, call them so in the "
                f"roster; before you grade, {_WRONG_NAMES}, and collect again"
            )
    return doubts


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

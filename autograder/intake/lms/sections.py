"""The sections or groups of a class, as its rosters name them, so that each assistant sees their own students.

A roster names them in Canvas's column Section, in Moodle's column Group, or in a column `section` or `group` of a table
by hand. Canvas writes of a student in two of them "Section A and Section B".
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.history import some
from autograder.intake.lms.roster import class_roster

_BETWEEN = re.compile(r", and |, | and ")


def members(course: ClassFolder, section: str, roster: Path | None = None) -> frozenset[str]:
    """The students of a section, by the rosters that were given to `collect`; of several the newest counts.

    Args:
        course: the class.
        section: the section.
        roster: a newer roster, if there is one.

    Raises:
        BadInput: if there is no such section.
    """
    found = _sections(course, [*_kept(course), *([roster] if roster else [])])
    known = sorted({name for names in found.values() for name in names})
    if not known:
        raise BadInput(
            "expected the sections of the class; no roster names them. Give one that has a column Section to "
            "`rnncourse collect UNIT FILES --roster FILE`"
        )
    own = {student for student, names in found.items() if unicodedata.normalize("NFC", section) in names}
    if not own:
        raise BadInput(f"expected a section of this class, one of {some(known)}; got {section}")
    return frozenset(own)


def _kept(course: ClassFolder) -> list[Path]:
    return sorted(course.roster("*").parent.glob("*.csv"), key=lambda path: (path.stat().st_mtime_ns, path.name))


def _sections(course: ClassFolder, rosters: Iterable[Path]) -> dict[str, set[str]]:
    """The sections of each student: what the roster says, as a whole and its parts."""
    found: dict[str, set[str]] = {}
    for path in rosters:
        for student in class_roster(course, path).students:
            if student.section:
                section = unicodedata.normalize("NFC", student.section)
                found[student.id] = {section, *_BETWEEN.split(section)}
    return found

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
from autograder.intake.rosters import given_at

_BETWEEN = ", and |, | and "


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
    known = sorted({name for cell in found.values() for name in (cell, *re.split(_BETWEEN, cell))})
    if not known:
        raise BadInput(
            "expected the sections of the class; no roster names them. Give one that has a column Section to "
            "`rnncourse collect UNIT FILES --roster FILE`"
        )
    name = re.escape(unicodedata.normalize("NFC", section))
    own = {student for student, cell in found.items() if re.search(rf"(^|{_BETWEEN}){name}($|{_BETWEEN})", cell)}
    if not own:
        raise BadInput(f"expected a section of this class, one of {some(known)}; got {section}")
    return frozenset(own)


def _kept(course: ClassFolder) -> list[Path]:
    kept = course.roster("*").parent.glob("*.csv")
    return sorted(kept, key=lambda path: (given_at(course, path.stem), path.name))


def _sections(course: ClassFolder, rosters: Iterable[Path]) -> dict[str, str]:
    """The section of each student, or several in a row, as the roster names them."""
    found: dict[str, str] = {}
    for path in rosters:
        for student in class_roster(course, path).students:
            if student.section:
                found[student.id] = unicodedata.normalize("NFC", student.section)
    return found

"""The rnncore that a class hands out: one package for all units released so far.

`student_package.json` in the class folder counts the packages, so that pip takes a newer one for newer, and lists the
units whose answers may be read. To grade a unit there is a package of its own in wheels/, without that unit's answers,
whichever the students have.
"""

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder.authoring.student_edition import build_wheel, edition
from autograder.authoring.units import Unit, all_units, find_unit
from autograder.grading.class_folder import BadInput, ClassFolder

_RECORD = "student_package.json"


@dataclass(frozen=True)
class StudentPackage:
    """What a class has handed out.

    Attributes:
        release: counts its packages.
        newest: the newest unit that the package serves.
        answers: the units whose answers may be read.
        content: tells one package from another.
    """

    release: int = 0
    newest: str = ""
    answers: list[str] = field(default_factory=list)
    content: str = ""

    @property
    def closed(self) -> list[str]:
        """The units before the newest one whose answers cannot be read."""
        number = find_unit(self.newest).number
        return [unit.name for unit in all_units() if unit.number < number and unit.name not in self.answers]


def read_student_package(course: ClassFolder) -> StudentPackage:
    """What the class has handed out so far.

    Raises:
        BadInput: if the record is damaged.
    """
    path = course.root / _RECORD
    if not path.exists():
        return StudentPackage()
    try:
        return StudentPackage(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise BadInput(
            f"expected the record of what was handed out in {path}; it is damaged: {error}. Restore it from a backup, "
            'or write {"release": N} into it, with N the last number in the name of the newest rnncore_student-*.whl'
        ) from error


def plan_student_package(course: ClassFolder, unit: Unit, answers_of: Collection[str] = ()) -> StudentPackage:
    """The package to hand out once a unit is released.

    Args:
        course: the class.
        unit: the unit that is released.
        answers_of: the names of further units whose answers may be read from now on.

    Raises:
        UnknownUnit: if there is no such unit.
        BadInput: if the answers of a unit cannot be given yet, since the package serves no later one.
    """
    before = read_student_package(course)
    newest = max([unit, *_released(course)], key=lambda other: other.number)
    answers = sorted({*before.answers, *answers_of})
    for name in answers_of:
        if find_unit(name).number >= newest.number:
            raise BadInput(
                f"expected a unit before {newest.name}, the newest that is released; got --answers-of {name}. Answers "
                "come with the package of a later unit"
            )
    content = hashlib.sha256(repr(sorted(edition(newest, answers).items())).encode()).hexdigest()
    same = (before.newest, before.content) == (newest.name, content)
    return StudentPackage(before.release if same else before.release + 1, newest.name, answers, content)


def build_student_package(package: StudentPackage, unit: Unit, root: Path) -> None:
    """Build the package of the students into source/, and the one to grade a unit with into wheels/, below a folder."""
    build_wheel(find_unit(package.newest), root / "source" / unit.name, package.answers, package.release)
    build_wheel(unit, root / "wheels" / unit.name)


def install_student_package(course: ClassFolder, package: StudentPackage, unit: Unit, root: Path) -> None:
    """Put what `build_student_package` made below a folder into the class, in place of older packages."""
    for place in (Path("source", unit.name), Path("wheels", unit.name)):
        (course.root / place).mkdir(parents=True, exist_ok=True)
        (wheel,) = (root / place).glob("rnncore*.whl")
        os.replace(wheel, course.root / place / wheel.name)
        for other in (course.root / place).glob("rnncore*.whl"):
            if other.name != wheel.name:
                other.unlink()
    record = root / _RECORD
    record.write_text(json.dumps(asdict(package), indent=2) + "\n", encoding="utf-8")
    os.replace(record, course.root / _RECORD)


def _released(course: ClassFolder) -> Iterator[Unit]:
    return (unit for unit in all_units() if course.release_notebook(unit.name).is_file())

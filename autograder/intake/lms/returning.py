"""Gives feedback pages back to Canvas and Moodle, named as these systems named the students' files.

    Canvas   smithbob_340934_208490284_u05_lstm.html             for "Re-upload submissions"
    Moodle   Bob Smith_12345_assignsubmission_file_u05_lstm.html for "Upload multiple feedback files in a zip"

Both find the student by the numbers, which `collect` remembers in rosters/UNIT-senders.json.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.damaged import read_record
from autograder.grading.own_files import write_own
from autograder.intake.lms.names import Sender
from autograder.whole_files import made_whole

SYSTEMS = ("Canvas", "Moodle")
_MOODLE = "_assignsubmission_file"
# Where the number of the user stands among the parts of a remembered name, which ends with it or with the upload's.
_USER = {"Canvas": -2, "Moodle": -1}
# Members have a time of their own, so that the same pages make the same archive.
_TIME = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Returned:
    """Summary of an archive.

    Attributes:
        written: the number of pages in it.
        left_out: the students whose work did not come from that system.
    """

    written: int
    left_out: tuple[str, ...]


def remember_senders(course: ClassFolder, unit: str, files: Mapping[str, Iterable[tuple[str, Sender]]]) -> None:
    """Remember how Canvas or Moodle named the files of students. Of several uploads the newest counts.

    Args:
        course: the class.
        unit: the unit.
        files: by student, the outermost names of the files and their senders.
    """
    found = {}
    for student, own in files.items():
        for name, sender in sorted(own, key=lambda file: file[1].upload):
            if sender.lms in SYSTEMS:
                found[student] = {"system": sender.lms, "prefix": _prefix(name, sender), "upload": sender.upload}
    if found:
        path = _path(course, unit)
        with in_turn(course.root):
            path.parent.mkdir(parents=True, exist_ok=True)
            content = json.dumps(_remembered(course, unit) | found, indent=1, ensure_ascii=False)
            with made_whole(path) as partial:
                partial.write_text(content, encoding="utf-8")


def move_senders(course: ClassFolder, unit: str) -> None:
    """Move what earlier versions remembered out of received/UNIT, where students name the folders."""
    older = _older_path(course, unit)
    if older.is_file():
        with in_turn(course.root):
            _path(course, unit).parent.mkdir(exist_ok=True)
            older.replace(_path(course, unit))


def newest_uploads(course: ClassFolder, unit: str) -> dict[str, int]:
    """The number of each student's upload to Canvas that was taken in last; the numbers grow with time."""
    return {student: int(sender.get("upload", 0)) for student, sender in _remembered(course, unit).items()}


def known_users(course: ClassFolder, unit: str) -> dict[str, tuple[str, str]]:
    """The system that each student's work came from last, Canvas or Moodle, and the student's number there."""
    return {
        student: (
            said["system"],
            said["prefix"].removesuffix(f"{_MOODLE}_").rstrip("_").split("_")[_USER[said["system"]]],
        )
        for student, said in _remembered(course, unit).items()
    }


def write_feedback_archive(
    course: ClassFolder, unit: str, students: Sequence[str], system: str, path: Path
) -> Returned:
    """Write the feedback pages of a unit as an archive for Canvas or Moodle.

    Args:
        course: the class.
        unit: the unit.
        students: whose pages.
        system: "Canvas" or "Moodle".
        path: the archive to write.

    Raises:
        BadInput: if no student's work came from that system, or if another file is at that place.
    """
    known = {student: said for student, said in _remembered(course, unit).items() if said["system"] == system}
    named = {student: f"{known[student]['prefix']}{unit}.html" for student in students if student in known}
    if not named:
        raise BadInput(
            f"expected submissions of {unit} that came in {system}'s download; there are none, or they came before "
            f"this version. Run `rnncourse collect {unit} FILE` with the download as {system} gave it"
        )
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for student, name in named.items():
            member = zipfile.ZipInfo(name, _TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(member, course.feedback_page(unit, student).read_bytes())
    write_own(course, path, archive.getvalue())
    return Returned(len(named), tuple(student for student in students if student not in named))


def _prefix(name: str, sender: Sender) -> str:
    """A file's name up to what its student called it."""
    if sender.lms == "Moodle":
        return name[: name.index(_MOODLE)] + f"{_MOODLE}_"
    numbers = f"{sender.user}_{sender.upload}_"
    return name[: name.index(numbers)] + numbers


def _path(course: ClassFolder, unit: str) -> Path:
    return course.roster(unit).with_name(f"{unit}-senders.json")


def _older_path(course: ClassFolder, unit: str) -> Path:
    return course.received_folder(unit) / "senders.json"


def _remembered(course: ClassFolder, unit: str) -> dict[str, dict[str, Any]]:
    path, older = _path(course, unit), _older_path(course, unit)
    return read_record(older if older.is_file() else path, dict, "Take it away, and collect the download again")

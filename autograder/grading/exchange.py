"""The class's folder in nbgrader's exchange, by which work goes to students and back on a JupyterHub.

Releases go out through it, submissions are collected from it, and feedback pages come back to the submission that they
are about: nbgrader finds that by a secret, which it wrote into the folder that the student handed in.
"""

import os
import pwd
import shutil
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import capture_log, temp_attrs

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.engine import changed
from autograder.grading.nbgrader_calls import call_nbgrader

SECRET = "submission_secret.txt"


def release_to_exchange(course: ClassFolder, unit: str) -> Path:
    """Put a released unit where students fetch it, in place of what was there; copies of students stay as they are.

    Raises:
        BadInput: if nbgrader could not; the message ends with what it said.
    """
    config = deepcopy(course.config)
    config.ExchangeReleaseAssignment.force = True
    api = NbGraderAPI(course.directory, config=config)
    call_nbgrader(f"{unit} is not in the exchange {_root(course)}", lambda: api.release_assignment(unit))
    return _root(course) / "outbound" / unit


def inbound(course: ClassFolder, unit: str) -> Path:
    """The folder into which students hand in.

    Raises:
        BadInput: if nobody has handed in the unit there, or the folder cannot be read.
    """
    folder = _root(course) / "inbound"
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise BadInput(
            f"expected the exchange of this class, with {folder}; it cannot be read ({error.strerror}). The unit goes "
            f"into it with `rnncourse release {unit} --exchange`, and nbgrader_config.py says where it is"
        ) from error
    if not any(f"+{unit}+" in name for name in names):
        raise BadInput(f"expected submissions of {unit} in {folder}; nobody has handed it in there yet")
    return folder


def owner_check(course: ClassFolder, folder: Path) -> Callable[[Path], str]:
    """Return a function that says why a submission in the inbound folder is not taken in; empty if nothing is wrong.

    Everybody may write into that folder, under any name; but the system knows whose a submission is. To be called for
    what has been listed: what is looked at before may be another one's by then. On a hub whose users are one user to
    the system, `c.ExchangeCollect.check_owner = False` leaves this check out, as in nbgrader.
    """
    checked = course.config.ExchangeCollect.get("check_owner", True)

    def reason(path: Path) -> str:
        if not checked or path.parent != folder:
            return ""
        said = path.name.split("+")[0]
        try:
            owner = _owner(path)
        except OSError as error:
            return f"it is not known whose it is ({error.strerror})"
        return "" if said == owner else f"it is handed in as {said}, and belongs to the user {owner}"

    return reason


def feedback_to_exchange(course: ClassFolder, unit: str, students: Sequence[str]) -> list[str]:
    """Give feedback pages back to the submissions in the exchange that they are about.

    Args:
        course: the class.
        unit: the unit.
        students: whose pages.

    Returns:
        The students whose work did not come from the exchange.

    Raises:
        BadInput: if nbgrader could not; the message ends with what it said.
    """
    api: Any = NbGraderAPI(course.directory, config=course.config)
    waiting = changed(course, unit, students)
    others = []
    for student in students:
        submission, page = course.submission(unit, student), course.feedback_page(unit, student)
        if student not in waiting:  # the same work, handed in once more, has another secret
            for name in (SECRET, "timestamp.txt"):
                page.with_name(name).unlink(missing_ok=True)
                if submission.with_name(name).exists():
                    shutil.copyfile(submission.with_name(name), page.with_name(name))
        if page.with_name(SECRET).exists():
            failure = f"the feedback of {student} is not in the exchange {_root(course)}"
            with temp_attrs(course.directory, assignment_id=unit, student_id=student):
                # As NbGraderAPI.release_feedback does, which misspells the argument `authenticator`.
                step = api.exchange.ReleaseFeedback(
                    coursedir=course.directory, authenticator=api.authenticator, parent=api
                )
                call_nbgrader(failure, lambda step=step: capture_log(step))
        else:
            others.append(student)
    return others


def _root(course: ClassFolder) -> Path:
    return Path(course.config.Exchange.root) / course.directory.course_id


def _owner(path: Path) -> str:
    number = path.lstat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)

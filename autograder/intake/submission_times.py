"""Due dates and times of submission, where nbgrader and its plugin for late penalties look for them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config.loader import PyFileConfigLoader

from autograder.grading.class_folder import BadInput, ClassFolder


@contextmanager
def open_gradebook(course: ClassFolder) -> Iterator[Any]:
    """nbgrader's `Gradebook` of a class, as nbgrader_config.py names it.

    Raises:
        BadInput: if it cannot be read or written.
    """
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course.root)).load_config()
    config.CourseDirectory.root = str(course.root)
    folder = CourseDirectory(config=config)
    try:
        with Gradebook(folder.db_url, folder.course_id) as gradebook:
            yield gradebook
    except SQLAlchemyError as error:
        raise BadInput(
            f"the gradebook cannot be used ({str(error).splitlines()[0]}); see whether another program has it open"
        ) from error


def due_date(course: ClassFolder, unit: str) -> datetime | None:
    """When a unit is due."""
    with open_gradebook(course) as gradebook:
        try:
            due = gradebook.find_assignment(unit).duedate
        except MissingEntry:
            return None
    return due.replace(tzinfo=UTC) if due else None


def set_due_date(course: ClassFolder, unit: str, due: datetime) -> None:
    """Say when a unit is due."""
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(unit, duedate=due.astimezone(UTC).replace(tzinfo=None))


def write_time(submission: Path, time: datetime | None) -> None:
    """Say beside a submission when it was handed in; None if that is not known, which costs nothing."""
    stamp = submission.with_name("timestamp.txt")
    if time is None:
        stamp.unlink(missing_ok=True)
    else:
        stamp.write_text(f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC\n")


def forget_times(course: ClassFolder, unit: str, students: list[str]) -> None:
    """Take out of the gradebook what it knows of earlier submissions; nbgrader alone would keep it."""
    with open_gradebook(course) as gradebook:
        for student in students:
            with suppress(MissingEntry):
                gradebook.find_submission(unit, student).timestamp = None
        gradebook.db.commit()

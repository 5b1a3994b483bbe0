"""Calls nbgrader's converters, so that a call that fails leaves the files in use as they were."""

import functools
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbgrader.api
import sqlalchemy
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from sqlalchemy.pool import NullPool

from autograder.authoring.converters import cause
from autograder.grading.class_folder import BadInput, ClassFolder

# nbgrader opens the gradebook again and again. With an engine of its own each one would compile all statements anew.
# Those that share one close it over each other's heads, so it has no pool.
_keeping_engines = functools.lru_cache(maxsize=4)(functools.partial(sqlalchemy.create_engine, poolclass=NullPool))
setattr(nbgrader.api, "create_engine", _keeping_engines)  # noqa: B010

BUSY_SECONDS = 60.0
"""How long to wait for a gradebook that another program has locked."""


def call_nbgrader(failure: str, action: Callable[[], dict[str, Any]]) -> None:
    """Call one of nbgrader's converters.

    Args:
        failure: what has not been done if it fails, for the message.
        action: the call; it returns nbgrader's result with `success`, `log` and `error`.

    Raises:
        BadInput: if nbgrader failed; the message ends with what it said.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        with quiet_sqlalchemy():
            result = action()
        if result["success"]:
            return
        reason = cause(result)
        if "database is locked" not in reason or time.monotonic() > deadline:
            raise BadInput(f"{failure}: {reason}{advice(reason)}")


@contextmanager
def made_beside(course: ClassFolder, step: str) -> Iterator[CourseDirectory]:
    """Let nbgrader make files in a folder beside the class's, and move them into their place once all are made.

    nbgrader deletes what it made before, and then makes it anew.

    Args:
        course: the class.
        step: nbgrader's name of the folder: "release", "autograded" or "feedback".

    Yields:
        The class folder as nbgrader should see it.
    """
    with tempfile.TemporaryDirectory(dir=course.root, prefix=f".{step}-") as temporary:
        directory = CourseDirectory(config=course.config)
        setattr(directory, f"{step}_directory", Path(temporary).name)
        yield directory
        for folder in Path(temporary).glob("*" if step == "release" else "*/*"):
            replace_folder(folder, course.root / step / folder.relative_to(temporary))


def replace_folder(new: Path, old: Path) -> None:
    """Replace the files of a folder by those of another one, so that none is missing at any moment."""
    files = [path.relative_to(new) for path in new.rglob("*") if path.is_file()]
    for file in files:
        (old / file).parent.mkdir(parents=True, exist_ok=True)
        os.replace(new / file, old / file)
    for path in sorted(old.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(old) not in files:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def quiet_sqlalchemy() -> warnings.catch_warnings:
    """nbgrader 0.9 inserts rows in an order that newer versions of SQLAlchemy warn about."""
    return warnings.catch_warnings(action="ignore", category=SAWarning)


def advice(reason: str) -> str:
    """What to do about an error of the gradebook."""
    for sign, text in (
        ("database is locked", "Close the program that holds the gradebook"),
        ("readonly database", "Make the gradebook and its folder writable"),
        ("No space left", "Make room"),
        ("database or disk is full", "Make room"),
    ):
        if sign in reason:
            return f". {text}, then run this again: what is graded stays"
    if "malformed" in reason or "not a database" in reason:
        return (
            ". It is damaged: put a backup of it back, your own or the newest kept/gradebook-*.db, which "
            "`grade --force` makes after an upgrade. `rnncourse grade UNIT` then grades what it lacks"
        )
    return ""

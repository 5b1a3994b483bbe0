"""Calls nbgrader's converters, waits for a locked gradebook, and says why something failed."""

import time
import warnings
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SAWarning

from autograder.authoring.converters import cause
from autograder.grading.class_folder import BadInput

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
    return ""

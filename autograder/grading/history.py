"""The log of a class: who did what, when and why. Lines are added to the file history.jsonl, and never changed."""

import fcntl
import json
import os
import pwd
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.grading.class_folder import BadInput
from autograder.grading.times import show_time

HISTORY = "history.jsonl"
_SHOWN = 20


@dataclass(frozen=True)
class Event:
    """One line of the log.

    Attributes:
        when: the time, in UTC and in ISO form.
        who: the user name of whoever did it.
        what: the command.
        unit: the unit.
        how: its object and outcome, in words.
        why: the reason that was given; empty if none was asked for.
    """

    when: str
    who: str
    what: str
    unit: str
    how: str
    why: str = ""

    def line(self) -> str:
        """The event in one line, at local time."""
        when = show_time(datetime.fromisoformat(self.when))
        why = f" ({self.why})" if self.why else ""
        return f"{when}  {self.who}  {self.what} {self.unit}: {self.how}{why}"


def record(root: Path, what: str, unit: str, how: str, why: str = "") -> None:
    """Add a line to the log of the class in a folder.

    Raises:
        BadInput: if it cannot be written; what it says is done all the same.
    """
    event = Event(datetime.now(UTC).isoformat(timespec="seconds"), _user(), what, unit, how, why)
    line = json.dumps(asdict(event), ensure_ascii=False).encode(errors="replace") + b"\n"
    path = root / HISTORY
    try:
        with path.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # A line that a full disk has cut short stays by itself.
            if file.seek(0, os.SEEK_END) and path.read_bytes()[-1:] != b"\n":
                line = b"\n" + line
            file.write(line)
    except OSError as error:
        raise BadInput(
            f"{what} of {unit} is done, and could not be written into {path} ({error.strerror}). Mend that"
        ) from error


def read_history(root: Path) -> tuple[list[Event], int]:
    """The log of the class in a folder, and how many of its lines cannot be read.

    Raises:
        BadInput: if the file cannot be read.
    """
    path = root / HISTORY
    try:
        lines = path.read_bytes().splitlines() if path.exists() else []
    except OSError as error:
        raise BadInput(f"expected the log of the class in {path}; it cannot be read ({error.strerror})") from error
    events, unreadable = [], 0
    for line in filter(None, lines):
        try:
            event = Event(**json.loads(line))
            event.line()
            events.append(event)
        except (ValueError, TypeError):
            unreadable += 1
    return events, unreadable


def some(names: Iterable[str]) -> str:
    """Names in a row; of many the first."""
    names = list(names)
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return ", ".join(names[:_SHOWN] + more)


def _user() -> str:
    """The name of the user as the system knows it, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())

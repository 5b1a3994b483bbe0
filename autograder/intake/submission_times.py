"""Writes the time of a submission where nbgrader looks for it."""

from datetime import UTC, datetime
from pathlib import Path

from autograder.whole_files import made_whole


def write_time(submission: Path, time: datetime | None) -> None:
    """Write beside a submission when it was handed in; None if that is not known, which costs nothing."""
    stamp = submission.with_name("timestamp.txt")
    if time is None:
        stamp.unlink(missing_ok=True)
    else:
        with made_whole(stamp) as partial:
            partial.write_text(timestamp(time))


def timestamp(time: datetime | None) -> str:
    """A time as nbgrader writes it beside a submission; empty if it is not known."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC\n" if time else ""


def read_written_time(submission: Path) -> datetime | None:
    """The time that stands beside a submission, if there is one that can be read."""
    try:
        text = submission.with_name("timestamp.txt").read_text(encoding="utf-8")
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except (OSError, ValueError):
        return None

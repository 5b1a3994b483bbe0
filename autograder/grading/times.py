"""Times as people write them, and as they are shown."""

from datetime import UTC, date, datetime, time


def read_time(text: str) -> datetime:
    """A local time such as '2026-12-01 18:00'. A date alone means the end of that day.

    Raises:
        ValueError: if it is none, or too near the first or the last year for every clock to show it.
    """
    try:
        moment = datetime.combine(date.fromisoformat(text), time(23, 59, 59))
    except ValueError:
        moment = datetime.fromisoformat(text)
    try:
        moment.astimezone(UTC)
        return moment.astimezone()
    except OverflowError as error:
        raise ValueError(f"expected a time that every clock can show; got {text}") from error


def show_time(moment: datetime) -> str:
    """A time on this machine's clock, to the minute."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"

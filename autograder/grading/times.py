"""Times as people write them, and as they are shown."""

from datetime import date, datetime, time


def read_time(text: str) -> datetime:
    """A local time such as '2026-12-01 18:00'. A date alone means the end of that day.

    Raises:
        ValueError: if it is none.
    """
    try:
        moment = datetime.combine(date.fromisoformat(text), time(23, 59, 59))
    except ValueError:
        moment = datetime.fromisoformat(text)
    return moment.astimezone()


def show_time(moment: datetime) -> str:
    """A time on this machine's clock, to the minute."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"

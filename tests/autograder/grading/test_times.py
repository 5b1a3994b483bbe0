"""Times as people write them. Oracle: the calendar."""

import time

import pytest

from autograder.grading.times import read_time


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("America/New_York", "9999-12-31"),
        ("Europe/Berlin", "9999-12-31"),
        ("Europe/Berlin", "0001-01-01"),
        ("UTC", "9999-12-31 23:59-14:00"),
        ("UTC", "tomorrow"),
    ],
)
def test_what_is_no_time_on_every_clock_is_refused(monkeypatch, zone, text):
    with monkeypatch.context() as there:
        there.setenv("TZ", zone)
        time.tzset()
        with pytest.raises(ValueError, match=r"time|year|isoformat"):
            read_time(text)
    time.tzset()

"""Names of files as Canvas and Moodle write them. Oracle: how those systems put the names together, done forwards."""

import contextlib
import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.demo import UNIT
from autograder.intake.lms.names import NoSender, NotASubmission, Sender, is_from_lms, senders


def canvas_name(sortable: str, user: int, upload: int, file: str, late: bool = False) -> str:
    """A member of Canvas's bulk download: name, LATE, user and upload, joined; then the file's own name."""
    word = "".join(c for c in sortable if c == "_" or unicodedata.category(c)[0] in "LMN")
    name = re.sub(r"_(\d+)_", r"\1", word).lower()
    return "_".join([name, *(["LATE"] if late else []), str(user), str(upload), file])


def moodle_name(full: str, participant: int, file: str, plugin: str = "file", flat: bool = False) -> str:
    """A member of Moodle's bulk download, in folders or flat."""
    prefix = f"{full.replace('_', ' ')}_{participant}_assignsubmission_{plugin}"
    return f"{prefix}_{file}" if flat else f"{prefix}/{file}"


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("smithbob_340934_208490284_hw.ipynb", Sender("smithbob", "Canvas", "340934", 208490284)),
        ("smithbob_LATE_340934_208490284_hw-1.ipynb", Sender("smithbob", "Canvas", "340934", 208490284, True)),
        ("smithbob_340934_208490284_2_hw.ipynb", Sender("smithbob", "Canvas", "340934", 208490284)),
        ("smithbob_340934_208490284_2026_11_20 hw.zip", Sender("smithbob", "Canvas", "340934", 208490284)),
        ("smithbob_20000000000123_208490284_hw.ipynb", Sender("smithbob", "Canvas", "20000000000123", 208490284)),
        ("anon_Ab3xY_208490284_hw.ipynb", Sender("", "Canvas", "anon_Ab3xY", 208490284)),
        ("LATE_anon_Ab3xY_208490284_hw.ipynb", Sender("", "Canvas", "anon_Ab3xY", 208490284, True)),
        ("Bob Smith_12345_assignsubmission_file", Sender("Bob Smith", "Moodle", "12345")),
        ("Bob Smith_12345_assignsubmission_file_", Sender("Bob Smith", "Moodle", "12345")),
        ("Bob Smith_12345_assignsubmission_file_my_hw_1_2_x.ipynb", Sender("Bob Smith", "Moodle", "12345")),
        ("Participant_12345_assignsubmission_file", Sender("Participant", "Moodle", "12345")),
        ("O'Neil-Å Ann_7_assignsubmission_file", Sender("O'Neil-Å Ann", "Moodle", "7")),
        ("शर्माराम_340934_208490284_hw.ipynb", Sender("शर्माराम", "Canvas", "340934", 208490284)),
        ("ada.ipynb", Sender("ada")),
        ("ada_1.ipynb", Sender("ada_1")),
        ("ada7_5_x.ipynb", Sender("ada7_5_x")),
        (f"ada_{UNIT}.zip", Sender("ada")),
    ],
)
def test_a_name_is_read_as_its_system_wrote_it(name, sender):
    assert senders(name, UNIT) == [sender]
    assert is_from_lms(name) == bool(sender.lms)


LOCAL = datetime(2026, 11, 20, 15, 30, 45).astimezone(UTC)
"""The time in the names below, on the clock of the machine that reads them."""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (f"{UNIT}_ada_l_attempt_2026-11-20-15-30-45_hw.ipynb", [Sender("ada_l", "Blackboard", submitted=LOCAL)]),
        ("Homework 5_ada_attempt_2026-11-20-15-30-45_my_hw.ipynb", [Sender("ada", "Blackboard", submitted=LOCAL)]),
        (
            "Homework_5_ada_attempt_2026-11-20-15-30-45_hw.ipynb",
            [Sender("5_ada", "Blackboard", submitted=LOCAL), Sender("ada", "Blackboard", submitted=LOCAL)],
        ),
        (
            "123-4567 - Ann-Marie O'Neil - Nov 20, 2026 330 PM - u05 - final.ipynb",
            [Sender("Ann-Marie O'Neil", "D2L", "123", submitted=LOCAL.replace(second=0))],
        ),
        (
            "123-4567 - Ada Lovelace - 20 November, 2026 1530",
            [Sender("Ada Lovelace", "D2L", "123", submitted=LOCAL.replace(second=0))],
        ),
        (
            f"ada+{UNIT}+2026-11-20 15:30:45.000007 UTC+cmFuZG9t",
            [Sender("ada", "nbgrader", submitted=datetime(2026, 11, 20, 15, 30, 45, 7, UTC))],
        ),
    ],
)
def test_a_name_with_a_time_is_read_as_its_system_wrote_it(name, found):
    assert senders(name, UNIT) == found
    assert is_from_lms(name)


@pytest.mark.parametrize(
    "name",
    [f"{UNIT}_ada_attempt_2026-11-20-15-30-45.txt", "ada+u01_other+2026-11-20 15:30:45.000007 UTC+cmFuZG9t"],
)
def test_comments_to_an_attempt_and_other_units_are_nothing_to_grade(name):
    with pytest.raises(NotASubmission):
        senders(name, UNIT)


@given(
    st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=20),
    st.integers(1, 10**17),
    st.integers(1, 10**9),
    st.from_regex(r"[a-z][a-z_ ]{0,10}\.(ipynb|zip)", fullmatch=True),
    st.booleans(),
)
def test_canvas_names_are_read_back(name, user, upload, file, late):
    (sender,) = senders(canvas_name(name, user, upload, file, late), UNIT)
    assert (sender.user, sender.upload, sender.late) == (str(user), upload, late)


@given(
    st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=20),
    st.integers(1, 10**9),
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), max_size=20),
)
def test_moodle_names_are_read_back(name, participant, file):
    for outermost in (
        moodle_name(name, participant, file, flat=True),
        moodle_name(name, participant, "").split("/")[0],
    ):
        (sender,) = senders(outermost, UNIT)
        assert sender.user == str(participant)
        assert sender.lms == "Moodle"


def test_a_text_typed_into_moodle_is_no_submission():
    with pytest.raises(NotASubmission):
        senders("Bob Smith_12345_assignsubmission_onlinetext", UNIT)
    with pytest.raises(NotASubmission):
        senders("Bob Smith_12345_assignsubmission_onlinetext_onlinetext.html", UNIT)


def test_a_student_who_puts_anothers_number_into_the_own_name_is_not_taken_for_the_other():
    """Canvas keeps `smithbob_340934` as a name, and appends the true number."""
    possible = senders(canvas_name("smithbob_340934", 777, 208490284, "x.ipynb"), UNIT)
    assert {sender.user for sender in possible} == {"340934", "777"}


@given(st.text(max_size=400))
def test_any_name_has_a_sender_or_a_reason(name):
    with contextlib.suppress(NoSender, NotASubmission):
        assert senders(name, UNIT)


def test_a_long_name_is_refused_soon():
    for name in ("1" * 100_000, "a_" * 50_000, "a" * 200 + ".ipynb"):
        with pytest.raises(NoSender, match="at most"):
            senders(name, UNIT)


def test_students_of_a_system_have_different_names():
    bob, other = Sender("bob smith", "Moodle", "1"), Sender("bob smith", "Moodle", "2")
    assert bob.student == "bob-smith-1"
    assert bob.student != other.student

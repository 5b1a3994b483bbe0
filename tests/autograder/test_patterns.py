"""Regular expressions that read what students wrote. Oracle: the clock, as the text grows."""

import importlib
import pkgutil
import re
import time

import pytest

import autograder
from autograder.intake.lms import names

TRUSTED = ("autograder.authoring", "autograder.exercises", "autograder.sandbox.guest")
"""They read the course's own text, or run inside the walls; the patterns below read the course's text
or the instructor's roster."""
OWN_TEXT = {
    ("autograder.grading.trusted", "HIDDEN"),
    ("autograder.reports.feedback", "_QUESTION"),
    ("autograder.reports.feedback", "_HEADING"),
    ("autograder.intake.lms.roster", "_PARTICIPANT"),
}


def patterns() -> dict[str, re.Pattern]:
    found = {}
    for module in pkgutil.walk_packages(autograder.__path__, "autograder."):
        if module.name.startswith(TRUSTED):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            several = value.values() if isinstance(value, dict) else [value]
            for number, pattern in enumerate(several):
                if isinstance(pattern, re.Pattern) and (module.name, name) not in OWN_TEXT:
                    found[f"{module.name}.{name}.{number}"] = pattern
    return found


PATTERNS = patterns()
PIECES = [
    *(" ", "\t", "\n", "a", "1", "=", "-", ".", ",", ";", "_", "?", "%", '"', "'", "(", "(1)", "\x1b[", "+", "&", "<"),
    *(
        "def ",
        "async ",
        "nn ",
        "nn.",
        " ?",
        "? ",
        "; ",
        "-copy",
        " - copy",
        "copy of ",
        "a_1",
        "_1",
        " - ",
        "data:",
        "1,",
    ),
    *(
        "### BEGIN HIDDEN TESTS\n",
        "_attempt_",
        " - 1",
        "2020-01-01",
        "anon_",
        "LATE_",
        ";=",
        "data:",
        "\u200b",
        "attachment:",
    ),
]


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_takes_the_square_of_a_text(name):
    pattern = PATTERNS[name]
    short = name.startswith(names.__name__)  # names of files, which are cut off before
    length = 300 if short else 100_000
    for piece in PIECES:
        for text in (piece * (length // len(piece)) + "!", "x" + piece * (length // len(piece)) + "\n"):
            subject = text.encode() if isinstance(pattern.pattern, bytes) else text
            start = time.process_time()
            pattern.sub(subject[:0], subject)
            pattern.fullmatch(subject)
            assert time.process_time() - start < 0.5, repr(piece)


def test_names_of_any_length_are_read_in_time():
    start = time.process_time()
    for piece in PIECES:
        name = piece * (60_000 // len(piece))
        names.is_from_lms(name)
        with pytest.raises(names.NoSender):
            names.senders(name, "u05_lstm")
    assert time.process_time() - start < 2.0

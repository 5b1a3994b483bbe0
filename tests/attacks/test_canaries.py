"""Planted strings. Oracle: what hidden checks, references and the class's secret hold is found in nothing that a
student gets or that a log keeps, and not in the memory of the student's process."""

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import ClassFolder
from autograder.grading.release import release_unit
from tests.conftest import needs_bwrap

pytestmark = [needs_bwrap, pytest.mark.slow]

CANARY = "canary" + "-51ee7"
EXPECTED = 73519.25
CHECKS = f"""
### BEGIN HIDDEN TESTS
import warnings

import numpy as np
from autograder.checking import Exercise, expect_same
from tests.conftest import needs_bwrap

def right(x, state, params):
    return "{CANARY}-reference", {EXPECTED}

check = Exercise("lstm-step", "One step", right)

@check.check("a value", points=1)
def _(student, rng):
    secret = "{CANARY}-local"
    warnings.warn("{CANARY}-warning")
    expect_same(student(1.0, None, None), right(1.0, None, None), "the value")

@check.check("an assertion of NumPy's", points=1)
def _(student, rng):
    np.testing.assert_allclose(student(1.0, None, None), {EXPECTED}, err_msg="{CANARY}-numpy")

@check.check("an assertion", points=1)
def _(student, rng):
    assert student(1.0, None, None) == {EXPECTED}, "{CANARY}-assertion"

@check.check("a mistake in the check", points=1)
def _(student, rng):
    student(1.0, None, None)
    {{}}["{CANARY}-key"]

check(lstm_step)
### END HIDDEN TESTS
"""
REFERENCE = f'''def lstm_step(x, state, params):
    """One step."""
    ### BEGIN SOLUTION
    return "{CANARY}-solution"
    ### END SOLUTION
'''
# The needle is put together from numbers, so that the search does not find itself in its own source.
SEARCH = f"""
import gc, os, sys

def search():
    needle = bytes(number - 1 for number in {[byte + 1 for byte in CANARY.encode()]})
    hits = 0
    for line in open('/proc/self/maps'):
        span, rights = line.split()[:2]
        if 'r' not in rights or 'vvar' in line or 'vsyscall' in line: continue
        start, end = (int(x, 16) for x in span.split('-'))
        with open('/proc/self/mem', 'rb', buffering=0) as memory:
            while start < end:
                try:
                    memory.seek(start)
                    data = memory.read(min(end - start, 1 << 24))
                except (OSError, ValueError, OverflowError): break
                if not data: break
                hits += data.count(needle + b'-')
                start += len(data)
    return hits

found = []
def lstm_step(x, state, params):
    found.append(search())
    return 2.0
"""


@pytest.fixture(scope="module")
def said(released: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Everything that students get, and that the grader says, by where it is."""
    root = tmp_path_factory.mktemp("canaries") / "class"
    course = ClassFolder(Path(shutil.copytree(released, root)))
    source = nbformat.read(course.source(UNIT), as_version=4)
    cells = {cell.id: cell for cell in source.cells}
    cells["lstm-step"].source = REFERENCE
    cells["lstm-step-check"].source = f"print('tried')\n{CHECKS}"
    cells["lstm-question"].source = f"### BEGIN SOLUTION\n{CANARY}-rubric\n### END SOLUTION"
    nbformat.write(source, course.source(UNIT))
    release_unit(course, UNIT)
    released_notebook = course.release_notebook(UNIT)
    for student, answer in (
        ("searches", SEARCH),
        ("raises", "def lstm_step(x, state, params):\n    raise ValueError(repr((x, state, params)))"),
        ("wrong", "def lstm_step(x, state, params):\n    return 'x', 2.0"),
    ):
        homework = Homework(released_notebook).write("lstm-step", answer)
        if student == "searches":
            homework.nb.cells.append(nbformat.v4.new_code_cell("print('found', found)"))
        homework.save(course.submission(UNIT, student))
    shown = {}
    program = str(Path(sys.executable).parent / "rnncourse")
    for command in ("grade", "feedback", "report"):
        done = subprocess.run([program, command, UNIT], cwd=root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        shown[f"output of {command}"], shown[f"errors of {command}"] = done.stdout, done.stderr
    shown["the report"] = html.unescape((root / "reports" / f"{UNIT}.html").read_text())
    shown["the release"] = released_notebook.read_text()
    for student in course.students(UNIT):
        graded = nbformat.read(course.autograded_notebook(UNIT, student), as_version=4)
        shown[f"outputs of {student}"] = json.dumps([cell.get("outputs", []) for cell in graded.cells])
        shown[f"verdicts on {student}"] = json.dumps([cell.metadata.get("rnncourse") for cell in graded.cells])
        shown[f"page of {student}"] = html.unescape(course.feedback_page(UNIT, student).read_text())
    return shown


def test_planted_strings_are_in_nothing_that_is_said(said):
    for place, text in said.items():
        assert CANARY not in text, place
        assert "73519" not in text, place


def test_what_went_wrong_is_said_all_the_same(said):
    assert "could not go on with what your function returned (KeyError)" in said["page of wrong"]
    assert "could not go on with what your function returned (AssertionError)" in said["page of wrong"]


def test_planted_strings_are_not_in_the_memory_of_the_process(said):
    found = re.search(r"found \[([^]]+)\]", said["outputs of searches"])
    assert found is not None
    assert set(found[1].split(", ")) == {"0"}

"""The table of the lecture notes. Oracles: the units' sources, the package, and the test files that it names."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache

import pytest

from autograder import PROJECT
from autograder.authoring.units import Unit, all_units, find_unit

PAGE = PROJECT / "docs" / "lecture-notes.md"
BUILD = "at each build"
CODE = re.compile(r"`([^`]+)`")
HEADING = re.compile(r"“(.+)”")


def table(title: str) -> list[list[str]]:
    """The rows below a heading of the page, cell by cell."""
    text = PAGE.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows[2:]]


TAUGHT, WRONG = table("What they name"), table("What they print wrongly")
each_taught = pytest.mark.parametrize("row", TAUGHT, ids=lambda row: row[1])
each_wrong = pytest.mark.parametrize("row", WRONG, ids=lambda row: row[1])


@cache
def cells(unit: Unit) -> list:
    return unit.notebook().cells


def headings(source: str) -> Iterator[str]:
    for line in source.splitlines():
        match = re.match(r"#+ (.+)|<details><summary>(.+)</summary>", line)
        if match:
            yield match[1] or match[2]


def problem_with_cell(unit_name: str, cell: str) -> str:
    """What is wrong with the place that a row names, if anything."""
    unit = find_unit(unit_name)
    if HEADING.fullmatch(cell):
        texts = (c.source for c in cells(unit) if c.cell_type == "markdown")
        found = any(heading == cell[1:-1] for text in texts for heading in headings(text))
    else:
        ids = {c.metadata.nbgrader.grade_id for c in cells(unit) if "nbgrader" in c.metadata}
        found = CODE.fullmatch(cell) is not None and cell.strip("`") in ids
    return "" if found else f"{unit_name} has no cell {cell}"


def problem_with_name(dotted: str) -> str:
    module, name = dotted.rsplit(".", 1)
    found = dotted.startswith("rnncore.") and callable(getattr(importlib.import_module(module), name, None))
    return "" if found else f"there is no {dotted}"


def problem_with_test(test: str) -> str:
    path, _, name = test.partition("::")
    file = PROJECT / path
    if not file.is_file():
        return f"there is no {path}"
    functions = {n.name for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.FunctionDef)}
    return "" if name.startswith("test_") and name in functions else f"{path} has no test {name}"


@each_taught
def test_what_is_taught_has_its_cell_its_function_and_its_test(row):
    notes, what, unit, cell, reference, test = row
    assert re.fullmatch(r"N[0-4](, N[0-4])*", notes), what
    assert problem_with_cell(unit, cell) == ""
    for dotted in CODE.findall(reference):
        assert problem_with_name(dotted) == ""
    if CODE.fullmatch(test):
        assert problem_with_test(test.strip("`")) == ""
    else:
        assert test == BUILD or cell == "“References”"


@each_wrong
def test_what_is_wrong_is_said_in_its_unit_and_tried_in_code(row):
    notes, printed, right, unit, cell, literal = row
    assert re.fullmatch(r"N[0-4](, N[0-4])*", notes)
    assert printed
    assert right
    assert problem_with_cell(unit, cell) == ""
    if literal:
        code = [c.source for c in cells(find_unit(unit)) if c.cell_type == "code"]
        flat = [re.sub(r"\s+", "", source) for source in code]
        assert any(re.sub(r"\s+", "", literal.strip("`")) in source for source in flat)


def test_every_correction_of_a_unit_is_in_the_table():
    """A heading `Correction 3: ...` of a unit has a row."""
    listed = {(unit, cell[1:-1]) for _, _, _, unit, cell, _ in WRONG}
    for unit in all_units():
        texts = [c.source for c in cells(unit) if c.cell_type == "markdown"]
        for heading in (h for text in texts for h in headings(text)):
            if heading.startswith("Correction"):
                assert (unit.name, heading) in listed


def test_every_unit_and_every_set_of_notes_has_rows():
    assert {row[2] for row in TAUGHT} >= {unit.name for unit in all_units()}
    for rows in (TAUGHT, WRONG):
        assert {note for row in rows for note in row[0].split(", ")} == {f"N{n}" for n in range(5)}


def test_nothing_is_listed_twice():
    rows = [(row[1], row[2]) for row in TAUGHT]
    assert len(set(rows)) == len(rows)


def test_a_row_that_names_what_is_not_there_is_noticed():
    assert problem_with_cell("u02_rnn", "`rnn-step`") == ""
    assert problem_with_cell("u02_rnn", "`lstm-step`")
    assert problem_with_cell("u02_rnn", "rnn-step")
    assert problem_with_cell("u02_rnn", "“1. A cell”")
    assert problem_with_name("rnncore.functional.sequence.unroll.roll")
    assert problem_with_name("autograder.cli.main")
    assert problem_with_test("tests/units/test_lecture_notes.py::test_nothing")
    assert problem_with_test("tests/units/test_lecture_notes.py::table")
    assert problem_with_test("tests/units/nothing.py::test_nothing")

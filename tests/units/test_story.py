"""Do the units tell one story? Prerequisites, hand-over, letters, numbered equations, and the tables of exercises.

Oracles: the numbers of the units, the points of their cells, and what each unit says of the others.
"""

import io
import re
import tokenize
from functools import cache

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.authoring.inline import inline_exercises
from autograder.authoring.units import Unit, all_units

LETTERS = {"B": "sequences", "T": "steps", "D": "numbers in an input", "H": "(?:hidden )?units"}
LAST = max(unit.number for unit in all_units())
TAG = re.compile(r"\\tag\{(\d+)\.(\d+)\}")
REFERENCE = re.compile(r"(?<!\w)\(([1-9]\d?)\.([1-9]\d?)\)")
TEXTS = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
EXERCISE = re.compile(r"^#+ (?:\d+\. .*|Exercise (\d+)\..*?) ?\((\d+) points?\)$", re.M)
ROW = re.compile(r"^\| (\d+) \|[^|]+\| (.+?) \|(?:.*\|)? (\d+) \|$", re.M)


@cache
def cells(unit: Unit) -> list:
    """The cells of a unit as reviewers read them, with exercises in full."""
    nb = unit.notebook()
    for cell in nb.cells:
        cell.source = inline_exercises(cell.source)
    return nb.cells


def prose(unit: Unit) -> str:
    return "\n\n".join(cell.source for cell in cells(unit) if cell.cell_type == "markdown")


def opening(unit: Unit) -> str:
    """Title, goals, prerequisites and table of exercises."""
    return cells(unit)[0].source


def prerequisites(unit: Unit) -> str:
    return re.search(r"\*\*You need\*\*(.+?)\n\n", opening(unit), re.S)[1]


def named_units(text: str) -> set[int]:
    """The units that a text names: `Unit 3`, `Units 3 and 4`, `Units 2, 3 and 5`, `Units 2 to 6`."""
    found = set()
    for match in re.finditer(r"\bUnits?\s+(\d+(?:(?:,\s+|\s+and\s+|\s+to\s+)\d+)*)", text):
        numbers = [int(number) for number in re.findall(r"\d+", match[1])]
        found |= set(range(numbers[0], numbers[-1] + 1)) if re.search(r"\bto\b", match[1]) else set(numbers)
    return found


def test_a_unit_is_called_by_its_number(unit):
    assert opening(unit).startswith(f"# Unit {unit.number}. ")


def test_a_unit_goes_on_from_the_one_before_and_needs_only_earlier_ones(unit):
    needed = named_units(prerequisites(unit))
    if unit.number == 1:
        assert not needed
        return
    earlier = set(range(1, unit.number))
    assert needed & earlier
    # What is learned later may be mentioned, if it is said where it comes: "gradients come in Unit 3".
    assert needed <= earlier | named_units("\n".join(re.findall(r"comes? in Units? \d+", prerequisites(unit))))
    assert unit.number - 1 in named_units(opening(unit))


def test_what_a_unit_needs_by_name_was_written_before(unit):
    written = {
        name.rsplit(".", 1)[1] for other in all_units() if other.number < unit.number for name in other.exercises()
    }
    assert set(re.findall(r"`([a-z]\w+)`", prerequisites(unit))) <= written


def test_the_lecture_notes_are_introduced_before_one_is_named(unit):
    first = re.search(r"\bN[0-4]\b", prose(unit))
    assert first is None or prose(unit)[: first.end()].endswith("The **lecture notes N0")


def test_a_unit_hands_over_to_the_next_and_the_last_looks_back_over_all(unit):
    end = re.split(r"^#+ (?:\d+\. )?Look back$", prose(unit), flags=re.M)
    assert len(end) == 2
    wanted = {unit.number + 1} if unit.number < LAST else set(range(1, LAST))
    assert wanted <= named_units(end[1])


def test_no_unit_is_named_that_the_course_does_not_have(unit):
    # Unit 0 is one of a hidden layer.
    assert named_units(prose(unit)) <= set(range(LAST + 1))


def test_letters_mean_the_same_from_the_second_unit_on(unit):
    start = " ".join(word for cell in cells(unit)[:3] if cell.cell_type == "markdown" for word in cell.source.split())
    if unit.number > 1:
        for letter, meaning in LETTERS.items():
            assert re.search(rf"\${letter}\$[ |]+{meaning}", start), letter


def test_rows_are_sequences_so_weights_stand_on_the_right(unit):
    """Except where the notes are quoted, whose letters for weights are others, no matrix stands before its data."""
    formulas = re.findall(r"\$\$(.+?)\$\$|\$(.+?)\$", prose(unit), flags=re.S)
    wrong = r"W_[xh](?:\s|\\,|\\cdot)*[xh]_"
    assert [pair for pair in formulas if re.search(wrong, "".join(pair))] == []


def test_equations_are_numbered_from_one_without_a_gap(unit):
    tags = [(int(a), int(b)) for a, b in TAG.findall(prose(unit))]
    assert tags == [(unit.number, k) for k in range(1, len(tags) + 1)]
    assert tags


def test_every_equation_that_is_referred_to_exists_and_comes_no_later_than_its_unit(unit):
    numbered = {tag for other in all_units() if other.number <= unit.number for tag in TAG.findall(prose(other))}
    for cell in cells(unit):
        for reference in references(cell):
            assert reference in numbered, f"{unit.name}, cell {cell.id}: ({'.'.join(reference)})"


def references(cell) -> list[tuple[str, str]]:
    """The numbers of equations that a text names, or the comments, docstrings and messages of code."""
    text = cell.source
    if cell.cell_type == "code":
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        text = "\n".join(token.string for token in tokens if token.type in TEXTS)
    return REFERENCE.findall(text)


def test_references_are_found_in_words_and_not_in_arithmetic():
    code = new_code_cell('y = f(4.2) + (0.5)  # by (2.3)\ndef g():\n    """(2.4), not abs(7.5)"""\nprint(f"see (2.5)")')
    assert references(code) == [("2", "3"), ("2", "4"), ("2", "5")]
    text = new_markdown_cell("By (2.2) and (5.11), about a half (0.5), tanh(1.5), or (6.0) seconds.")
    assert references(text) == [("2", "2"), ("5", "11")]


def test_the_table_of_exercises_is_that_of_the_cells(unit):
    graded = [(c, c.metadata.nbgrader) for c in cells(unit) if c.metadata.get("nbgrader", {}).get("grade")]
    functions = [f"`{name.rsplit('.', 1)[1]}`" for name in unit.exercises()]
    rows = [(int(number), what, int(points)) for number, what, points in ROW.findall(opening(unit))]
    assert [what for _, what, _ in rows] == [*functions, "an answer in words"]
    assert [number for number, _, _ in rows] == list(range(1, len(rows) + 1))
    assert [points for _, _, points in rows] == [entry.points for _, entry in graded]
    assert sum(points for _, _, points in rows) == int(re.search(r"\*\*Points\*\* (\d+)", opening(unit))[1])


def test_headings_of_exercises_count_and_give_the_points_of_the_table(unit):
    headings = EXERCISE.findall(prose(unit))
    assert [points for _, points in headings] == [points for _, _, points in ROW.findall(opening(unit))]
    numbers = [int(number) for number, _ in headings if number]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= len(unit.exercises())


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Unit 2 (`unroll`) and Units 3 and 4", {2, 3, 4}),
        ("No cell of Units 2 to 6 can", {2, 3, 4, 5, 6}),
        ("Units 1, 2 and 5; Unit\n7.", {1, 2, 5, 7}),
        ("units of a cell", set()),
    ],
)
def test_names_of_units_are_read(text, units):
    assert named_units(text) == units

"""Oracle: nbgrader's own functions."""

import itertools

import pytest
from nbformat.v4 import new_code_cell
from nbgrader import utils

from autograder.grading.cells import is_grade, is_solution

KINDS = [
    {},
    {"tags": ["experiment"]},
    *(
        {"nbgrader": {"grade": grade, "solution": solution}}
        for grade, solution in itertools.product([True, False], repeat=2)
    ),
    {"nbgrader": {"task": True}},
]


@pytest.mark.parametrize("metadata", KINDS, ids=str)
def test_cells_are_for_what_nbgrader_says(metadata):
    cell = new_code_cell(metadata=metadata)
    assert is_grade(cell) == utils.is_grade(cell)
    assert is_solution(cell) == utils.is_solution(cell)

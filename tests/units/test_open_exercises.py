"""Which checks wait for which exercise, as the table of a unit tells students. Oracle: notebooks in which one is open
and all others have the reference's answer."""

import re
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.units import Unit, all_units, find_unit
from autograder.demo import UNIT, Homework, reference_answers
from autograder.grading import trusted
from autograder.grading.new_class import create_class
from autograder.grading.release import release_unit
from autograder.grading.submission import UnitGrader
from tests.conftest import needs_bwrap
from tests.units.exercises import THOROUGH

pytestmark = [needs_bwrap, pytest.mark.slow]
ROW = re.compile(r"^\| (\d+) \| [^|]* \| `\w+` \| ([^|]*)\|", re.MULTILINE)


@pytest.mark.parametrize("unit", all_units() if THOROUGH else [find_unit(UNIT)], ids=lambda unit: unit.name)
def test_the_table_names_what_a_check_needs(unit: Unit, tmp_path: Path):
    course = create_class(tmp_path / "class")
    released = release_unit(course, unit.name).folder / f"{unit.name}.ipynb"
    text = "\n".join(cell.source for cell in nbformat.read(released, as_version=4).cells)
    told = {int(number): {number, *re.findall(r"\d+", others)} for number, others in ROW.findall(text)}
    numbers = {task.id: task.number for task in unit.tasks() if task.exercise}
    assert set(told) == set(numbers.values())

    answers = reference_answers(unit.name)
    for exercise in numbers:
        homework = Homework(released, unit=unit.name)
        for name, source in answers.items():
            if name != exercise:
                homework.write(name, source)
        homework.save(course.submission(unit.name, exercise))
    grader = UnitGrader(course, unit.name)
    for exercise, number in numbers.items():
        prepared = grader.prepare(exercise)
        outputs = trusted.execute(prepared.job).outputs
        for cell, shown in zip(prepared.notebook.cells, outputs, strict=True):
            if cell.id.endswith("-check") and any(output.output_type == "error" for output in shown):
                needed = told[numbers[cell.id.removesuffix("-check")]]
                assert str(number) in needed, f"{exercise} is open: {cell.id} ends with {shown}"

"""A class for each unit: the reference, a blank notebook, and mistakes in the place of answers.

Each student has mistakes in all exercises but one, where the reference stands, so the same class shows that a mistake
costs its own exercise points, and no other. Who has the reference where changes from student to student. The quick
class is of five, who hold each exercise's first mistakes; `make thorough` deals all of them out.
"""

import html
import shutil
from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle

import nbformat
import pytest

from autograder.authoring.units import Unit, all_units
from autograder.checking.explaining import Mistake
from autograder.demo import Homework
from autograder.grading import engine
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import read_grades
from autograder.grading.new_class import create_class
from autograder.grading.pools import open_pool, usable_processors
from autograder.grading.release import release_unit
from autograder.reports.feedback import write_feedback
from tests.conftest import needs_bwrap
from tests.units.exercises import THOROUGH, exercises, mistake_as_an_answer

pytestmark = [needs_bwrap, pytest.mark.slow]


@pytest.fixture(scope="module", params=all_units(), ids=lambda unit: unit.name)
def simulated(request, tmp_path_factory, full_wheel) -> tuple[Unit, ClassFolder, dict[str, dict[str, Mistake]]]:
    """A graded class of one unit, and the mistakes that its students hold, by exercise.

    Reference and blank notebook are graded with what students have of rnncore, mistakes with all of it.
    """
    unit = request.param
    course = create_class(tmp_path_factory.mktemp("simulated") / unit.name)
    released = release_unit(course, unit.name).folder / f"{unit.name}.ipynb"
    Homework(released, solved=True, unit=unit.name).save(course.submission(unit.name, "reference"))
    Homework(released).save(course.submission(unit.name, "blank"))
    grade_all(course, unit, ["reference", "blank"])
    held = dict(mistakes_of_students(unit))
    records = {record.id: record for record in exercises(unit)}
    for student, mistakes in held.items():
        homework = Homework(released, solved=True, unit=unit.name)
        for exercise, mistake in mistakes.items():
            homework.write(exercise, mistake_as_an_answer(unit, records[exercise], mistake))
        homework.save(course.submission(unit.name, student))
    for wheel in (course.root / "wheels" / unit.name).glob("*.whl"):
        shutil.copyfile(full_wheel, wheel)
    grade_all(course, unit, list(held))
    return unit, course, held


def grade_all(course: ClassFolder, unit: Unit, students: list[str]) -> None:
    with open_pool(usable_processors()) as pool:
        outcomes = list(engine.grade(course, unit.name, students, pool))
    assert not any(outcome.failure for outcome in outcomes)


def mistakes_of_students(unit: Unit) -> Iterator[tuple[str, dict[str, Mistake]]]:
    """Deal the mistakes of a unit out to as few students as it takes."""
    each = None if THOROUGH else 4
    decks = {record.id: list(record.mistakes[:each]) for record in exercises(unit)}
    alone = len(decks) == 1
    for number, spared in enumerate(cycle(decks)):
        yield (
            f"student-{number:02d}",
            {exercise: deck.pop(0) for exercise, deck in decks.items() if deck and (exercise != spared or alone)},
        )
        if not any(decks.values()):
            return


def lost(course: ClassFolder, unit: Unit) -> dict[str, dict[str, float]]:
    """By student and exercise, the part of the points that was lost."""
    ids = {record.id for record in exercises(unit)}
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for grade in read_grades(course, unit.name):
        if grade.exercise in ids:
            assert grade.score is not None
            found[grade.student][grade.exercise] = 1 - grade.score / grade.max_score
    return found


def test_the_reference_loses_nothing_and_a_blank_notebook_everything(simulated):
    unit, course, _ = simulated
    found = lost(course, unit)
    ids = [record.id for record in exercises(unit)]
    assert found["reference"] == dict.fromkeys(ids, 0.0)
    assert found["blank"] == dict.fromkeys(ids, 1.0)


def test_no_cell_of_the_reference_fails_although_no_experiment_is_run(simulated):
    unit, course, _ = simulated
    graded = nbformat.read(course.autograded_notebook(unit.name, "reference"), as_version=4)
    outputs = [(cell, output) for cell in graded.cells for output in cell.get("outputs", ())]
    failed = {cell.source: output.evalue for cell, output in outputs if output.output_type == "error"}
    assert len(outputs) > 10
    assert not failed


def test_a_mistake_costs_its_exercise_points_and_no_other(simulated):
    unit, course, held = simulated
    found = lost(course, unit)
    for student, mistakes in held.items():
        assert {exercise for exercise, part in found[student].items() if part} == set(mistakes), student


def test_each_mistake_is_named_on_the_feedback_page(simulated):
    unit, course, held = simulated
    for student, mistakes in held.items():
        graded = nbformat.read(course.autograded_notebook(unit.name, student), as_version=4)
        verdicts = {cell.id: cell.metadata.get("rnncourse") for cell in graded.cells}
        named = {exercise: verdicts[f"{exercise}-check"]["misconception"] for exercise in mistakes}
        assert named == {exercise: mistake.misconception for exercise, mistake in mistakes.items()}
        page = html.unescape(write_feedback(course, unit.name, student).read_text())
        assert all(mistake.misconception in page for mistake in mistakes.values()), student

"""A class for each unit: the reference, a blank notebook, and every mutant in the place of an answer.

Each student has mutants in all exercises but one, where the reference stands, so the same class shows that a mutant
costs its own exercise points, and no other. Who has the reference where changes from student to student.
"""

import html
import shutil
from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle

import nbformat
import pytest

from autograder.authoring.units import Unit, all_units
from autograder.checking.mutants import Mutant
from autograder.demo import Homework
from autograder.grading import engine
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import read_grades
from autograder.grading.new_class import create_class
from autograder.grading.pools import open_pool, usable_processors
from autograder.grading.release import release_unit
from autograder.reports.feedback import write_feedback
from tests.units.exercises import check_sets, mutant_as_an_answer

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")


@pytest.fixture(scope="module", params=all_units(), ids=lambda unit: unit.name)
def simulated(request, tmp_path_factory) -> tuple[Unit, ClassFolder, dict[str, dict[str, Mutant]]]:
    """A graded class of one unit, and the mutants that its students hold, by exercise."""
    unit = request.param
    course = create_class(tmp_path_factory.mktemp("simulated") / unit.name)
    released = release_unit(course, unit.name) / f"{unit.name}.ipynb"
    Homework(released, solved=True, unit=unit.name).save(course.submission(unit.name, "reference"))
    Homework(released).save(course.submission(unit.name, "blank"))
    held = dict(mutants_of_students(unit))
    sets = {check_set.exercise: check_set for check_set in check_sets(unit)}
    for student, mutants in held.items():
        homework = Homework(released, solved=True, unit=unit.name)
        for exercise, mutant in mutants.items():
            homework.write(exercise, mutant_as_an_answer(sets[exercise], mutant, unit))
        homework.save(course.submission(unit.name, student))
    with open_pool(usable_processors()) as pool:
        outcomes = list(engine.grade(course, unit.name, course.students(unit.name), pool))
    assert not any(outcome.failure for outcome in outcomes)
    return unit, course, held


def mutants_of_students(unit: Unit) -> Iterator[tuple[str, dict[str, Mutant]]]:
    """Deal all mutants of a unit out to as few students as it takes."""
    decks = {check_set.exercise: list(check_set.mutants) for check_set in check_sets(unit)}
    for number, spared in enumerate(cycle(decks)):
        yield (
            f"student-{number:02d}",
            {exercise: deck.pop(0) for exercise, deck in decks.items() if deck and exercise != spared},
        )
        if not any(decks.values()):
            return


def lost(course: ClassFolder, unit: Unit) -> dict[str, dict[str, float]]:
    """By student and exercise, the part of the points that was lost."""
    exercises = {check_set.exercise for check_set in check_sets(unit)}
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for grade in read_grades(course, unit.name):
        if grade.exercise in exercises:
            assert grade.score is not None
            found[grade.student][grade.exercise] = 1 - grade.score / grade.max_score
    return found


def test_the_reference_loses_nothing_and_a_blank_notebook_everything(simulated):
    unit, course, _ = simulated
    found = lost(course, unit)
    exercises = [check_set.exercise for check_set in check_sets(unit)]
    assert found["reference"] == dict.fromkeys(exercises, 0.0)
    assert found["blank"] == dict.fromkeys(exercises, 1.0)


def test_a_mutant_costs_its_exercise_points_and_no_other(simulated):
    unit, course, held = simulated
    found = lost(course, unit)
    for student, mutants in held.items():
        assert {exercise for exercise, part in found[student].items() if part} == set(mutants), student


def test_each_mutant_is_named_on_the_feedback_page(simulated):
    unit, course, held = simulated
    for student, mutants in held.items():
        graded = nbformat.read(course.autograded_notebook(unit.name, student), as_version=4)
        verdicts = {cell.id: cell.metadata.get("rnncourse") for cell in graded.cells}
        named = {exercise: verdicts[f"{exercise}-check"]["misconception"] for exercise in mutants}
        assert named == {exercise: mutant.misconception for exercise, mutant in mutants.items()}
        page = html.unescape(write_feedback(course, unit.name, student).read_text())
        assert all(mutant.misconception in page for mutant in mutants.values()), student

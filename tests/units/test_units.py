"""What holds for every unit. Oracles: the references, and the numbers that the course fixes: 20 points and 5 to 8
exercises a unit, five mistakes an exercise."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import numpy as np
import pytest
from jupytext.config import load_jupytext_config
from nbgrader import utils

from autograder import PROJECT
from autograder.authoring.inline import EXERCISE, function_source, inline_exercises
from autograder.authoring.units import Unit, all_units
from autograder.checking import ANY_OTHER, Exercise
from autograder.checking.exercise import LEAVES_INPUTS
from autograder.checking.student_function import RemoteFunction
from autograder.grading.trusted import HIDDEN
from autograder.sandbox.session import Session
from rnncore.functional.cells import LSTMParams, LSTMState
from tests.units.exercises import EXERCISES, SEEDS, THOROUGH, exercises, mistake_as_an_answer, named, shaped_like

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=named)


# References and mistakes


@each_exercise
@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_gets_every_point(exercise, seed):
    verdict = exercise(exercise.reference, seed)
    assert verdict.score == verdict.max_score == exercise.points, verdict.to_text()
    assert verdict.misconception is None
    assert verdict.reason == ""


@each_exercise
def test_an_exercise_has_five_mistakes_each_with_something_of_its_own_to_say(exercise):
    assert len(exercise.mistakes) >= 5
    said = [mistake.misconception for mistake in exercise.mistakes]
    assert len(set(said)) == len(said)
    assert all(len(text) > 20 and text[-1] in ".?" for text in said), said


@each_exercise
def test_points_are_positive_and_checks_have_names_of_their_own(exercise):
    names = [check.name for check in exercise.checks]
    assert len(set(names)) == len(names) >= 2
    assert all(check.points > 0 for check in exercise.checks)
    assert all(check.after in (*names[:n], ANY_OTHER) for n, check in enumerate(exercise.checks) if check.after)


# Functions that do nothing


def idle(exercise: Exercise) -> dict[str, Callable[..., Any]]:
    reference = exercise.reference
    return {
        "None": lambda *args: None,
        "nothing to take apart": lambda *args: (),
        "its first argument": lambda *args: args[0],
        "its arguments": lambda *args: args,
        "its last argument": lambda *args: args[-1],
        "zeros of the right shape": lambda *args: shaped_like(reference(*args), np.zeros_like),
        "ones of the right shape": lambda *args: shaped_like(reference(*args), np.ones_like),
        "nothing finite": lambda *args: shaped_like(reference(*args), lambda a: np.full(a.shape, np.nan)),
        "a text": lambda *args: "x" * 1000,
        "a huge number": lambda *args: (10**400,) * 3,
        "a dictionary": lambda *args: {None: 1, True: 2},
    }


@each_exercise
@pytest.mark.parametrize("kind", idle(next(iter(EXERCISES))))
def test_a_function_that_does_nothing_gets_nothing(exercise, kind):
    result = idle(exercise)[kind]
    for seed in SEEDS if THOROUGH else SEEDS[:1]:
        verdict = exercise(result, seed)
        assert verdict.score == 0, verdict.to_text()
        assert verdict.reason


@each_exercise
def test_changing_an_argument_loses_the_points_for_leaving_it(exercise):
    """Every exercise that is handed something to change says what leaving it alone is worth."""
    changed: list[Any] = []

    def spoils(*args: Any) -> Any:
        result = shaped_like(exercise.reference(*args), np.copy)
        changed.extend(spoil(args))
        return result

    results = {result.name: result.passed for result in exercise(spoils, 0).results}
    assert (results.get(LEAVES_INPUTS) is False) == bool(changed)


def spoil(value: Any) -> list[Any]:
    """Change in place all that can be changed: arrays, and lists that have something in them."""
    if isinstance(value, np.ndarray):
        value[...] = ~value if value.dtype == bool else value + 1
        return [value] * bool(value.size)
    if isinstance(value, dict):
        value = list(value.values())
    found = [part for item in value for part in spoil(item)] if isinstance(value, list | tuple) else []
    if isinstance(value, list) and value and not found:
        value.reverse()
        value.append(value[0])
        found.append(value)
    return found


# The notebooks


def entries(unit: Unit) -> list[tuple[Any, dict[str, Any]]]:
    return [(cell, cell.metadata.nbgrader) for cell in unit.notebook().cells if "nbgrader" in cell.metadata]


def test_a_unit_is_worth_20_points_in_5_to_8_exercises_and_a_question(unit):
    graded = [(cell, entry) for cell, entry in entries(unit) if entry["grade"]]
    assert sum(entry["points"] for _, entry in graded) == 20
    assert 5 <= len(unit.exercises()) <= 8
    questions = [cell for cell, entry in graded if entry["solution"]]
    assert questions
    assert all("### BEGIN SOLUTION" in cell.source or "### BEGIN MARK SCHEME" in cell.source for cell in questions)


def test_grade_ids_are_unique_in_the_whole_course():
    ids = [entry["grade_id"] for unit in all_units() for _, entry in entries(unit)]
    assert len(set(ids)) == len(ids)


def test_an_exercise_has_one_id_a_name_and_visible_and_hidden_checks(unit):
    records = exercises(unit)
    cells = {cell.metadata.nbgrader["grade_id"]: cell for cell in unit.notebook().cells if "nbgrader" in cell.metadata}
    for exercise in records:
        name = exercise.reference.__name__
        assert exercise.id == name.replace("_", "-")
        match = EXERCISE.search(cells[exercise.id].source)
        assert match is not None
        assert match["name"] == name
        test = cells[f"{exercise.id}-check"]
        assert test.metadata.nbgrader["points"] == exercise.points
        visible, hidden = HIDDEN.sub("", test.source), "".join(HIDDEN.findall(test.source))
        assert name in visible
        assert f"exercise({name})" in hidden
        assert "expect_" in visible or "assert" in visible
    assert [exercise.id for exercise in records] == [d.rsplit(".", 1)[1].replace("_", "-") for d in unit.exercises()]


def test_locks_are_where_they_belong(unit):
    for cell, entry in entries(unit):
        assert entry["locked"] == (not entry["solution"])
        assert not (entry["solution"] and entry["grade"] and cell.cell_type == "code")


def test_no_cell_is_longer_than_a_screen(unit):
    """The house style's 25 lines, with room for an exercise's docstring and hidden checks."""
    code = [cell for cell in unit.notebook().cells if cell.cell_type == "code"]
    long = {cell.id: len(cell.source.splitlines()) for cell in code if len(cell.source.splitlines()) > 40}
    assert not long


def test_a_source_goes_through_jupyterlab_unchanged(unit):
    """What jupytext reads and writes back is the same text, so that an edit changes only what was edited."""
    text = unit.source.read_text()
    config = load_jupytext_config(str(unit.source))
    nb = jupytext.reads(text, fmt="py:percent", config=config)
    assert jupytext.writes(nb, fmt="py:percent", config=config) == text


def test_stubs_keep_the_docstring_and_lose_the_body(unit):
    for cell in unit.notebook().cells:
        match = EXERCISE.search(cell.source) if cell.cell_type == "code" else None
        if match:
            stub = re.sub(r"### BEGIN SOLUTION.*### END SOLUTION", "", inline_exercises(cell.source), flags=re.S)
            compile(stub + "\n    pass", cell.id, "exec")
            body = function_source(match["module"], match["name"]).rsplit('"""\n', 1)[1]
            assert all(line.strip() not in stub for line in body.splitlines() if len(line.strip()) > 12)


# The same checks, across the wall of the sandbox


def across(session: Session, exercise: Exercise, source: str) -> RemoteFunction:
    """A function of the student's process, defined by its source."""
    session.restart()
    run = session.run(source)
    assert run.ok, run.outputs
    return RemoteFunction(exercise.reference.__name__, session.call)


@pytest.mark.slow
@each_exercise
def test_the_reference_gets_every_point_across_the_wall(exercise, walled):
    source = Path(inspect.getfile(exercise.reference)).read_text(encoding="utf-8")
    remote = exercise(across(walled, exercise, source), 5)
    assert remote == exercise(exercise.reference, 5)
    assert remote.score == exercise.points


@pytest.mark.slow
@each_exercise
def test_a_mistake_gets_the_same_verdict_across_the_wall(exercise, walled):
    """The first and the last of each exercise's mistakes."""
    for mistake in {0: exercise.mistakes[0], 1: exercise.mistakes[-1]}.values():
        source = mistake_as_an_answer(EXERCISES[exercise], exercise, mistake)
        remote = exercise(across(walled, exercise, source), 5)
        assert remote == exercise(mistake.function, 5)


def test_named_tuples_survive_the_wall(walled):
    walled.restart()
    walled.run("def f(state, params): return params, state")
    params = LSTMParams(np.ones((1, 4)), np.ones((1, 4)), np.ones(4))
    came = walled.call("f", (LSTMState(np.ones((1, 1)), np.zeros((1, 1))), params), {}, {}).result
    assert isinstance(came[0], LSTMParams)
    assert isinstance(came[1], LSTMState)


def test_every_solution_cell_is_graded(unit):
    cells = unit.notebook().cells
    answers = [cell for cell in cells if utils.is_solution(cell) and not utils.is_grade(cell)]
    assert len(answers) == len(unit.exercises())


def test_every_record_is_of_an_exercise_of_its_unit(unit):
    folder = PROJECT / "autograder" / "exercises" / unit.name
    names = {path.stem for path in folder.glob("*.py")} - {"__init__", "shared"}
    assert names == {exercise.id.replace("-", "_") for exercise in exercises(unit)}

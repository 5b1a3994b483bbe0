"""Right answers as students write them lose nothing. Oracle: what each was written to be.

And hidden checks are no weaker than visible ones. Oracle: the visible check itself, as it stands in the notebook.
"""

import ast
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.checking import Exercise
from autograder.checking.student_function import RemoteFunction
from tests.units.exercises import all_answers, named
from tests.units.visible import refused, visible_check

SEED = 3
ANSWERS = all_answers()
RIGHT = [(exercise, function) for exercise, answers in ANSWERS.items() for function in answers.right]
REFUSED = [(exercise, function) for exercise, answers in ANSWERS.items() for function in answers.refused]

each_exercise = pytest.mark.parametrize("exercise", ANSWERS, ids=named)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize(("exercise", "function"), RIGHT, ids=[named(e, f.__name__) for e, f in RIGHT])
def test_a_right_answer_loses_nothing(exercise, function):
    verdict = exercise(function, SEED)
    assert verdict.score == verdict.max_score, verdict.to_text()
    assert verdict.misconception is None


@pytest.mark.parametrize(("exercise", "function"), REFUSED, ids=[named(e, f.__name__) for e, f in REFUSED])
def test_a_way_that_is_not_allowed_earns_nothing_across_the_wall(exercise, function, walled):
    """Its values are right: in this process, where nothing is refused, it gets every point."""
    assert exercise(function, SEED).score == exercise.points
    walled.restart()
    run = walled.run(f"{without_grader(function)}\n{exercise.reference.__name__} = {function.__name__}")
    assert run.ok, run.outputs
    verdict = exercise(RemoteFunction(exercise.reference.__name__, walled.call), SEED)
    assert verdict.score == 0
    assert "without torch" in verdict.reason


def without_grader(function: Callable[..., Any]) -> str:
    """A function's source with what its module imports, but for the tests' own."""
    module = ast.parse(inspect.getsource(inspect.getmodule(function)))
    imports = [node for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)]
    kept = [node for node in imports if "tests" not in ast.unparse(node)]
    own = next(node for node in module.body if getattr(node, "name", "") == function.__name__)
    own.decorator_list = []
    return ast.unparse(ast.Module([*kept, own], []))


@each_exercise
def test_an_exercise_has_answers_of_several_styles(exercise):
    assert len(ANSWERS[exercise].right) >= 2
    assert len(ANSWERS[exercise].wrong) >= 6


# Visible checks and hidden ones


def unfinished(exercise: Exercise) -> dict[str, Callable[..., Any]]:
    """The reference with its results made a little wrong, in ways in which a check might not look."""

    def leaf(change: Callable[[Any], Any]) -> Callable[..., Any]:
        def each(value: Any) -> Any:
            if isinstance(value, tuple) and hasattr(value, "_fields"):
                return type(value)(*map(each, value))
            if isinstance(value, list | tuple):
                return type(value)(map(each, value))
            if isinstance(value, dict):
                return {key: each(part) for key, part in value.items()}
            return change(value)

        return lambda *args, **kwargs: each(exercise.reference(*args, **kwargs))

    def last(value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.size and value.dtype.kind in "if":
            value = value.copy()
            value.flat[-1] += 1
        return value

    def first(value: Any) -> Any:
        return np.flip(last(np.flip(value))) if isinstance(value, np.ndarray) else value

    def cast(kind: str, dtype: Any) -> Callable[[Any], Any]:
        def to(value: Any) -> Any:
            return value.astype(dtype) if isinstance(value, np.ndarray) and value.dtype.kind == kind else value

        return to

    return {
        "the last entries are off": leaf(last),
        "the first entries are off": leaf(first),
        "floats for whole numbers": leaf(cast("i", float)),
        "numbers for true and false": leaf(cast("b", float)),
        "whole numbers for true and false": leaf(cast("b", int)),
        "half the precision": leaf(cast("f", np.float32)),
        "a text for an id": leaf(lambda value: str(value) if type(value) is int else value),
        "numbers with a point": leaf(lambda value: float(value) if type(value) is int else value),
        "one and zero for True and False": leaf(lambda value: int(value) if type(value) is bool else value),
    }


@each_exercise
def test_the_visible_check_takes_the_reference(exercise):
    visible_check(exercise)(exercise.reference)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@each_exercise
def test_what_the_visible_check_refuses_loses_points_too(exercise):
    """Of what is wrong: a form that only the notebook minds, such as a list for a tuple, loses nothing."""
    check = visible_check(exercise)
    passed = [
        kind
        for kind, function in unfinished(exercise).items()
        if refused(check, function) and exercise(function, SEED).score == exercise.points
    ]
    assert not passed


NUMBERS = (
    "floats for whole numbers",
    "numbers for true and false",
    "whole numbers for true and false",
    "numbers with a point",
    "one and zero for True and False",
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@each_exercise
def test_the_visible_check_refuses_numbers_of_a_kind_that_loses_points(exercise):
    """The values are equal, so students see nothing of it unless they are told."""
    check, kinds = visible_check(exercise), unfinished(exercise)
    lost = [kind for kind in NUMBERS if exercise(kinds[kind], SEED).score < exercise.points]
    assert not [kind for kind in lost if not refused(check, kinds[kind])]

"""Right answers in unusual form lose no point. Oracle: the references, of whose results only the form is changed."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.checking.student_function import RemoteFunction
from tests.units.exercises import EXERCISES, named


def reformed(value: Any, leaf: Callable[[Any], Any], tuples: Callable[[tuple], Any]) -> Any:
    """A result whose leaves and tuples are turned into something of the same meaning."""
    if isinstance(value, tuple):
        parts = [reformed(part, leaf, tuples) for part in value]
        return tuples(type(value)(*parts) if hasattr(value, "_fields") else tuple(parts))
    if isinstance(value, list):
        return [reformed(part, leaf, tuples) for part in value]
    if isinstance(value, dict):
        return {key: reformed(part, leaf, tuples) for key, part in value.items()}
    return leaf(value)


def same_tuple(value: tuple) -> tuple:
    return value


def list_for_tuple(value: tuple) -> Any:
    return value if hasattr(value, "_fields") else list(value)


def plain_tuple(value: tuple) -> tuple:
    return tuple(value)


def as_it_is(value: Any) -> Any:
    return value


def strided_view(value: Any) -> Any:
    return np.stack([value, value], axis=-1)[..., 0] if isinstance(value, np.ndarray) and value.ndim else value


def fortran_order(value: Any) -> Any:
    return np.asfortranarray(value) if isinstance(value, np.ndarray) and value.ndim else value


def numpy_number(value: Any) -> Any:
    kinds = {bool: np.bool_, int: np.int64, float: np.float64}
    return kinds[type(value)](value) if type(value) in kinds else value


def array_without_axes(value: Any) -> Any:
    return np.array(value) if isinstance(value, bool | int | float) else value


FORMS = {
    "lists for tuples": (as_it_is, list_for_tuple),
    "plain tuples for named ones": (as_it_is, plain_tuple),
    "views that are not contiguous": (strided_view, same_tuple),
    "arrays in Fortran's order": (fortran_order, same_tuple),
    "NumPy's numbers": (numpy_number, same_tuple),
    "arrays without axes": (array_without_axes, same_tuple),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("exercise", EXERCISES, ids=named)
def test_a_right_answer_of_another_form_loses_nothing(exercise, form):
    def answer(*args: Any, **kwargs: Any) -> Any:
        return reformed(exercise.reference(*args, **kwargs), *FORMS[form])

    verdict = exercise(answer, 3)
    assert verdict.score == verdict.max_score, verdict.to_text()


WRAPPING = """
import numpy as np
import torch

class _Answer:
    def __init__(self, function):
        self._function = function

    def __call__(self, *args, **kwargs):
        result = self._function(*[self._wrapped(arg) if callable(arg) else arg for arg in args], **kwargs)
        return torch.from_numpy(result) if isinstance(result, np.ndarray) else result

    @staticmethod
    def _wrapped(function):
        return lambda *args, **kwargs: function(*args, **kwargs)


{name} = _Answer({name})
"""


@pytest.mark.parametrize("exercise", EXERCISES, ids=named)
def test_an_answer_may_be_an_object_return_tensors_and_hand_on_functions_of_its_own(exercise, walled):
    """Across the wall, where an earlier exercise that is answered from outside cannot call a function of the inside."""
    walled.restart()
    name = exercise.reference.__name__
    run = walled.run(Path(inspect.getfile(exercise.reference)).read_text(encoding="utf-8") + WRAPPING.format(name=name))
    assert run.ok, run.outputs
    verdict = exercise(RemoteFunction(name, walled.call), 5)
    assert verdict.score == verdict.max_score, verdict.to_text()

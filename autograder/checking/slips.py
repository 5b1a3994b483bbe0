"""Slips that every exercise knows: right results in another form, or in another place."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograder.checking.comparing import FAILED
from autograder.checking.explaining import Slip
from autograder.checking.student_function import Call

IN_PLACE = (
    "Your results are right, but your function changes in place what it was handed, and its caller still needs it. "
    "Make something new: write a = a + b, not a += b or a[...] = b, and copy a list or a dictionary before you fill it."
)
NOTHING = "Your function returns nothing. Is `return` missing, or do you print the result?"
LEFT_OUT = "One of the things that you return is None. The docstring says what stands there."
DTYPE = "Your values are right, but of another dtype than the docstring promises, such as floats for whole numbers."
WHOLE = "Your values are cut to whole numbers. Are they written into an array of whole numbers, or divided with `//`?"
SIGN = "Your values have the other sign."
AXES = "Your values are right, but their axes are in another order than the docstring says."
AXIS = "Your values are right, but there is an axis too many, or one too few: compare with the docstring."
BACKWARDS = "Your values are right, but they stand in the reverse order."
EXCHANGED = "You return the right things in another order than the docstring says."
SWAPPED = "Two fields of a named tuple have changed places in what you return: the docstring has their order."
FIRST_ALONE = "You return some of the things that are asked for, and leave out others."
BARE = "One of your results is bare: an array stands where the docstring has a named tuple, such as a state."
LISTED = "You put right things in one list that belong in a list for each."
UNSTACKED = "You return a list of arrays where one array is wanted. Stack them along the axis that the docstring has."
MERGED = "Your values are right, but two axes have become one: each keeps its own, see the docstring."


def _at(place: int, change: Callable[[Any], Any], result: Any) -> Any:
    """A result with one of its parts changed."""
    parts = list(result)
    parts[place] = change(parts[place])
    return tuple(parts) if isinstance(result, tuple) else parts


def _each(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same change to all numbers and arrays of a result."""

    def changed(value: Any) -> Any:
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*map(changed, value))
        if isinstance(value, list | tuple):
            return type(value)(map(changed, value))
        if isinstance(value, dict):
            return {key: changed(part) for key, part in value.items()}
        return change(value) if isinstance(value, bool | int | float | np.ndarray | np.generic) else value

    return changed


def _to(dtype: Any) -> Callable[[Any], Any]:
    """The same values of another dtype, where that can hold them."""

    def cast(value: Any) -> Any:
        found = np.asarray(value).astype(dtype)
        if not np.allclose(found, value, atol=1e-6, equal_nan=True):
            raise TypeError("this dtype does not hold these values")
        return found

    return _each(cast)


def _cut(value: Any) -> Any:
    return np.asarray(value).astype(int)


def _swap(*axes: int) -> Callable[[Any], Any]:
    return lambda a: np.swapaxes(a, *axes)


def _more(axis: int) -> Callable[[Any], Any]:
    return lambda a: np.expand_dims(a, axis)


def _less(axis: int) -> Callable[[Any], Any]:
    return lambda a: np.squeeze(a, axis)


def _flip(axis: int) -> Callable[[Any], Any]:
    return lambda a: np.flip(a, axis)


def _bare(part: Any) -> Any:
    if not hasattr(part, "_fields"):
        raise TypeError("this is no named tuple")
    return part[0]


def _some(which: int | slice) -> Callable[[Any], Any]:
    """Some of several results, less than there are."""

    def some(parts: Any) -> Any:
        if not isinstance(parts, tuple) or len(parts) < (3 if isinstance(which, slice) else 2):
            raise TypeError("there is nothing to leave out")
        return parts[which]

    return some


def _exchanged(parts: Any) -> Any:
    if not isinstance(parts, tuple | list) or len(parts) < 2:
        raise TypeError("there is nothing to exchange")
    return type(parts)(*parts[::-1]) if hasattr(parts, "_fields") else parts[::-1]


def _swapped(k: int) -> Callable[[Any], Any]:
    """Two neighbours among the fields of a named tuple in each other's place."""

    def swapped(part: Any) -> Any:
        if not hasattr(part, "_fields") or len(part) < k + 2:
            raise TypeError("there are no such fields")
        return type(part)(*part[:k], part[k + 1], part[k], *part[k + 2 :])

    return swapped


def _unstacked(axis: int) -> Callable[[Any], Any]:
    return lambda a: list(np.moveaxis(a, axis, 0))


def _merged(axis: int) -> Callable[[Any], Any]:
    """Two neighbouring axes as one."""
    return lambda a: np.reshape(a, (*a.shape[:axis], -1, *a.shape[axis + 2 :]))


def _joined(lists: Any) -> Any:
    return [item for part in lists for item in part]


_CHANGES: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("left_out", LEFT_OUT, lambda part: None),
    *(("dtype", DTYPE, _to(dtype)) for dtype in (float, np.float32, int, bool)),
    ("whole", WHOLE, _each(_cut)),
    ("sign", SIGN, _each(np.negative)),
    *(("axes", AXES, _each(swap)) for swap in (_swap(0, 1), np.transpose, _swap(1, 2))),
    *(("axis", AXIS, _each(change(axis))) for change in (_more, _less) for axis in (0, 1, -1)),
    *(("backwards", BACKWARDS, _each(_flip(axis))) for axis in (1, 0)),
    ("exchanged", EXCHANGED, _exchanged),
    *(("swapped", SWAPPED, _swapped(k)) for k in range(5)),
    ("bare", BARE, _bare),
    *(("first_alone", FIRST_ALONE, _some(part)) for part in (0, 1, slice(2))),
    ("joined", LISTED, _joined),
    *(("unstacked", UNSTACKED, _unstacked(axis)) for axis in (1, 0)),
    *(("merged", MERGED, _merged(axis)) for axis in (0, 1)),
]


def _of_result(change: Callable[[Any], Any]) -> Callable[[Any, Call], Any]:
    return lambda right, call: right if right is FAILED else change(right)


SLIPS = (
    Slip("nothing", _of_result(lambda result: None), NOTHING),
    *(
        Slip(name, _of_result(change if place is None else partial(_at, place, change)), text)
        for name, text, change in _CHANGES
        for place in (None, 0, 1, 2)
    ),
)
"""Each with the whole result, and with one of its parts."""

"""Slips of values: how wrong ones lie to the right ones, and which of them are right."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograder.checking.comparing import FAILED, same
from autograder.checking.explaining import Slip
from autograder.checking.student_function import Call

Holds = Callable[[Any, Any], bool]
"""Whether what came lies so to what is right."""


def relation(name: str, holds: Callable[[Any, Any, Call], bool], text: str, shows_in: int = 1) -> Slip:
    """A slip of which only a relation is known: a wrong result is taken for it if its first fault is one.

    Args:
        name: what is done wrong, as an identifier.
        holds: whether a part that came lies so to the right one, in a call.
        text: the misconception.
        shows_in: as of a `Slip`.
    """

    def change(right: Any, call: Call) -> Any:
        if right is FAILED:
            return right
        if not same(call.result, right) and not holds(*first_fault(call.result, right), call):
            raise ValueError("this is none")
        return call.result

    return Slip(name, change, text, shows_in)


def first_fault(got: Any, want: Any) -> tuple[Any, Any]:
    """The first parts of two results that differ, down to what has no parts."""
    if all(isinstance(parts, list | tuple) for parts in (got, want)) and len(got) == len(want):
        return next((first_fault(g, w) for g, w in zip(got, want, strict=True) if not same(g, w)), (got, want))
    return got, want


def _of_two(name: str, holds: Holds, text: str, shows_in: int = 1) -> Slip:
    return relation(name, lambda got, want, call: holds(got, want), text, shows_in)


def _real(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def _proportional(got: Any, want: Any) -> bool:
    """Whether one number makes all entries right."""
    if not _real(want) or np.size(want) < 3 or np.shape(got) != np.shape(want) or not np.all(np.isfinite(got)):
        return False
    factor = np.vdot(want, got) / np.vdot(want, want)
    return abs(factor) > 1e-3 and same(got, factor * want)


def _whole(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu"


def _made(change: Callable[[Any], Any]) -> Holds:
    """Whether a change makes what came of what is right; nothing but zeros could come from anywhere."""
    return lambda got, want: _real(want) and bool(np.any(got)) and same(got, change(want))


def _unmade(change: Callable[[Any], Any]) -> Holds:
    """Whether a change would make what came right."""
    return lambda got, want: _real(got) and same(change(got), want)


def _sigmoid(a: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-a))


def _softmax(a: np.ndarray) -> np.ndarray:
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _log_softmax(a: np.ndarray) -> np.ndarray:
    return a - np.logaddexp.reduce(a, axis=-1, keepdims=True)


_VALUES: list[tuple[str, Holds, str]] = [
    ("twice", _made(lambda a: 2.0 * a), "are twice the right ones. Is something counted twice, or is a half missing?"),
    ("half", _made(lambda a: a / 2.0), "are half the right ones. Is a half too many, or something left out?"),
    ("square", _made(np.square), "are the squares of the right ones. Is a root missing?"),
    ("root", _made(np.sqrt), "are the roots of the right ones. No root is asked for."),
    ("log", _made(np.log), "are the logarithms of the right ones. No logarithm is asked for."),
    ("exp", _made(np.exp), "are exp of the right ones. Is a logarithm missing?"),
    ("log_2", _made(lambda a: a * np.log(2.0)), "are log 2 times the right ones. Bits or nats?"),
    ("bits", _made(lambda a: a / np.log(2.0)), "are the right ones over log 2. Bits or nats?"),
    ("one_minus", _made(lambda a: 1.0 - a), "are 1 minus the right ones: you have the share of what is left over."),
    ("reciprocal", _made(lambda a: 1.0 / a), "are one over the right ones. What is divided by what?"),
    ("sizes", _made(np.abs), "are the right ones without their signs."),
    ("no_negatives", _made(lambda a: np.maximum(a, 0.0)), "are right, but 0 where they should be negative."),
    ("rounded", _made(np.round), "are rounded. Leave them as they are."),
    ("cut", _made(np.floor), "are cut to whole numbers. Leave them as they are."),
    ("tanh", _made(np.tanh), "are tanh of the right ones. No tanh belongs around them."),
    ("sigmoid", _made(_sigmoid), "are the sigmoid of the right ones. No sigmoid belongs around them."),
    ("softmax", _made(_softmax), "are the softmax of the right ones. Scores are asked for, not probabilities."),
    ("log_softmax", _made(_log_softmax), "are normalised to log-probabilities. Leave them as they are."),
    ("no_tanh", _unmade(np.tanh), "lack a tanh: with it they would be right."),
    ("no_sigmoid", _unmade(_sigmoid), "lack a sigmoid: with it they would be right."),
    ("no_softmax", _unmade(_softmax), "lack a softmax: with it they would be right."),
    ("no_log_softmax", _unmade(_log_softmax), "lack a log softmax: with it they would be right."),
    ("no_sum", _unmade(lambda a: a / a.sum(axis=-1, keepdims=True)), "are right but for a division by their sum."),
    ("running_sums", _made(partial(np.cumsum, axis=0)), "are running sums of the right ones, along axis 0."),
    ("running_sums", _made(partial(np.cumsum, axis=1)), "are running sums of the right ones, along axis 1."),
    ("from_one", lambda got, want: _whole(want) and same(got, want + 1), "are each one too high: count from 0."),
    ("one_low", lambda got, want: _whole(want) and same(got, want - 1), "are each one too low."),
]
"""What is to be said goes on after "Your values"."""


def _entries(value: Any, axis: int) -> int:
    """How many entries there are along an axis; a list has one axis."""
    if isinstance(value, list):
        return 0 if axis else len(value)
    return np.shape(value)[axis] if np.ndim(value) > axis else 0


def _take(value: Any, axis: int, part: slice) -> Any:
    return value[part] if isinstance(value, list) else np.asarray(value)[(slice(None),) * axis + (part,)]


def _part_right(axis: int, right: slice, wrong: slice) -> Holds:
    """Whether of the entries along an axis some are right, and of others each is wrong."""

    def holds(got: Any, want: Any) -> bool:
        n = _entries(want, axis)
        if n < 2 or np.shape(got) != np.shape(want) or not same(_take(got, axis, right), _take(want, axis, right)):
            return False
        each = (slice(k, k + 1) for k in range(n)[wrong])
        return not any(same(_take(got, axis, k), _take(want, axis, k)) for k in each)

    return holds


def _without(axis: int, part: slice) -> Holds:
    """Whether of the entries along an axis only some came."""
    return lambda got, want: _entries(want, axis) > 1 and same(got, _take(want, axis, part))


def _with(axis: int, part: slice) -> Holds:
    """Whether of the entries that came along an axis some are what is wanted."""
    return lambda got, want: _entries(got, axis) > 1 and same(_take(got, axis, part), want)


def _moved(axis: int, here: slice, there: slice) -> Holds:
    """Whether the entries along an axis stand in places of others."""

    def holds(got: Any, want: Any) -> bool:
        n = _entries(want, axis)
        if n < 2 or np.shape(got) != np.shape(want) or not (_real(want) or n > 2):
            return False
        return same(_take(got, axis, here), _take(want, axis, there))

    return holds


def _repeated(axis: int, part: slice) -> Holds:
    """Whether all entries along an axis are what one of them should be."""

    def holds(got: Any, want: Any) -> bool:
        n = _entries(want, axis)
        return n > 1 and _real(want) and same(got, np.repeat(_take(want, axis, part), n, axis=axis))

    return holds


def _reduced(axis: int, reduce: Callable[..., Any]) -> Holds:
    """Whether one number came for all entries along an axis, which may be left or not."""

    def holds(got: Any, want: Any) -> bool:
        if not isinstance(want, np.ndarray) or _entries(want, axis) < 2:
            return False
        one = reduce(want, axis=axis)
        return same(got, one) or same(got, np.expand_dims(one, axis))

    return holds


_FIRST, _LAST, _REST, _BUT_LAST = slice(0, 1), slice(-1, None), slice(1, None), slice(None, -1)

_PLACES: list[tuple[str, Callable[[int], Holds], str]] = [
    ("first_missing", lambda axis: _without(axis, _REST), "The first entry along axis {} is missing."),
    ("last_missing", lambda axis: _without(axis, _BUT_LAST), "The last entry along axis {} is missing."),
    ("one_before", lambda axis: _with(axis, _REST), "There is an entry too many along axis {}: your first."),
    ("one_behind", lambda axis: _with(axis, _BUT_LAST), "There is an entry too many along axis {}: your last."),
    ("late", lambda axis: _moved(axis, _REST, _BUT_LAST), "Your entries stand one place too late along axis {}."),
    ("early", lambda axis: _moved(axis, _BUT_LAST, _REST), "Your entries stand one place too early along axis {}."),
    ("first_for_all", lambda axis: _repeated(axis, _FIRST), "All along axis {} have what the first should have."),
    ("last_for_all", lambda axis: _repeated(axis, _LAST), "All along axis {} have what the last should have."),
    (
        "first_alone",
        lambda axis: _reduced(axis, partial(np.take, indices=0)),
        "Only the first entry along axis {} came.",
    ),
    (
        "last_alone",
        lambda axis: _reduced(axis, partial(np.take, indices=-1)),
        "Only the last entry along axis {} came.",
    ),
    ("summed", lambda axis: _reduced(axis, np.sum), "You add up along axis {}; its entries are asked for one by one."),
    (
        "averaged",
        lambda axis: _reduced(axis, np.mean),
        "You average along axis {}; its entries are asked for one by one.",
    ),
]

_PARTLY: list[tuple[str, int, slice, slice, str]] = [
    (
        "only_first",
        0,
        _FIRST,
        _REST,
        "Only the first entry along axis 0 is right. Each has its own.",
    ),
    ("only_first", 1, _FIRST, _REST, "Only the first entry along axis 1 is right. What does one hand to the next?"),
    ("all_but_first", 1, _REST, _FIRST, "Only the first entry along axis 1 is wrong. What does it begin with?"),
    ("all_but_last", 1, _BUT_LAST, _LAST, "Only the last entry along axis 1 is wrong. Where does it end?"),
    ("all_but_last", 0, _BUT_LAST, _LAST, "Only the last entry along axis 0 is wrong. Where does it end?"),
]


def _right_where(select: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Holds:
    """Whether all entries of one selection are right, of which there are some and not all."""

    def holds(got: Any, want: Any) -> bool:
        if np.shape(got) != np.shape(want) or not isinstance(want, np.ndarray) or want.dtype.kind != "f":
            return False
        chosen = select(np.asarray(got), want)
        return bool(chosen.any()) and not chosen.all() and same(np.asarray(got)[chosen], want[chosen])

    return holds


def _off_the_diagonal(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    square = want.ndim == 2 and want.shape[0] == want.shape[1]
    return ~np.eye(len(want), dtype=bool) if square else np.zeros(want.shape, dtype=bool)


_CHOSEN: list[tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray], str]] = [
    ("diagonal", _off_the_diagonal, "Only the diagonal is wrong."),
    ("infinite", lambda got, want: np.isfinite(want), "Only what should be infinite is wrong."),
    (
        "not_finite",
        lambda got, want: np.isfinite(got) | ~np.isfinite(want),
        "All is right that is finite in yours: what is infinite there, or NaN, should not be.",
    ),
    ("zeros", lambda got, want: want != 0.0, "Only what should be 0 is wrong, such as padding or what is masked."),
    (
        "left_out",
        lambda got, want: got != 0.0,
        "All is right that is not 0 in yours: elsewhere a 0 stands where there should be none.",
    ),
]


def _inverted(got: Any, want: Any) -> bool:
    return np.asarray(want).dtype == bool and same(got, ~np.asarray(want))


def _in_other_places(got: Any, want: Any) -> bool:
    if not _real(want) or np.shape(got) != np.shape(want) or np.size(want) < 4:
        return False
    return same(np.sort(got, axis=None), np.sort(want, axis=None))


RELATIONS = (
    *(_of_two(name, holds, f"Your values {text}", 2) for name, holds, text in _VALUES),
    *(_of_two(name, holds(axis), text.format(axis), 2) for name, holds, text in _PLACES for axis in (0, 1, 2)),
    _of_two("inverted", _inverted, "You have true where false is right, and false where true is."),
)
"""Those that say what was done."""

PARTS = (
    _of_two(
        "times_a_number", _proportional, "Your values are the right ones times one number, the same everywhere.", 2
    ),
    *(_of_two(name, _right_where(select), text, 2) for name, select, text in _CHOSEN),
    *(_of_two(name, _part_right(axis, right, wrong), text, 2) for name, axis, right, wrong, text in _PARTLY),
    _of_two("moved", _in_other_places, "All your entries are right, but in other places. Which axis is which?", 2),
)
"""Those that say no more than what is right and what is not."""

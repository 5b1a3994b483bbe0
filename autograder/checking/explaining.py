"""Which misconception explains a wrong output."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking.comparing import FAILED, same
from autograder.checking.student_function import Call, copied


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation of an exercise, and the misconception that leads to it.

    Attributes:
        name: what is done wrong, as an identifier.
        function: the wrong implementation.
        misconception: what a student reads whose output equals this one's: what it looks like was done, and where to
            look; never the right line.
    """

    name: str
    function: Callable[..., Any]
    misconception: str


def explain(calls: Sequence[Call], reference: Callable[..., Any], mistakes: Sequence[Mistake]) -> str | None:
    """Find the misconception that gives what the student's function gave, in every one of some calls.

    First as a whole. Then of a result in several parts, what follows the first wrong part is not compared: a cache made
    of wrong gates may be wrong in ways of its own. A function that raises agrees with one that raises, if both return
    something elsewhere.

    Args:
        calls: the recorded calls.
        reference: the right implementation.
        mistakes: wrong implementations, most typical first.

    Returns:
        The misconception of the first mistake that agrees with all calls, or None.
    """
    evidence = [(call, _up_to_first_fault(call, reference)) for call in calls]
    if all(fault is None for _, fault in evidence) or all(call.result is FAILED for call in calls):
        return None
    for heads in (False, True):
        for mistake in mistakes:
            if all(_agree(call, mistake.function, fault if heads else None) for call, fault in evidence):
                return mistake.misconception
    return None


def _agree(call: Call, function: Callable[..., Any], parts: int | None) -> bool:
    result = _apply(function, call)
    if call.result is FAILED or result is FAILED:
        return call.result is result
    return same(_head(call.result, parts), _head(result, parts))


def _apply(function: Callable[..., Any], call: Call) -> Any:
    with np.errstate(all="ignore"), contextlib.suppress(Exception):
        return function(*copied(call.args), **copied(call.kwargs))
    return FAILED


def _up_to_first_fault(call: Call, reference: Callable[..., Any]) -> int | None:
    """How many parts of a result it takes to see the first fault; None if there is none."""
    want = _apply(reference, call)
    if same(call.result, want):
        return None
    if not isinstance(call.result, tuple | list) or not isinstance(want, tuple):
        return 1
    shared = min(len(call.result), len(want))
    return next((n for n in range(1, shared + 1) if not same(call.result[:n], want[:n])), shared + 1)


def _head(result: Any, parts: int | None) -> Any:
    return tuple(result[:parts]) if isinstance(result, tuple) else result

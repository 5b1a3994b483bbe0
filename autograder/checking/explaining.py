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


@dataclass(frozen=True)
class Slip:
    """What goes wrong with a right result, whatever the exercise.

    Attributes:
        name: what is done wrong, as an identifier.
        change: makes the wrong result of a right one, which is `FAILED` where the right one raises, and of the call
            that it answers; raises where there is no way to.
        misconception: as of a `Mistake`.
        shows_in: how many wrong results it takes to tell it from chance.
    """

    name: str
    change: Callable[[Any, Call], Any]
    misconception: str
    shows_in: int = 1


_NO_WAY = object()
"""What a slip gives that cannot be made: equal to no result, not even to none."""


class Replay:
    """What the right function and wrong ones give for calls that a student's was given, each worked out once."""

    def __init__(self, reference: Callable[..., Any]):
        self._reference = reference
        self._kept: dict[tuple[int, int], tuple[Any, Call, Any]] = {}
        self._faults: dict[int, tuple[Call, int | None]] = {}

    def right(self, call: Call) -> Any:
        """What is right; `FAILED` if the right function raises."""
        return self._once(self._reference, call, lambda: self._reference(*copied(call.args), **copied(call.kwargs)))

    def wrong(self, known: Mistake | Slip, call: Call) -> Any:
        """What a mistake or a slip gives; `FAILED` if a mistake raises."""
        if isinstance(known, Mistake):
            return self._once(known, call, lambda: known.function(*copied(call.args), **copied(call.kwargs)))
        return self._once(known, call, lambda: known.change(self.right(call), call), _NO_WAY)

    def fault(self, call: Call) -> int | None:
        """How many parts of a result it takes to see its first fault; None if there is none."""
        if id(call) not in self._faults:
            self._faults[id(call)] = call, _up_to_first_fault(call, self.right(call))
        return self._faults[id(call)][1]

    def _once(self, source: Any, call: Call, result: Callable[[], Any], otherwise: Any = FAILED) -> Any:
        key = id(source), id(call)
        if key not in self._kept:
            found = otherwise
            with np.errstate(all="ignore"), contextlib.suppress(Exception):
                found = result()
            self._kept[key] = source, call, found  # what is kept alive shares its id with no other
        return self._kept[key][2]


def explain(calls: Sequence[Call], replay: Replay, known: Sequence[Mistake | Slip]) -> str | None:
    """Find the misconception that gives what the student's function gave, in every one of some calls.

    First as a whole. Then of a result in several parts, what follows the first wrong part is not compared: a cache made
    of wrong gates may be wrong in ways of its own, but has to be wrong where it is. A function that raises agrees with
    one that raises, if both return something elsewhere.

    Args:
        calls: the recorded calls.
        replay: what is right for them, and what else might have been given.
        known: mistakes and slips, most typical first.

    Returns:
        The misconception of the first that agrees with all calls, or None.
    """
    wrong = [call for call in calls if replay.fault(call) is not None]
    if not wrong or all(call.result is FAILED for call in calls):
        return None
    in_order = [
        *wrong,
        *(call for call in calls if replay.fault(call) is None),
    ]  # wrong ones tell mistakes apart sooner
    plausible = [one for one in known if isinstance(one, Mistake) or one.shows_in <= len(wrong)]
    for heads in (False, True):
        for one in plausible:
            if all(_agree(call, one, replay, heads) for call in in_order):
                return one.misconception
    return None


def explain_most(
    failed: Sequence[Sequence[Call]], right: Sequence[Call], replay: Replay, known: Sequence[Mistake | Slip]
) -> str | None:
    """Find the misconception that explains most of what is wrong, where several come together.

    A single check may be failed in the same way for different reasons.

    Args:
        failed: the calls of each check that did not hold.
        right: the calls of all others, whose results it has to leave right.
        replay: as of `explain`.
        known: as of `explain`.

    Returns:
        The misconception of the first that explains more than half of the checks, or None.
    """
    for one in known if failed else ():
        missed = 0
        for calls in failed:
            missed += explain(calls, replay, [one]) is None
            if 2 * missed >= len(failed):
                break
        else:
            if all(_agree(call, one, replay, heads=False) for call in right):
                return one.misconception
    return None


def _agree(call: Call, known: Mistake | Slip, replay: Replay, heads: bool) -> bool:
    result, parts = replay.wrong(known, call), replay.fault(call) if heads else None
    if call.result is FAILED or result is FAILED or result is _NO_WAY:
        return call.result is result
    if parts is not None and not _wrong_in_the_same_parts(call.result, result, replay.right(call), parts):
        return False
    return same(_head(call.result, parts), _head(result, parts))


def _wrong_in_the_same_parts(got: Any, wrong: Any, right: Any, parts: int) -> bool:
    """Whether what came and a wrong result are right in the same parts behind the first fault."""
    if not all(isinstance(result, tuple) for result in (got, wrong, right)) or not len(got) == len(wrong) == len(right):
        return True
    return all(same(w, r) == same(g, r) for g, w, r in list(zip(got, wrong, right, strict=True))[parts:])


def _up_to_first_fault(call: Call, want: Any) -> int | None:
    """How many parts of a result it takes to see the first fault; None if there is none."""
    if same(call.result, want):
        return None
    if not isinstance(call.result, tuple | list) or not isinstance(want, tuple):
        return 1
    shared = min(len(call.result), len(want))
    return next((n for n in range(1, shared + 1) if not same(call.result[:n], want[:n])), shared + 1)


def _head(result: Any, parts: int | None) -> Any:
    return tuple(result[:parts]) if isinstance(result, tuple) else result

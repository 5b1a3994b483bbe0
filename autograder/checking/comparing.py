"""Hold results against the right ones, and say what is off without telling the right value."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


class CheckFailed(AssertionError):
    """A check did not hold; the message says what is wrong and where to look, never what is right."""


class Recognised(CheckFailed):
    """A check that did not hold, and knows the misconception, which is its message."""


class _Failed:
    """The result of an implementation that raised; equal to no result."""


FAILED = _Failed()


def same(got: Any, want: Any, tolerance: float = 1e-8) -> bool:
    """Whether two values are equal: arrays up to rounding, named tuples as plain ones, everything else exactly.

    Unlike what a check expects, what two functions give may be equal where it is not finite.
    """
    return next(_differences(got, want, "", tolerance, finite=False), None) is None


def alike(one: Any, other: Any) -> bool:
    """Whether two results of one function are the same, up to rounding; of what is not plain only the type is seen."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if _is_numeric(one) or isinstance(one, str):
        return same(one, other)
    return type(one) is type(other)


def differences(got: Any, want: Any, name: str, tolerance: float = 1e-8) -> list[str]:
    """Where two values differ, in words that do not tell the wanted value.

    Args:
        got: what came.
        want: what was expected.
        name: what the value is called in the words.
        tolerance: the greatest error of an array that counts as none, relative to its greatest entry.
    """
    return [say() for say in _differences(got, want, name, tolerance, finite=True)]


def _differences(got: Any, want: Any, name: str, tolerance: float, finite: bool) -> Iterator[Callable[[], str]]:
    """Find what differs, and how to say it: words take longer to find than differences, and not all are read.

    Infinite entries have to stand where they are wanted, and only there. Where `finite`, NaN is wrong even if wanted.
    """
    if isinstance(want, tuple | list):
        if not isinstance(got, tuple | list):
            yield lambda: f"{name} should be {with_article(_kind(want))}; got {_describe(got)}"
        elif len(got) != len(want):
            yield lambda: f"{name} should have {len(want)} parts; got {len(got)}"
        else:
            fields = getattr(want, "_fields", None) or [f"[{n}]" for n in range(len(want))]
            parts = [f"{name}.{f}" if f[0] != "[" else f"{name}{f}" for f in fields]
            for g, w, n in zip(got, want, parts, strict=True):
                yield from _differences(g, w, n, tolerance, finite)
    elif isinstance(want, dict):
        if not isinstance(got, dict) or got.keys() != want.keys():
            yield lambda: f"{name} should be a dictionary with the keys {sorted(want)}; got {_describe(got)}"
        else:
            for key in want:
                yield from _differences(got[key], want[key], f"{name}[{key!r}]", tolerance, finite)
    elif (said := _leaf_differs(got, want, tolerance, finite)) is not None:
        yield lambda: f"{name}{said()}"


def _leaf_differs(got: Any, want: Any, tolerance: float, finite: bool) -> Callable[[], str] | None:
    """How to say what differs between two values that have no parts, after their name; None if nothing does."""
    if isinstance(want, bool) and isinstance(got, np.ndarray | np.bool_) and got.shape == () and got.dtype == bool:
        got = bool(got)
    if isinstance(want, bool | str) or want is None:
        return None if type(got) is type(want) and got == want else lambda: " is not right"
    if callable(want):
        return None if got is want else lambda: " is not the function that was handed in"
    if want is FAILED or not _is_numeric(got):
        return lambda: f" should be {_describe(want)}; got {_describe(got)}"
    got_array, want_array = np.asarray(got), np.asarray(want)
    if got_array.dtype == object:
        return lambda: " is too large a number"

    def clue() -> str:
        return _clue(got_array, want_array, tolerance)

    def off() -> str:
        return f": the right shape, but not the right values{clue()}" if want_array.shape else " is not right"

    if got_array.shape != want_array.shape:
        return lambda: f" should have shape {want_array.shape}; got {got_array.shape}{clue()}"
    if want_array.dtype.kind in "iub":
        whole = "iu" if want_array.shape else "iub"  # as in Python, a single True is a 1
        if got_array.dtype.kind not in ("b" if want_array.dtype.kind == "b" else whole):
            kind = "true and false" if want_array.dtype.kind == "b" else "whole numbers"
            return lambda: f" should hold {kind}; got {got_array.dtype}"
        return None if np.array_equal(got_array, want_array) else off
    if np.any(np.isinf(want_array)):
        infinite = [np.where(np.isinf(a), a, 0.0) for a in (got_array, want_array)]
        if not np.array_equal(infinite[0], infinite[1]):
            return off
        got_array, want_array = (np.where(np.isinf(a), 0.0, a) for a in (got_array, want_array))
    if not np.all(np.isfinite(got_array)):
        alike = not finite and np.array_equal(got_array, want_array, equal_nan=True)
        return None if alike else lambda: " has entries that are not finite"
    scale = max(1e-3, float(np.max(np.abs(want_array), initial=0.0)))
    error = float(np.max(np.abs(got_array.astype(complex) - want_array), initial=0.0))
    if error <= tolerance * scale:
        return None
    if got_array.dtype.itemsize < want_array.dtype.itemsize and error <= 1e-5 * scale:
        return lambda: f" is {got_array.dtype}; keep the dtype of the inputs, {want_array.dtype}"
    return off


def _clue(got: np.ndarray, want: np.ndarray, tolerance: float) -> str:
    """What would make an array right, computed; empty if nothing simple does."""
    if want.size < 2 or not np.any(want) or not (np.all(np.isfinite(got)) and np.all(np.isfinite(want))):
        return ""
    got, want = got.astype(complex), want.astype(complex)
    scale = max(1e-3, float(np.max(np.abs(want))))

    def equal(a: np.ndarray, b: np.ndarray) -> bool:
        return a.shape == b.shape and float(np.max(np.abs(a - b), initial=0.0)) <= tolerance * scale

    if got.shape != want.shape:
        orders = itertools.permutations(range(got.ndim)) if got.ndim == want.ndim <= 4 else ()
        if any(equal(got.transpose(order), want) for order in orders):
            return ": its axes are in another order"
        return ": its entries are right" if got.size == want.size and equal(got.ravel(), want.ravel()) else ""
    if equal(-got, want):
        return ": it has the other sign"
    factor = np.vdot(want, got) / np.vdot(want, want)
    if abs(factor) > 1e-3 and equal(got / factor, want):
        return ": it is the right one times a number that is the same everywhere"
    for axis in range(want.ndim):
        if equal(np.flip(got, axis), want):
            return f": it is reversed along axis {axis}"
    if equal(np.sort_complex(got.ravel()), np.sort_complex(want.ravel())):
        return ": its entries are right, in other places"
    for axis in range(want.ndim):
        others = tuple(n for n in range(want.ndim) if n != axis)
        right = np.max(np.abs(got - want), axis=others, initial=0.0) <= tolerance * scale
        if right.any() and np.array_equal(right, np.sort(right)):
            return f": the last {right.sum()} of {right.size} along axis {axis} are right"
        if right.any() and np.array_equal(right, np.sort(right)[::-1]):
            return f": the first {right.sum()} of {right.size} along axis {axis} are right"
    return ""


def _is_numeric(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc"
    if type(value).__module__.startswith("torch") and hasattr(value, "detach"):
        return True
    return isinstance(value, int | float | np.number)


def _kind(value: Any) -> str:
    return type(value).__name__


def _describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" + ("" if _is_numeric(value) else f" of dtype {value.dtype}")
    if _kind(value) == "Opaque":
        return with_article(value.type)
    if isinstance(value, tuple):
        return f"{with_article(_kind(value))} of {len(value)}"
    return "None" if value is None else with_article(_kind(value))


def with_article(noun: str) -> str:
    """A type's name as it is said: an ndarray, an LSTMState, a GRUParams, a tuple."""
    spelled_out = noun[:2].isupper() or noun.startswith("nd")
    return f"{'an' if noun[0].upper() in ('AEFHILMNORSX' if spelled_out else 'AEIO') else 'a'} {noun}"


def expect_same(got: Any, want: Any, name: str, hint: str = "", tolerance: float = 1e-8) -> None:
    """Hold a result against the right one.

    Args:
        got: what the student's function gave.
        want: the right value. Its parts are compared one by one, so the message can say which are off.
        name: what the value is called in the message.
        hint: where to look.
        tolerance: the greatest error that counts as none, relative to the greatest entry.

    Raises:
        CheckFailed: which names the parts that differ, never their values.
    """
    found = differences(got, want, name, tolerance)
    if found:
        more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
        raise CheckFailed("; ".join(found[:3]) + more + (f". {hint}" if hint else ""))


def expect_parts(result: Any, *names: str) -> tuple[Any, ...]:
    """Take a result apart that should be a tuple; a list will do.

    Args:
        result: what the student's function gave.
        names: what its parts are called, in order.

    Raises:
        CheckFailed: if it is no tuple of that many parts.
    """
    if not isinstance(result, tuple | list) or len(result) != len(names):
        raise CheckFailed(f"return {len(names)} things: {', '.join(names)}; got {_describe(result)}")
    return tuple(result)


def expect_numbers(result: Any, name: str) -> np.ndarray:
    """Take a number or numbers that the student computed, right or wrong, for what follows from them.

    Args:
        result: what the student's function gave; numbers, arrays, tensors or lists.
        name: what it is called in the message.

    Raises:
        CheckFailed: which says what came, if it is nothing to compute with.
    """
    numbers = np.asarray(result)
    if not _is_numeric(numbers):
        raise CheckFailed(f"{name} should hold numbers; got {_describe(result)}")
    return numbers


def expect_gates(*gates: Any) -> tuple[np.ndarray, ...]:
    """Take gates that the student computed, right or wrong, for what follows from them.

    Args:
        gates: arrays, each between 0 and 1 and not the same everywhere.

    Returns:
        The gates, as arrays.

    Raises:
        CheckFailed: if one is no gate.
    """
    for gate in gates:
        if not _is_numeric(gate) or not np.all((np.asarray(gate) > 0.0) & (np.asarray(gate) < 1.0)):
            raise CheckFailed("a gate is an array of numbers between 0 and 1")
    return tuple(map(np.asarray, gates))

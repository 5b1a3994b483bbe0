"""Slips that every exercise knows in what goes in: the right function, as if an argument were another."""

import contextlib
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from autograder.checking.comparing import FAILED, same
from autograder.checking.explaining import Slip
from autograder.checking.relations import first_fault, relation
from autograder.checking.student_function import Call, copied

Path = tuple[str, ...]
"""An argument's name, and the fields that lead to one of its parts."""
Change = Callable[[Any, dict[str, Any]], Any]
"""Makes another part of a part and all arguments."""

ZERO = "`{0}` has no effect in your version: you get what comes out if it is all zeros."
TRANSPOSED = "You get what comes out if `{0}` is transposed. Which of its axes does a product sum over?"
REVERSED = "You get what comes out if `{0}` is read from its end to its beginning, along axis {1}."
FIRST_ROW = "You get what comes out if all rows have the `{0}` of the first. Each row has its own."
ALL_TRUE = "You get what comes out if `{0}` is true everywhere: what it leaves out still counts in your version."
INVERTED = "You get what comes out if `{0}` is false where it is true, and true where it is false."
FULL = "You get what comes out if all `{0}` reach to the end of the array: padding counts in your version."
ONE_MORE = "You get what comes out if `{0}` is one more than it is. Where does counting begin, and where does it end?"
ONE_LESS = "You get what comes out if `{0}` is one less than it is. Where does counting begin, and where does it end?"
DEFAULT = "`{0}` has no effect in your version: you get what comes out if it has its default."
EXCHANGED = "You get what comes out if `{0}` and `{1}` are exchanged."
HALVES = "You get what comes out if the two halves of each array of `{0}` are exchanged. Which stands first?"
STATE_KEPT = (
    "You get what comes out if each step starts from the first state: the `{0}` gives a new one, for the next step."
)
INPUT_KEPT = "You get what comes out if the `{0}` reads the same in each step as in the first."
AS_IT_CAME = "You return `{0}` as it came in, where something new is asked for."
TIMES = "Your values are the right ones times {0}: a division is missing, or there is a product too many."
DIVIDED = "Your values are the right ones divided by {0}: there is a division too many, or a product missing."


def argument_slips(reference: Callable[..., Any], call: Call) -> list[Slip]:
    """All slips of an exercise that have to do with its arguments.

    Args:
        reference: the right function.
        call: one call of it, which shows what its arguments are.
    """
    try:
        signature = inspect.signature(reference)
        signature.bind(*call.args, **call.kwargs)
    except (TypeError, ValueError):  # an instructor may call it in another way, or write one that has no signature
        return []

    def bind(call: Call) -> inspect.BoundArguments:
        bound = signature.bind(*copied(call.args), **copied(call.kwargs))
        bound.apply_defaults()
        return bound

    given = bind(call)
    defaults = {name: p.default for name, p in signature.parameters.items() if p.default is not p.empty}

    def turned(text: str, changes: dict[Path, Change]) -> Slip:
        def change(right: Any, call: Call) -> Any:
            if not same(call.result, right) and not np.any(first_fault(call.result, right)[0]):
                raise ValueError("nothing but zeros could come from anywhere")
            bound = bind(call)
            arguments = dict(bound.arguments)
            for path, other in changes.items():
                bound.arguments[path[0]] = _replaced(bound.arguments[path[0]], path[1:], other, arguments)
            with contextlib.suppress(Exception):
                return reference(*bound.args, **bound.kwargs)
            return FAILED

        return Slip("argument", change, text)

    found: list[Slip] = []
    for name, value in given.arguments.items():
        if name in defaults:
            found.append(turned(DEFAULT.format(name), {(name,): lambda part, _, default=defaults[name]: default}))
        for path, text, change in _changes((name,), value, counted=not isinstance(call.result, int | float)):
            found.append(turned(text, {path: change}))
    for one, other in _pairs((), given.arguments):
        exchange: dict[Path, Change] = {one: _take(other), other: _take(one)}
        found.append(turned(EXCHANGED.format(".".join(one), ".".join(other)), exchange))

    return found + [
        slip
        for path, value in _leaves((), given.arguments)
        for slip in _beside(".".join(path), value, lambda call, path=path: _part(bind(call).arguments, path))
    ]


def _beside(label: str, value: Any, taken_from: Callable[[Call], Any]) -> Iterator[Slip]:
    """Slips whose values are those of an argument, or the right ones with a size of it for a factor."""
    if isinstance(value, np.ndarray):
        yield relation("as_it_came", lambda got, _, call: same(got, taken_from(call)), AS_IT_CAME.format(label), 2)
    for size, words in _sizes(value, f"`{label}`"):
        for text, power in ((TIMES, 1.0), (DIVIDED, -1.0), (TIMES, 0.5), (DIVIDED, -0.5)):

            def holds(got: Any, want: Any, call: Call, size=size, power=power) -> bool:
                factor = float(size(taken_from(call))) ** power
                return factor != 1.0 and isinstance(want, float | np.ndarray) and same(got, want * factor)

            said = text.format(words if abs(power) == 1.0 else f"the root of {words}")
            yield relation("times_a_size", holds, said, 2)


def _part(arguments: dict[str, Any], path: Path) -> Any:
    part = arguments[path[0]]
    for field in path[1:]:
        part = getattr(part, field)
    return part


def _leaves(path: Path, parts: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name, part in parts.items():
        if hasattr(part, "_asdict"):
            yield from _leaves((*path, name), part._asdict())
        else:
            yield (*path, name), part


def _sizes(value: Any, label: str) -> Iterator[tuple[Callable[[Any], float], str]]:
    """What of an argument may be counted, with what to call it."""
    if isinstance(value, np.ndarray):
        for axis in range(value.ndim):
            yield partial(np.size, axis=axis), f"the size of axis {axis} of {label}"
        if value.ndim > 1:
            yield np.size, f"the number of entries of {label}"
        if value.dtype == bool:
            yield np.sum, f"how often {label} is true"
    elif isinstance(value, list):
        yield len, f"the length of {label}"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float, label


def _replaced(value: Any, fields: Path, change: Change, arguments: dict[str, Any]) -> Any:
    if not fields:
        return change(value, arguments)
    part = _replaced(getattr(value, fields[0]), fields[1:], change, arguments)
    return value._replace(**{fields[0]: part})


_LARGEST_SIZE = 1000
"""A seed may be a large number, and would be a very large size."""


def _take(path: Path) -> Change:
    def take(part: Any, arguments: dict[str, Any]) -> Any:
        other = _part(arguments, path)
        if np.shape(other) != np.shape(part) or (isinstance(other, int) and other > _LARGEST_SIZE):
            raise ValueError("these cannot be exchanged")
        return other

    return take


def _pairs(path: Path, parts: dict[str, Any]) -> Iterator[tuple[Path, Path]]:
    """Arguments, or fields of one argument, that could be taken for each other."""
    for one, other in combinations(parts, 2):
        a, b = parts[one], parts[other]
        if type(a) is type(b) and isinstance(a, np.ndarray | int | float) and np.shape(a) == np.shape(b):
            yield (*path, one), (*path, other)
    for name, part in parts.items():
        if hasattr(part, "_asdict"):
            yield from _pairs((*path, name), part._asdict())


def _changes(path: Path, value: Any, counted: bool) -> Iterator[tuple[Path, str, Change]]:
    """What may be made of an argument or of a part of it, with what to say; of a number if something is `counted`."""
    label = ".".join(path)
    if hasattr(value, "_asdict"):
        for field, part in value._asdict().items():
            yield from _changes((*path, field), part, counted)
        if all(isinstance(part, np.ndarray) and part.ndim and part.shape[-1] % 2 == 0 for part in value):
            yield path, HALVES.format(label), lambda part, _: type(part)(*map(_halves_exchanged, part))
    elif isinstance(value, bool):
        yield path, INVERTED.format(label), lambda part, _: not part
    elif isinstance(value, int) and counted:
        yield path, ONE_MORE.format(label), lambda part, _: part + 1
        yield path, ONE_LESS.format(label), lambda part, _: part - 1
    elif path == ("lengths",):
        yield path, FULL.format(label), lambda part, arguments: [_width(arguments)] * len(part)
        yield path, FIRST_ROW.format(label), lambda part, _: [part[0]] * len(part)
    elif isinstance(value, np.ndarray) and value.ndim:
        yield from ((path, text, change) for text, change in _array_changes(label, value, len(path) == 1))
    elif path[-1] in _HANDS_ON:
        yield from (
            (path, (INPUT_KEPT, STATE_KEPT)[place].format(label), lambda part, _, place=place: _stuck(part, place))
            for place in _HANDS_ON[path[-1]]
        )


def _array_changes(label: str, value: np.ndarray, alone: bool) -> Iterator[tuple[str, Change]]:
    if value.dtype == bool:
        yield ALL_TRUE.format(label), lambda a, _: np.ones_like(a)
        yield INVERTED.format(label), lambda a, _: ~a
    elif value.dtype.kind == "f":
        yield ZERO.format(label), lambda a, _: np.zeros_like(a)
        if value.ndim == 2 and value.shape[0] == value.shape[1]:
            yield TRANSPOSED.format(label), lambda a, _: a.T
    if alone:
        axis = min(value.ndim - 1, 1)
        yield REVERSED.format(label, axis), lambda a, _: np.flip(a, axis)
        if value.ndim > 1:
            yield FIRST_ROW.format(label), lambda a, _: np.repeat(a[:1], len(a), axis=0)


def _halves_exchanged(a: np.ndarray) -> np.ndarray:
    return np.roll(a, a.shape[-1] // 2, axis=-1)


def _width(arguments: dict[str, Any]) -> int:
    """How many steps the arrays of a call have."""
    return next(np.shape(a)[1] for a in arguments.values() if isinstance(a, np.ndarray) and a.ndim > 1)


_HANDS_ON = {"decoder": (1, 0), "step": (1, 0), "model": (0,)}
"""Arguments that are called step by step, and which of what they are called with comes from the step before."""


def _stuck(function: Callable[..., Any], place: int) -> Callable[..., Any]:
    """A cell or a decoder one of whose arguments stays what it was in the first call."""
    first: list[Any] = []

    def stuck(*args: Any) -> Any:
        first.append(args[place])
        return function(*args[:place], first[0], *args[place + 1 :])

    return stuck

"""A student's function as checks call it: in this process, or across the wall of the sandbox."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from autograder.checking.comparing import FAILED, CheckFailed, same

Torch = Literal["all", "no layers", "none"]
"""How much of torch a student's function may use: all of it, all but its recurrent layers and cells, or nothing that
computes."""


class StudentFunction(Protocol):
    """A function of the student's, wherever it lives."""

    calls: list["Call"]
    raised: Exception | None
    """What it raised last, if it did so in this process."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


@dataclass(frozen=True)
class Call:
    """One call of a student's function: what went in, what came out, which arguments it changed in place.

    What came out is `FAILED` where the function raised.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    mutated: tuple[str, ...] = ()


class RemoteFunction:
    """A function of a student's notebook, called across the wall of the sandbox."""

    def __init__(self, name: str, call: Callable[..., Any]):
        """
        Args:
            name: its name in the notebook.
            call: `call(name, args, kwargs, substitutes, torch)`, which returns a result and what was changed in place.
        """
        self.calls: list[Call] = []
        self.raised: Exception | None = None
        self.substitutes: Mapping[str, Callable[..., Any]] = {}
        self._name = name
        self.torch: Torch = "all"
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            answer = self._call(self._name, args, kwargs, self.substitutes, self.torch)
        except Exception:
            self.calls.append(Call(args, kwargs, FAILED))
            raise
        self.calls.append(Call(args, kwargs, answer.result, answer.mutated))
        return answer.result


class LocalFunction:
    """A function of this process, which gets copies, as it would across a wall."""

    def __init__(self, function: Callable[..., Any]):
        self.calls: list[Call] = []
        self.raised: Exception | None = None
        self.substitutes: Mapping[str, Callable[..., Any]] = {}
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given_args, given_kwargs = copied(args), copied(kwargs)
        with _substituted(getattr(self._function, "__globals__", {}), self.substitutes):
            try:
                result = self._function(*given_args, **given_kwargs)
            except Exception as error:
                self.raised = error
                self.calls.append(Call(args, kwargs, FAILED))
                raise
        changed = () if same((given_args, given_kwargs), (args, kwargs), tolerance=0.0) else ("an argument",)
        self.calls.append(Call(args, kwargs, result, changed))
        return result


@contextlib.contextmanager
def _substituted(namespace: dict[str, Any], others: Mapping[str, Any]) -> Iterator[None]:
    kept = {name: namespace[name] for name in others if name in namespace}
    namespace.update({name: others[name] for name in kept})
    try:
        yield
    finally:
        namespace.update(kept)


def copied(value: Any) -> Any:
    """A deep copy of arguments: arrays and the containers around them; anything else as it is."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(copied, value))
    if isinstance(value, list | tuple):
        return type(value)(map(copied, value))
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return value


def expect_unchanged(student: StudentFunction, calls: slice = slice(-1, None)) -> None:
    """Some calls, by default the last, must have left their arguments as they were.

    Raises:
        CheckFailed: if one did not.
    """
    if any(call.mutated for call in student.calls[calls]):
        raise CheckFailed(
            "an argument was changed in place. Write `a = a + b` rather than `a += b` for arrays that were handed in"
        )

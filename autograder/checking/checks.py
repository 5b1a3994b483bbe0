"""Hidden checks: named, worth points, and run outside the student's process.

A unit's checks are plain functions that take the student's function:

    check_lstm_step = CheckSet("lstm-step", lstm_step, mutants.lstm_step)

    @check_lstm_step.that("one step with a single unit", points=1)
    def _(student, rng):
        ...
        expect_same(student(x, state, params), lstm_step(x, state, params), "the new state")

`check_lstm_step(lstm_step)` runs them all and returns a `Verdict`. The same line works on a function of this process,
as in stock nbgrader, and on a `RemoteFunction`, which lives behind the walls of a sandbox.
"""

import contextlib
import html
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from autograder.checking.mutants import Mutant
from autograder.checking.ready_made import ready_made

SEED: ContextVar[int | None] = ContextVar("SEED", default=None)
"""From which the inputs of checks are drawn. Grading sets it, so that grading twice gives the same."""


NOT_WRITTEN = "not written yet"
READY_MADE = (
    "this exercise asks you to write it, and torch's {} does it for you. "
    "Compare with it as you like, but let your function do without"
)


class CheckFailed(AssertionError):
    """A check did not hold; the message says what is wrong and where to look, never what is right."""


class StudentFunction(Protocol):
    """A function of the student's, wherever it lives."""

    calls: list["Call"]
    raised: Exception | None
    """What it raised last, if it did so in this process."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


@dataclass(frozen=True)
class Call:
    """One call of a student's function: what went in, what came out, which arguments it changed in place."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    mutated: tuple[str, ...] = ()


CheckFunction = Callable[[StudentFunction, np.random.Generator], None]


@dataclass(frozen=True)
class Check:
    """One named check."""

    name: str
    points: float
    run: CheckFunction
    after: str | None = None


@dataclass(frozen=True)
class CheckResult:
    """How one check went."""

    name: str
    points: float
    passed: bool
    message: str = ""
    waits: bool = False
    """Whether it was not tried, since an earlier check has to pass first."""


@dataclass(frozen=True)
class Verdict:
    """How an exercise went: what each check gave, and which misconception explains what was wrong.

    Its repr is the score alone, which is how nbgrader takes partial credit from a cell's last expression.
    """

    exercise: str
    results: tuple[CheckResult, ...]
    misconception: str | None = None

    @property
    def score(self) -> float:
        return float(sum(result.points for result in self.results if result.passed))

    @property
    def max_score(self) -> float:
        return float(sum(result.points for result in self.results))

    @property
    def reason(self) -> str:
        """Why points were lost, in one line; empty if none were."""
        failed = [result for result in self.results if not result.passed]
        if not failed:
            return ""
        if self.misconception:
            return self.misconception
        everywhere = len({result.message for result in failed if not result.waits}) == 1
        return failed[0].message if everywhere else f"{failed[0].name}: {failed[0].message}"

    def __float__(self) -> float:
        return self.score

    def __repr__(self) -> str:
        return f"{self.score:g}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a notebook's metadata."""
        return {
            "exercise": self.exercise,
            "score": self.score,
            "max_score": self.max_score,
            "misconception": self.misconception,
            "reason": self.reason,
            "checks": [vars(result) for result in self.results],
        }

    def to_html(self) -> str:
        """A table of the checks, of the few elements that nbconvert's sanitiser lets through."""
        rows = "".join(
            f"<tr><td>{'✓ passed' if r.passed else '✗ not yet'}</td><td>{html.escape(r.name)}"
            + (f"<div>{html.escape(r.message)}</div>" if r.message else "")
            + f"</td><td>{r.points if r.passed else 0:g} of {r.points:g}</td></tr>"
            for r in self.results
        )
        advice = f"<div><b>{html.escape(self.misconception)}</b></div>" if self.misconception else ""
        total = f"<b>{self.score:g} of {self.max_score:g}</b>"
        return f"<table><tr><td></td><td><b>{self.exercise}</b></td><td>{total}</td></tr>{rows}</table>{advice}"

    _repr_html_ = to_html

    def to_text(self) -> str:
        """The same for a terminal."""
        lines = [f"{self.exercise}: {self.score:g} of {self.max_score:g} points"]
        for r in self.results:
            mark = "passed" if r.passed else "not yet"
            lines.append(f"  {mark:8}{r.points:g}  {r.name}" + (f": {r.message}" if r.message else ""))
        return "\n".join(lines + ([f"  {self.misconception}"] if self.misconception else []))


@dataclass
class CheckSet:
    """All hidden checks of one exercise.

    Attributes:
        exercise: the exercise's id, which is also the grade_id of its solution cell.
        reference: the right implementation; its name is the name of the student's function.
        mutants: wrong implementations, each with its misconception.
        uses: earlier exercises that this one builds on, by name. While it is checked they are answered by the
            reference, from outside, so that an earlier mistake does not cost points here.
        torch_layers: whether the answer may leave its work to torch's own recurrent layers, which this exercise then
            does not ask to write.
    """

    exercise: str
    reference: Callable[..., Any]
    mutants: Sequence[Mutant] = ()
    uses: Sequence[Callable[..., Any]] = ()
    torch_layers: bool = False
    checks: list[Check] = field(default_factory=list)

    @property
    def points(self) -> float:
        """What the exercise is worth."""
        return float(sum(check.points for check in self.checks))

    @property
    def substitutes(self) -> dict[str, Callable[..., Any]]:
        """The functions of `uses`, by name."""
        return {function.__name__: function for function in self.uses}

    def that(self, name: str, points: float, after: str | None = None) -> Callable[[CheckFunction], CheckFunction]:
        """Add a check.

        Args:
            name: what is checked, as the student will read it.
            points: what it is worth.
            after: the name of an earlier check without which this one would give points for nothing, such as
                "leaves its inputs alone" for a function that does nothing.
        """

        def add(run: CheckFunction) -> CheckFunction:
            self.checks.append(Check(name, points, run, after))
            return run

        return add

    def __call__(self, function: Callable[..., Any], seed: int | None = None) -> Verdict:
        """Run all checks.

        Args:
            function: the student's, or any other that claims to be the exercise.
            seed: from which the inputs are drawn; that of `SEED` if None, else a fresh one.
        """
        seed = SEED.get() if seed is None else seed
        seed = int.from_bytes(os.urandom(8)) if seed is None else seed
        student = function if isinstance(function, RemoteFunction) else LocalFunction(function)
        student.substitutes = self.substitutes
        if isinstance(student, RemoteFunction) and not self.torch_layers:
            layer = student.ready_made()
            if layer:
                message = READY_MADE.format(layer)
                return Verdict(self.exercise, tuple(CheckResult(c.name, c.points, False, message) for c in self.checks))
        results: list[CheckResult] = []
        asked: list[Call] = []
        failed: list[list[Call]] = []
        for number, check in enumerate(self.checks):
            passed = {result.name for result in results if result.passed}
            if check.after is not None and check.after not in passed:
                message = f"counts once “{check.after}” passes"
                results.append(CheckResult(check.name, check.points, False, message, waits=True))
                continue
            student.calls.clear()
            try:
                check.run(student, np.random.default_rng([seed, number]))
                results.append(CheckResult(check.name, check.points, True))
            except Exception as error:
                message = say(error, raised_by_student=error is student.raised)
                results.append(CheckResult(check.name, check.points, False, message))
                failed.append(list(student.calls))
            asked += student.calls
        # What one mistake gives everywhere is that mistake; of several at once, the first to be seen is named.
        evidence = [asked, *failed] if failed else []
        named = (explain(calls, self.reference, self.mutants) for calls in evidence)
        return Verdict(self.exercise, tuple(results), next((text for text in named if text), None))


class RemoteFunction:
    """A function of a student's notebook, called across the wall of the sandbox."""

    def __init__(self, name: str, call: Callable[..., Any], sources: Sequence[str] = ()):
        """
        Args:
            name: its name in the notebook.
            call: `call(name, args, kwargs, substitutes)`, which returns a result and what was changed in place.
            sources: the cells that have run in the notebook.
        """
        self.calls: list[Call] = []
        self.raised: Exception | None = None
        self.substitutes: Mapping[str, Callable[..., Any]] = {}
        self._name = name
        self._call = call
        self._sources = tuple(sources)

    def ready_made(self) -> str:
        """The recurrent layer of torch that it leaves its work to; empty if there is none."""
        return ready_made(self._name, self._sources, self.substitutes)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        answer = self._call(self._name, args, kwargs, self.substitutes)
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
        given_args, given_kwargs = _copy(args), _copy(kwargs)
        with _substituted(getattr(self._function, "__globals__", {}), self.substitutes):
            try:
                result = self._function(*given_args, **given_kwargs)
            except Exception as error:
                self.raised = error
                raise
        changed = () if same((given_args, given_kwargs), (args, kwargs)) else ("an argument",)
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


def _copy(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(_copy, value))
    if isinstance(value, list | tuple):
        return type(value)(map(_copy, value))
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return value


def say(error: Exception, raised_by_student: bool = False) -> str:
    """What an exception in a check says to the student.

    Args:
        error: the exception.
        raised_by_student: whether it came out of the student's function. One that is the check's own, and was not made
            to be read, might tell the answer.
    """
    if isinstance(error, CheckFailed):
        return str(error)
    if isinstance(error, NotImplementedError):
        return NOT_WRITTEN
    if type(error).__name__ in ("StudentError", "Ended"):
        return str(error.args[0])
    if raised_by_student:
        return f"{type(error).__name__}: {error}"[:500]
    return f"the check could not go on with what your function returned ({type(error).__name__})"


def explain(calls: Sequence[Call], reference: Callable[..., Any], mutants: Sequence[Mutant]) -> str | None:
    """Find the misconception that gives what the student's function gave, in every one of some calls.

    Of a result in several parts, what follows the first wrong part is not compared: a cache made of wrong gates may
    be wrong in ways of its own.

    Args:
        calls: the recorded calls.
        reference: the right implementation.
        mutants: wrong implementations.

    Returns:
        The misconception of the first mutant that agrees with all calls, or None.
    """
    evidence = [(call, _up_to_first_fault(call, reference)) for call in calls]
    if all(fault is None for _, fault in evidence):
        return None
    for mutant in mutants:
        if all(
            same(_head(call.result, fault), _head(_apply(mutant.function, call), fault)) for call, fault in evidence
        ):
            return mutant.misconception
    return None


class _Failed:
    """Stands for the result of an implementation that raised; equal to no result."""


def _apply(function: Callable[..., Any], call: Call) -> Any:
    with np.errstate(all="ignore"), contextlib.suppress(Exception):
        return function(*_copy(call.args), **_copy(call.kwargs))
    return _Failed()


def _up_to_first_fault(call: Call, reference: Callable[..., Any]) -> int | None:
    """How many parts of a result it takes to see the first fault; None if there is none."""
    want = _apply(reference, call)
    if same(call.result, want):
        return None
    if not isinstance(call.result, tuple) or not isinstance(want, tuple):
        return 1
    shared = min(len(call.result), len(want))
    return next((n for n in range(1, shared + 1) if not same(call.result[:n], want[:n])), shared + 1)


def _head(result: Any, parts: int | None) -> Any:
    return result[:parts] if isinstance(result, tuple) else result


def same(got: Any, want: Any, tolerance: float = 1e-8) -> bool:
    """Whether two values are equal: arrays up to rounding, named tuples as plain ones, everything else exactly."""
    return not differences(got, want, "", tolerance)


def differences(got: Any, want: Any, name: str, tolerance: float = 1e-8) -> list[str]:
    """Where two values differ, in words that do not tell the wanted value.

    Args:
        got: what came.
        want: what was expected.
        name: what the value is called in the words.
        tolerance: the greatest error of an array that counts as none, relative to its greatest entry.
    """
    if isinstance(want, tuple | list):
        if not isinstance(got, tuple | list):
            return [f"{name} should be a {_kind(want)}; got {_describe(got)}"]
        if len(got) != len(want):
            return [f"{name} should have {len(want)} parts; got {len(got)}"]
        fields = getattr(want, "_fields", None) or [f"[{n}]" for n in range(len(want))]
        parts = [f"{name}.{f}" if f[0] != "[" else f"{name}{f}" for f in fields]
        return [d for g, w, n in zip(got, want, parts, strict=True) for d in differences(g, w, n, tolerance)]
    if isinstance(want, dict):
        if not isinstance(got, dict) or got.keys() != want.keys():
            return [f"{name} should be a dictionary with the keys {sorted(want)}; got {_describe(got)}"]
        return [d for key in want for d in differences(got[key], want[key], f"{name}[{key!r}]", tolerance)]
    if isinstance(want, bool | str) or want is None:
        equal = type(got) is type(want) and got == want
        if isinstance(want, bool) and isinstance(got, np.ndarray) and got.shape == () and got.dtype == bool:
            equal = bool(got) == want
        return [] if equal else [f"{name} is not right"]
    if callable(want):
        return [] if got is want else [f"{name} is not the function that was handed in"]
    if isinstance(want, _Failed) or not _is_numeric(got):
        return [f"{name} should be {_describe(want)}; got {_describe(got)}"]
    got_array, want_array = np.asarray(got), np.asarray(want)
    if got_array.dtype == object:
        return [f"{name} is too large a number"]
    if got_array.shape != want_array.shape:
        return [f"{name} should have shape {want_array.shape}; got {got_array.shape}"]
    off = [f"{name}: the right shape, but not the right values" if want_array.shape else f"{name} is not right"]
    if want_array.dtype.kind in "iub":
        return [] if np.array_equal(got_array, want_array) else off
    if not np.all(np.isfinite(got_array)):
        return [f"{name} has entries that are not finite"]
    scale = max(1e-3, float(np.max(np.abs(want_array), initial=0.0)))
    error = np.abs(got_array.astype(complex) - want_array)
    if float(np.max(error, initial=0.0)) <= tolerance * scale:
        return []
    if got_array.dtype.itemsize < want_array.dtype.itemsize and np.max(error) <= 1e-5 * scale:
        return [f"{name} is {got_array.dtype}; keep the dtype of the inputs, {want_array.dtype}"]
    return off


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
        return f"an array of shape {value.shape}"
    if _kind(value) == "Opaque":
        return f"a {value.type}"
    if isinstance(value, tuple):
        return f"a {_kind(value)} of {len(value)}"
    kind = _kind(value)
    return "None" if value is None else f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


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
    """Take a result apart that should be a tuple.

    Args:
        result: what the student's function gave.
        names: what its parts are called, in order.

    Raises:
        CheckFailed: if it is no tuple of that many parts.
    """
    if not isinstance(result, tuple) or len(result) != len(names):
        raise CheckFailed(f"return {len(names)} things: {', '.join(names)}; got {_describe(result)}")
    return result


def expect_unchanged(student: StudentFunction) -> None:
    """The last call must have left its arguments as they were.

    Raises:
        CheckFailed: if it did not.
    """
    if student.calls and student.calls[-1].mutated:
        raise CheckFailed(
            "an argument was changed in place. Write `a = a + b` rather than `a += b` for arrays that were handed in"
        )

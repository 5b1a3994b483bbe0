"""An exercise: its record, its hidden checks and its mistakes, which stand together in one file.

    exercise = Exercise("lstm-step", "One step of the LSTM", lstm_step)

    @exercise.check("the new state of one sequence and one unit", points=1)
    def _(student, rng):
        ...
        expect_same(student(x, state, params), want, "the new state")

    exercise.leaves_inputs(0.5)

    @exercise.mistake("Your output is what an LSTM without its bias gives. ...")
    def no_bias(x, state, params):
        ...

`exercise(function)` runs all checks and returns a `Verdict`. The same call works on a function of this process, as in
stock nbgrader, and on a `RemoteFunction`, which lives behind the walls of a sandbox.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autograder.checking.arguments import argument_slips
from autograder.checking.comparing import FAILED, CheckFailed, Recognised, alike
from autograder.checking.explaining import Mistake, Replay, explain, explain_most
from autograder.checking.relations import PARTS, RELATIONS
from autograder.checking.slips import IN_PLACE, SLIPS
from autograder.checking.student_function import (
    Call,
    LocalFunction,
    RemoteFunction,
    StudentFunction,
    Torch,
    expect_unchanged,
)
from autograder.checking.verdict import CheckResult, Verdict

SEED: ContextVar[int | None] = ContextVar("SEED", default=None)
"""Seed for the inputs of checks. Grading sets it, so that grading twice gives the same."""

LEAVES_INPUTS = "leaves its inputs as they were"
ANY_OTHER = "any other check"
"""What a check comes after that needs no more than a function that does something right."""

NOT_WRITTEN = "not written yet"
NO_FUNCTION = (
    "called again with the same arguments, your function gave another result. What it returns must follow from its "
    "arguments alone: no chance, and nothing that it remembers from an earlier call"
)
REPEATED = 3
"""How many calls are made again of a function that was right in all; of another as many as show whether it is one."""

CheckFunction = Callable[[StudentFunction, np.random.Generator], None]


@dataclass(frozen=True)
class Check:
    """A named check.

    Attributes:
        name: what is checked, as the student reads it.
        points: what it is worth.
        run: calls the student's function and raises `CheckFailed` where it is wrong.
        after: an earlier check that has to pass first; one of them, whichever, if it is `ANY_OTHER`.
    """

    name: str
    points: float
    run: CheckFunction
    after: str | None = None


class Exercise:
    """A function that students write, with its hidden checks and its mistakes.

    Attributes:
        id: names the exercise everywhere; the grade_id of its solution cell. Permanent once submissions exist.
        title: what its heading says after its number.
        reference: the right implementation; its name is the name of the student's function.
        uses: earlier exercises that this one builds on. While it is checked they are answered by their references,
            from outside, so an earlier mistake costs no points here.
        torch: how much of torch an answer may use: "all", "no layers" (all but the recurrent layers and cells, which it
            is to write) or "none". The walls of the sandbox hold it; a function of this process is not hindered.
        draws: whether it draws numbers from a seed, so that a check of its own judges what it gives a second time; of
            any other what is right has to be the same when it is called again.
        checks: in the order in which they run.
        mistakes: at least five, most typical first.
    """

    def __init__(
        self,
        id: str,
        title: str,
        reference: Callable[..., Any],
        uses: Iterable[Callable[..., Any]] = (),
        torch: Torch = "no layers",
        draws: bool = False,
    ):
        self.id = id
        self.title = title
        self.reference = reference
        self.uses = tuple(uses)
        self.torch: Torch = torch
        self.draws = draws
        self.checks: list[Check] = []
        self.mistakes: list[Mistake] = []

    @property
    def points(self) -> float:
        """What the exercise is worth: the sum over its checks."""
        return float(sum(check.points for check in self.checks))

    @property
    def substitutes(self) -> dict[str, Callable[..., Any]]:
        """The functions of `uses`, by name."""
        return {function.__name__: function for function in self.uses}

    def check(self, name: str, points: float, after: str | None = None) -> Callable[[CheckFunction], CheckFunction]:
        """Add a check.

        Args:
            name: what is checked, as the student will read it.
            points: what it is worth.
            after: the name of an earlier check without which this one would give points for nothing, such as
                "leaves its inputs alone" for a function that does nothing; `ANY_OTHER` if one is as good as another.

        Raises:
            ValueError: if there is already a check of this name, or no earlier check is called `after`.
        """
        names = [check.name for check in self.checks]
        if name in names:
            raise ValueError(f"the checks of {self.id} must have names of their own; got {name!r} twice")
        if after not in (None, ANY_OTHER, *names):
            raise ValueError(f"after must be an earlier check of {self.id}, one of {names}; got {after!r}")

        def add(run: CheckFunction) -> CheckFunction:
            self.checks.append(Check(name, points, run, after))
            return run

        return add

    def leaves_inputs(self, points: float) -> None:
        """Add the check that no call made so far has changed its arguments in place.

        It counts for a function that gets at least something right.
        """

        def run(student: StudentFunction, rng: np.random.Generator) -> None:
            expect_unchanged(student, slice(None))

        self.check(LEAVES_INPUTS, points, after=ANY_OTHER)(run)

    def mistake(self, misconception: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Add a wrong implementation, under its own name, with what a student reads whose output equals its."""

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self.mistakes.append(Mistake(function.__name__, function, misconception))
            return function

        return add

    def knob(self, laid_open: Callable[..., Any], name: str, misconception: str, **turned: Any) -> None:
        """Add a mistake that turns some knobs of a helper, which has the parts of the exercise laid open.

        Args:
            laid_open: takes the exercise's arguments, and keyword arguments by default as is right.
            name: what is done wrong, as an identifier.
            misconception: what a student reads whose output equals this one's.
            turned: the keyword arguments that make it wrong.
        """
        self.mistakes.append(Mistake(name, partial(laid_open, **turned), misconception))

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
        if isinstance(student, RemoteFunction):
            student.torch = self.torch
        results: list[CheckResult] = []
        failed: list[Sequence[Call]] = []
        right: list[Call] = []
        recognised: list[str] = []
        for number, check in enumerate(self.checks):
            passed = {result.name for result in results if result.passed}
            if check.after is not None and not (passed if check.after == ANY_OTHER else check.after in passed):
                message = f"counts once “{check.after}” passes"
                results.append(CheckResult(check.name, check.points, False, message, waits=True))
                continue
            before = len(student.calls)
            try:
                check.run(student, np.random.default_rng([seed, number]))
                results.append(CheckResult(check.name, check.points, True))
                right.extend(student.calls[before:])
            except Exception as error:
                message = message_for_student(error, raised_by_student=error is student.raised)
                results.append(CheckResult(check.name, check.points, False, message))
                if any(call.result is not FAILED for call in student.calls[before:]):  # to raise says too little
                    failed.append(student.calls[before:])
                recognised.extend([message] * isinstance(error, Recognised))
        if not self.draws and right and not _is_function(student, len(right) == len(student.calls)):
            return Verdict(self.id, tuple(CheckResult(c.name, c.points, False, NO_FUNCTION) for c in self.checks))
        text = IN_PLACE if _only_inputs(results) else self._explain(student.calls, right, failed, recognised)
        return Verdict(self.id, tuple(results), text)

    def _explain(
        self, calls: Sequence[Call], right: Sequence[Call], failed: Sequence[Sequence[Call]], recognised: Sequence[str]
    ) -> str | None:
        """Find the misconception behind what is wrong.

        What one mistake gives everywhere is that mistake. Slips that any function may have come after those of this
        one; next what explains most of several, what a check has recognised by itself, and last what says only which
        part is right.
        """
        if len(right) == len(calls):
            return next(iter(recognised), None)
        replay, known = Replay(self.reference), [*self.mistakes, *SLIPS]
        by_arguments = argument_slips(self.reference, calls[0])
        return (
            explain(calls, replay, [*known, *by_arguments, *RELATIONS])
            or explain_most(failed, right, replay, known)
            or next(iter(recognised), None)
            or explain(calls, replay, PARTS)
        )


def _is_function(student: StudentFunction, all_right: bool) -> bool:
    """Whether calls that were made give again what they gave."""
    made = len(student.calls)
    returned = [call for call in student.calls if call.result is not FAILED]
    number = REPEATED if all_right else 4 * REPEATED
    try:
        for call in returned[:: max(1, len(returned) // number)][:number]:
            if not alike(student(*call.args, **call.kwargs), call.result):
                return False
    except Exception:
        return False
    finally:
        del student.calls[made:]
    return True


def _only_inputs(results: Sequence[CheckResult]) -> bool:
    """Whether nothing is wrong but that arguments were changed."""
    return [result.name for result in results if not result.passed] == [LEAVES_INPUTS]


def message_for_student(error: Exception, raised_by_student: bool = False) -> str:
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

"""Exercise `make-windows`."""

from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from rnncore.tasks.windows import Windows, make_windows

exercise = Exercise("make-windows", "Windows of a series", make_windows)


def _windows(student: StudentFunction, rng: np.random.Generator, N: int, F: int, L: int, h: int):
    """What came, and what should have, step by step."""
    series = rng.normal(size=(N, F))
    got = expect_parts(student(series, L, h), "inputs", "targets")
    M = N - L - h + 1
    inputs, targets = np.zeros((M, L, F)), np.zeros((M, h, F))
    for m in range(M):
        for step in range(L):
            inputs[m, step] = series[m + step]
        for step in range(h):
            targets[m, step] = series[m + L + step]
    return got, (inputs, targets)


def _rows(got: Any, want: np.ndarray, name: str, hint: str) -> None:
    """The windows that are there must be right; how many there should be is another question."""
    rows = np.asarray(got)
    if rows.ndim != 3 or len(rows) < 2:
        raise CheckFailed(f"{name} should have three axes; got shape {rows.shape}")
    expect_same(rows[: len(want)], want[: len(rows)], name, hint)


@exercise.check("the windows, (M, L, F)", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (inputs, _), (want, _) = _windows(student, rng, N=13, F=2, L=4, h=3)
    _rows(inputs, want, "inputs", "Window m holds the steps m to m + L - 1 of the series.")


@exercise.check("what follows them, (M, h, F)", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, targets), (_, want) = _windows(student, rng, N=14, F=3, L=5, h=2)
    _rows(targets, want, "targets", "Targets m start right behind window m.")


@exercise.check("all windows that fit, and no more", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for L, h in ((4, 3), (2, 5)):
        got, want = _windows(student, rng, N=14, F=2, L=L, h=h)
        for part, right, name in zip(got, want, ("inputs", "targets"), strict=True):
            expect_same(part, right, name, "M = N - L - h + 1: the last target is the last step.")


@exercise.check("sizes of 1, and a series with room for one window", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N, F, L, h in ((6, 1, 1, 1), (2, 3, 1, 1), (7, 2, 4, 3)):
        got, want = _windows(student, rng, N, F, L, h)
        for part, right, name in zip(got, want, ("inputs", "targets"), strict=True):
            expect_same(part, right, name, "Count the windows of a short series on your fingers.")


exercise.leaves_inputs(0.25)


def _cut(series, L, h, starts=None, ahead=None, steps=None):
    """Windows with their parts laid open: where they start, and which steps after that are the targets."""
    starts = range(len(series) - L - h + 1) if starts is None else starts
    ahead, steps = L if ahead is None else ahead, h if steps is None else steps
    inputs = [series[m : m + L] for m in starts]
    targets = [series[m + ahead : m + ahead + steps] for m in starts]
    return Windows(np.array(inputs), np.array(targets))


@exercise.mistake(
    "Your windows lie end to end. Each starts one step after the one before, so that they overlap and none of what the "
    "series can teach is lost."
)
def end_to_end(series, L, h=1):
    return _cut(series, L, h, starts=range(0, len(series) - L - h + 1, max(L, 2)))


@exercise.mistake(
    "Your last window is missing. A series of N steps has N - L - h + 1 of them; range leaves its end out."
)
def last_one_missing(series, L, h=1):
    return _cut(series, L, h, starts=range(len(series) - L - h))


@exercise.mistake(
    "Your windows have time on the first axis and the windows on the second. Windows come first: (M, L, F)."
)
def time_first(series, L, h=1):
    return Windows(*(part.swapaxes(0, 1) for part in _cut(series, L, h)))


@exercise.mistake("Your windows are flat, (M, L F). Steps and features keep an axis each: (M, L, F).")
def flat(series, L, h=1):
    return Windows(*(part.reshape(len(part), -1) for part in _cut(series, L, h)))


@exercise.mistake("Your windows run backwards, the newest step first. Time runs as in the series.")
def newest_first(series, L, h=1):
    inputs, targets = _cut(series, L, h)
    return Windows(inputs[:, ::-1], targets)


@exercise.mistake(
    "Your targets start with the last step of the window, which the model has been shown already. They start with the "
    "step after it."
)
def targets_already_seen(series, L, h=1):
    return _cut(series, L, h, ahead=L - 1)


@exercise.mistake(
    "Your targets are the last of the h steps alone. All h steps that follow a window are wanted: (M, h, F)."
)
def last_target_only(series, L, h=1):
    return _cut(series, L, h, ahead=L + h - 1, steps=1)


@exercise.mistake("Your targets are the first step after the window alone: h does not come in. They are (M, h, F).")
def first_target_only(series, L, h=1):
    return _cut(series, L, h, steps=1)


@exercise.mistake("Your targets are the windows themselves, one step on. They are the h steps that follow the window.")
def windows_one_step_on(series, L, h=1):
    return _cut(series, L, h, ahead=1, steps=L)


@exercise.mistake("Your targets begin a step too late: the step right behind the window belongs to no target.")
def a_step_is_skipped(series, L, h=1):
    return _cut(series, L, h, starts=range(len(series) - L - h), ahead=L + 1)


@exercise.mistake("Your windows start every L steps, end to end. There is one for each step at which it still fits.")
def apart_by_their_length(series, L, h=1):
    return _cut(series, L, h, starts=range(0, len(series) - L - h + 1, L))


@exercise.mistake("You have windows whose targets would lie behind the end. M = N - L - h + 1: h counts, too.")
def more_windows_than_targets(series, L, h=1):
    return Windows(_cut(series, L, 0, starts=range(len(series) - L)).inputs, _cut(series, L, h).targets)


@exercise.mistake("Where h is 1 your targets have no axis of steps. They are (M, 1, F) then.")
def targets_without_their_axis(series, L, h=1):
    inputs, targets = _cut(series, L, h)
    return Windows(inputs, targets[:, 0] if h == 1 else targets)


@exercise.mistake("Your targets are the windows themselves, h steps on. They are the h steps that follow the window.")
def windows_h_steps_on(series, L, h=1):
    return _cut(series, L, h, ahead=h, steps=L)


@exercise.mistake("Your windows start every h steps. There is one for each step at which window and targets still fit.")
def apart_by_the_horizon(series, L, h=1):
    return _cut(series, L, h, starts=range(0, len(series) - L - h + 1, h))


@exercise.mistake(
    "Your targets are the step behind the window, without an axis of steps: h does not come in. They are (M, h, F)."
)
def next_step_without_its_axis(series, L, h=1):
    inputs, targets = _cut(series, L, h)
    return Windows(inputs, targets[:, 0])

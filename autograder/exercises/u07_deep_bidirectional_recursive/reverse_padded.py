"""Exercise `reverse-padded`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from rnncore.functional.sequence.padding import reverse_padded
from rnncore.functional.sequence.padding import reverse_padded as right_reverse

exercise = Exercise("reverse-padded", "Turn padded sequences around", reverse_padded)


def _turned(xs: np.ndarray, lengths: Sequence[int]) -> np.ndarray:
    """The oracle: step by step."""
    want = xs.copy()
    for b, n in enumerate(lengths):
        for t in range(n):
            want[b, t] = xs[b, n - 1 - t]
    return want


def _run_reverse(student: StudentFunction, rng: np.random.Generator, T: int, D: int, lengths: Any):
    xs = rng.normal(size=(len(lengths), T, D))
    return student(xs, lengths), _turned(xs, lengths), np.arange(T) < np.array(lengths)[:, None]


@exercise.check("sequences without padding are turned around", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T, lengths in ((6, [6, 6]), (5, [5]), (1, [1, 1])):
        got, want, _ = _run_reverse(student, rng, T, 3, lengths)
        expect_same(got, want, "the sequences", "The first step of the result is the last step of the sequence.")


@exercise.check("sequences of different lengths are turned around", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T, lengths in ((6, [4, 6, 2, 3]), (5, [2, 3]), (5, [3, 3])):
        got, want, there = _run_reverse(student, rng, T, 3, lengths)
        shown = np.where(there[:, :, None], got, 0.0) if np.shape(got) == want.shape else got
        hint = "The first step of the result is the last step of the sequence, which is not that of the row."
        expect_same(shown, np.where(there[:, :, None], want, 0.0), "the sequences, without the padding", hint)


@exercise.check("the padding stays as it was", points=0.5, after="sequences without padding are turned around")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths in ([3, 1, 5, 4], [3, 2]):
        got, want, there = _run_reverse(student, rng, 5, 2, lengths)
        if np.shape(got) != want.shape:
            raise CheckFailed(f"the sequences should have shape {want.shape}; got {np.shape(got)}")
        expect_same(np.asarray(got)[~there], want[~there], "the padding", "It comes back as it was, where it was.")


@exercise.check("no steps, one step, all steps", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths in ([0, 1, 4, 2], np.array([0, 1, 4, 2])):
        got, want, _ = _run_reverse(student, rng, 4, 3, lengths)
        expect_same(got, want, "the sequences with their padding", "A length may be anything from 0 to T.")


exercise.leaves_inputs(0.25)


def _steps(xs, lengths, order):
    """For each row, the steps that `order(n, T)` names."""
    return np.stack([row[order(int(n), xs.shape[1])] for row, n in zip(xs, lengths, strict=True)])


@exercise.mistake(
    "You turn whole rows around, so a short sequence now begins with its padding. Each row has a length of its own, "
    "and only so many of its steps change places."
)
def whole_rows(xs, lengths):
    return xs[:, ::-1].copy()


@exercise.mistake(
    "Your sequences are turned around, but their padding is lost: it became zero. What stands there is not yours to "
    "change."
)
def padding_becomes_zero(xs, lengths):
    there = np.arange(xs.shape[1]) < np.array([int(n) for n in lengths])[:, None]
    return np.where(there[:, :, None], right_reverse(xs, lengths), 0.0)


@exercise.mistake(
    "You turn the batch around instead of the steps: sequences stand in each other's places. Time is the second axis."
)
def batch_turned(xs, lengths):
    return xs[::-1].copy()


@exercise.mistake(
    "You turn the numbers of each step around instead of the steps. Time is the second axis, not the last."
)
def features_turned(xs, lengths):
    return xs[:, :, ::-1].copy()


@exercise.mistake(
    "Your sequences begin one step too late, in the padding. With n steps counted from 0, the last one is number n - 1."
)
def one_step_too_late(xs, lengths):
    return _steps(xs, lengths, lambda n, T: [*(min(n - t, T - 1) for t in range(n)), *range(n, T)])


@exercise.mistake("You use one length for all rows, that of the first. Each row has a length of its own.")
def one_length_for_all(xs, lengths):
    return right_reverse(xs, [lengths[0]] * len(xs))


@exercise.mistake("Your sequences come back as they went in. The last step of each should now be its first.")
def nothing_turned(xs, lengths):
    return xs.copy()


@exercise.mistake(
    "You move the padding of each row to its front. The padding stays at the end; the sequence alone is turned."
)
def padding_to_the_front(xs, lengths):
    return _steps(xs, lengths, lambda n, T: [*range(n, T), *range(n)])


@exercise.mistake("You turn the padding around as well. What stands there is not yours to change.")
def padding_turned(xs, lengths):
    return _steps(xs, lengths, lambda n, T: [*range(n - 1, -1, -1), *range(T - 1, n - 1, -1)])


@exercise.mistake("You put the padding in front. It stays where it was, behind the sequence.")
def padding_in_front(xs, lengths):
    return _steps(xs, lengths, lambda n, T: [*range(n, T), *range(n - 1, -1, -1)])


@exercise.mistake("You turn one step too few: the last step of each sequence stays. xs[b, :n] has all n.")
def last_step_stays(xs, lengths):
    return _steps(xs, lengths, lambda n, T: [*range(n - 2, -1, -1), *range(max(0, n - 1), T)])


@exercise.mistake(
    "You count from the end of the row: xs[b, -1 - t] is in the padding. The last step of a sequence is n - 1."
)
def counted_from_the_end_of_the_row(xs, lengths):
    return _steps(xs, lengths, lambda n, T: [*range(T - 1, T - 1 - n, -1), *range(n, T)])


@exercise.mistake("Your slice ends before the first step: [n - 1 : 0 : -1] leaves out step 0. [:n][::-1] has it.")
def first_step_left_out(xs, lengths):
    return _steps(xs, lengths, lambda n, T: [*range(n - 1, 0, -1), *range(max(0, n - 1), T)])


@exercise.mistake("The last sequence of the batch is not turned. Does your loop end one row too early?")
def last_row_left_out(xs, lengths):
    return right_reverse(xs, [*lengths[:-1], 0])


@exercise.mistake(
    "You turn one step too many, so each short sequence begins with a step of its padding. With n steps counted from "
    "0, the last one is number n - 1."
)
def one_step_too_many(xs, lengths):
    return right_reverse(xs, [min(int(n) + 1, xs.shape[1]) for n in lengths])

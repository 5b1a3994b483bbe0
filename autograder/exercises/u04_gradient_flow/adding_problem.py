"""Exercise `adding-problem`."""

import numpy as np

from autograder.checking import ANY_OTHER, CheckFailed, Exercise, Recognised, StudentFunction, expect_parts, expect_same
from rnncore.tasks.adding_problem import adding_problem

exercise = Exercise("adding-problem", "Remember two numbers out of many", adding_problem, draws=True)

NEGATIVE = "Your numbers are normal, or reach below 0. They are uniform between 0 and 1."
ANYWHERE = "Both marks fall anywhere in the sequence. One belongs to the first T // 2 steps, the other to the rest."
SHARED = "All your sequences are marked at the same steps. Draw the steps for each sequence anew."
LAST_STEP_LEFT_OUT = (
    "The last step of a half is never marked. The upper end of `rng.integers` is left out already; do not subtract 1."
)


def _draw(student: StudentFunction, rng: np.random.Generator, B: int, T: int) -> tuple[np.ndarray, np.ndarray]:
    xs, targets = expect_parts(student(B, T, int(rng.integers(2**31))), "xs", "the targets")
    xs, targets = np.asarray(xs), np.asarray(targets)
    if xs.shape != (B, T, 2):
        raise CheckFailed(f"xs should be an array of shape {(B, T, 2)}; got {xs.shape}")
    return xs, targets


@exercise.check("one mark in each half, whatever the length", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (2, 3, 8):
        xs, _ = _draw(student, rng, 50, T)
        halves = xs[:, : T // 2, 1], xs[:, T // 2 :, 1]
        if not set(np.unique(xs[:, :, 1])) <= {0.0, 1.0}:
            raise CheckFailed("xs[:, :, 1] holds the marks, which are 0 or 1")
        middle = (T + 1) // 2
        if middle > T // 2 and np.all(xs[:, :middle, 1].sum(axis=1) == 1.0) and np.any(halves[0].sum(axis=1) != 1.0):
            raise Recognised("Where T is odd, your first half is the longer one. It has T // 2 steps.")
        if np.all(xs[:, :, 1].sum(axis=1) == 2.0) and np.any(halves[1].sum(axis=1) == 2.0):
            raise Recognised(ANYWHERE)
        if any(np.any(half.sum(axis=1) != 1.0) for half in halves):
            raise CheckFailed("each sequence has one mark among its first T // 2 steps, and one among the rest")


@exercise.check("the target is the sum of the two marked numbers", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (6, 9):
        xs, targets = _draw(student, rng, 20, T)
        want = [sum(number for number, mark in sequence if mark == 1.0) for sequence in xs.tolist()]
        if targets.shape != (20,):
            raise CheckFailed(f"the targets should have shape (20,), one number for each sequence; got {targets.shape}")
        products = [np.prod([number for number, mark in sequence if mark == 1.0]) for sequence in xs.tolist()]
        if np.allclose(targets, products):
            raise Recognised("Your targets are products of the two marked numbers. Asked for are their sums.")
        expect_same(targets, np.array(want), "the targets", "See (4.10): one sum for each sequence.")
        if np.any(np.sum(xs[:, :, 1], axis=1) != 2.0):
            raise CheckFailed("two numbers of each sequence are marked")


@exercise.check("numbers and marks are drawn evenly, for each sequence anew", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    B, T = 3000, 5
    xs, _ = _draw(student, rng, B, T)
    numbers, marks = xs[:, :, 0], xs[:, :, 1]
    if numbers.min() < 0.0:
        raise Recognised(NEGATIVE)
    if not (np.all(numbers >= 0.0) and np.all(numbers < 1.0)):
        raise CheckFailed("the numbers lie in [0, 1)")
    if np.all(numbers == numbers[0]):
        raise Recognised("All your sequences hold the same numbers. Draw B times T of them, rng.random((B, T)).")
    if len(np.unique(numbers)) < B * T - 25:
        raise CheckFailed("some numbers come again; draw each of the B times T by itself, rng.random((B, T))")
    if not set(np.unique(marks)) <= {0.0, 1.0}:
        raise CheckFailed("xs[:, :, 1] holds the marks, which are 0 or 1")
    deviation = 5.0 / np.sqrt(12.0 * B * T)
    if abs(numbers.mean() - 0.5) > deviation or abs(numbers.var() - 1 / 12) > deviation:
        raise CheckFailed("the numbers are not spread evenly over [0, 1)")
    if np.all(marks == marks[0]):
        raise Recognised(SHARED)
    shares = [marks[:, :2].mean(axis=0), marks[:, 2:].mean(axis=0)]
    if shares[1][2] == 0.0 and abs(shares[1][0] - 0.5) < 0.1:
        raise Recognised(LAST_STEP_LEFT_OUT)
    for share in shares:
        even = 1.0 / len(share)
        if np.any(np.abs(share - even) > 5.0 * np.sqrt(even * (1.0 - even) / B)):
            raise Recognised("Within a half, each step is marked as often as the next: draw it with rng.integers.")
    together = np.mean(marks[:, 0] * marks[:, 2])
    if abs(together - 1 / 6) > 5.0 * np.sqrt(5 / 36 / B):
        raise CheckFailed("where the first mark is must not tell where the second is")


@exercise.check(
    "the seed decides, and nothing else", points=0.25, after="the target is the sum of the two marked numbers"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    one, other = (int(seed) for seed in rng.integers(2**31, size=2))
    first, again, third = (student(4, 6, seed)[0] for seed in (one, one, other))
    if not np.array_equal(first, again):
        raise Recognised("The same seed gives other sequences the second time. Draw from the generator that it makes.")
    if np.array_equal(first, third):
        raise CheckFailed("another seed gives the same sequences: draw from rng")


@exercise.check("of float64, from default_rng", points=0.25, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    B, T, seed = 5, 4, int(rng.integers(2**31))
    xs, targets = expect_parts(student(B, T, seed), "xs", "the targets")
    kinds = [np.asarray(part).dtype for part in (xs, targets)]
    if kinds != [np.float64, np.float64]:
        raise Recognised(f"xs and targets are of float64; got {kinds[0]} and {kinds[1]}")
    # All that a legacy generator would draw first, in whichever order; of ours none is among it.
    legacy = np.random.RandomState(seed).random_sample(4 * B * T)
    if np.isin(np.asarray(xs)[:, :, 0], legacy).any():
        raise Recognised("these are the numbers of a RandomState, which takes no generator: use np.random.default_rng")


def _adding(B, T, rng, draw=None, places=None, total=None):
    """The adding problem with its parts laid open, drawn in the order in which most people draw."""
    rng = np.random.default_rng(rng)
    xs = np.zeros((B, T, 2))
    xs[:, :, 0] = rng.random((B, T)) if draw is None else draw(rng, (B, T))
    half = [rng.integers(0, T // 2, size=B), rng.integers(T // 2, T, size=B)] if places is None else places(rng)
    for steps in half:
        xs[np.arange(B), steps, 1] = 1.0
    return xs, np.sum(xs[:, :, 0] * xs[:, :, 1], axis=1) if total is None else total(xs)


@exercise.mistake(
    "Both marks fall anywhere in the sequence, and sometimes on the same step. One belongs to the first half, the "
    "other to the second."
)
def marks_anywhere(B, T, rng):
    return _adding(B, T, rng, places=lambda rng: rng.integers(0, T, size=(2, B)))


exercise.knob(
    _adding,
    "sum_of_all",
    "Your target is the sum of all numbers. Only the marked ones count.",
    total=lambda xs: xs[:, :, 0].sum(axis=1),
)

exercise.knob(
    _adding,
    "mean_of_two",
    "Your target is the mean of the two marked numbers. Asked for is their sum.",
    total=lambda xs: np.sum(xs[:, :, 0] * xs[:, :, 1], axis=1) / 2.0,
)


@exercise.mistake(SHARED)
def marks_shared(B, T, rng):
    return _adding(B, T, rng, places=lambda rng: [rng.integers(0, T // 2), rng.integers(T // 2, T)])


exercise.knob(
    _adding,
    "normal_numbers",
    NEGATIVE,
    draw=lambda rng, shape: rng.normal(size=shape),
)


@exercise.mistake(LAST_STEP_LEFT_OUT)
def last_step_left_out(B, T, rng):
    def places(rng):
        return [rng.integers(0, max(1, T // 2 - 1), size=B), rng.integers(T // 2, max(T // 2 + 1, T - 1), size=B)]

    return _adding(B, T, rng, places=places)


@exercise.mistake("Mark and number are swapped: the number comes first, in xs[:, :, 0], and the mark second.")
def columns_swapped(B, T, rng):
    xs, targets = _adding(B, T, rng)
    return xs[:, :, ::-1], targets


@exercise.mistake("Your sequences are the same whatever the seed. Draw from the generator that you are given.")
def seed_ignored(B, T, rng):
    return _adding(B, T, 0)

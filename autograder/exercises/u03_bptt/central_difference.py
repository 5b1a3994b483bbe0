"""Exercise `central-difference`."""

from collections.abc import Callable

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u03_bptt.shared import Arrays
from rnncore.functional.learning.gradient_check import central_difference
from rnncore.functional.learning.gradient_check import central_difference as right_difference

exercise = Exercise("central-difference", "A slope without calculus", central_difference, torch="none")


def _cubes(rng: np.random.Generator) -> tuple[Callable[[Arrays], float], Arrays, Arrays]:
    """A loss whose central difference is known exactly: that of a w³ is a (3 w² + eps²)."""
    factors = {"W": rng.uniform(1, 2, size=(2, 3)), "b": -rng.uniform(1, 2, size=3)}
    arrays = {name: rng.uniform(0.5, 2.0, size=factor.shape) for name, factor in factors.items()}

    def loss(arrays: Arrays) -> float:
        return float(sum(np.sum(factors[name] * arrays[name] ** 3) for name in factors))

    return loss, arrays, factors


def _run_difference(
    student: StudentFunction,
    rng: np.random.Generator,
    places: list[tuple[str, tuple[int, ...]]],
    eps: float | None = None,
):
    loss, arrays, factors = _cubes(rng)
    for name, index in places:
        by = eps or float(rng.uniform(0.05, 0.2))
        want = float(factors[name][index] * (3.0 * arrays[name][index] ** 2 + by**2))
        hint = "See (3.4): one entry, moved by eps up and by eps down."
        expect_same(student(loss, arrays, name, index, by), want, "the slope", hint)


@exercise.check("the slope of a straight line", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    slope = rng.uniform(1, 2, size=(2, 3))
    arrays = {"W": rng.normal(size=(2, 3))}

    def loss(arrays: Arrays) -> float:
        return float(np.sum(slope * arrays["W"]))

    got = student(loss, arrays, "W", (1, 2), 0.125)
    expect_same(got, slope[1, 2], "the slope", "On a straight line, any way to measure a slope is exact.")


@exercise.check("the slope at any entry of a matrix", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_difference(student, rng, [("W", (1, 2)), ("W", (0, 1)), ("W", (1, 0))])
    # Where eps is small, an entry that is moved there and back is not always what it was.
    _run_difference(student, rng, [("W", index) for index in np.ndindex(2, 3)], eps=1e-3)


@exercise.check("the slope at an entry of another array", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_difference(student, rng, [("b", (2,)), ("b", (1,)), ("W", (0, 2))])


exercise.leaves_inputs(0.25)


def _moved(arrays, name, index, step):
    array = arrays[name].copy()
    array[index] += step
    return arrays | {name: array}


def forward_and_back(loss, arrays, name, index, eps):
    return (loss(_moved(arrays, name, index, eps)) - loss(_moved(arrays, name, index, -eps))) / (2.0 * eps)


@exercise.mistake(
    "You compare with the loss at w itself: a forward difference. Its error falls with eps, that of the central one "
    "with the square of eps."
)
def forward_difference(loss, arrays, name, index, eps=1e-5):
    return (loss(_moved(arrays, name, index, eps)) - loss(arrays)) / eps


@exercise.mistake("You divide by eps. From w - eps to w + eps it is twice as far.")
def divided_by_eps(loss, arrays, name, index, eps=1e-5):
    return 2.0 * right_difference(loss, arrays, name, index, eps)


@exercise.mistake("You do not divide by the distance. A slope is a change of the loss for each unit of w.")
def not_a_slope(loss, arrays, name, index, eps=1e-5):
    return 2.0 * eps * right_difference(loss, arrays, name, index, eps)


@exercise.mistake("Your slope has the wrong sign: the loss above comes first, the loss below is taken off.")
def below_less_above(loss, arrays, name, index, eps=1e-5):
    return -right_difference(loss, arrays, name, index, eps)


@exercise.mistake("You move all entries of the array at once. Only the entry at the index is asked for.")
def whole_array(loss, arrays, name, index, eps=1e-5):
    return forward_and_back(loss, arrays, name, ..., eps)


@exercise.mistake("You move the first entry of the array, whichever is asked for. The index says which.")
def first_entry(loss, arrays, name, index, eps=1e-5):
    return forward_and_back(loss, arrays, name, (0,) * len(index), eps)


@exercise.mistake("You move the entry by 1e-5, whatever eps is. How far it is moved is an argument.")
def eps_ignored(loss, arrays, name, index, eps=1e-5):
    return right_difference(loss, arrays, name, index)


@exercise.mistake("You move the entry by eps times itself. It is moved by eps, whatever its size.")
def moved_in_proportion(loss, arrays, name, index, eps=1e-5):
    step = eps * arrays[name][index]
    return (loss(_moved(arrays, name, index, step)) - loss(_moved(arrays, name, index, -step))) / (2.0 * eps)


@exercise.mistake(
    "Your second move starts from above: eps up, and eps down again, is where you began. Go down by 2 eps."
)
def down_to_the_beginning(loss, arrays, name, index, eps):
    return (loss(_moved(arrays, name, index, eps)) - loss(arrays)) / (2.0 * eps)


@exercise.mistake(
    "You move a whole row. An index such as (1, 2) is used as one, array[index], not by its first number."
)
def moves_a_row(loss, arrays, name, index, eps):
    return forward_and_back(loss, arrays, name, index[0], eps)


@exercise.mistake("You move an entry of the first array, whichever is named. Use `name`.")
def first_array_always(loss, arrays, name, index, eps):
    return forward_and_back(loss, arrays, next(iter(arrays)), index, eps)


@exercise.mistake(
    "You compare the loss at w with the loss below: a backward difference. Its error falls with eps, that of the "
    "central one with the square of eps."
)
def backward_difference(loss, arrays, name, index, eps=1e-5):
    return (loss(arrays) - loss(_moved(arrays, name, index, -eps))) / eps


@exercise.mistake("You divide by 2 and then multiply by eps: / 2 * eps is read from the left. Write / (2 * eps).")
def multiplied_by_eps(loss, arrays, name, index, eps=1e-5):
    return eps**2 * right_difference(loss, arrays, name, index, eps)

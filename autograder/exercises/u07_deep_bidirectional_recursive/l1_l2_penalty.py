"""Exercise `l1-l2-penalty`."""

from typing import Any

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u07_deep_bidirectional_recursive.shared import nested
from rnncore.functional.base.pytree import leaves
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.learning.penalty import l1_l2_penalty
from rnncore.functional.sequence.layouts import init_readout_params

exercise = Exercise("l1-l2-penalty", "The penalty", l1_l2_penalty)


_FREE = "The entries of all matrices count, those of biases do not."


def _priced(params: Any, l1: float, l2: float) -> float:
    """The oracle: entry by entry."""
    entries = [float(w) for array in leaves(params) if array.ndim > 1 for w in array.ravel()]
    return sum(l1 * abs(w) + l2 * w**2 for w in entries)


def _expect_price(student: StudentFunction, params: Any, l1: float, l2: float) -> None:
    expect_same(student(params, l1, l2), _priced(params, l1, l2), "the penalty", _FREE)


@exercise.check("l1 alone, of two matrices", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_price(student, [rng.normal(size=(3, 4)), rng.normal(size=(4, 4))], 0.7, 0.0)


@exercise.check("l2 alone, of two matrices", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_price(student, [rng.normal(size=(3, 4)), rng.normal(size=(4, 4))], 0.0, 1.3)


@exercise.check("both prices, and weights in a tree", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_price(student, init_rnn_params(3, 4, rng)._replace(b=rng.normal(size=4)), 0.4, 1.1)
    others = {"maps": rng.normal(size=(2, 2, 3)), "row": rng.normal(size=(1, 4)), "column": rng.normal(size=(3, 1))}
    _expect_price(student, (init_readout_params(3, 4, rng), others), 0.4, 1.1)
    _expect_price(student, nested(rng), float(rng.uniform(0.5, 1)), float(rng.uniform(1, 2)))


exercise.leaves_inputs(0.25)


def _price(params, one, whole=sum, counts=lambda w: w.ndim > 1):
    return whole([one(w) for w in leaves(params) if counts(w)])


@exercise.mistake(
    "Your penalty counts the biases too. They go free: an array with a single axis is a bias, and costs nothing."
)
def biases_pay(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + l2 * (w**2).sum(), counts=lambda w: True)


@exercise.mistake(
    "In your penalty negative weights earn money: the part of l1 adds up the weights themselves. A weight costs by "
    "its size, whatever its sign."
)
def no_absolute_value(params, l1, l2):
    return _price(params, lambda w: l1 * w.sum() + l2 * (w**2).sum())


@exercise.mistake(
    "Your part of l2 takes the root of the sum of squares. The squares themselves are what costs: Σ w², without a root."
)
def root_of_squares(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + l2 * np.sqrt((w**2).sum()))


@exercise.mistake(
    "Your part of l2 is half of what is asked. Some books put a factor of 1/2 before Σ w²; here there is none."
)
def half_of_the_squares(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + 0.5 * l2 * (w**2).sum())


@exercise.mistake("Your prices have changed places: l1 is the price of |w|, l2 that of w².")
def prices_swapped(params, l1, l2):
    return _price(params, lambda w: l2 * np.abs(w).sum() + l1 * (w**2).sum())


@exercise.mistake(
    "Your penalty takes means over the entries. All entries pay, so a network with more weights pays more: it is a sum."
)
def means(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).mean() + l2 * (w**2).mean())


@exercise.mistake("Your penalty looks at one matrix only. All matrices of the tree pay: see `leaves`.")
def first_matrix_alone(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + l2 * (w**2).sum(), whole=lambda prices: prices[0])


@exercise.mistake("You take the length of the weights, the root of the sum of squares. The penalty has the sum itself.")
def length_for_squares(params, l1, l2):
    return l1 * _price(params, lambda w: np.abs(w).sum()) + l2 * np.sqrt(_price(params, lambda w: (w * w).sum()))


@exercise.mistake("You square the price, too: (l2 w)². It multiplies the square of w.")
def price_squared(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + ((l2 * w) ** 2).sum())


@exercise.mistake("You return a penalty for each matrix. They are added up to one.")
def one_for_each_matrix(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + l2 * (w * w).sum(), whole=list)


@exercise.mistake("Only one of the two prices counts where both are given. They are added.")
def one_price_or_the_other(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() if l1 else l2 * (w * w).sum())


@exercise.mistake("Your function looks at one level of the tree only. `leaves` finds the arrays on all levels.")
def one_level_only(params, l1, l2):
    return sum(l1 * np.abs(w).sum() + l2 * (w * w).sum() for w in params if w.ndim > 1)


@exercise.mistake("You square the sum of the weights. Each weight is squared, and the squares are added up.")
def square_of_the_sum(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + l2 * w.sum() ** 2)

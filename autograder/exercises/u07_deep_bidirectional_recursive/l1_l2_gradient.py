"""Exercise `l1-l2-gradient`."""

from typing import Any

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u07_deep_bidirectional_recursive.shared import nested
from rnncore.functional.base.pytree import leaves, map_tree
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.learning.penalty import l1_l2_gradient
from rnncore.functional.sequence.layouts import init_readout_params

exercise = Exercise("l1-l2-gradient", "And its gradient", l1_l2_gradient)


def _torch_gradient(params: Any, l1: float, l2: float) -> Any:
    """The oracle: torch's automatic gradient, which is 0 at the corner of |w| too."""

    def gradient(array: np.ndarray) -> np.ndarray:
        w = torch.tensor(array, requires_grad=True)
        price = (l1 * w.abs() + l2 * w**2).sum() if array.ndim > 1 else 0.0 * w.sum()
        return torch.autograd.grad(price, w)[0].numpy()

    return map_tree(gradient, params)


def _run_gradient(student: StudentFunction, params: Any, l1: float, l2: float) -> None:
    hint = "Equation (7.7), array by array; a tree of the same build."
    expect_same(student(params, l1, l2), _torch_gradient(params, l1, l2), "the gradient", hint)


@exercise.check("l1 alone, of two matrices", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_gradient(student, [rng.normal(size=(3, 4)), rng.normal(size=(4, 4))], 0.7, 0.0)


@exercise.check("l2 alone, of two matrices", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_gradient(student, [rng.normal(size=(3, 4)), rng.normal(size=(4, 4))], 0.0, 1.3)


@exercise.check("biases go free", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_gradient(student, init_rnn_params(3, 4, rng)._replace(b=rng.normal(size=4)), 0.4, 1.1)


@exercise.check("both prices, and weights in a tree", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    others = {"maps": rng.normal(size=(2, 2, 3)), "row": rng.normal(size=(1, 4)), "column": rng.normal(size=(3, 1))}
    _run_gradient(student, (init_readout_params(3, 4, rng), others), 0.4, 1.1)
    _run_gradient(student, nested(rng), float(rng.uniform(0.5, 1)), float(rng.uniform(1, 2)))


@exercise.check("weights that are exactly zero", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    W = rng.normal(size=(4, 5)) * (rng.random((4, 5)) < 0.5)
    _run_gradient(student, [W, np.diag([1.0, -2.0, 0.0, 0.5, -1.0])], 0.4, 0.9)


exercise.leaves_inputs(0.25)


def _slope(params, one, bias=lambda w: 0.0 * w):
    return map_tree(lambda w: one(w) if w.ndim > 1 else bias(w), params)


@exercise.mistake("Your gradient has biases pay too. The penalty does not contain them, so its gradient is 0 there.")
def biases_pulled(params, l1, l2):
    return map_tree(lambda w: l1 * np.sign(w) + 2 * l2 * w, params)


@exercise.mistake("Your part of l2 is half as large as it should be. What is the derivative of w²?")
def factor_two_missing(params, l1, l2):
    return _slope(params, lambda w: l1 * np.sign(w) + l2 * w)


@exercise.mistake(
    "Your part of l1 is the penalty |w|, not its slope. The slope of |w| is the same for large and small weights: "
    "only the sign matters."
)
def size_for_sign(params, l1, l2):
    return _slope(params, lambda w: l1 * np.abs(w) + 2 * l2 * w)


@exercise.mistake("Your part of l1 pulls every weight down. Below zero, |w| grows to the left, and its slope is -1.")
def one_for_sign(params, l1, l2):
    return _slope(params, lambda w: l1 * np.ones_like(w) + 2 * l2 * w)


@exercise.mistake(
    "Your gradient is the penalty itself, put in every place. That is N2's mistake: an update needs slopes, one for "
    "each weight."
)
def penalty_everywhere(params, l1, l2):
    return _slope(params, lambda w: 0.0 * w + l1 * np.abs(w).sum() + l2 * (w**2).sum())


@exercise.mistake("Your prices have changed places: l1 belongs to the sign, l2 to the weight.")
def slopes_swapped(params, l1, l2):
    return _slope(params, lambda w: l2 * np.sign(w) + 2 * l1 * w)


@exercise.mistake(
    "Your gradient points downhill. A gradient says where the penalty grows; it is the update that goes the other way."
)
def downhill(params, l1, l2):
    return _slope(params, lambda w: -l1 * np.sign(w) - 2 * l2 * w)


@exercise.mistake(
    "Your gradient is off where a weight is exactly zero. At the corner of |w| we take the slope 0, between -1 and 1."
)
def corner_pulled(params, l1, l2):
    return _slope(params, lambda w: l1 * np.where(w >= 0, 1.0, -1.0) + 2 * l2 * w)


@exercise.mistake(
    "Where a bias belongs your tree has nothing. A gradient has the build of the parameters: zeros for a bias."
)
def no_place_for_biases(params, l1, l2):
    return _slope(params, lambda w: l1 * np.sign(w) + 2 * l2 * w, bias=lambda w: None)


@exercise.mistake(
    "In the places of the biases stand the biases themselves. They have no price, so their gradient is 0."
)
def biases_as_they_are(params, l1, l2):
    return _slope(params, lambda w: l1 * np.sign(w) + 2 * l2 * w, bias=lambda w: w)


@exercise.mistake("In the places of the biases stands a single 0. A gradient has the shape of its array: zeros_like.")
def a_number_for_biases(params, l1, l2):
    return _slope(params, lambda w: l1 * np.sign(w) + 2 * l2 * w, bias=lambda w: 0.0)


@exercise.mistake("You leave the biases out. The gradient is a tree of the same build, with zeros in their places.")
def matrices_in_a_list(params, l1, l2):
    return [l1 * np.sign(w) + 2 * l2 * w for w in leaves(params) if w.ndim > 1]


@exercise.mistake("You divide w by its size, which stops where w is 0. There sign(w) is 0.")
def divided_by_the_size(params, l1, l2):
    with np.errstate(all="ignore"):
        return _slope(params, lambda w: l1 * w / np.abs(w) + 2 * l2 * w)


@exercise.mistake("You return the weights after a step. Asked for is the gradient, which an optimizer uses.")
def weights_after_a_step(params, l1, l2):
    return _slope(params, lambda w: w - l1 * np.sign(w) - 2 * l2 * w)


@exercise.mistake("Your slope of w² is made of w². It is 2 w.")
def square_for_slope(params, l1, l2):
    return _slope(params, lambda w: l1 * np.sign(w) + 2 * l2 * w * w)


@exercise.mistake("You double both parts. The factor 2 comes from w²; the slope of |w| is its sign alone.")
def both_doubled(params, l1, l2):
    return _slope(params, lambda w: 2 * (l1 * np.sign(w) + l2 * w))

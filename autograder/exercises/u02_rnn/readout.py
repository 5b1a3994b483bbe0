"""Exercise `readout`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u02_rnn.shared import readout_by_torch
from rnncore.functional.base.activations import sigmoid, softmax, tanh
from rnncore.functional.sequence.layouts import init_readout_params, readout
from rnncore.functional.sequence.layouts import readout as right_readout

exercise = Exercise("readout", "From states to outputs", readout)


@exercise.check("the outputs without a bias", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    h, params = rng.normal(size=(3, 4)), init_readout_params(4, 2, rng)
    params = params._replace(b_y=0.0 * params.b_y)
    expect_same(student(h, params), readout_by_torch(h, params), "the outputs", "The product in equation (2.5).")


@exercise.check("the outputs of all steps", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T, K in ((3, 4, 2), (2, 1, 3), (1, 3, 1)):
        h, params = rng.normal(size=(B, T, 5)), init_readout_params(5, K, rng)
        expect_same(student(h, params), readout_by_torch(h, params), "the outputs", "Compare with equation (2.5).")


@exercise.check("the outputs of one step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, K in ((2, 4), (1, 1)):
        h, params = rng.normal(size=(B, 3)), init_readout_params(3, K, rng)
        expect_same(student(h, params), readout_by_torch(h, params), "the outputs", "Compare with equation (2.5).")


exercise.leaves_inputs(0.25)


@exercise.mistake("Your outputs lack the bias: with a hidden state of zeros they are all zero. Look for b_y.")
def readout_without_bias(h, params):
    return h @ params.W_y


@exercise.mistake(
    "Your outputs are probabilities. The readout gives scores; softmax comes later, and only for classes."
)
def readout_with_softmax(h, params):
    return softmax(right_readout(h, params))


@exercise.mistake("Your outputs are squashed by tanh. A readout is linear: its outputs may be of any size.")
def readout_with_tanh(h, params):
    return tanh(right_readout(h, params))


@exercise.mistake(
    "Your outputs are squashed by a sigmoid. A readout is linear: its outputs may be of any size and sign."
)
def readout_with_sigmoid(h, params):
    return sigmoid(right_readout(h, params))


@exercise.mistake("You read only the last step. Given the states of all steps, this function gives an output for each.")
def readout_of_last_step(h, params):
    return right_readout(h[:, -1] if h.ndim == 3 else h, params)


@exercise.mistake("You average over the steps before reading. Each step has an output of its own.")
def readout_of_mean(h, params):
    return right_readout(h.mean(axis=1) if h.ndim == 3 else h, params)


@exercise.mistake("Your function takes the states of all steps only. With `@` it takes those of one step too, (B, H).")
def all_steps_only(h, params):
    return np.einsum("bth,hk->btk", h, params.W_y) + params.b_y


@exercise.mistake("You take the bias off. It is added: see equation (2.5).")
def readout_less_the_bias(h, params):
    return h @ params.W_y - params.b_y


@exercise.mistake("You give one step an axis of time that it does not have. (B, H) becomes (B, K).")
def axis_of_time_for_one_step(h, params):
    return right_readout(h[:, None] if h.ndim == 2 else h, params)


@exercise.mistake("Your outputs of all steps are one long list of rows. They keep batch and time apart: (B, T, K).")
def steps_in_one_axis(h, params):
    return right_readout(h.reshape(-1, h.shape[-1]), params)


@exercise.mistake("You add the bias before the product. In (2.5) it comes after: h W_y + b_y.")
def first_bias_before_the_product(h, params):
    return (h + params.b_y[0]) @ params.W_y


@exercise.mistake("Your bias comes in twice. It is added once: see (2.5).")
def bias_twice(h, params):
    return right_readout(h, params) + params.b_y

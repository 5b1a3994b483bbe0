"""Exercise `rnn-step`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u02_rnn.shared import draw_rnn_state, oracle_rnn_step
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells import RNNCache, RNNState, rnn_step
from rnncore.functional.cells.rnn import init_rnn_params

exercise = Exercise("rnn-step", "One step of the cell", rnn_step)


def _run_rnn_step(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    given = rng.normal(size=(B, D)), draw_rnn_state(rng, B, H), init_rnn_params(D, H, rng)
    return expect_parts(student(*given), "the new state", "the cache"), given


@exercise.check("the new state of one sequence and one unit", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_rnn_step(student, rng, B=1, D=1, H=1)
    expect_same(state, oracle_rnn_step(*given), "the new state", "Compare with equation (2.2), term by term.")


@exercise.check("the new state of several sequences and units", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_rnn_step(student, rng, B=3, D=5, H=4)
    expect_same(state, oracle_rnn_step(*given), "the new state", "Compare with equation (2.2), term by term.")


@exercise.check("the cache holds what Unit 3's backward step needs", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_rnn_step(student, rng, B=2, D=3, H=4)
    expect_same(cache, rnn_step(*given)[1], "the cache", "Its fields have an order: see the docstring.")


exercise.leaves_inputs(0.5, after="the new state of several sequences and units")


def _rnn(x, state, params, squash=tanh, W_h=None, b=None):
    """An RNN step with its parts laid open, for mistakes to get wrong."""
    W_h = params.W_h if W_h is None else W_h
    h = squash(x @ params.W_x + state.h @ W_h + (params.b if b is None else b))
    return RNNState(h), RNNCache(x, state.h, h, params)


exercise.knob(
    _rnn,
    "no_bias",
    "Your new state is what a cell without its bias gives. Look for b in the sum that is squashed.",
    b=0.0,
)


@exercise.mistake(
    "Your new state is what a cell without memory gives: it depends on the input alone. Look for the product that "
    "brings the old state in."
)
def no_memory(x, state, params):
    return _rnn(x, state, params, W_h=np.zeros_like(params.W_h))


exercise.knob(
    _rnn,
    "no_squashing",
    "Your new state is the sum before it is squashed. Which function keeps a state between -1 and 1?",
    squash=lambda a: a,
)

exercise.knob(
    _rnn,
    "sigmoid_for_tanh",
    "Your new state is what a sigmoid gives, all of it above zero. The squashing function of this cell is centred on "
    "zero: see equation (2.2).",
    squash=sigmoid,
)


@exercise.mistake(
    "Your new state is what a transposed W_h gives. Rows are sequences here, so a state stands on the left of its "
    "matrix, and the matrix is used as it comes."
)
def transposed_W_h(x, state, params):
    return _rnn(x, state, params, W_h=params.W_h.T)


@exercise.mistake(
    "Your new state has the bias added after squashing, so it can leave the range from -1 to 1. Look at what stands "
    "inside the brackets of tanh."
)
def bias_after_squashing(x, state, params):
    h = tanh(x @ params.W_x + state.h @ params.W_h) + params.b
    return RNNState(h), RNNCache(x, state.h, h, params)


@exercise.mistake(
    "Your new state is the sum of two squashed terms. There is one tanh in equation (2.2), and all three terms are "
    "inside it."
)
def squashed_apart(x, state, params):
    h = tanh(x @ params.W_x + params.b) + tanh(state.h @ params.W_h)
    return RNNState(h), RNNCache(x, state.h, h, params)


@exercise.mistake(
    "Your new state is the old one with something added. In this cell the new state replaces the old one; that part "
    "of the old one which lives on has gone through W_h."
)
def added_to_old_state(x, state, params):
    h = state.h + _rnn(x, state, params)[0].h
    return RNNState(h), RNNCache(x, state.h, h, params)


@exercise.mistake(
    "Your new state is right, but the cache holds the new and the old state in each other's place. The fields of "
    "RNNCache have an order: see the docstring."
)
def cache_with_states_swapped(x, state, params):
    new, _ = _rnn(x, state, params)
    return new, RNNCache(x, new.h, state.h, params)


@exercise.mistake(
    "Your new state is right, but the cache holds the sum before squashing where the new state belongs. Unit 3 gets "
    "the slope of tanh from its output."
)
def cache_with_sum(x, state, params):
    new, _ = _rnn(x, state, params)
    return new, RNNCache(x, state.h, _rnn(x, state, params, squash=lambda a: a)[0].h, params)

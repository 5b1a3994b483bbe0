"""Exercise `rnn-step`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u02_rnn.shared import draw_rnn_state, oracle_rnn_step
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells import RNNCache, RNNParams, RNNState, rnn_step
from rnncore.functional.cells.rnn import init_rnn_params

exercise = Exercise("rnn-step", "One step of the cell", rnn_step)


_RESULT = "the new state", "the cache"


def _expect_new_state(student: StudentFunction, x: np.ndarray, state: RNNState, params: RNNParams, hint: str) -> None:
    got, _ = expect_parts(student(x, state, params), *_RESULT)
    expect_same(got, oracle_rnn_step(x, state, params), "the new state", hint)


def _draw(rng: np.random.Generator, B: int, D: int, H: int) -> tuple[np.ndarray, RNNState, RNNParams]:
    return rng.normal(size=(B, D)), draw_rnn_state(rng, B, H), init_rnn_params(D, H, rng)


@exercise.check("what the input does, alone", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    x, state, params = _draw(rng, B=3, D=2, H=4)
    empty, unbiased = RNNState(0.0 * state.h), params._replace(b=0.0 * params.b)
    _expect_new_state(student, x, empty, unbiased, "The first term of equation (2.2), squashed.")


@exercise.check("what the state before does, alone", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    x, state, params = _draw(rng, B=3, D=2, H=4)
    _expect_new_state(student, 0.0 * x, state, params._replace(b=0.0 * params.b), "The second term of equation (2.2).")


@exercise.check("the new state, with input, state and bias", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((17, 5, 23), (1, 1, 1)):
        _expect_new_state(student, *_draw(rng, *sizes), "Compare with equation (2.2), term by term.")
    x, state, params = _draw(rng, 3, 2, 4)
    for loud in (5e3 * x, -5e3 * x):
        _expect_new_state(student, loud, state, params, "Of a large sum tanh is 1 or -1; where exp overflows, NaN.")


@exercise.check("the cache holds what Unit 3's backward step needs", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    x, state, params = _draw(rng, B=2, D=3, H=4)
    new, cache = expect_parts(student(x, state, params), *_RESULT)
    h = new[0] if isinstance(new, tuple | list) and len(new) == 1 else new
    hint = "Its fields have an order: see the docstring. h is that of the new state."
    expect_same(cache, RNNCache(x, state.h, np.asarray(h), params), "the cache", hint)


exercise.leaves_inputs(0.5)


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


@exercise.mistake("You squash the two terms one by one. They are added first; there is one tanh around the sum.")
def terms_squashed_apart(x, state, params):
    h = tanh(x @ params.W_x) + tanh(state.h @ params.W_h + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


@exercise.mistake("Your cache has the new h twice, and not the old one. If you wrote over it, make a new array.")
def old_state_overwritten(x, state, params):
    new, cache = _rnn(x, state, params)
    return new, cache._replace(h_prev=new.h)


@exercise.mistake("Your bias comes in twice. In (2.2) it is added once: torch has two biases, our cell has one.")
def bias_twice(x, state, params):
    return _rnn(x, state, params, b=2 * params.b)


exercise.knob(
    _rnn,
    "relu_for_tanh",
    "Your new state is what a ReLU gives, none of it below zero. Equation (2.2) has tanh.",
    squash=lambda a: np.maximum(a, 0),
)


exercise.knob(
    _rnn,
    "exp_overflows",
    "Your tanh is written out, and of large sums exp is infinite, so the state becomes NaN. `tanh` is imported.",
    squash=lambda a: (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1),
)


@exercise.mistake("Your cache has the whole state for h_prev. It holds arrays: state.h.")
def state_for_its_array_in_the_cache(x, state, params):
    new, cache = _rnn(x, state, params)
    return new, cache._replace(h_prev=state)


@exercise.mistake("Your units hear their own old value alone, times a sum of weights. A product with W_h mixes all: @.")
def old_state_times_sums(x, state, params):
    return _rnn(x, state, params, W_h=np.diag(params.W_h.sum(axis=0)))


@exercise.mistake("Your units hear their own old value alone. A product with W_h mixes all units: @, not *.")
def old_state_by_the_diagonal(x, state, params):
    return _rnn(x, state, params, W_h=np.diag(np.diag(params.W_h)))


@exercise.mistake("Your new state takes the bias off. It is added: see (2.2).")
def bias_taken_off(x, state, params):
    return _rnn(x, state, params, b=-params.b)

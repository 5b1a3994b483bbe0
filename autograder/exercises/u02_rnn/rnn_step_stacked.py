"""Exercise `rnn-step-stacked`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u02_rnn.shared import draw_rnn_state, oracle_rnn_step
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells import RNNCache, RNNState, rnn_step_stacked, stack_params
from rnncore.functional.cells.rnn import init_rnn_params

exercise = Exercise("rnn-step-stacked", "One step with a single product", rnn_step_stacked)


def _run_stacked(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    x, state, params = rng.normal(size=(B, D)), draw_rnn_state(rng, B, H), init_rnn_params(D, H, rng)
    given = x, state, stack_params(params)
    return expect_parts(student(*given), "the new state", "the cache"), given, params


@exercise.check("the new state, with more units than inputs", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), (x, before, _), params = _run_stacked(student, rng, B=3, D=2, H=5)
    want = oracle_rnn_step(x, before, params)
    expect_same(state, want, "the new state", "The upper H rows of W_a belong to the state.")


@exercise.check("the new state, with more inputs than units", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), (x, before, _), params = _run_stacked(student, rng, B=1, D=4, H=1)
    want = oracle_rnn_step(x, before, params)
    expect_same(state, want, "the new state", "The upper H rows of W_a belong to the state.")


@exercise.check("the cache holds what Unit 3's backward step needs", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given, _ = _run_stacked(student, rng, B=2, D=3, H=4)
    expect_same(cache, rnn_step_stacked(*given)[1], "the cache", "Its fields have an order: see the docstring.")


exercise.leaves_inputs(0.25, after="the new state, with more units than inputs")


def _stacked(x, state, params, parts=None, squash=tanh, b=None):
    parts = [state.h, x] if parts is None else parts
    h = squash(np.concatenate(parts, axis=1) @ params.W_a + (params.b if b is None else b))
    return RNNState(h), RNNCache(x, state.h, h, params)


@exercise.mistake(
    "Your new state is what [x, h_prev] gives. The upper rows of W_a belong to the state, so it has to be on the left."
)
def input_first(x, state, params):
    return _stacked(x, state, params, [x, state.h])


exercise.knob(
    _stacked,
    "stacked_without_bias",
    "Your new state is what a cell without its bias gives. Look for b in the sum that is squashed.",
    b=0.0,
)

exercise.knob(
    _stacked,
    "stacked_without_squashing",
    "Your new state is the sum before it is squashed. Look at the outermost function.",
    squash=lambda a: a,
)

exercise.knob(
    _stacked,
    "stacked_with_sigmoid",
    "Your new state is what a sigmoid gives, all of it above zero. Stacking changes no function.",
    squash=sigmoid,
)


@exercise.mistake(
    "Your new state does not depend on the input. Both parts have to stand side by side before the product."
)
def stacked_without_input(x, state, params):
    return _stacked(x, state, params, [state.h, np.zeros_like(x)])


@exercise.mistake(
    "Your new state does not depend on the old one. Both parts have to stand side by side before the product."
)
def stacked_without_state(x, state, params):
    return _stacked(x, state, params, [np.zeros_like(state.h), x])


@exercise.mistake(
    "Your new state is right, but the cache holds the new and the old state in each other's place. The fields of "
    "RNNCache have an order: see the docstring."
)
def stacked_cache_with_states_swapped(x, state, params):
    new, _ = _stacked(x, state, params)
    return new, RNNCache(x, new.h, state.h, params)

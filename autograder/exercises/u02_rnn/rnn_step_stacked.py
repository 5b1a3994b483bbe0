"""Exercise `rnn-step-stacked`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u02_rnn.shared import draw_rnn_state, oracle_rnn_step
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells import RNNCache, RNNParams, RNNState, rnn_step_stacked, stack_params
from rnncore.functional.cells.rnn import init_rnn_params

exercise = Exercise("rnn-step-stacked", "One step with a single product", rnn_step_stacked)


def _draw(rng: np.random.Generator, B: int, D: int, H: int) -> tuple[np.ndarray, RNNState, RNNParams]:
    return rng.normal(size=(B, D)), draw_rnn_state(rng, B, H), init_rnn_params(D, H, rng)


def _expect_new_state(student: StudentFunction, x: np.ndarray, before: RNNState, params: RNNParams) -> None:
    got, _ = expect_parts(student(x, before, stack_params(params)), "the new state", "the cache")
    want = oracle_rnn_step(x, before, params)
    expect_same(got, want, "the new state", "The upper H rows of W_a belong to the state.")


@exercise.check("the new state where the bias is 0", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    x, before, params = _draw(rng, B=3, D=2, H=5)
    _expect_new_state(student, x, before, params._replace(b=0.0 * params.b))


@exercise.check("the new state, for any sizes", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((3, 2, 5), (1, 4, 1)):
        _expect_new_state(student, *_draw(rng, *sizes))
    x, before, params = _draw(rng, 3, 2, 4)
    for loud in (5e3 * x, -5e3 * x):
        _expect_new_state(student, loud, before, params)


@exercise.check("the cache holds what Unit 3's backward step needs", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    x, before, params = _draw(rng, B=2, D=3, H=4)
    new, cache = expect_parts(student(x, before, stack_params(params)), "the new state", "the cache")
    h = new[0] if isinstance(new, tuple | list) and len(new) == 1 else new
    want = RNNCache(x, before.h, np.asarray(h), stack_params(params))
    expect_same(cache, want, "the cache", "Its fields have an order: see the docstring. h is that of the new state.")


exercise.leaves_inputs(0.25)


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


exercise.knob(
    _stacked,
    "stacked_exp_overflows",
    "Your tanh is written out, and of large sums exp is infinite, so the state becomes NaN. `tanh` is imported.",
    squash=lambda a: (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1),
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


@exercise.mistake(
    "Your cache keeps state and input joined in the place of x. It keeps x itself; h_prev stands beside it."
)
def cache_keeps_both_as_x(x, state, params):
    new, cache = _stacked(x, state, params)
    return new, cache._replace(x=np.hstack([state.h, x]))


@exercise.mistake("Your cache has the new state in the place of h_prev, which is the state before the step.")
def cache_of_the_new_state(x, state, params):
    new, cache = _stacked(x, state, params)
    return new, cache._replace(h_prev=new.h)


@exercise.mistake("Your bias is added after squashing. It stands inside the brackets of tanh.")
def stacked_bias_after_squashing(x, state, params):
    h = tanh(np.concatenate([state.h, x], axis=1) @ params.W_a) + params.b
    return RNNState(h), RNNCache(x, state.h, h, params)


@exercise.mistake("Your cache has an array in the place of params. It keeps the weights whole, W_a and b.")
def matrix_for_params_in_the_cache(x, state, params):
    new, cache = _stacked(x, state, params)
    return new, cache._replace(params=params.W_a)


@exercise.mistake("Your cache keeps state and input joined in the place of h_prev. It keeps h_prev itself.")
def cache_keeps_both_as_h_prev(x, state, params):
    new, cache = _stacked(x, state, params)
    return new, cache._replace(h_prev=np.hstack([state.h, x]))


@exercise.mistake(
    "You add the old state to the new one. It takes part inside of tanh, through the upper rows of W_a, and only there."
)
def old_state_added(x, state, params):
    new, cache = _stacked(x, state, params)
    h = new.h + state.h
    return RNNState(h), cache._replace(h=h)

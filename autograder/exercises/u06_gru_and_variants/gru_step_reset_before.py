"""Exercise `gru-step-reset-before`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_gates, expect_parts, expect_same
from autograder.exercises.u06_gru_and_variants.shared import STEP_RESULT, draw_rnn_state, published_gru
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells.gru import gru_step
from rnncore.functional.cells.gru_reset_before import (
    GRUResetBeforeCache,
    gru_step_reset_before,
    init_gru_reset_before_params,
)
from rnncore.functional.cells.rnn import RNNState

exercise = Exercise("gru-step-reset-before", "The GRU as it was published", gru_step_reset_before, uses=[gru_step])


def _run_before(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    x, state = rng.normal(size=(B, D)), draw_rnn_state(rng, B, H)
    given = x, state, init_gru_reset_before_params(D, H, rng)
    return expect_parts(student(*given), *STEP_RESULT), given


def _run_cached(student: StudentFunction, rng: np.random.Generator):
    """The new h and the cache, for the parts to be judged by each other, and what was handed in."""
    (state, cache), given = _run_before(student, rng, 2, 3, 4)
    (h,) = expect_parts(state, "h")
    return h, GRUResetBeforeCache(*expect_parts(cache, *GRUResetBeforeCache._fields)), given


@exercise.check("the gates, as the cache shows them", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, cache, given = _run_cached(student, rng)
    want = gru_step_reset_before(*given)[1]
    expect_same((cache.r, cache.z), (want.r, want.z), "r and z", "The blocks have the order r, z, n.")


@exercise.check("the candidate that follows from r", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own r, right or wrong."""
    _, cache, (x, before, params) = _run_cached(student, rng)
    (r,) = expect_gates(cache.r)
    from_x = (x @ params.W_x + params.b)[:, 8:]
    hint = "The first line of (6.6): r acts on h, and W_hn comes after."
    expect_same(cache.n, np.tanh(from_x + (r * before.h) @ params.W_h[:, 8:]), "n", hint)


@exercise.check("the new state that follows from z and n", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own z and n, right or wrong."""
    h, cache, (_, before, _) = _run_cached(student, rng)
    (z,) = expect_gates(cache.z)
    expect_same(h, (1 - z) * np.asarray(cache.n) + z * before.h, "h", "Here z keeps the old state.")


@exercise.check("the new state, for any sizes", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((17, 5, 23), (1, 1, 1)):
        (state, _), given = _run_before(student, rng, *sizes)
        hint = "The first line of (6.6): r acts on h, and W_hn comes after."
        expect_same(state, published_gru(*given), "the new state", hint)


@exercise.check("the cache holds what was handed in", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, cache, (x, before, params) = _run_cached(student, rng)
    got, hint = (cache.x, cache.h_prev, cache.params), "Its fields have an order: x, h_prev, r, z, n, params."
    expect_same(got, (x, before.h, params), "x, h_prev and params of the cache", hint)


exercise.leaves_inputs(0.25)


def _cho_laid_open(x, state, params, order="rzn", candidate=tanh, gated=None, inner=None, blend=None):
    """The GRU of Cho with its parts laid open."""
    x_parts = dict(zip(order, np.split(x @ params.W_x + params.b, 3, axis=1), strict=True))
    U = dict(zip(order, np.split(params.W_h, 3, axis=1), strict=True))
    h = state.h
    r = sigmoid(x_parts["r"] + h @ U["r"])
    z = sigmoid(x_parts["z"] + (h if gated is None else gated(r, h)) @ U["z"])
    n = candidate(x_parts["n"] + ((r * h) @ U["n"] if inner is None else inner(r, h, U["n"])))
    new = (1 - z) * n + z * h if blend is None else blend(z, n, r, h)
    return RNNState(new), GRUResetBeforeCache(x, h, r, z, n, params)


exercise.knob(
    _cho_laid_open,
    "reset_after_the_product",
    "Your reset gate multiplies the product, as in torch's form. Here it is applied to the state, and the product "
    "comes after.",
    inner=lambda r, h, W: r * (h @ W),
)

exercise.knob(
    _cho_laid_open,
    "update_gate_takes_the_new_here",
    "Your update gate takes the new state where it should keep the old. Only the place of the reset differs from "
    "exercise 2.",
    blend=lambda z, n, r, h: z * n + (1 - z) * h,
)

exercise.knob(
    _cho_laid_open,
    "update_gate_sees_the_reset_state",
    "Your update gate sees the reset state. The gates see all of h_prev, only the candidate does not.",
    gated=lambda r, h: r * h,
)

exercise.knob(
    _cho_laid_open,
    "candidate_without_reset",
    "Your candidate sees all of the old state. Where is the reset gate?",
    inner=lambda r, h, W: h @ W,
)

exercise.knob(
    _cho_laid_open,
    "keeps_the_reset_state_here",
    "Your reset gate also acts on the state that is kept. What is kept is z h_prev, whatever r is.",
    blend=lambda z, n, r, h: (1 - z) * n + z * (r * h),
)

exercise.knob(
    _cho_laid_open,
    "swapped_gates_here",
    "Your output is what swapped gates give. The blocks of columns come in the order r, z, n.",
    order="zrn",
)


@exercise.mistake("Your step lacks its bias b, as the equations of lecture notes N1 do.")
def without_bias_as_in_n1(x, state, params):
    return _cho_laid_open(x, state, params._replace(b=0 * params.b))


@exercise.mistake("Your reset gate acts on the whole candidate. It multiplies h_prev alone, before W_hn: see (6.6).")
def reset_of_the_input_too(x, state, params):
    from_x = (x @ params.W_x + params.b)[:, 2 * state.h.shape[1] :]
    return _cho_laid_open(x, state, params, inner=lambda r, h, U: r * (from_x + h @ U) - from_x)


@exercise.mistake("Your reset gate comes twice, before the product and after it. Here it comes before.")
def reset_twice(x, state, params):
    return _cho_laid_open(x, state, params, inner=lambda r, h, U: r * ((r * h) @ U))


@exercise.mistake("Your cache keeps r h_prev for h_prev. It keeps the state as it was handed in.")
def reset_state_in_the_cache(x, state, params):
    new, cache = _cho_laid_open(x, state, params)
    return new, cache._replace(h_prev=cache.r * state.h)


@exercise.mistake("Your cache has z before r. Its order is x, h_prev, r, z, n, params.")
def gates_exchanged_in_the_cache(x, state, params):
    new, cache = _cho_laid_open(x, state, params)
    return new, cache._replace(r=cache.z, z=cache.r)


exercise.knob(
    _cho_laid_open,
    "sigmoid_candidate_here",
    "Your candidate is a sigmoid. It is no gate, but what is written: tanh.",
    candidate=sigmoid,
)


@exercise.mistake("Your candidate has no bias. b has three blocks, and the third belongs to n.")
def candidate_without_bias(x, state, params):
    b_n = params.b[2 * state.h.shape[1] :]
    return _cho_laid_open(x, state, params, candidate=lambda a: tanh(a - b_n))


@exercise.mistake("Your reset gate also multiplies the bias of n. In this form it acts on the state alone.")
def bias_reset_too(x, state, params):
    H = state.h.shape[1]
    b_n = params.b[2 * H :]
    return _cho_laid_open(x, state, params, inner=lambda r, h, W: (r * h) @ W + r * b_n - b_n)


@exercise.mistake("The candidate sees z h_prev where it should see r h_prev. The update gate comes in the last line.")
def candidate_by_the_update_gate(x, state, params):
    z = _cho_laid_open(x, state, params)[1].z
    return _cho_laid_open(x, state, params, inner=lambda r, h, W: (z * h) @ W)


exercise.knob(
    _cho_laid_open,
    "state_squashed_in_the_candidate",
    "The candidate of yours sees tanh(h_prev). It sees r h_prev as it is.",
    inner=lambda r, h, W: (r * tanh(h)) @ W,
)

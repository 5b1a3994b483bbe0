"""Exercise `gru-step`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u06_gru_and_variants.shared import STEP_RESULT, draw_rnn_state, tensors
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells.gru import GRUCache, GRUParams, gru_step, init_gru_params
from rnncore.functional.cells.rnn import RNNState

exercise = Exercise("gru-step", "One step of the GRU", gru_step)


def _torch_gru(x: np.ndarray, state: RNNState, params: GRUParams) -> RNNState:
    """The oracle: torch's GRU cell. Its second bias is zero but in the block of n."""
    b_h = np.concatenate([np.zeros(2 * len(params.b_n)), params.b_n])
    weights = tensors(params.W_x.T, params.W_h.T, params.b, b_h)
    return RNNState(torch.gru_cell(torch.tensor(x), torch.tensor(state.h), *weights).numpy())


def _run_gru(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    x, state, params = rng.normal(size=(B, D)), draw_rnn_state(rng, B, H), init_gru_params(D, H, rng)
    return expect_parts(student(x, state, params), *STEP_RESULT), (x, state, params)


@exercise.check("the new state of several sequences and units", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_gru(student, rng, 3, 5, 4)
    expect_same(state, _torch_gru(*given), "the new state", "Go through (6.3) line by line.")


@exercise.check("the new state of one sequence and one unit", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_gru(student, rng, 1, 1, 1)
    expect_same(state, _torch_gru(*given), "the new state", "Go through (6.3) line by line.")


@exercise.check("the cache holds what the docstring says", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_gru(student, rng, 2, 3, 4)
    expect_same(cache, gru_step(*given)[1], "the cache", "Its fields have an order: x, h_prev, r, z, n, m, params.")


exercise.leaves_inputs(0.5, after="the new state of several sequences and units")


def _gru(x, state, params, order="rzn", candidate=tanh, inner=None, blend=None):
    """The GRU in torch's form with its parts laid open."""
    x_parts = dict(zip(order, np.split(x @ params.W_x + params.b, 3, axis=1), strict=True))
    h_parts = dict(zip(order, np.split(state.h @ params.W_h, 3, axis=1), strict=True))
    r, z = (sigmoid(x_parts[gate] + h_parts[gate]) for gate in "rz")
    m = h_parts["n"] + params.b_n
    n = candidate(x_parts["n"] + (r * m if inner is None else inner(r, h_parts["n"], m)))
    h = (1 - z) * n + z * state.h if blend is None else blend(z, n, r, state.h)
    return RNNState(h), GRUCache(x, state.h, r, z, n, m, params)


exercise.knob(
    _gru,
    "update_gate_takes_the_new",
    "Your update gate takes the new state where it should keep the old. In torch's form z near 1 keeps: the other "
    "meaning is that of Chung (2014) and of lecture notes N1.",
    blend=lambda z, n, r, h: z * n + (1 - z) * h,
)


@exercise.mistake(
    "Your reset gate is applied to the state before the product. That is the form of Cho (2014); in torch's form it "
    "multiplies the product, with its bias."
)
def reset_before_the_product(x, state, params):
    H = state.h.shape[1]

    def inner(r, product, m):
        return (r * state.h) @ params.W_h[:, 2 * H :] + params.b_n

    return _gru(x, state, params, inner=inner)


exercise.knob(
    _gru,
    "bias_outside_the_reset",
    "Your reset gate leaves b_n out. In torch's form it multiplies the product together with its bias b_n.",
    inner=lambda r, product, m: r * product + (m - product),
)

exercise.knob(
    _gru,
    "without_the_inner_bias",
    "Your candidate lacks b_n, the bias inside the product with r.",
    inner=lambda r, product, m: r * product,
)

exercise.knob(
    _gru,
    "product_beside_the_reset",
    "The product with the old state enters your candidate twice: times r, and once more without. Keep the parts from x "
    "and from h apart in the third block.",
    inner=lambda r, product, m: product + r * m,
)

exercise.knob(
    _gru,
    "without_reset",
    "Your candidate does without the reset gate. r decides how much of the old state it may see.",
    inner=lambda r, product, m: m,
)

exercise.knob(
    _gru,
    "swapped_gates",
    "Your output is what swapped reset and update gates give. The blocks of columns come in the order r, z, n.",
    order="zrn",
)

exercise.knob(
    _gru,
    "sigmoid_candidate_of_gru",
    "Your output is what a sigmoid on the candidate gives. n is no gate: it may be negative.",
    candidate=sigmoid,
)

exercise.knob(
    _gru,
    "keeps_the_reset_state",
    "Your reset gate also acts on the state that is kept. It only decides what the candidate sees; what is kept is "
    "z h_prev.",
    blend=lambda z, n, r, h: (1 - z) * n + z * (r * h),
)


@exercise.mistake("Your step lacks the bias b of the three blocks; b_n alone is not enough.")
def without_bias(x, state, params):
    return _gru(x, state, params._replace(b=0 * params.b))

"""Exercise `gru-step`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_gates, expect_parts, expect_same
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


def _run_cached(student: StudentFunction, rng: np.random.Generator):
    """The new h and the cache, for the parts to be judged by each other, and what was handed in."""
    (state, cache), given = _run_gru(student, rng, 2, 3, 4)
    (h,) = expect_parts(state, "h")
    return h, GRUCache(*expect_parts(cache, *GRUCache._fields)), given


@exercise.check("the gates r and z, as the cache shows them", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, cache, given = _run_cached(student, rng)
    want = gru_step(*given)[1]
    expect_same((cache.r, cache.z), (want.r, want.z), "r and z", "See (6.3): the blocks have the order r, z, n.")


@exercise.check("m, what the old state says to the candidate", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, cache, given = _run_cached(student, rng)
    expect_same(cache.m, gru_step(*given)[1].m, "m", "The product with W_hn, and b_n; before r comes in.")


@exercise.check("the candidate that follows from r and m", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own r and m, right or wrong."""
    _, cache, (x, _, params) = _run_cached(student, rng)
    (r,) = expect_gates(cache.r)
    from_x = (x @ params.W_x + params.b)[:, 8:]
    hint = "See (6.3): r multiplies m, and nothing else."
    expect_same(cache.n, np.tanh(from_x + r * np.asarray(cache.m)), "n", hint)


@exercise.check("the new state that follows from z and n", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own z and n, right or wrong."""
    h, cache, (_, before, _) = _run_cached(student, rng)
    (z,) = expect_gates(cache.z)
    expect_same(h, (1 - z) * np.asarray(cache.n) + z * before.h, "h", "See (6.3): what does z keep?")


@exercise.check("the new state, for any sizes", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((17, 5, 23), (1, 1, 1)):
        (state, _), given = _run_gru(student, rng, *sizes)
        expect_same(state, _torch_gru(*given), "the new state", "Go through (6.3) line by line.")


@exercise.check("the cache holds what was handed in", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, cache, (x, before, params) = _run_cached(student, rng)
    got, hint = (cache.x, cache.h_prev, cache.params), "Its fields have an order: x, h_prev, r, z, n, m, params."
    expect_same(got, (x, before.h, params), "x, h_prev and params of the cache", hint)


exercise.leaves_inputs(0.5)


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


@exercise.mistake("Your reset gate acts on what the input says, too. It multiplies m alone: see (6.3).")
def reset_of_the_input_too(x, state, params):
    H = state.h.shape[1]
    from_x = (x @ params.W_x + params.b)[:, 2 * H :]
    return _gru(x, state, params, inner=lambda r, h_n, m: r * (from_x + m) - from_x)


exercise.knob(
    _gru,
    "reset_gate_mixes",
    "The reset gate mixes old and new. That is the update gate's part; r is for the candidate.",
    blend=lambda z, n, r, h: (1 - r) * n + r * h,
)

exercise.knob(
    _gru,
    "nothing_kept",
    "Your new state has nothing of the old one. z keeps its share: z h_prev is added.",
    blend=lambda z, n, r, h: (1 - z) * n,
)


@exercise.mistake("Your cache keeps r m for m. m is what the old state says, before r comes in.")
def reset_m_in_the_cache(x, state, params):
    new, cache = _gru(x, state, params)
    return new, cache._replace(m=cache.r * cache.m)


@exercise.mistake("Your cache keeps m without b_n. m = h_prev W_hn + b_n.")
def m_without_its_bias_in_the_cache(x, state, params):
    new, cache = _gru(x, state, params)
    return new, cache._replace(m=cache.m - params.b_n)


@exercise.mistake("Your cache has the new state in the place of h_prev, which is the state before the step.")
def new_state_for_the_old_in_the_cache(x, state, params):
    new, cache = _gru(x, state, params)
    return new, cache._replace(h_prev=new.h)


@exercise.mistake("The gate z of yours does not see the hidden state. Both gates are fed by x and by h_prev.")
def update_gate_without_the_state(x, state, params):
    H = state.h.shape[1]
    W_h = params.W_h.copy()
    W_h[:, H : 2 * H] = 0
    return _gru(x, state, params._replace(W_h=W_h))


@exercise.mistake("The gate r of yours does not see the hidden state. Both gates are fed by x and by h_prev.")
def reset_gate_without_the_state(x, state, params):
    H = state.h.shape[1]
    W_h = params.W_h.copy()
    W_h[:, :H] = 0
    return _gru(x, state, params._replace(W_h=W_h))


@exercise.mistake("You keep m where the old state is kept. In the last line of (6.3) z multiplies h_prev itself.")
def product_kept_for_the_state(x, state, params):
    _, cache = _gru(x, state, params)
    return RNNState((1 - cache.z) * cache.n + cache.z * cache.m), cache


@exercise.mistake("Your bias b comes in twice, with x and with h. It comes in once; the part of h in n has b_n.")
def bias_in_both_parts(x, state, params):
    H = state.h.shape[1]
    b = params.b * np.repeat([2.0, 2.0, 1.0], H)
    return _gru(x, state, params._replace(b=b, b_n=params.b_n + params.b[2 * H :]))


@exercise.mistake("You squash the new state once more. It is a mean of n and h_prev, and stays as it is.")
def new_state_squashed(x, state, params):
    new, cache = _gru(x, state, params)
    return RNNState(tanh(new.h)), cache


@exercise.mistake("Your new state is right, but the cache has z before r. Its order is x, h_prev, r, z, n, m, params.")
def update_gate_first_in_the_cache(x, state, params):
    new, cache = _gru(x, state, params)
    return new, cache._replace(r=cache.z, z=cache.r)

"""Exercise `mut1-step`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_gates, expect_parts, expect_same
from autograder.exercises.u06_gru_and_variants.shared import STEP_RESULT, draw_rnn_state, tensors
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells.gru_reset_before import gru_step_reset_before
from rnncore.functional.cells.mut1 import MUT1Cache, MUT1Params, init_mut1_params, mut1_step
from rnncore.functional.cells.rnn import RNNState

exercise = Exercise("mut1-step", "MUT1", mut1_step, uses=[gru_step_reset_before])


def _published_mut1(x: np.ndarray, state: RNNState, params: MUT1Params) -> RNNState:
    """The oracle: the paper's lines, one matrix for each gate."""
    a, h = tensors(x, state.h)
    z_x, r_x, n_x = torch.tensor(params.W_x).chunk(3, dim=1)
    r_h, n_h = torch.tensor(params.W_h).chunk(2, dim=1)
    b_z, b_r, b_n = torch.tensor(params.b).chunk(3)
    z, r = torch.sigmoid(a @ z_x + b_z), torch.sigmoid(a @ r_x + h @ r_h + b_r)
    candidate = torch.tanh(torch.einsum("bj,bj,jk->bk", r, h, n_h) + torch.tanh(a @ n_x) + b_n)
    return RNNState(torch.lerp(h, candidate, z).numpy())


def _run_mut1(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    given = rng.normal(size=(B, D)), draw_rnn_state(rng, B, H), init_mut1_params(D, H, rng)
    return expect_parts(student(*given), *STEP_RESULT), given


def _run_cached(student: StudentFunction, rng: np.random.Generator):
    """The new h and the cache, for the parts to be judged by each other, and what was handed in."""
    (state, cache), given = _run_mut1(student, rng, 2, 3, 4)
    (h,) = expect_parts(state, "h")
    return h, MUT1Cache(*expect_parts(cache, *MUT1Cache._fields)), given


@exercise.check("the update gate, as the cache shows it", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, cache, given = _run_cached(student, rng)
    expect_same(cache.z, mut1_step(*given)[1].z, "z", "See (6.8): it sees x alone. W_x and b have the order z, r, n.")


@exercise.check("the reset gate, as the cache shows it", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, cache, given = _run_cached(student, rng)
    expect_same(cache.r, mut1_step(*given)[1].r, "r", "W_x and b have the order z, r, n; W_h has r, n.")


@exercise.check("the candidate that follows from r", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own r, right or wrong."""
    _, cache, (x, before, params) = _run_cached(student, rng)
    (r,) = expect_gates(cache.r)
    heard, written = (r * before.h) @ params.W_h[:, 4:], np.tanh((x @ params.W_x)[:, 8:])
    expect_same(cache.n, np.tanh(heard + written + params.b[8:]), "n", "See (6.8): two tanhs, b_n in the outer one.")


@exercise.check("the new state that follows from z and n", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own z and n, right or wrong."""
    h, cache, (_, before, _) = _run_cached(student, rng)
    (z,) = expect_gates(cache.z)
    expect_same(h, z * np.asarray(cache.n) + (1 - z) * before.h, "h", "Here z takes the new.")


@exercise.check("the new state, for any sizes", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((17, 5, 23), (1, 1, 1)):
        (state, _), given = _run_mut1(student, rng, *sizes)
        hint = "Go through (6.8). W_x and b have the order z, r, n; W_h has r, n."
        expect_same(state, _published_mut1(*given), "the new state", hint)


exercise.leaves_inputs(0.25)


def _mut1(x, state, params, order="zrn", second="rn", gate=None, inner=None, written=tanh, blend=None):
    """MUT1 with its parts laid open. `gate` is what else feeds z, `written` squashes the input."""
    W = dict(zip(order, np.split(params.W_x, 3, axis=1), strict=True))
    b = dict(zip(order, np.split(params.b, 3), strict=True))
    U = dict(zip(second, np.split(params.W_h, 2, axis=1), strict=True))
    h = state.h
    z = sigmoid(x @ W["z"] + b["z"] + (0 if gate is None else gate(h, U)))
    r = sigmoid(x @ W["r"] + h @ U["r"] + b["r"])
    heard = (r * h) @ U["n"] if inner is None else inner(r, h, U["n"])
    n = tanh(heard + written(x @ W["n"]) + b["n"])
    new = z * n + (1 - z) * h if blend is None else blend(z, n, h)
    return RNNState(new), MUT1Cache(z, r, n)


exercise.knob(
    _mut1,
    "update_gate_keeps_the_old",
    "Your update gate keeps the old state. In this cell it takes the new: z stands before n.",
    blend=lambda z, n, h: (1 - z) * n + z * h,
)

exercise.knob(
    _mut1,
    "without_the_inner_tanh",
    "Your input goes into the candidate without the inner tanh. It is squashed once on its own first.",
    written=lambda a: a,
)


@exercise.mistake("Your b_n is inside the inner tanh. It is added beside it.")
def bias_inside_the_inner_tanh(x, state, params):
    b_n = np.split(params.b, 3)[2]
    return _mut1(x, state, params, written=lambda a: tanh(a + b_n) - b_n)


exercise.knob(
    _mut1,
    "update_gate_sees_the_state",
    "Your update gate sees the hidden state. In this cell it sees the input alone.",
    gate=lambda h, U: h @ U["r"],
)

exercise.knob(
    _mut1,
    "reset_after_the_product_of_mut1",
    "Your reset gate multiplies the product. Here it is applied to the state first, as in Cho's GRU.",
    inner=lambda r, h, W: r * (h @ W),
)

exercise.knob(
    _mut1,
    "mut1_without_reset",
    "Your candidate sees all of the old state. Where is the reset gate?",
    inner=lambda r, h, W: h @ W,
)

exercise.knob(
    _mut1, "order_of_the_gru", "You read W_x and b in the GRU's order r, z, n. MUT1 has z first.", order="rzn"
)

exercise.knob(
    _mut1,
    "recurrent_blocks_swapped",
    "You read the two blocks of W_h in the wrong order: r comes first, then n.",
    second="nr",
)


@exercise.mistake("Your candidate is not squashed as a whole. There is a tanh around the sum: see (6.8).")
def without_the_outer_tanh(x, state, params):
    z, r, _ = _mut1(x, state, params)[1]
    H = state.h.shape[1]
    n = (r * state.h) @ params.W_h[:, H:] + tanh(x @ params.W_x[:, 2 * H :]) + params.b[2 * H :]
    return RNNState(z * n + (1 - z) * state.h), MUT1Cache(z, r, n)


@exercise.mistake("Your cache has r before z. Its order is z, r, n.")
def gates_exchanged_in_the_cache(x, state, params):
    new, cache = _mut1(x, state, params)
    return new, MUT1Cache(cache.r, cache.z, cache.n)


@exercise.mistake("Your candidate has no bias. b has three blocks, z, r, n, and the third stands in the outer tanh.")
def candidate_without_bias(x, state, params):
    unbiased = params._replace(b=params.b * (np.arange(len(params.b)) < 2 * state.h.shape[1]))
    return _mut1(x, state, unbiased)


@exercise.mistake("You squash the input before W_xn. The inner tanh is around the product x W_xn.")
def input_squashed_before_the_product(x, state, params):
    H = state.h.shape[1]
    from_x = tanh(x) @ params.W_x[:, 2 * H :]
    return _mut1(x, state, params, written=lambda _: from_x)


exercise.knob(
    _mut1,
    "sigmoid_for_the_inner_tanh",
    "The input goes through a sigmoid on its way into n. In (6.8) both functions there are tanh.",
    written=sigmoid,
)

"""Exercise `depth-gated-step`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_gates, expect_parts, expect_same
from autograder.exercises.u06_gru_and_variants.shared import STEP_RESULT, draw_lstm_state, tensors
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells.depth_gated import (
    DepthGatedCache,
    DepthGatedParams,
    depth_gated_step,
    init_depth_gated_params,
)
from rnncore.functional.cells.lstm import LSTMState

exercise = Exercise("depth-gated-step", "The depth-gated LSTM", depth_gated_step)


def _published_depth_gated(x: np.ndarray, state: LSTMState, params: DepthGatedParams) -> LSTMState:
    """The oracle: the paper's lines, with diagonal matrices written out."""
    u, below = torch.tensor(x).split(params.W_d.shape, dim=1)
    h, c_prev = tensors(*state)
    W, U, b = (torch.tensor(array).chunk(4, dim=-1) for array in params[:3])
    P_i, P_f, P_o = (torch.diag(p) for p in torch.tensor(params.p).chunk(3))
    W_d, b_d, p_d, l_d = tensors(*params[4:])
    a_i, a_f, a_g, a_o = (u @ W_k + h @ U_k + b_k for W_k, U_k, b_k in zip(W, U, b, strict=True))
    d = torch.sigmoid(u @ W_d + b_d + c_prev @ torch.diag(p_d) + below @ torch.diag(l_d))
    c = torch.sigmoid(a_f + c_prev @ P_f) * c_prev + torch.sigmoid(a_i + c_prev @ P_i) * torch.tanh(a_g) + d * below
    return LSTMState((torch.sigmoid(a_o + c @ P_o) * torch.tanh(c)).numpy(), c.numpy())


def _run_depth_gated(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int, below: float = 1.0):
    x = np.concatenate([rng.normal(size=(B, D)), below * rng.normal(size=(B, H))], axis=1)
    given = x, draw_lstm_state(rng, B, H), init_depth_gated_params(D, H, rng)
    return expect_parts(student(*given), *STEP_RESULT), given


def _run_cached(student: StudentFunction, rng: np.random.Generator):
    """The new h and c and the cache, for the parts to be judged by each other, and what was handed in."""
    (state, cache), given = _run_depth_gated(student, rng, 2, 3, 4)
    h, c = expect_parts(state, *LSTMState._fields)
    return h, np.asarray(c), DepthGatedCache(*expect_parts(cache, *DepthGatedCache._fields)), given


@exercise.check("the gates i and f and the candidate, as the cache shows them", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, _, cache, given = _run_cached(student, rng)
    want = depth_gated_step(*given)[1]
    hint = "They read u alone; i and f have peepholes, g has none. The cache has the order i, f, g, o, d."
    expect_same(cache[:3], want[:3], "i, f and g", hint)


@exercise.check("the depth gate, as the cache shows it", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, _, cache, given = _run_cached(student, rng)
    expect_same(cache.d, depth_gated_step(*given)[1].d, "d", "The first line of (6.9), with four terms.")


@exercise.check("the cell state that follows from the gates", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own gates, right or wrong."""
    _, c, cache, (x, before, _) = _run_cached(student, rng)
    i, f = expect_gates(cache.i, cache.f)
    want = np.asarray(cache.d) * x[:, 3:] + f * before.c + i * np.asarray(cache.g)
    expect_same(c, want, "c", "See (6.9): what is below passes d, what was before passes f.")


@exercise.check("the output gate that follows from the cell state", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own cell state and output gate, right or wrong."""
    _, c, cache, (x, before, params) = _run_cached(student, rng)
    a = (x[:, :3] @ params.W_x + before.h @ params.W_h + params.b)[:, 12:]
    (o,) = expect_gates(cache.o)
    expect_same(o, 1 / (1 + np.exp(-a - params.p[8:] * c)), "o", "It sees the new cell state.")


@exercise.check("the hidden state that follows from both", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own cell state and output gate, right or wrong."""
    h, c, cache, _ = _run_cached(student, rng)
    (o,) = expect_gates(cache.o)
    expect_same(h, o * np.tanh(c), "h", "With the new c.")


@exercise.check("the new state where the cell below is empty", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_depth_gated(student, rng, 3, 2, 4, below=0.0)
    expect_same(state, _published_depth_gated(*given), "the new state", "Then it is the peephole LSTM.")


@exercise.check("the new state, for any sizes", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((17, 5, 23), (1, 1, 1)):
        (state, _), given = _run_depth_gated(student, rng, *sizes)
        expect_same(state, _published_depth_gated(*given), "the new state", "Go through (6.9) line by line.")


exercise.leaves_inputs(0.25)


def _depth(x, state, params, u_first=True, peep=None, update=None, sees=None, output_sees_new=True):
    """The depth-gated LSTM with its parts laid open."""
    D, H = params.W_d.shape
    u, below = (x[:, :D], x[:, D:]) if u_first else (x[:, H:], x[:, :H])
    a_i, a_f, a_g, a_o = np.split(u @ params.W_x + state.h @ params.W_h + params.b, 4, axis=1)
    p_i, p_f, p_o = np.split(params.p if peep is None else peep(params.p), 3)
    i, f, g = sigmoid(a_i + p_i * state.c), sigmoid(a_f + p_f * state.c), tanh(a_g)
    seen = params.p_d * state.c + params.l_d * below if sees is None else sees(params, state.c, below)
    d = sigmoid(u @ params.W_d + params.b_d + seen)
    c = d * below + f * state.c + i * g if update is None else update(d, below, f, state.c, i * g)
    o = sigmoid(a_o + p_o * (c if output_sees_new else state.c))
    return LSTMState(o * tanh(c), c), DepthGatedCache(i, f, g, o, d)


exercise.knob(
    _depth,
    "nothing_from_below",
    "Your cell does not take in the cell below. That is the peephole LSTM: one term of (6.9) is missing.",
    update=lambda d, below, f, c, new: f * c + new,
)

exercise.knob(
    _depth,
    "below_without_gate",
    "Your cell takes in all of the cell below. The depth gate d decides how much of it may pass.",
    update=lambda d, below, f, c, new: below + f * c + new,
)

exercise.knob(
    _depth,
    "swapped_roads",
    "Your gates are on the wrong roads: f is for the cell of the step before, d for the cell of the layer below.",
    update=lambda d, below, f, c, new: f * below + d * c + new,
)

exercise.knob(
    _depth,
    "blind_for_below",
    "Your depth gate does not see the cell below. Its weight l_d is for that.",
    sees=lambda params, c, below: params.p_d * c,
)

exercise.knob(
    _depth,
    "blind_for_itself",
    "Your depth gate does not see its own cell. Its weight p_d is for that.",
    sees=lambda params, c, below: params.l_d * below,
)


@exercise.mistake("Your depth gate does not read the input. Its weights W_d are for u.")
def blind_for_the_input(x, state, params):
    return _depth(x, state, params._replace(W_d=0 * params.W_d))


exercise.knob(
    _depth,
    "swapped_weights_of_the_depth_gate",
    "You swapped p_d and l_d: p_d is for the layer's own cell, l_d for the one below.",
    sees=lambda params, c, below: params.p_d * below + params.l_d * c,
)

exercise.knob(
    _depth,
    "cell_below_first",
    "You take the cell below from the first columns of x. It stands in the last H columns, after u.",
    u_first=False,
)

exercise.knob(
    _depth,
    "output_peeps_at_the_old_cell",
    "Your output gate looks at the old cell. Its peephole is on the cell after the update.",
    output_sees_new=False,
)

exercise.knob(
    _depth,
    "without_peepholes",
    "Your gates i, f and o have no peepholes. This cell is a peephole LSTM with one gate more.",
    peep=lambda p: 0 * p,
)


@exercise.mistake("Your output gate has no peephole. It sees the new cell state, p_o c.")
def output_gate_without_peephole(x, state, params):
    H = state.h.shape[1]
    new, cache = _depth(x, state, params._replace(p=params.p * (np.arange(3 * H) < 2 * H)))
    return new, cache


@exercise.mistake("Your depth gate has no bias. The first line of (6.9) has four terms.")
def depth_gate_without_bias(x, state, params):
    return _depth(x, state, params._replace(b_d=0.0 * params.b_d))


@exercise.mistake("Your depth gate is a tanh. Gates are sigmoids, between 0 and 1.")
def depth_gate_with_tanh(x, state, params):
    D, H = params.W_d.shape
    d = tanh(x[:, :D] @ params.W_d + params.b_d + params.p_d * state.c + params.l_d * x[:, D:])
    _, cache = _depth(x, state, params)
    c = d * x[:, D:] + cache.f * state.c + cache.i * cache.g
    a_o = (x[:, :D] @ params.W_x + state.h @ params.W_h + params.b)[:, 3 * H :]
    o = sigmoid(a_o + params.p[2 * H :] * c)
    return LSTMState(o * tanh(c), c), DepthGatedCache(cache.i, cache.f, cache.g, o, d)


@exercise.mistake("Your candidate has a peephole. Only i, f and o look at the cell state, and d.")
def peephole_of_the_candidate(x, state, params):
    D, H = params.W_d.shape
    _, (i, f, _, _, d) = _depth(x, state, params)
    a_g, a_o = np.split((x[:, :D] @ params.W_x + state.h @ params.W_h + params.b)[:, 2 * H :], 2, axis=1)
    g = tanh(a_g + params.p[2 * H :] * state.c)
    c = d * x[:, D:] + f * state.c + i * g
    o = sigmoid(a_o + params.p[2 * H :] * c)
    return LSTMState(o * tanh(c), c), DepthGatedCache(i, f, g, o, d)


@exercise.mistake("Your cache begins with d. Its order is i, f, g, o, d.")
def depth_gate_first_in_the_cache(x, state, params):
    new, (i, f, g, o, d) = _depth(x, state, params)
    return new, DepthGatedCache(d, i, f, g, o)


exercise.knob(
    _depth,
    "own_cell_for_the_one_below",
    "In your depth gate l_d multiplies c_prev. It is for the cell below; p_d is for c_prev.",
    sees=lambda params, c_prev, below: (params.p_d + params.l_d) * c_prev,
)


exercise.knob(
    _depth,
    "depth_gate_on_the_road_through_time",
    "Your depth gate multiplies what comes from the step before. In (6.9) d stands beside the cell below.",
    update=lambda d, below, f, c, new: below + d * f * c + new,
)

exercise.knob(
    _depth,
    "nothing_kept",
    "Your cell keeps nothing of its own old state: f c_prev is missing in (6.9).",
    update=lambda d, below, f, c, new: d * below + new,
)


@exercise.mistake("Your depth gate looks at the new cell. It is needed to make that, so it looks at c_prev.")
def depth_gate_sees_the_new_cell(x, state, params):
    i, f, g, _, _ = _depth(x, state, params)[1]
    seen = f * state.c + i * g
    return _depth(x, state, params, sees=lambda p, c, below: p.p_d * seen + p.l_d * below)


def _shown(x, state, params, gate_sees, shows):
    """The step with the output gate's cell and the shown cell laid open: each of the new cell and what came below."""
    D, H = params.W_d.shape
    new, cache = _depth(x, state, params)
    from_below = cache.d * x[:, D:]
    a_o = (x[:, :D] @ params.W_x + state.h @ params.W_h + params.b)[:, 3 * H :]
    o = sigmoid(a_o + params.p[2 * H :] * gate_sees(new.c, from_below))
    return LSTMState(o * tanh(shows(new.c, from_below)), new.c), cache._replace(o=o)


exercise.knob(
    _shown,
    "shown_without_what_is_below",
    "Your hidden state shows the cell without what came from below. It shows all of the new c.",
    gate_sees=lambda c, from_below: c,
    shows=lambda c, from_below: c - from_below,
)

exercise.knob(
    _shown,
    "output_gate_without_what_is_below",
    "Your output gate looks at the cell without what came from below. It looks at all of the new c.",
    gate_sees=lambda c, from_below: c - from_below,
    shows=lambda c, from_below: c,
)

exercise.knob(
    _shown,
    "neither_shown_nor_seen_what_is_below",
    "What came from below is missing where o looks at the cell and where h shows it. Both take the new c, all of it.",
    gate_sees=lambda c, from_below: c - from_below,
    shows=lambda c, from_below: c - from_below,
)

exercise.knob(
    _depth,
    "peepholes_of_input_and_forget_gate_exchanged",
    "You cut p in another order: i looks through the forget gate's peephole, and f through the input gate's.",
    peep=lambda p: np.concatenate([np.split(p, 3)[k] for k in (1, 0, 2)]),
)

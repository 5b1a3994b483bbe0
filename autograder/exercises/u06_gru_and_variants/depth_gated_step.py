"""Exercise `depth-gated-step`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
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


@exercise.check("the new state where the cell below is empty", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_depth_gated(student, rng, 3, 2, 4, below=0.0)
    expect_same(state, _published_depth_gated(*given), "the new state", "Then it is the peephole LSTM.")


@exercise.check("the new state of several sequences and units", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_depth_gated(student, rng, 3, 5, 4)
    hint = "See (6.9): what is below passes d; the gates i, f, g, o read u alone."
    expect_same(state, _published_depth_gated(*given), "the new state", hint)


@exercise.check("one sequence and one unit", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_depth_gated(student, rng, 1, 1, 1)
    expect_same(state, _published_depth_gated(*given), "the new state", "See (6.9).")


@exercise.check("the gates in the cache", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_depth_gated(student, rng, 2, 3, 4)
    expect_same(cache, depth_gated_step(*given)[1], "the cache", "Its fields have the order i, f, g, o, d.")


exercise.leaves_inputs(0.25, after="the new state of several sequences and units")


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

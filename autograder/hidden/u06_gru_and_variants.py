"""Hidden checks of Unit 6: the GRU and the variants of the LSTM."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.checking import CheckSet, StudentFunction, expect_parts, expect_same, expect_unchanged
from autograder.mutants import u06_gru_and_variants as mutants
from rnncore.functional.cells.clockwork import ClockworkState, clockwork_step
from rnncore.functional.cells.coupled_lstm import CoupledLSTMParams, coupled_lstm_step, init_coupled_lstm_params
from rnncore.functional.cells.depth_gated import DepthGatedParams, depth_gated_step, init_depth_gated_params
from rnncore.functional.cells.gru import GRUParams, gru_step, init_gru_params
from rnncore.functional.cells.gru_reset_before import (
    GRUResetBeforeParams,
    gru_step_reset_before,
    init_gru_reset_before_params,
)
from rnncore.functional.cells.lstm import LSTMState, init_lstm_params
from rnncore.functional.cells.mut1 import MUT1Params, init_mut1_params, mut1_step
from rnncore.functional.cells.param_count import param_count
from rnncore.functional.cells.peephole_lstm import init_peephole_lstm_params
from rnncore.functional.cells.rnn import RNNParams, RNNState, init_rnn_params
from rnncore.functional.weights.update_gate import flip_update_gate

_STEP = "the new state", "the cache"


def _tensors(*arrays: np.ndarray) -> list[Tensor]:
    return [torch.tensor(array) for array in arrays]


def _lstm_state(rng: np.random.Generator, B: int, H: int) -> LSTMState:
    return LSTMState(rng.normal(size=(B, H)), rng.normal(size=(B, H)))


def _hidden(rng: np.random.Generator, B: int, H: int) -> RNNState:
    return RNNState(rng.normal(size=(B, H)))


check_coupled_lstm_step = CheckSet("coupled-lstm-step", coupled_lstm_step, mutants.coupled_lstm_step)


def _torch_coupled(x: np.ndarray, state: LSTMState, params: CoupledLSTMParams) -> LSTMState:
    """The oracle: torch's LSTM cell, whose input gate has the forget gate's weights with the other sign."""
    f, g, o = torch.cat(_tensors(params.W_x, params.W_h, params.b[None])).T.chunk(3)
    W, D = torch.cat([-f, f, g, o]), x.shape[1]
    memory = (torch.tensor(state.h), torch.tensor(state.c))
    h, c = torch.lstm_cell(torch.tensor(x), memory, W[:, :D], W[:, D:-1], W[:, -1], 0.0 * W[:, -1])
    return LSTMState(h.numpy(), c.numpy())


def _run_coupled(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    x, state, params = rng.normal(size=(B, D)), _lstm_state(rng, B, H), init_coupled_lstm_params(D, H, rng)
    return expect_parts(student(x, state, params), *_STEP), (x, state, params)


@check_coupled_lstm_step.that("the new state of several sequences and units", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_coupled(student, rng, 3, 5, 4)
    hint = "Three blocks of H columns, and what is not kept is written: (6.1)."
    expect_same(state, _torch_coupled(*given), "the new state", hint)


@check_coupled_lstm_step.that("one sequence and one unit, with its gates", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, cache), given = _run_coupled(student, rng, 1, 1, 1)
    expect_same(state, _torch_coupled(*given), "the new state", "Compare with (6.1).")
    expect_same(cache, coupled_lstm_step(*given)[1], "the cache", "It has three gates, in the order f, g, o.")


@check_coupled_lstm_step.that(
    "leaves its inputs as they were", points=0.25, after="the new state of several sequences and units"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_coupled(student, rng, 2, 3, 4)
    expect_unchanged(student)


check_gru_step = CheckSet("gru-step", gru_step, mutants.gru_step)


def _torch_gru(x: np.ndarray, state: RNNState, params: GRUParams) -> RNNState:
    """The oracle: torch's GRU cell. Its second bias is zero but in the block of n."""
    b_h = np.concatenate([np.zeros(2 * len(params.b_n)), params.b_n])
    weights = _tensors(params.W_x.T, params.W_h.T, params.b, b_h)
    return RNNState(torch.gru_cell(torch.tensor(x), torch.tensor(state.h), *weights).numpy())


def _run_gru(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    x, state, params = rng.normal(size=(B, D)), _hidden(rng, B, H), init_gru_params(D, H, rng)
    return expect_parts(student(x, state, params), *_STEP), (x, state, params)


@check_gru_step.that("the new state of several sequences and units", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_gru(student, rng, 3, 5, 4)
    expect_same(state, _torch_gru(*given), "the new state", "Go through (6.3) line by line.")


@check_gru_step.that("the new state of one sequence and one unit", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_gru(student, rng, 1, 1, 1)
    expect_same(state, _torch_gru(*given), "the new state", "Go through (6.3) line by line.")


@check_gru_step.that("the cache holds what the docstring says", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_gru(student, rng, 2, 3, 4)
    expect_same(cache, gru_step(*given)[1], "the cache", "Its fields have an order: x, h_prev, r, z, n, m, params.")


@check_gru_step.that("leaves its inputs as they were", points=0.5, after="the new state of several sequences and units")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_gru(student, rng, 2, 3, 4)
    expect_unchanged(student)


check_gru_step_reset_before = CheckSet(
    "gru-step-reset-before", gru_step_reset_before, mutants.gru_step_reset_before, uses=[gru_step]
)


def _cho(x: np.ndarray, state: RNNState, params: GRUResetBeforeParams, takes_new: bool = False) -> RNNState:
    """The oracle: the cell as the paper prints it, one matrix for each gate."""
    a, h = _tensors(x, state.h)
    W, U, b = (torch.tensor(array).chunk(3, dim=-1) for array in params)
    r = torch.sigmoid(a @ W[0] + h @ U[0] + b[0])
    z = torch.sigmoid(a @ W[1] + h @ U[1] + b[1])
    candidate = torch.tanh(a @ W[2] + torch.einsum("bj,bj,jk->bk", r, h, U[2]) + b[2])
    new = torch.lerp(h, candidate, z) if takes_new else torch.lerp(candidate, h, z)
    return RNNState(new.numpy())


def _run_before(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    x, state = rng.normal(size=(B, D)), _hidden(rng, B, H)
    given = x, state, init_gru_reset_before_params(D, H, rng)
    return expect_parts(student(*given), *_STEP), given


@check_gru_step_reset_before.that("the new state of several sequences and units", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_before(student, rng, 3, 5, 4)
    expect_same(state, _cho(*given), "the new state", "The first line of (6.6): r acts on h, and W_hn comes after.")


@check_gru_step_reset_before.that("the new state of one sequence and one unit", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_before(student, rng, 1, 1, 1)
    expect_same(state, _cho(*given), "the new state", "Here z keeps the old state.")


@check_gru_step_reset_before.that("the cache holds what the docstring says", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_before(student, rng, 2, 3, 4)
    want = gru_step_reset_before(*given)[1]
    expect_same(cache, want, "the cache", "Its fields have an order: x, h_prev, r, z, n, params.")


@check_gru_step_reset_before.that(
    "leaves its inputs as they were", points=0.25, after="the new state of several sequences and units"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_before(student, rng, 2, 3, 4)
    expect_unchanged(student)


check_flip_update_gate = CheckSet("flip-update-gate", flip_update_gate, mutants.flip_update_gate)


def _signs(H: int) -> np.ndarray:
    return np.where(np.arange(3 * H) // H == 1, -1.0, 1.0)


@check_flip_update_gate.that("the weights of a GRU in torch's form", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for D, H in ((2, 4), (5, 3)):
        params = init_gru_params(D, H, rng)
        turned = (array * _signs(H) for array in params[:3])
        want = GRUParams(*turned, b_n=params.b_n)
        hint = "The second block of H columns feeds z; the bias has such a block, too."
        expect_same(student(params), want, "the weights", hint)


@check_flip_update_gate.that("the weights of the form of Cho", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    params = init_gru_reset_before_params(3, 2, rng)
    want = GRUResetBeforeParams(*(array * _signs(2) for array in params))
    expect_same(student(params), want, "the weights", "This type has no b_n: keep what there is with _replace.")


@check_flip_update_gate.that("a cell with the other meaning of z then computes the same", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    D, H = 3, 4
    params = init_gru_reset_before_params(D, H, rng)
    W_x, W_h, b = expect_parts(student(params), "W_x", "W_h", "b")
    expect_same([np.shape(a) for a in (W_x, W_h, b)], [a.shape for a in params], "the shapes")
    x, state = rng.normal(size=(4, D)), _hidden(rng, 4, H)
    got = _cho(x, state, GRUResetBeforeParams(W_x, W_h, b), takes_new=True)
    expect_same(got, _cho(x, state, params), "the new state", "1 - σ(a) = σ(-a).")


@check_flip_update_gate.that(
    "leaves its inputs as they were", points=0.25, after="the weights of a GRU in torch's form"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(init_gru_params(2, 3, rng))
    expect_unchanged(student)


check_mut1_step = CheckSet("mut1-step", mut1_step, mutants.mut1_step, uses=[gru_step_reset_before])


def _published_mut1(x: np.ndarray, state: RNNState, params: MUT1Params) -> RNNState:
    """The oracle: the paper's lines, one matrix for each gate."""
    a, h = _tensors(x, state.h)
    z_x, r_x, n_x = torch.tensor(params.W_x).chunk(3, dim=1)
    r_h, n_h = torch.tensor(params.W_h).chunk(2, dim=1)
    b_z, b_r, b_n = torch.tensor(params.b).chunk(3)
    z, r = torch.sigmoid(a @ z_x + b_z), torch.sigmoid(a @ r_x + h @ r_h + b_r)
    candidate = torch.tanh(torch.einsum("bj,bj,jk->bk", r, h, n_h) + torch.tanh(a @ n_x) + b_n)
    return RNNState(torch.lerp(h, candidate, z).numpy())


def _run_mut1(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    given = rng.normal(size=(B, D)), _hidden(rng, B, H), init_mut1_params(D, H, rng)
    return expect_parts(student(*given), *_STEP), given


@check_mut1_step.that("the new state of several sequences and units", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_mut1(student, rng, 3, 5, 4)
    hint = "Go through (6.8). W_x and b have the order z, r, n; W_h has r, n."
    expect_same(state, _published_mut1(*given), "the new state", hint)


@check_mut1_step.that("the new state of one sequence and one unit", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_mut1(student, rng, 1, 1, 1)
    expect_same(state, _published_mut1(*given), "the new state", "Here z takes the new.")


@check_mut1_step.that("the gates in the cache", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_mut1(student, rng, 2, 3, 4)
    expect_same(cache, mut1_step(*given)[1], "the cache", "Its fields have the order z, r, n.")


@check_mut1_step.that(
    "leaves its inputs as they were", points=0.25, after="the new state of several sequences and units"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_mut1(student, rng, 2, 3, 4)
    expect_unchanged(student)


check_depth_gated_step = CheckSet("depth-gated-step", depth_gated_step, mutants.depth_gated_step)


def _published_depth_gated(x: np.ndarray, state: LSTMState, params: DepthGatedParams) -> LSTMState:
    """The oracle: the paper's lines, with diagonal matrices written out."""
    u, below = torch.tensor(x).split(params.W_d.shape, dim=1)
    h, c_prev = _tensors(*state)
    W, U, b = (torch.tensor(array).chunk(4, dim=-1) for array in params[:3])
    P_i, P_f, P_o = (torch.diag(p) for p in torch.tensor(params.p).chunk(3))
    W_d, b_d, p_d, l_d = _tensors(*params[4:])
    a_i, a_f, a_g, a_o = (u @ W_k + h @ U_k + b_k for W_k, U_k, b_k in zip(W, U, b, strict=True))
    d = torch.sigmoid(u @ W_d + b_d + c_prev @ torch.diag(p_d) + below @ torch.diag(l_d))
    c = torch.sigmoid(a_f + c_prev @ P_f) * c_prev + torch.sigmoid(a_i + c_prev @ P_i) * torch.tanh(a_g) + d * below
    return LSTMState((torch.sigmoid(a_o + c @ P_o) * torch.tanh(c)).numpy(), c.numpy())


def _run_depth_gated(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int, below: float = 1.0):
    x = np.concatenate([rng.normal(size=(B, D)), below * rng.normal(size=(B, H))], axis=1)
    given = x, _lstm_state(rng, B, H), init_depth_gated_params(D, H, rng)
    return expect_parts(student(*given), *_STEP), given


@check_depth_gated_step.that("the new state where the cell below is empty", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_depth_gated(student, rng, 3, 2, 4, below=0.0)
    expect_same(state, _published_depth_gated(*given), "the new state", "Then it is the peephole LSTM.")


@check_depth_gated_step.that("the new state of several sequences and units", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_depth_gated(student, rng, 3, 5, 4)
    hint = "See (6.9): what is below passes d; the gates i, f, g, o read u alone."
    expect_same(state, _published_depth_gated(*given), "the new state", hint)


@check_depth_gated_step.that("one sequence and one unit", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_depth_gated(student, rng, 1, 1, 1)
    expect_same(state, _published_depth_gated(*given), "the new state", "See (6.9).")


@check_depth_gated_step.that("the gates in the cache", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_depth_gated(student, rng, 2, 3, 4)
    expect_same(cache, depth_gated_step(*given)[1], "the cache", "Its fields have the order i, f, g, o, d.")


@check_depth_gated_step.that(
    "leaves its inputs as they were", points=0.25, after="the new state of several sequences and units"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_depth_gated(student, rng, 2, 3, 4)
    expect_unchanged(student)


check_param_count = CheckSet("param-count", param_count, mutants.param_count)

_FRESH: dict[str, Callable[..., Any]] = {
    "rnn": init_rnn_params,
    "lstm": init_lstm_params,
    "gru": init_gru_params,
    "gru_reset_before": init_gru_reset_before_params,
    "coupled_lstm": init_coupled_lstm_params,
    "mut1": init_mut1_params,
    "peephole_lstm": init_peephole_lstm_params,
    "depth_gated": init_depth_gated_params,
}


def _expect_counts(student: StudentFunction, cells: tuple[str, ...], sizes: list[tuple[int, int]], hint: str) -> None:
    """The oracle: make the weights, and count them."""
    for D, H in sizes:
        for cell in cells:
            want = sum(array.size for array in _FRESH[cell](D, H, np.random.default_rng(0)))
            expect_same(student(cell, D, H), want, f"the count for {cell!r}", hint)


def _sizes(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Some with as many inputs as units, some with more, some with fewer."""
    n, more = (int(size) for size in rng.integers(2, 40, size=2))
    return [(n, n), (n + more, n), (n, n + more)]


@check_param_count.that("RNN, LSTM and GRU", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_counts(student, ("rnn", "lstm", "gru"), _sizes(rng), "One bias a block; the GRU's b_n stands apart.")


@check_param_count.that("the cells of three blocks", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    cells = "coupled_lstm", "gru_reset_before", "mut1"
    _expect_counts(student, cells, _sizes(rng), "Which of the three blocks lack what? See the table.")


@check_param_count.that("peepholes and the depth gate", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    cells = "peephole_lstm", "depth_gated"
    _expect_counts(student, cells, _sizes(rng), "Peepholes are diagonal; the depth gate has W_d, b_d, p_d and l_d.")


@check_param_count.that("sizes of one", points=0.25, after="RNN, LSTM and GRU")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    n = int(rng.integers(2, 9))
    _expect_counts(student, tuple(_FRESH), [(1, 1), (1, n), (n, 1)], "D and H may be anything from 1 up.")


check_clockwork_step = CheckSet("clockwork-step", clockwork_step, mutants.clockwork_step)


def _published_clockwork(x: np.ndarray, h: np.ndarray, t: int, params: RNNParams, periods: tuple[int, ...]):
    """The oracle: unit by unit, one connection at a time."""
    H = h.shape[1]
    module = np.arange(H) * len(periods) // H
    new = h.copy()
    for k in range(H):
        if t % periods[module[k]] == 0:
            a = x @ params.W_x[:, k] + params.b[k]
            for j in range(H):
                if periods[module[j]] >= periods[module[k]]:
                    a = a + h[:, j] * params.W_h[j, k]
            new[:, k] = np.tanh(a)
    return new


def _run_clockwork(
    student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int, t: int, periods: tuple[int, ...]
):
    x, h, params = rng.normal(size=(B, D)), rng.normal(size=(B, H)), init_rnn_params(D, H, rng)
    state, cache = expect_parts(student(x, ClockworkState(h, t), params, periods), *_STEP)
    new, counter = expect_parts(state, "h", "t")
    return new, counter, cache, _published_clockwork(x, h, t, params, periods)


@check_clockwork_step.that("who computes, and what from", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for t in (0, 1, 2, 3, 4, 8):
        h, _, _, want = _run_clockwork(student, rng, 3, 2, 6, t, (1, 2, 4))
        hint = "A module computes when its period divides t, and hears itself and the slower ones."
        expect_same(h, want, f"h at t = {t}", hint)


@check_clockwork_step.that("any periods, also where nobody computes", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for t, periods in ((1, (2, 3)), (6, (2, 3)), (9, (3, 7)), (14, (2, 5, 7))):
        h, _, _, want = _run_clockwork(student, rng, 2, 3, 2 * len(periods), t, periods)
        expect_same(h, want, f"h at t = {t} with the periods {periods}", "Who does not compute keeps its state.")


@check_clockwork_step.that("one clock is the vanilla RNN", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for H in (1, 4):
        x, h, params = rng.normal(size=(2, 3)), rng.normal(size=(2, H)), init_rnn_params(3, H, rng)
        state, _ = expect_parts(student(x, ClockworkState(h, 5), params, (1,)), *_STEP)
        new, _ = expect_parts(state, "h", "t")
        weights = _tensors(params.W_x.T, params.W_h.T, params.b, 0.0 * params.b)
        want = torch.rnn_tanh_cell(*_tensors(x, h), *weights).numpy()
        expect_same(new, want, "h", "With the period 1 everybody computes, and hears everybody.")


@check_clockwork_step.that("several steps, one after the other", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, h, params = rng.normal(size=(7, 2, 3)), np.zeros((2, 4)), init_rnn_params(3, 4, rng)
    state: Any = ClockworkState(h, 0)
    for t, x in enumerate(xs):
        state, _ = expect_parts(student(x, state, params, (1, 3)), *_STEP)
        new, counter = expect_parts(state, "h", "t")
        h = _published_clockwork(x, h, t, params, (1, 3))
        expect_same(new, h, f"h after {t + 1} steps", "The counter tells which step comes next.")
        expect_same(counter, t + 1, f"the counter after {t + 1} steps", "Each step adds 1.")


@check_clockwork_step.that("the cache says who computed", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for t in (2, 3, 4):
        _, _, cache, _ = _run_clockwork(student, rng, 2, 3, 6, t, (1, 2, 4))
        (active,) = expect_parts(cache, "active")
        want = np.array([float(t % period == 0) for period in (1, 2, 4) for _ in range(2)])
        expect_same(active, want, "cache.active", "1 for each unit that computed, 0 for the others: (H,).")


@check_clockwork_step.that("leaves its inputs as they were", points=0.25, after="who computes, and what from")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_clockwork(student, rng, 2, 3, 4, 2, (1, 4))
    expect_unchanged(student)

"""Exercise `jacobian-norms`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.checking import ANY_OTHER, CheckFailed, Exercise, StudentFunction, expect_same
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import (
    LSTMState,
    RNNParams,
    RNNState,
    lstm_step,
    lstm_step_backward,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.learning.gradient_flow import jacobian_norms, spectral_norm
from rnncore.functional.sequence.unroll import unroll

exercise = Exercise("jacobian-norms", "How much of a gradient arrives", jacobian_norms)


StepByTorch = Callable[[torch.Tensor, Any, Any], Any]


def _torch_norms(step: StepByTorch, xs: np.ndarray, state: Any, params: Any) -> np.ndarray:
    """The oracle: torch's automatic derivatives of the last hidden state with respect to each before it."""
    kind, weights = type(state), type(params)(*map(torch.tensor, params))
    states = [kind(*(torch.tensor(part, requires_grad=True) for part in state))]
    for t in range(xs.shape[1]):
        states.append(step(torch.tensor(xs[:, t]), states[-1], weights))
    B, H = state.h.shape
    norms = np.zeros((B, len(states)))
    for lag, before in enumerate(reversed(states)):
        rows = [torch.autograd.grad(states[-1].h[:, j].sum(), before.h, retain_graph=True)[0] for j in range(H)]
        jacobians = torch.stack(rows, dim=1).numpy()
        norms[:, lag] = [np.linalg.svd(jacobian)[1][0] for jacobian in jacobians]
    return norms


def _torch_rnn_step(x: torch.Tensor, state: RNNState, params: RNNParams) -> RNNState:
    return RNNState(torch.tanh(x @ params.W_x + state.h @ params.W_h + params.b))


def _torch_lstm_step(x: torch.Tensor, state: LSTMState, params: Any) -> LSTMState:
    i, f, g, o = torch.chunk(x @ params.W_x + state.h @ params.W_h + params.b, 4, dim=1)
    c = torch.sigmoid(f) * state.c + torch.sigmoid(i) * torch.tanh(g)
    return LSTMState(torch.sigmoid(o) * torch.tanh(c), c)


def _run_jacobian_norms(student: StudentFunction, rng: np.random.Generator, B: int, T: int, H: int):
    xs, params = rng.normal(size=(B, T, 2)), init_rnn_params(2, H, rng)
    params = params._replace(W_h=2.0 * params.W_h)
    state = RNNState(rng.uniform(-1, 1, size=(B, H)))
    _, last, caches = unroll(rnn_step, xs, state, params)
    return student(rnn_step_backward, last, caches), _torch_norms(_torch_rnn_step, xs, state, params)


def _from_lag_1(norms: Any, T: int) -> Any:
    """The norms without that of lag 0, if it is there."""
    array = np.asarray(norms)
    return array[:, 1:] if array.ndim == 2 and array.shape[1] == T + 1 else norms


@exercise.check("a single step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_jacobian_norms(student, rng, B=2, T=1, H=1)
    expect_same(_from_lag_1(got, 1), want[:, 1:], "the norms from lag 1 on", "One step back from the last state.")


@exercise.check("one sequence, one unit, several steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_jacobian_norms(student, rng, B=1, T=4, H=1)
    expect_same(_from_lag_1(got, 4), want[:, 1:], "the norms from lag 1 on", "One for each lag; far back comes last.")


@exercise.check("several units: the norm of the whole product", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_jacobian_norms(student, rng, B=1, T=5, H=4)
    hint = "Send H gradients back, one for each unit, step after step. See (4.3)."
    expect_same(_from_lag_1(got, 5), want[:, 1:], "the norms from lag 1 on", hint)


@exercise.check("several sequences, each with norms of its own", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_jacobian_norms(student, rng, B=3, T=4, H=3)
    hint = "Each sequence has norms of its own, in a row of its own."
    expect_same(_from_lag_1(got, 4), want[:, 1:], "the norms from lag 1 on", hint)


@exercise.check("lag 0 comes first", points=0.25, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_jacobian_norms(student, rng, B=2, T=3, H=3)
    if np.shape(got) != want.shape:
        raise CheckFailed(f"the norms should have shape {want.shape}, lags 0 to T; got {np.shape(got)}")
    expect_same(np.asarray(got)[:, 0], want[:, 0], "the norms of lag 0", "A state depends on itself.")


@exercise.check("another cell, whose state has two parts", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, state = rng.normal(size=(2, 3, 2)), LSTMState(*rng.normal(size=(2, 2, 3)))
    params = init_lstm_params(2, 3, rng)
    _, last, caches = unroll(lstm_step, xs, state, params)
    want = _torch_norms(_torch_lstm_step, xs, state, params)
    got = _from_lag_1(student(lstm_step_backward, last, caches), 3)
    hint = "Begin with zeros beside h, call step_backward, and hand on the whole state that it returns."
    expect_same(got, want[:, 1:], "the norms from lag 1 on", hint)


exercise.leaves_inputs(0.5)


def _norms(step_backward, last, caches, order: Callable[..., Any] = reversed, norm=spectral_norm, anew=False):
    """The norms with their parts laid open, for mistakes to get wrong."""
    nothing = map_tree(np.zeros_like, last)
    H = last.h.shape[1]
    units = [nothing._replace(h=nothing.h + np.eye(H)[j]) for j in range(H)]
    rows, norms = units, [norm(np.stack([row.h for row in units], axis=1))]
    for cache in order(caches):
        rows = [step_backward(row, cache)[1] for row in (units if anew else rows)]
        norms.append(norm(np.stack([row.h for row in rows], axis=1)))
    return np.stack(norms, axis=1)


exercise.knob(
    _norms,
    "frobenius",
    "Your norms take all entries into account (the root of the sum of squares, Frobenius). Asked for is the spectral "
    "norm, by which a gradient is lengthened at most: at lag 0 it is 1, not the root of H.",
    norm=lambda J: np.sqrt(np.sum(J * J, axis=(1, 2))),
)

exercise.knob(
    _norms,
    "forward_in_time",
    "Your caches are taken from the first step to the last. A gradient goes the other way: it begins at the last step.",
    order=list,
)


@exercise.mistake("Your norms come in the order of time. Asked for is the order of lags: the last step comes first.")
def by_time(step_backward, last, caches):
    return _norms(step_backward, last, caches)[:, ::-1]


exercise.knob(
    _norms,
    "single_steps",
    "Your norms are those of single steps: each starts again from the identity. What comes back from one step is what "
    "the next one takes further back.",
    anew=True,
)


@exercise.mistake(
    "You multiply the norms of the single steps. That is the bound (4.4); the norm of the product is smaller, since "
    "the gradient that one step lengthens most is not that of the next."
)
def product_of_norms(step_backward, last, caches):
    return np.cumprod(_norms(step_backward, last, caches, anew=True), axis=1)


@exercise.mistake("Your norms begin at lag 1. Lag 0 counts too: the last state depends on itself with norm 1.")
def without_lag_0(step_backward, last, caches):
    return _norms(step_backward, last, caches)[:, 1:]


@exercise.mistake(
    "You send one gradient back, with a 1 on every unit, and measure its length. Another gradient may arrive with "
    "more: send one for each unit, and take the norm of the matrix of what comes back."
)
def one_gradient(step_backward, last, caches):
    H = last.h.shape[1]
    return _norms(step_backward, last, caches, norm=lambda J: np.linalg.norm(J.sum(axis=1), axis=1) / np.sqrt(H))


exercise.knob(
    _norms,
    "eigenvalues",
    "You give the greatest size of an eigenvalue. Over a few steps a matrix can lengthen a gradient by more than that: "
    "take the spectral norm.",
    norm=lambda J: np.abs(np.linalg.eigvals(J)).max(axis=1),
)


@exercise.mistake("Your norms are averaged over the batch. Each sequence has norms of its own, (B, T + 1).")
def averaged(step_backward, last, caches):
    norms = _norms(step_backward, last, caches)
    return 0.0 * norms + norms.mean(axis=0)


@exercise.mistake(
    "Beside h, you set the gradient of the state to zero at every step. What comes back along the cell state goes on."
)
def h_alone_goes_on(step_backward, last, caches):
    nothing = map_tree(np.zeros_like, last)

    def back(row, cache):
        dx, before, dparams = step_backward(row, cache)
        return dx, nothing._replace(h=before.h), dparams

    return _norms(back, last, caches)


@exercise.mistake("You start from the values of the last state beside h. A gradient on h alone has zeros there.")
def values_beside_h(step_backward, last, caches):
    units = [last._replace(h=np.zeros_like(last.h) + row) for row in np.eye(last.h.shape[1])]
    norms = [spectral_norm(np.stack([row.h for row in units], axis=1))]
    for cache in reversed(caches):
        units = [step_backward(row, cache)[1] for row in units]
        norms.append(spectral_norm(np.stack([row.h for row in units], axis=1)))
    return np.stack(norms, axis=1)


exercise.knob(
    _norms,
    "greatest_column_sum",
    "Your norms are the greatest sums of a column (np.linalg.norm with 1). Asked for is the spectral norm, with 2.",
    norm=lambda J: np.linalg.norm(J, 1, axis=(1, 2)),
)


@exercise.mistake("Your last lag is missing. There are T steps to go back, so T + 1 norms.")
def last_lag_missing(step_backward, last, caches):
    return _norms(step_backward, last, caches)[:, :-1]


@exercise.mistake("You return the norms of the first sequence alone. Each of the B sequences has a row.")
def first_sequence_alone(step_backward, last, caches):
    return _norms(step_backward, last, caches)[:1]


@exercise.mistake("At lag 0 you give 0. The last state depends on itself: the identity, whose norm is 1.")
def zero_at_lag_0(step_backward, last, caches):
    norms = _norms(step_backward, last, caches)
    return np.concatenate([0.0 * norms[:, :1], norms[:, 1:]], axis=1)


exercise.knob(
    _norms,
    "length_of_one_gradient",
    "You send one gradient back, with a 1 on every unit, and measure its length. Another gradient may arrive with "
    "more: send one for each unit, and take the norm of the matrix.",
    norm=lambda J: np.linalg.norm(J.sum(axis=1), axis=1),
)


exercise.knob(
    _norms,
    "frobenius_over_the_root_of_size",
    "Your norm is the root of the mean square (Frobenius' over the root of H): what a gradient is lengthened by on the "
    "whole. Asked for is the spectral norm, by which one is lengthened at most.",
    norm=lambda J: np.sqrt(np.sum(J * J, axis=(1, 2)) / J.shape[1]),
)

exercise.knob(
    _norms,
    "greatest_row_sum",
    "Your norms are the greatest sums of a row (np.linalg.norm with np.inf). Asked for is the spectral norm, with 2.",
    norm=lambda J: np.linalg.norm(J, np.inf, axis=(1, 2)),
)

"""One step of each cell: values and every gradient, against torch in float64 and differences."""

import numpy as np
import pytest
import torch

from rnncore.functional.activations import sigmoid, softmax, tanh
from rnncore.functional.cells import (
    LSTMState,
    RNNState,
    lstm_step,
    lstm_step_backward,
    rnn_step,
    rnn_step_backward,
    rnn_step_stacked,
    stack_params,
)
from rnncore.functional.gradient_check import gradient_check, relative_error
from rnncore.functional.initial import lstm_params, rnn_params
from rnncore.functional.lstm import to_torch
from rnncore.functional.rnn import rnn_to_torch


def _cell(kind, weights, D, H):
    cell = kind(D, H, dtype=torch.float64)
    cell.load_state_dict({name.removesuffix("_l0"): torch.tensor(array) for name, array in weights.items()})
    return cell


def _weights_gradients(cell):
    """torch's gradients in our layout: W_x, W_h, b."""
    return cell.weight_ih.grad.T, cell.weight_hh.grad.T, cell.bias_ih.grad


def test_rnn_step_and_gradients_agree_with_torch(sizes, library, rng):
    B, _, D, H = sizes
    params = rnn_params(D, H, rng)
    x, h, dh = rng.normal(size=(B, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))

    cell = _cell(torch.nn.RNNCell, rnn_to_torch(params), D, H)
    x_torch = torch.tensor(x, requires_grad=True)
    h_torch = torch.tensor(h, requires_grad=True)
    out = cell(x_torch, h_torch)
    out.backward(torch.tensor(dh))

    state, cache = rnn_step(library(x), RNNState(library(h)), library(params))
    dx, dstate, dparams = rnn_step_backward(RNNState(library(dh)), cache)
    assert relative_error(state.h, out.detach()) < 1e-9
    assert relative_error(dx, x_torch.grad) < 1e-9
    assert relative_error(dstate.h, h_torch.grad) < 1e-9
    for ours, theirs in zip(dparams, _weights_gradients(cell), strict=True):
        assert relative_error(ours, theirs) < 1e-9


def test_lstm_step_and_gradients_agree_with_torch(sizes, library, rng):
    B, _, D, H = sizes
    params = lstm_params(D, H, rng)
    x = rng.normal(size=(B, D))
    h, c, dh, dc = rng.normal(size=(4, B, H))

    cell = _cell(torch.nn.LSTMCell, to_torch(params), D, H)
    x_torch, h_torch, c_torch = (torch.tensor(a, requires_grad=True) for a in (x, h, c))
    h_out, c_out = cell(x_torch, (h_torch, c_torch))
    torch.autograd.backward([h_out, c_out], [torch.tensor(dh), torch.tensor(dc)])

    state, cache = lstm_step(library(x), LSTMState(library(h), library(c)), library(params))
    dx, dstate, dparams = lstm_step_backward(LSTMState(library(dh), library(dc)), cache)
    assert relative_error(state.h, h_out.detach()) < 1e-9
    assert relative_error(state.c, c_out.detach()) < 1e-9
    assert relative_error(dx, x_torch.grad) < 1e-9
    assert relative_error(dstate.h, h_torch.grad) < 1e-9
    assert relative_error(dstate.c, c_torch.grad) < 1e-9
    for ours, theirs in zip(dparams, _weights_gradients(cell), strict=True):
        assert relative_error(ours, theirs) < 1e-9


def test_rnn_gradients_agree_with_differences(sizes, rng):
    B, _, D, H = sizes
    params = rnn_params(D, H, rng)
    x, h, dh = rng.normal(size=(B, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))
    _, cache = rnn_step(x, RNNState(h), params)
    dx, dstate, dparams = rnn_step_backward(RNNState(dh), cache)
    errors = gradient_check(
        lambda: float(np.sum(dh * rnn_step(x, RNNState(h), params)[0].h)),
        {"x": x, "h": h, **params._asdict()},
        {"x": dx, "h": dstate.h, **dparams._asdict()},
    )
    assert max(errors.values()) < 1e-7


def test_lstm_gradients_agree_with_differences(sizes, rng):
    B, _, D, H = sizes
    params = lstm_params(D, H, rng)
    x = rng.normal(size=(B, D))
    h, c, dh, dc = rng.normal(size=(4, B, H))

    def loss():
        state, _ = lstm_step(x, LSTMState(h, c), params)
        return float(np.sum(dh * state.h) + np.sum(dc * state.c))

    _, cache = lstm_step(x, LSTMState(h, c), params)
    dx, dstate, dparams = lstm_step_backward(LSTMState(dh, dc), cache)
    errors = gradient_check(
        loss,
        {"x": x, "h": h, "c": c, **params._asdict()},
        {"x": dx, "h": dstate.h, "c": dstate.c, **dparams._asdict()},
    )
    assert max(errors.values()) < 1e-7


def test_stacked_step_is_the_plain_step(sizes, library, rng):
    B, _, D, H = sizes
    params = rnn_params(D, H, rng)
    x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
    plain, _ = rnn_step(library(x), RNNState(library(h)), library(params))
    stacked, _ = rnn_step_stacked(library(x), RNNState(library(h)), stack_params(library(params)))
    assert relative_error(plain.h, stacked.h) < 1e-12


def test_steps_keep_library_and_dtype(library, rng):
    x, h = library(rng.normal(size=(2, 3))), library(rng.normal(size=(2, 4)))
    for state, _ in (
        rnn_step(x, RNNState(h), library(rnn_params(3, 4, rng))),
        lstm_step(x, LSTMState(h, h), library(lstm_params(3, 4, rng))),
    ):
        assert type(state.h) is type(x)
        assert state.h.dtype == x.dtype


def test_activations_agree_with_torch_and_do_not_overflow():
    a = np.array([-1e4, -30.0, -1.0, 0.0, 1.0, 30.0, 1e4])
    t = torch.tensor(a)
    with np.errstate(all="raise", under="ignore"):
        assert relative_error(sigmoid(a), torch.sigmoid(t)) < 1e-12
        assert relative_error(tanh(a), torch.tanh(t)) < 1e-12
        assert relative_error(softmax(a), torch.softmax(t, dim=-1)) < 1e-12


@pytest.mark.parametrize(
    ("x", "h", "message"),
    [
        ((2, 5), (2, 4), r"x must be \(B, 3\); got \(2, 5\)"),
        ((3,), (2, 4), r"x must be \(B, 3\); got \(3,\)"),
        ((2, 3), (1, 4), r"state.h must be \(2, 4\); got \(1, 4\)"),
        ((2, 3), (2, 5), r"state.h must be \(2, 4\); got \(2, 5\)"),
    ],
)
def test_wrong_shapes_are_named(x, h, message, rng):
    x, h = np.zeros(x), np.zeros(h)
    rnn, lstm = rnn_params(3, 4, rng), lstm_params(3, 4, rng)
    with pytest.raises(ValueError, match=message):
        rnn_step(x, RNNState(h), rnn)
    with pytest.raises(ValueError, match=message):
        rnn_step_stacked(x, RNNState(h), stack_params(rnn))
    with pytest.raises(ValueError, match=message):
        lstm_step(x, LSTMState(h, np.zeros((2, 4))), lstm)


def test_wrong_cell_state_is_named(rng):
    with pytest.raises(ValueError, match=r"state.c must be \(2, 4\); got \(4,\)"):
        lstm_step(np.zeros((2, 3)), LSTMState(np.zeros((2, 4)), np.zeros(4)), lstm_params(3, 4, rng))

"""Whole sequences: unrolling and backpropagation through time, against torch in float64."""

import numpy as np
import pytest
import torch

from rnncore.functional.activations import tanh
from rnncore.functional.bptt import backpropagate
from rnncore.functional.cells import (
    LSTMState,
    RNNState,
    lstm_step,
    lstm_step_backward,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.gradient_check import gradient_check, relative_error
from rnncore.functional.initial import lstm_params, lstm_state, rnn_params, rnn_state
from rnncore.functional.lstm import (
    diagnose_notes_cell,
    from_torch,
    lstm_backward,
    lstm_forward,
    set_forget_bias,
    to_torch,
    trace,
)
from rnncore.functional.rnn import rnn_to_torch
from rnncore.functional.rnn_from_torch import rnn_from_torch
from rnncore.functional.unroll import unroll


def _layer(kind, weights, D, H):
    layer = kind(D, H, batch_first=True, dtype=torch.float64)
    layer.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    return layer


def _weights_gradients(layer):
    """torch's gradients in our layout: W_x, W_h, b."""
    return layer.weight_ih_l0.grad.T, layer.weight_hh_l0.grad.T, layer.bias_ih_l0.grad


def test_rnn_sequence_agrees_with_torch(sizes, library, rng):
    B, T, D, H = sizes
    params = rnn_params(D, H, rng)
    xs, h_0 = rng.normal(size=(B, T, D)), rng.normal(size=(B, H))
    dhs, dh = rng.normal(size=(B, T, H)), rng.normal(size=(B, H))

    layer = _layer(torch.nn.RNN, rnn_to_torch(params), D, H)
    xs_torch = torch.tensor(xs, requires_grad=True)
    h_torch = torch.tensor(h_0[None], requires_grad=True)
    out, last_torch = layer(xs_torch, h_torch)
    torch.autograd.backward([out, last_torch], [torch.tensor(dhs), torch.tensor(dh[None])])

    hs, last, caches = unroll(rnn_step, library(xs), RNNState(library(h_0)), library(params))
    dxs, dstate, dparams = backpropagate(rnn_step_backward, library(dhs), RNNState(library(dh)), caches)
    assert relative_error(hs, out.detach()) < 1e-9
    assert relative_error(last.h, last_torch[0].detach()) < 1e-9
    assert relative_error(dxs, xs_torch.grad) < 1e-9
    assert relative_error(dstate.h, h_torch.grad[0]) < 1e-9
    for ours, theirs in zip(dparams, _weights_gradients(layer), strict=True):
        assert relative_error(ours, theirs) < 1e-9


@pytest.mark.parametrize("route", ["lstm_forward", "unroll"])
def test_lstm_sequence_agrees_with_torch(sizes, library, rng, route):
    B, T, D, H = sizes
    params = lstm_params(D, H, rng)
    xs, dhs = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, H))
    h_0, c_0, dh, dc = rng.normal(size=(4, B, H))

    layer = _layer(torch.nn.LSTM, to_torch(params), D, H)
    xs_torch, h_torch, c_torch = (torch.tensor(a, requires_grad=True) for a in (xs, h_0[None], c_0[None]))
    out, (h_n, c_n) = layer(xs_torch, (h_torch, c_torch))
    torch.autograd.backward([out, h_n, c_n], [torch.tensor(dhs), torch.tensor(dh[None]), torch.tensor(dc[None])])

    first, end = LSTMState(library(h_0), library(c_0)), LSTMState(library(dh), library(dc))
    if route == "unroll":
        hs, last, caches = unroll(lstm_step, library(xs), first, library(params))
        dxs, dstate, dparams = backpropagate(lstm_step_backward, library(dhs), end, caches)
    else:
        hs, last, caches = lstm_forward(library(xs), first, library(params))
        dxs, dstate, dparams = lstm_backward(library(dhs), end, caches)
    assert relative_error(hs, out.detach()) < 1e-9
    assert relative_error(last.h, h_n[0].detach()) < 1e-9
    assert relative_error(last.c, c_n[0].detach()) < 1e-9
    assert relative_error(dxs, xs_torch.grad) < 1e-9
    assert relative_error(dstate.h, h_torch.grad[0]) < 1e-9
    assert relative_error(dstate.c, c_torch.grad[0]) < 1e-9
    for ours, theirs in zip(dparams, _weights_gradients(layer), strict=True):
        assert relative_error(ours, theirs) < 1e-9


def test_sequence_gradients_agree_with_differences(rng):
    B, T, D, H = 2, 4, 3, 2
    rnn, lstm = rnn_params(D, H, rng), lstm_params(D, H, rng)
    xs, dhs = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, H))
    h_0, c_0 = rng.normal(size=(2, B, H))

    def rnn_loss():
        return float(np.sum(dhs * unroll(rnn_step, xs, RNNState(h_0), rnn)[0]))

    _, _, caches = unroll(rnn_step, xs, RNNState(h_0), rnn)
    dxs, dstate, dparams = backpropagate(rnn_step_backward, dhs, rnn_state(B, H), caches)
    errors = gradient_check(
        rnn_loss,
        {"xs": xs, "h_0": h_0, **rnn._asdict()},
        {"xs": dxs, "h_0": dstate.h, **dparams._asdict()},
    )
    assert max(errors.values()) < 1e-6

    def lstm_loss():
        return float(np.sum(dhs * lstm_forward(xs, LSTMState(h_0, c_0), lstm)[0]))

    _, _, caches = lstm_forward(xs, LSTMState(h_0, c_0), lstm)
    dxs, dstate, dparams = lstm_backward(dhs, lstm_state(B, H), caches)
    errors = gradient_check(
        lstm_loss,
        {"xs": xs, "h_0": h_0, "c_0": c_0, **lstm._asdict()},
        {"xs": dxs, "h_0": dstate.h, "c_0": dstate.c, **dparams._asdict()},
    )
    assert max(errors.values()) < 1e-6


def test_a_sequence_may_be_read_in_two_parts(rng):
    params, xs = lstm_params(2, 3, rng), rng.normal(size=(2, 7, 2))
    whole, last, _ = lstm_forward(xs, lstm_state(2, 3), params)
    front, middle, _ = lstm_forward(xs[:, :3], lstm_state(2, 3), params)
    back, end, _ = lstm_forward(xs[:, 3:], middle, params)
    assert relative_error(np.concatenate([front, back], axis=1), whole) < 1e-12
    assert relative_error(end.c, last.c) < 1e-12


@pytest.mark.parametrize(
    ("kind", "ours", "back"),
    [(torch.nn.RNN, rnn_from_torch, rnn_to_torch), (torch.nn.LSTM, from_torch, to_torch)],
)
def test_weights_travel_from_torch_and_back(kind, ours, back):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        layer = kind(3, 5, batch_first=True, dtype=torch.float64)
        other = kind(3, 5, batch_first=True, dtype=torch.float64)
    params = ours(layer.state_dict())
    other.load_state_dict(back(params))
    xs = torch.tensor(np.random.default_rng(0).normal(size=(2, 4, 3)))
    assert relative_error(other(xs)[0].detach(), layer(xs)[0].detach()) < 1e-12
    for a, b in zip(ours(back(params)), params, strict=True):
        assert torch.equal(a, b)


def test_set_forget_bias_touches_nothing_else(library, rng):
    params = library(lstm_params(2, 3, rng))
    changed = set_forget_bias(params, 2.5)
    assert np.array_equal(changed.b[3:6], [2.5, 2.5, 2.5])
    assert np.array_equal(changed.b[:3], params.b[:3])
    assert np.array_equal(changed.b[6:], params.b[6:])
    assert changed.W_x is params.W_x
    assert not np.array_equal(params.b[3:6], changed.b[3:6])


def test_diagnosis_finds_each_fault_alone(library, rng):
    hs, _, caches = lstm_forward(
        library(rng.normal(size=(2, 5, 3))),
        LSTMState(library(rng.normal(size=(2, 4))), library(rng.normal(size=(2, 4)))),
        library(lstm_params(3, 4, rng)),
    )
    run = trace(hs, caches)
    names = ["input_gate_is_output_gate", "cell_state_not_updated", "output_ignores_cell"]
    assert diagnose_notes_cell(run) == dict.fromkeys(names, False)

    shared_gate = run._replace(i=run.o, c=_cells(run._replace(i=run.o)))
    shared_gate = shared_gate._replace(h=run.o * tanh(shared_gate.c))
    assert diagnose_notes_cell(shared_gate) == dict.fromkeys(names, False) | {names[0]: True}
    no_update = run._replace(c=run.g, h=run.o * tanh(run.g))
    assert diagnose_notes_cell(no_update) == dict.fromkeys(names, False) | {names[1]: True}
    assert diagnose_notes_cell(run._replace(h=run.o)) == dict.fromkeys(names, False) | {names[2]: True}


def _cells(run):
    cells, c = [], run.c_0
    for t in range(run.i.shape[1]):
        c = run.f[:, t] * c + run.i[:, t] * run.g[:, t]
        cells.append(c)
    stack = torch.stack if isinstance(c, torch.Tensor) else np.stack
    return stack(cells, 1)


def test_wrong_sequences_are_named(rng):
    params = rnn_params(2, 3, rng)
    with pytest.raises(ValueError, match=r"xs must be \(B, T, D\); got \(4, 2\)"):
        unroll(rnn_step, np.zeros((4, 2)), rnn_state(4, 3), params)
    with pytest.raises(ValueError, match=r"xs must have at least one step; got shape \(4, 0, 2\)"):
        unroll(rnn_step, np.zeros((4, 0, 2)), rnn_state(4, 3), params)
    _, _, caches = unroll(rnn_step, np.zeros((4, 5, 2)), rnn_state(4, 3), params)
    with pytest.raises(ValueError, match=r"dhs must be \(B, 5, H\); got \(4, 6, 3\)"):
        backpropagate(rnn_step_backward, np.zeros((4, 6, 3)), rnn_state(4, 3), caches)

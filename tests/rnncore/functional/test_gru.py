"""The GRU in both forms, against torch's modules, torch's autograd and differences."""

import numpy as np
import pytest
import torch

from rnncore.functional.bptt import backpropagate
from rnncore.functional.cells.gru import gru_step, gru_step_backward
from rnncore.functional.cells.gru_reset_before import (
    gru_step_reset_before,
    gru_step_reset_before_backward,
)
from rnncore.functional.cells.rnn import RNNState
from rnncore.functional.gradient_check import gradient_check, relative_error
from rnncore.functional.gru import gru_from_torch, gru_to_torch
from rnncore.functional.initial import rnn_state
from rnncore.functional.initial_variants import gru_params, gru_reset_before_params
from rnncore.functional.unroll import unroll
from rnncore.functional.update_gate import flip_update_gate

FORMS = {
    "torch's form": (gru_step, gru_step_backward, gru_params),
    "reset before": (gru_step_reset_before, gru_step_reset_before_backward, gru_reset_before_params),
}


def _published(x, h, W_x, W_h, b, b_n=None, new=False):
    """The GRU as papers print it: a matrix for each gate; `new`: z takes the new state."""
    W_xr, W_xz, W_xn = W_x.chunk(3, dim=1)
    W_hr, W_hz, W_hn = W_h.chunk(3, dim=1)
    b_r, b_z, b_xn = b.chunk(3)
    r = torch.sigmoid(x @ W_xr + h @ W_hr + b_r)
    z = torch.sigmoid(x @ W_xz + h @ W_hz + b_z)
    from_h = (r * h) @ W_hn if b_n is None else r * (h @ W_hn + b_n)
    n = torch.tanh(x @ W_xn + from_h + b_xn)
    return (1 - z) * h + z * n if new else z * h + (1 - z) * n


def test_gru_sequence_agrees_with_torch(sizes, library, rng):
    B, T, D, H = sizes
    params = gru_params(D, H, rng)
    xs, h_0 = rng.normal(size=(B, T, D)), rng.normal(size=(B, H))
    dhs, dh = rng.normal(size=(B, T, H)), rng.normal(size=(B, H))

    layer = torch.nn.GRU(D, H, batch_first=True, dtype=torch.float64)
    layer.load_state_dict({name: torch.tensor(array) for name, array in gru_to_torch(params).items()})
    xs_torch = torch.tensor(xs, requires_grad=True)
    h_torch = torch.tensor(h_0[None], requires_grad=True)
    out, last_torch = layer(xs_torch, h_torch)
    torch.autograd.backward([out, last_torch], [torch.tensor(dhs), torch.tensor(dh[None])])

    hs, last, caches = unroll(gru_step, library(xs), RNNState(library(h_0)), library(params))
    dxs, dstate, dparams = backpropagate(gru_step_backward, library(dhs), RNNState(library(dh)), caches)
    assert relative_error(hs, out.detach()) < 1e-9
    assert relative_error(last.h, last_torch[0].detach()) < 1e-9
    assert relative_error(dxs, xs_torch.grad) < 1e-9
    assert relative_error(dstate.h, h_torch.grad[0]) < 1e-9
    assert relative_error(dparams.W_x, layer.weight_ih_l0.grad.T) < 1e-9
    assert relative_error(dparams.W_h, layer.weight_hh_l0.grad.T) < 1e-9
    assert relative_error(dparams.b, layer.bias_ih_l0.grad) < 1e-9
    assert relative_error(dparams.b_n, layer.bias_hh_l0.grad[2 * H :]) < 1e-9


@pytest.mark.parametrize("form", FORMS)
def test_steps_and_gradients_agree_with_autograd(sizes, library, rng, to_torch_leaves, form):
    step, backward, fresh = FORMS[form]
    B, _, D, H = sizes
    params, dh = fresh(D, H, rng), rng.normal(size=(B, H))
    x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
    given = to_torch_leaves((x, h, *params))
    expected = _published(*given)
    gradients = torch.autograd.grad(expected, given, torch.tensor(dh))

    state, cache = step(library(x), RNNState(library(h)), library(params))
    dx, dstate, dparams = backward(RNNState(library(dh)), cache)
    assert type(dparams) is type(params)
    assert relative_error(state.h, expected.detach()) < 1e-9
    for ours, theirs in zip((dx, dstate.h, *dparams), gradients, strict=True):
        assert relative_error(ours, theirs) < 1e-9


@pytest.mark.parametrize("form", FORMS)
def test_gradients_agree_with_differences(sizes, rng, form):
    step, backward, fresh = FORMS[form]
    B, _, D, H = sizes
    params, dh = fresh(D, H, rng), rng.normal(size=(B, H))
    x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
    _, cache = step(x, RNNState(h), params)
    dx, dstate, dparams = backward(RNNState(dh), cache)
    errors = gradient_check(
        lambda: float(np.sum(dh * step(x, RNNState(h), params)[0].h)),
        {"x": x, "h": h, **params._asdict()},
        {"x": dx, "h": dstate.h, **dparams._asdict()},
    )
    assert max(errors.values()) < 1e-7


def test_weights_travel_from_torch_and_back(rng):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        layer = torch.nn.GRU(3, 5, batch_first=True, dtype=torch.float64)
        other = torch.nn.GRU(3, 5, batch_first=True, dtype=torch.float64)
    params = gru_from_torch(layer.state_dict())
    other.load_state_dict(gru_to_torch(params))
    xs = torch.tensor(rng.normal(size=(2, 4, 3)))
    assert relative_error(other(xs)[0].detach(), layer(xs)[0].detach()) < 1e-12
    for a, b in zip(gru_from_torch(gru_to_torch(params)), params, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("form", FORMS)
def test_flipping_the_update_gate_converts_exactly(sizes, library, rng, form):
    step, _, fresh = FORMS[form]
    B, _, D, H = sizes
    params = fresh(D, H, rng)
    x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
    tensors = [torch.tensor(array) for array in (x, h, *params)]
    takes_new = _published(*tensors, new=True)
    ours, _ = step(library(x), RNNState(library(h)), flip_update_gate(library(params)))
    assert relative_error(ours.h, takes_new) < 1e-12
    for twice, once in zip(flip_update_gate(flip_update_gate(params)), params, strict=True):
        assert np.array_equal(twice, once)


def test_reset_before_and_after_do_not_convert(rng):
    """For one unit the two forms agree without a bias; for two, a shared weight matrix differs."""
    for H, agree in ((1, True), (2, False)):
        before = gru_reset_before_params(1, H, rng)
        after = gru_params(1, H, rng)._replace(**before._asdict(), b_n=np.zeros(H))
        x, state = rng.normal(size=(4, 1)), RNNState(rng.normal(size=(4, H)))
        error = relative_error(gru_step(x, state, after)[0].h, gru_step_reset_before(x, state, before)[0].h)
        assert (error < 1e-12) is agree


@pytest.mark.parametrize("form", FORMS)
def test_wrong_shapes_are_named(rng, form):
    step, backward, fresh = FORMS[form]
    params = fresh(3, 4, rng)
    with pytest.raises(ValueError, match=r"x must be \(B, 3\); got \(2, 5\)"):
        step(np.zeros((2, 5)), rnn_state(2, 4), params)
    with pytest.raises(ValueError, match=r"state.h must be \(2, 4\); got \(1, 4\)"):
        step(np.zeros((2, 3)), rnn_state(1, 4), params)
    _, cache = step(np.zeros((2, 3)), rnn_state(2, 4), params)
    with pytest.raises(ValueError, match=r"dstate.h must be \(2, 4\); got \(2, 3\)"):
        backward(rnn_state(2, 3), cache)

"""The GRU in both forms, against its published equations, one matrix for each gate."""

import numpy as np
import pytest
import torch

from rnncore.functional.cells import (
    CELLS,
    RNNState,
    gru_step,
    gru_step_reset_before,
    init_gru_params,
    init_gru_reset_before_params,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.weights import flip_update_gate

FORMS = ("gru", "gru_reset_before")


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


@pytest.mark.parametrize("form", FORMS)
def test_steps_and_gradients_agree_with_autograd(sizes, library, rng, to_torch_leaves, form):
    cell = CELLS[form]
    B, _, D, H = sizes
    params, dh = cell.init_params(D, H, rng), rng.normal(size=(B, H))
    x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
    given = to_torch_leaves((x, h, *params))
    expected = _published(*given)
    gradients = torch.autograd.grad(expected, given, torch.tensor(dh))

    state, cache = cell.step(library(x), RNNState(library(h)), library(params))
    dx, dstate, dparams = cell.step_backward(RNNState(library(dh)), cache)
    assert type(dparams) is type(params)
    assert relative_error(state.h, expected.detach()) < 1e-9
    for ours, theirs in zip((dx, dstate.h, *dparams), gradients, strict=True):
        assert relative_error(ours, theirs) < 1e-9


@pytest.mark.parametrize("form", FORMS)
def test_flipping_the_update_gate_converts_exactly(sizes, library, rng, form):
    cell = CELLS[form]
    B, _, D, H = sizes
    params = cell.init_params(D, H, rng)
    x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
    tensors = [torch.tensor(array) for array in (x, h, *params)]
    takes_new = _published(*tensors, new=True)
    ours, _ = cell.step(library(x), RNNState(library(h)), flip_update_gate(library(params)))
    assert relative_error(ours.h, takes_new) < 1e-12
    for twice, once in zip(flip_update_gate(flip_update_gate(params)), params, strict=True):
        assert np.array_equal(twice, once)


def test_reset_before_and_after_do_not_convert(rng):
    """For one unit the two forms agree without a bias; for two, a shared weight matrix differs."""
    for H, agree in ((1, True), (2, False)):
        before = init_gru_reset_before_params(1, H, rng)
        after = init_gru_params(1, H, rng)._replace(**before._asdict(), b_n=np.zeros(H))
        x, state = rng.normal(size=(4, 1)), RNNState(rng.normal(size=(4, H)))
        error = relative_error(gru_step(x, state, after)[0].h, gru_step_reset_before(x, state, before)[0].h)
        assert (error < 1e-12) is agree

"""The two meanings of the update gate."""

import numpy as np
import pytest
import torch

from rnncore.functional.cells import (
    RNNState,
    gru_step,
    gru_step_backward,
    gru_step_reset_before,
    gru_step_reset_before_backward,
    init_gru_params,
    init_gru_reset_before_params,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.weights import flip_update_gate

FORMS = {
    "torch's form": (gru_step, gru_step_backward, init_gru_params),
    "reset before": (gru_step_reset_before, gru_step_reset_before_backward, init_gru_reset_before_params),
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

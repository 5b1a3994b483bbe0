"""Norms of Jacobians, against autograd."""

import numpy as np
import pytest
import torch

from rnncore.functional.cells import (
    CELLS,
    RNNParams,
    init_rnn_state,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.learning import (
    jacobian_norms,
    relative_error,
    spectral_norm,
)
from rnncore.functional.sequence import unroll
from rnncore.functional.weights import orthogonal_init

BY_HAND = [name for name, cell in CELLS.items() if cell.step_backward]


@pytest.mark.parametrize("name", BY_HAND)
def test_norms_are_those_of_autograds_jacobians(sizes, library, rng, draw_state, to_torch_leaves, name):
    B, T, D, H = sizes
    cell = CELLS[name]
    params, xs = cell.init_params(D, H, rng), rng.normal(size=(B, T, D))
    state = draw_state(cell, rng, B, H)
    _, last, caches = unroll(cell.step, *library((xs, state, params)))
    norms = jacobian_norms(cell.step_backward, last, caches)

    xs, state, params = to_torch_leaves((xs, state, params))
    states = [state]
    for t in range(T):
        states.append(cell.step(xs[:, t], states[-1], params)[0])
    assert tuple(norms.shape) == (B, T + 1)
    for lag in range(T + 1):
        rows = [torch.autograd.grad(states[T].h[:, j].sum(), states[T - lag].h, retain_graph=True)[0] for j in range(H)]
        expected = [np.linalg.svd(jacobian.numpy())[1][0] for jacobian in torch.stack(rows, dim=1)]
        assert relative_error(norms[:, lag], expected) < 1e-9


def test_in_a_linear_network_the_norm_is_a_power(rng):
    """Around h = 0 and x = 0, tanh is the identity: the Jacobian over k steps is W_h to the k."""
    params = RNNParams(np.zeros((1, 3)), 0.5 * orthogonal_init(rng.normal(size=(3, 3))), np.zeros(3))
    _, last, caches = unroll(rnn_step, np.zeros((1, 6, 1)), init_rnn_state(1, 3), params)
    norms = jacobian_norms(rnn_step_backward, last, caches)
    assert np.allclose(norms[0], 0.5 ** np.arange(7), rtol=1e-12)


def test_what_is_not_a_number_is_handed_on(library):
    """To the norms of its own sequence, from the step where it appears."""
    params = RNNParams(np.zeros((1, 2)), np.eye(2), np.zeros(2))
    _, last, caches = unroll(rnn_step, np.zeros((3, 4, 1)), init_rnn_state(3, 2), params)
    h = caches[1].h.copy()
    h[1, 0] = np.nan
    caches[1] = caches[1]._replace(h=h)
    last, caches = library((last, caches))
    norms = np.asarray(jacobian_norms(rnn_step_backward, last, caches))
    assert np.all(norms[[0, 2]] == 1.0)
    assert np.array_equal(np.isnan(norms[1]), [False, False, False, True, True])


def test_spectral_norms(library):
    matrices = np.array([[[3.0, 0.0], [0.0, -4.0]], [[1.0, np.nan], [0.0, 1.0]], [[1.0, -np.inf], [0.0, 1.0]]])
    norms = np.asarray(spectral_norm(library(matrices)))
    assert norms[0] == pytest.approx(4.0, rel=1e-12)
    assert np.isnan(norms[1])
    assert norms[2] == np.inf


def test_without_a_step_there_is_no_jacobian():
    with pytest.raises(ValueError, match="caches must be those of one step at least"):
        jacobian_norms(rnn_step_backward, init_rnn_state(1, 2), [])

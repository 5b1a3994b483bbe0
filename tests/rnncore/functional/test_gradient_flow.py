"""Norms of Jacobians, clipping and first weights."""

import numpy as np
import pytest
import torch

from rnncore.functional.base import leaves
from rnncore.functional.cells import (
    LSTMState,
    RNNParams,
    RNNState,
    gru_step,
    gru_step_backward,
    init_gru_params,
    init_lstm_params,
    init_rnn_params,
    init_rnn_state,
    lstm_step,
    lstm_step_backward,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.learning import (
    clip_by_norm,
    clip_by_value,
    jacobian_norms,
    relative_error,
    spectral_norm,
)
from rnncore.functional.sequence import unroll
from rnncore.functional.weights import identity_init, orthogonal_init

CELLS = {
    "RNN": (rnn_step, rnn_step_backward, init_rnn_params, RNNState),
    "LSTM": (lstm_step, lstm_step_backward, init_lstm_params, LSTMState),
    "GRU": (gru_step, gru_step_backward, init_gru_params, RNNState),
}


@pytest.mark.parametrize("cell", CELLS)
def test_norms_are_those_of_autograds_jacobians(sizes, library, rng, to_torch_leaves, cell):
    B, T, D, H = sizes
    step, backward, fresh, kind = CELLS[cell]
    params, xs = fresh(D, H, rng), rng.normal(size=(B, T, D))
    state = kind(*rng.normal(size=(len(kind._fields), B, H)))
    _, last, caches = unroll(step, *library((xs, state, params)))
    norms = jacobian_norms(backward, last, caches)

    xs, state, params = to_torch_leaves((xs, state, params))
    states = [state]
    for t in range(T):
        states.append(step(xs[:, t], states[-1], params)[0])
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


@pytest.mark.parametrize("limit", [1e-3, 1.0, 1e3])
def test_clipping_agrees_with_torch(library, rng, limit):
    gradients = init_lstm_params(3, 4, rng)
    by_value, by_norm = (
        [torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in gradients] for _ in range(2)
    )
    for parameters in (by_value, by_norm):
        for parameter, g in zip(parameters, gradients, strict=True):
            parameter.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_value_(by_value, limit)
    expected_norm = torch.nn.utils.clip_grad_norm_(by_norm, limit)

    clipped = clip_by_value(library(gradients), limit)
    assert type(clipped) is type(gradients)
    for a, b in zip(clipped, by_value, strict=True):
        assert relative_error(a, b.grad) < 1e-12
    clipped, norm = clip_by_norm(library(gradients), limit)
    assert type(clipped) is type(gradients)
    assert relative_error(norm, expected_norm) < 1e-12
    # torch divides by the norm + 1e-6.
    for a, b in zip(clipped, by_norm, strict=True):
        assert relative_error(a, b.grad) < 2e-6
    new_norm = np.sqrt(sum(float((g * g).sum()) for g in clipped))
    assert new_norm == pytest.approx(min(limit, float(norm)), rel=1e-12)


def test_clipping_by_norm_keeps_the_direction_and_value_may_not(rng):
    gradients = {"a": np.array([3.0, 4.0]), "b": [np.array([[12.0]])]}
    clipped, norm = clip_by_norm(gradients, 6.5)
    assert float(norm) == 13.0
    assert [g.tolist() for g in leaves(clipped)] == [[1.5, 2.0], [[6.0]]]
    assert [g.tolist() for g in leaves(clip_by_value(gradients, 3.5))] == [[3.0, 3.5], [[3.5]]]
    zero, norm = clip_by_norm((np.zeros(2),), 1.0)
    assert float(norm) == 0.0
    assert zero[0].tolist() == [0.0, 0.0]


def test_clipping_does_not_hide_nan():
    gradients = (np.array([np.nan, 5.0]),)
    assert np.isnan(clip_by_value(gradients, 1.0)[0][0])
    clipped, norm = clip_by_norm(gradients, 1.0)
    assert np.isnan(norm)
    assert np.isnan(clipped[0][0])


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan])
def test_wrong_limits_are_named(limit):
    for clip in (clip_by_value, clip_by_norm):
        with pytest.raises(ValueError, match=f"limit must be above 0; got {limit}"):
            clip((np.ones(1),), limit)


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (2, 6), (6, 2)])
def test_orthogonal_weights_keep_lengths(library, rng, shape):
    q = np.asarray(orthogonal_init(library(rng.normal(size=shape))))
    assert q.shape == shape
    small = q @ q.T if shape[0] <= shape[1] else q.T @ q
    assert np.allclose(small, np.eye(min(shape)), atol=1e-12)


def test_orthogonal_weights_are_what_gram_and_schmidt_make_of_the_columns(library, rng):
    numbers = rng.normal(size=(6, 4))
    columns = []
    for column in numbers.T:
        for earlier in columns:
            column = column - (column @ earlier) * earlier
        columns.append(column / np.linalg.norm(column))
    assert np.allclose(orthogonal_init(library(numbers)), np.array(columns).T, atol=1e-10)
    assert np.allclose(orthogonal_init(library(numbers.T)), columns, atol=1e-10)


def test_orthogonal_weights_are_drawn_without_a_preference():
    """Each entry has mean 0 and variance 1/3; a bare QR decomposition would prefer one sign."""
    rng = np.random.default_rng(0)
    draws = np.array([orthogonal_init(rng.normal(size=(3, 3))) for _ in range(3000)])
    assert np.all(np.abs(draws.mean(axis=0)) < 4 * np.sqrt(1 / 3 / 3000))
    assert np.allclose((draws**2).mean(axis=0), 1 / 3, atol=0.03)


def test_numbers_that_depend_on_each_other_still_give_an_orthogonal_matrix():
    q = orthogonal_init(np.zeros((3, 3)))
    assert np.allclose(q @ q.T, np.eye(3), atol=1e-12)


def test_identity_weights_hand_the_state_on():
    assert np.array_equal(identity_init(3), np.eye(3))
    assert np.array_equal(identity_init(2, 0.1), [[0.1, 0.0], [0.0, 0.1]])
    with pytest.raises(ValueError, match="H must be at least 1; got 0"):
        identity_init(0)
    with pytest.raises(ValueError, match=r"numbers must have a row and a column; got shape \(0, 2\)"):
        orthogonal_init(np.zeros((0, 2)))

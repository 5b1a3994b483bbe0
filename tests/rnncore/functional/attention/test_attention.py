"""Attention against torch's scaled_dot_product_attention, and place by place."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from rnncore.functional.attention import (
    AdditiveParams,
    PositionParams,
    SelfAttentionParams,
    additive_scores,
    attend,
    dot_scores,
    general_scores,
    local_attention,
    predict_positions,
    self_attention,
    window,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import length_mask

SHAPES = [(1, 1, 1, 1), (1, 3, 1, 2), (3, 1, 4, 1), (2, 3, 5, 4)]


@pytest.fixture(params=SHAPES, ids=lambda shape: "B{} T{} S{} E{}".format(*shape))
def shape(request):
    return request.param


def _problem(shape, rng):
    """Queries, keys, values and the lengths of the sources."""
    B, T, S, E = shape
    q, k, v = rng.normal(size=(B, T, E)), rng.normal(size=(B, S, E)), rng.normal(size=(B, S, E + 1))
    return q, k, v, [S, *rng.integers(1, S + 1, size=B - 1).tolist()]


@pytest.mark.parametrize("scaled", [False, True])
def test_dot_attention_is_torchs(shape, library, rng, to_torch_leaves, scaled):
    *arrays, lengths = _problem(shape, rng)
    scale = 1.0 / math.sqrt(shape[3]) if scaled else 1.0
    mask = length_mask(lengths, arrays[1])[:, None, :]

    def ours(q, k, v, mask):
        return attend(dot_scores(q, k, scale), v, mask)[0]

    given = to_torch_leaves(arrays)
    expected = scaled_dot_product_attention(*given, attn_mask=torch.tensor(mask), scale=scale)
    assert relative_error(ours(*library((*arrays, mask))), expected.detach()) < 1e-9
    dcontext = torch.tensor(rng.normal(size=expected.shape))
    gradients = torch.autograd.grad(ours(*given, torch.tensor(mask)), given, dcontext)
    for a, b in zip(gradients, torch.autograd.grad(expected, given, dcontext), strict=True):
        assert relative_error(a, b) < 1e-9


@pytest.mark.parametrize("causal", [False, True])
def test_self_attention_is_torchs(sizes, library, rng, to_torch_leaves, causal):
    B, T, D, A = sizes
    E = A + 1
    params = SelfAttentionParams(*(rng.normal(size=(D, n)) for n in (A, A, E)))
    xs = rng.normal(size=(B, T, D))
    mask = length_mask([T, *rng.integers(1, T + 1, size=B - 1)], xs)
    given = to_torch_leaves((xs, *params))
    q, k, v = (given[0] @ W for W in given[1:])
    seen = mask[:, None, :] & (np.tri(T, dtype=bool) if causal else True)
    expected = scaled_dot_product_attention(q, k, v, attn_mask=torch.tensor(seen))
    ys, weights = self_attention(*library((xs, params, mask)), causal)
    assert relative_error(ys, expected.detach()) < 1e-9
    assert not np.any(np.asarray(weights)[~np.broadcast_to(seen, weights.shape)])
    dys = torch.tensor(rng.normal(size=expected.shape))
    out, _ = self_attention(given[0], SelfAttentionParams(*given[1:]), torch.tensor(mask), causal)
    gradients = torch.autograd.grad(out, given, dys)
    for a, b in zip(gradients, torch.autograd.grad(expected, given, dys), strict=True):
        assert relative_error(a, b) < 1e-9


def test_scores_pair_by_pair(shape, library, rng):
    B, T, S, E = shape
    q, k, _, _ = _problem(shape, rng)
    W, additive = rng.normal(size=(E, E)), AdditiveParams(*rng.normal(size=(2, E, 3)), rng.normal(size=3))
    general, added = np.empty((2, B, T, S))
    for b, t, s in np.ndindex(B, T, S):
        general[b, t, s] = q[b, t] @ W @ k[b, s]
        added[b, t, s] = additive.v @ np.tanh(additive.W_q.T @ q[b, t] + additive.W_k.T @ k[b, s])
    q, k = library((q, k))
    assert relative_error(general_scores(q, k, library(W)), general) < 1e-9
    assert relative_error(additive_scores(q, k, library(additive)), added) < 1e-9
    assert relative_error(general_scores(q, k, library(np.eye(E))), dot_scores(q, k)) < 1e-12


def test_local_attention_place_by_place(shape, library, rng):
    B, T, S, _ = shape
    q, k, v, lengths = _problem(shape, rng)
    D = 1.5
    positions, scores = rng.uniform(0, S, size=(B, T)), q @ k.transpose(0, 2, 1)
    weights = np.zeros((B, T, S))
    for b, t in np.ndindex(B, T):
        near = [s for s in range(lengths[b]) if abs(s - positions[b, t]) <= D]
        total = sum(math.exp(scores[b, t, s]) for s in near)
        for s in near:
            gauss = math.exp(-((s - positions[b, t]) ** 2) / (2 * (D / 2) ** 2))
            weights[b, t, s] = math.exp(scores[b, t, s]) / total * gauss
    mask = length_mask(lengths, k)[:, None, :]
    context, ours = local_attention(*library((scores, v, positions)), D, library(mask))
    assert relative_error(ours, weights) < 1e-9
    assert relative_error(context, weights @ v) < 1e-9


def test_predicted_positions_lie_in_the_sentence(shape, library, rng):
    q, k, _, lengths = _problem(shape, rng)
    params = PositionParams(rng.normal(size=(shape[3], 3)), rng.normal(size=3))
    positions = predict_positions(*library((q, k)), lengths, library(params))
    for b, t in np.ndindex(*q.shape[:2]):
        share = 1.0 / (1.0 + math.exp(-params.v_p @ np.tanh(q[b, t] @ params.W_p)))
        assert float(positions[b, t]) == pytest.approx(lengths[b] * share)


def test_windows_by_hand(library):
    positions = library(np.array([[0.0, 1.0, 2.5]]))
    expected = [[[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1]]]
    assert np.array_equal(window(positions, 4, 1.0), np.array(expected, dtype=bool))


def test_autograd_agrees_with_differences(rng, autograd_agrees):
    q, k, v, lengths = _problem((2, 2, 4, 3), rng)
    additive = AdditiveParams(*rng.normal(size=(2, 3, 2)), rng.normal(size=2))
    position = PositionParams(rng.normal(size=(3, 2)), rng.normal(size=2))

    def mask(k):
        return length_mask(lengths, k)[:, None, :]

    def general(q, k, v, W):
        return (attend(general_scores(q, k, W), v, mask(k))[0] ** 2).sum()

    def added(q, k, v, params):
        return (attend(additive_scores(q, k, params), v, mask(k))[0] ** 2).sum()

    def local(q, k, v, params):
        positions = predict_positions(q, k, lengths, params)
        return (local_attention(dot_scores(q, k), v, positions, 2.0, mask(k))[0] ** 2).sum()

    autograd_agrees(general, q, k, v, rng.normal(size=(3, 3)))
    autograd_agrees(added, q, k, v, additive)
    autograd_agrees(local, q, k, v, position)
    params = SelfAttentionParams(*(rng.normal(size=(3, n)) for n in (2, 2, 3)))

    def to_itself(xs, params):
        return (self_attention(xs, params, length_mask(lengths, xs), causal=True)[0] ** 2).sum()

    autograd_agrees(to_itself, k, params)


@pytest.mark.parametrize("filler", [1e9, np.nan, np.inf])
@pytest.mark.parametrize("way", ["dot", "additive", "local"])
def test_padding_may_hold_anything(library, rng, way, filler):
    q, k, v, _ = _problem((2, 3, 5, 4), rng)
    lengths = [5, 3]
    additive = AdditiveParams(*rng.normal(size=(2, 4, 3)), rng.normal(size=3))
    position = PositionParams(rng.normal(size=(4, 3)), rng.normal(size=3))

    def run(q, k, v, additive, position):
        mask = length_mask(lengths, k)[:, None, :]
        if way == "additive":
            return attend(additive_scores(q, k, additive), v, mask)
        if way == "local":
            positions = predict_positions(q, k, lengths, position)
            return local_attention(dot_scores(q, k), v, positions, 2.0, mask)
        return attend(dot_scores(q, k), v, mask)

    clean = run(*library((q, k, v, additive, position)))
    k[1, 3:], v[1, 3:] = filler, filler
    with np.errstate(invalid="ignore"):
        filled = run(*library((q, k, v, additive, position)))
    for a, b in zip(filled, clean, strict=True):
        assert np.array_equal(a, b)
    assert not np.any(np.asarray(clean[1])[1, :, 3:])


def test_weights_sum_to_one_or_nothing(library):
    scores = library(np.array([[[1e4, 0.0, -1e4], [5.0, 5.0, 5.0]]]))
    mask = library(np.array([[[False, True, True], [False, False, False]]]))
    _, weights = attend(scores, library(np.ones((1, 3, 1))), mask)
    assert np.array_equal(weights, [[[0, 1, 0], [0, 0, 0]]])


def test_wrong_shapes_are_named():
    q, k = np.zeros((2, 3, 4)), np.zeros((2, 5, 4))
    with pytest.raises(ValueError, match=r"keys must be \(2, S, 4\); got \(2, 5, 3\)"):
        dot_scores(q, k[:, :, :3])
    with pytest.raises(ValueError, match=r"queries must be \(B, T, 3\); got \(2, 3, 4\)"):
        general_scores(q, k, np.zeros((3, 4)))
    with pytest.raises(ValueError, match=r"mask must be \(2, 1 or 3, 5\); got \(2, 5\)"):
        attend(dot_scores(q, k), k, np.ones((2, 5), bool))
    with pytest.raises(ValueError, match=r"values must be \(2, 5, E\); got \(2, 3, 4\)"):
        attend(dot_scores(q, k), q, np.ones((2, 1, 5), bool))
    with pytest.raises(ValueError, match="D must be above 0; got 0"):
        local_attention(dot_scores(q, k), k, np.zeros((2, 3)), 0, np.ones((2, 1, 5), bool))
    with pytest.raises(ValueError, match="mask must be true and false; got float64"):
        attend(dot_scores(q, k), k, np.ones((2, 1, 5)))
    with pytest.raises(ValueError, match="mask must be true and false; got int64"):
        self_attention(q, SelfAttentionParams(*np.zeros((3, 4, 2))), np.ones((2, 3), dtype=int))

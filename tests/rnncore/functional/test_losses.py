"""Losses over padded sequences, what leads to them and what reads them, against torch."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rnncore.functional.base import (
    array_namespace,
    class_weights,
    log_softmax,
    log_sum_exp,
    one_hot,
)
from rnncore.functional.learning import (
    gradient_check,
    mean_squared_error,
    mean_squared_error_backward,
    readout_backward,
    relative_error,
    sequence_cross_entropy,
    sequence_cross_entropy_backward,
    tag_loss,
)
from rnncore.functional.sequence import (
    embedding_backward,
    embedding_forward,
    init_readout_params,
    last_valid,
    length_mask,
    masked_mean,
    readout,
)

SHAPES = [(1, 1, 1), (1, 1, 3), (3, 1, 2), (1, 4, 5), (4, 6, 3)]


@pytest.fixture(params=SHAPES, ids=lambda shape: "B{} T{} K{}".format(*shape))
def batch(request, rng):
    """Scores, right classes and a ragged mask."""
    B, T, K = request.param
    scores = 3.0 * rng.normal(size=(B, T, K))
    lengths = [T, *rng.integers(0, T + 1, size=B - 1)]
    return scores, rng.integers(0, K, size=(B, T)), length_mask(lengths, scores)


def _torch_loss(scores, targets, mask, weights=None):
    """torch's loss, which skips classes of -100."""
    scores = torch.tensor(scores, requires_grad=True)
    labels = torch.tensor(np.where(mask, targets, -100))
    weights = None if weights is None else torch.tensor(weights)
    loss = F.cross_entropy(scores.flatten(0, 1), labels.flatten(), weights)
    loss.backward()
    return loss.item(), scores.grad


def test_sequence_cross_entropy_agrees_with_torch(batch, library):
    expected, gradient = _torch_loss(*batch)
    given = library(batch)
    assert relative_error(sequence_cross_entropy(*given), expected) < 1e-9
    assert relative_error(sequence_cross_entropy_backward(*given), gradient) < 1e-9


def test_sequence_cross_entropy_gradient_agrees_with_differences(batch):
    scores, targets, mask = batch
    gradient = sequence_cross_entropy_backward(scores, targets, mask)
    errors = gradient_check(
        lambda _: float(sequence_cross_entropy(scores, targets, mask)), {"y": scores}, {"y": gradient}
    )
    assert errors["y"] < 1e-6


def test_tag_loss_agrees_with_torch(batch, library, rng, to_torch_leaves):
    weights = rng.uniform(0.2, 3.0, size=batch[0].shape[2])
    expected, gradient = _torch_loss(*batch, weights)
    assert relative_error(tag_loss(*library(batch), library(weights)), expected) < 1e-9
    given = to_torch_leaves(batch)
    tag_loss(*given, torch.tensor(weights)).backward()
    assert relative_error(given[0].grad, gradient) < 1e-9


def test_mean_squared_error_agrees_with_torch(batch, library, rng):
    ys, _, mask = batch
    targets = rng.normal(size=ys.shape)
    ys_torch = torch.tensor(ys, requires_grad=True)
    loss = F.mse_loss(ys_torch[torch.tensor(mask)], torch.tensor(targets[mask]))
    loss.backward()
    given = library((ys, targets, mask))
    assert relative_error(mean_squared_error(*given), loss.item()) < 1e-9
    assert relative_error(mean_squared_error_backward(*given), ys_torch.grad) < 1e-9


@pytest.mark.parametrize("filler", [0, -100, 99])
def test_padding_costs_nothing_whatever_it_holds(library, rng, to_torch_leaves, filler):
    scores, targets = rng.normal(size=(2, 4, 3)), rng.integers(0, 3, size=(2, 4))
    mask = length_mask([4, 2], scores)
    filled, labels = scores.copy(), targets.copy()
    filled[1, 2:], labels[1, 2:] = np.nan, filler
    given, other = library((scores, targets, mask)), library((filled, labels, mask))
    for function in (sequence_cross_entropy, sequence_cross_entropy_backward):
        assert np.array_equal(function(*given), function(*other))
    answers = library((scores, scores + 1.0, mask)), library((filled, scores + 1.0, mask))
    for function in (mean_squared_error, mean_squared_error_backward):
        assert np.array_equal(function(*answers[0]), function(*answers[1]))
    tensors = to_torch_leaves((filled, labels, mask))
    sequence_cross_entropy(*tensors).backward()
    assert torch.isfinite(tensors[0].grad).all()


def test_a_nan_that_counts_shows():
    scores = np.zeros((1, 2, 2))
    scores[0, 0, 0] = np.nan
    assert np.isnan(sequence_cross_entropy(scores, np.zeros((1, 2), int), np.ones((1, 2), bool)))


def test_wrong_losses_are_named():
    scores, targets, mask = np.zeros((2, 3, 4)), np.zeros((2, 3), int), np.ones((2, 3), bool)
    with pytest.raises(ValueError, match=r"targets must be \(2, 3\); got \(3, 2\)"):
        sequence_cross_entropy(scores, targets.T, mask)
    with pytest.raises(ValueError, match=r"mask must be \(2, 3\); got \(2,\)"):
        sequence_cross_entropy(scores, targets, mask[:, 0])
    with pytest.raises(ValueError, match="mask must be true at one step at least; got none"):
        sequence_cross_entropy(scores, targets, ~mask)
    with pytest.raises(ValueError, match="targets must be from 0 to 3; got 0 to 4"):
        sequence_cross_entropy(scores, targets + 4 * (np.arange(3) == 1), mask)
    with pytest.raises(ValueError, match=r"weights must be \(4,\); got \(3,\)"):
        tag_loss(scores, targets, mask, np.ones(3))
    with pytest.raises(ValueError, match=r"targets must be \(2, 3, 4\); got \(2, 3\)"):
        mean_squared_error(scores, targets, mask)


def test_logarithms_agree_with_torch(library, autograd_agrees):
    a = np.array([[-1e4, 0.0, 1e4], [1.0, -np.inf, 2.0], [-700.0, -701.0, -702.0]])
    assert relative_error(log_sum_exp(library(a)), torch.logsumexp(torch.tensor(a), dim=-1)) < 1e-12
    finite = a[[0, 2]]
    expected = torch.log_softmax(torch.tensor(finite), dim=-1)
    assert relative_error(log_softmax(library(finite)), expected) < 1e-12
    autograd_agrees(lambda a: (log_softmax(a) * a).sum(), np.array([[0.3, -1.0, 2.0], [0.0, 0.5, 0.1]]))


def test_a_sum_of_nothing_is_nothing_and_has_no_gradient():
    a = torch.full((2, 3), -torch.inf, dtype=torch.float64, requires_grad=True)
    total = log_sum_exp(a)
    assert total.tolist() == [-torch.inf] * 2
    total.sum().backward()
    assert torch.equal(a.grad, torch.zeros(2, 3, dtype=torch.float64))
    assert np.isnan(log_sum_exp(np.array([np.nan, 0.0])))


@pytest.mark.parametrize(("B", "T", "V", "D"), [(1, 1, 1, 1), (3, 1, 2, 3), (2, 7, 4, 2)])
def test_embedding_agrees_with_torch(library, rng, B, T, V, D):
    ids, W, dxs = rng.integers(0, V, size=(B, T)), rng.normal(size=(V, D)), rng.normal(size=(B, T, D))
    W_torch = torch.tensor(W, requires_grad=True)
    vectors = F.embedding(torch.tensor(ids), W_torch)
    vectors.backward(torch.tensor(dxs))
    assert np.array_equal(embedding_forward(*library((ids, W))), vectors.detach())
    assert relative_error(embedding_backward(*library((dxs, ids, W))), W_torch.grad) < 1e-9
    given = {"W": W}, {"W": embedding_backward(dxs, ids, W)}
    errors = gradient_check(lambda _: float(np.sum(dxs * embedding_forward(ids, W))), *given)
    assert errors["W"] < 1e-7


@pytest.mark.parametrize("wrong", [-1, 4])
def test_unknown_words_are_named(wrong):
    with pytest.raises(ValueError, match=r"ids must be from 0 to 3; got (-1 to 0|0 to 4)"):
        embedding_forward(np.array([[0, wrong]]), np.zeros((4, 2)))


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 1), (2, 5)])
def test_readout_backward_agrees_with_autograd(library, rng, to_torch_leaves, shape):
    H, K = 3, 2
    h, dys, params = rng.normal(size=(*shape, H)), rng.normal(size=(*shape, K)), init_readout_params(H, K, rng)
    given = to_torch_leaves((h, *params))
    expected = torch.autograd.grad(given[0] @ given[1] + given[2], given, torch.tensor(dys))
    dh, dparams = readout_backward(*library((dys, h, params)))
    for ours, theirs in zip((dh, *dparams), expected, strict=True):
        assert relative_error(ours, theirs) < 1e-9
    errors = gradient_check(
        lambda _: float(np.sum(dys * readout(h, params))),
        {"h": h, **params._asdict()},
        dict(zip(("h", *params._fields), (dh, *dparams), strict=True)),
    )
    assert max(errors.values()) < 1e-7
    with pytest.raises(ValueError, match="dys must be"):
        readout_backward(dys[:0], h, params)


def test_pooling_by_hand(library):
    hs = library(np.arange(12.0).reshape(2, 3, 2))
    assert np.array_equal(last_valid(hs, [3, 1]), [[4, 5], [6, 7]])
    assert np.array_equal(masked_mean(hs, length_mask([3, 2], hs)), [[2, 3], [7, 8]])


def test_pooling_autograd_agrees_with_differences_and_leaves_padding(rng, autograd_agrees):
    hs = rng.normal(size=(3, 4, 2))
    lengths = [4, 1, 2]
    autograd_agrees(lambda hs: (last_valid(hs, lengths) ** 2).sum(), hs)
    autograd_agrees(lambda hs: (masked_mean(hs, length_mask(lengths, hs)) ** 2).sum(), hs)
    filled = hs.copy()
    filled[1, 1:], filled[2, 2:] = np.nan, np.inf
    assert np.array_equal(last_valid(filled, lengths), last_valid(hs, lengths))
    mask = length_mask(lengths, hs)
    assert np.array_equal(masked_mean(filled, mask), masked_mean(hs, mask))


def test_empty_sequences_cannot_be_pooled():
    hs = np.zeros((2, 3, 1))
    with pytest.raises(ValueError, match="lengths must be at least 1; got 0"):
        last_valid(hs, [0, 3])
    with pytest.raises(ValueError, match="one step of each row at least"):
        masked_mean(hs, length_mask([0, 3], hs))


def test_class_weights_make_classes_equal(library):
    labels = library(np.array([[0, 0, 0], [1, 0, 2]]))
    weights = class_weights(labels, 3)
    assert np.allclose(weights, [0.5, 2.0, 2.0], rtol=1e-12)
    with pytest.raises(ValueError, match=r"labels must be from 0 to 3, each at least once; got \[4, 1, 1, 0\]"):
        class_weights(labels, 4)
    with pytest.raises(ValueError, match=r"labels must be from 0 to 1, each at least once; got \[4, 1\]"):
        class_weights(labels, 2)


def test_one_hot_agrees_with_torch(library, rng):
    ids = rng.integers(0, 4, size=(2, 3))
    expected = F.one_hot(torch.tensor(ids), 4)
    (ids,) = library((ids,))
    vectors = one_hot(ids, 4)
    assert np.array_equal(vectors, expected)
    assert "float64" in str(vectors.dtype)
    assert "float32" in str(one_hot(ids, 4, array_namespace(ids).float32).dtype)


def test_wrong_kinds_of_numbers_are_named(library):
    scores, ids, mask = library((np.zeros((1, 2, 3)), np.zeros((1, 2), int), np.ones((1, 2), bool)))
    real, whole = library((np.zeros((1, 2)), np.ones((1, 2), int)))
    with pytest.raises(ValueError, match=r"targets must be whole numbers; got .*float64"):
        sequence_cross_entropy(scores, real, mask)
    with pytest.raises(ValueError, match=r"mask must be true and false; got .*int64"):
        sequence_cross_entropy(scores, ids, whole)
    with pytest.raises(ValueError, match=r"mask must be true and false; got .*float64"):
        mean_squared_error(scores, scores, real)
    with pytest.raises(ValueError, match=r"mask must be true and false; got .*int64"):
        masked_mean(scores, whole)
    with pytest.raises(ValueError, match=r"ids must be whole numbers; got .*float64"):
        embedding_forward(real, scores[0])
    with pytest.raises(ValueError, match=r"ids must be whole numbers; got .*bool"):
        one_hot(mask, 3)
    with pytest.raises(ValueError, match=r"labels must be whole numbers; got .*float64"):
        class_weights(real, 1)

"""Losses over padded sequences: values against torch, gradients against differences."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rnncore.functional.learning import (
    gradient_check,
    mean_squared_error,
    mean_squared_error_backward,
    relative_error,
    sequence_cross_entropy,
    sequence_cross_entropy_backward,
    tag_loss,
)
from rnncore.functional.sequence import (
    length_mask,
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

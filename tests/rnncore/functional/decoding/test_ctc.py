"""CTC against torch's loss and against the sum over all paths."""

import itertools
import math

import numpy as np
import pytest
import torch

from rnncore.functional.base import log_softmax
from rnncore.functional.decoding import ctc_beam, ctc_collapse, ctc_forward, ctc_greedy, ctc_loss
from rnncore.functional.learning import relative_error


def _all_paths(log_probs):
    """The probability of each labelling, and its single best path, over all K^T paths."""
    T, K = log_probs.shape
    total, best = {}, {}
    for path in itertools.product(range(K), repeat=T):
        p = math.exp(sum(log_probs[t, k] for t, k in enumerate(path)))
        labels = tuple(k for k, _ in itertools.groupby(path) if k != 0)
        total[labels] = total.get(labels, 0.0) + p
        best[labels] = max(best.get(labels, 0.0), p)
    return total, best


def _problem(rng, B, T, K, L):
    scores = 2.0 * rng.normal(size=(B, T, K))
    targets = rng.integers(1, K, size=(B, L))
    lengths = [T, *rng.integers(max(1, T // 2), T + 1, size=B - 1).tolist()]
    target_lengths = [min(L, T // 2), *rng.integers(0, min(L, T // 4) + 1, size=B - 1).tolist()]
    return scores, targets, lengths, target_lengths


@pytest.mark.parametrize(("B", "T", "K", "L"), [(1, 1, 1, 0), (1, 2, 2, 1), (3, 8, 2, 2), (2, 12, 4, 5), (4, 30, 6, 9)])
def test_loss_and_gradient_agree_with_torch(library, rng, B, T, K, L):
    if K == 1:
        scores, targets, lengths, target_lengths = np.zeros((B, T, K)), np.zeros((B, L), int), [T], [0]
    else:
        scores, targets, lengths, target_lengths = _problem(rng, B, T, K, L)
    given = torch.tensor(scores, requires_grad=True)
    by_time = torch.log_softmax(given, dim=2).transpose(0, 1)
    expected = torch.nn.functional.ctc_loss(
        by_time,
        torch.tensor(targets),
        torch.tensor(lengths),
        torch.tensor(target_lengths),
        reduction="none",
    )
    assert torch.isfinite(expected).all()
    weights = torch.tensor(rng.uniform(0.5, 2.0, size=B))
    (gradient,) = torch.autograd.grad(expected, given, weights)

    loss = ctc_loss(log_softmax(library(scores)), library(targets), lengths, target_lengths)
    assert relative_error(loss, expected.detach()) < 1e-9
    ours = torch.tensor(scores, requires_grad=True)
    loss = ctc_loss(log_softmax(ours), torch.tensor(targets), lengths, target_lengths)
    assert relative_error(torch.autograd.grad(loss, ours, weights)[0], gradient) < 1e-9


@pytest.mark.parametrize(("T", "K"), [(1, 1), (1, 3), (4, 2), (6, 3), (4, 4)])
def test_likelihood_is_the_sum_over_all_paths(library, rng, T, K):
    log_probs = log_softmax(rng.normal(size=(T, K)))
    total, _ = _all_paths(log_probs)
    labellings = sorted(total, key=lambda labels: (len(labels), labels))
    L = max(map(len, labellings))
    targets = np.zeros((len(labellings), L), dtype=int)
    for row, labels in zip(targets, labellings, strict=True):
        row[: len(labels)] = labels
    B = len(labellings)
    batch = library(np.broadcast_to(log_probs, (B, T, K)).copy())
    lattice = ctc_forward(batch, library(targets), [T] * B, [len(labels) for labels in labellings])
    found = np.exp(np.asarray(lattice.log_likelihood))
    assert relative_error(found, [total[labels] for labels in labellings]) < 1e-9
    assert found.sum() == pytest.approx(1.0, rel=1e-9)
    assert tuple(lattice.log_alphas.shape) == (B, T, 2 * L + 1)


def test_autograd_agrees_with_differences(rng, autograd_agrees):
    scores, targets, lengths, target_lengths = _problem(rng, 3, 6, 3, 3)

    def loss(scores, targets):
        return ctc_loss(log_softmax(scores), targets, lengths, target_lengths).sum()

    autograd_agrees(loss, scores, targets)


def test_labels_that_do_not_fit_are_impossible_and_give_no_gradient():
    """Two equal labels need a blank between them: three steps at least."""
    scores = torch.zeros((1, 2, 3), dtype=torch.float64, requires_grad=True)
    loss = ctc_loss(log_softmax(scores), torch.tensor([[1, 1]]), [2], [2])
    assert loss.tolist() == [math.inf]
    loss.backward()
    assert torch.equal(scores.grad, torch.zeros_like(scores))


@pytest.mark.parametrize("filler", [0.0, -np.inf, np.nan])
def test_padding_may_hold_anything(library, rng, filler):
    log_probs = log_softmax(rng.normal(size=(2, 7, 3)))
    targets = np.array([[1, 2, 2], [2, 1, 1]])
    clean = ctc_loss(*library((log_probs, targets)), [7, 4], [3, 1])
    log_probs[1, 4:], targets[1, 1:] = filler, 99
    filled = ctc_loss(*library((log_probs, targets)), [7, 4], [3, 1])
    alone = ctc_loss(*library((log_probs[1:, :4], targets[1:, :1])), [4], [1])
    assert np.array_equal(clean, filled)
    assert relative_error(filled[1:], alone) < 1e-12


def test_nan_shows(rng):
    log_probs = log_softmax(rng.normal(size=(2, 5, 3)))
    log_probs[0, 2, 1] = np.nan
    assert np.isnan(ctc_loss(log_probs, np.array([[1], [1]]), [5, 5], [1, 1])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ([], []),
        ([0, 0], []),
        ([1], [1]),
        ([0, 1, 1, 0, 1, 2, 2], [1, 1, 2]),
        ([2, 0, 2, 2], [2, 2]),
        ([1, 2, 1], [1, 2, 1]),
    ],
)
def test_collapse_by_hand(library, path, labels):
    assert ctc_collapse(library(np.array(path, dtype=int))) == labels


def test_greedy_is_the_best_path(library, rng):
    for _ in range(20):
        log_probs = log_softmax(rng.normal(size=(5, 3)))
        _, best = _all_paths(log_probs)
        assert ctc_greedy(library(log_probs[None]), [5]) == [list(max(best, key=best.__getitem__))]
    log_probs[3:] = np.nan
    _, best = _all_paths(log_probs[:3])
    assert ctc_greedy(library(log_probs[None]), [3]) == [list(max(best, key=best.__getitem__))]


@pytest.mark.parametrize(("T", "K"), [(1, 1), (1, 3), (5, 3), (4, 4)])
def test_a_wide_beam_finds_every_labelling_with_its_probability(library, rng, T, K):
    log_probs = log_softmax(rng.normal(size=(T, K)))
    total, _ = _all_paths(log_probs)
    found = ctc_beam(library(log_probs), width=10_000)
    assert {tuple(labels): math.exp(log_p) for labels, log_p in found} == pytest.approx(total, rel=1e-9)
    assert [log_p for _, log_p in found] == sorted((log_p for _, log_p in found), reverse=True)


def test_the_beam_finds_what_the_best_path_misses():
    """The best path is two blanks, .36; the three paths of label 1 gather .64."""
    log_probs = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert ctc_greedy(log_probs[None], [2]) == [[]]
    labels, log_p = ctc_beam(log_probs, width=2)[0]
    assert labels == [1]
    assert math.exp(log_p) == pytest.approx(0.64)


def test_a_narrow_beam_never_promises_too_much(rng):
    for _ in range(10):
        log_probs = log_softmax(2.0 * rng.normal(size=(5, 3)))
        total, _ = _all_paths(log_probs)
        for width in (1, 2, 4):
            found = ctc_beam(log_probs, width)
            assert len(found) <= width
            for labels, log_p in found:
                assert math.exp(log_p) <= total.get(tuple(labels), 0.0) * (1 + 1e-12)


def test_wrong_input_is_named():
    log_probs, targets = np.zeros((2, 4, 3)), np.ones((2, 2), int)
    with pytest.raises(ValueError, match=r"targets must be \(2, L\); got \(1, 2\)"):
        ctc_loss(log_probs, targets[:1], [4, 4], [2, 2])
    with pytest.raises(ValueError, match="targets must be from 1 to 2; got 3"):
        ctc_loss(log_probs, 3 * targets, [4, 4], [2, 2])
    with pytest.raises(ValueError, match="targets must be from 1 to 2; got 0"):
        ctc_loss(log_probs, 0 * targets, [4, 4], [2, 2])
    with pytest.raises(ValueError, match=r"lengths must be 2 whole numbers from 0 to 4; got \[4, 5\]"):
        ctc_loss(log_probs, targets, [4, 5], [2, 2])
    with pytest.raises(ValueError, match="lengths must be at least 1; got 0"):
        ctc_loss(log_probs, targets, [4, 0], [2, 0])
    with pytest.raises(ValueError, match=r"lengths must be 2 whole numbers from 0 to 2; got \[2, 3\]"):
        ctc_loss(log_probs, targets, [4, 4], [2, 3])
    with pytest.raises(ValueError, match="width must be at least 1; got 0"):
        ctc_beam(log_probs[0], 0)
    with pytest.raises(ValueError, match="targets must be whole numbers; got float64"):
        ctc_loss(log_probs, 1.0 * targets, [4, 4], [2, 2])

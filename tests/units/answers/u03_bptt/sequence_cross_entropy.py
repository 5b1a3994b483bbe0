"""Answers to `sequence_cross_entropy`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


def _log_softmax(scores):
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@answers.is_right
def step_by_step(scores, targets, mask):
    costs = []
    for b, t in zip(*np.nonzero(mask), strict=True):
        costs.append(-_log_softmax(scores[b, t])[targets[b, t]])
    return float(sum(costs) / len(costs))


@answers.is_right
def chosen_by_the_mask(scores, targets, mask):
    rows = _log_softmax(scores[mask])
    return -rows[np.arange(len(rows)), targets[mask]].mean()


@answers.is_refused
def by_torch(scores, targets, mask):
    labels = np.where(mask, targets, -100)
    return torch.nn.functional.cross_entropy(
        torch.from_numpy(scores).transpose(1, 2), torch.from_numpy(labels), ignore_index=-100
    )


def _costs(scores, targets, mask):
    targets = np.where(mask, targets, 0)
    return -np.take_along_axis(_log_softmax(scores), targets[:, :, None], axis=2)[:, :, 0] * mask


@answers.is_wrong("divided_by_all_steps")
def mean_over_all_steps(scores, targets, mask):
    return _costs(scores, targets, mask).mean()


@answers.is_wrong("summed")
def sum_over_steps(scores, targets, mask):
    return _costs(scores, targets, mask).sum()


@answers.is_wrong("mean_of_means")
def mean_of_means(scores, targets, mask):
    return (_costs(scores, targets, mask).sum(axis=1) / mask.sum(axis=1)).mean()


@answers.is_wrong("if `mask` is true everywhere")
def mask_ignored(scores, targets, mask):
    return _costs(scores, targets, np.ones_like(mask)).mean()


@answers.is_wrong("divided_by_sequences")
def divided_by_the_batch(scores, targets, mask):
    return _costs(scores, targets, mask).sum() / len(scores)


@answers.is_wrong("without_minus")
def sign_forgotten(scores, targets, mask):
    return -_costs(scores, targets, mask).sum() / mask.sum()


@answers.is_wrong("in_bits")
def base_two(scores, targets, mask):
    return _costs(scores, targets, mask).sum() / mask.sum() / np.log(2)


@answers.is_wrong("bare_scores")
def scores_without_softmax(scores, targets, mask):
    targets = np.where(mask, targets, 0)
    right = np.take_along_axis(scores, targets[:, :, None], axis=2)[:, :, 0]
    return -(right * mask).sum() / mask.sum()


@answers.is_wrong("missing_probability")
def probability_for_logarithm(scores, targets, mask):
    return (1 - np.exp(-_costs(scores, targets, mask)))[mask].mean()


@answers.is_wrong()
def softmax_over_steps(scores, targets, mask):
    swapped = _log_softmax(scores.swapaxes(1, 2)).swapaxes(1, 2)
    targets = np.where(mask, targets, 0)
    return -(np.take_along_axis(swapped, targets[:, :, None], axis=2)[:, :, 0] * mask).sum() / mask.sum()


@answers.is_wrong("logarithm_of_softmax")
def logarithm_of_a_rounded_probability(scores, targets, mask):
    p = np.exp(_log_softmax(scores))
    with np.errstate(divide="ignore"):
        return -np.log(np.take_along_axis(p, np.where(mask, targets, 0)[:, :, None], axis=2)[:, :, 0][mask]).mean()


@answers.is_wrong("is not finite, or far too small")
def kept_off_zero(scores, targets, mask):
    p = np.exp(_log_softmax(scores))[mask]
    return -np.log(p[np.arange(len(p)), targets[mask]] + 1e-9).mean()


@answers.is_wrong("mask_as_lengths")
def lengths_of_the_mask(scores, targets, mask):
    costs = []
    for row, right, n in zip(_log_softmax(scores), targets, mask.sum(axis=1), strict=True):
        costs += [-row[t, right[t]] for t in range(n)]
    return np.mean(costs)

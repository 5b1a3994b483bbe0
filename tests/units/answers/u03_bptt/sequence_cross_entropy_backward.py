"""Answers to `sequence_cross_entropy_backward`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


def _softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@answers.is_right
def step_by_step(scores, targets, mask):
    gradient = np.zeros(scores.shape)
    for b, t in zip(*np.nonzero(mask), strict=True):
        gradient[b, t] = _softmax(scores[b, t])
        gradient[b, t, targets[b, t]] -= 1
    return gradient / mask.sum()


@answers.is_refused
def by_autograd(scores, targets, mask):
    leaf = torch.tensor(scores, requires_grad=True)
    logp = torch.log_softmax(leaf[torch.from_numpy(mask)], dim=-1)
    (-logp[torch.arange(len(logp)), torch.from_numpy(targets[mask])].mean()).backward()
    return leaf.grad


@answers.is_right
def with_where(scores, targets, mask):
    right = np.eye(scores.shape[2])[np.where(mask, targets, 0)]
    return np.where(mask[..., None], _softmax(scores) - right, 0.0) / np.count_nonzero(mask)


def _difference(scores, targets, mask):
    return _softmax(scores) - np.eye(scores.shape[2])[np.where(mask, targets, 0)]


@answers.is_wrong("padding_left_in")
def mask_forgotten(scores, targets, mask):
    return _difference(scores, targets, mask) / mask.sum()


@answers.is_wrong("not_divided")
def not_divided(scores, targets, mask):
    return _difference(scores, targets, mask) * mask[:, :, None]


@answers.is_wrong("gradient_divided_by_all_steps")
def divided_by_all_steps(scores, targets, mask):
    return _difference(scores, targets, mask) * mask[:, :, None] / mask.size


@answers.is_wrong("gradient_divided_by_sequences")
def divided_by_batch(scores, targets, mask):
    return _difference(scores, targets, mask) * mask[:, :, None] / len(mask)


@answers.is_wrong("turned_round")
def turned_around(scores, targets, mask):
    return -_difference(scores, targets, mask) * mask[:, :, None] / mask.sum()


@answers.is_wrong("without_the_target")
def no_one_hot(scores, targets, mask):
    return _softmax(scores) * mask[:, :, None] / mask.sum()


@answers.is_wrong("divided_by_each_length")
def by_length_of_each_sequence(scores, targets, mask):
    return _difference(scores, targets, mask) * mask[:, :, None] / mask.sum(axis=1)[:, None, None]


@answers.is_wrong("scores_for_probabilities")
def raw_scores(scores, targets, mask):
    right = np.eye(scores.shape[2])[np.where(mask, targets, 0)]
    return (scores - right) * mask[:, :, None] / mask.sum()


@answers.is_wrong("right_class_only")
def at_the_target_only(scores, targets, mask):
    right = np.eye(scores.shape[2])[np.where(mask, targets, 0)]
    return (_softmax(scores) - 1) * right * mask[:, :, None] / mask.sum()


@answers.is_wrong("mask_on_the_probabilities_alone")
def target_left_in_the_padding(scores, targets, mask):
    right = np.eye(scores.shape[2])[np.where(mask, targets, 0)]
    return (_softmax(scores) * mask[:, :, None] - right) / mask.sum()


@answers.is_wrong("exp_overflows")
def softmax_as_in_a_book(scores, targets, mask):
    scores = np.where(mask[:, :, None], scores, 0.0)
    p = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    return (p - np.eye(scores.shape[2])[np.where(mask, targets, 0)]) * mask[:, :, None] / mask.sum()


@answers.is_wrong()
def never_quite_sure(scores, targets, mask):
    p = np.clip(_softmax(scores), 1e-7, 1 - 1e-7)
    return (p - np.eye(scores.shape[2])[np.where(mask, targets, 0)]) * mask[:, :, None] / mask.sum()

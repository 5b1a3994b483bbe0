"""Answers to `attend`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def query_by_query(scores, values, mask):
    B, T, S = scores.shape
    weights, contexts = np.zeros((B, T, S)), np.zeros((B, T, values.shape[2]))
    for b in range(B):
        for t in range(T):
            seen = np.flatnonzero(mask[b, t if mask.shape[1] == T else 0])
            if len(seen):
                e = np.exp(scores[b, t, seen] - scores[b, t, seen].max())
                weights[b, t, seen] = e / e.sum()
                contexts[b, t] = weights[b, t, seen] @ values[b, seen]
    return contexts, weights


@answers.is_right
def filled_with_minus_infinity(scores, values, mask):
    masked = torch.from_numpy(scores.copy()).masked_fill(~torch.from_numpy(mask), -torch.inf)
    weights = torch.nan_to_num(torch.softmax(masked, dim=2))
    return torch.bmm(weights, torch.from_numpy(values)).numpy(), weights.numpy()


@answers.is_right
def einsum_of_a_shifted_softmax(scores, values, mask):
    largest = np.max(np.where(mask, scores, -np.inf), axis=-1, keepdims=True)
    e = np.where(mask, np.exp(np.where(mask, scores - np.maximum(largest, -1e308), 0.0)), 0.0)
    weights = e / np.maximum(e.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    return np.einsum("bts,bse->bte", weights, values), weights


def _softmax(scores, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _guarded(weights, mask):
    return np.where(mask.any(axis=-1, keepdims=True), weights, 0.0)


@answers.is_wrong("mask_ignored")
def no_mask(scores, values, mask):
    weights = _guarded(_softmax(scores), mask)
    return weights @ values, weights


@answers.is_wrong("masked_scores_are_zero")
def masked_by_a_product_of_scores(scores, values, mask):
    weights = _guarded(_softmax(scores * mask), mask)
    return weights @ values, weights


@answers.is_wrong("masked_after_softmax")
def cut_out_afterwards(scores, values, mask):
    weights = _softmax(scores) * mask
    return weights @ values, weights


@answers.is_wrong("exp_overflows")
def overflows(scores, values, mask):
    e = np.exp(scores) * mask
    total = e.sum(axis=2, keepdims=True)
    weights = e / np.where(total == 0, 1.0, total)
    return weights @ values, weights


@answers.is_wrong("zero_over_zero")
def zero_over_zero(scores, values, mask):
    masked = np.where(mask, scores, -np.inf)
    e = np.exp(masked - masked.max(axis=2, keepdims=True))
    weights = e / e.sum(axis=2, keepdims=True)
    return weights @ values, weights


@answers.is_wrong("padding_has_a_low_score")
def a_small_number_for_the_padding(scores, values, mask):
    weights = _softmax(np.where(mask, scores, -10.0))
    return _guarded(weights, mask) @ values, _guarded(weights, mask)


@answers.is_wrong("one_mask_for_all")
def one_mask_for_the_batch(scores, values, mask):
    weights = _guarded(_softmax(np.where(mask[:1], scores, -1e30)), mask)
    return weights @ values, weights


@answers.is_wrong("softmax_over_everything")
def softmax_of_all(scores, values, mask):
    masked = np.where(mask, scores, -1e300)
    e = np.where(mask, np.exp(masked - masked.max()), 0.0)
    weights = e / e.sum()
    return weights @ values, weights


@answers.is_wrong("nothing_where_the_mask_is_true")
def mask_means_padding(scores, values, mask):
    weights = _softmax(np.where(mask, -1e30, scores))
    return _guarded(weights, ~mask) @ values, _guarded(weights, ~mask)


@answers.is_wrong("blind_query_sees_all")
def looks_everywhere_if_nowhere(scores, values, mask):
    weights = _softmax(np.where(mask, scores, -1e30))
    return weights @ values, weights


@answers.is_wrong("scores_scaled_again")
def divided_by_the_root_of_the_width(scores, values, mask):
    weights = _guarded(_softmax(np.where(mask, scores / np.sqrt(values.shape[2]), -1e30)), mask)
    return weights @ values, weights


@answers.is_wrong("in_place")
def mask_changed_in_place(scores, values, mask):
    scores[~np.broadcast_to(mask, scores.shape)] = -1e30
    weights = _guarded(_softmax(scores), mask)
    return weights @ values, weights


@answers.is_wrong("first_alone")
def weights_alone(scores, values, mask):
    return _guarded(_softmax(np.where(mask, scores, -1e30)), mask)


def _by_hand(scores, values, mask, top, little=0.0):
    masked = np.where(mask, scores, -np.inf)
    highest = top(masked)
    e = np.exp(masked - np.where(np.isfinite(highest), highest, 0.0))
    total = e.sum(axis=2, keepdims=True) + little
    weights = e / np.where(total == 0, 1.0, total)
    return weights @ values, weights


@answers.is_wrong("a_little_added_below")
def never_by_zero(scores, values, mask):
    return _by_hand(scores, values, mask, lambda masked: masked.max(axis=2, keepdims=True), 1e-6)


@answers.is_wrong("largest_of_all_queries")
def one_largest_score(scores, values, mask):
    return _by_hand(scores, values, mask, np.max)


@answers.is_wrong("zero_scores_in_a_plain_softmax")
def zero_for_what_is_masked(scores, values, mask):
    weights = _softmax(np.where(mask, scores, 0.0))
    return weights @ values, weights


@answers.is_wrong("divided by the size of axis 2 of `scores`")
def mean_of_the_weighted(scores, values, mask):
    weights = _guarded(_softmax(np.where(mask, scores, -1e300)), mask)
    return np.mean(weights[..., None] * values[:, None], axis=2), weights

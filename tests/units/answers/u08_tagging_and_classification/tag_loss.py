"""Answers to `tag_loss`."""

import numpy as np
import torch
from array_api_compat import array_namespace

from rnncore.functional.base import log_softmax, one_hot
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def word_by_word(scores, tags, mask, weights):
    total = norm = 0.0
    for b, t in zip(*np.nonzero(np.asarray(mask)), strict=True):
        tag = int(tags[b, t])
        total = total - weights[tag] * log_softmax(scores[b, t])[tag]
        norm = norm + weights[tag]
    return total / norm


@answers.is_right
def of_what_counts(scores, tags, mask, weights):
    xp = array_namespace(scores)
    rows, right = scores[mask], tags[mask]
    costs = -log_softmax(rows)[xp.arange(len(right)), right]
    return xp.sum(weights[right] * costs) / xp.sum(weights[right])


@answers.is_right
def by_torch(scores, tags, mask, weights):
    scores, tags, mask, weights = map(torch.as_tensor, (scores, tags, mask, weights))
    return torch.nn.functional.cross_entropy(scores[mask], tags[mask], weight=weights)


@answers.is_right
def with_one_hot_rows(scores, tags, mask, weights):
    xp = array_namespace(scores)
    K = scores.shape[-1]
    tags = xp.where(mask, tags, xp.zeros_like(tags))
    each = (tags[..., None] == xp.arange(K)) & mask[..., None]
    each = xp.where(each, weights, xp.zeros_like(weights))
    clean = xp.where(mask[..., None], scores, xp.zeros_like(scores))
    return -xp.sum(each * log_softmax(clean)) / xp.sum(each)


def _loss(scores, tags, mask, weights, norm=None, log_p=log_softmax):
    xp = array_namespace(scores)
    rows, right = scores[mask], tags[mask]
    w = weights[right]
    costs = -log_p(rows)[xp.arange(len(right)), right]
    return xp.sum(w * costs) / (xp.sum(w) if norm is None else norm(w))


@answers.is_wrong("divided_by_steps")
def divided_by_the_words(scores, tags, mask, weights):
    return _loss(scores, tags, mask, weights, norm=len)


@answers.is_wrong("divided_by_all_steps")
def divided_by_all_steps(scores, tags, mask, weights):
    return _loss(scores, tags, mask, weights, norm=lambda w: tags.shape[0] * tags.shape[1])


@answers.is_wrong("summed")
def not_divided(scores, tags, mask, weights):
    return _loss(scores, tags, mask, weights, norm=lambda w: 1)


@answers.is_wrong("divided_by_the_classes")
def divided_by_the_classes_weights(scores, tags, mask, weights):
    return _loss(scores, tags, mask, weights, norm=lambda w: weights.sum())


@answers.is_wrong("weights_ignored")
def weights_ignored(scores, tags, mask, weights):
    return _loss(scores, tags, mask, 0 * weights + 1)


@answers.is_wrong("overflows")
def log_of_softmax(scores, tags, mask, weights):
    xp = array_namespace(scores)
    return _loss(scores, tags, mask, weights, log_p=lambda y: xp.log(xp.exp(y) / xp.sum(xp.exp(y), axis=-1)[:, None]))


@answers.is_wrong("weight_of_the_guess")
def the_weight_of_what_was_guessed(scores, tags, mask, weights):
    xp = array_namespace(scores)
    rows, right = scores[mask], tags[mask]
    w = weights[xp.argmax(rows, axis=-1)]
    return -xp.sum(w * log_softmax(rows)[xp.arange(len(right)), right]) / xp.sum(w)


@answers.is_wrong("tags_of_padding_zero")
def padding_counts(scores, tags, mask, weights):
    return _loss(scores, tags * mask, mask | True, weights)


@answers.is_wrong("padding_weighs")
def padding_in_the_weights_only(scores, tags, mask, weights):
    xp = array_namespace(scores)
    everywhere = weights[tags * mask]
    return _loss(scores, tags, mask, weights, norm=lambda w: xp.sum(everywhere))


@answers.is_wrong("mean_of_means")
def mean_of_sentences(scores, tags, mask, weights):
    parts = [_loss(scores[[b]], tags[[b]], mask[[b]], weights) for b in range(len(tags)) if mask[b].any()]
    return sum(parts) / len(parts)


@answers.is_wrong("in_bits")
def in_bits(scores, tags, mask, weights):
    return _loss(scores, tags, mask, weights) / float(np.log(2))


@answers.is_wrong("without_minus")
def the_sign(scores, tags, mask, weights):
    return -_loss(scores, tags, mask, weights)


@answers.is_wrong("bare_probability")
def softmax_without_logarithm(scores, tags, mask, weights):
    xp = array_namespace(scores)
    return _loss(scores, tags, mask, weights, log_p=lambda y: xp.exp(log_softmax(y)))


@answers.is_wrong("mask_ignored")
def minus_a_hundred_is_the_padding(scores, tags, mask, weights):
    return _loss(scores, tags, tags >= 0, weights)


@answers.is_wrong("in_place")
def tags_made_harmless_in_place(scores, tags, mask, weights):
    tags[~mask] = 0
    return _loss(scores, tags, mask, weights)


@answers.is_wrong("multiplied_by_the_mask")
def multiplied_by_the_mask(scores, tags, mask, weights):
    xp = array_namespace(scores)
    tags = xp.where(mask, tags, xp.zeros_like(tags))
    m = xp.astype(mask, scores.dtype)
    costs = -xp.sum(one_hot(tags, scores.shape[-1]) * log_softmax(scores), axis=-1)
    return xp.sum(m * weights[tags] * costs) / xp.sum(m * weights[tags])


@answers.is_wrong("mask_as_lengths")
def up_to_each_length(scores, tags, mask, weights):
    total = norm = 0.0
    for b in range(len(tags)):
        for t in range(int(mask[b].sum())):
            tag = int(tags[b, t])
            total = total - weights[tag] * log_softmax(scores[b, t])[tag]
            norm = norm + weights[tag]
    return total / norm

"""Answers to `keep_nucleus`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def row_by_row(scores, p):
    kept = np.full(scores.shape, -np.inf)
    for b, row in enumerate(scores):
        probs, total = np.exp(row - row.max()), 0.0
        probs /= probs.sum()
        for v in np.argsort(-row):
            if total >= p:
                break
            kept[b, v], total = row[v], total + probs[v]
    return kept


@answers.is_right
def with_torch(scores, p):
    some = torch.from_numpy(np.array(scores))
    probs, order = some.softmax(1).sort(descending=True, dim=1)
    out = probs.cumsum(1) - probs >= p
    return some.masked_fill(torch.zeros_like(out).scatter(1, order, out), -torch.inf).numpy()


def _nucleus(scores, p, outside=lambda total, probs, p: total - probs >= p, ruled_out=-np.inf):
    probs = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    order = np.argsort(-probs, axis=1)
    in_order = np.take_along_axis(probs, order, 1)
    out = outside(np.cumsum(in_order, 1), in_order, p)
    return np.where(np.take_along_axis(out, np.argsort(order, 1), 1), ruled_out, scores)


@answers.is_wrong("a_very_low_score")
def minus_a_billion(scores, p):
    return _nucleus(scores, p, ruled_out=-1e9)


@answers.is_wrong("stops_before_p")
def too_few(scores, p):
    return _nucleus(scores, p, lambda total, probs, p: total >= p)


@answers.is_wrong("one_minus_p")
def the_rest(scores, p):
    return _nucleus(scores, 1 - p)


@answers.is_wrong("a_share_of_the_vocabulary")
def share_of_tokens(scores, p):
    return _nucleus(scores, p, lambda total, probs, p: np.arange(probs.shape[1]) + 0 * total >= p * probs.shape[1])


@answers.is_wrong("zero_for_ruled_out")
def zeros(scores, p):
    return _nucleus(scores, p, ruled_out=0.0)


@answers.is_wrong("each_by_itself")
def alone(scores, p):
    return _nucleus(scores, p, lambda total, probs, p: probs < p)


@answers.is_wrong()
def as_many_in_every_row(scores, p):
    probs = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    in_order = -np.sort(-probs, axis=1)
    n = int(np.max(np.sum(np.cumsum(in_order, 1) - in_order < p, axis=1)))
    ranks = np.argsort(np.argsort(-probs, axis=1), axis=1)
    return np.where(ranks < n, scores, -np.inf)


@answers.is_right
def equally_likely_ones_together(scores, p):
    """By (9.12) to the letter: tokens as likely as one that is kept are kept too."""
    probs = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    likelier = np.array([[row[row > v].sum() for v in row] for row in probs])
    return np.where(likelier < p, scores, -np.inf)


@answers.is_wrong("log_probabilities_returned")
def normalised(scores, p):
    log_probs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    return np.where(np.isfinite(_nucleus(scores, p)), log_probs, -np.inf)


@answers.is_wrong("one_too_many")
def one_to_be_sure(scores, p):
    return _nucleus(scores, p, lambda total, probs, p: np.pad((total - probs)[:, :-1], ((0, 0), (1, 0))) >= p)

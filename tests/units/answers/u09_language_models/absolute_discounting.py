"""Answers to `absolute_discounting`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def token_by_token(counts, lower, discount=0.75):
    total = sum(counts)
    if total == 0:
        return np.array(lower)
    different = sum(1 for n in counts if n > 0)
    pairs = zip(counts, lower, strict=True)
    return np.array([(max(n - discount, 0) + discount * different * p) / total for n, p in pairs])


@answers.is_right
def what_is_missing_is_given_out(counts, lower, discount=0.75):
    if not np.any(counts):
        return lower.copy()
    kept = np.where(counts > 0, counts - discount, 0.0) / np.sum(counts)
    return kept + (1.0 - kept.sum()) * lower


def _given(counts, lower, discount, given):
    if counts.sum() == 0:
        return lower
    return (np.maximum(counts - discount, 0) + given) / counts.sum()


@answers.is_wrong("even_from_nothing")
def all_alike(counts, lower, discount=0.75):
    if counts.sum() == 0:
        return np.ones(len(counts)) / len(counts)
    return _given(counts, lower, discount, discount * (counts > 0).sum() * lower)


@answers.is_wrong("given_to_unseen_in_full")
def to_the_unseen(counts, lower, discount=0.75):
    unseen = np.where(counts == 0, lower, 0.0)
    share = unseen / max(unseen.sum(), 1e-9)
    return _given(counts, lower, discount, discount * (counts > 0).sum() * share)


@answers.is_wrong("given_without_discount")
def no_d(counts, lower, discount=0.75):
    return _given(counts, lower, discount, (counts > 0).sum() * lower)


@answers.is_wrong("in_place")
def takes_in_place(counts, lower, discount=0.75):
    total, different = counts.sum(), (counts > 0).sum()
    if total == 0:
        return lower
    if counts.dtype.kind == "i":
        counts = counts.astype(float)
    counts -= discount * (counts > 0)
    return (counts + discount * different * lower) / total


@answers.is_wrong("given_out_evenly")
def to_all_alike(counts, lower, discount=0.75):
    return _given(counts, lower, discount, discount * (counts > 0).sum() / len(counts))


@answers.is_wrong("discount_ignored")
def always_three_quarters(counts, lower, discount=0.75):
    return _given(counts, lower, 0.75, 0.75 * (counts > 0).sum() * lower)


@answers.is_wrong("below_zero")
def no_maximum(counts, lower, discount=0.75):
    if counts.sum() == 0:
        return lower
    return (counts - discount + discount * (counts > 0).sum() * lower) / counts.sum()

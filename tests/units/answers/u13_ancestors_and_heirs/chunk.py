"""Answers to `chunk`."""

import numpy as np

from rnncore.functional.memory import Surprises
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def row_by_row(ids, surprised):
    lengths = [int(n) for n in surprised.sum(axis=1)]
    tokens, times = np.zeros((2, len(ids), max(lengths)), dtype=int)
    for b, n in enumerate(lengths):
        times[b, :n] = np.flatnonzero(surprised[b])
        tokens[b, :n] = ids[b, surprised[b]]
    return Surprises(tokens, times, lengths)


@answers.is_right
def lists(ids, surprised):
    rows = [
        [(int(i), t) for t, (i, s) in enumerate(zip(*row, strict=True)) if s]
        for row in zip(ids, surprised, strict=True)
    ]
    S = max(map(len, rows))
    padded = np.array([row + [(0, 0)] * (S - len(row)) for row in rows])
    return Surprises(padded[..., 0], padded[..., 1], list(map(len, rows)))


@answers.is_right
def scattered(ids, surprised):
    """Each surprise goes to the place that the running count of its row gives it."""
    lengths = surprised.sum(axis=1).tolist()
    b, t = np.nonzero(surprised)
    place = np.cumsum(surprised, axis=1)[b, t] - 1
    tokens, times = np.zeros((2, len(ids), max(lengths)), dtype=int)
    tokens[b, place], times[b, place] = ids[b, t], t
    return tokens, times, lengths


@answers.is_wrong("times_from_one")
def counted_from_one(ids, surprised):
    found = row_by_row(ids, surprised)
    valid = np.arange(found.tokens.shape[1]) < np.array(found.lengths)[:, None]
    return found._replace(times=found.times + valid)


@answers.is_wrong("predicted_ones_kept")
def the_others(ids, surprised):
    return row_by_row(ids, ~surprised)


@answers.is_wrong("blanked_and_not_moved")
def masked(ids, surprised):
    times = np.arange(ids.shape[1]) * surprised
    return Surprises(np.where(surprised, ids, 0), times, surprised.sum(axis=1).tolist())


@answers.is_wrong("as_wide_as_before")
def not_cut(ids, surprised):
    tokens, times = np.zeros((2, *ids.shape), dtype=int)
    for b, row in enumerate(surprised):
        n = row.sum()
        tokens[b, :n], times[b, :n] = ids[b, row], np.flatnonzero(row)
    return Surprises(tokens, times, surprised.sum(axis=1).tolist())


@answers.is_wrong()
def unique_tokens(ids, surprised):
    """Drops a token that came before."""
    kept = surprised.copy()
    for b in range(len(ids)):
        seen = set()
        for t in range(ids.shape[1]):
            kept[b, t] &= ids[b, t] not in seen
            seen |= {int(ids[b, t])} if surprised[b, t] else set()
    return row_by_row(ids, kept)


@answers.is_wrong("lengths_of_the_array")
def one_length(ids, surprised):
    found = row_by_row(ids, surprised)
    return found._replace(lengths=[found.tokens.shape[1] for _ in ids])


@answers.is_wrong("exchanged")
def the_other_way_round(ids, surprised):
    found = row_by_row(ids, surprised)
    return found.lengths, found.times, found.tokens


@answers.is_wrong("zero_is_no_token")
def zero_marks_what_was_predicted(ids, surprised):
    """Blanks what was predicted, and takes every zero for a blank."""
    found = row_by_row(ids, surprised)
    tokens = np.zeros_like(found.tokens)
    for b, row in enumerate(ids * surprised):
        tokens[b, : np.count_nonzero(row)] = row[row != 0]
    return found._replace(tokens=tokens)


@answers.is_wrong("dtype")
def filled_into_floats(ids, surprised):
    short = row_by_row(ids, surprised)
    return short._replace(tokens=np.asarray(short.tokens).astype(float), times=np.asarray(short.times).astype(float))


@answers.is_wrong("sorted_without_order")
def argsort_of_the_mask(ids, surprised):
    lengths = surprised.sum(axis=1).tolist()
    times = np.argsort(~surprised, axis=1)[:, : max(lengths)]
    valid = np.arange(max(lengths)) < np.array(lengths)[:, None]
    return Surprises(np.take_along_axis(ids, times, axis=1) * valid, times * valid, lengths)

"""Answers to `reverse_padded`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def row_by_row(xs, lengths):
    return np.stack([np.concatenate([row[:n][::-1], row[n:]]) for row, n in zip(xs, lengths, strict=True)])


@answers.is_right
def on_a_copy(xs, lengths):
    turned = xs.copy()
    for b, n in enumerate(lengths):
        for t in range(n):
            turned[b, t] = xs[b, n - 1 - t]
    return turned


@answers.is_right
def gathered(xs, lengths):
    n, t = np.asarray(lengths)[:, None], np.arange(xs.shape[1])[None]
    return np.take_along_axis(xs, np.where(t < n, n - 1 - t, t)[:, :, None], axis=1)


@answers.is_right
def by_torch(xs, lengths):
    rows = [torch.cat([row[:n].flip(0), row[n:]]) for row, n in zip(torch.tensor(xs), lengths, strict=True)]
    return torch.stack(rows)


@answers.is_wrong("whole_rows")
def turned_as_a_whole(xs, lengths):
    return xs[:, ::-1]


@answers.is_wrong("padding_becomes_zero")
def padding_is_zeroed(xs, lengths):
    turned = np.zeros_like(xs)
    for b, n in enumerate(lengths):
        turned[b, :n] = xs[b, :n][::-1]
    return turned


@answers.is_wrong("padding_in_front")
def padding_in_front(xs, lengths):
    return np.stack([np.concatenate([row[n:], row[:n][::-1]]) for row, n in zip(xs, lengths, strict=True)])


@answers.is_wrong("last_step_stays")
def one_step_short(xs, lengths):
    turned = xs.copy()
    for b, n in enumerate(lengths):
        turned[b, : max(0, n - 1)] = xs[b, : max(0, n - 1)][::-1]
    return turned


@answers.is_wrong("in_place")
def in_place(xs, lengths):
    for b, n in enumerate(lengths):
        xs[b, :n] = xs[b, :n][::-1].copy()
    return xs


@answers.is_wrong("features_turned")
def features_turned(xs, lengths):
    return np.stack([np.concatenate([row[:n, ::-1], row[n:]]) for row, n in zip(xs, lengths, strict=True)])


@answers.is_wrong("one_length_for_all")
def one_length_for_all(xs, lengths):
    n = lengths[0]
    return np.concatenate([xs[:, :n][:, ::-1], xs[:, n:]], axis=1)


@answers.is_wrong("last_row_left_out")
def last_sequence_untouched(xs, lengths):
    turned = xs.copy()
    for b in range(len(xs) - 1):
        turned[b, : lengths[b]] = xs[b, : lengths[b]][::-1]
    return turned


@answers.is_wrong("counted_from_the_end_of_the_row")
def negative_index(xs, lengths):
    turned = xs.copy()
    for b, n in enumerate(lengths):
        for t in range(n):
            turned[b, t] = xs[b, -1 - t]
    return turned


@answers.is_wrong("first_step_left_out")
def slice_that_ends_too_early(xs, lengths):
    turned = xs.copy()
    for b, n in enumerate(lengths):
        part = xs[b, n - 1 : 0 : -1]
        turned[b, : len(part)] = part
    return turned


@answers.is_wrong("one_step_too_many")
def the_last_is_number_n(xs, lengths):
    T = xs.shape[1]
    last = [min(int(n), T - 1) for n in lengths]
    return np.stack([row[[*range(n, -1, -1), *range(n + 1, T)]] for row, n in zip(xs, last, strict=True)])

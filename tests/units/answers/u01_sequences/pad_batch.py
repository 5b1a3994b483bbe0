"""Answers to `pad_batch`."""

from itertools import zip_longest

import numpy as np
import torch

from rnncore.tasks.batching import PAD, Padded
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def row_by_row(sequences, pad=PAD):
    B, T = len(sequences), max(len(s) for s in sequences)
    ids, mask = np.full((B, T), pad), np.zeros((B, T), dtype=bool)
    for b, sequence in enumerate(sequences):
        ids[b, : len(sequence)] = sequence
        mask[b, : len(sequence)] = True
    return Padded(ids, mask)


@answers.is_right
def zipped(sequences, pad=PAD):
    columns = list(zip_longest(*sequences, fillvalue=None))
    rows = [list(row) for row in zip(*columns, strict=True)]
    ids = np.array([[pad if i is None else i for i in row] for row in rows], dtype=np.int64)
    return ids, np.array([[i is not None for i in row] for row in rows])


@answers.is_right
def by_torch(sequences, pad=PAD):
    rows = [torch.tensor(s, dtype=torch.int64) for s in sequences]
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad)
    lengths = torch.tensor([len(row) for row in rows])
    return Padded(ids.numpy(), (torch.arange(ids.shape[1]) < lengths[:, None]).numpy())


@answers.is_wrong("dtype")
def float_ids(sequences, pad=PAD):
    ids, mask = row_by_row(sequences, pad)
    return Padded(ids.astype(float), mask)


@answers.is_wrong("dtype")
def mask_of_numbers(sequences, pad=PAD):
    ids, mask = row_by_row(sequences, pad)
    return Padded(ids, mask.astype(float))


@answers.is_wrong("dtype")
def mask_of_ones_and_zeros(sequences, pad=PAD):
    ids, mask = row_by_row(sequences, pad)
    return Padded(ids, mask.astype(int))


@answers.is_wrong("in_place")
def lists_filled_in_place(sequences, pad=PAD):
    longest = max(len(s) for s in sequences)
    mask = np.array([[t < len(s) for t in range(longest)] for s in sequences])
    for sequence in sequences:
        sequence.extend([pad] * (longest - len(sequence)))
    return Padded(np.array(sequences), mask)


@answers.is_wrong("mask_by_value")
def mask_from_the_ids(sequences, pad=PAD):
    ids, _ = row_by_row(sequences, pad)
    return Padded(ids, ids != pad)


@answers.is_wrong("pads_with_zero")
def always_zero(sequences, pad=PAD):
    return row_by_row(sequences, 0)


@answers.is_wrong("padded_at_the_front")
def filled_in_front(sequences, pad=PAD):
    T = max(len(s) for s in sequences)
    ids = np.array([[pad] * (T - len(s)) + list(s) for s in sequences])
    return Padded(ids, np.array([[False] * (T - len(s)) + [True] * len(s) for s in sequences]))


@answers.is_wrong("mask_of_the_padding")
def mask_of_the_padding(sequences, pad=PAD):
    ids, mask = row_by_row(sequences, pad)
    return Padded(ids, ~mask)


@answers.is_wrong("bare")
def ids_alone(sequences, pad=PAD):
    return row_by_row(sequences, pad)[0]


@answers.is_wrong("cut_to_the_shortest")
def cut_to_the_shortest(sequences, pad=PAD):
    T = min(len(s) for s in sequences)
    return Padded(np.array([s[:T] for s in sequences]), np.ones((len(sequences), T), dtype=bool))


@answers.is_wrong("dtype")
def padded_by_numpy(sequences, pad=PAD):
    """An empty list becomes an array of floats, and makes floats of all."""
    T = max(map(len, sequences))
    ids = np.stack([np.pad(s, (0, T - len(s)), constant_values=pad) for s in sequences])
    return Padded(ids, np.arange(T) < np.array([[len(s)] for s in sequences]))

"""Answers to `shift_targets`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def by_loops(ids):
    inputs = [list(row[: len(row) - 1]) for row in ids]
    targets = [[row[t + 1] for t in range(len(row) - 1)] for row in ids]
    return np.array(inputs), np.array(targets)


@answers.is_right
def with_torch(ids):
    tokens = torch.from_numpy(np.array(ids))
    return tokens[:, :-1].numpy(), tokens.roll(-1, 1)[:, :-1].numpy()


@answers.is_wrong("targets_first")
def the_other_way_round(ids):
    return ids[:, 1:], ids[:, :-1]


@answers.is_wrong("not_shifted")
def the_same_twice(ids):
    return ids[:, :-1], ids[:, :-1].copy()


@answers.is_wrong("going_round")
def rolled(ids):
    return ids, np.roll(ids, -1, 1)


@answers.is_wrong("shifted_along_the_batch")
def rows_shifted(ids):
    return ids[:-1, :], ids[1:, :]


@answers.is_wrong("in_place")
def first_token_wiped(ids):
    inputs, targets = ids[:, :-1].copy(), ids[:, 1:].copy()
    ids[:, 0] = 0
    return inputs, targets


@answers.is_wrong("last_token_alone")
def only_the_last(ids):
    return ids[:, :-1], ids[:, -1]


@answers.is_wrong("reverse order")
def targets_backwards(ids):
    return ids[:, :-1], ids[:, :0:-1]


@answers.is_wrong("padding_marked")
def minus_a_hundred_for_padding(ids):
    targets = ids[:, 1:].copy()
    targets[targets == 0] = -100
    return ids[:, :-1], targets


@answers.is_wrong("`ids` as it came in")
def last_token_read(ids):
    return ids, ids[:, 1:]


@answers.is_wrong("dtype")
def filled_into_floats(ids):
    both = np.zeros((2, len(ids), ids.shape[1] - 1))
    both[0], both[1] = ids[:, :-1], ids[:, 1:]
    return both[0], both[1]

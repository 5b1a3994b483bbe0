"""Answers to `tbptt_batches`."""

import numpy as np
import torch

from rnncore.tasks.batching import TextBatch
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def place_by_place(ids, B, T):
    steps = (len(ids) - 1) // B

    def piece(first):
        return np.array([[ids[b * steps + first + t] for t in range(T)] for b in range(B)])

    return [(piece(k * T), piece(k * T + 1)) for k in range(steps // T)]


@answers.is_right
def split(ids, B, T):
    steps = (len(ids) - 1) // B
    whole = steps // T * T
    inputs, targets = (ids[a : a + B * steps].reshape(B, steps)[:, :whole] for a in (0, 1))
    return list(zip(np.split(inputs, steps // T, axis=1), np.split(targets, steps // T, axis=1), strict=True))


@answers.is_right
def with_torch(ids, B, T):
    text, steps = torch.from_numpy(np.array(ids)), (len(ids) - 1) // B
    rows = torch.stack([text[b * steps : (b + 1) * steps + 1] for b in range(B)])
    return [(rows[:, k : k + T].numpy(), rows[:, k + 1 : k + T + 1].numpy()) for k in range(0, steps - T + 1, T)]


def _streams(ids, B):
    steps = (len(ids) - 1) // B
    return ids[: B * steps].reshape(B, steps), ids[1 : B * steps + 1].reshape(B, steps)


@answers.is_wrong("streams_down_the_columns")
def columns(ids, B, T):
    steps = (len(ids) - 1) // B
    x, y = (ids[a : a + B * steps].reshape(-1, B).T for a in (0, 1))
    return [(x[:, k : k + T], y[:, k : k + T]) for k in range(0, steps - T + 1, T)]


@answers.is_wrong("row_below_row")
def pieces_first(ids, B, T):
    size, pieces = B * T, []
    for k in range((len(ids) - 1) // size):
        part = ids[k * size : (k + 1) * size + 1]
        pieces.append((part[:-1].reshape(B, T), part[1:].reshape(B, T)))
    return pieces


@answers.is_wrong("first_piece_alone")
def only_one(ids, B, T):
    x, y = _streams(ids, B)
    return [(x[:, :T], y[:, :T])]


@answers.is_wrong("targets_are_inputs")
def no_shift(ids, B, T):
    x, _ = _streams(ids, B)
    return [(x[:, k : k + T], x[:, k : k + T]) for k in range(0, x.shape[1] - T + 1, T)]


@answers.is_wrong("a_short_piece_at_the_end")
def with_the_rest(ids, B, T):
    x, y = _streams(ids, B)
    return [(x[:, k : k + T], y[:, k : k + T]) for k in range(0, x.shape[1], T)]


@answers.is_wrong("time_first")
def transposed(ids, B, T):
    x, y = _streams(ids, B)
    return [(x[:, k : k + T].T, y[:, k : k + T].T) for k in range(0, x.shape[1] - T + 1, T)]


@answers.is_wrong()
def rows_of_whole_pieces(ids, B, T):
    steps = (len(ids) - 1) // B // T * T
    x, y = (ids[a : a + B * steps].reshape(B, steps) for a in (0, 1))
    return [(x[:, k : k + T], y[:, k : k + T]) for k in range(0, steps, T)]


@answers.is_wrong("streams_shifted_apart")
def each_stream_by_itself(ids, B, T):
    steps = len(ids) // B
    streams = np.stack([ids[b * steps : (b + 1) * steps] for b in range(B)])
    x, y = streams[:, :-1], streams[:, 1:]
    return [(x[:, k : k + T], y[:, k : k + T]) for k in range(0, steps - T, T)]


@answers.is_wrong()
def as_many_rows_as_fill_whole_pieces(ids, B, T):
    steps = (len(ids) - 1) // (B * T) * T
    x, y = (ids[a : a + B * steps].reshape(B, steps) for a in (0, 1))
    return [(x[:, k : k + T], y[:, k : k + T]) for k in range(0, steps, T)]


@answers.is_wrong("streams_go_round")
def rolled_streams(ids, B, T):
    steps = (len(ids) - 1) // B
    x = ids[: B * steps].reshape(B, steps)
    y = np.roll(x, -1, axis=1)
    return [(x[:, k : k + T], y[:, k : k + T]) for k in range(0, steps - T + 1, T)]


@answers.is_wrong("dtype")
def streams_of_floats(ids, B, T):
    return [TextBatch(*piece) for piece in split(ids.astype(float), B, T)]

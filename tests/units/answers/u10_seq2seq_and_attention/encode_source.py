"""Answers to `encode_source`."""

import numpy as np
import torch

from rnncore.functional.cells import RNNState, gru_step, gru_to_torch
from rnncore.functional.decoding import DecoderState
from rnncore.functional.sequence import bidirectional, embedding_forward, length_mask, unroll, unroll_padded
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def word_by_word(ids, lengths, params):
    B, S = ids.shape
    H = params.forward.W_h.shape[0]
    keys, h = np.zeros((B, S, 2 * H)), []
    for b in range(B):
        ahead = back = RNNState(np.zeros((1, H)))
        for s in range(lengths[b]):
            ahead, _ = gru_step(params.W_e[ids[b, s]][None], ahead, params.forward)
            keys[b, s, :H] = ahead.h[0]
        for s in reversed(range(lengths[b])):
            back, _ = gru_step(params.W_e[ids[b, s]][None], back, params.backward)
            keys[b, s, H:] = back.h[0]
        h.append(np.tanh(np.hstack([ahead.h, back.h]) @ params.W_s + params.b_s)[0])
    return DecoderState(np.array(h), keys, np.arange(S) < np.array(lengths)[:, None])


@answers.is_right
def one_sentence_at_a_time(ids, lengths, params):
    B, S = ids.shape
    H = len(params.forward.W_h)
    keys, ends = np.zeros((B, S, 2 * H)), np.zeros((B, 2 * H))
    for b, n in enumerate(lengths):
        xs, empty = params.W_e[ids[b : b + 1, :n]], RNNState(np.zeros((1, H)))
        keys[b, :n, :H] = unroll(gru_step, xs, empty, params.forward)[0][0]
        keys[b, :n, H:] = unroll(gru_step, xs[:, ::-1], empty, params.backward)[0][0, ::-1]
        ends[b] = np.append(keys[b, n - 1, :H], keys[b, 0, H:])
    mask = np.zeros((B, S), dtype=bool)
    for row, n in zip(mask, lengths, strict=True):
        row[:n] = True
    return h_of(ends, params), keys, mask


def h_of(ends, params):
    return np.tanh(np.einsum("bh,hq->bq", ends, params.W_s) + params.b_s)


@answers.is_right
def by_torch(ids, lengths, params):
    D, H = params.forward.W_x.shape[0], params.forward.W_h.shape[0]
    layer = torch.nn.GRU(D, H, batch_first=True, bidirectional=True, dtype=torch.float64)
    ahead, back = (gru_to_torch(cell) for cell in (params.forward, params.backward))
    weights = ahead | {f"{name}_reverse": weight for name, weight in back.items()}
    layer.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    pack, unpack = torch.nn.utils.rnn.pack_padded_sequence, torch.nn.utils.rnn.pad_packed_sequence
    with torch.no_grad():
        xs = torch.tensor(params.W_e)[torch.tensor(ids)]
        out, last = layer(pack(xs, list(lengths), batch_first=True, enforce_sorted=False))
        keys = unpack(out, batch_first=True, total_length=ids.shape[1])[0].numpy()
    return DecoderState(h_of(np.hstack(list(last.numpy())), params), keys, length_mask(lengths, keys))


def _parts(ids, lengths, params):
    empty = RNNState(np.zeros((len(ids), params.forward.W_h.shape[0])))
    cells = params.forward, params.backward
    keys, (ahead, back), _ = bidirectional(gru_step, embedding_forward(ids, params.W_e), (empty, empty), cells, lengths)
    return keys, ahead.h, back.h


def _done(keys, ends, ids, lengths, params):
    return DecoderState(np.tanh(ends @ params.W_s + params.b_s), keys, length_mask(lengths, keys))


@answers.is_wrong("reads_padding")
def padding_read(ids, lengths, params):
    keys, ahead, back = _parts(ids, [ids.shape[1]] * len(ids), params)
    return _done(keys, np.hstack([ahead, back]), ids, lengths, params)


@answers.is_wrong("reads_padding")
def padding_read_and_keys_wiped(ids, lengths, params):
    keys, ahead, back = _parts(ids, [ids.shape[1]] * len(ids), params)
    keys = keys * length_mask(lengths, keys)[:, :, None]
    return _done(keys, np.hstack([ahead, back]), ids, lengths, params)


@answers.is_wrong("last_column")
def last_keys(ids, lengths, params):
    keys, _, _ = _parts(ids, lengths, params)
    return _done(keys, keys[:, -1], ids, lengths, params)


@answers.is_wrong("backward_cell_at_the_last_word")
def keys_at_the_last_word(ids, lengths, params):
    keys, _, _ = _parts(ids, lengths, params)
    return _done(keys, keys[np.arange(len(ids)), np.array(lengths) - 1], ids, lengths, params)


@answers.is_wrong("forward_cell_at_the_first_word")
def keys_at_the_first_word(ids, lengths, params):
    keys, _, _ = _parts(ids, lengths, params)
    return _done(keys, keys[:, 0], ids, lengths, params)


@answers.is_wrong("halves_swapped")
def backward_first(ids, lengths, params):
    keys, ahead, back = _parts(ids, lengths, params)
    return _done(keys, np.hstack([back, ahead]), ids, lengths, params)


@answers.is_wrong("first_state_without_tanh")
def no_tanh(ids, lengths, params):
    keys, ahead, back = _parts(ids, lengths, params)
    return DecoderState(np.hstack([ahead, back]) @ params.W_s + params.b_s, keys, length_mask(lengths, keys))


@answers.is_wrong("first_state_without_bias")
def bias_forgotten(ids, lengths, params):
    keys, ahead, back = _parts(ids, lengths, params)
    return DecoderState(np.tanh(np.hstack([ahead, back]) @ params.W_s), keys, length_mask(lengths, keys))


@answers.is_wrong("one_cell_twice")
def same_cell_in_both_directions(ids, lengths, params):
    keys, ahead, back = _parts(ids, lengths, params._replace(backward=params.forward))
    return _done(keys, np.hstack([ahead, back]), ids, lengths, params)


@answers.is_wrong("lengths_from_the_ids")
def padding_is_zero(ids, lengths, params):
    keys, ahead, back = _parts(ids, np.maximum((ids != 0).sum(axis=1), 1), params)
    h = np.tanh(np.hstack([ahead, back]) @ params.W_s + params.b_s)
    return DecoderState(h, keys, ids != 0)


@answers.is_wrong("dtype")
def mask_of_numbers(ids, lengths, params):
    keys, ahead, back = _parts(ids, lengths, params)
    return _done(keys, np.hstack([ahead, back]), ids, lengths, params)._replace(
        mask=length_mask(lengths, keys).astype(float)
    )


@answers.is_wrong("directions_added")
def states_exchanged_with_sums(ids, lengths, params):
    keys, ahead, back = _parts(ids, lengths, params)
    H = ahead.shape[1]
    return _done(keys[:, :, :H] + keys[:, :, H:], np.hstack([ahead, back]), ids, lengths, params)


@answers.is_wrong("keys_are_word_vectors")
def keys_of_words(ids, lengths, params):
    _, ahead, back = _parts(ids, lengths, params)
    mask = length_mask(lengths, ids)
    return _done(params.W_e[ids] * mask[:, :, None], np.hstack([ahead, back]), ids, lengths, params)


@answers.is_wrong("both_cells_read_forwards")
def nothing_turned(ids, lengths, params):
    xs, empty = params.W_e[ids], RNNState(np.zeros((len(ids), len(params.forward.W_h))))
    ahead, back = (unroll_padded(gru_step, xs, empty, cell, lengths) for cell in (params.forward, params.backward))
    keys = np.concatenate([ahead[0], back[0]], axis=2)
    return _done(keys, np.hstack([ahead[1].h, back[1].h]), ids, lengths, params)


@answers.is_wrong("turned_with_its_padding")
def turned_with_a_slice(ids, lengths, params):
    xs, empty = params.W_e[ids], RNNState(np.zeros((len(ids), len(params.forward.W_h))))
    hs, ahead, _ = unroll_padded(gru_step, xs, empty, params.forward, lengths)
    turned, back, _ = unroll(gru_step, xs[:, ::-1], empty, params.backward)
    turned = np.where(length_mask(lengths, xs)[:, :, None], turned[:, ::-1], 0.0)
    return _done(np.concatenate([hs, turned], axis=2), np.hstack([ahead.h, back.h]), ids, lengths, params)


@answers.is_wrong()
def one_word_short(ids, lengths, params):
    keys, ahead, back = _parts(ids, np.maximum(np.array(lengths) - 1, 1), params)
    return _done(keys, np.hstack([ahead, back]), ids, lengths, params)


@answers.is_wrong("dtype")
def mask_of_ones_and_zeros(ids, lengths, params):
    state = word_by_word(ids, lengths, params)
    return state._replace(mask=state.mask.astype(int))

"""Exercise `encode-source`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u10_seq2seq_and_attention.shared import draw_encoder, draw_ids, torch_encoder
from rnncore.functional.cells import RNNState, gru_step
from rnncore.functional.decoding.seq2seq import DecoderState, encode_source
from rnncore.functional.sequence import bidirectional, length_mask, unroll, unroll_padded

exercise = Exercise("encode-source", "An encoder that does not read padding", encode_source)

_PARTS = "the first state h", "the keys", "the mask"


def _run_encoder(student: StudentFunction, rng: np.random.Generator, lengths: list[int], S: int):
    given = draw_ids(rng, lengths, S), lengths, draw_encoder(rng)
    return expect_parts(student(*given), *_PARTS), torch_encoder(*given)


@exercise.check("the keys of sentences of one length", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths, S in (([4, 4, 4], 4), ([1, 1], 1)):
        (_, keys, _), want = _run_encoder(student, rng, lengths, S)
        expect_same(keys, want.keys, _PARTS[1], "What the forward cell shows, and beside it the backward cell.")


@exercise.check("the first state of the decoder", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths, S in (([5, 5], 5), ([5, 2, 3], 5)):
        (h, _, _), want = _run_encoder(student, rng, lengths, S)
        expect_same(h, want.h, _PARTS[0], "It is made of two states: each cell's, after the last word that it reads.")


@exercise.check("the keys of sentences of different lengths", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, keys, _), want = _run_encoder(student, rng, [3, 6, 1, 4], 6)
    expect_same(keys, want.keys, _PARTS[1], "Zero in the padding; and no cell may have read any of it.")


@exercise.check("the mask", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, mask), want = _run_encoder(student, rng, [2, 5, 1], 5)
    expect_same(mask, want.mask, _PARTS[2], "True at the words.")


@exercise.check(
    "what stands in the padding, and how much, has no effect", points=0.5, after="the first state of the decoder"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    lengths, params = [2, 4], draw_encoder(rng)
    ids = draw_ids(rng, lengths, 4)
    dirty = np.concatenate([ids, rng.integers(1, 9, size=(2, 3))], axis=1)
    dirty[0, 2:4] = rng.integers(1, 9, size=2)
    want = torch_encoder(ids, lengths, params)
    for padded in (ids, dirty):
        h, keys, mask = expect_parts(student(padded, np.array(lengths), params), *_PARTS)
        expect_same(h, want.h, _PARTS[0], "The lengths say where a sentence ends; what stands behind it is anything.")
        zeros = np.zeros((2, padded.shape[1] - 4, 6))
        expect_same(keys, np.concatenate([want.keys, zeros], axis=1), _PARTS[1], "The lengths say what is padding.")
        expect_same(mask, length_mask(lengths, padded), _PARTS[2], "The lengths say what is padding.")


exercise.leaves_inputs(0.25)


def _summary(ahead, back, keys, lengths):
    return np.concatenate([ahead, back], axis=1)


def _encode(
    ids,
    lengths,
    params,
    read=lambda lengths, ids: lengths,
    both=lambda params: (params.forward, params.backward),
    summary=_summary,
    squash=np.tanh,
    bias=True,
    mask=lambda ids, lengths: length_mask(lengths, ids),
    shown=lambda keys, xs, mask: keys,
    run=lambda xs, empty, cells, lengths: bidirectional(gru_step, xs, (empty, empty), cells, lengths)[:2],
):
    """The encoder with its parts laid open."""
    empty = RNNState(np.zeros((len(ids), len(params.forward.W_h))))
    xs = params.W_e[ids]
    keys, (ahead, back) = run(xs, empty, both(params), read(lengths, ids))
    h = summary(ahead.h, back.h, keys, np.array(lengths)) @ params.W_s + (params.b_s if bias else 0.0)
    seen = mask(ids, lengths)
    return DecoderState(squash(h), shown(keys, xs, seen), seen)


def _last_words(keys, lengths):
    return keys[np.arange(len(keys)), lengths - 1]


exercise.knob(
    _encode,
    "reads_padding",
    "Your cells read the padding like words. Then the longest sentence of a batch has a say in what all the others "
    "mean. To cut out the keys of the padding afterwards only hides it: hand the lengths on to `bidirectional`.",
    read=lambda lengths, ids: [ids.shape[1]] * len(lengths),
)


exercise.knob(
    _encode,
    "last_column",
    "Your first state is made of the keys in the last column. In a padded row that column is padding; and the backward "
    "cell ends at the *first* word. `bidirectional` also returns the last states of both cells.",
    summary=lambda ahead, back, keys, lengths: keys[:, -1],
)

exercise.knob(
    _encode,
    "backward_cell_at_the_last_word",
    "Your first state takes both halves at the last word of each sentence. There the backward cell has only just "
    "begun: it has read one word. Where is it when it has read them all?",
    summary=lambda ahead, back, keys, lengths: _last_words(keys, lengths),
)

exercise.knob(
    _encode,
    "forward_cell_at_the_first_word",
    "Your first state takes both halves at the first word. There the forward cell has only just begun: it has read one "
    "word. Each cell's last word is another.",
    summary=lambda ahead, back, keys, lengths: keys[:, 0],
)

exercise.knob(
    _encode,
    "halves_swapped",
    "The two states that make your first state have changed places. The forward cell's comes first.",
    summary=lambda ahead, back, keys, lengths: np.concatenate([back, ahead], axis=1),
)

exercise.knob(
    _encode,
    "mean_of_keys",
    "Your first state is made of the mean of all keys. It should be made of the last state of each cell.",
    summary=lambda ahead, back, keys, lengths: keys.sum(axis=1) / lengths[:, None],
)

exercise.knob(
    _encode,
    "first_state_without_tanh",
    "Your first state is not squashed. The decoder's cell expects a hidden state, and those lie between -1 and 1.",
    squash=lambda a: a,
)

exercise.knob(
    _encode,
    "first_state_without_bias",
    "Your first state lacks its bias. Which of the weights do you not use?",
    bias=False,
)

exercise.knob(
    _encode,
    "one_cell_twice",
    "Both of your directions use the forward cell's weights. The two cells have weights of their own.",
    both=lambda params: (params.forward, params.forward),
)

exercise.knob(
    _encode,
    "cells_swapped",
    "Your forward cell has the weights of the backward one, and the other way round.",
    both=lambda params: (params.backward, params.forward),
)

exercise.knob(
    _encode,
    "mask_upside_down",
    "Your mask is true in the padding. It should be true at the words.",
    mask=lambda ids, lengths: ~length_mask(lengths, ids),
)

exercise.knob(
    _encode,
    "mask_from_the_ids",
    "Your mask asks which ids are zero. What stands behind the end of a sentence may be anything; only the lengths say "
    "where it ends.",
    mask=lambda ids, lengths: ids != 0,
)

exercise.knob(
    _encode,
    "lengths_from_the_ids",
    "You count the ids that are not zero. A sentence is as long as the lengths say, whatever stands behind its end.",
    read=lambda lengths, ids: np.maximum((ids != 0).sum(axis=1), 1),
    mask=lambda ids, lengths: ids != 0,
)

exercise.knob(
    _encode,
    "keys_are_word_vectors",
    "Your keys are the vectors of the words. A key is what both cells know at a word, and so tells of its neighbours "
    "too.",
    shown=lambda keys, xs, mask: xs * mask[:, :, None],
)

exercise.knob(
    _encode,
    "directions_added",
    "You add what the two directions show. In a key they stand side by side, 2H numbers.",
    shown=lambda keys, xs, mask: sum(np.split(keys, 2, axis=2)),
)


def _both_forwards(xs, empty, cells, lengths):
    runs = [unroll_padded(gru_step, xs, empty, cell, lengths) for cell in cells]
    return np.concatenate([hs for hs, _, _ in runs], axis=2), tuple(last for _, last, _ in runs)


exercise.knob(
    _encode,
    "both_cells_read_forwards",
    "Both of your cells read forwards. The second begins at the last word and reads towards the first.",
    run=_both_forwards,
)


def _turned_with_its_padding(xs, empty, cells, lengths):
    keys, ahead, _ = unroll_padded(gru_step, xs, empty, cells[0], lengths)
    hs, back, _ = unroll(gru_step, xs[:, ::-1], empty, cells[1])
    hs = hs[:, ::-1] * length_mask(lengths, hs)[:, :, None]
    return np.concatenate([keys, hs], axis=2), (ahead, back)


exercise.knob(
    _encode,
    "turned_with_its_padding",
    "You turn a whole row around, its padding too, so that the backward cell begins by reading padding. "
    "`bidirectional` turns only the words.",
    run=_turned_with_its_padding,
)


@exercise.mistake("You add the bias of the first state after tanh. It belongs inside.")
def bias_outside(ids, lengths, params):
    state = _encode(ids, lengths, params, bias=False)
    return state._replace(h=state.h + params.b_s)


exercise.knob(
    _encode,
    "backward_cell_in_the_last_column",
    "Your backward state is taken from the last column, where that cell has just begun, or there is padding. It ends "
    "at the first word.",
    summary=lambda ahead, back, keys, lengths: np.concatenate([ahead, keys[:, -1, back.shape[1] :]], axis=1),
)

exercise.knob(
    _encode,
    "mean_of_all_columns",
    "Your first state is made of the mean of all columns, padding too. It is made of the last state of each cell.",
    summary=lambda ahead, back, keys, lengths: keys.mean(axis=1),
)


@exercise.mistake("Your forward keys go on in the padding: that cell was run without the lengths.")
def forward_cell_reads_padding(ids, lengths, params):
    state = _encode(ids, lengths, params)
    H = len(params.forward.W_h)
    ahead = unroll(gru_step, params.W_e[ids], RNNState(np.zeros((len(ids), H))), params.forward)[0]
    return state._replace(keys=np.concatenate([ahead, state.keys[:, :, H:]], axis=2))


exercise.knob(
    _encode,
    "last_states_averaged",
    "You average the last states of the two cells. They stand side by side.",
    summary=lambda ahead, back, keys, lengths: np.concatenate([(ahead + back) / 2] * 2, axis=1),
)


exercise.knob(
    _encode,
    "forward_state_twice",
    "Your first state has the forward cell's state in both halves. The second half is the backward cell's.",
    summary=lambda ahead, back, keys, lengths: np.concatenate([ahead, ahead], axis=1),
)

exercise.knob(
    _encode,
    "mask_one_short",
    "Your mask leaves out the last word of each sentence. It is true at all words.",
    mask=lambda ids, lengths: length_mask([int(n) - 1 for n in lengths], ids),
)

exercise.knob(
    _encode,
    "mask_true_everywhere",
    "Your mask is true in the padding, too. The lengths say where it begins.",
    mask=lambda ids, lengths: np.ones(ids.shape, dtype=bool),
)

exercise.knob(
    _encode,
    "first_state_by_sigmoid",
    "Your first state goes through a sigmoid. In (10.1) it is tanh.",
    squash=lambda a: 1 / (1 + np.exp(-a)),
)

exercise.knob(
    _encode,
    "squashed_before_the_product",
    "You squash the two states and multiply then. In (10.1) tanh is around the whole sum.",
    summary=lambda ahead, back, keys, lengths: np.tanh(np.concatenate([ahead, back], axis=1)),
    squash=lambda a: a,
)


@exercise.mistake(
    "Your keys are those of the forward cell alone. Beside them stand those of the backward cell: (B, S, 2H)."
)
def forward_keys_alone(ids, lengths, params):
    state = _encode(ids, lengths, params)
    return state._replace(keys=state.keys[:, :, : len(params.forward.W_h)])


@exercise.mistake("Your keys are squashed once more. They are hidden states as the cells show them.")
def keys_squashed(ids, lengths, params):
    state = _encode(ids, lengths, params)
    return state._replace(keys=np.tanh(state.keys))

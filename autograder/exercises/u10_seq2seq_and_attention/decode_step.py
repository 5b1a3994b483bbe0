"""Exercise `decode-step`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u10_seq2seq_and_attention.shared import draw_decoder, draw_decoder_state, torch_gru
from rnncore.functional.attention.scores import attend
from rnncore.functional.attention.scores import attend as right_attend
from rnncore.functional.cells import RNNState, gru_step
from rnncore.functional.decoding.seq2seq import DecoderParams, DecoderState, decode_step

exercise = Exercise("decode-step", "A decoder that looks back", decode_step, uses=[attend])

_PARTS = "the scores", "the new state", "the weights"


def _right(tokens: np.ndarray, state: DecoderState, params: DecoderParams):
    """The oracle: torch's GRU, and softmax over the words of each sentence on its own."""
    x = torch.tensor(params.W_e)[torch.tensor(tokens)][:, None]
    with torch.no_grad():
        out, _ = torch_gru([params.cell])(x, torch.tensor(state.h)[None])
    h = out[:, 0].numpy()
    weights = np.zeros(state.mask.shape)
    for b, seen in enumerate(state.mask):
        weights[b, seen] = torch.softmax(torch.tensor(state.keys[b, seen] @ (h[b] @ params.W_a)), dim=0).numpy()
    contexts = np.einsum("bs,bse->be", weights, state.keys)
    scores = np.tanh(np.concatenate([contexts, h], axis=1) @ params.W_c) @ params.readout.W_y + params.readout.b_y
    return scores, DecoderState(h, state.keys, state.mask), weights


def _run_step(student: StudentFunction, rng: np.random.Generator, lengths: list[int], S: int, **sizes: int):
    state = draw_decoder_state(rng, lengths, S, **sizes)
    given = rng.integers(7, size=len(lengths)), state, draw_decoder(rng, **sizes)
    return expect_parts(student(*given), *_PARTS), _right(*given)


@exercise.check("the scores, when the source is one word", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths in ([1], [1, 1, 1]):
        (scores, _, _), (want, _, _) = _run_step(student, rng, lengths, 1)
        expect_same(scores, want, _PARTS[0], "With one word to look at, the context is its key.")


@exercise.check("the scores of padded sources", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ({}, {"Q": 5, "E": 5}):
        (scores, _, _), (want, _, _) = _run_step(student, rng, [4, 2, 5], 5, **sizes)
        expect_same(scores, want, _PARTS[0], "Read, look back, mix, read off: the equations in their order.")


@exercise.check("the new state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, state, _), (_, want, _) = _run_step(student, rng, [3, 1], 4)
    expect_same(state, want, _PARTS[1], "The new h; keys and mask go on as they are.")


@exercise.check("the weights", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths, S in (([2, 4], 4), ([3], 3)):
        (_, _, weights), (_, _, want) = _run_step(student, rng, lengths, S)
        hint = "(B, S): one step writes, so the axis of the queries is gone, and no other."
        expect_same(weights, want, _PARTS[2], hint)


exercise.leaves_inputs(0.25)


def _step(
    tokens,
    state,
    params,
    query=lambda old, new: new,
    join=lambda context, h: np.concatenate([context, h], axis=1),
    squash=np.tanh,
    mask=lambda mask: mask,
    out=lambda scores: scores,
    bias=True,
    carried=lambda old, new, both: new,
    fit=lambda scores, keys: scores,
    read_off=lambda both, new: both,
    mixed=lambda old, new: new,
):
    """A step of the decoder with its parts laid open."""
    new, _ = gru_step(params.W_e[tokens], RNNState(state.h), params.cell)
    scores = (query(state.h, new.h) @ params.W_a)[:, None] @ state.keys.transpose(0, 2, 1)
    contexts, weights = right_attend(fit(scores, state.keys), state.keys, mask(state.mask)[:, None, :])
    both = squash(join(contexts[:, 0], mixed(state.h, new.h)) @ params.W_c)
    ys = read_off(both, new.h) @ params.readout.W_y + (params.readout.b_y if bias else 0.0)
    return out(ys), DecoderState(carried(state.h, new.h, both), state.keys, state.mask), weights[:, 0]


exercise.knob(
    _step,
    "looks_back_before_it_reads",
    "Your decoder looks back with the old state, before it has read the last word. That is how Bahdanau's decoder does "
    "it; here, as in Luong's, the query is the new state.",
    query=lambda old, new: old,
)

exercise.knob(
    _step,
    "context_unused",
    "Your scores do not depend on the context: the decoder looks back, and forgets what it saw.",
    join=lambda context, h: np.concatenate([0.0 * context, h], axis=1),
)

exercise.knob(
    _step,
    "state_unused",
    "Your scores are made of the context alone. What was written so far is in h.",
    join=lambda context, h: np.concatenate([context, 0.0 * h], axis=1),
)

exercise.knob(
    _step,
    "state_before_context",
    "The two halves that W_c mixes have changed places: the context comes first, then the state.",
    join=lambda context, h: np.concatenate([h, context], axis=1),
)

exercise.knob(
    _step,
    "no_tanh",
    "Something is missing between W_c and W_y: two matrices in a row are one matrix.",
    squash=lambda a: a,
)

exercise.knob(
    _step,
    "looks_at_padding",
    "Your decoder looks at the padding of the source. The state has a mask for that.",
    mask=np.ones_like,
)

exercise.knob(
    _step,
    "mask_upside_down",
    "Your decoder looks at the padding, and only there.",
    mask=np.logical_not,
)

exercise.knob(
    _step,
    "probabilities_for_scores",
    "You return probabilities. Scores are wanted, before any softmax: the loss takes the softmax itself.",
    out=lambda scores: np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True),
)

exercise.knob(
    _step,
    "state_not_renewed",
    "The state that you return has the old h. At the next step the decoder would not know what it has just read.",
    carried=lambda old, new, both: old,
)

exercise.knob(
    _step,
    "carries_the_mixture",
    "The state that you return holds the mixture of context and state. That is what is read off; the cell goes on with "
    "its own h.",
    carried=lambda old, new, both: both,
)

exercise.knob(_step, "readout_without_bias", "Your scores lack the bias of the readout.", bias=False)

exercise.knob(
    _step,
    "log_probabilities_for_scores",
    "You return the logarithms of probabilities. Scores are wanted as they are read off: the loss normalises them "
    "itself.",
    out=lambda scores: scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)),
)

exercise.knob(
    _step,
    "scores_of_the_keys_scaled",
    "You divide the scores of the keys by a root. That belongs to self attention with its inner products; here W_a "
    "can learn any scale.",
    fit=lambda scores, keys: scores / keys.shape[2] ** 0.5,
)

exercise.knob(
    _step,
    "all_words_alike",
    "All words of the source have the same weight, whatever the decoder asks for. Compare the query with each key.",
    fit=lambda scores, keys: np.zeros_like(scores),
)

exercise.knob(
    _step,
    "reads_off_the_state",
    "Your scores are read off the state h itself. Mix it with the context first, by W_c.",
    read_off=lambda both, new: new,
)

exercise.knob(
    _step,
    "mixes_the_old_state",
    "You mix the context with the old state, which does not know the word that was just read.",
    mixed=lambda old, new: old,
)


@exercise.mistake("You return the scores of the keys. Wanted are the weights, which attend hands back.")
def scores_for_weights(tokens, state, params):
    ys, new, _ = _step(tokens, state, params)
    return ys, new, ((new.h @ params.W_a)[:, None] @ state.keys.transpose(0, 2, 1))[:, 0]


@exercise.mistake(
    "You divide the scores of the keys by the root of the size of a query. In (10.4) they are taken as they are."
)
def scores_scaled_by_the_query(tokens, state, params):
    return _step(tokens, state, params, fit=lambda scores, keys: scores / state.h.shape[1] ** 0.5)


@exercise.mistake("Your context is the mean of all keys, padding too. It is their mean by the weights.")
def mean_of_all_keys(tokens, state, params):
    return _step(
        tokens,
        state,
        params,
        join=lambda context, h: np.concatenate([state.keys.mean(axis=1), h], axis=1),
    )


@exercise.mistake("Your cell starts from zeros at every step. It goes on from state.h.")
def cell_starts_from_zeros(tokens, state, params):
    return _step(tokens, state._replace(h=np.zeros_like(state.h)), params)


exercise.knob(
    _step,
    "sigmoid_for_tanh",
    "What W_c mixes goes through a sigmoid. In (10.4) it is tanh.",
    squash=lambda a: 1 / (1 + np.exp(-a)),
)

exercise.knob(
    _step,
    "squashed_twice",
    "What W_c mixes is squashed twice. In (10.4) there is one tanh.",
    squash=lambda a: np.tanh(np.tanh(a)),
)

exercise.knob(
    _step,
    "best_words_for_scores",
    "You return the best words. Wanted are the scores of all words: the search and the loss choose.",
    out=lambda scores: np.argmax(scores, axis=1),
)


@exercise.mistake("You return the context in the place of the weights. The docstring has what goes out.")
def context_for_weights(tokens, state, params):
    ys, new, weights = _step(tokens, state, params)
    return ys, new, (weights[:, None] @ state.keys)[:, 0]


@exercise.mistake("Your decoder does not read the word that was written last. Its vector is W_e[tokens].")
def first_word_of_the_vocabulary_read(tokens, state, params):
    return _step(np.zeros_like(tokens), state, params)

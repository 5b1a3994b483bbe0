"""A tagger made of equations, and a patient: a training that does not learn."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncore.functional.base import Array, map_tree
from rnncore.functional.cells import RNNParams, init_rnn_params, rnn_step, rnn_step_backward
from rnncore.functional.learning import (
    Network,
    SentenceBatch,
    Settings,
    backpropagate,
    readout_backward,
    sequence_cross_entropy,
    sequence_cross_entropy_backward,
)
from rnncore.functional.sequence import (
    ReadoutParams,
    dropout_mask,
    init_readout_params,
    readout,
    unroll,
)
from rnncore.tasks.batching import pad_batch


class TaggerParams(NamedTuple):
    """The weights of a tagger."""

    W_e: Array
    """The table of word vectors, (V, D)."""
    cell: RNNParams
    out: ReadoutParams


def make_tagger(
    embedding_forward: Callable[..., Array], embedding_backward: Callable[..., Array]
) -> Network:
    """A tagger: word vectors, a vanilla RNN, dropout, a readout.

        x_t = W_e[id_t],   h_t = rnn_step(x_t, h_{t-1}),   y_t = (keep_t ⊙ h_t) W_y + b_y

    Args:
        embedding_forward: `xs = embedding_forward(ids, W)`.
        embedding_backward: `dW = embedding_backward(dxs, ids, W)`.

    Returns:
        `Network(forward, backward)` with weights of the type `TaggerParams`.
    """

    def forward(ids: Array, state: Any, weights: TaggerParams, keep: Array) -> tuple[Any, Any, Any]:
        xs = embedding_forward(ids, weights.W_e)
        hs, last, caches = unroll(rnn_step, xs, state, weights.cell)
        shown = keep * hs
        return readout(shown, weights.out), last, (ids, shown, keep, caches, weights, last)

    def backward(dscores: Array, cache: Any) -> TaggerParams:
        ids, shown, keep, caches, weights, last = cache
        dshown, dout = readout_backward(dscores, shown, weights.out)
        nothing = map_tree(np.zeros_like, last)
        dxs, _, dcell = backpropagate(rnn_step_backward, keep * dshown, nothing, caches)
        return TaggerParams(embedding_backward(dxs, ids, weights.W_e), dcell, dout)

    return Network(forward, backward)


def init_tagger_params(V: int, D: int, H: int, K: int, rng: np.random.Generator) -> TaggerParams:
    """Draw weights of a tagger for V words, word vectors of D numbers, H units and K classes.

    Args:
        V: words of the vocabulary.
        D: numbers in the vector of a word.
        H: units.
        K: classes.
        rng: the source of random numbers.

    Returns:
        The weights of embedding, cell and readout.
    """
    W_e = rng.normal(size=(V, D))
    return TaggerParams(W_e, init_rnn_params(D, H, rng), init_readout_params(H, K, rng))


def sentence_batches(
    ids: Sequence[Sequence[int]],
    tags: Sequence[Sequence[int]],
    B: int,
    H: int,
    rng: np.random.Generator,
) -> list[SentenceBatch]:
    """Cut sentences, in random order, into batches with time first.

    Args:
        ids: the words of each sentence.
        tags: their tags.
        B: sentences in a batch; what does not fill the last one is left out.
        H: the hidden size, for the noise of dropout.
        rng: the source of the order and of the noise.

    Returns:
        The batches.
    """
    order = rng.permutation(len(ids))
    batches = []
    for start in range(0, len(ids) - B + 1, B):
        rows = order[start : start + B]
        padded, mask = pad_batch([ids[row] for row in rows])
        padded_tags, _ = pad_batch([tags[row] for row in rows])
        noise = rng.random((*padded.shape, H))
        batches.append(SentenceBatch(padded.T, padded_tags.T, mask.T, noise))
    return batches


def sick_epoch(
    network: Network,
    batches: Sequence[SentenceBatch],
    weights: Any,
    state: Any,
    settings: Settings,
    training: bool,
) -> tuple[list[Array], Any]:
    """Go once through a corpus, training or not; the patient, with five faults.

    Args:
        network: `Network(forward, backward)`, which wants (B, T).
        batches: a list of `SentenceBatch(ids, tags, mask, noise)`, of which the first three are
            (T, B).
        weights: the network's weights, named tuples of arrays.
        state: the state that the first sentence begins with.
        settings: `Settings(learning_rate, max_norm, dropout)`.
        training: whether to train.

    Returns:
        The loss of each batch, a list; and the weights at the end.
    """
    losses = []
    for batch in batches:
        T, B = batch.ids.shape
        ids, tags = batch.ids.reshape(B, T), batch.tags.reshape(B, T)
        keep = dropout_mask(batch.noise, settings.dropout)
        scores, state, cache = network.forward(ids, state, weights, keep)
        every_step = np.ones((B, T), dtype=bool)
        losses.append(sequence_cross_entropy(scores, tags, every_step))
        if training:
            dscores = sequence_cross_entropy_backward(scores, tags, every_step)
            gradients = network.backward(dscores, cache)
            weights = map_tree(lambda w, g: w - settings.learning_rate * g, weights, gradients)
    return losses, weights

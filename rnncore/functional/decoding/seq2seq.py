"""Sequence to sequence: an encoder that reads, a decoder that writes and looks back."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from rnncore.functional.attention.scores import attend, general_scores
from rnncore.functional.base.activations import tanh
from rnncore.functional.base.arrays import Array, Float, concat, require_shape, stack, zeros
from rnncore.functional.base.uniform import uniform_weights
from rnncore.functional.cells.gru import GRUParams, gru_step, init_gru_params
from rnncore.functional.cells.rnn import RNNState
from rnncore.functional.decoding.decoder import Decoder
from rnncore.functional.learning.losses import sequence_cross_entropy
from rnncore.functional.sequence.bidirectional import bidirectional
from rnncore.functional.sequence.embedding import embedding_forward
from rnncore.functional.sequence.layouts import ReadoutParams, init_readout_params, readout
from rnncore.functional.sequence.padding import Lengths, length_mask


class EncoderParams(NamedTuple):
    """The weights of an encoder with H units in each direction, for a decoder with Q units."""

    W_e: Float[Array, "V D"]
    """The word vectors."""
    forward: GRUParams
    backward: GRUParams
    W_s: Float[Array, "2H Q"]
    b_s: Float[Array, "Q"]


class DecoderParams(NamedTuple):
    """The weights of a decoder with Q units, whose keys are E wide."""

    W_e: Float[Array, "V D"]
    """The word vectors."""
    cell: GRUParams
    W_a: Float[Array, "Q E"]
    W_c: Float[Array, "E+Q Q"]
    readout: ReadoutParams


class Seq2SeqParams(NamedTuple):
    """All weights of a sequence-to-sequence network."""

    encoder: EncoderParams
    decoder: DecoderParams


class DecoderState(NamedTuple):
    """What a decoder carries from step to step: its own state, and the source that it looks at."""

    h: Float[Array, "B Q"]
    keys: Float[Array, "B S E"]
    mask: Bool[Array, "B S"]
    """True at the words of the source, false in its padding."""


def encode_source(ids: Int[Array, "B S"], lengths: Lengths, params: EncoderParams) -> DecoderState:
    """Read source sentences in both directions, and make the decoder's first state.

        x_s = W_e[id_s],   k_s = [h→_s, h←_s],   h_0 = tanh([h→_n, h←_1] W_s + b_s)

    n is the length of each sentence. Both cells start from zeros. Padding has no effect, whatever
    ids stand in it and however much of it there is.

    Args:
        ids: the words of the sources, padded at the end, (B, S).
        lengths: B whole numbers from 1 to S, a list or an array.
        params: `EncoderParams(W_e, forward, backward, W_s, b_s)`; W_e is (V, D), forward and
            backward are `GRUParams`, W_s is (2H, Q) and b_s (Q,).

    Returns:
        `DecoderState(h, keys, mask)`: h_0 (B, Q); the keys k (B, S, 2H), zero in the padding; and
        the mask (B, S), true at the words.

    Raises:
        ValueError: if shapes or lengths do not fit, or a word is not in the vocabulary.

    Reference: Bahdanau, Cho and Bengio (2015), appendix A.2, arXiv:1409.0473; the first state from
        both directions: Britz et al. (2017), arXiv:1703.03906.
    """
    require_shape("ids", ids, ("B", "S"))
    xs = embedding_forward(ids, params.W_e)
    empty = RNNState(zeros((ids.shape[0], params.forward.W_h.shape[0]), params.W_e))
    cells = params.forward, params.backward
    keys, (ahead, back), _ = bidirectional(gru_step, xs, (empty, empty), cells, lengths)
    h = tanh(concat([ahead.h, back.h], axis=1) @ params.W_s + params.b_s)
    return DecoderState(h, keys, length_mask(lengths, keys))


def decode_step(
    tokens: Int[Array, "B"], state: DecoderState, params: DecoderParams
) -> tuple[Float[Array, "B V"], DecoderState, Float[Array, "B S"]]:
    """Read the words written last, look back at the source, and score the next words.

        h_t = GRU(W_e[y_{t-1}], h_{t-1})
        a_ts = softmax(h_t W_a · k_s)_s over the words of the source,   context_t = Σ_s a_ts k_s
        scores_t = tanh([context_t, h_t] W_c) W_y + b_y

    Args:
        tokens: the words written last, y_{t-1}, (B,).
        state: `DecoderState(h, keys, mask)`, before this step.
        params: `DecoderParams(W_e, cell, W_a, W_c, readout)`; W_e is (V, D), cell `GRUParams`, W_a
            (Q, E), W_c (E + Q, Q), readout `ReadoutParams(W_y, b_y)`.

    Returns:
        The scores of the next words (B, V), before any softmax; the new `DecoderState`, with the
        same keys and mask; and the weights a_t (B, S).

    Raises:
        ValueError: if shapes do not fit, or a word is not in the vocabulary.

    Reference: Luong, Pham and Manning, Effective Approaches to Attention-based Neural Machine
        Translation (2015), section 3, without input feeding, arXiv:1508.04025.
    """
    require_shape("tokens", tokens, ("B",))
    x = embedding_forward(tokens, params.W_e)
    new, _ = gru_step(x, RNNState(state.h), params.cell)
    scores = general_scores(new.h[:, None, :], state.keys, params.W_a)
    contexts, weights = attend(scores, state.keys, state.mask[:, None, :])
    both = tanh(concat([contexts[:, 0], new.h], axis=1) @ params.W_c)
    return readout(both, params.readout), state._replace(h=new.h), weights[:, 0]


def teacher_forced_loss(
    decoder: Decoder, state: Any, targets: Int[Array, "B T"], mask: Bool[Array, "B T"]
) -> Array:
    """How surprised a decoder is by each next word, when the right words before it are given.

        L = -(1/n) Σ_{b,t} m_bt log P(y_bt | y_b1 ... y_b,t-1),   t = 2 ... T,   n = Σ_{b,t} m_bt

    Args:
        decoder: `scores, state = decoder(tokens, state)`; it reads tokens (B,) and scores the next
            ones, (B, V).
        state: the decoder's state before the first step.
        targets: the right words, padded at the end, (B, T). The first of each row is BOS, which is
            read and never predicted; the last is EOS, which is predicted and never read.
        mask: (B, T), true at the words, BOS and EOS among them, false in the padding.

    Returns:
        The loss in nats per predicted word, an array without axes.

    Raises:
        ValueError: if shapes do not fit, or there is nothing to predict.

    Reference: Williams and Zipser, A Learning Algorithm for Continually Running Fully Recurrent
        Neural Networks (1989), doi:10.1162/neco.1989.1.2.270.
    """
    require_shape("targets", targets, ("B", "T"))
    require_shape("mask", mask, tuple(targets.shape))
    if targets.shape[1] < 2:
        raise ValueError(f"targets must be (B, T), T at least 2; got {tuple(targets.shape)}")
    ys = []
    for t in range(targets.shape[1] - 1):
        scores, state = decoder(targets[:, t], state)
        ys.append(scores)
    return sequence_cross_entropy(stack(ys, axis=1), targets[:, 1:], mask[:, 1:])


def init_seq2seq_params(
    V_source: int, V_target: int, D: int, H: int, Q: int, rng: np.random.Generator
) -> Seq2SeqParams:
    """Fresh weights: word vectors from a standard normal distribution, the rest uniform.

    Args:
        V_source: the size of the source's vocabulary.
        V_target: the size of the target's vocabulary.
        D: the size of a word vector.
        H: the units of the encoder, in each direction.
        Q: the units of the decoder.
        rng: the source of randomness.

    Returns:
        `Seq2SeqParams(encoder, decoder)`, float64.
    """
    encoder = EncoderParams(
        rng.normal(size=(V_source, D)),
        init_gru_params(D, H, rng),
        init_gru_params(D, H, rng),
        uniform_weights(rng, 2 * H, 2 * H, Q),
        uniform_weights(rng, 2 * H, Q),
    )
    decoder = DecoderParams(
        rng.normal(size=(V_target, D)),
        init_gru_params(D, Q, rng),
        uniform_weights(rng, 2 * H, Q, 2 * H),
        uniform_weights(rng, 2 * H + Q, 2 * H + Q, Q),
        init_readout_params(Q, V_target, rng),
    )
    return Seq2SeqParams(encoder, decoder)

"""Every array is made where the inputs are, in their dtype.

New tensors go to torch's "meta" device here, unless the code says where: it cannot be mixed with the
inputs, so this finds on any machine what would break on a GPU.
"""

from functools import partial

import numpy as np
import pytest
import torch

from rnncore.functional.attention.local import PositionParams, local_attention, predict_positions
from rnncore.functional.attention.scores import attend, dot_scores, masked_softmax
from rnncore.functional.attention.self_attention import SelfAttentionParams, self_attention
from rnncore.functional.base.classes import class_weights
from rnncore.functional.base.log_space import log_softmax
from rnncore.functional.base.pytree import leaves, map_tree
from rnncore.functional.cells.clockwork import ClockworkState, clockwork_step
from rnncore.functional.cells.coupled_lstm import coupled_lstm_step
from rnncore.functional.cells.depth_gated import depth_gated_step
from rnncore.functional.cells.gru import gru_step, gru_step_backward
from rnncore.functional.cells.gru_reset_before import (
    gru_step_reset_before,
    gru_step_reset_before_backward,
)
from rnncore.functional.cells.gru_torch import gru_from_torch, gru_to_torch
from rnncore.functional.cells.lstm import LSTMState
from rnncore.functional.cells.min_gru import min_gru_scan
from rnncore.functional.cells.mut1 import mut1_step
from rnncore.functional.cells.peephole_lstm import peephole_lstm_step
from rnncore.functional.cells.relu_rnn import relu_rnn_step, relu_rnn_step_backward
from rnncore.functional.cells.rnn import RNNState
from rnncore.functional.decoding.beam_search import beam_search
from rnncore.functional.decoding.ctc import ctc_loss
from rnncore.functional.decoding.ctc_decoding import ctc_beam, ctc_greedy
from rnncore.functional.decoding.greedy import greedy_decode
from rnncore.functional.decoding.sampling import keep_nucleus, keep_top_k, sample, with_temperature
from rnncore.functional.learning.bptt import backpropagate
from rnncore.functional.learning.clipping import clip_by_norm, clip_by_value
from rnncore.functional.learning.gradient_flow import jacobian_norms
from rnncore.functional.learning.losses import (
    mean_squared_error,
    mean_squared_error_backward,
    sequence_cross_entropy,
    sequence_cross_entropy_backward,
    tag_loss,
)
from rnncore.functional.learning.penalty import l1_l2_gradient, l1_l2_penalty
from rnncore.functional.learning.truncated_bptt import truncated_bptt
from rnncore.functional.memory.history_compression import chunk, expand, surprises
from rnncore.functional.memory.hopfield import energy, hopfield_train, recall
from rnncore.functional.metrics.mase import mase
from rnncore.functional.metrics.precision_recall import precision_recall_f1
from rnncore.functional.sequence.bidirectional import bidirectional
from rnncore.functional.sequence.dropout import dropout_mask
from rnncore.functional.sequence.embedding import embedding_backward, embedding_forward
from rnncore.functional.sequence.padding import length_mask
from rnncore.functional.sequence.pooling import last_valid, masked_mean
from rnncore.functional.sequence.tree_rnn import TreeParams, forest_rnn, tree_rnn
from rnncore.functional.sequence.unroll import unroll
from rnncore.functional.weights.initial import rnn_params
from rnncore.functional.weights.initial_variants import (
    coupled_lstm_params,
    depth_gated_params,
    gru_params,
    gru_reset_before_params,
    min_gru_params,
    mut1_params,
    peephole_lstm_params,
)
from rnncore.functional.weights.update_gate import flip_update_gate

B, T, H, LENGTHS = 2, 3, 4, [3, 2]
_RNG = np.random.default_rng(0)


def _single(tree):
    """A tree of NumPy arrays as float32 and int64 tensors."""

    def convert(leaf):
        return torch.tensor(leaf, dtype=torch.float32 if leaf.dtype == np.float64 else None)

    return map_tree(convert, tree)


def _normal(*shape):
    return _single(_RNG.normal(size=shape))


XS, HS, H_0, IDS = _normal(B, T, H), _normal(B, T, H), _normal(B, H), torch.tensor([[1, 2, 3], [3, 1, 0]])
MASK, STATE, CELL = length_mask(LENGTHS, XS), RNNState(H_0), LSTMState(H_0, H_0)
GRU, BEFORE = _single(gru_params(H, H, _RNG)), _single(gru_reset_before_params(H, H, _RNG))
W, VECTOR, SIGNS = _normal(H, H), _normal(H), torch.sign(_normal(B, 6))
FLIPPED = torch.sign(_normal(B, 6))


def _steps(step, state, params, xs=XS):
    return partial(unroll, step, xs, state, _single(params))


def _back(step, backward, params):
    _, last, caches = unroll(step, XS, STATE, params)
    whole = backpropagate(backward, HS, STATE, caches)
    return whole, truncated_bptt(backward, HS, STATE, caches, 1, 2), jacobian_norms(backward, last, caches)


def _decoder(tokens, state):
    state, _ = gru_step(W[tokens], state, GRU)
    return state.h, state


def _compressed():
    short = chunk(IDS, surprises(_decoder, STATE, IDS))
    return expand(_decoder, STATE, short, T)


def _local():
    positions = predict_positions(HS, XS, LENGTHS, PositionParams(W, VECTOR))
    return local_attention(dot_scores(HS, XS), XS, positions, 1.5, MASK[:, None, :])


CALLS = {
    "GRU": lambda: _back(gru_step, gru_step_backward, GRU),
    "GRU, reset before": lambda: _back(gru_step_reset_before, gru_step_reset_before_backward, BEFORE),
    "flip": lambda: flip_update_gate(GRU),
    "torch's weights": lambda: gru_from_torch(gru_to_torch(GRU)),
    "peephole": _steps(peephole_lstm_step, CELL, peephole_lstm_params(H, H, _RNG)),
    "coupled": _steps(coupled_lstm_step, CELL, coupled_lstm_params(H, H, _RNG)),
    "depth-gated": _steps(depth_gated_step, CELL, depth_gated_params(H, H, _RNG), torch.cat([XS, HS], dim=2)),
    "relu RNN": partial(_back, relu_rnn_step, relu_rnn_step_backward, _single(rnn_params(H, H, _RNG))),
    "MUT1": _steps(mut1_step, STATE, mut1_params(H, H, _RNG)),
    "Clockwork": _steps(partial(clockwork_step, periods=(1, 2)), ClockworkState(H_0, 0), rnn_params(H, H, _RNG)),
    "scan": partial(min_gru_scan, XS, STATE, _single(min_gru_params(H, H, _RNG))),
    "both ways": lambda: bidirectional(gru_step, XS, (STATE, STATE), (GRU, GRU), LENGTHS),
    "dropout": lambda: dropout_mask(torch.sigmoid(XS), 0.5),
    "penalty": lambda: (l1_l2_penalty(GRU, 1.0, 1.0), l1_l2_gradient(GRU, 1.0, 1.0)),
    "cross entropy": lambda: sequence_cross_entropy(XS, IDS, MASK),
    "cross entropy, backward": lambda: sequence_cross_entropy_backward(XS, IDS, MASK),
    "tags": lambda: tag_loss(XS, IDS, MASK, VECTOR**2),
    "squared error": lambda: (mean_squared_error(XS, HS, MASK), mean_squared_error_backward(XS, HS, MASK)),
    "embedding": lambda: (embedding_forward(IDS, W), embedding_backward(XS, IDS, W)),
    "pooling": lambda: (last_valid(XS, LENGTHS), masked_mean(XS, MASK)),
    "attention": lambda: attend(dot_scores(HS, XS), XS, MASK[:, None, :]),
    "masked softmax": lambda: masked_softmax(XS, MASK[:, :, None]),
    "local attention": _local,
    "self attention": lambda: self_attention(XS, SelfAttentionParams(W, W, W), MASK, causal=True),
    "CTC": lambda: ctc_loss(log_softmax(XS), IDS[:, :1], LENGTHS, [1, 1]),
    "sampling": lambda: sample(_decoder, STATE, IDS[:, 0], 3, _RNG),
    "filters": lambda: with_temperature(keep_nucleus(keep_top_k(H_0, 3), 0.9), 2.0),
    "greedy": lambda: greedy_decode(_decoder, STATE, IDS[:, 0], 0, 3),
    "history": _compressed,
    "clipping": lambda: (clip_by_norm(GRU, 0.1), clip_by_value(GRU, 0.1)),
    "Hopfield": lambda: (
        recall(FLIPPED, hopfield_train(SIGNS), _RNG, 2),
        energy(FLIPPED, hopfield_train(SIGNS)),
    ),
    "trees": lambda: (
        tree_rnn((0, (1, 2)), W, TreeParams(torch.cat([W, W]), VECTOR)),
        forest_rnn([(0, (1, 2)), 1], W, TreeParams(torch.cat([W, W]), VECTOR)),
    ),
    "numbers": lambda: (
        beam_search(_decoder, RNNState(H_0[:1]), IDS[0, :1], 0, 3, 2),
        ctc_beam(log_softmax(XS[0]), 2),
        ctc_greedy(XS, LENGTHS),
        precision_recall_f1(IDS, IDS, 1),
        mase(VECTOR, VECTOR, VECTOR),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_arrays_are_made_where_the_inputs_are(name):
    expected = CALLS[name]()
    with torch.device("meta"):
        results = CALLS[name]()
    for result in leaves(results):
        if isinstance(result, torch.Tensor):
            assert result.device.type == "cpu"
            assert result.dtype in (torch.float32, torch.int64)
    assert len(list(leaves(expected))) == len(list(leaves(results)))


def test_class_weights_are_made_where_the_labels_are():
    with torch.device("meta"):
        assert class_weights(IDS, 4).device.type == "cpu"

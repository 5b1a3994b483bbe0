"""Every array is made where the inputs are, in their dtype.

New tensors go to torch's "meta" device here, unless the code says where: it cannot be mixed with the
inputs, so this finds on any machine what would break on a GPU.
"""

from functools import partial

import numpy as np
import pytest
import torch

from rnncore.functional.attention import (
    PositionParams,
    SelfAttentionParams,
    attend,
    dot_scores,
    local_attention,
    predict_positions,
    self_attention,
)
from rnncore.functional.base import class_weights, leaves, log_softmax, map_tree
from rnncore.functional.cells import (
    CELLS,
    ClockworkState,
    RNNState,
    clockwork_step,
    gru_from_torch,
    gru_step,
    gru_step_backward,
    gru_step_reset_before,
    gru_step_reset_before_backward,
    gru_to_torch,
    init_gru_params,
    init_gru_reset_before_params,
    init_min_gru_params,
    init_rnn_params,
    min_gru_scan,
    relu_rnn_step,
    relu_rnn_step_backward,
    signed_recurrence,
)
from rnncore.functional.decoding import (
    beam_search,
    ctc_beam,
    ctc_greedy,
    ctc_loss,
    greedy_decode,
    keep_nucleus,
    keep_top_k,
    sample,
    with_temperature,
)
from rnncore.functional.learning import (
    backpropagate,
    clip_by_norm,
    clip_by_value,
    jacobian_norms,
    l1_l2_gradient,
    l1_l2_penalty,
    mean_squared_error,
    mean_squared_error_backward,
    sequence_cross_entropy,
    sequence_cross_entropy_backward,
    tag_loss,
    truncated_bptt,
)
from rnncore.functional.memory import chunk, energy, expand, hopfield_train, recall, surprises
from rnncore.functional.metrics import mase, precision_recall_f1
from rnncore.functional.sequence import (
    TreeParams,
    bidirectional,
    dropout_mask,
    embedding_backward,
    embedding_forward,
    forest_rnn,
    last_valid,
    length_mask,
    pool_states,
    tree_rnn,
    unroll,
)
from rnncore.functional.weights import flip_update_gate

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
MASK, STATE = length_mask(LENGTHS, XS), RNNState(H_0)
GRU, BEFORE = _single(init_gru_params(H, H, _RNG)), _single(init_gru_reset_before_params(H, H, _RNG))
W, VECTOR, SIGNS = _normal(H, H), _normal(H), torch.sign(_normal(B, 6))
FLIPPED = torch.sign(_normal(B, 6))


def _steps(cell):
    xs = torch.cat([XS, HS], dim=2) if cell.reads_cell_below else XS
    state = type(cell.init_state(B, H))(*(H_0 for _ in cell.state_parts))
    return partial(unroll, cell.step, xs, state, _single(cell.init_params(H, H, _RNG)))


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
    **{f"cell {name}": _steps(cell) for name, cell in CELLS.items() if not cell.options},
    "cell clockwork": partial(
        unroll,
        partial(clockwork_step, periods=(1, 2)),
        XS,
        ClockworkState(H_0, 0),
        _single(init_rnn_params(H, H, _RNG)),
    ),
    "relu RNN": partial(_back, relu_rnn_step, relu_rnn_step_backward, _single(init_rnn_params(H, H, _RNG))),
    "scan": partial(min_gru_scan, XS, STATE, _single(init_min_gru_params(H, H, _RNG))),
    "signed": partial(signed_recurrence, XS, STATE, _single(init_min_gru_params(H, H, _RNG))),
    "both ways": lambda: bidirectional(gru_step, XS, (STATE, STATE), (GRU, GRU), LENGTHS),
    "dropout": lambda: dropout_mask(torch.sigmoid(XS), 0.5),
    "penalty": lambda: (l1_l2_penalty(GRU, 1.0, 1.0), l1_l2_gradient(GRU, 1.0, 1.0)),
    "cross entropy": lambda: sequence_cross_entropy(XS, IDS, MASK),
    "cross entropy, backward": lambda: sequence_cross_entropy_backward(XS, IDS, MASK),
    "tags": lambda: tag_loss(XS, IDS, MASK, VECTOR**2),
    "squared error": lambda: (mean_squared_error(XS, HS, MASK), mean_squared_error_backward(XS, HS, MASK)),
    "embedding": lambda: (embedding_forward(IDS, W), embedding_backward(XS, IDS, W)),
    "pooling": lambda: (last_valid(XS, LENGTHS), pool_states(XS, MASK)),
    "attention": lambda: attend(dot_scores(HS, XS), XS, MASK[:, None, :]),
    "local attention": _local,
    "self attention": lambda: self_attention(XS, SelfAttentionParams(W, W, W), MASK, causal=True),
    "CTC": lambda: ctc_loss(log_softmax(XS), IDS[:, :1], LENGTHS, [1, 1]),
    "sampling": lambda: sample(_decoder, STATE, IDS[:, 0], _RNG.random((len(IDS), 3))),
    "filters": lambda: with_temperature(keep_nucleus(keep_top_k(H_0, 3), 0.9), 2.0),
    "greedy": lambda: greedy_decode(_decoder, STATE, IDS[:, 0], 0, 3),
    "history": _compressed,
    "clipping": lambda: (clip_by_norm(GRU, 0.1), clip_by_value(GRU, 0.1)),
    "Hopfield": lambda: (
        recall(FLIPPED, hopfield_train(SIGNS), np.arange(len(SIGNS[0]))),
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

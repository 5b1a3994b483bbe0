"""What holds for every public function of rnncore.functional, on one table of calls.

Gradients agree with differences, NaN shows in the result or is refused, and wrong shapes, lengths and
kinds of numbers are refused with what was expected and what came. A function that is in neither table
fails the last test.
"""

import importlib
import inspect
import pkgutil
from functools import partial

import numpy as np
import pytest
import torch

import rnncore.functional
from rnncore.functional.attention import local as local_attention
from rnncore.functional.attention import scores as attention
from rnncore.functional.attention import self_attention
from rnncore.functional.base import activations, arrays, classes, dtypes, linear_recurrence, log_space
from rnncore.functional.base import pytree as trees
from rnncore.functional.cells import (
    clockwork,
    coupled_lstm,
    depth_gated,
    min_gru,
    mut1,
    param_count,
    peephole_lstm,
    relu_rnn,
    rnn_from_torch,
)
from rnncore.functional.cells import gru as gru_cell
from rnncore.functional.cells import gru_reset_before as before_cell
from rnncore.functional.cells import gru_torch as gru
from rnncore.functional.cells import lstm as lstm_cell
from rnncore.functional.cells import rnn as rnn_cell
from rnncore.functional.cells import rnn_to_torch as rnn
from rnncore.functional.decoding import beam_search, caption, ctc, ctc_decoding, decoder, greedy, sampling
from rnncore.functional.learning import (
    bptt,
    clipping,
    gradient_check,
    gradient_flow,
    losses,
    penalty,
    readout_backward,
    truncated_bptt,
)
from rnncore.functional.memory import history_compression, hopfield
from rnncore.functional.metrics import bleu, mase, perplexity, precision_recall
from rnncore.functional.sequence import (
    bidirectional,
    conv_to_sequence,
    dropout,
    embedding,
    layouts,
    padding,
    pooling,
    stacking,
    tree_rnn,
    unroll,
    video_features,
)
from rnncore.functional.sequence import lstm_layer as lstm
from rnncore.functional.weights import initial, initial_variants, update_gate
from rnncore.functional.weights import recurrent as initial_recurrent
from rnncore.functional.weights import torch_layers as torch_weights

B, T, S, D, H, K = 2, 3, 4, 2, 3, 3
LENGTHS = [3, 2]
RNG = np.random.default_rng(4)


def _normal(*shape):
    return RNG.normal(size=shape)


def _state(kind=rnn_cell.RNNState):
    return kind(*_normal(len(kind._fields), B, H))


def _cache(step, params, state):
    return step(_normal(B, D), state, params)[1]


RNN, LSTM, GRU = (fresh(D, H, RNG) for fresh in (initial.rnn_params, initial.lstm_params, initial_variants.gru_params))
BEFORE = initial_variants.gru_reset_before_params(D, H, RNG)
OUT = initial.readout_params(H, D, RNG)
CELL = partial(_state, lstm_cell.LSTMState)
MASK = np.arange(T) < np.array(LENGTHS)[:, None]
IDS = np.array([[0, 2, 1], [1, 0, 2]])
SEEN = np.array([[[True] * S], [[True, True, False, False]]])
STATE, GIVEN = _state(), (_normal(B, T, D), _state(), RNN)
CLOCK = partial(clockwork.clockwork_step, periods=(1, 2, 3))
CAPTION = caption.CaptionParams(_normal(K, D), GRU, initial.readout_params(H, K, RNG))
LSTM_CACHES = lstm.lstm_forward(_normal(B, T, D), CELL(), LSTM)[2]
RNN_CACHES = unroll.unroll(rnn_cell.rnn_step, *GIVEN)[2]
LOG_PROBS = np.log(RNG.dirichlet(np.ones(K), size=(B, T)))


def _writes(tokens, state):
    """A decoder whose scores are its state."""
    return state, state


TORCH_NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def _from_torch(read, n):
    return lambda *weights: read(dict(zip(TORCH_NAMES, weights, strict=True))), (
        _normal(n * H, D),
        _normal(n * H, H),
        _normal(n * H),
        _normal(n * H),
    )


def _cell_of(step, state, params, extra=0):
    return step, (_normal(B, D + extra), state, params)


def _layers(xs, first, second, one, other):
    return stacking.stack_layers(partial(unroll.unroll, rnn_cell.rnn_step), xs, [first, second], [one, other])


def _like(array, other):
    return torch.tensor(array) if isinstance(other, torch.Tensor) else array


DIFFERENTIABLE = {
    activations.sigmoid: (activations.sigmoid, (_normal(2, 3),)),
    activations.tanh: (activations.tanh, (_normal(2, 3),)),
    activations.softmax: (activations.softmax, (_normal(2, 3),)),
    attention.masked_softmax: (
        lambda scores: attention.masked_softmax(scores, _like(SEEN, scores)),
        (_normal(B, T, S),),
    ),
    attention.attend: (attention.attend, (_normal(B, T, S), _normal(B, S, D), SEEN)),
    attention.dot_scores: (attention.dot_scores, (_normal(B, T, D), _normal(B, S, D))),
    attention.general_scores: (attention.general_scores, (_normal(B, T, D), _normal(B, S, H), _normal(D, H))),
    attention.additive_scores: (
        attention.additive_scores,
        (_normal(B, T, D), _normal(B, S, H), attention.AdditiveParams(_normal(D, 2), _normal(H, 2), _normal(2))),
    ),
    bidirectional.bidirectional: (
        lambda *given: bidirectional.bidirectional(gru_cell.gru_step, given[0], given[1:3], given[3:5], given[5]),
        (_normal(B, T, D), _state(), _state(), GRU, initial_variants.gru_params(D, H, RNG), LENGTHS),
    ),
    caption.caption_start: (
        lambda code, state, params: caption.caption_start(
            gru_cell.gru_step, code, state, CAPTION._replace(cell=params)
        ),
        (_normal(B, D), _state(), GRU),
    ),
    caption.caption_step: (
        partial(caption.caption_step, gru_cell.gru_step),
        (np.array([2, 0]), _state(), CAPTION),
    ),
    clockwork.clockwork_step: _cell_of(
        lambda x, h, params: CLOCK(x, clockwork.ClockworkState(h, 2), params), _normal(B, H), RNN
    ),
    coupled_lstm.coupled_lstm_step: _cell_of(
        coupled_lstm.coupled_lstm_step, CELL(), initial_variants.coupled_lstm_params(D, H, RNG)
    ),
    depth_gated.depth_gated_step: _cell_of(
        depth_gated.depth_gated_step, CELL(), initial_variants.depth_gated_params(D, H, RNG), extra=H
    ),
    gru_cell.gru_step: _cell_of(gru_cell.gru_step, _state(), GRU),
    before_cell.gru_step_reset_before: _cell_of(before_cell.gru_step_reset_before, _state(), BEFORE),
    lstm_cell.lstm_step: _cell_of(lstm_cell.lstm_step, CELL(), LSTM),
    min_gru.min_gru_step: _cell_of(min_gru.min_gru_step, _state(), initial_variants.min_gru_params(D, H, RNG)),
    min_gru.min_gru_scan: (
        min_gru.min_gru_scan,
        (_normal(B, T, D), _state(), initial_variants.min_gru_params(D, H, RNG)),
    ),
    mut1.mut1_step: _cell_of(mut1.mut1_step, _state(), initial_variants.mut1_params(D, H, RNG)),
    peephole_lstm.peephole_lstm_step: _cell_of(
        peephole_lstm.peephole_lstm_step, CELL(), initial_variants.peephole_lstm_params(D, H, RNG)
    ),
    relu_rnn.relu_rnn_step: _cell_of(relu_rnn.relu_rnn_step, _state(), RNN),
    rnn_cell.rnn_step: _cell_of(rnn_cell.rnn_step, _state(), RNN),
    rnn_cell.stack_params: (rnn_cell.stack_params, (RNN,)),
    rnn_cell.rnn_step_stacked: _cell_of(rnn_cell.rnn_step_stacked, _state(), rnn_cell.stack_params(RNN)),
    clipping.clip_by_value: (partial(clipping.clip_by_value, limit=0.5), ((_normal(2, 3), _normal(3)),)),
    clipping.clip_by_norm: (partial(clipping.clip_by_norm, limit=0.5), ((_normal(2, 3), _normal(3)),)),
    gradient_flow.spectral_norm: (gradient_flow.spectral_norm, (_normal(2, 3, 3),)),
    initial_recurrent.orthogonal_init: (initial_recurrent.orthogonal_init, (_normal(3, 3),)),
    conv_to_sequence.conv_to_sequence: (conv_to_sequence.conv_to_sequence, (_normal(B, 2, 3, 4),)),
    ctc.ctc_forward: (
        lambda *given: ctc.ctc_forward(*given).log_likelihood,
        (LOG_PROBS.copy(), np.array([[1], [2]]), LENGTHS, [1, 1]),
    ),
    ctc.ctc_loss: (ctc.ctc_loss, (LOG_PROBS.copy(), np.array([[1], [2]]), LENGTHS, [1, 1])),
    decoder.next_log_probs: (partial(decoder.next_log_probs, _writes), (np.array([0, 1]), _normal(B, K))),
    decoder.sentence_logprob: (
        lambda state, start, ids: decoder.sentence_logprob(_writes, state, start, ids),
        (_normal(B, K), np.array([0, 1]), IDS),
    ),
    embedding.embedding_forward: (embedding.embedding_forward, (IDS, _normal(K, D))),
    gru.gru_from_torch: _from_torch(gru.gru_from_torch, 3),
    gru.gru_to_torch: (gru.gru_to_torch, (GRU,)),
    hopfield.energy: (hopfield.energy, (_normal(B, H), _normal(H, H))),
    layouts.readout: (layouts.readout, (_normal(B, H), OUT)),
    layouts.many_to_many: (partial(layouts.many_to_many, rnn_cell.rnn_step), (*GIVEN, OUT)),
    layouts.many_to_one: (partial(layouts.many_to_one, rnn_cell.rnn_step), (*GIVEN, OUT)),
    layouts.one_to_many: (
        partial(layouts.one_to_many, rnn_cell.rnn_step, T=T),
        (_normal(B, D), _state(), RNN, OUT),
    ),
    layouts.encoder_decoder: (
        partial(layouts.encoder_decoder, rnn_cell.rnn_step, T=2),
        (_normal(B, T, D), _normal(B, D), _state(), RNN, initial.rnn_params(D, H, RNG), OUT),
    ),
    linear_recurrence.linear_recurrence: (
        linear_recurrence.linear_recurrence,
        (_normal(B, T, H), _normal(B, T, H), _normal(B, H)),
    ),
    local_attention.predict_positions: (
        local_attention.predict_positions,
        (_normal(B, T, D), _normal(B, S, H), [4, 2], local_attention.PositionParams(_normal(D, 2), _normal(2))),
    ),
    local_attention.local_attention: (
        lambda scores, values, positions, mask: local_attention.local_attention(scores, values, positions, 1.5, mask),
        (_normal(B, T, S), _normal(B, S, D), RNG.uniform(0, 2, size=(B, T)), SEEN),
    ),
    log_space.log_sum_exp: (log_space.log_sum_exp, (_normal(2, 3),)),
    log_space.log_softmax: (log_space.log_softmax, (_normal(2, 3),)),
    losses.sequence_cross_entropy: (losses.sequence_cross_entropy, (_normal(B, T, K), IDS, MASK)),
    losses.tag_loss: (losses.tag_loss, (_normal(B, T, K), IDS, MASK, RNG.uniform(1, 2, size=K))),
    losses.mean_squared_error: (losses.mean_squared_error, (_normal(B, T, K), _normal(B, T, K), MASK)),
    lstm.lstm_forward: (lstm.lstm_forward, (_normal(B, T, D), CELL(), LSTM)),
    lstm.set_forget_bias: (lambda params: lstm.set_forget_bias(params, 1.0), (LSTM,)),
    lstm.from_torch: _from_torch(lstm.from_torch, 4),
    lstm.to_torch: (lstm.to_torch, (LSTM,)),
    lstm.trace: (lambda hs: lstm.trace(hs, LSTM_CACHES).h, (_normal(B, T, H),)),
    padding.reverse_padded: (padding.reverse_padded, (_normal(B, T, D), LENGTHS)),
    padding.unroll_padded: (
        lambda xs, state, params, lengths: padding.unroll_padded(gru_cell.gru_step, xs, state, params, lengths)[:2],
        (_normal(B, T, D), _state(), GRU, LENGTHS),
    ),
    penalty.l1_l2_penalty: (partial(penalty.l1_l2_penalty, l1=0.5, l2=0.3), (GRU,)),
    pooling.last_valid: (pooling.last_valid, (_normal(B, T, H), [1, 3])),
    pooling.masked_mean: (pooling.masked_mean, (_normal(B, T, H), MASK)),
    rnn.rnn_to_torch: (rnn.rnn_to_torch, (RNN,)),
    rnn_from_torch.rnn_from_torch: _from_torch(rnn_from_torch.rnn_from_torch, 1),
    sampling.with_temperature: (partial(sampling.with_temperature, temperature=0.7), (_normal(B, K),)),
    self_attention.self_attention: (
        self_attention.self_attention,
        (_normal(B, T, D), self_attention.SelfAttentionParams(*_normal(3, D, 2)), MASK),
    ),
    stacking.stack_layers: (
        _layers,
        (_normal(B, T, D), _state(), _state(), RNN, initial.rnn_params(H, H, RNG)),
    ),
    torch_weights.layers_to_torch: (
        lambda one, other: torch_weights.layers_to_torch([(one,), (other,)], rnn.rnn_to_torch),
        (RNN, initial.rnn_params(H, H, RNG)),
    ),
    torch_weights.layers_from_torch: (
        lambda *weights: torch_weights.layers_from_torch(
            dict(zip(TORCH_NAMES, weights, strict=True)), rnn_from_torch.rnn_from_torch
        ),
        (_normal(H, D), _normal(H, H), _normal(H), _normal(H)),
    ),
    tree_rnn.compose: (
        tree_rnn.compose,
        (_normal(B, H), _normal(B, H), tree_rnn.TreeParams(_normal(2 * H, H), _normal(H))),
    ),
    tree_rnn.tree_rnn: (
        partial(tree_rnn.tree_rnn, ((0, 1), 2)),
        (_normal(K, H), tree_rnn.TreeParams(_normal(2 * H, H), _normal(H))),
    ),
    tree_rnn.forest_rnn: (
        partial(tree_rnn.forest_rnn, [((0, 1), 2), 1]),
        (_normal(K, H), tree_rnn.TreeParams(_normal(2 * H, H), _normal(H))),
    ),
    unroll.unroll: (lambda *given: unroll.unroll(rnn_cell.rnn_step, *given)[:2], GIVEN),
    update_gate.flip_update_gate: (update_gate.flip_update_gate, (GRU,)),
    video_features.video_features: (
        lambda films: video_features.video_features(lambda pictures: pictures[:, 0, 0], films),
        (_normal(B, T, 1, 2, 2),),
    ),
    arrays.stack: (lambda a, b: arrays.stack([a, b], axis=1), (_normal(2, 3), _normal(2, 3))),
    arrays.concat: (lambda a, b: arrays.concat([a, b], axis=1), (_normal(2, 3), _normal(2, 1))),
}
"""For each function a call of it, and arguments; among them those that a gradient may be taken of."""


def _of_step(step, backward, state, params):
    """A step, its arguments, and its gradients by hand."""
    return (
        lambda *given: step(*given)[0],
        (_normal(B, D), state, params),
        lambda dstate, *given: backward(dstate, step(*given)[1]),
    )


def _truncated(dlast, params):
    caches = unroll.unroll(rnn_cell.rnn_step, GIVEN[0], STATE, params)[2]
    dhs = np.zeros((B, T, H))
    return truncated_bptt.truncated_bptt(rnn_cell.rnn_step_backward, dhs, dlast, caches, T, T)


BY_HAND = {
    rnn_cell.rnn_step_backward: _of_step(rnn_cell.rnn_step, rnn_cell.rnn_step_backward, _state(), RNN),
    relu_rnn.relu_rnn_step_backward: _of_step(relu_rnn.relu_rnn_step, relu_rnn.relu_rnn_step_backward, _state(), RNN),
    lstm_cell.lstm_step_backward: _of_step(lstm_cell.lstm_step, lstm_cell.lstm_step_backward, CELL(), LSTM),
    gru_cell.gru_step_backward: _of_step(gru_cell.gru_step, gru_cell.gru_step_backward, _state(), GRU),
    before_cell.gru_step_reset_before_backward: _of_step(
        before_cell.gru_step_reset_before, before_cell.gru_step_reset_before_backward, _state(), BEFORE
    ),
    bptt.backpropagate: (
        lambda *given: unroll.unroll(rnn_cell.rnn_step, *given)[:2],
        GIVEN,
        lambda dys, *given: bptt.backpropagate(
            rnn_cell.rnn_step_backward, *dys, unroll.unroll(rnn_cell.rnn_step, *given)[2]
        ),
    ),
    truncated_bptt.truncated_bptt: (
        lambda params: unroll.unroll(rnn_cell.rnn_step, GIVEN[0], STATE, params)[1],
        (RNN,),
        _truncated,
    ),
    lstm.lstm_backward: (
        lambda *given: lstm.lstm_forward(*given)[:2],
        (_normal(B, T, D), CELL(), LSTM),
        lambda dys, *given: lstm.lstm_backward(*dys, lstm.lstm_forward(*given)[2]),
    ),
    embedding.embedding_backward: (
        partial(embedding.embedding_forward, IDS),
        (_normal(K, D),),
        lambda dxs, W: embedding.embedding_backward(dxs, IDS, W),
    ),
    readout_backward.readout_backward: (
        layouts.readout,
        (_normal(B, T, H), OUT),
        readout_backward.readout_backward,
    ),
    losses.sequence_cross_entropy_backward: (
        lambda scores: losses.sequence_cross_entropy(scores, IDS, MASK),
        (_normal(B, T, K),),
        lambda dy, scores: dy * losses.sequence_cross_entropy_backward(scores, IDS, MASK),
    ),
    losses.mean_squared_error_backward: (
        lambda ys: losses.mean_squared_error(ys, GIVEN[0], MASK),
        (_normal(B, T, D),),
        lambda dy, ys: dy * losses.mean_squared_error_backward(ys, GIVEN[0], MASK),
    ),
    penalty.l1_l2_gradient: (
        partial(penalty.l1_l2_penalty, l1=0.5, l2=0.3),
        (GRU,),
        lambda dy, params: trees.map_tree(lambda g: dy * g, penalty.l1_l2_gradient(params, 0.5, 0.3)),
    ),
}
"""For each backward function the forward one, its arguments, and their gradients from that of its result."""

NOT_DIFFERENTIABLE = {
    "tokens, labels or counts come out": [
        beam_search.beam_search,
        bleu.bleu,
        classes.class_weights,
        classes.one_hot,
        ctc_decoding.ctc_beam,
        ctc_decoding.ctc_collapse,
        ctc_decoding.ctc_greedy,
        greedy.greedy_decode,
        history_compression.chunk,
        history_compression.expand,
        history_compression.surprises,
        layouts.count_params,
        param_count.param_count,
        precision_recall.precision_recall_f1,
        sampling.draw,
        sampling.sample,
    ],
    "true and false, a mask, signs or -∞ come out": [
        dropout.dropout_mask,
        hopfield.hopfield_train,
        hopfield.recall,
        local_attention.window,
        lstm.diagnose_notes_cell,
        padding.length_mask,
        sampling.keep_nucleus,
        sampling.keep_top_k,
    ],
    "a number for people comes out": [mase.mase, perplexity.bits_per_character, perplexity.perplexity],
    "nothing real goes in": [
        arrays.zeros,
        arrays.zeros_like,
        initial.lstm_params,
        initial.lstm_state,
        initial.readout_params,
        initial.rnn_params,
        initial.rnn_state,
        initial_recurrent.identity_init,
        initial_variants.clockwork_state,
        initial_variants.coupled_lstm_params,
        initial_variants.depth_gated_params,
        initial_variants.gru_params,
        initial_variants.gru_reset_before_params,
        initial_variants.min_gru_params,
        initial_variants.mut1_params,
        initial_variants.peephole_lstm_params,
    ],
    "it is a tool": [
        arrays.require_shape,
        dtypes.require_kind,
        gradient_check.gradient_check,
        gradient_check.central_difference,
        gradient_check.relative_error,
        gradient_flow.jacobian_norms,
        losses.require_targets,
        trees.leaves,
        trees.map_tree,
    ],
}


def _name(function):
    return function.__name__


def _real(tree):
    return [leaf for leaf in trees.leaves(tree) if str(getattr(leaf, "dtype", "")).endswith("float64")]


def _weigh(outputs):
    """One number in which every entry of every output counts."""
    return sum(
        (leaf * _like(np.cos(np.arange(int(np.prod(leaf.shape)))).reshape(leaf.shape), leaf)).sum()
        for leaf in _real(outputs)
    )


@pytest.mark.parametrize("function", DIFFERENTIABLE, ids=_name)
def test_autograd_agrees_with_differences(function, autograd_agrees):
    call, given = DIFFERENTIABLE[function]
    autograd_agrees(lambda *given: _weigh(call(*given)), *given)


@pytest.mark.parametrize("backward", BY_HAND, ids=_name)
def test_gradients_by_hand_agree_with_differences(backward):
    forward, given, gradients = BY_HAND[backward]
    outputs = forward(*given)
    dys = trees.map_tree(lambda y: np.cos(np.arange(np.size(y))).reshape(np.shape(y)), outputs)
    errors = gradient_check.gradient_check(
        lambda _: float(_weigh(forward(*given))),
        dict(enumerate(_real(given))),
        dict(enumerate(_real(gradients(dys, *given)))),
    )
    assert errors
    assert max(errors.values()) < 1e-7


def _replaced(given, which, new):
    """The arguments with another leaf at one place."""
    count = iter(range(10**6))
    return trees.map_tree(lambda leaf: new(leaf) if next(count) == which else leaf, given)


def _spoilt(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


UNREAD = {local_attention.predict_positions: {1}, penalty.l1_l2_penalty: {2, 3}}
"""Which arguments are not looked at: keys, of which only the size counts, and biases, which go free."""


@pytest.mark.parametrize("function", DIFFERENTIABLE, ids=_name)
def test_nan_shows_or_is_refused(function):
    call, given = DIFFERENTIABLE[function]
    for place, leaf in enumerate(trees.leaves(given)):
        if getattr(leaf, "dtype", None) != np.float64 or place in UNREAD.get(function, ()):
            continue
        try:
            outputs = call(*_replaced(given, place, _spoilt))
        except ValueError as error:
            assert "NaN" in str(error)  # noqa: PT017
        else:
            assert any(np.isnan(out).any() for out in _real(outputs)), f"argument {place} hides it"


CHOICES = {
    ctc_decoding.ctc_greedy: lambda scores: ctc_decoding.ctc_greedy(scores[:, None], [1, 1]),
    greedy.greedy_decode: lambda scores: greedy.greedy_decode(_writes, scores, np.array([0, 0]), 0, 2),
    beam_search.beam_search: lambda scores: beam_search.beam_search(_writes, scores[:1], np.array([0]), 0, 2, 2),
    sampling.draw: lambda scores: sampling.draw(scores, np.random.default_rng(0)),
    sampling.sample: lambda scores: sampling.sample(_writes, scores, np.array([0, 0]), 2, np.random.default_rng(0)),
    history_compression.surprises: lambda scores: history_compression.surprises(_writes, scores, IDS),
    hopfield.recall: lambda scores: hopfield.recall(np.sign(scores), np.eye(K), np.random.default_rng(0), 1),
}
"""What turns numbers into a choice, where NaN could not be seen."""


@pytest.mark.parametrize("function", CHOICES, ids=_name)
def test_no_choice_is_made_by_nan(function):
    scores = _normal(B, K)
    CHOICES[function](scores)
    with pytest.raises(ValueError, match=r"must be (numbers; got NaN|1 and -1 only; got other)"):
        CHOICES[function](_spoilt(scores))


ANY_SHAPE = {
    activations.sigmoid,
    activations.tanh,
    activations.softmax,
    log_space.log_sum_exp,
    log_space.log_softmax,
    clipping.clip_by_norm,
    clipping.clip_by_value,
    embedding.embedding_forward,
    lstm.trace,
    layouts.readout,
    sampling.with_temperature,
    arrays.stack,
    arrays.concat,
    gru.gru_from_torch,
    lstm.from_torch,
    rnn_from_torch.rnn_from_torch,
    torch_weights.layers_from_torch,
}
"""Functions whose arguments may have any shape, or are a `state_dict` that torch has made."""


def _weights(argument):
    return type(argument).__name__.endswith("Params")


@pytest.mark.parametrize("function", [f for f in DIFFERENTIABLE if f not in ANY_SHAPE], ids=_name)
def test_an_axis_too_many_is_named(function, library):
    call, given = DIFFERENTIABLE[function]
    given, weights = list(given), [_weights(argument) for argument in given]
    for which, argument in enumerate(given):
        for place, leaf in enumerate(trees.leaves(argument)):
            if weights[which] or not hasattr(leaf, "shape"):
                continue
            wrong = _replaced(argument, place, lambda leaf: leaf[None])
            with pytest.raises(ValueError, match="; got "):
                call(*library((*given[:which], wrong, *given[which + 1 :])))


@pytest.mark.parametrize("function", DIFFERENTIABLE, ids=_name)
def test_wrong_lengths_are_named(function, library):
    call, given = DIFFERENTIABLE[function]
    for which, argument in enumerate(given):
        if isinstance(argument, list):
            for wrong in ([99, 1], [-1, 1], [1], [1, 1, 1]):
                with pytest.raises(ValueError, match=r"lengths must be .*; got \["):
                    call(*library((*given[:which], wrong, *given[which + 1 :])))


@pytest.mark.parametrize("function", DIFFERENTIABLE, ids=_name)
def test_wrong_kinds_of_numbers_are_named(function, library):
    call, given = DIFFERENTIABLE[function]
    for which, argument in enumerate(given):
        kind = getattr(getattr(argument, "dtype", None), "kind", "f")
        if kind in "ib":
            wrong = argument.astype(float if kind == "i" else int)
            with pytest.raises(ValueError, match=r"must be (whole numbers|true and false); got .*(float64|int64)"):
                call(*library((*given[:which], wrong, *given[which + 1 :])))


def test_no_function_is_forgotten():
    public = {
        function
        for module in pkgutil.walk_packages(rnncore.functional.__path__, "rnncore.functional.")
        for name, function in vars(importlib.import_module(module.name)).items()
        if inspect.isfunction(function) and function.__module__ == module.name and not name.startswith("_")
    }
    listed = [*DIFFERENTIABLE, *BY_HAND, *(f for functions in NOT_DIFFERENTIABLE.values() for f in functions)]
    assert len(listed) == len(set(listed))
    assert {_name(function) for function in public ^ set(listed)} == set()

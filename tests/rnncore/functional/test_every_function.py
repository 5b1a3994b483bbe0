"""What holds for every public function of rnncore.functional, on one table of calls.

Gradients agree with differences, NaN shows in the result or is refused, and wrong shapes, lengths and
kinds of numbers are refused with what was expected and what came. A function that is in neither table
fails the last test.
"""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

import rnncore.functional
from rnncore.functional import attention, base, cells, decoding, learning, memory, metrics, sequence, weights

CELLS = cells.CELLS.values()
B, T, S, D, H, K = 2, 3, 4, 2, 3, 3
LENGTHS = [3, 2]
RNG = np.random.default_rng(4)


def _normal(*shape):
    return RNG.normal(size=shape)


def _state(kind=cells.RNNState):
    return kind(*_normal(len(kind._fields), B, H))


def _cache(step, params, state):
    return step(_normal(B, D), state, params)[1]


RNN, LSTM, GRU = (fresh(D, H, RNG) for fresh in (cells.init_rnn_params, cells.init_lstm_params, cells.init_gru_params))
BEFORE = cells.init_gru_reset_before_params(D, H, RNG)
OUT = sequence.init_readout_params(H, D, RNG)
CELL = partial(_state, cells.LSTMState)
MASK = np.arange(T) < np.array(LENGTHS)[:, None]
IDS = np.array([[0, 2, 1], [1, 0, 2]])
SEEN = np.array([[[True] * S], [[True, True, False, False]]])
STATE, GIVEN = _state(), (_normal(B, T, D), _state(), RNN)
CLOCK = partial(cells.clockwork_step, periods=(1, 2, 3))
CAPTION = decoding.CaptionParams(_normal(K, D), GRU, sequence.init_readout_params(H, K, RNG))
TRANSLATOR = decoding.init_seq2seq_params(K, K, D, H, H, RNG)
LSTM_CACHES = sequence.lstm_forward(_normal(B, T, D), CELL(), LSTM)[2]
RNN_CACHES = sequence.unroll(cells.rnn_step, *GIVEN)[2]
LOG_PROBS = np.log(RNG.dirichlet(np.ones(K), size=(B, T)))


def _writes(tokens, state):
    """A decoder whose scores are its state."""
    return state, state


TORCH_NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def _from_torch(cell):
    rows = cell.init_params(D, H, RNG).W_x.shape[1]
    return lambda *given: cell.from_torch(dict(zip(TORCH_NAMES, given, strict=True))), (
        _normal(rows, D),
        _normal(rows, H),
        _normal(rows),
        _normal(rows),
    )


def _cell_of(cell):
    """Arguments of a cell's step."""
    return _normal(B, D + H * cell.reads_cell_below), _state(type(cell.init_state(B, H))), cell.init_params(D, H, RNG)


def _layers(xs, first, second, one, other):
    return sequence.stack_layers(partial(sequence.unroll, cells.rnn_step), xs, [first, second], [one, other])


def _like(array, other):
    return torch.tensor(array) if isinstance(other, torch.Tensor) else array


DIFFERENTIABLE = {
    base.sigmoid: (base.sigmoid, (_normal(2, 3),)),
    base.tanh: (base.tanh, (_normal(2, 3),)),
    base.softmax: (base.softmax, (_normal(2, 3),)),
    attention.attend: (attention.attend, (_normal(B, T, S), _normal(B, S, D), SEEN)),
    attention.dot_scores: (attention.dot_scores, (_normal(B, T, D), _normal(B, S, D))),
    attention.general_scores: (attention.general_scores, (_normal(B, T, D), _normal(B, S, H), _normal(D, H))),
    attention.additive_scores: (
        attention.additive_scores,
        (_normal(B, T, D), _normal(B, S, H), attention.AdditiveParams(_normal(D, 2), _normal(H, 2), _normal(2))),
    ),
    sequence.bidirectional: (
        lambda *given: sequence.bidirectional(cells.gru_step, given[0], given[1:3], given[3:5], given[5]),
        (_normal(B, T, D), _state(), _state(), GRU, cells.init_gru_params(D, H, RNG), LENGTHS),
    ),
    decoding.caption_start: (
        lambda code, state, params: decoding.caption_start(cells.gru_step, code, state, CAPTION._replace(cell=params)),
        (_normal(B, D), _state(), GRU),
    ),
    decoding.caption_step: (
        partial(decoding.caption_step, cells.gru_step),
        (np.array([2, 0]), _state(), CAPTION),
    ),
    decoding.encode_source: (decoding.encode_source, (IDS, LENGTHS, TRANSLATOR.encoder)),
    decoding.decode_step: (
        lambda h, keys, params: decoding.decode_step(
            _like(np.array([2, 0]), h), decoding.DecoderState(h, keys, _like(SEEN[:, 0], h)), params
        ),
        (_normal(B, H), _normal(B, S, 2 * H), TRANSLATOR.decoder),
    ),
    decoding.teacher_forced_loss: (
        lambda state: decoding.teacher_forced_loss(_writes, state, _like(IDS, state), _like(MASK, state)),
        (_normal(B, K),),
    ),
    **{cell.step: (cell.step, _cell_of(cell)) for cell in CELLS if not cell.options},
    cells.clockwork_step: (
        lambda x, h, params: CLOCK(x, cells.ClockworkState(h, 2), params),
        (_normal(B, D), _normal(B, H), RNN),
    ),
    cells.min_gru_scan: (
        cells.min_gru_scan,
        (_normal(B, T, D), _state(), cells.init_min_gru_params(D, H, RNG)),
    ),
    cells.signed_recurrence: (
        cells.signed_recurrence,
        (_normal(B, T, D), _state(), cells.init_min_gru_params(D, H, RNG)),
    ),
    cells.stack_params: (cells.stack_params, (RNN,)),
    cells.rnn_step_stacked: (cells.rnn_step_stacked, (_normal(B, D), _state(), cells.stack_params(RNN))),
    **{cell.from_torch: _from_torch(cell) for cell in CELLS if cell.from_torch},
    **{cell.to_torch: (cell.to_torch, (cell.init_params(D, H, RNG),)) for cell in CELLS if cell.to_torch},
    learning.clip_by_value: (partial(learning.clip_by_value, limit=0.5), ((_normal(2, 3), _normal(3)),)),
    learning.clip_by_norm: (partial(learning.clip_by_norm, limit=0.5), ((_normal(2, 3), _normal(3)),)),
    learning.spectral_norm: (learning.spectral_norm, (_normal(2, 3, 3),)),
    weights.orthogonal_init: (weights.orthogonal_init, (_normal(3, 3),)),
    sequence.conv_to_sequence: (sequence.conv_to_sequence, (_normal(B, 2, 3, 4),)),
    decoding.ctc_forward: (
        lambda *given: decoding.ctc_forward(*given).log_likelihood,
        (LOG_PROBS.copy(), np.array([[1], [2]]), LENGTHS, [1, 1]),
    ),
    decoding.ctc_loss: (decoding.ctc_loss, (LOG_PROBS.copy(), np.array([[1], [2]]), LENGTHS, [1, 1])),
    decoding.next_log_probs: (partial(decoding.next_log_probs, _writes), (np.array([0, 1]), _normal(B, K))),
    decoding.sentence_logprob: (
        lambda state, start, ids: decoding.sentence_logprob(_writes, state, start, ids),
        (_normal(B, K), np.array([0, 1]), IDS),
    ),
    sequence.embedding_forward: (sequence.embedding_forward, (IDS, _normal(K, D))),
    memory.energy: (memory.energy, (_normal(B, H), _normal(H, H))),
    sequence.readout: (sequence.readout, (_normal(B, H), OUT)),
    sequence.many_to_many: (partial(sequence.many_to_many, cells.rnn_step), (*GIVEN, OUT)),
    sequence.many_to_one: (partial(sequence.many_to_one, cells.rnn_step), (*GIVEN, OUT)),
    sequence.one_to_many: (
        partial(sequence.one_to_many, cells.rnn_step, T=T),
        (_normal(B, D), _state(), RNN, OUT),
    ),
    sequence.encoder_decoder: (
        partial(sequence.encoder_decoder, cells.rnn_step, T=2),
        (_normal(B, T, D), _normal(B, D), _state(), RNN, cells.init_rnn_params(D, H, RNG), OUT),
    ),
    base.linear_recurrence: (
        base.linear_recurrence,
        (_normal(B, T, H), _normal(B, T, H), _normal(B, H)),
    ),
    attention.predict_positions: (
        attention.predict_positions,
        (_normal(B, T, D), _normal(B, S, H), [4, 2], attention.PositionParams(_normal(D, 2), _normal(2))),
    ),
    attention.local_attention: (
        lambda scores, values, positions, mask: attention.local_attention(scores, values, positions, 1.5, mask),
        (_normal(B, T, S), _normal(B, S, D), RNG.uniform(0, 2, size=(B, T)), SEEN),
    ),
    base.log_sum_exp: (base.log_sum_exp, (_normal(2, 3),)),
    base.log_softmax: (base.log_softmax, (_normal(2, 3),)),
    learning.sequence_cross_entropy: (learning.sequence_cross_entropy, (_normal(B, T, K), IDS, MASK)),
    learning.tag_loss: (learning.tag_loss, (_normal(B, T, K), IDS, MASK, RNG.uniform(1, 2, size=K))),
    learning.mean_squared_error: (learning.mean_squared_error, (_normal(B, T, K), _normal(B, T, K), MASK)),
    sequence.lstm_forward: (sequence.lstm_forward, (_normal(B, T, D), CELL(), LSTM)),
    weights.set_forget_bias: (lambda params: weights.set_forget_bias(params, 1.0), (LSTM,)),
    sequence.trace: (lambda hs: sequence.trace(hs, LSTM_CACHES).h, (_normal(B, T, H),)),
    sequence.reverse_padded: (sequence.reverse_padded, (_normal(B, T, D), LENGTHS)),
    sequence.unroll_padded: (
        lambda xs, state, params, lengths: sequence.unroll_padded(cells.gru_step, xs, state, params, lengths)[:2],
        (_normal(B, T, D), _state(), GRU, LENGTHS),
    ),
    learning.l1_l2_penalty: (partial(learning.l1_l2_penalty, l1=0.5, l2=0.3), (GRU,)),
    sequence.last_valid: (sequence.last_valid, (_normal(B, T, H), [1, 3])),
    sequence.pool_states: (sequence.pool_states, (_normal(B, T, H), MASK)),
    decoding.with_temperature: (partial(decoding.with_temperature, temperature=0.7), (_normal(B, K),)),
    attention.self_attention: (
        attention.self_attention,
        (_normal(B, T, D), attention.SelfAttentionParams(*_normal(3, D, 2)), MASK),
    ),
    sequence.stack_layers: (
        _layers,
        (_normal(B, T, D), _state(), _state(), RNN, cells.init_rnn_params(H, H, RNG)),
    ),
    weights.layers_to_torch: (
        lambda one, other: weights.layers_to_torch([(one,), (other,)], cells.rnn_to_torch),
        (RNN, cells.init_rnn_params(H, H, RNG)),
    ),
    weights.layers_from_torch: (
        lambda *given: weights.layers_from_torch(dict(zip(TORCH_NAMES, given, strict=True)), cells.rnn_from_torch),
        (_normal(H, D), _normal(H, H), _normal(H), _normal(H)),
    ),
    sequence.compose: (
        sequence.compose,
        (_normal(B, H), _normal(B, H), sequence.TreeParams(_normal(2 * H, H), _normal(H))),
    ),
    sequence.tree_rnn: (
        partial(sequence.tree_rnn, ((0, 1), 2)),
        (_normal(K, H), sequence.TreeParams(_normal(2 * H, H), _normal(H))),
    ),
    sequence.forest_rnn: (
        partial(sequence.forest_rnn, [((0, 1), 2), 1]),
        (_normal(K, H), sequence.TreeParams(_normal(2 * H, H), _normal(H))),
    ),
    sequence.unroll: (lambda *given: sequence.unroll(cells.rnn_step, *given)[:2], GIVEN),
    weights.flip_update_gate: (weights.flip_update_gate, (GRU,)),
    sequence.video_features: (
        lambda films: sequence.video_features(lambda pictures: pictures[:, 0, 0], films),
        (_normal(B, T, 1, 2, 2),),
    ),
    base.stack: (lambda a, b: base.stack([a, b], axis=1), (_normal(2, 3), _normal(2, 3))),
    base.concat: (lambda a, b: base.concat([a, b], axis=1), (_normal(2, 3), _normal(2, 1))),
}
"""For each function a call of it, and arguments; among them those that a gradient may be taken of."""


def _of_step(cell):
    """A step, its arguments, and its gradients by hand."""
    return (
        lambda *given: cell.step(*given)[0],
        _cell_of(cell),
        lambda dstate, *given: cell.step_backward(dstate, cell.step(*given)[1]),
    )


def _truncated(dlast, params):
    caches = sequence.unroll(cells.rnn_step, GIVEN[0], STATE, params)[2]
    dhs = np.zeros((B, T, H))
    return learning.truncated_bptt(cells.rnn_step_backward, dhs, dlast, caches, T, T)


BY_HAND = {
    **{cell.step_backward: _of_step(cell) for cell in CELLS if cell.step_backward},
    learning.backpropagate: (
        lambda *given: sequence.unroll(cells.rnn_step, *given)[:2],
        GIVEN,
        lambda dys, *given: learning.backpropagate(
            cells.rnn_step_backward, *dys, sequence.unroll(cells.rnn_step, *given)[2]
        ),
    ),
    learning.truncated_bptt: (
        lambda params: sequence.unroll(cells.rnn_step, GIVEN[0], STATE, params)[1],
        (RNN,),
        _truncated,
    ),
    sequence.lstm_backward: (
        lambda *given: sequence.lstm_forward(*given)[:2],
        (_normal(B, T, D), CELL(), LSTM),
        lambda dys, *given: sequence.lstm_backward(*dys, sequence.lstm_forward(*given)[2]),
    ),
    sequence.embedding_backward: (
        partial(sequence.embedding_forward, IDS),
        (_normal(K, D),),
        lambda dxs, W: sequence.embedding_backward(dxs, IDS, W),
    ),
    learning.readout_backward: (
        sequence.readout,
        (_normal(B, T, H), OUT),
        learning.readout_backward,
    ),
    learning.sequence_cross_entropy_backward: (
        lambda scores: learning.sequence_cross_entropy(scores, IDS, MASK),
        (_normal(B, T, K),),
        lambda dy, scores: dy * learning.sequence_cross_entropy_backward(scores, IDS, MASK),
    ),
    learning.mean_squared_error_backward: (
        lambda ys: learning.mean_squared_error(ys, GIVEN[0], MASK),
        (_normal(B, T, D),),
        lambda dy, ys: dy * learning.mean_squared_error_backward(ys, GIVEN[0], MASK),
    ),
    learning.l1_l2_gradient: (
        partial(learning.l1_l2_penalty, l1=0.5, l2=0.3),
        (GRU,),
        lambda dy, params: base.map_tree(lambda g: dy * g, learning.l1_l2_gradient(params, 0.5, 0.3)),
    ),
}
"""For each backward function the forward one, its arguments, and their gradients from that of its result."""

NOT_DIFFERENTIABLE = {
    "tokens, labels or counts come out": [
        decoding.beam_search,
        metrics.bleu,
        base.class_weights,
        base.one_hot,
        decoding.ctc_beam,
        decoding.ctc_collapse,
        decoding.ctc_greedy,
        decoding.ctc_places,
        decoding.greedy_decode,
        memory.chunk,
        memory.expand,
        memory.surprises,
        sequence.count_params,
        cells.param_count,
        metrics.choose_threshold,
        metrics.precision_recall_f1,
        decoding.draw,
        decoding.rank_tokens,
        decoding.sample,
    ],
    "true and false, a mask, signs or -∞ come out": [
        sequence.dropout_mask,
        memory.hopfield_train,
        memory.recall,
        attention.window,
        sequence.diagnose_notes_cell,
        sequence.length_mask,
        decoding.keep_nucleus,
        decoding.keep_top_k,
        decoding.rule_out,
    ],
    "a number for people comes out": [metrics.mase, metrics.bits_per_character, metrics.perplexity],
    "nothing real goes in": [
        *{made for cell in CELLS for made in (cell.init_params, cell.init_state)},
        base.uniform_weights,
        base.zeros,
        base.zeros_like,
        sequence.init_readout_params,
        weights.identity_init,
        decoding.init_seq2seq_params,
    ],
    "it is a tool": [
        base.array_namespace,
        base.require_shape,
        base.require_kind,
        learning.gradient_check,
        learning.central_difference,
        learning.relative_error,
        learning.jacobian_norms,
        learning.require_targets,
        learning.run_epoch,
        decoding.require_scores,
        base.leaves,
        base.map_tree,
    ],
}


def _name(function):
    return function.__name__


def _real(tree):
    return [leaf for leaf in base.leaves(tree) if str(getattr(leaf, "dtype", "")).endswith("float64")]


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
    dys = base.map_tree(lambda y: np.cos(np.arange(np.size(y))).reshape(np.shape(y)), outputs)
    errors = learning.gradient_check(
        lambda _: float(_weigh(forward(*given))),
        dict(enumerate(_real(given))),
        dict(enumerate(_real(gradients(dys, *given)))),
    )
    assert errors
    assert max(errors.values()) < 1e-7


def _replaced(given, which, new):
    """The arguments with another leaf at one place."""
    count = iter(range(10**6))
    return base.map_tree(lambda leaf: new(leaf) if next(count) == which else leaf, given)


def _spoilt(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


UNREAD = {attention.predict_positions: {1}, learning.l1_l2_penalty: {2, 3}}
"""Which arguments are not looked at: keys, of which only the size counts, and biases, which go free."""


@pytest.mark.parametrize("function", DIFFERENTIABLE, ids=_name)
def test_nan_shows_or_is_refused(function):
    call, given = DIFFERENTIABLE[function]
    for place, leaf in enumerate(base.leaves(given)):
        if getattr(leaf, "dtype", None) != np.float64 or place in UNREAD.get(function, ()):
            continue
        try:
            outputs = call(*_replaced(given, place, _spoilt))
        except ValueError as error:
            assert "NaN" in str(error)  # noqa: PT017
        else:
            assert any(np.isnan(out).any() for out in _real(outputs)), f"argument {place} hides it"


@pytest.mark.parametrize("value", [0.0, 1e-300, 1e300, np.inf, -np.inf])
@pytest.mark.parametrize("function", DIFFERENTIABLE, ids=_name)
def test_extreme_entries_are_answered_or_refused(function, value):
    """Arrays filled with one value: the result has its shape, and shows no NaN that finite numbers do not ask for."""
    call, given = DIFFERENTIABLE[function]
    usual = [np.shape(out) for out in _real(call(*given))]
    for place, leaf in enumerate(base.leaves(given)):
        if getattr(leaf, "dtype", None) != np.float64:
            continue
        with np.errstate(all="ignore"):
            try:
                outputs = _real(call(*_replaced(given, place, lambda array: np.full_like(array, value))))
            except ValueError as error:
                assert "got" in str(error)  # noqa: PT017
                continue
        assert [np.shape(out) for out in outputs] == usual
        if abs(value) < 1:
            assert not any(np.isnan(out).any() for out in outputs), f"argument {place}"


@pytest.mark.parametrize("function", [f for f in DIFFERENTIABLE if f is not learning.clip_by_value], ids=_name)
def test_whole_numbers_are_taken_as_real_ones_or_refused(function):
    """But for `clip_by_value`, which keeps the dtype of gradients: whole numbers stay whole."""
    call, given = DIFFERENTIABLE[function]
    for place, leaf in enumerate(base.leaves(given)):
        if getattr(leaf, "dtype", None) != np.float64:
            continue
        ones = _real(call(*_replaced(given, place, np.ones_like)))
        try:
            outputs = call(*_replaced(given, place, lambda array: np.ones(array.shape, dtype=int)))
        except ValueError as error:
            assert "got" in str(error)  # noqa: PT017
            continue
        got = [out for out in base.leaves(outputs) if hasattr(out, "dtype")]
        for a, b in zip(ones, [out for out in got if out.dtype.kind in "fi"], strict=False):
            assert np.allclose(a, b, equal_nan=True), f"argument {place}"


CHOICES = {
    decoding.ctc_greedy: lambda scores: decoding.ctc_greedy(scores[:, None], [1, 1]),
    decoding.greedy_decode: lambda scores: decoding.greedy_decode(_writes, scores, np.array([0, 0]), 0, 2),
    decoding.beam_search: lambda scores: decoding.beam_search(_writes, scores[:1], np.array([0]), 0, 2, 2),
    decoding.draw: lambda scores: decoding.draw(scores, np.full(B, 0.5)),
    decoding.sample: lambda scores: decoding.sample(_writes, scores, np.array([0, 0]), np.full((B, 2), 0.5)),
    memory.surprises: lambda scores: memory.surprises(_writes, scores, IDS),
    memory.recall: lambda scores: memory.recall(np.sign(scores), np.eye(K), np.arange(K)),
}
"""What turns numbers into a choice, where NaN could not be seen."""


@pytest.mark.parametrize("function", CHOICES, ids=_name)
def test_no_choice_is_made_by_nan(function):
    scores = _normal(B, K)
    CHOICES[function](scores)
    with pytest.raises(ValueError, match=r"must be (numbers; got NaN|1 and -1 only; got other)"):
        CHOICES[function](_spoilt(scores))


ANY_SHAPE = {
    base.sigmoid,
    base.tanh,
    base.softmax,
    base.log_sum_exp,
    base.log_softmax,
    learning.clip_by_norm,
    learning.clip_by_value,
    sequence.embedding_forward,
    sequence.trace,
    sequence.readout,
    decoding.with_temperature,
    base.stack,
    base.concat,
    cells.gru_from_torch,
    cells.from_torch,
    cells.rnn_from_torch,
    weights.layers_from_torch,
}
"""Functions whose arguments may have any shape, or are a `state_dict` that torch has made."""


def _weights(argument):
    return type(argument).__name__.endswith("Params")


@pytest.mark.parametrize("function", [f for f in DIFFERENTIABLE if f not in ANY_SHAPE], ids=_name)
def test_an_axis_too_many_is_named(function, library):
    call, given = DIFFERENTIABLE[function]
    given, of_weights = list(given), [_weights(argument) for argument in given]
    for which, argument in enumerate(given):
        for place, leaf in enumerate(base.leaves(argument)):
            if of_weights[which] or not hasattr(leaf, "shape"):
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


UNBOUND = {decoding.encode_source, sequence.bidirectional, cells.depth_gated_step}
"""Functions with sizes such as 2H in their signature, where no argument tells H."""


def test_calls_fit_their_signatures():
    """Run once more by the test below, where jaxtyping compares every shape with its annotation."""
    for function, (call, given) in DIFFERENTIABLE.items():
        if function not in UNBOUND:
            call(*given)
    for forward, given, gradients in BY_HAND.values():
        gradients(base.map_tree(lambda y: np.ones(np.shape(y)), forward(*given)), *given)


@pytest.mark.slow
def test_shapes_are_those_in_the_signatures():
    """In a process of its own, since jaxtyping must see `rnncore` first, and all calls are slower under it."""
    hook = "--jaxtyping-packages=rnncore.functional,beartype.beartype"
    chosen = f"{__file__}::{test_calls_fit_their_signatures.__name__}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", hook, chosen]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stdout[-3000:]


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

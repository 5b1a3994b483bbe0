"""The layouts of recurrent networks against the same networks made of torch modules."""

import numpy as np
import pytest
import torch

from rnncore.functional.cells import (
    LSTMState,
    RNNState,
    init_lstm_params,
    init_lstm_state,
    init_rnn_params,
    init_rnn_state,
    lstm_step,
    rnn_step,
    rnn_to_torch,
    to_torch,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import (
    count_params,
    encoder_decoder,
    init_readout_params,
    many_to_many,
    many_to_one,
    one_to_many,
    readout,
)


def _tensors(weights, suffix=""):
    return {name.removesuffix(suffix): torch.tensor(array) for name, array in weights.items()}


def _linear(params):
    H, K = params.W_y.shape
    layer = torch.nn.Linear(H, K, dtype=torch.float64)
    layer.load_state_dict({"weight": torch.tensor(params.W_y.T), "bias": torch.tensor(params.b_y)})
    return layer


def _cell(params, D, H):
    cell = torch.nn.RNNCell(D, H, dtype=torch.float64)
    cell.load_state_dict(_tensors(rnn_to_torch(params), "_l0"))
    return cell


@torch.no_grad()
def _write(cell, linear, x, h, T):
    """What a one-to-many network writes, one torch step after the other."""
    ys = []
    for _ in range(T):
        h = cell(x, h)
        x = linear(h)
        ys.append(x)
    return torch.stack(ys, dim=1)


@pytest.mark.parametrize("K", [1, 3])
def test_many_to_many_and_many_to_one(sizes, library, rng, K):
    B, T, D, H = sizes
    xs = rng.normal(size=(B, T, D))
    out_params = init_readout_params(H, K, rng)
    params, h_0 = init_rnn_params(D, H, rng), rng.normal(size=(B, H))
    layer = torch.nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    layer.load_state_dict(_tensors(rnn_to_torch(params)))
    with torch.no_grad():
        expected = _linear(out_params)(layer(torch.tensor(xs), torch.tensor(h_0[None]))[0])

    given = library(xs), RNNState(library(h_0)), library(params), library(out_params)
    assert relative_error(many_to_many(rnn_step, *given), expected) < 1e-9
    assert relative_error(many_to_one(rnn_step, *given), expected[:, -1]) < 1e-9


def test_layouts_take_any_cell(rng):
    B, T, D, H, K = 2, 5, 3, 4, 2
    xs, params, out_params = (
        rng.normal(size=(B, T, D)),
        init_lstm_params(D, H, rng),
        init_readout_params(H, K, rng),
    )
    layer = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.float64)
    layer.load_state_dict(_tensors(to_torch(params)))
    with torch.no_grad():
        expected = _linear(out_params)(layer(torch.tensor(xs))[0])
    ys = many_to_many(lstm_step, xs, init_lstm_state(B, H), params, out_params)
    assert relative_error(ys, expected) < 1e-9


def test_one_to_many_feeds_its_outputs_back(sizes, library, rng):
    B, T, D, H = sizes
    x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
    params, out_params = init_rnn_params(D, H, rng), init_readout_params(H, D, rng)
    cell = _cell(params, D, H)
    expected = _write(cell, _linear(out_params), torch.tensor(x), torch.tensor(h), T)
    ys = one_to_many(rnn_step, library(x), RNNState(library(h)), library(params), library(out_params), T)
    assert relative_error(ys, expected) < 1e-9


@pytest.mark.parametrize("T", [1, 4])
def test_encoder_decoder_writes_from_the_summary(sizes, library, rng, T):
    B, S, D, H = sizes
    K = 2
    xs, start, h_0 = rng.normal(size=(B, S, D)), rng.normal(size=(B, K)), rng.normal(size=(B, H))
    encoder, decoder = init_rnn_params(D, H, rng), init_rnn_params(K, H, rng)
    out_params = init_readout_params(H, K, rng)
    layer = torch.nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    layer.load_state_dict(_tensors(rnn_to_torch(encoder)))
    with torch.no_grad():
        summary = layer(torch.tensor(xs), torch.tensor(h_0[None]))[1][0]
    expected = _write(_cell(decoder, K, H), _linear(out_params), torch.tensor(start), summary, T)
    ys = encoder_decoder(
        rnn_step,
        library(xs),
        library(start),
        RNNState(library(h_0)),
        library(encoder),
        library(decoder),
        library(out_params),
        T,
    )
    assert relative_error(ys, expected) < 1e-9


@pytest.mark.parametrize(("D", "H", "K"), [(1, 1, 1), (3, 5, 2), (10, 1, 7)])
def test_count_params_counts_the_arrays(D, H, K, rng):
    arrays = [*init_rnn_params(D, H, rng), *init_readout_params(H, K, rng)]
    assert count_params(D, H, K) == sum(array.size for array in arrays)


def test_wrong_layouts_are_named(rng):
    params, out_params = init_rnn_params(3, 4, rng), init_readout_params(4, 2, rng)
    with pytest.raises(ValueError, match=r"the last axis of h must be 4; got shape \(2, 3\)"):
        readout(np.zeros((2, 3)), out_params)
    with pytest.raises(ValueError, match=r"x must be \(B, 2\); got \(1, 3\)"):
        one_to_many(rnn_step, np.zeros((1, 3)), init_rnn_state(1, 4), params, out_params, 2)
    with pytest.raises(ValueError, match="T must be at least 1; got 0"):
        one_to_many(rnn_step, np.zeros((1, 3)), init_rnn_state(1, 4), params, init_readout_params(4, 3, rng), 0)


def test_states_are_empty_memories():
    assert isinstance(init_lstm_state(2, 3), LSTMState)
    assert np.array_equal(init_rnn_state(2, 3).h, np.zeros((2, 3)))

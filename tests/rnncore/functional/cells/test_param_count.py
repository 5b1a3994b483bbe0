"""Counts of weights, against arrays made and torch's modules."""

import numpy as np
import pytest
import torch

from rnncore.functional.cells import (
    init_coupled_lstm_params,
    init_depth_gated_params,
    init_gru_params,
    init_gru_reset_before_params,
    init_lstm_params,
    init_mut1_params,
    init_peephole_lstm_params,
    init_rnn_params,
    param_count,
)

FRESH = {
    "rnn": init_rnn_params,
    "lstm": init_lstm_params,
    "coupled_lstm": init_coupled_lstm_params,
    "peephole_lstm": init_peephole_lstm_params,
    "depth_gated": init_depth_gated_params,
    "gru": init_gru_params,
    "gru_reset_before": init_gru_reset_before_params,
    "mut1": init_mut1_params,
}


@pytest.mark.parametrize("cell", FRESH)
@pytest.mark.parametrize(("D", "H"), [(1, 1), (1, 3), (3, 1), (5, 4)])
def test_the_count_is_that_of_the_arrays(cell, D, H):
    arrays = FRESH[cell](D, H, np.random.default_rng(0))
    assert param_count(cell, D, H) == sum(array.size for array in arrays)


@pytest.mark.parametrize(("cell", "module", "biases"), [("rnn", "RNN", 1), ("lstm", "LSTM", 4), ("gru", "GRU", 2)])
def test_torch_has_a_second_bias(cell, module, biases):
    in_torch = sum(weight.numel() for weight in getattr(torch.nn, module)(5, 4).parameters())
    assert param_count(cell, 5, 4) == in_torch - biases * 4


def test_an_unknown_cell_is_named():
    with pytest.raises(ValueError, match=r"cell must be one of rnn, .*; got 'esn'"):
        param_count("esn", 2, 3)

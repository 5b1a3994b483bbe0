"""Counts of weights, against arrays made and torch's modules."""

import pytest
import torch

from rnncore.functional.cells import CELLS, param_count

TAUGHT = "rnn", "lstm", "coupled_lstm", "peephole_lstm", "depth_gated", "gru", "gru_reset_before", "mut1"


@pytest.mark.parametrize("cell", TAUGHT)
@pytest.mark.parametrize(("D", "H"), [(1, 1), (1, 3), (3, 1), (5, 4)])
def test_the_count_is_that_of_the_arrays(cell, D, H):
    assert CELLS[cell].count_params(D, H) == param_count(cell, D, H)


@pytest.mark.parametrize(("D", "H"), [(1, 1), (5, 4)])
def test_cells_that_are_counted_by_their_arrays_alone(D, H):
    assert CELLS["relu_rnn"].count_params(D, H) == CELLS["clockwork"].count_params(D, H) == param_count("rnn", D, H)
    assert CELLS["min_gru"].count_params(D, H) == 2 * (D * H + H)


@pytest.mark.parametrize(("cell", "module", "biases"), [("rnn", "RNN", 1), ("lstm", "LSTM", 4), ("gru", "GRU", 2)])
def test_torch_has_a_second_bias(cell, module, biases):
    in_torch = sum(weight.numel() for weight in getattr(torch.nn, module)(5, 4).parameters())
    assert param_count(cell, 5, 4) == in_torch - biases * 4


def test_an_unknown_cell_is_named():
    with pytest.raises(ValueError, match=r"cell must be one of rnn, .*; got 'esn'"):
        param_count("esn", 2, 3)

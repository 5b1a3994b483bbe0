"""Counts of weights, against arrays made and torch's modules."""

import pytest
import torch

from rnncore.functional.cells import CELLS, param_count

RELATIVES = {"relu_rnn": "rnn", "clockwork": "rnn"}
"""Cells that `param_count` does not name, with the cell whose weights they have."""


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("D", "H"), [(1, 1), (1, 3), (3, 1), (5, 4)])
def test_the_count_is_that_of_the_arrays(cell, D, H):
    counted = CELLS[cell].count_params(D, H)
    assert counted == (2 * (D * H + H) if cell == "min_gru" else param_count(RELATIVES.get(cell, cell), D, H))


@pytest.mark.parametrize(("cell", "module", "biases"), [("rnn", "RNN", 1), ("lstm", "LSTM", 4), ("gru", "GRU", 2)])
def test_torch_has_a_second_bias(cell, module, biases):
    in_torch = sum(weight.numel() for weight in getattr(torch.nn, module)(5, 4).parameters())
    assert param_count(cell, 5, 4) == in_torch - biases * 4


def test_an_unknown_cell_is_named():
    with pytest.raises(ValueError, match=r"cell must be one of rnn, .*; got 'esn'"):
        param_count("esn", 2, 3)

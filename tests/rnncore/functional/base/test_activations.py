"""Activations against torch's, and where exp would overflow."""

from typing import NamedTuple

import numpy as np
import torch

from rnncore.functional.base import sigmoid, softmax, tanh
from rnncore.functional.cells import (
    LSTMState,
    RNNState,
    from_torch,
    gru_from_torch,
    gru_step,
    gru_step_backward,
    gru_step_reset_before,
    gru_step_reset_before_backward,
    gru_to_torch,
    init_gru_params,
    init_gru_reset_before_params,
    init_lstm_params,
    init_rnn_params,
    lstm_step,
    lstm_step_backward,
    relu_rnn_step,
    relu_rnn_step_backward,
    rnn_from_torch,
    rnn_step,
    rnn_step_backward,
    rnn_step_stacked,
    rnn_to_torch,
    stack_params,
    to_torch,
)
from rnncore.functional.learning import relative_error


class Cell(NamedTuple):
    """Ours and, where torch has the cell, its layer and the way of the weights there and back."""

    step: object
    backward: object
    fresh: object
    state: type
    layer: object = None
    to_torch: object = None
    from_torch: object = None


CELLS = {
    "RNN": Cell(rnn_step, rnn_step_backward, init_rnn_params, RNNState, torch.nn.RNN, rnn_to_torch, rnn_from_torch),
    "relu RNN": Cell(
        relu_rnn_step,
        relu_rnn_step_backward,
        init_rnn_params,
        RNNState,
        lambda *args, **options: torch.nn.RNN(*args, nonlinearity="relu", **options),
        rnn_to_torch,
        rnn_from_torch,
    ),
    "LSTM": Cell(lstm_step, lstm_step_backward, init_lstm_params, LSTMState, torch.nn.LSTM, to_torch, from_torch),
    "GRU": Cell(gru_step, gru_step_backward, init_gru_params, RNNState, torch.nn.GRU, gru_to_torch, gru_from_torch),
    "GRU, reset before": Cell(
        gru_step_reset_before, gru_step_reset_before_backward, init_gru_reset_before_params, RNNState
    ),
}


def test_activations_agree_with_torch_and_do_not_overflow():
    a = np.array([-1e4, -30.0, -1.0, 0.0, 1.0, 30.0, 1e4])
    t = torch.tensor(a)
    with np.errstate(all="raise", under="ignore"):
        assert relative_error(sigmoid(a), torch.sigmoid(t)) < 1e-12
        assert relative_error(tanh(a), torch.tanh(t)) < 1e-12
        assert relative_error(softmax(a), torch.softmax(t, dim=-1)) < 1e-12


STEPS = {name: (cell.step, cell.fresh, cell.state) for name, cell in CELLS.items()}

STEPS["stacked RNN"] = rnn_step_stacked, lambda *given: stack_params(init_rnn_params(*given)), RNNState

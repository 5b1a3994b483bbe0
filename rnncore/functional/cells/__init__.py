"""The cells: one pure step each, `state, cache = step(x, state, params)`, and its backward step."""

from rnncore.functional.cells.lstm import (
    LSTMCache,
    LSTMParams,
    LSTMState,
    lstm_step,
    lstm_step_backward,
)
from rnncore.functional.cells.rnn import (
    RNNCache,
    RNNParams,
    RNNState,
    StackedParams,
    rnn_step,
    rnn_step_backward,
    rnn_step_stacked,
    stack_params,
)

__all__ = [
    "LSTMCache",
    "LSTMParams",
    "LSTMState",
    "RNNCache",
    "RNNParams",
    "RNNState",
    "StackedParams",
    "lstm_step",
    "lstm_step_backward",
    "rnn_step",
    "rnn_step_backward",
    "rnn_step_stacked",
    "stack_params",
]

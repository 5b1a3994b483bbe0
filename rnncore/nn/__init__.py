"""Recurrent networks as torch modules."""

from rnncore.nn.rnn import GRU, LSTM, RNN
from rnncore.nn.variants import (
    MUT1,
    ClockworkRNN,
    CoupledLSTM,
    GRUResetBefore,
    MinGRU,
    PeepholeLSTM,
)

__all__ = [
    "GRU",
    "LSTM",
    "MUT1",
    "RNN",
    "ClockworkRNN",
    "CoupledLSTM",
    "GRUResetBefore",
    "MinGRU",
    "PeepholeLSTM",
]

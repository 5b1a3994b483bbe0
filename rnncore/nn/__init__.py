"""Recurrent networks as torch modules."""

from rnncore.nn.depth_gated import DepthGatedLSTM
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
    "DepthGatedLSTM",
    "GRUResetBefore",
    "MinGRU",
    "PeepholeLSTM",
]

"""Recurrent networks as torch modules."""

from rnncore.nn.rnn import GRU, LSTM, RNN

__all__ = ["GRU", "LSTM", "RNN"]

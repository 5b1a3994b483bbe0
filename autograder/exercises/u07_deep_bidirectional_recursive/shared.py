"""Inputs, oracles and laid-open parts that several exercises of Unit 7 share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnncore.functional.cells import LSTMState, RNNState
from rnncore.functional.cells.lstm import init_lstm_params, to_torch
from rnncore.functional.cells.rnn import init_rnn_params, rnn_to_torch
from rnncore.functional.weights.torch_layers import layers_to_torch


def draw_rnn_state(rng: np.random.Generator, B: int, H: int) -> RNNState:
    return RNNState(rng.uniform(-1, 1, size=(B, H)))


def draw_lstm_state(rng: np.random.Generator, B: int, H: int) -> LSTMState:
    return LSTMState(rng.uniform(-1, 1, size=(B, H)), rng.normal(size=(B, H)))


def torch_layer_values(
    xs: np.ndarray, states: Sequence[Any], layers: Sequence[Sequence[Any]], lengths: Sequence[int]
) -> tuple[np.ndarray, list[Any]]:
    """The oracle: torch's own deep networks on packed sequences, in float64.

    Layers are rows of one or two directions; states and last states are in that order too.
    """
    kind: Any = torch.nn.RNN if isinstance(states[0], RNNState) else torch.nn.LSTM
    write = rnn_to_torch if isinstance(states[0], RNNState) else to_torch
    D, H = layers[0][0].W_x.shape[0], layers[0][0].W_h.shape[0]
    options = {"bidirectional": len(layers[0]) == 2, "batch_first": True, "dtype": torch.float64}
    network = kind(D, H, len(layers), **options)
    network.load_state_dict({k: torch.tensor(v) for k, v in layers_to_torch(layers, write).items()})
    first = tuple(torch.tensor(np.stack(parts)) for parts in zip(*states, strict=True))
    packed = pack_padded_sequence(torch.tensor(xs), torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    with torch.no_grad():
        out, last = network(packed, first if len(first) == 2 else first[0])
    hs, _ = pad_packed_sequence(out, batch_first=True, total_length=xs.shape[1])
    parts = last if isinstance(last, tuple) else (last,)
    ends = [type(states[0])(*(part[k].numpy() for part in parts)) for k in range(len(states))]
    return hs.numpy(), ends


def nested(rng: np.random.Generator) -> Any:
    """Weights as a model might keep them: the readout's in a dictionary, two cells in a list."""
    cells = [init_rnn_params(2, 3, rng), init_lstm_params(3, 2, rng)]
    return {"cells": cells, "readout": (rng.normal(size=(2, 4)), rng.normal(size=4))}

"""Inputs, oracles and laid-open parts that several exercises of Unit 2 share."""

import functools
from typing import Any

import numpy as np
import torch

from rnncore.functional.cells import LSTMParams, LSTMState, RNNParams, RNNState
from rnncore.functional.cells.lstm import to_torch
from rnncore.functional.cells.rnn import rnn_to_torch
from rnncore.functional.sequence.layouts import ReadoutParams
from rnncore.functional.sequence.unroll import unroll


def draw_rnn_state(rng: np.random.Generator, B: int, H: int) -> RNNState:
    return RNNState(rng.uniform(-1, 1, size=(B, H)))


def draw_lstm_state(rng: np.random.Generator, B: int, H: int) -> LSTMState:
    return LSTMState(rng.uniform(-1, 1, size=(B, H)), rng.normal(size=(B, H)))


def torch_rnn(xs: np.ndarray, state: RNNState, params: RNNParams) -> tuple[np.ndarray, RNNState]:
    """The oracle: torch's own RNN, in float64."""
    layer = torch.nn.RNN(*params.W_x.shape, batch_first=True, dtype=torch.float64)
    layer.load_state_dict({name: torch.tensor(value) for name, value in rnn_to_torch(params).items()})
    with torch.no_grad():
        hs, h = layer(torch.tensor(xs), torch.tensor(state.h)[None])
    return hs.numpy(), RNNState(h[0].numpy())


def torch_lstm(xs: np.ndarray, state: LSTMState, params: LSTMParams) -> tuple[np.ndarray, LSTMState]:
    """The oracle: torch's own LSTM, in float64."""
    layer = torch.nn.LSTM(params.W_x.shape[0], len(params.W_h), batch_first=True, dtype=torch.float64)
    layer.load_state_dict({name: torch.tensor(value) for name, value in to_torch(params).items()})
    with torch.no_grad():
        hs, (h, c) = layer(torch.tensor(xs), (torch.tensor(state.h)[None], torch.tensor(state.c)[None]))
    return hs.numpy(), LSTMState(h[0].numpy(), c[0].numpy())


def readout_by_torch(h: np.ndarray, params: ReadoutParams) -> np.ndarray:
    """The oracle: torch's own linear layer, in float64."""
    weights = torch.tensor(params.W_y.T), torch.tensor(params.b_y)
    return torch.nn.functional.linear(torch.tensor(h), *weights).numpy()


def torch_writing(x: np.ndarray, state: Any, params: Any, readout_weights: ReadoutParams, T: int) -> np.ndarray:
    """The oracle of one-to-many: torch's layer, run for one step at a time."""
    layer: Any = torch_rnn if isinstance(params, RNNParams) else torch_lstm
    ys = []
    for _ in range(T):
        hs, state = layer(x[:, None], state, params)
        x = readout_by_torch(hs[:, 0], readout_weights)
        ys.append(x)
    return np.stack(ys, axis=1)


def oracle_rnn_step(x: np.ndarray, state: RNNState, params: RNNParams) -> RNNState:
    return torch_rnn(x[:, None], state, params)[1]


MAX_STEPS = 64


@functools.wraps(unroll)
def short_unroll(step: Any, xs: np.ndarray, state: Any, params: Any) -> Any:
    """`unroll`, as it answers calls from a submission: no longer than the checks need."""
    if xs.shape[1] > MAX_STEPS:
        raise ValueError(f"xs must have at most {MAX_STEPS} steps here; got shape {xs.shape}")
    return unroll(step, xs, state, params)

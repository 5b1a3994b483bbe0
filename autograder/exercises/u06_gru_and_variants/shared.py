"""Inputs, oracles and laid-open parts that several exercises of Unit 6 share."""

import numpy as np
import torch
from torch import Tensor

from rnncore.functional.cells.gru_reset_before import GRUResetBeforeParams
from rnncore.functional.cells.lstm import LSTMState
from rnncore.functional.cells.rnn import RNNState

STEP_RESULT = "the new state", "the cache"


def tensors(*arrays: np.ndarray) -> list[Tensor]:
    return [torch.tensor(array) for array in arrays]


def draw_lstm_state(rng: np.random.Generator, B: int, H: int) -> LSTMState:
    return LSTMState(rng.normal(size=(B, H)), rng.normal(size=(B, H)))


def draw_rnn_state(rng: np.random.Generator, B: int, H: int) -> RNNState:
    return RNNState(rng.normal(size=(B, H)))


def published_gru(x: np.ndarray, state: RNNState, params: GRUResetBeforeParams, takes_new: bool = False) -> RNNState:
    """The oracle: the cell as the paper prints it, one matrix for each gate."""
    a, h = tensors(x, state.h)
    W, U, b = (torch.tensor(array).chunk(3, dim=-1) for array in params)
    r = torch.sigmoid(a @ W[0] + h @ U[0] + b[0])
    z = torch.sigmoid(a @ W[1] + h @ U[1] + b[1])
    candidate = torch.tanh(a @ W[2] + torch.einsum("bj,bj,jk->bk", r, h, U[2]) + b[2])
    new = torch.lerp(h, candidate, z) if takes_new else torch.lerp(candidate, h, z)
    return RNNState(new.numpy())

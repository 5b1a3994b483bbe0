"""Inputs, oracles and laid-open parts that several exercises of Unit 5 share."""

import numpy as np
import torch

from rnncore.functional.cells import LSTMParams, LSTMState
from rnncore.functional.cells.lstm import init_lstm_params, to_torch


def draw_state(rng: np.random.Generator, B: int, H: int) -> LSTMState:
    return LSTMState(rng.normal(size=(B, H)), rng.normal(size=(B, H)))


def draw_layer(rng: np.random.Generator, B: int, T: int, D: int, H: int):
    return rng.normal(size=(B, T, D)), draw_state(rng, B, H), init_lstm_params(D, H, rng)


def torch_layer(xs: torch.Tensor, state: LSTMState, params: LSTMParams):
    """The oracle: torch's own LSTM, in float64, as a function of its weights."""
    D, H = params.W_x.shape[0], params.W_h.shape[0]
    network = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.float64, device="meta")
    weights = {name: weight.contiguous() for name, weight in to_torch(params).items()}
    memory = (state.h[None], state.c[None])
    hs, (h, c) = torch.func.functional_call(network, weights, (xs, memory))
    return hs, LSTMState(h[0], c[0])


def torch_values(xs: np.ndarray, state: LSTMState, params: LSTMParams):
    tensors = [torch.tensor(array) for array in (xs, *state, *params)]
    hs, last = torch_layer(tensors[0], LSTMState(*tensors[1:3]), LSTMParams(*tensors[3:]))
    return hs.numpy(), LSTMState(last.h.numpy(), last.c.numpy())


def torch_gradients(layer, dhs: np.ndarray, dstate: LSTMState):
    """Gradients by torch's autograd, in the order and types that the student returns."""
    xs, state, params = layer
    leaves = [torch.tensor(array, requires_grad=True) for array in (xs, *state, *params)]
    hs, last = torch_layer(leaves[0], LSTMState(*leaves[1:3]), LSTMParams(*leaves[3:]))
    shown = torch.sum(hs * torch.tensor(dhs))
    kept = torch.sum(last.h * torch.tensor(dstate.h)) + torch.sum(last.c * torch.tensor(dstate.c))
    dxs, dh, dc, *dparams = (g.numpy() for g in torch.autograd.grad(shown + kept, leaves))
    return dxs, LSTMState(dh, dc), LSTMParams(*dparams)


STEP_GRADIENTS = "the gradient of x", "the gradient of the state before", "the gradients of the weights"

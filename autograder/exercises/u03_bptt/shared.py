"""Inputs, oracles and laid-open parts that several exercises of Unit 3 share."""

from typing import Any

import numpy as np
import torch

from rnncore.functional.cells import RNNParams, RNNState
from rnncore.functional.cells.rnn import init_rnn_params


def draw_batch(rng: np.random.Generator, B: int, T: int, K: int, lengths: list[int] | None = None):
    """Scores, right classes and a mask that is true at the first steps of each sequence."""
    scores, targets = 2.0 * rng.normal(size=(B, T, K)), rng.integers(0, K, size=(B, T))
    return scores, targets, np.arange(T) < np.array(lengths or [T] * B)[:, None]


def with_gaps(scores: np.ndarray, targets: np.ndarray, mask: np.ndarray):
    """The same batch where other steps count than the first ones of each sequence."""
    mask = np.zeros_like(mask)
    mask[:, ::2] = mask[1:, -1:] = True
    return scores, targets, mask


def torch_loss(scores: np.ndarray, targets: np.ndarray, mask: np.ndarray) -> tuple[Any, np.ndarray]:
    """The oracle: the likelihood of the steps that count, and torch's gradient of it."""
    logits = torch.from_numpy(scores).clone().requires_grad_()
    likelihood = torch.distributions.Categorical(logits=logits).log_prob(torch.from_numpy(np.where(mask, targets, 0)))
    mean_surprise = -likelihood[torch.from_numpy(mask)].mean()
    return mean_surprise.item(), torch.autograd.grad(mean_surprise, logits)[0].numpy()


Arrays = dict[str, np.ndarray]


STEP_GRADIENTS = "the gradient of x", "the gradient of the state before", "the gradients of the weights"


def draw_layer(rng: np.random.Generator, B: int, T: int, D: int, H: int):
    return rng.normal(size=(B, T, D)), RNNState(rng.normal(size=(B, H))), init_rnn_params(D, H, rng)


def torch_states(xs: Any, h: Any, params: RNNParams) -> list[Any]:
    """The hidden states of all steps in torch."""
    hs = []
    for t in range(xs.shape[1]):
        h = torch.tanh(xs[:, t] @ params.W_x + h @ params.W_h + params.b)
        hs.append(h)
    return hs


def torch_gradients(layer: Any, dhs: np.ndarray, dstate: RNNState):
    """Gradients by torch's autograd, in the order and types that the student returns."""
    xs, state, params = layer
    leaves = [torch.tensor(array, requires_grad=True) for array in (xs, *state, *params)]
    hs = torch_states(leaves[0], leaves[1], RNNParams(*leaves[2:]))
    loss = torch.sum(torch.stack(hs, 1) * torch.tensor(dhs)) + torch.sum(hs[-1] * torch.tensor(dstate.h))
    dxs, dh, *dparams = (g.numpy() for g in torch.autograd.grad(loss, leaves))
    return dxs, RNNState(dh), RNNParams(*dparams)


def through_time(step_backward, dhs, dstate, caches, meet=None, order=None, gather=sum):
    """Backpropagation through time with its parts laid open."""
    meet = meet or (lambda back, dh: back._replace(h=back.h + dh))
    dxs, all_dparams = {}, []
    for t in order or range(len(caches) - 1, -1, -1):
        dxs[t], dstate, dparams = step_backward(meet(dstate, dhs[:, t]), caches[t])
        all_dparams.append(dparams)
    weights = type(all_dparams[0])(*(gather(parts) for parts in zip(*all_dparams, strict=True)))
    return np.stack([dxs[t] for t in range(len(caches))], axis=1), dstate, weights

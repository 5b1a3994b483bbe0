"""Inputs, oracles and laid-open parts that several exercises of Unit 4 share."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from rnncore.functional.cells import RNNParams


def draw_gradients(rng: np.random.Generator, D: int = 3, H: int = 4) -> RNNParams:
    return RNNParams(*(3.0 * rng.normal(size=shape) for shape in ((D, H), (H, H), (H,))))


def with_torch(clip: Callable[..., Any], gradients: Any, limit: float) -> list[np.ndarray]:
    """The oracle: what torch's own clipping leaves of gradients."""
    weights = [torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in gradients]
    for weight, g in zip(weights, gradients, strict=True):
        weight.grad = torch.tensor(g)
    clip(weights, limit)
    return [np.zeros(0) if weight.grad is None else weight.grad.numpy() for weight in weights]

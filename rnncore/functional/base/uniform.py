"""Uniform initial weights, as torch draws them."""

import numpy as np


def uniform_weights(rng: np.random.Generator, H: int, *shape: int) -> np.ndarray:
    """Weights drawn uniformly from ±1/√H, float64.

    Args:
        rng: the source of randomness.
        H: the size of the hidden state, which sets the bound.
        shape: the shape of the weights.

    Returns:
        The weights, of that shape.

    Reference: the documentation of torch.nn.RNN.
    """
    bound = 1.0 / np.sqrt(H)
    return rng.uniform(-bound, bound, size=shape)

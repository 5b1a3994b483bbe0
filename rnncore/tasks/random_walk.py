"""A series that nobody can forecast better than by its last value."""

import numpy as np


def random_walk(N: int, rng: np.random.Generator, drift: float = 0.0) -> np.ndarray:
    """The sum of all steps so far.

        x_t = x_{t-1} + drift + ε_t,   x_0 = 0,   ε_t standard normal

    Without drift the best forecast of any later value is the last one known; h steps ahead its mean
    squared error is h.

    Args:
        N: how many steps.
        rng: the source of randomness.
        drift: the mean of a step.

    Returns:
        x_1 ... x_N, (N,), float64.

    Reference: Fama, Random Walks in Stock Market Prices (1965), doi:10.2469/faj.v21.n5.55.
    """
    return np.cumsum(drift + rng.standard_normal(N))

"""A long table of measurements as a batch of short sequences."""

from typing import NamedTuple

import numpy as np


class Windows(NamedTuple):
    """Pieces of a series and what came after them."""

    inputs: np.ndarray
    """(M, L, F): L steps of F features."""
    targets: np.ndarray
    """(M, h, F): the h steps after them."""


def make_windows(series: np.ndarray, L: int, h: int = 1) -> Windows:
    """Cut a series into all its windows of L steps, each with the h steps that follow it.

        inputs_m = x_m ... x_{m+L-1},   targets_m = x_{m+L} ... x_{m+L+h-1}

    Args:
        series: N steps of F features, (N, F).
        L: the length of a window.
        h: how many steps ahead the targets reach.

    Returns:
        `Windows(inputs, targets)` of shapes (M, L, F) and (M, h, F), M = N - L - h + 1.

    Raises:
        ValueError: if the series is not (N, F), or too short for one window.
    """
    if series.ndim != 2:
        raise ValueError(f"series must be (N, F); got {series.shape}")
    if L < 0 or h < 1 or len(series) < L + h:
        raise ValueError(f"series must have at least L + h = {L} + {h} steps; got {len(series)}")
    every = np.lib.stride_tricks.sliding_window_view(series, L + h, axis=0).swapaxes(1, 2)
    return Windows(every[:, :L].copy(), every[:, L:].copy())

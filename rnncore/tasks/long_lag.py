"""A sign at the beginning of a long, predictable sequence decides its end."""

from typing import NamedTuple

import numpy as np


class LongLag(NamedTuple):
    """Sequences whose last sign is that which came first."""

    ids: np.ndarray
    """(B, lag + 2), int64: the sign, 0 or 1; 2, 3 ... lag + 1, always the same; the sign again."""
    labels: np.ndarray
    """(B,), int64: the sign."""


def long_lag(B: int, lag: int, rng: np.random.Generator) -> LongLag:
    """The task that the history compressor was made for.

        a b_1 b_2 ... b_lag a      or      x b_1 b_2 ... b_lag x

    Between the two signs nothing is news: who has learned the sequence b is surprised only by the
    first sign, and has only that to remember. Of `lag + 2` signs in all, the b are `lag`.

    Args:
        B: how many sequences.
        lag: how many signs stand between the first and the last; 20 in 1992, and over 1,000 since.
        rng: the source of randomness.

    Returns:
        `LongLag(ids, labels)` of shapes (B, lag + 2) and (B,).

    Raises:
        ValueError: if the lag is negative.

    Reference: Schmidhuber, Learning Complex, Extended Sequences Using the Principle of History
        Compression (1992), doi:10.1162/neco.1992.4.2.234.
    """
    if lag < 0:
        raise ValueError(f"lag must be at least 0; got {lag}")
    labels = rng.integers(0, 2, size=B)
    between = np.broadcast_to(np.arange(2, lag + 2), (B, lag))
    return LongLag(np.column_stack([labels, between, labels]), labels)

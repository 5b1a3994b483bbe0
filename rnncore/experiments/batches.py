"""Streams of batches without end."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

Batch = TypeVar("Batch")


def endless(draw: Callable[[], Batch]) -> Iterator[Batch]:
    """A new batch from each call of `draw`.

    Args:
        draw: returns a batch.

    Yields:
        What `draw` returns.
    """
    while True:
        yield draw()


def shuffled_rows(N: int, B: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Rows 0 to N - 1 in random order, up to B at a time, in a new order after each pass.

    Args:
        N: how many rows there are.
        B: how many of them a batch has; the last of a pass has what is left.
        rng: the source of the order.

    Yields:
        The rows of a batch, (B,).
    """
    while True:
        order = rng.permutation(N)
        yield from np.split(order, range(B, N, B))

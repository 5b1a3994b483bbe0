"""Streams of batches without end."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

Batch = TypeVar("Batch")


def endless(draw: Callable[[], Batch]) -> Iterator[Batch]:
    """A new batch from each call of `draw`."""
    while True:
        yield draw()


def shuffled_rows(N: int, B: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Rows 0 to N - 1 in random order, up to B at a time, in a new order after each pass."""
    while True:
        order = rng.permutation(N)
        yield from np.split(order, range(B, N, B))

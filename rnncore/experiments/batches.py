"""Batches of sequences, and streams of batches without end."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from rnncore.tasks.batching import pad_batch

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


def padded(
    sequences: Sequence[Sequence[int]], labels: Sequence[Any] | np.ndarray, rows: Iterable[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some sequences of ids as one batch.

    Args:
        sequences: lists of ids.
        labels: one for each sequence; where they are lists, one for each id, they are padded too.
        rows: which sequences to take.

    Returns:
        Ids (B, T), lengths (B,), and labels (B,) or (B, T).
    """
    rows = list(rows)
    ids, mask = pad_batch([sequences[row] for row in rows])
    chosen = [labels[row] for row in rows]
    if isinstance(chosen[0], Sequence):
        return ids, mask.sum(1), pad_batch(chosen).ids
    return ids, mask.sum(1), np.array(chosen)


def watched(
    batches: Iterator[Batch], steps: Collection[int], look: Callable[[], None]
) -> Iterator[Batch]:
    """Batches as they come, with a look at the network now and then.

    Args:
        batches: any.
        steps: before which batches to look, counted from 0.
        look: does it.

    Yields:
        The batches.
    """
    for step, batch in enumerate(batches):
        if step in steps:
            look()
        yield batch

"""Pairs of a key and a value, and questions about some of them."""

from typing import NamedTuple

import numpy as np

BLANK = 0
"""Stands in place of the value in a question."""


class KeyValues(NamedTuple):
    """Sequences of pairs, then of questions: what was the value of this key?"""

    keys: np.ndarray
    """(B, pairs + questions), int64: 0 ... n_keys - 1. No key is in two pairs."""
    values: np.ndarray
    """(B, pairs + questions), int64: 1 ... n_values, and `BLANK` in the questions."""
    labels: np.ndarray
    """(B, questions), int64: the values asked for."""


def key_value_recall(
    B: int,
    pairs: int,
    rng: np.random.Generator,
    *,
    questions: int = 8,
    n_keys: int = 64,
    n_values: int = 16,
) -> KeyValues:
    """Associative recall: read pairs, then tell the values of keys that were among them.

    A pair is one step, so that a single layer can bind its halves. Arora and others give key and
    value a step each, which takes a second layer or a convolution.

    Args:
        B: how many sequences.
        pairs: how many pairs each begins with.
        rng: the source of randomness.
        questions: how many follow; a key may be asked for twice.
        n_keys: how many keys there are.
        n_values: how many values there are.

    Returns:
        `KeyValues(keys, values, labels)`.

    Raises:
        ValueError: if there is no pair, or there are fewer keys than pairs.

    Reference: Arora et al., Zoology: Measuring and Improving Recall in Efficient Language Models
        (2023), arXiv:2312.04927.
    """
    if not 1 <= pairs <= n_keys:
        raise ValueError(f"pairs must be 1 to {n_keys}, the number of keys; got {pairs}")
    keys = rng.permuted(np.tile(np.arange(n_keys), (B, 1)), axis=1)[:, :pairs]
    values = rng.integers(1, n_values + 1, size=(B, pairs))
    asked = rng.integers(0, pairs, size=(B, questions))
    return KeyValues(
        np.hstack([keys, np.take_along_axis(keys, asked, axis=1)]),
        np.hstack([values, np.full((B, questions), BLANK)]),
        np.take_along_axis(values, asked, axis=1),
    )

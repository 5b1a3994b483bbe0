"""String reversal, the smallest translation: the last letter comes first."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.batching import pad_batch
from rnncore.tasks.vocab import BOS, EOS, SPECIAL


class Pairs(NamedTuple):
    """Source and target sentences, padded with 0."""

    sources: np.ndarray
    """(B, S), int64: each source and an end mark."""
    source_lengths: np.ndarray
    """(B,), int64, with the end mark."""
    targets: np.ndarray
    """(B, T), int64: a beginning mark, each target and an end mark."""
    target_lengths: np.ndarray
    """(B,), int64, with both marks."""


def string_reversal(
    B: int, shortest: int, longest: int, rng: np.random.Generator, letters: int = 26
) -> Pairs:
    """Random strings and the same strings from back to front.

    Args:
        B: how many strings.
        shortest: the least length, without marks; at least 1.
        longest: the greatest.
        rng: the source of randomness.
        letters: how many letters there are; their ids begin at 4, after PAD, UNK, BOS and EOS.

    Returns:
        `Pairs(sources, source_lengths, targets, target_lengths)`.

    Raises:
        ValueError: if not 1 ≤ shortest ≤ longest.

    Reference: the marks and the two networks that it is meant for: Sutskever, Vinyals and Le,
        Sequence to Sequence Learning with Neural Networks (2014), arXiv:1409.3215.
    """
    if not 1 <= shortest <= longest:
        raise ValueError(f"lengths must be 1 ≤ shortest ≤ longest; got {shortest} and {longest}")
    lengths = rng.integers(shortest, longest, size=B, endpoint=True)
    first = len(SPECIAL)
    strings = [list(rng.integers(first, first + letters, size=n)) for n in lengths]
    sources = pad_batch([[*string, EOS] for string in strings]).ids
    targets = pad_batch([[BOS, *string[::-1], EOS] for string in strings]).ids
    return Pairs(sources, lengths + 1, targets, lengths + 2)

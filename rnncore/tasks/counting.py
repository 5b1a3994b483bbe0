"""Zeros and ones, and how many ones there were so far, modulo a number."""

from typing import NamedTuple

import numpy as np


class Counts(NamedTuple):
    """Sequences of bits with the running count of their ones."""

    ids: np.ndarray
    """(B, T), int64: 0 or 1."""
    labels: np.ndarray
    """(B, T), int64: the number of ones up to and with each step, modulo m."""


def counting(B: int, T: int, modulus: int, rng: np.random.Generator) -> Counts:
    """Bits of which half are ones, and the count of the ones at each step.

        label_t = (x_1 + ... + x_t) mod m

    With a modulus of 2 it is parity: each one turns the answer round, and no step can be left out.

    Args:
        B: how many sequences.
        T: how many steps.
        modulus: m, at least 2.
        rng: the source of randomness.

    Returns:
        `Counts(ids, labels)`, both (B, T).

    Raises:
        ValueError: if the modulus is below 2.
    """
    if modulus < 2:
        raise ValueError(f"modulus must be at least 2; got {modulus}")
    ids = rng.integers(0, 2, size=(B, T))
    return Counts(ids, np.cumsum(ids, axis=1) % modulus)

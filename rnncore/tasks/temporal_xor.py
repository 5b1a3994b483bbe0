"""Elman's exclusive-or in time."""

import numpy as np


def temporal_xor(n_bits: int, rng: np.random.Generator) -> np.ndarray:
    """A stream of bits in which every third is determined: two random bits, then their xor.

        1 0 1   0 0 0   0 1 1   1 1 0 ...

    Args:
        n_bits: how many bits; the last triple may be cut short.
        rng: the source of randomness.

    Returns:
        The bits, (n_bits,), float64, 0 or 1. Bits 2, 5, 8 ... (counted from 0) are determined.

    Reference: Elman, Finding Structure in Time, Cognitive Science 14 (1990),
        doi:10.1207/s15516709cog1402_1.
    """
    pairs = rng.integers(0, 2, size=(-(-n_bits // 3), 2))
    triples = np.column_stack([pairs, pairs[:, 0] ^ pairs[:, 1]])
    return triples.reshape(-1)[:n_bits].astype(float)

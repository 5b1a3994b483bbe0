"""A sound to be generated from nothing, fast and slow parts at once."""

import numpy as np


def waveform(T: int, rng: np.random.Generator, harmonics: int = 6) -> np.ndarray:
    """A sum of sines, from one swing over the whole length down to one in a few steps.

        x_t = Σ_k a_k sin(2π t / P_k + φ_k),   P_k = T / 2^k times 0.8 ... 1.2,   a_k 0.5 ... 1

    Args:
        T: how many steps; 320 in the published experiment.
        rng: the source of randomness.
        harmonics: how many sines.

    Returns:
        The wave (T,), float64, its greatest value 1 in size.

    Reference: in the place of the recorded music of Koutník, Greff, Gomez and Schmidhuber,
        A Clockwork RNN (2014), section 4.1, arXiv:1402.3511.
    """
    periods = T / 2.0 ** np.arange(harmonics) * rng.uniform(0.8, 1.2, harmonics)
    phases = rng.uniform(0.0, 2.0 * np.pi, harmonics)
    heights = rng.uniform(0.5, 1.0, harmonics)
    wave = np.sin(2.0 * np.pi * np.arange(T)[:, None] / periods + phases) @ heights
    return wave / np.abs(wave).max()

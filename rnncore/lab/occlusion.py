"""Which words decided: cover one at a time, and see how far the answer moves."""

from collections.abc import Callable

import numpy as np


def occlude(
    probability: Callable[[np.ndarray], np.ndarray], ids: np.ndarray, blank: int
) -> np.ndarray:
    """How much less probable an answer is without each word.

        e_t = p(x) - p(x with x_t covered)

    Args:
        probability: `p = probability(ids)`, of the answer for each sentence, (N, T) to (N,).
        ids: the words of one sentence, (T,).
        blank: the id to cover a word with, such as UNK.

    Returns:
        The effect of each word, (T,): above 0 for a word that speaks for the answer.

    Reference: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks (2014),
        arXiv:1311.2901, on images; Li, Monroe and Jurafsky, Understanding Neural Networks through
        Representation Erasure (2016), arXiv:1612.08220, on words.
    """
    T = len(ids)
    covered = np.repeat(ids[None], T + 1, axis=0)
    covered[np.arange(T), np.arange(T)] = blank
    p = probability(covered)
    return p[T] - p[:T]

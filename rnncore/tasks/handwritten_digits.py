"""Handwritten digits, 8 pixels by 8, in a part to train on and a part to test on."""

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

N_TEST = 360
"""A fifth of the 1,797 images."""


class Digits(NamedTuple):
    """Images of single digits."""

    images: np.ndarray
    """(N, 8, 8), float64, 0 (paper) to 1 (ink); row by row from the top."""
    labels: np.ndarray
    """(N,), int64, 0 ... 9."""


def handwritten_digits(rng: np.random.Generator) -> tuple[Digits, Digits]:
    """The digits that come with scikit-learn, shuffled and split.

    Args:
        rng: the source of randomness; the same generator gives the same split.

    Returns:
        The 1,437 digits to train on and the 360 to test on, no image in both.

    Reference: Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI (1998),
        doi:10.24432/C50P49.
    """
    pixels, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    images = np.reshape(pixels, (-1, 8, 8))[order] / 16.0
    labels = np.asarray(labels, dtype=np.int64)[order]
    return Digits(images[N_TEST:], labels[N_TEST:]), Digits(images[:N_TEST], labels[:N_TEST])


def as_sequences(digits: Digits) -> np.ndarray:
    """Images read pixel by pixel, row after row: (N, 64, 1).

    Reference: with larger digits, Le, Jaitly and Hinton (2015), arXiv:1504.00941.
    """
    return digits.images.reshape(len(digits.images), -1, 1)

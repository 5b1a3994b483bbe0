"""Strips of handwritten digits, to be read without knowing where one ends and the next begins."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.handwritten_digits import Digits

N_CLASSES = 11
"""The blank, 0, and the ten digits: class 1 is the digit 0, class 10 the digit 9."""


class Strips(NamedTuple):
    """Images of several digits each, ready for CTC."""

    images: np.ndarray
    """(B, 1, 10, W), float64, 0 (paper) to 1 (ink), W the width of the widest; paper behind."""
    widths: np.ndarray
    """(B,), int64: how wide each strip is."""
    labels: np.ndarray
    """(B, longest), int64: classes 1 ... 10, padded with 0."""
    label_lengths: np.ndarray
    """(B,), int64: how many digits each strip has."""


def digit_strips(
    B: int, digits: Digits, rng: np.random.Generator, shortest: int = 3, longest: int = 6
) -> Strips:
    """Digits side by side, with gaps of -1 to 3 columns, each up to a pixel higher or lower.

    Args:
        B: how many strips.
        digits: the images to draw from: those to train on, or those to test on.
        rng: the source of randomness.
        shortest: the least number of digits in a strip, at least 1.
        longest: the greatest.

    Returns:
        `Strips(images, widths, labels, label_lengths)`.

    Raises:
        ValueError: if not 1 ≤ shortest ≤ longest.

    Reference: strips of digits for CTC: Graves, Supervised Sequence Labelling with Recurrent Neural
        Networks (2012), chapter 7; the images: see `handwritten_digits`.
    """
    if not 1 <= shortest <= longest:
        raise ValueError(f"lengths must be 1 ≤ shortest ≤ longest; got {shortest} and {longest}")
    lengths = rng.integers(shortest, longest, size=B, endpoint=True)
    picked = rng.integers(0, len(digits.labels), size=(B, longest))
    shown = np.arange(longest)[None, :] < lengths[:, None]
    strips = [_strip(digits.images[row[:n]], rng) for row, n in zip(picked, lengths, strict=True)]
    widths = np.array([strip.shape[1] for strip in strips])
    images = np.zeros((B, 1, 10, widths.max(initial=0)))
    for image, strip in zip(images, strips, strict=True):
        image[0, :, : strip.shape[1]] = strip
    return Strips(images, widths, np.where(shown, digits.labels[picked] + 1, 0), lengths)


def _strip(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    starts = np.cumsum(8 + rng.integers(-1, 3, size=len(images), endpoint=True)) - 7
    strip = np.zeros((10, starts[-1] + 9))
    for image, start, top in zip(images, starts, rng.integers(0, 3, len(images)), strict=True):
        place = strip[top : top + 8, start : start + 8]
        np.maximum(place, image, out=place)
    return strip

"""Chords as words: each chord that a piece of music has is a token."""

from collections.abc import Sequence

import numpy as np


def spell_chords(roll: np.ndarray) -> list[str]:
    """The chords of a piece, each as a word.

        0 0 1 0 1 ...  ->  "2-4"

    Args:
        roll: (T, 88), above 0 where a key is down.

    Returns:
        A word for each step, the numbers of its keys; `"rest"` where no key is down.
    """
    return ["-".join(map(str, np.flatnonzero(step > 0))) or "rest" for step in roll]


def read_chords(words: Sequence[str]) -> list[list[int]]:
    """The keys of chords that are given as words; the inverse of `spell_chords`.

    Args:
        words: such as `"2-4"`; what is no chord has no key.

    Returns:
        For each word the numbers of its keys.
    """
    return [[int(key) for key in word.split("-") if key.isdigit()] for word in words]

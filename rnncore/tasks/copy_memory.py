"""Copy memory: keep a string in mind over a long silence, then write it down."""

from typing import NamedTuple

import numpy as np

from rnncore.functional.base import require_shape

N_SYMBOLS = 8
BLANK, GO = N_SYMBOLS, N_SYMBOLS + 1
"""Ids of the silence and of the sign to begin; 0 ... 7 are the symbols to remember."""


class Copies(NamedTuple):
    """What the network reads and what it is to write."""

    inputs: np.ndarray
    """(B, T + 2 n), int64, 0 ... 9: the string, T blanks, the last of which says go, blanks."""
    targets: np.ndarray
    """(B, T + 2 n), int64, 0 ... 8: blanks, and the string at the n last steps."""


def copy_memory(strings: np.ndarray, T: int) -> Copies:
    """Strings to be repeated after T steps of silence.

        reads    3 1 4   . . . . go   . . .
        writes   . . .   . . . . .    3 1 4

    Without memory the best a network can do is to guess at the n last steps: a mean cross entropy
    of n log 8 / (T + 2n).

    Args:
        strings: B strings of n symbols, drawn at random from 0 ... 7, (B, n), int64.
        T: how many steps lie between string and answer, at least 1; the last of them reads `GO`.

    Returns:
        `Copies(inputs, targets)`, both (B, T + 2n), int64.

    Raises:
        ValueError: if the strings are not (B, n), or T is below 1.

    Reference: Hochreiter and Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735; in this form:
        Arjovsky, Shah and Bengio, Unitary Evolution Recurrent Neural Networks (2016),
        arXiv:1511.06464.
    """
    require_shape("strings", strings, ("B", "n"))
    if T < 1:
        raise ValueError(f"T must be at least 1; got {T}")
    B, n = strings.shape
    inputs = np.full((B, T + 2 * n), BLANK)
    targets = inputs.copy()
    inputs[:, :n], inputs[:, n + T - 1] = strings, GO
    targets[:, n + T :] = strings
    return Copies(inputs, targets)

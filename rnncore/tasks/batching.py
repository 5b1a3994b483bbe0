"""Sentences of different lengths in one array, and one long text in batches."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncore.tasks.vocab import PAD


class Padded(NamedTuple):
    """Sequences of ids in one array."""

    ids: np.ndarray
    """(B, T), int64, T the length of the longest; padded at the end."""
    mask: np.ndarray
    """(B, T), bool: true at the ids, false in the padding."""


class TextBatch(NamedTuple):
    """What a language model reads and what it is to answer, one step ahead."""

    inputs: Any
    """(B, T), int64."""
    targets: Any
    """(B, T), int64: at each step, the id that comes next."""


def pad_batch(sequences: Sequence[Sequence[int]], pad: int = PAD) -> Padded:
    """Fill up sequences to the length of the longest.

    Args:
        sequences: B lists of ids; each may be empty.
        pad: what to fill up with.

    Returns:
        `Padded(ids, mask)`, both (B, T), T the length of the longest. Row b of ids, int64, holds
        sequence b, and `pad` behind it; the mask, bool, is true where the sequence has an id.

    Raises:
        ValueError: if there is no sequence.
    """
    if not sequences:
        raise ValueError("sequences must hold at least one; got none")
    lengths = np.array([len(sequence) for sequence in sequences])
    mask = np.arange(lengths.max())[None, :] < lengths[:, None]
    ids = np.full(mask.shape, pad, dtype=np.int64)
    ids[mask] = [i for sequence in sequences for i in sequence]
    return Padded(ids, mask)


def shift_targets(ids: Any) -> TextBatch:
    """Turn sequences into what a language model reads and what it is to answer.

        x_t = id_t,   y_t = id_{t+1},   t = 1 ... T - 1

    Args:
        ids: an array or a tensor (B, T), T at least 2.

    Returns:
        `TextBatch(inputs, targets)`, both (B, T - 1).

    Raises:
        ValueError: if ids has another shape or is too short.
    """
    if ids.ndim != 2 or ids.shape[1] < 2:
        raise ValueError(f"ids must be (B, T) with T at least 2; got {tuple(ids.shape)}")
    return TextBatch(ids[:, :-1], ids[:, 1:])


def tbptt_batches(ids: np.ndarray, B: int, T: int) -> list[TextBatch]:
    """Cut one long text into B streams, and the streams into pieces that follow each other.

    The text is cut into B streams of equal length, row b of every piece belongs to stream b, and
    goes on where row b of the piece before ended. So the state that a network had there is the
    state to start from. What does not fill the last piece is left out.

    Args:
        ids: the text, (N,).
        B: how many streams are read side by side; each has (N - 1) // B steps.
        T: the length of a piece.

    Returns:
        A list of `TextBatch(inputs, targets)`, both (B, T): as many as a stream has room for.

    Raises:
        ValueError: if the text is too short for one piece.

    Reference: Mikolov et al., Extensions of Recurrent Neural Network Language Model (2011),
        doi:10.1109/ICASSP.2011.5947611.
    """
    if ids.ndim != 1 or (len(ids) - 1) // B < T:
        raise ValueError(f"ids must be (N,) with N at least {B * T + 1}; got {ids.shape}")
    N = (len(ids) - 1) // B
    inputs, targets = (ids[shift : shift + B * N].reshape(B, N) for shift in (0, 1))
    starts = range(0, N - T + 1, T)
    return [TextBatch(inputs[:, k : k + T], targets[:, k : k + T]) for k in starts]

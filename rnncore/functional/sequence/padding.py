"""Padded sequences: rows of different lengths in one array."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from array_api_compat import device
from jaxtyping import Bool

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape, stack
from rnncore.functional.sequence.unroll import Step

Lengths = Sequence[int] | Array
"""The number of valid steps in each row: B whole numbers, a list or an array, (B,)."""


def length_mask(lengths: Lengths, like: Array) -> Bool[Array, "B T"]:
    """Mask of the valid steps: true at the first `lengths[b]` steps of row b.

    Args:
        lengths: B whole numbers from 0 to T.
        like: the padded array, (B, T, ...).

    Returns:
        The mask (B, T), in the library and on the device of `like`.

    Raises:
        ValueError: if there are not B lengths, or one is below 0 or above T.
    """
    B, T = like.shape[:2]
    given: Any = lengths
    # At once, since each number that is asked of a GPU waits for it.
    counts = np.array(given.tolist() if hasattr(given, "tolist") else list(map(_number, given)))
    valid = (counts >= 0) & (counts <= T) & (counts == np.floor(counts))
    if counts.shape != (B,) or not np.all(valid):
        raise ValueError(f"lengths must be {B} whole numbers from 0 to {T}; got {counts.tolist()}")
    mask = np.arange(T) < counts[:, None]
    return array_namespace(like).asarray(mask, device=device(like))


def _number(n: Any) -> int | float:
    """A number of Python, of one or of an array without axes."""
    return n.item() if hasattr(n, "item") else n


def reverse_padded(xs: Float[Array, "B T D"], lengths: Lengths) -> Float[Array, "B T D"]:
    """Reverse every sequence in time, and leave its padding at the end.

        a b c PAD PAD   becomes   c b a PAD PAD

    Doing it twice changes nothing.

    Args:
        xs: the sequences, (B, T, D).
        lengths: B whole numbers from 0 to T.

    Returns:
        The reversed sequences, (B, T, D).

    Raises:
        ValueError: if shapes or lengths do not fit.

    Reference: Schuster and Paliwal, Bidirectional Recurrent Neural Networks (1997),
        doi:10.1109/78.650093.
    """
    require_shape("xs", xs, ("B", "T", "D"))
    xp = array_namespace(xs)
    valid = length_mask(lengths, xs)
    B, T = valid.shape
    steps = xp.arange(T, device=device(xs))[None, :]
    counts = xp.sum(xp.astype(valid, xp.int64), axis=1)[:, None]
    rows = xp.arange(B, device=device(xs))[:, None]
    return xs[rows, xp.where(valid, counts - 1 - steps, steps)]


def unroll_padded(
    step: Step, xs: Float[Array, "B T D"], state: Any, params: Any, lengths: Lengths
) -> tuple[Float[Array, "B T H"], Any, list[Any]]:
    """Apply one cell at every step of padded sequences; `unroll` for rows of different lengths.

        state_t = step(x_t, state_{t-1}, params)   for t ≤ length,   else   state_{t-1}

    The contents of the padding have no effect.

    Args:
        step: any cell, `state, cache = step(x, state, params)`.
        xs: the sequences, (B, T, D), T at least 1.
        state: the state before the first step.
        params: the cell's weights.
        lengths: B whole numbers from 0 to T.

    Returns:
        The hidden states (B, T, H), zero in the padding; the state after the last step of each
        sequence; and the list of the T caches.

    Raises:
        ValueError: if shapes or lengths do not fit, or there is no step.

    Reference: torch.nn.RNN on a PackedSequence.
    """
    require_shape("xs", xs, ("B", "T", "D"))
    if xs.shape[1] == 0:
        raise ValueError(f"xs must have at least one step; got shape {tuple(xs.shape)}")
    xp = array_namespace(xs)
    valid = length_mask(lengths, xs)
    xs = xp.where(valid[:, :, None], xs, xp.zeros_like(xs))
    hs, caches = [], []
    for t in range(xs.shape[1]):
        new, cache = step(xs[:, t], state, params)
        active = valid[:, t, None]
        hs.append(xp.where(active, new.h, xp.zeros_like(new.h)))
        kept = [
            xp.where(active, b, a) if hasattr(b, "shape") else b
            for a, b in zip(state, new, strict=True)
        ]
        state = type(new)(*kept)
        caches.append(cache)
    return stack(hs, axis=1), state, caches

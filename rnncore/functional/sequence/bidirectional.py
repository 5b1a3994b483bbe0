"""Reading in both directions."""

from typing import Any

from rnncore.functional.base.arrays import Array, Float, concat
from rnncore.functional.sequence.padding import Lengths, reverse_padded, unroll_padded
from rnncore.functional.sequence.unroll import Step


def bidirectional(
    step: Step,
    xs: Float[Array, "B T D"],
    states: tuple[Any, Any],
    params: tuple[Any, Any],
    lengths: Lengths,
) -> tuple[Float[Array, "B T 2H"], tuple[Any, Any], tuple[list[Any], list[Any]]]:
    """Read sequences forwards with one cell and backwards with another, and show both.

        h→_t = step(x_t, h→_{t-1}),   h←_t = step(x_t, h←_{t+1}),   h_t = [h→_t, h←_t]

    The backward cell starts at the last step of each sequence, not in its padding.

    Args:
        step: any cell, `state, cache = step(x, state, params)`.
        xs: the sequences, (B, T, D), T at least 1.
        states: the states to start from, of the forward and of the backward cell.
        params: the weights of the forward and of the backward cell.
        lengths: B whole numbers from 0 to T.

    Returns:
        The hidden states (B, T, 2H), zero in the padding; the last states of both cells (the
        backward cell's last step is the first of the sequence); and the caches of both, each in the
        order in which its cell read.

    Raises:
        ValueError: if shapes or lengths do not fit, or there is no step.

    Reference: Schuster and Paliwal, Bidirectional Recurrent Neural Networks (1997),
        doi:10.1109/78.650093.
    """
    ahead, last_ahead, caches_ahead = unroll_padded(step, xs, states[0], params[0], lengths)
    turned = reverse_padded(xs, lengths)
    back, last_back, caches_back = unroll_padded(step, turned, states[1], params[1], lengths)
    hs = concat([ahead, reverse_padded(back, lengths)], axis=2)
    return hs, (last_ahead, last_back), (caches_ahead, caches_back)

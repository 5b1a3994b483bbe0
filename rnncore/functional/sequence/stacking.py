"""Deep recurrent networks: layers on top of one another."""

from collections.abc import Callable, Sequence
from typing import Any

from rnncore.functional.base.arrays import Array, Float

Layer = Callable[[Array, Any, Any], tuple[Array, Any, Any]]
"""`hs, last, caches = layer(xs, state, params)`: one cell along whole sequences."""


def stack_layers(
    layer: Layer,
    xs: Float[Array, "B T D"],
    states: Sequence[Any],
    params: Sequence[Any],
    masks: Sequence[Array] = (),
) -> tuple[Float[Array, "B T H"], list[Any], list[Any]]:
    """Let each layer read what the one below shows.

        h^l_t = cell(m^l h^{l-1}_t, h^l_{t-1}),   h^0_t = x_t,   m^1 = 1

    A layer is `functools.partial(unroll, gru_step)`, or for padded sequences
    `functools.partial(unroll_padded, gru_step, lengths=lengths)`, or in both directions
    `functools.partial(bidirectional, gru_step, lengths=lengths)`.

    Args:
        layer: `hs, last, caches = layer(xs, state, params)`.
        xs: the sequences, (B, T, D).
        states: what each of the L layers starts from.
        params: the weights of each of the L layers.
        masks: none, or for dropout what the hidden states are multiplied by on their way up: L - 1
            arrays, each (B, T, H) or (B, 1, H) (see `dropout_mask`).

    Returns:
        The hidden states of the top layer (B, T, H), and of each layer its last state and its
        caches.

    Raises:
        ValueError: if states, params and masks are not for one number of layers.

    Reference: Graves, Mohamed and Hinton, Speech Recognition with Deep Recurrent Neural Networks
        (2013), arXiv:1303.5778.
    """
    L = len(params)
    if L == 0 or len(states) != L:
        raise ValueError(f"params and states must be for the same layers; got {L}, {len(states)}")
    if len(masks) not in (0, L - 1):
        raise ValueError(f"masks must be none or {L - 1}, one between two layers; got {len(masks)}")
    last, caches = [], []
    for l in range(L):
        if l > 0 and masks:
            xs = xs * masks[l - 1]
        xs, state, of_layer = layer(xs, states[l], params[l])
        last.append(state)
        caches.append(of_layer)
    return xs, last, caches

"""One step, applied along a sequence."""

from collections.abc import Callable
from typing import Any

from rnncore.functional.base.arrays import Array, Float, require_shape, stack

Step = Callable[[Array, Any, Any], tuple[Any, Any]]
"""`state, cache = step(x, state, params)`, where `state.h` (B, H) is what the cell shows."""


def unroll(
    step: Step, xs: Float[Array, "B T D"], state: Any, params: Any
) -> tuple[Float[Array, "B T H"], Any, list[Any]]:
    """Apply one cell at every step of a sequence, with the same weights each time.

        state_t = step(x_t, state_{t-1}, params),   t = 1 ... T

    Args:
        step: any cell, `state, cache = step(x, state, params)`; what it shows is `state.h`, (B, H).
        xs: the sequences, (B, T, D), T at least 1.
        state: the state before the first step.
        params: the cell's weights, handed to every step.

    Returns:
        The hidden states of all steps (B, T, H), the state after the last step, and the list of the
        T caches.

    Raises:
        ValueError: if xs is not (B, T, D) or has no step.
    """
    require_shape("xs", xs, ("B", "T", "D"))
    if xs.shape[1] == 0:
        raise ValueError(f"xs must have at least one step; got shape {tuple(xs.shape)}")
    hs, caches = [], []
    for t in range(xs.shape[1]):
        state, cache = step(xs[:, t], state, params)
        hs.append(state.h)
        caches.append(cache)
    return stack(hs, axis=1), state, caches

"""The Clockwork RNN: modules of one hidden state that tick at different rates."""

from typing import NamedTuple

import numpy as np
from array_api_compat import device

from rnncore.functional.base.activations import tanh
from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.cells.rnn import RNNParams


class ClockworkState(NamedTuple):
    """What a Clockwork RNN remembers: the hidden state, and how many steps it has taken."""

    h: Float[Array, "B H"]
    t: int


class ClockworkCache(NamedTuple):
    """Which units ticked at a step."""

    active: Float[Array, "H"]


def clockwork_step(
    x: Float[Array, "B D"], state: ClockworkState, params: RNNParams, periods: tuple[int, ...]
) -> tuple[ClockworkState, ClockworkCache]:
    """One step of the Clockwork RNN, for B sequences at once.

    The hidden units form equal modules, one for each period, fast ones first. A module computes at
    the steps t = 0, 1, 2 ... that its period divides, and otherwise keeps its state. It listens to
    itself and to the slower modules, never to the faster ones.

        h_k = tanh(x W_x + h_prev (M W_h) + b)_k   if t mod T_k = 0,   else   h_prev,k

    M is 1 from a slower or the same module, 0 from a faster one. For `unroll`, which wants a step
    of three arguments, fix the periods: `functools.partial(clockwork_step, periods=(1, 2, 4, 8))`.

    Args:
        x: the inputs of this step, (B, D).
        state: `ClockworkState(h, t)`: the hidden state (B, H), and t, 0 before the first step.
        params: `RNNParams(W_x, W_h, b)` of shapes (D, H), (H, H) and (H,); the blocks of W_h from a
            faster to a slower module have no effect.
        periods: the period of each module in steps, ascending; their number divides H.

    Returns:
        The new state `ClockworkState(h, t + 1)`, and `ClockworkCache(active)`, (H,), 1 where a unit
        computed and 0 where it kept its state.

    Raises:
        ValueError: if shapes do not fit, or the periods are not positive, not ascending, or do not
            divide H into equal modules.

    Reference: Koutnik, Greff, Gomez and Schmidhuber, A Clockwork RNN (2014), arXiv:1402.3511.
    """
    D, H = params.W_x.shape
    require_shape("x", x, ("B", D))
    require_shape("state.h", state.h, (x.shape[0], H))
    if not periods or periods[0] < 1 or list(periods) != sorted(periods):
        raise ValueError(f"periods must be positive and ascending; got {periods}")
    if H % len(periods):
        raise ValueError(f"the number of periods must divide H = {H}; got {len(periods)}")
    of_unit = np.repeat(periods, H // len(periods))
    xp = array_namespace(x)
    like = {"dtype": x.dtype, "device": device(x)}
    hears = xp.asarray((of_unit[:, None] >= of_unit[None, :]).astype(float), **like)
    active = xp.asarray((state.t % of_unit == 0).astype(float), **like)
    fresh = tanh(x @ params.W_x + state.h @ (hears * params.W_h) + params.b)
    h = xp.where(active > 0, fresh, state.h)
    return ClockworkState(h, state.t + 1), ClockworkCache(active)


def init_clockwork_state(B: int, H: int) -> ClockworkState:
    """An empty memory for B sequences before the first step: h is zero, (B, H), and t is 0."""
    return ClockworkState(np.zeros((B, H)), 0)

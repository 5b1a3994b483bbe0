"""Backpropagation through time, for any cell that has a backward step."""

from collections.abc import Callable
from operator import add
from typing import Any

from rnncore.functional.base.arrays import Array, Float, require_shape, stack
from rnncore.functional.base.pytree import map_tree

StepBackward = Callable[[Any, Any], tuple[Array, Any, Any]]
"""`dx, dstate_prev, dparams = step_backward(dstate, cache)`."""


def backpropagate(
    step_backward: StepBackward, dhs: Float[Array, "B T H"], dstate: Any, caches: list[Any]
) -> tuple[Float[Array, "B T D"], Any, Any]:
    """Send gradients from the last step of an unrolled cell back to the first.

    At each step two gradients meet: that of the loss at this step, dhs[:, t], and that which comes
    back from the later steps. The weights are shared, so their gradient is the sum over all steps.

    Args:
        step_backward: the cell's backward step,
            `dx, dstate_prev, dparams = step_backward(dstate, cache)`.
        dhs: gradients of the loss with respect to every hidden state shown, (B, T, H).
        dstate: gradient with respect to the state after the last step, beyond what dhs already
            holds; zeros if the loss reads only the hidden states.
        caches: the T caches of `unroll`.

    Returns:
        `dxs` (B, T, D), the gradient with respect to the first state, and the gradients of the
        parameters.

    Raises:
        ValueError: if dhs does not have one step for each cache.

    Reference: Werbos, Backpropagation Through Time, Proc. IEEE 78 (1990), doi:10.1109/5.58337.
    """
    require_shape("dhs", dhs, ("B", len(caches), "H"))
    dxs, total = [], None
    for t in reversed(range(len(caches))):
        dx, dstate, dparams = step_backward(dstate._replace(h=dstate.h + dhs[:, t]), caches[t])
        dxs.append(dx)
        total = dparams if total is None else map_tree(add, total, dparams)
    return stack(dxs[::-1], axis=1), dstate, total

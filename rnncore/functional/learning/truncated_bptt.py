"""Backpropagation through time that does not go all the way back."""

from operator import add
from typing import Any

from rnncore.functional.base.arrays import Array, Float, concat, require_shape, zeros_like
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.learning.bptt import StepBackward, backpropagate


def truncated_bptt(
    step_backward: StepBackward,
    dhs: Float[Array, "B T H"],
    dstate: Any,
    caches: list[Any],
    k1: int,
    k2: int,
) -> Any:
    """Every k1 steps, send the gradients of the last k1 steps back through the last k2 steps.

    The windows of k1 steps are counted from the first step; the last may be shorter. A pass begins
    at the last step of its window and goes back k2 steps, that one included, or to the first step.
    Each step's own gradient, dhs[:, t], comes in once: in the pass whose window holds the step. The
    gradients of the parameters are added up over all passes.

    With k1 = k2, and T a multiple of it, the sequence falls into chunks that no gradient leaves;
    with k1 = 1 every loss reaches exactly k2 steps; with k2 = T nothing is cut off.

    Args:
        step_backward: the cell's backward step,
            `dx, dstate_prev, dparams = step_backward(dstate, cache)`.
        dhs: gradients of the loss with respect to every hidden state shown, (B, T, H).
        dstate: gradient with respect to the state after the last step, beyond what dhs holds.
        caches: the T caches of `unroll`.
        k1: how many steps' gradients a backward pass brings in, at least 1.
        k2: how many steps a backward pass goes, at least k1, or gradients would be lost.

    Returns:
        The gradients of the parameters.

    Raises:
        ValueError: if dhs does not have one step for each cache, or not 1 ≤ k1 ≤ k2.

    Reference: Williams and Peng, An Efficient Gradient-Based Algorithm for On-Line Training of
        Recurrent Network Trajectories (1990), doi:10.1162/neco.1990.2.4.490; the names k1 and k2:
        Sutskever, Training Recurrent Neural Networks, PhD thesis, Toronto (2013).
    """
    T = len(caches)
    require_shape("dhs", dhs, ("B", T, "H"))
    if not 1 <= k1 <= k2:
        raise ValueError(f"k1 and k2 must be 1 ≤ k1 ≤ k2; got {k1} and {k2}")
    nothing = map_tree(zeros_like, dstate)
    total = None
    for begin in range(0, T, k1):
        end = min(begin + k1, T)
        start = max(0, end - k2)
        window = concat([zeros_like(dhs[:, start:begin]), dhs[:, begin:end]], axis=1)
        last = dstate if end == T else nothing
        _, _, dparams = backpropagate(step_backward, window, last, caches[start:end])
        total = dparams if total is None else map_tree(add, total, dparams)
    return total

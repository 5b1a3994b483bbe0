"""L1 and L2 penalties."""

from typing import Any

from rnncore.functional.base.arrays import Array, array_namespace, zeros_like
from rnncore.functional.base.pytree import leaves, map_tree


def l1_l2_penalty(params: Any, l1: float, l2: float) -> Array:
    """What large weights cost, to be added to the loss.

        Ω = l1 Σ |w| + l2 Σ w²

    over the entries of all matrices, the arrays with two or more axes. Biases, which have one
    axis, go free.

    Args:
        params: a tree of arrays (tuples, NamedTuples, lists, dictionaries, nested) with at least
            one matrix.
        l1: the price of |w|, at least 0.
        l2: the price of w², at least 0.

    Returns:
        The penalty, an array without axes.

    Raises:
        ValueError: if a price is below 0, or there is no matrix.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 7.1.
    """
    if l1 < 0 or l2 < 0:
        raise ValueError(f"l1 and l2 must be at least 0; got {l1} and {l2}")
    matrices = [w for w in leaves(params) if w.ndim > 1]
    if not matrices:
        raise ValueError("params must hold at least one matrix; got none")
    xp = array_namespace(matrices[0])
    return sum(l1 * xp.sum(xp.abs(w)) + l2 * xp.sum(w * w) for w in matrices)


def l1_l2_gradient(params: Any, l1: float, l2: float) -> Any:
    """The gradient of `l1_l2_penalty`, to be added to the gradient of the loss.

        dΩ/dw = l1 sign(w) + 2 l2 w   for a matrix,   0   for a bias

    At w = 0, where |w| has a corner, sign(w) = 0.

    Args:
        params: a tree of arrays, as for `l1_l2_penalty`.
        l1: the price of |w|.
        l2: the price of w².

    Returns:
        A tree of the same build, with the gradient of each array in its place.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 7.1.
    """

    def gradient(w: Array) -> Array:
        if w.ndim < 2:
            return zeros_like(w)
        return l1 * array_namespace(w).sign(w) + 2.0 * l2 * w

    return map_tree(gradient, params)

"""Clipping gradients, against those that explode."""

from typing import Any

from rnncore.functional.base.arrays import Array, array_namespace
from rnncore.functional.base.pytree import leaves, map_tree


def clip_by_value(gradients: Any, limit: float) -> Any:
    """Cut every entry to [-limit, limit]; that may turn the direction of the gradient.

        g ← min(max(g, -limit), limit),   entry by entry

    Args:
        gradients: a tree of arrays, such as `RNNParams(dW_x, dW_h, db)`; it is not changed.
        limit: the greatest size of an entry, above 0.

    Returns:
        A tree of the same build.

    Raises:
        ValueError: if the limit is not above 0.

    Reference: Mikolov, Statistical Language Models Based on Neural Networks, PhD thesis, Brno
        (2012).
    """
    if not limit > 0:
        raise ValueError(f"limit must be above 0; got {limit}")
    return map_tree(lambda g: array_namespace(g).clip(g, -limit, limit), gradients)


def clip_by_norm(gradients: Any, limit: float) -> tuple[Any, Array]:
    """Shorten the gradient to a length where it is longer; its direction stays.

        g ← g min(1, limit / ‖g‖),   ‖g‖² = Σ over all arrays of Σ g²

    Args:
        gradients: a tree of arrays, such as `RNNParams(dW_x, dW_h, db)`; it is not changed.
        limit: the greatest length, above 0.

    Returns:
        A tree of the same build, and the length ‖g‖ before, an array without axes.

    Raises:
        ValueError: if the limit is not above 0.

    Reference: Pascanu, Mikolov and Bengio (2013), section 3.2, arXiv:1211.5063.
    """
    if not limit > 0:
        raise ValueError(f"limit must be above 0; got {limit}")
    arrays = list(leaves(gradients))
    xp = array_namespace(*arrays)
    entries = xp.concat([xp.reshape(g, (-1,)) for g in arrays])
    top = xp.max(xp.abs(entries))
    # In units of the greatest entry, so that no square overflows.
    unit = xp.where((top > 0) & xp.isfinite(top), top, xp.ones_like(top))
    norm = unit * xp.sqrt(xp.sum((entries / unit) ** 2))
    scale = limit / xp.clip(norm, limit, None)
    return map_tree(lambda g: g * scale, gradients), norm

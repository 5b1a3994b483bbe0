"""Whole numbers that stand for classes."""

from array_api_compat import device
from jaxtyping import Int

from rnncore.functional.arrays import Array, Float, array_namespace
from rnncore.functional.dtypes import require_kind


def one_hot(ids: Int[Array, "*shape"], like: Float[Array, "*other K"]) -> Float[Array, "*shape K"]:
    """Each class as a row of K numbers: 1 in its own place, 0 elsewhere.

    Args:
        ids: the classes, whole numbers from 0 to K - 1, of any shape.
        like: an array whose last axis is K; gives the dtype.

    Returns:
        An array with one more axis, (..., K).

    Raises:
        ValueError: if the ids are no whole numbers.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 12.4.
    """
    require_kind("ids", ids, "integral")
    xp = array_namespace(like)
    places = xp.arange(like.shape[-1], device=device(like))
    return xp.astype(ids[..., None] == places, like.dtype)


def class_weights(labels: Int[Array, "*shape"], K: int) -> Float[Array, "K"]:
    """Weights that make up for how often each class occurs.

        w_k = n / (K n_k),   n_k how often class k occurs,   n = Σ_k n_k

    Over the labels, the mean weight is 1, and all classes weigh the same together.

    Args:
        labels: whole numbers from 0 to K - 1, of any shape.
        K: how many classes there are.

    Returns:
        The weights (K,), float64.

    Raises:
        ValueError: if one of the classes does not occur, or a label is none of them.

    Reference: King and Zeng, Logistic Regression in Rare Events Data, Political Analysis 9 (2001).
    """
    require_kind("labels", labels, "integral")
    xp = array_namespace(labels)
    labels = xp.reshape(labels, (-1,))
    counts = [int(xp.sum(xp.astype(labels == k, xp.int64))) for k in range(K)]
    if min(counts) == 0 or sum(counts) != labels.shape[0]:
        raise ValueError(f"labels must be from 0 to {K - 1}, each at least once; got {counts}")
    weights = [sum(counts) / (K * count) for count in counts]
    return xp.asarray(weights, dtype=xp.float64, device=device(labels))

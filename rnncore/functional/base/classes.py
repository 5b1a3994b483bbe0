"""Class labels as whole numbers."""

from typing import Any

from array_api_compat import device
from jaxtyping import Int

from rnncore.functional.base.arrays import Array, Float, array_namespace
from rnncore.functional.base.dtypes import require_kind


def one_hot(ids: Int[Array, "*shape"], V: int, dtype: Any = None) -> Float[Array, "*shape V"]:
    """Each whole number as a row of V numbers: 1 in its own place, 0 elsewhere.

        x_{...v} = 1 where v = id_{...}, else 0,   v = 0 ... V - 1

    Args:
        ids: whole numbers from 0 to V - 1, in an array of any shape.
        V: how many there are: the size of the vocabulary, or the number of classes.
        dtype: the dtype of the result; float64 if None.

    Returns:
        An array with one more axis than ids, (..., V).

    Raises:
        ValueError: if the ids are no whole numbers.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 12.4.
    """
    require_kind("ids", ids, "integral")
    xp = array_namespace(ids)
    places = xp.arange(V, device=device(ids))
    return xp.astype(ids[..., None] == places, xp.float64 if dtype is None else dtype)


def class_weights(labels: Int[Array, "*shape"], K: int) -> Float[Array, "K"]:
    """Weights that balance how often each class occurs.

        w_k = n / (K n_k),   n_k how often class k occurs,   n = Σ_k n_k

    The mean weight over the labels is 1, and every class has the same total weight.

    Args:
        labels: whole numbers from 0 to K - 1, of any shape.
        K: the number of classes.

    Returns:
        The weights (K,), float64.

    Raises:
        ValueError: if a class does not occur, or a label is out of range.

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

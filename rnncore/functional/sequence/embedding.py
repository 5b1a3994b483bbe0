"""Word embeddings."""

from jaxtyping import Int

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.base.classes import one_hot
from rnncore.functional.base.dtypes import require_kind


def embedding_forward(
    ids: Int[Array, "*shape"], W: Float[Array, "V D"]
) -> Float[Array, "*shape D"]:
    """Look up a vector for each word: the product onehot(ids) W, without the multiplying.

        x_bt = W[ids_bt]

    Args:
        ids: the words, (B, T) or any other shape, whole numbers from 0 to V - 1.
        W: the table, (V, D).

    Returns:
        The vectors, with one more axis, (B, T, D).

    Raises:
        ValueError: if an id is not in the table, or no whole number.

    Reference: Bengio et al., A Neural Probabilistic Language Model, JMLR 3 (2003).
    """
    require_shape("W", W, ("V", "D"))
    require_kind("ids", ids, "integral")
    xp = array_namespace(W)
    low, high = int(xp.min(ids)), int(xp.max(ids))
    if low < 0 or high >= W.shape[0]:
        raise ValueError(f"ids must be from 0 to {W.shape[0] - 1}; got {low} to {high}")
    return W[xp.astype(ids, xp.int64)]


def embedding_backward(
    dxs: Float[Array, "*shape D"], ids: Int[Array, "*shape"], W: Float[Array, "V D"]
) -> Float[Array, "V D"]:
    """The gradient of the table: each row sums the gradients of all its occurrences.

        dW[v] = Σ_{b,t: ids_bt = v} dx_bt,   that is   dW = onehot(ids)ᵀ dx

    Args:
        dxs: gradients of the loss with respect to the vectors, (B, T, D).
        ids: the words that were looked up, (B, T) or any other shape, which `dxs` then has too.
        W: the table, (V, D); only its shape and dtype matter.

    Returns:
        The gradient, (V, D); zero in the rows of words that do not occur.

    Raises:
        ValueError: if shapes do not fit.

    Reference: the chain rule, step by step: Goodfellow, Bengio and Courville, Deep Learning
        (2016), section 6.5.
    """
    require_shape("W", W, ("V", "D"))
    D = W.shape[1]
    require_shape("dxs", dxs, (*ids.shape, D))
    xp = array_namespace(dxs)
    words = one_hot(xp.reshape(ids, (-1,)), W.shape[0], dxs.dtype)
    return words.T @ xp.reshape(dxs, (-1, D))

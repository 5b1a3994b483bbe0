"""The squashing functions of recurrent cells."""

from rnncore.functional.base.arrays import Array, Float, array_namespace


def sigmoid(a: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Squash to (0, 1): σ(a) = 1 / (1 + exp(-a)).

    Computed as (1 + tanh(a / 2)) / 2, which is the same and never overflows.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 3.10.
    """
    return 0.5 * (1.0 + array_namespace(a).tanh(0.5 * a))


def tanh(a: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Squash to (-1, 1): tanh(a) = 2 σ(2a) - 1. Its slope is 1 at zero, σ's is 1/4."""
    return array_namespace(a).tanh(a)


def softmax(a: Float[Array, "*shape K"]) -> Float[Array, "*shape K"]:
    """Turn scores into probabilities along the last axis: exp(a_k) / Σ_j exp(a_j).

    The greatest score is taken off first, which changes nothing but keeps exp from overflowing.
    """
    xp = array_namespace(a)
    e = xp.exp(a - xp.max(a, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)

"""Sums of probabilities in log space."""

from rnncore.functional.base.arrays import Array, Float, array_namespace


def log_sum_exp(a: Float[Array, "*shape K"]) -> Float[Array, "*shape"]:
    """The logarithm of a sum, from the logarithms of its terms, along the last axis.

        log Σ_k exp(a_k) = m + log Σ_k exp(a_k - m),   m = max_k a_k

    The maximum is subtracted first, so nothing overflows. Terms of -∞ are probabilities of zero;
    where all terms are -∞ the sum is -∞, and its gradient is zero.

    Args:
        a: logarithms, (..., K).

    Returns:
        The logarithms of the sums, (...).

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 4.1.
    """
    xp = array_namespace(a)
    m = _finite_max(a)
    total = xp.sum(xp.exp(a - m), axis=-1)
    none = total == 0
    log_total = xp.log(xp.where(none, xp.ones_like(total), total)) + m[..., 0]
    return xp.where(none, xp.full_like(total, -xp.inf), log_total)


def log_softmax(a: Float[Array, "*shape K"]) -> Float[Array, "*shape K"]:
    """The logarithms of `softmax`: a_k - log Σ_j exp(a_j) along the last axis.

    Args:
        a: scores, (..., K).

    Returns:
        The logarithms of the probabilities, (..., K).

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 4.1.
    """
    a = a - _finite_max(a)
    return a - log_sum_exp(a)[..., None]


def _finite_max(a: Array) -> Array:
    """The maximum along the last axis, which is kept; 0 where it is not finite."""
    xp = array_namespace(a)
    m = xp.max(a, axis=-1, keepdims=True)
    return xp.where(xp.isfinite(m), m, xp.zeros_like(m))

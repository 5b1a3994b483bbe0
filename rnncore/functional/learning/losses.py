"""Losses over padded sequences; padding costs nothing."""

from jaxtyping import Bool, Int

from rnncore.functional.base.activations import softmax
from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape, zeros_like
from rnncore.functional.base.classes import one_hot
from rnncore.functional.base.dtypes import require_kind
from rnncore.functional.base.log_space import log_softmax


def sequence_cross_entropy(
    scores: Float[Array, "B T K"], targets: Int[Array, "B T"], mask: Bool[Array, "B T"]
) -> Array:
    """How surprised a network is by the right classes, on average over all steps that count.

        L = -(1/n) Σ_{b,t} m_bt log softmax(y_bt)[target_bt],   n = Σ_{b,t} m_bt

    Args:
        scores: the outputs y (logits), (B, T, K).
        targets: the right classes, (B, T), whole numbers from 0 to K - 1 where the mask is true.
        mask: (B, T), true at the steps that count.

    Returns:
        The loss in nats, an array without axes.

    Raises:
        ValueError: if shapes do not fit, no step counts, or a target that counts is no class.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 10.2.
    """
    require_targets(scores, targets, mask)
    xp = array_namespace(scores)
    scores = xp.where(mask[:, :, None], scores, zeros_like(scores))
    targets = xp.astype(xp.where(mask, targets, zeros_like(targets)), xp.int64)
    right = xp.take_along_axis(log_softmax(scores), targets[:, :, None], axis=2)[:, :, 0]
    counts = xp.astype(mask, scores.dtype)
    return -xp.sum(counts * right) / xp.sum(counts)


def sequence_cross_entropy_backward(
    scores: Float[Array, "B T K"], targets: Int[Array, "B T"], mask: Bool[Array, "B T"]
) -> Float[Array, "B T K"]:
    """The gradient of `sequence_cross_entropy` with respect to the scores.

        dy_bt = m_bt (softmax(y_bt) - onehot(target_bt)) / n

    Args:
        scores: the outputs y (logits), (B, T, K).
        targets: the right classes, (B, T).
        mask: (B, T), true at the steps that count.

    Returns:
        The gradient, (B, T, K); zero where the mask is false.

    Raises:
        ValueError: as `sequence_cross_entropy`.

    Reference: the chain rule, step by step: Goodfellow, Bengio and Courville, Deep Learning
        (2016), section 6.5.
    """
    require_targets(scores, targets, mask)
    xp = array_namespace(scores)
    scores = xp.where(mask[:, :, None], scores, zeros_like(scores))
    counts = xp.astype(mask, scores.dtype)
    right = one_hot(targets, scores.shape[2], scores.dtype)
    return counts[:, :, None] * (softmax(scores) - right) / xp.sum(counts)


def tag_loss(
    scores: Float[Array, "B T K"],
    tags: Int[Array, "B T"],
    mask: Bool[Array, "B T"],
    weights: Float[Array, "K"],
) -> Array:
    """Weighted cross entropy, in which rare classes may count more.

        L = -Σ_{b,t} m_bt w[tag_bt] log softmax(y_bt)[tag_bt] / Σ_{b,t} m_bt w[tag_bt]

    Args:
        scores: the outputs y (logits), (B, T, K).
        tags: the right classes, (B, T), whole numbers from 0 to K - 1 where the mask is true.
        mask: (B, T), true at the steps that count.
        weights: the weight of each class, (K,), such as `class_weights` gives.

    Returns:
        The loss in nats, an array without axes.

    Raises:
        ValueError: if shapes do not fit, no step counts, a tag that counts is no class, or all
            steps that count have weight 0.

    Reference: King and Zeng, Logistic Regression in Rare Events Data, Political Analysis 9 (2001).
    """
    require_targets(scores, tags, mask)
    require_shape("weights", weights, (scores.shape[2],))
    xp = array_namespace(scores)
    scores = xp.where(mask[:, :, None], scores, zeros_like(scores))
    tags = xp.astype(xp.where(mask, tags, zeros_like(tags)), xp.int64)
    right = xp.take_along_axis(log_softmax(scores), tags[:, :, None], axis=2)[:, :, 0]
    w = xp.astype(mask, scores.dtype) * weights[tags]
    if bool(xp.any(w < 0)) or not bool(xp.any(w != 0)):
        raise ValueError(f"weights must be at least 0, and one that counts above 0; got {weights}")
    return -xp.sum(w * right) / xp.sum(w)


def mean_squared_error(
    ys: Float[Array, "B T K"], targets: Float[Array, "B T K"], mask: Bool[Array, "B T"]
) -> Array:
    """The squared error, on average over all numbers at the steps that count.

        L = (1 / nK) Σ_{b,t} m_bt Σ_k (y_btk - target_btk)²,   n = Σ_{b,t} m_bt

    Args:
        ys: the outputs, (B, T, K).
        targets: what they should be, (B, T, K).
        mask: (B, T), true at the steps that count.

    Returns:
        The loss, an array without axes.

    Raises:
        ValueError: if shapes do not fit, or no step counts.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 5.1.4.
    """
    error, n = _errors(ys, targets, mask)
    return array_namespace(ys).sum(error * error) / n


def mean_squared_error_backward(
    ys: Float[Array, "B T K"], targets: Float[Array, "B T K"], mask: Bool[Array, "B T"]
) -> Float[Array, "B T K"]:
    """The gradient of `mean_squared_error` with respect to the outputs.

        dy_btk = 2 m_bt (y_btk - target_btk) / nK

    Args:
        ys: the outputs, (B, T, K).
        targets: what they should be, (B, T, K).
        mask: (B, T), true at the steps that count.

    Returns:
        The gradient, (B, T, K); zero where the mask is false.

    Raises:
        ValueError: as `mean_squared_error`.

    Reference: the chain rule, step by step: Goodfellow, Bengio and Courville, Deep Learning
        (2016), section 6.5.
    """
    error, n = _errors(ys, targets, mask)
    return 2.0 * error / n


def require_targets(scores: Array, targets: Array, mask: Array) -> None:
    """Check the arguments of a loss over classes.

    Args:
        scores: the outputs, which must be (B, T, K).
        targets: the right classes, (B, T), whole numbers from 0 to K - 1 where the mask is true.
        mask: (B, T), true and false, true at one step at least.

    Raises:
        ValueError: with what was expected and what came.
    """
    require_shape("scores", scores, ("B", "T", "K"))
    require_shape("targets", targets, tuple(scores.shape[:2]))
    require_shape("mask", mask, tuple(scores.shape[:2]))
    require_kind("targets", targets, "integral")
    _require_steps(mask)
    K, counting = scores.shape[2], targets[mask]
    low, high = int(counting.min()), int(counting.max())
    if low < 0 or high >= K:
        raise ValueError(f"targets must be from 0 to {K - 1}; got {low} to {high}")


def _require_steps(mask: Array) -> None:
    require_kind("mask", mask, "bool")
    if not bool(array_namespace(mask).any(mask)):
        raise ValueError("mask must be true at one step at least; got none")


def _errors(ys: Array, targets: Array, mask: Array) -> tuple[Array, Array]:
    """The errors, zero where the mask is false, and how many numbers count."""
    require_shape("ys", ys, ("B", "T", "K"))
    require_shape("targets", targets, tuple(ys.shape))
    require_shape("mask", mask, tuple(ys.shape[:2]))
    _require_steps(mask)
    xp = array_namespace(ys)
    error = xp.where(mask[:, :, None], ys - targets, xp.zeros_like(ys))
    return error, xp.sum(xp.astype(mask, ys.dtype)) * ys.shape[2]

"""Attention: a weighted mean of values, the weights from scores between queries and keys."""

from typing import NamedTuple

from jaxtyping import Bool

from rnncore.functional.base.activations import tanh
from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.base.dtypes import require_kind


class AdditiveParams(NamedTuple):
    """The weights of additive scores, A units wide."""

    W_q: Float[Array, "Q A"]
    W_k: Float[Array, "E A"]
    v: Float[Array, "A"]


def attend(
    scores: Float[Array, "B T S"], values: Float[Array, "B S E"], mask: Bool[Array, "B #T S"]
) -> tuple[Float[Array, "B T E"], Float[Array, "B T S"]]:
    """Attend: average the values, weighted by the scores.

        a_ts = m_ts exp(score_ts) / Σ_j m_tj exp(score_tj)
        context_t = Σ_s a_ts value_s

    Args:
        scores: the score of each of T queries with each of S keys, (B, T, S); from `dot_scores`,
            `general_scores` or `additive_scores`.
        values: the values to average, (B, S, E).
        mask: true where a query may attend, (B, 1, S) or (B, T, S). For padded sources:
            `length_mask(lengths, values)[:, None, :]`.

    Returns:
        The contexts (B, T, E), and the weights (B, T, S), which are 0 where the mask is false. A
        query that may look nowhere has weights 0 and context 0.

    Raises:
        ValueError: if shapes do not fit, scores are not real, or the mask is not true and false.

    Reference: Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align and
        Translate (2015), arXiv:1409.0473.
    """
    require_shape("scores", scores, ("B", "T", "S"))
    require_kind("scores", scores, "real floating")
    B, T, S = scores.shape
    require_shape("values", values, (B, S, "E"))
    require_kind("mask", mask, "bool")
    if tuple(mask.shape) not in ((B, 1, S), (B, T, S)):
        raise ValueError(f"mask must be ({B}, 1 or {T}, {S}); got {tuple(mask.shape)}")
    xp = array_namespace(scores)
    scores = xp.where(mask, scores, xp.full_like(scores, -xp.inf))
    top = xp.max(scores, axis=2, keepdims=True)
    e = xp.exp(scores - xp.where(top == -xp.inf, xp.zeros_like(top), top))
    total = xp.sum(e, axis=2, keepdims=True)
    weights = e / xp.where(total == 0, xp.ones_like(total), total)
    seen = xp.any(mask, axis=1)[:, :, None]
    return weights @ xp.where(seen, values, xp.zeros_like(values)), weights


def dot_scores(
    queries: Float[Array, "B T E"], keys: Float[Array, "B S E"], scale: float = 1.0
) -> Float[Array, "B T S"]:
    """Scores of queries with keys by inner product.

        score_ts = scale q_t · k_s

    Args:
        queries: (B, T, E).
        keys: (B, S, E).
        scale: 1 in Luong et al.; 1 / √E in Vaswani et al., lest softmax saturate for large E.

    Returns:
        The scores, (B, T, S).

    Raises:
        ValueError: if shapes do not fit.

    Reference: Luong, Pham and Manning, Effective Approaches to Attention-based Neural Machine
        Translation (2015), arXiv:1508.04025; scaled: Vaswani et al. (2017), arXiv:1706.03762.
    """
    require_shape("queries", queries, ("B", "T", "E"))
    require_shape("keys", keys, (queries.shape[0], "S", queries.shape[2]))
    return scale * (queries @ array_namespace(keys).matrix_transpose(keys))


def general_scores(
    queries: Float[Array, "B T Q"], keys: Float[Array, "B S E"], W: Float[Array, "Q E"]
) -> Float[Array, "B T S"]:
    """Scores of queries with keys by a learned inner product.

        score_ts = q_tᵀ W k_s

    Args:
        queries: (B, T, Q).
        keys: (B, S, E).
        W: (Q, E).

    Returns:
        The scores, (B, T, S).

    Raises:
        ValueError: if shapes do not fit.

    Reference: Luong, Pham and Manning (2015), arXiv:1508.04025.
    """
    require_shape("W", W, ("Q", "E"))
    Q, E = W.shape
    require_shape("queries", queries, ("B", "T", Q))
    require_shape("keys", keys, (queries.shape[0], "S", E))
    return dot_scores(queries @ W, keys)


def additive_scores(
    queries: Float[Array, "B T Q"], keys: Float[Array, "B S E"], params: AdditiveParams
) -> Float[Array, "B T S"]:
    """Scores of queries with keys by a network with one hidden layer of tanh.

        score_ts = v · tanh(q_t W_q + k_s W_k)

    Args:
        queries: (B, T, Q).
        keys: (B, S, E).
        params: `AdditiveParams(W_q, W_k, v)` of shapes (Q, A), (E, A) and (A,).

    Returns:
        The scores, (B, T, S).

    Raises:
        ValueError: if shapes do not fit.

    Reference: Bahdanau, Cho and Bengio (2015), appendix A.1.2, arXiv:1409.0473.
    """
    require_shape("queries", queries, ("B", "T", params.W_q.shape[0]))
    require_shape("keys", keys, (queries.shape[0], "S", params.W_k.shape[0]))
    from_q, from_k = queries @ params.W_q, keys @ params.W_k
    return tanh(from_q[:, :, None, :] + from_k[:, None, :, :]) @ params.v

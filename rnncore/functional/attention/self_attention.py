"""Self attention."""

import math
from typing import NamedTuple

from array_api_compat import device
from jaxtyping import Bool

from rnncore.functional.attention.scores import attend, dot_scores
from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.base.dtypes import require_kind


class SelfAttentionParams(NamedTuple):
    """The weights that make queries, keys and values of the same inputs."""

    W_q: Float[Array, "D A"]
    W_k: Float[Array, "D A"]
    W_v: Float[Array, "D E"]


def self_attention(
    xs: Float[Array, "B T D"],
    params: SelfAttentionParams,
    mask: Bool[Array, "B T"],
    causal: bool = False,
) -> tuple[Float[Array, "B T E"], Float[Array, "B T T"]]:
    """Single-head self attention: each step of a sequence attends to all of its steps.

        q_t = x_t W_q,   k_t = x_t W_k,   v_t = x_t W_v
        a_t = softmax(q_t · k_s / √A)_s,   y_t = Σ_s a_ts v_s

    Args:
        xs: the sequences, (B, T, D).
        params: `SelfAttentionParams(W_q, W_k, W_v)` of shapes (D, A), (D, A) and (D, E).
        mask: (B, T), true at the valid steps, false in the padding.
        causal: whether a step attends only to itself and earlier steps.

    Returns:
        The outputs y (B, T, E), and the weights (B, T, T), rows attend to columns.

    Raises:
        ValueError: if shapes do not fit.

    Reference: Vaswani et al., Attention Is All You Need (2017), section 3.2.1, arXiv:1706.03762.
    """
    D, A = params.W_q.shape
    require_shape("xs", xs, ("B", "T", D))
    B, T, _ = xs.shape
    require_shape("mask", mask, (B, T))
    require_kind("mask", mask, "bool")
    scores = dot_scores(xs @ params.W_q, xs @ params.W_k, 1.0 / math.sqrt(A))
    seen = mask[:, None, :]
    if causal:
        steps = array_namespace(xs).arange(T, device=device(xs))
        seen = seen & (steps[None, :] <= steps[:, None])
    return attend(scores, xs @ params.W_v, seen)

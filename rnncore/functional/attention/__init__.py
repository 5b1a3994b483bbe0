"""Attention: scores, global, local and self attention."""

from rnncore.functional.attention.local import (
    PositionParams,
    local_attention,
    predict_positions,
    window,
)
from rnncore.functional.attention.scores import (
    AdditiveParams,
    additive_scores,
    attend,
    dot_scores,
    general_scores,
)
from rnncore.functional.attention.self_attention import SelfAttentionParams, self_attention

__all__ = [
    "AdditiveParams",
    "PositionParams",
    "SelfAttentionParams",
    "additive_scores",
    "attend",
    "dot_scores",
    "general_scores",
    "local_attention",
    "predict_positions",
    "self_attention",
    "window",
]

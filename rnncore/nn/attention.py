"""Attention with weights that learn: the equations of `rnncore.functional` as torch modules."""

from collections.abc import Callable

import torch
from torch import Tensor

from rnncore.functional.attention import (
    AdditiveParams,
    PositionParams,
    additive_scores,
    attend,
    dot_scores,
    general_scores,
    local_attention,
    predict_positions,
)
from rnncore.functional.base import require_kind, require_shape

Attend = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""A function such as `rnncore.functional.attention.attend`."""


class DotAttention(torch.nn.Module):
    """Attention with the scores of `dot_scores`, score_ts = q_t · k_s.

    Args:
        Q: the size of a query.
        E: the size of a key, the same.
        attend: averages the keys, weighted by the scores.

    Raises:
        ValueError: if Q is not E.

    Reference: Luong, Pham and Manning (2015), arXiv:1508.04025.
    """

    def __init__(self, Q: int, E: int, attend: Attend = attend):
        super().__init__()
        if Q != E:
            raise ValueError(f"with dot attention, keys must be as wide as queries, {Q}; got {E}")
        self.width = E
        self._attend = attend

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Take from the keys what the queries ask for.

        Args:
            queries: (B, T, Q).
            keys: (B, S, E).
            mask: (B, S), true where there is no padding.

        Returns:
            The contexts (B, T, `width`), and the weights (B, T, S), 0 where the mask is false.

        Raises:
            ValueError: if shapes do not fit.
        """
        return self._attend(self._scores(queries, keys), keys, _for_all_queries(mask, keys))

    def _scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        return dot_scores(queries, keys)


class GeneralAttention(DotAttention):
    """Attention with the scores of `general_scores`, score_ts = q_tᵀ W k_s.

    Args:
        Q: the size of a query.
        E: the size of a key.
        attend: averages the keys, weighted by the scores.

    Reference: Luong, Pham and Manning (2015), arXiv:1508.04025.
    """

    def __init__(self, Q: int, E: int, attend: Attend = attend):
        super().__init__(E, E, attend)
        self.W = _weight(Q, E, fan_in=E)

    def _scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        return general_scores(queries, keys, self.W)


class AdditiveAttention(DotAttention):
    """Attention with the scores of `additive_scores`, score_ts = v · tanh(q_t W_q + k_s W_k).

    The hidden layer has as many units as a query.

    Args:
        Q: the size of a query.
        E: the size of a key.
        attend: averages the keys, weighted by the scores.

    Reference: Bahdanau, Cho and Bengio (2015), appendix A.1.2, arXiv:1409.0473.
    """

    def __init__(self, Q: int, E: int, attend: Attend = attend):
        super().__init__(E, E, attend)
        self.W_q = _weight(Q, Q, fan_in=Q)
        self.W_k = _weight(E, Q, fan_in=E)
        self.v = _weight(Q, fan_in=Q)

    def _scores(self, queries: Tensor, keys: Tensor) -> Tensor:
        return additive_scores(queries, keys, AdditiveParams(self.W_q, self.W_k, self.v))


class LocalAttention(GeneralAttention):
    """Attention with general scores to a window whose place is predicted; see `local_attention`.

    Args:
        Q: the size of a query.
        E: the size of a key.
        D: half the width of the window, in steps of the source.

    Raises:
        ValueError: if D is not above 0.

    Reference: Luong, Pham and Manning (2015), section 3.2, arXiv:1508.04025.
    """

    def __init__(self, Q: int, E: int, D: float):
        super().__init__(Q, E)
        if not D > 0:
            raise ValueError(f"D must be above 0; got {D}")
        self.D = D
        self.W_p = _weight(Q, Q, fan_in=Q)
        self.v_p = _weight(Q, fan_in=Q)

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """As `DotAttention.forward`."""
        params = PositionParams(self.W_p, self.v_p)
        seen = _for_all_queries(mask, keys)
        positions = predict_positions(queries, keys, mask.sum(1), params)
        scores = self._scores(queries, keys)
        return local_attention(scores, keys, positions, self.D, seen)


class NoAttention(torch.nn.Module):
    """What attention is compared with: contexts of width 0, and weights that are all 0."""

    width = 0

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """As `DotAttention.forward`."""
        (B, T, _), S = queries.shape, keys.shape[1]
        return queries.new_zeros(B, T, 0), queries.new_zeros(B, T, S)


def _for_all_queries(mask: Tensor, keys: Tensor) -> Tensor:
    """The mask of the keys, checked, as (B, 1, S)."""
    require_shape("mask", mask, tuple(keys.shape[:2]))
    require_kind("mask", mask, "bool")
    return mask[:, None, :]


def _weight(*shape: int, fan_in: int) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.empty(shape).uniform_(-(fan_in**-0.5), fan_in**-0.5))

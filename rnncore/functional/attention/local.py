"""Attention to a window of the source."""

from typing import NamedTuple

from array_api_compat import device
from jaxtyping import Bool

from rnncore.functional.attention.scores import attend
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.sequence.padding import Lengths, length_mask


class PositionParams(NamedTuple):
    """The weights that predict where to look, A units wide."""

    W_p: Float[Array, "Q A"]
    v_p: Float[Array, "A"]


def predict_positions(
    queries: Float[Array, "B T Q"],
    keys: Float[Array, "B S E"],
    lengths: Lengths,
    params: PositionParams,
) -> Float[Array, "B T"]:
    """Predict the source position that each query attends to.

        p_t = S_b σ(v_p · tanh(q_t W_p))

    Args:
        queries: (B, T, Q).
        keys: the source, (B, S, E); only its size matters.
        lengths: the length S_b of each source: B whole numbers from 0 to S.
        params: `PositionParams(W_p, v_p)` of shapes (Q, A) and (A,).

    Returns:
        The positions in steps, real numbers between 0 and S_b, (B, T).

    Raises:
        ValueError: if shapes or lengths do not fit.

    Reference: Luong, Pham and Manning (2015), equation 9, arXiv:1508.04025.
    """
    require_shape("queries", queries, ("B", "T", params.W_p.shape[0]))
    require_shape("keys", keys, (queries.shape[0], "S", "E"))
    xp = array_namespace(queries)
    counts = xp.sum(xp.astype(length_mask(lengths, keys), queries.dtype), axis=1)
    return counts[:, None] * sigmoid(tanh(queries @ params.W_p) @ params.v_p)


def window(positions: Float[Array, "B T"], S: int, D: float) -> Bool[Array, "B T S"]:
    """Mask of the source steps within D steps of a position: |s - p_t| ≤ D.

    With positions p_t = t, and the window as the mask of `attend`, this is the monotonic local
    attention of Luong et al.

    Args:
        positions: the centres, (B, T), steps counted from 0.
        S: the number of source steps.
        D: half the width, in steps, at least 0.

    Returns:
        The mask, (B, T, S).

    Raises:
        ValueError: if positions are not (B, T), or D is below 0.

    Reference: Luong, Pham and Manning (2015), section 3.2, arXiv:1508.04025.
    """
    if not D >= 0:
        raise ValueError(f"D must be at least 0; got {D}")
    require_shape("positions", positions, ("B", "T"))
    xp = array_namespace(positions)
    steps = xp.arange(S, dtype=positions.dtype, device=device(positions))
    return xp.abs(steps - positions[:, :, None]) <= D


def local_attention(
    scores: Float[Array, "B T S"],
    values: Float[Array, "B S E"],
    positions: Float[Array, "B T"],
    D: float,
    mask: Bool[Array, "B #T S"],
) -> tuple[Float[Array, "B T E"], Float[Array, "B T S"]]:
    """Attend to a window around a position, with a Gaussian that favours its centre.

        a_ts = softmax(score_t)_s exp(-(s - p_t)² / (2 (D/2)²)),   |s - p_t| ≤ D

    softmax runs over the window. The weights are not renormalised, so that gradients move the
    positions.

    Args:
        scores: (B, T, S); see `attend`.
        values: (B, S, E).
        positions: the centres of the windows, (B, T), such as `predict_positions` gives.
        D: half the width of the window, in steps, above 0.
        mask: true where a query may attend, (B, 1, S) or (B, T, S).

    Returns:
        The contexts (B, T, E), and the weights (B, T, S); both are zero where a window is empty.

    Raises:
        ValueError: if shapes do not fit, or D is not above 0.

    Reference: Luong, Pham and Manning (2015), section 3.2, arXiv:1508.04025.
    """
    if not D > 0:
        raise ValueError(f"D must be above 0; got {D}")
    require_shape("scores", scores, ("B", "T", "S"))
    B, T, S = scores.shape
    require_shape("positions", positions, (B, T))
    require_shape("values", values, (B, S, "E"))
    xp = array_namespace(scores)
    steps = xp.arange(S, dtype=positions.dtype, device=device(positions))
    away = steps - positions[:, :, None]
    near = mask & (xp.abs(away) <= D)
    _, weights = attend(scores, values, near)
    weights = weights * xp.exp(-2.0 * (away / D) ** 2)
    seen = xp.any(near, axis=1)[:, :, None]
    return weights @ xp.where(seen, values, xp.zeros_like(values)), weights

"""Gradients through a readout."""

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.sequence.layouts import ReadoutParams


def readout_backward(
    dys: Float[Array, "*shape K"], h: Float[Array, "*shape H"], params: ReadoutParams
) -> tuple[Float[Array, "*shape H"], ReadoutParams]:
    """Gradients through y = h W_y + b_y, with the weights shared by all steps.

        dh = dy W_yᵀ,   dW_y = Σ_{b,t} hᵀ dy,   db_y = Σ_{b,t} dy

    Args:
        dys: gradients of the loss with respect to the outputs, (B, K) or (B, T, K).
        h: the hidden states that were read, (B, H) or (B, T, H).
        params: `ReadoutParams(W_y, b_y)` of shapes (H, K) and (K,).

    Returns:
        `dh`, of the shape of h, and `ReadoutParams(dW_y, db_y)`.

    Raises:
        ValueError: if shapes do not fit.

    Reference: the chain rule, step by step: Goodfellow, Bengio and Courville, Deep Learning
        (2016), section 6.5.
    """
    H, K = params.W_y.shape
    require_shape("h", h, (*h.shape[:-1], H))
    require_shape("dys", dys, (*h.shape[:-1], K))
    xp = array_namespace(h)
    rows, drows = xp.reshape(h, (-1, H)), xp.reshape(dys, (-1, K))
    return dys @ params.W_y.T, ReadoutParams(rows.T @ drows, xp.sum(drows, axis=0))

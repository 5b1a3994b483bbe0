"""The vanilla recurrent cell with rectified units, as one pure step and its backward step."""

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.cells.rnn import RNNCache, RNNParams, RNNState


def relu_rnn_step(
    x: Float[Array, "B D"], state: RNNState, params: RNNParams
) -> tuple[RNNState, RNNCache]:
    """One step of the vanilla RNN with max(a, 0) in place of tanh.

        h = max(x W_x + h_prev W_h + b, 0)

    Args:
        x: the inputs of this step, (B, D).
        state: `RNNState(h)`, the hidden state before this step, (B, H).
        params: `RNNParams(W_x, W_h, b)` of shapes (D, H), (H, H) and (H,).

    Returns:
        The new state `RNNState(h)`, h of shape (B, H), and `RNNCache(x, h_prev, h, params)`.

    Raises:
        ValueError: if x does not have W_x's D columns, or the state not its H.

    Reference: Le, Jaitly and Hinton, A Simple Way to Initialize Recurrent Networks of Rectified
        Linear Units (2015), arXiv:1504.00941.
    """
    D, H = params.W_x.shape
    require_shape("x", x, ("B", D))
    require_shape("state.h", state.h, (x.shape[0], H))
    a = x @ params.W_x + state.h @ params.W_h + params.b
    xp = array_namespace(a)
    h = xp.where(a <= 0, xp.zeros_like(a), a)
    return RNNState(h), RNNCache(x, state.h, h, params)


def relu_rnn_step_backward(dstate: RNNState, cache: RNNCache) -> tuple[Array, RNNState, RNNParams]:
    """Gradients through one step of the RNN with rectified units; at the kink the slope is 0.

        da = dh where h > 0,   else   0
        dx = da W_xᵀ,  dh_prev = da W_hᵀ,  dW_x = xᵀ da,  dW_h = h_prevᵀ da,  db = Σ_B da

    Args:
        dstate: `RNNState(dh)`, the gradient of the loss with respect to this step's new state,
            (B, H).
        cache: what `relu_rnn_step` returned.

    Returns:
        `dx` (B, D), `RNNState(dh_prev)` (B, H) and `RNNParams(dW_x, dW_h, db)`.

    Raises:
        ValueError: if the gradient does not have the shape of the state.

    Reference: the chain rule, step by step: Goodfellow, Bengio and Courville, Deep Learning
        (2016), section 6.5.
    """
    x, h_prev, h, params = cache
    require_shape("dstate.h", dstate.h, tuple(h.shape))
    xp = array_namespace(h)
    da = xp.where(h == 0, xp.zeros_like(h), dstate.h)
    db = xp.sum(da, axis=0)
    return da @ params.W_x.T, RNNState(da @ params.W_h.T), RNNParams(x.T @ da, h_prev.T @ da, db)

"""The gated recurrent unit as first published: the reset gate comes before the product."""

from typing import NamedTuple

import numpy as np

from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.base.arrays import Array, Float, array_namespace, concat, require_shape
from rnncore.functional.base.uniform import uniform_weights
from rnncore.functional.cells.rnn import RNNState


class GRUResetBeforeParams(NamedTuple):
    """The weights of the cell, side by side in the order r, z, n; gradients have the same type."""

    W_x: Float[Array, "D 3H"]
    W_h: Float[Array, "H 3H"]
    b: Float[Array, "3H"]


class GRUResetBeforeCache(NamedTuple):
    """What a step leaves behind for its backward step."""

    x: Float[Array, "B D"]
    h_prev: Float[Array, "B H"]
    r: Float[Array, "B H"]
    z: Float[Array, "B H"]
    n: Float[Array, "B H"]
    params: GRUResetBeforeParams


def gru_step_reset_before(
    x: Float[Array, "B D"], state: RNNState, params: GRUResetBeforeParams
) -> tuple[RNNState, GRUResetBeforeCache]:
    """One step of the GRU of Cho et al.: z keeps the old, and r comes before the product.

        r = σ(x W_xr + h_prev W_hr + b_r)
        z = σ(x W_xz + h_prev W_hz + b_z)
        n = tanh(x W_xn + (r h_prev) W_hn + b_n)
        h = (1 - z) n + z h_prev

    Args:
        x: the inputs of this step, (B, D).
        state: `RNNState(h)`, the hidden state before this step, (B, H).
        params: `GRUResetBeforeParams(W_x, W_h, b)` of shapes (D, 3H), (H, 3H) and (3H,).

    Returns:
        The new state `RNNState(h)`, (B, H), and `GRUResetBeforeCache(x, h_prev, r, z, n, params)`.

    Raises:
        ValueError: if x does not have W_x's D columns, or the state not H.

    Reference: Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014),
        section 2.3, arXiv:1406.1078.
    """
    H = params.W_h.shape[0]
    require_shape("x", x, ("B", params.W_x.shape[0]))
    require_shape("state.h", state.h, (x.shape[0], H))
    from_x = x @ params.W_x + params.b
    gates = sigmoid(from_x[:, : 2 * H] + state.h @ params.W_h[:, : 2 * H])
    r, z = gates[:, :H], gates[:, H:]
    n = tanh(from_x[:, 2 * H :] + (r * state.h) @ params.W_h[:, 2 * H :])
    h = (1.0 - z) * n + z * state.h
    return RNNState(h), GRUResetBeforeCache(x, state.h, r, z, n, params)


def gru_step_reset_before_backward(
    dstate: RNNState, cache: GRUResetBeforeCache
) -> tuple[Array, RNNState, GRUResetBeforeParams]:
    """Gradients through one step of the GRU of Cho et al.

        da_n = dh (1 - z) (1 - n²)
        d(r h_prev) = da_n W_hnᵀ
        da_z = dh (h_prev - n) z (1 - z)
        da_r = d(r h_prev) h_prev r (1 - r)
        da = [da_r, da_z, da_n]
        dx = da W_xᵀ,  dh_prev = dh z + d(r h_prev) r + [da_r, da_z] [W_hr, W_hz]ᵀ
        dW_x = xᵀ da,  dW_h = [h_prevᵀ da_r, h_prevᵀ da_z, (r h_prev)ᵀ da_n],  db = Σ_B da

    Args:
        dstate: `RNNState(dh)`, the gradient of the loss with respect to this step's new state,
            (B, H).
        cache: what `gru_step_reset_before` returned.

    Returns:
        `dx` (B, D), `RNNState(dh_prev)` (B, H) and `GRUResetBeforeParams(dW_x, dW_h, db)`.

    Raises:
        ValueError: if the gradient does not have the shape of the state.

    Reference: the chain rule, step by step: Goodfellow, Bengio and Courville, Deep Learning
        (2016), section 6.5.
    """
    x, h_prev, r, z, n, params = cache
    require_shape("dstate.h", dstate.h, tuple(n.shape))
    H = params.W_h.shape[0]
    da_n = dstate.h * (1.0 - z) * (1.0 - n * n)
    d_reset = da_n @ params.W_h[:, 2 * H :].T
    da_z = dstate.h * (h_prev - n) * z * (1.0 - z)
    da_r = d_reset * h_prev * r * (1.0 - r)
    da_rz = concat([da_r, da_z], axis=1)
    da = concat([da_rz, da_n], axis=1)
    dh_prev = dstate.h * z + d_reset * r + da_rz @ params.W_h[:, : 2 * H].T
    dW_h = concat([h_prev.T @ da_rz, (r * h_prev).T @ da_n], axis=1)
    db = array_namespace(da).sum(da, axis=0)
    return da @ params.W_x.T, RNNState(dh_prev), GRUResetBeforeParams(x.T @ da, dW_h, db)


def init_gru_reset_before_params(D: int, H: int, rng: np.random.Generator) -> GRUResetBeforeParams:
    """Weights of the cell, input D and hidden H, drawn with `rng` uniformly from ±1/√H."""
    return GRUResetBeforeParams(
        uniform_weights(rng, H, D, 3 * H),
        uniform_weights(rng, H, H, 3 * H),
        uniform_weights(rng, H, 3 * H),
    )

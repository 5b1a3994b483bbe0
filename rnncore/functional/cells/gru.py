"""The gated recurrent unit in torch's form, as one pure step and its backward step."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.base.arrays import (
    Array,
    Float,
    array_namespace,
    concat,
    require_shape,
    zeros_like,
)
from rnncore.functional.base.uniform import uniform_weights
from rnncore.functional.cells.rnn import RNNState


class GRUParams(NamedTuple):
    """The weights of a GRU cell, side by side in the order r, z, n; gradients have the same type.

    The reset gate multiplies b_n, too, which therefore stands apart from b.
    """

    W_x: Float[Array, "D 3H"]
    W_h: Float[Array, "H 3H"]
    b: Float[Array, "3H"]
    b_n: Float[Array, "H"]


class GRUCache(NamedTuple):
    """What a step leaves behind for its backward step; m = h_prev W_hn + b_n."""

    x: Float[Array, "B D"]
    h_prev: Float[Array, "B H"]
    r: Float[Array, "B H"]
    z: Float[Array, "B H"]
    n: Float[Array, "B H"]
    m: Float[Array, "B H"]
    params: GRUParams


def gru_step(
    x: Float[Array, "B D"], state: RNNState, params: GRUParams
) -> tuple[RNNState, GRUCache]:
    """One step of the GRU in torch's form: z keeps the old, and r comes after the product.

        r = σ(x W_xr + h_prev W_hr + b_r)
        z = σ(x W_xz + h_prev W_hz + b_z)
        n = tanh(x W_xn + b_xn + r m),   m = h_prev W_hn + b_n
        h = (1 - z) n + z h_prev

    Args:
        x: the inputs of this step, (B, D).
        state: `RNNState(h)`, the hidden state before this step, (B, H).
        params: `GRUParams(W_x, W_h, b, b_n)` of shapes (D, 3H), (H, 3H), (3H,) and (H,), where
            b = [b_r, b_z, b_xn].

    Returns:
        The new state `RNNState(h)`, (B, H), and `GRUCache(x, h_prev, r, z, n, m, params)`.

    Raises:
        ValueError: if x does not have W_x's D columns, or the state not H.

    Reference: Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014),
        arXiv:1406.1078; the reset after the product: the documentation of torch.nn.GRU.
    """
    H = params.W_h.shape[0]
    require_shape("x", x, ("B", params.W_x.shape[0]))
    require_shape("state.h", state.h, (x.shape[0], H))
    from_x = x @ params.W_x + params.b
    from_h = state.h @ params.W_h
    r = sigmoid(from_x[:, :H] + from_h[:, :H])
    z = sigmoid(from_x[:, H : 2 * H] + from_h[:, H : 2 * H])
    m = from_h[:, 2 * H :] + params.b_n
    n = tanh(from_x[:, 2 * H :] + r * m)
    h = (1.0 - z) * n + z * state.h
    return RNNState(h), GRUCache(x, state.h, r, z, n, m, params)


def gru_step_backward(dstate: RNNState, cache: GRUCache) -> tuple[Array, RNNState, GRUParams]:
    """Gradients through one step of the GRU in torch's form.

        da_n = dh (1 - z) (1 - n²)
        da_z = dh (h_prev - n) z (1 - z)
        da_r = da_n m r (1 - r)
        da_x = [da_r, da_z, da_n],  da_h = [da_r, da_z, da_n r]
        dx = da_x W_xᵀ,  dh_prev = dh z + da_h W_hᵀ
        dW_x = xᵀ da_x,  dW_h = h_prevᵀ da_h,  db = Σ_B da_x,  db_n = Σ_B da_n r

    Args:
        dstate: `RNNState(dh)`, the gradient of the loss with respect to this step's new state,
            (B, H).
        cache: what `gru_step` returned.

    Returns:
        `dx` (B, D), `RNNState(dh_prev)` (B, H) and `GRUParams(dW_x, dW_h, db, db_n)`.

    Raises:
        ValueError: if the gradient does not have the shape of the state.

    Reference: the chain rule, step by step: Goodfellow, Bengio and Courville, Deep Learning
        (2016), section 6.5.
    """
    x, h_prev, r, z, n, m, params = cache
    require_shape("dstate.h", dstate.h, tuple(n.shape))
    da_n = dstate.h * (1.0 - z) * (1.0 - n * n)
    da_z = dstate.h * (h_prev - n) * z * (1.0 - z)
    da_r = da_n * m * r * (1.0 - r)
    da_x = concat([da_r, da_z, da_n], axis=1)
    da_h = concat([da_r, da_z, da_n * r], axis=1)
    xp = array_namespace(da_x)
    db, db_n = xp.sum(da_x, axis=0), xp.sum(da_n * r, axis=0)
    dparams = GRUParams(x.T @ da_x, h_prev.T @ da_h, db, db_n)
    return da_x @ params.W_x.T, RNNState(dstate.h * z + da_h @ params.W_h.T), dparams


def init_gru_params(D: int, H: int, rng: np.random.Generator) -> GRUParams:
    """Weights of a GRU cell, input D and hidden H, drawn with `rng` uniformly from ±1/√H."""
    return GRUParams(
        uniform_weights(rng, H, D, 3 * H),
        uniform_weights(rng, H, H, 3 * H),
        uniform_weights(rng, H, 3 * H),
        uniform_weights(rng, H, H),
    )


def gru_from_torch(weights: Mapping[str, Array]) -> GRUParams:
    """Read the weights of a one-layer `torch.nn.GRU` from its `state_dict`.

    torch adds its two biases for r and z; for n the second is inside the product with r, our b_n.

    Args:
        weights: `weight_ih_l0` (3H, D), `weight_hh_l0` (3H, H), `bias_ih_l0` and `bias_hh_l0`,
            (3H,) each; gates in our order: r, z, n.

    Returns:
        `GRUParams(W_x, W_h, b, b_n)` of shapes (D, 3H), (H, 3H), (3H,) and (H,).

    Reference: the documentation of torch.nn.GRU.
    """
    b_x, b_h = weights["bias_ih_l0"], weights["bias_hh_l0"]
    gates = 2 * weights["weight_hh_l0"].shape[1]
    return GRUParams(
        W_x=weights["weight_ih_l0"].T,
        W_h=weights["weight_hh_l0"].T,
        b=concat([b_x[:gates] + b_h[:gates], b_x[gates:]]),
        b_n=b_h[gates:],
    )


def gru_to_torch(params: GRUParams) -> dict[str, Array]:
    """The weights as a `state_dict` for a one-layer `torch.nn.GRU`.

    Our b goes into `bias_ih_l0`; `bias_hh_l0` is zero for r and z and holds b_n for n.

    Args:
        params: `GRUParams(W_x, W_h, b, b_n)`.

    Returns:
        `weight_ih_l0` (3H, D), `weight_hh_l0` (3H, H), `bias_ih_l0` and `bias_hh_l0` (3H,).

    Reference: the documentation of torch.nn.GRU.
    """
    return {
        "weight_ih_l0": params.W_x.T,
        "weight_hh_l0": params.W_h.T,
        "bias_ih_l0": params.b,
        "bias_hh_l0": concat([zeros_like(params.b[: 2 * params.b_n.shape[0]]), params.b_n]),
    }

"""Long short-term memory, as one pure step and its backward step."""

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


class LSTMState(NamedTuple):
    """What an LSTM remembers between two steps: the hidden state, which it shows, and its cell."""

    h: Float[Array, "B H"]
    c: Float[Array, "B H"]


class LSTMParams(NamedTuple):
    """The weights of an LSTM cell, gates side by side in the order i, f, g, o.

    Gradients with respect to them have the same type.
    """

    W_x: Float[Array, "D 4H"]
    W_h: Float[Array, "H 4H"]
    b: Float[Array, "4H"]


class LSTMCache(NamedTuple):
    """What a step leaves behind for its backward step."""

    x: Float[Array, "B D"]
    h_prev: Float[Array, "B H"]
    c_prev: Float[Array, "B H"]
    i: Float[Array, "B H"]
    f: Float[Array, "B H"]
    g: Float[Array, "B H"]
    o: Float[Array, "B H"]
    c: Float[Array, "B H"]
    params: LSTMParams


def lstm_step(
    x: Float[Array, "B D"], state: LSTMState, params: LSTMParams
) -> tuple[LSTMState, LSTMCache]:
    """One step of the LSTM, for B sequences at once.

        [a_i, a_f, a_g, a_o] = x W_x + h_prev W_h + b
        i = σ(a_i)   f = σ(a_f)   g = tanh(a_g)   o = σ(a_o)
        c = f c_prev + i g
        h = o tanh(c)

    Args:
        x: the inputs of this step, (B, D).
        state: `LSTMState(h, c)` before this step, both (B, H).
        params: `LSTMParams(W_x, W_h, b)` of shapes (D, 4H), (H, 4H) and (4H,).

    Returns:
        The new state `LSTMState(h, c)`, both (B, H), and
        `LSTMCache(x, h_prev, c_prev, i, f, g, o, c, params)`.

    Raises:
        ValueError: if x does not have W_x's D columns, or the state not H.

    Reference: Hochreiter and Schmidhuber, Long Short-Term Memory, Neural Computation 9 (1997),
        doi:10.1162/neco.1997.9.8.1735; forget gate: Gers, Schmidhuber and Cummins, Learning to
        Forget (2000), doi:10.1162/089976600300015015.
    """
    H = params.W_h.shape[0]
    require_shape("x", x, ("B", params.W_x.shape[0]))
    require_shape("state.h", state.h, (x.shape[0], H))
    require_shape("state.c", state.c, (x.shape[0], H))
    a = x @ params.W_x + state.h @ params.W_h + params.b
    i = sigmoid(a[:, :H])
    f = sigmoid(a[:, H : 2 * H])
    g = tanh(a[:, 2 * H : 3 * H])
    o = sigmoid(a[:, 3 * H :])
    c = f * state.c + i * g
    h = o * tanh(c)
    return LSTMState(h, c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


def lstm_step_backward(dstate: LSTMState, cache: LSTMCache) -> tuple[Array, LSTMState, LSTMParams]:
    """Gradients through one step of the LSTM.

        dc = dc_next + dh o (1 - tanh²(c))
        da_i = dc g i (1 - i)          da_o = dh tanh(c) o (1 - o)
        da = [da_i, da_f, da_g, da_o]  with da_f and da_g in the same way
        dx = da W_xᵀ,  dh_prev = da W_hᵀ,  dc_prev = dc f
        dW_x = xᵀ da,  dW_h = h_prevᵀ da,  db = Σ_B da

    Args:
        dstate: `LSTMState(dh, dc_next)`: the gradients of the loss with respect to this step's new
            h and c, (B, H); dc_next is what arrives along the cell path, without the part that
            flows through h.
        cache: what `lstm_step` returned.

    Returns:
        `dx` (B, D), `LSTMState(dh_prev, dc_prev)`, both (B, H), and `LSTMParams(dW_x, dW_h, db)`.

    Reference: Greff et al., LSTM: A Search Space Odyssey (2015), appendix A, arXiv:1503.04069.
    """
    x, h_prev, c_prev, i, f, g, o, c, params = cache
    require_shape("dstate.h", dstate.h, tuple(c.shape))
    require_shape("dstate.c", dstate.c, tuple(c.shape))
    tanh_c = tanh(c)
    dc = dstate.c + dstate.h * o * (1.0 - tanh_c * tanh_c)
    da_i = dc * g * i * (1.0 - i)
    da_f = dc * c_prev * f * (1.0 - f)
    da_g = dc * i * (1.0 - g * g)
    da_o = dstate.h * tanh_c * o * (1.0 - o)
    da = concat([da_i, da_f, da_g, da_o], axis=1)
    db = array_namespace(da).sum(da, axis=0)
    dparams = LSTMParams(x.T @ da, h_prev.T @ da, db)
    return da @ params.W_x.T, LSTMState(da @ params.W_h.T, dc * f), dparams


def init_lstm_params(D: int, H: int, rng: np.random.Generator) -> LSTMParams:
    """Weights of an LSTM cell, input D and hidden H, drawn with `rng` uniformly from ±1/√H."""
    return LSTMParams(
        uniform_weights(rng, H, D, 4 * H),
        uniform_weights(rng, H, H, 4 * H),
        uniform_weights(rng, H, 4 * H),
    )


def init_lstm_state(B: int, H: int) -> LSTMState:
    """An empty memory for B sequences: h and c are zero, (B, H)."""
    return LSTMState(np.zeros((B, H)), np.zeros((B, H)))


def from_torch(weights: Mapping[str, Array]) -> LSTMParams:
    """Read the weights of a one-layer `torch.nn.LSTM` from its `state_dict`.

    torch keeps `weight_ih_l0` (4H, D) and `weight_hh_l0` (4H, H), the transposes of ours, and two
    biases `bias_ih_l0` and `bias_hh_l0`, (4H,) each, which it adds. The gates are in our order:
    i, f, g, o.

    Args:
        weights: a mapping from those four names to arrays.

    Returns:
        `LSTMParams(W_x, W_h, b)` of shapes (D, 4H), (H, 4H) and (4H,).
    """
    return LSTMParams(
        W_x=weights["weight_ih_l0"].T,
        W_h=weights["weight_hh_l0"].T,
        b=weights["bias_ih_l0"] + weights["bias_hh_l0"],
    )


def to_torch(params: LSTMParams) -> dict[str, Array]:
    """The weights as a `state_dict` for a one-layer `torch.nn.LSTM`.

    torch adds its two biases: ours goes into `bias_ih_l0`, and `bias_hh_l0` is zero.

    Args:
        params: `LSTMParams(W_x, W_h, b)`.

    Returns:
        `weight_ih_l0` (4H, D), `weight_hh_l0` (4H, H), `bias_ih_l0` and `bias_hh_l0` (4H,), arrays
        of the same library as the parameters; torch's `load_state_dict` wants tensors.
    """
    return {
        "weight_ih_l0": params.W_x.T,
        "weight_hh_l0": params.W_h.T,
        "bias_ih_l0": params.b,
        "bias_hh_l0": zeros_like(params.b),
    }

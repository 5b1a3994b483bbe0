"""An LSTM whose cell is fed by the cell of the layer below, through a gate."""

from typing import NamedTuple

import numpy as np

from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.base.arrays import Array, Float, require_shape
from rnncore.functional.base.uniform import uniform_weights
from rnncore.functional.cells.lstm import LSTMState


class DepthGatedParams(NamedTuple):
    """The weights of a peephole LSTM, as in `PeepholeLSTMParams`, and those of the depth gate d.

    The gate's weights on the two cells, p_d on its own and l_d on the one below, are diagonal.
    """

    W_x: Float[Array, "D 4H"]
    W_h: Float[Array, "H 4H"]
    b: Float[Array, "4H"]
    p: Float[Array, "3H"]
    W_d: Float[Array, "D H"]
    b_d: Float[Array, "H"]
    p_d: Float[Array, "H"]
    l_d: Float[Array, "H"]


class DepthGatedCache(NamedTuple):
    """The gates of a step, for a look inside."""

    i: Float[Array, "B H"]
    f: Float[Array, "B H"]
    g: Float[Array, "B H"]
    o: Float[Array, "B H"]
    d: Float[Array, "B H"]


def depth_gated_step(
    x: Float[Array, "B D+H"], state: LSTMState, params: DepthGatedParams
) -> tuple[LSTMState, DepthGatedCache]:
    """One step of the depth-gated LSTM: the cell also takes in what the cell below holds.

        [a_i, a_f, a_g, a_o] = u W_x + h_prev W_h + b,   x = [u, c_below]
        i = σ(a_i + p_i c_prev)   f = σ(a_f + p_f c_prev)   g = tanh(a_g)
        d = σ(u W_d + b_d + p_d c_prev + l_d c_below)
        c = d c_below + f c_prev + i g
        o = σ(a_o + p_o c)
        h = o tanh(c)

    Where c_below is zero, as for a layer with none below, this is the peephole LSTM.

    Args:
        x: [u, c_below], (B, D + H): the inputs of this step and, in the last H columns, the cell
            of the layer below at the same step.
        state: `LSTMState(h, c)` before this step, both (B, H).
        params: `DepthGatedParams(W_x, W_h, b, p, W_d, b_d, p_d, l_d)` of shapes (D, 4H), (H, 4H),
            (4H,), (3H,), (D, H), (H,), (H,) and (H,).

    Returns:
        The new state `LSTMState(h, c)`, both (B, H), and `DepthGatedCache(i, f, g, o, d)`.

    Raises:
        ValueError: if x does not have D + H columns, or the state not H.

    Reference: Yao et al., Depth-Gated LSTM (2015), arXiv:1508.03790.
    """
    D, H = params.W_d.shape
    require_shape("x", x, ("B", D + H))
    require_shape("state.h", state.h, (x.shape[0], H))
    require_shape("state.c", state.c, (x.shape[0], H))
    u, c_below = x[:, :D], x[:, D:]
    a = u @ params.W_x + state.h @ params.W_h + params.b
    p_i, p_f, p_o = params.p[:H], params.p[H : 2 * H], params.p[2 * H :]
    i = sigmoid(a[:, :H] + p_i * state.c)
    f = sigmoid(a[:, H : 2 * H] + p_f * state.c)
    g = tanh(a[:, 2 * H : 3 * H])
    d = sigmoid(u @ params.W_d + params.b_d + params.p_d * state.c + params.l_d * c_below)
    c = d * c_below + f * state.c + i * g
    o = sigmoid(a[:, 3 * H :] + p_o * c)
    return LSTMState(o * tanh(c), c), DepthGatedCache(i, f, g, o, d)


def init_depth_gated_params(D: int, H: int, rng: np.random.Generator) -> DepthGatedParams:
    """Weights of the cell, input D without c_below and hidden H, drawn with `rng` from ±1/√H."""
    return DepthGatedParams(
        uniform_weights(rng, H, D, 4 * H),
        uniform_weights(rng, H, H, 4 * H),
        uniform_weights(rng, H, 4 * H),
        uniform_weights(rng, H, 3 * H),
        uniform_weights(rng, H, D, H),
        uniform_weights(rng, H, H),
        uniform_weights(rng, H, H),
        uniform_weights(rng, H, H),
    )

"""An LSTM whose gates look at the cell through diagonal peepholes."""

from typing import NamedTuple

import numpy as np

from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.base.arrays import Array, Float, require_shape
from rnncore.functional.base.uniform import uniform_weights
from rnncore.functional.cells.lstm import LSTMState


class PeepholeLSTMParams(NamedTuple):
    """The weights of an LSTM in the order i, f, g, o, and its peepholes in the order i, f, o."""

    W_x: Float[Array, "D 4H"]
    W_h: Float[Array, "H 4H"]
    b: Float[Array, "4H"]
    p: Float[Array, "3H"]


class PeepholeLSTMCache(NamedTuple):
    """The gates of a step, for a look inside."""

    i: Float[Array, "B H"]
    f: Float[Array, "B H"]
    g: Float[Array, "B H"]
    o: Float[Array, "B H"]


def peephole_lstm_step(
    x: Float[Array, "B D"], state: LSTMState, params: PeepholeLSTMParams
) -> tuple[LSTMState, PeepholeLSTMCache]:
    """One step of the peephole LSTM: each gate sees the one cell that it guards.

        [a_i, a_f, a_g, a_o] = x W_x + h_prev W_h + b
        i = σ(a_i + p_i c_prev)   f = σ(a_f + p_f c_prev)   g = tanh(a_g)
        c = f c_prev + i g
        o = σ(a_o + p_o c)
        h = o tanh(c)

    A peephole is one weight for each cell, a diagonal matrix; the output gate sees the new cell.

    Args:
        x: the inputs of this step, (B, D).
        state: `LSTMState(h, c)` before this step, both (B, H).
        params: `PeepholeLSTMParams(W_x, W_h, b, p)` of shapes (D, 4H), (H, 4H), (4H,) and (3H,).

    Returns:
        The new state `LSTMState(h, c)`, both (B, H), and `PeepholeLSTMCache(i, f, g, o)`.

    Raises:
        ValueError: if x does not have W_x's D columns, or the state not H.

    Reference: Gers and Schmidhuber, Recurrent Nets that Time and Count (2000),
        doi:10.1109/IJCNN.2000.861302; Gers, Schraudolph and Schmidhuber, Learning Precise Timing
        with LSTM Recurrent Networks, JMLR 3 (2002).
    """
    H = params.W_h.shape[0]
    require_shape("x", x, ("B", params.W_x.shape[0]))
    require_shape("state.h", state.h, (x.shape[0], H))
    require_shape("state.c", state.c, (x.shape[0], H))
    a = x @ params.W_x + state.h @ params.W_h + params.b
    p_i, p_f, p_o = params.p[:H], params.p[H : 2 * H], params.p[2 * H :]
    i = sigmoid(a[:, :H] + p_i * state.c)
    f = sigmoid(a[:, H : 2 * H] + p_f * state.c)
    g = tanh(a[:, 2 * H : 3 * H])
    c = f * state.c + i * g
    o = sigmoid(a[:, 3 * H :] + p_o * c)
    return LSTMState(o * tanh(c), c), PeepholeLSTMCache(i, f, g, o)


def init_peephole_lstm_params(D: int, H: int, rng: np.random.Generator) -> PeepholeLSTMParams:
    """Weights of the cell, input D and hidden H, drawn with `rng` uniformly from ±1/√H."""
    return PeepholeLSTMParams(
        uniform_weights(rng, H, D, 4 * H),
        uniform_weights(rng, H, H, 4 * H),
        uniform_weights(rng, H, 4 * H),
        uniform_weights(rng, H, 3 * H),
    )

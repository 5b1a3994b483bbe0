"""An LSTM whose input and forget gates are one."""

from typing import NamedTuple

import numpy as np

from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.base.arrays import Array, Float, require_shape
from rnncore.functional.base.uniform import uniform_weights
from rnncore.functional.cells.lstm import LSTMState


class CoupledLSTMParams(NamedTuple):
    """The weights of the cell, gates side by side in the order f, g, o."""

    W_x: Float[Array, "D 3H"]
    W_h: Float[Array, "H 3H"]
    b: Float[Array, "3H"]


class CoupledLSTMCache(NamedTuple):
    """The gates of a step, for a look inside; the input gate is 1 - f."""

    f: Float[Array, "B H"]
    g: Float[Array, "B H"]
    o: Float[Array, "B H"]


def coupled_lstm_step(
    x: Float[Array, "B D"], state: LSTMState, params: CoupledLSTMParams
) -> tuple[LSTMState, CoupledLSTMCache]:
    """One step of the LSTM with coupled gates: it writes exactly as much as it forgets.

        [a_f, a_g, a_o] = x W_x + h_prev W_h + b
        f = σ(a_f)   g = tanh(a_g)   o = σ(a_o)
        c = f c_prev + (1 - f) g
        h = o tanh(c)

    Args:
        x: the inputs of this step, (B, D).
        state: `LSTMState(h, c)` before this step, both (B, H).
        params: `CoupledLSTMParams(W_x, W_h, b)` of shapes (D, 3H), (H, 3H) and (3H,).

    Returns:
        The new state `LSTMState(h, c)`, both (B, H), and `CoupledLSTMCache(f, g, o)`.

    Raises:
        ValueError: if x does not have W_x's D columns, or the state not H.

    Reference: Greff et al., LSTM: A Search Space Odyssey (2015), variant CIFG, arXiv:1503.04069.
    """
    H = params.W_h.shape[0]
    require_shape("x", x, ("B", params.W_x.shape[0]))
    require_shape("state.h", state.h, (x.shape[0], H))
    require_shape("state.c", state.c, (x.shape[0], H))
    a = x @ params.W_x + state.h @ params.W_h + params.b
    f = sigmoid(a[:, :H])
    g = tanh(a[:, H : 2 * H])
    o = sigmoid(a[:, 2 * H :])
    c = f * state.c + (1.0 - f) * g
    return LSTMState(o * tanh(c), c), CoupledLSTMCache(f, g, o)


def init_coupled_lstm_params(D: int, H: int, rng: np.random.Generator) -> CoupledLSTMParams:
    """Weights of the cell, input D and hidden H, drawn with `rng` uniformly from ±1/√H."""
    return CoupledLSTMParams(
        uniform_weights(rng, H, D, 3 * H),
        uniform_weights(rng, H, H, 3 * H),
        uniform_weights(rng, H, 3 * H),
    )

"""MUT1, the best of three cells that an evolutionary search found."""

from typing import NamedTuple

import numpy as np

from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.base.arrays import Array, Float, require_shape
from rnncore.functional.base.uniform import uniform_weights
from rnncore.functional.cells.rnn import RNNState


class MUT1Params(NamedTuple):
    """The weights of the cell: W_x and b in the order z, r, n; W_h in the order r, n."""

    W_x: Float[Array, "D 3H"]
    W_h: Float[Array, "H 2H"]
    b: Float[Array, "3H"]


class MUT1Cache(NamedTuple):
    """The gates of a step, for a look inside."""

    z: Float[Array, "B H"]
    r: Float[Array, "B H"]
    n: Float[Array, "B H"]


def mut1_step(
    x: Float[Array, "B D"], state: RNNState, params: MUT1Params
) -> tuple[RNNState, MUT1Cache]:
    """One step of MUT1: like a GRU, but the update gate does not see the hidden state.

        z = σ(x W_xz + b_z)
        r = σ(x W_xr + h_prev W_hr + b_r)
        n = tanh((r h_prev) W_hn + tanh(x W_xn) + b_n)
        h = z n + (1 - z) h_prev

    Here z takes the new. The paper writes tanh(x), which asks for D = H; W_xn lets D differ, and
    as the identity it gives the paper's form.

    Args:
        x: the inputs of this step, (B, D).
        state: `RNNState(h)`, the hidden state before this step, (B, H).
        params: `MUT1Params(W_x, W_h, b)` of shapes (D, 3H), (H, 2H) and (3H,).

    Returns:
        The new state `RNNState(h)`, (B, H), and `MUT1Cache(z, r, n)`.

    Raises:
        ValueError: if x does not have W_x's D columns, or the state not H.

    Reference: Jozefowicz, Zaremba and Sutskever, An Empirical Exploration of Recurrent Network
        Architectures (2015).
    """
    H = params.W_h.shape[0]
    require_shape("x", x, ("B", params.W_x.shape[0]))
    require_shape("state.h", state.h, (x.shape[0], H))
    from_x, b = x @ params.W_x, params.b
    z = sigmoid(from_x[:, :H] + b[:H])
    r = sigmoid(from_x[:, H : 2 * H] + state.h @ params.W_h[:, :H] + b[H : 2 * H])
    from_h = (r * state.h) @ params.W_h[:, H:]
    n = tanh(from_h + tanh(from_x[:, 2 * H :]) + b[2 * H :])
    return RNNState(z * n + (1.0 - z) * state.h), MUT1Cache(z, r, n)


def init_mut1_params(D: int, H: int, rng: np.random.Generator) -> MUT1Params:
    """Weights of the cell, input D and hidden H, drawn with `rng` uniformly from ±1/√H."""
    return MUT1Params(
        uniform_weights(rng, H, D, 3 * H),
        uniform_weights(rng, H, H, 2 * H),
        uniform_weights(rng, H, 3 * H),
    )

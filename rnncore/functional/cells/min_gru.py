"""minGRU: a GRU whose gates do not see the hidden state, so that it is a linear recurrence."""

from typing import NamedTuple

import numpy as np

from rnncore.functional.base.activations import sigmoid
from rnncore.functional.base.arrays import Array, Float, require_shape
from rnncore.functional.base.linear_recurrence import linear_recurrence
from rnncore.functional.base.uniform import uniform_weights
from rnncore.functional.cells.rnn import RNNState


class MinGRUParams(NamedTuple):
    """The weights of the cell, side by side in the order z, n."""

    W_x: Float[Array, "D 2H"]
    b: Float[Array, "2H"]


class MinGRUCache(NamedTuple):
    """The gate and the candidate of a step, for a look inside."""

    z: Float[Array, "B H"]
    n: Float[Array, "B H"]


def min_gru_step(
    x: Float[Array, "B D"], state: RNNState, params: MinGRUParams
) -> tuple[RNNState, MinGRUCache]:
    """One step of minGRU.

        z = σ(x W_xz + b_z)
        n = x W_xn + b_n
        h = (1 - z) h_prev + z n

    Here z takes the new.

    Args:
        x: the inputs of this step, (B, D).
        state: `RNNState(h)`, the hidden state before this step, (B, H).
        params: `MinGRUParams(W_x, b)` of shapes (D, 2H) and (2H,).

    Returns:
        The new state `RNNState(h)`, (B, H), and `MinGRUCache(z, n)`.

    Raises:
        ValueError: if x does not have W_x's D columns, or the state not H.

    Reference: Feng et al., Were RNNs All We Needed? (2024), section 3.1, arXiv:2410.01201.
    """
    D, H = params.W_x.shape[0], params.W_x.shape[1] // 2
    require_shape("x", x, ("B", D))
    require_shape("state.h", state.h, (x.shape[0], H))
    a = x @ params.W_x + params.b
    z, n = sigmoid(a[:, :H]), a[:, H:]
    return RNNState((1.0 - z) * state.h + z * n), MinGRUCache(z, n)


def min_gru_scan(
    xs: Float[Array, "B T D"], state: RNNState, params: MinGRUParams
) -> tuple[Float[Array, "B T H"], RNNState]:
    """All steps of minGRU at once: what `unroll(min_gru_step, ...)` gives, by a parallel scan.

        h_t = (1 - z_t) h_{t-1} + z_t n_t,   t = 1 ... T

    Args:
        xs: the sequences, (B, T, D), T at least 1.
        state: `RNNState(h)` before the first step, (B, H).
        params: `MinGRUParams(W_x, b)` of shapes (D, 2H) and (2H,).

    Returns:
        The hidden states of all steps (B, T, H), and the state after the last.

    Raises:
        ValueError: if shapes do not fit, or there is no step.

    Reference: Feng et al., Were RNNs All We Needed? (2024), section 3.1, arXiv:2410.01201.
    """
    D, H = params.W_x.shape[0], params.W_x.shape[1] // 2
    require_shape("xs", xs, ("B", "T", D))
    require_shape("state.h", state.h, (xs.shape[0], H))
    a = xs @ params.W_x + params.b
    z, n = sigmoid(a[:, :, :H]), a[:, :, H:]
    hs = linear_recurrence(1.0 - z, z * n, state.h)
    return hs, RNNState(hs[:, -1])


def signed_recurrence(
    xs: Float[Array, "B T D"], state: RNNState, params: MinGRUParams
) -> tuple[Float[Array, "B T H"], RNNState]:
    """minGRU with factors between -1 and 1 instead of 0 and 1, all steps at once.

        z_t = σ(x_t W_xz + b_z)
        n_t = x_t W_xn + b_n
        h_t = (1 - 2 z_t) h_{t-1} + z_t n_t,   t = 1 ... T

    With z near 0 the state stays; with z near 1 it changes its sign before n is added.

    Args:
        xs: the sequences, (B, T, D), T at least 1.
        state: `RNNState(h)` before the first step, (B, H).
        params: `MinGRUParams(W_x, b)` of shapes (D, 2H) and (2H,), in the order z, n.

    Returns:
        The hidden states of all steps (B, T, H), and the state after the last.

    Raises:
        ValueError: if shapes do not fit, or there is no step.

    Reference: Grazzi et al., Unlocking State-Tracking in Linear RNNs Through Negative Eigenvalues
        (2024), arXiv:2411.12537.
    """
    D, H = params.W_x.shape[0], params.W_x.shape[1] // 2
    require_shape("xs", xs, ("B", "T", D))
    require_shape("state.h", state.h, (xs.shape[0], H))
    a = xs @ params.W_x + params.b
    z, n = sigmoid(a[:, :, :H]), a[:, :, H:]
    hs = linear_recurrence(1.0 - 2.0 * z, z * n, state.h)
    return hs, RNNState(hs[:, -1])


def init_min_gru_params(D: int, H: int, rng: np.random.Generator) -> MinGRUParams:
    """Weights of the cell, input D and hidden H, drawn with `rng` uniformly from ±1/√H."""
    return MinGRUParams(uniform_weights(rng, H, D, 2 * H), uniform_weights(rng, H, 2 * H))

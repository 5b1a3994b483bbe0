"""The vanilla recurrent cell (Elman 1990), as one pure step and its backward step."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from rnncore.functional.base.activations import tanh
from rnncore.functional.base.arrays import (
    Array,
    Float,
    array_namespace,
    concat,
    require_shape,
    zeros_like,
)
from rnncore.functional.base.uniform import uniform_weights


class RNNState(NamedTuple):
    """What an RNN remembers between two steps."""

    h: Float[Array, "B H"]


class RNNParams(NamedTuple):
    """The weights of an RNN cell, shared by all steps; their gradients have the same type."""

    W_x: Float[Array, "D H"]
    W_h: Float[Array, "H H"]
    b: Float[Array, "H"]


class StackedParams(NamedTuple):
    """The same weights in one matrix: the rows of W_h above the rows of W_x."""

    W_a: Float[Array, "H+D H"]
    b: Float[Array, "H"]


class RNNCache(NamedTuple):
    """What a step leaves behind for its backward step."""

    x: Float[Array, "B D"]
    h_prev: Float[Array, "B H"]
    h: Float[Array, "B H"]
    params: Any  # RNNParams, or StackedParams where rnn_step_stacked made it


def rnn_step(
    x: Float[Array, "B D"], state: RNNState, params: RNNParams
) -> tuple[RNNState, RNNCache]:
    """One step of the vanilla RNN, for B sequences at once.

        h = tanh(x W_x + h_prev W_h + b)

    Args:
        x: the inputs of this step, (B, D).
        state: `RNNState(h)`, the hidden state before this step, (B, H).
        params: `RNNParams(W_x, W_h, b)` of shapes (D, H), (H, H) and (H,).

    Returns:
        The new state `RNNState(h)`, h of shape (B, H), and `RNNCache(x, h_prev, h, params)`.

    Raises:
        ValueError: if x does not have W_x's D columns, or the state not its H.

    Reference: Elman, Finding Structure in Time, Cognitive Science 14 (1990),
        doi:10.1207/s15516709cog1402_1.
    """
    D, H = params.W_x.shape
    require_shape("x", x, ("B", D))
    require_shape("state.h", state.h, (x.shape[0], H))
    h = tanh(x @ params.W_x + state.h @ params.W_h + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


def rnn_step_backward(dstate: RNNState, cache: RNNCache) -> tuple[Array, RNNState, RNNParams]:
    """Gradients through one step of the vanilla RNN, with tanh' = 1 - tanh².

        da = dh (1 - h²)
        dx = da W_xᵀ,  dh_prev = da W_hᵀ,  dW_x = xᵀ da,  dW_h = h_prevᵀ da,  db = Σ_B da

    Args:
        dstate: `RNNState(dh)`, the gradient of the loss with respect to this step's new state,
            (B, H).
        cache: what `rnn_step` returned.

    Returns:
        `dx` (B, D), `RNNState(dh_prev)` (B, H) and `RNNParams(dW_x, dW_h, db)`.

    Raises:
        ValueError: if the gradient does not have the shape of the state.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 10.2.2.
    """
    x, h_prev, h, params = cache
    require_shape("dstate.h", dstate.h, tuple(h.shape))
    da = dstate.h * (1.0 - h * h)
    db = array_namespace(da).sum(da, axis=0)
    return da @ params.W_x.T, RNNState(da @ params.W_h.T), RNNParams(x.T @ da, h_prev.T @ da, db)


def stack_params(params: RNNParams) -> StackedParams:
    """Put W_h above W_x, so that one product serves both: [h_prev, x] W_a = h_prev W_h + x W_x."""
    return StackedParams(concat([params.W_h, params.W_x]), params.b)


def rnn_step_stacked(
    x: Float[Array, "B D"], state: RNNState, params: StackedParams
) -> tuple[RNNState, RNNCache]:
    """One step of the vanilla RNN with a single product.

        h = tanh([h_prev, x] W_a + b),   W_a = W_h above W_x

    Args:
        x: the inputs of this step, (B, D).
        state: `RNNState(h)`, the hidden state before this step, (B, H).
        params: `StackedParams(W_a, b)` of shapes (H + D, H) and (H,).

    Returns:
        The new state `RNNState(h)`, h of shape (B, H), and `RNNCache(x, h_prev, h, params)`.

    Raises:
        ValueError: if x and the state do not fill W_a's H + D rows.
    """
    rows, H = params.W_a.shape
    require_shape("x", x, ("B", rows - H))
    require_shape("state.h", state.h, (x.shape[0], H))
    h = tanh(concat([state.h, x], axis=1) @ params.W_a + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


def init_rnn_params(D: int, H: int, rng: np.random.Generator) -> RNNParams:
    """Weights of an RNN cell, input D and hidden H, drawn with `rng` uniformly from ±1/√H, float64.

    `torch.nn.RNN` starts from the same distribution.
    """
    return RNNParams(
        uniform_weights(rng, H, D, H), uniform_weights(rng, H, H, H), uniform_weights(rng, H, H)
    )


def init_rnn_state(B: int, H: int) -> RNNState:
    """An empty memory for B sequences: h is zero, (B, H)."""
    return RNNState(np.zeros((B, H)))


def rnn_from_torch(weights: Mapping[str, Array]) -> RNNParams:
    """Read the weights of a one-layer `torch.nn.RNN` from its `state_dict`.

    Args:
        weights: `weight_ih_l0` (H, D), `weight_hh_l0` (H, H), and two biases `bias_ih_l0` and
            `bias_hh_l0`, (H,) each, which torch adds.

    Returns:
        `RNNParams(W_x, W_h, b)` of shapes (D, H), (H, H) and (H,).
    """
    return RNNParams(
        W_x=weights["weight_ih_l0"].T,
        W_h=weights["weight_hh_l0"].T,
        b=weights["bias_ih_l0"] + weights["bias_hh_l0"],
    )


def rnn_to_torch(params: RNNParams) -> dict[str, Array]:
    """The weights as a `state_dict` for a one-layer `torch.nn.RNN`.

    torch adds its two biases: ours goes into `bias_ih_l0`, and `bias_hh_l0` is zero.
    """
    return {
        "weight_ih_l0": params.W_x.T,
        "weight_hh_l0": params.W_h.T,
        "bias_ih_l0": params.b,
        "bias_hh_l0": zeros_like(params.b),
    }

"""A whole LSTM layer: forward and backward through time, and its trace."""

from typing import NamedTuple

from rnncore.functional.base.arrays import Array, Float, array_namespace, concat, stack, zeros_like
from rnncore.functional.cells.lstm import (
    LSTMCache,
    LSTMParams,
    LSTMState,
    lstm_step,
    lstm_step_backward,
)


class LSTMTrace(NamedTuple):
    """The gates and states of an LSTM over a sequence; c_0 is the cell before the first step."""

    i: Float[Array, "B T H"]
    f: Float[Array, "B T H"]
    g: Float[Array, "B T H"]
    o: Float[Array, "B T H"]
    c: Float[Array, "B T H"]
    h: Float[Array, "B T H"]
    c_0: Float[Array, "B H"]


def lstm_forward(
    xs: Float[Array, "B T D"], state: LSTMState, params: LSTMParams
) -> tuple[Float[Array, "B T H"], LSTMState, list[LSTMCache]]:
    """Run an LSTM over whole sequences: `lstm_step` at each t = 1 ... T, with the same weights.

    Args:
        xs: the sequences, (B, T, D), T at least 1.
        state: `LSTMState(h, c)` before the first step, both (B, H).
        params: `LSTMParams(W_x, W_h, b)`.

    Returns:
        The hidden states of all steps (B, T, H), the `LSTMState` after the last step, and the T
        caches in order.
    """
    hs, caches = [], []
    for t in range(xs.shape[1]):
        state, cache = lstm_step(xs[:, t], state, params)
        hs.append(state.h)
        caches.append(cache)
    return stack(hs, axis=1), state, caches


def lstm_backward(
    dhs: Float[Array, "B T H"], dstate: LSTMState, caches: list[LSTMCache]
) -> tuple[Float[Array, "B T D"], LSTMState, LSTMParams]:
    """Backpropagation through time: `lstm_step_backward` at each t = T ... 1.

    At step t the gradient of h is the sum of what the loss says of this step, dhs[:, t], and what
    comes back from step t + 1. The gradient of c comes back from step t + 1 alone. The steps share
    their weights, so the gradients of the weights add up.

    Args:
        dhs: gradients of the loss with respect to every hidden state, (B, T, H).
        dstate: `LSTMState(dh, dc)`: gradients with respect to the state after the last step,
            (B, H), beyond what dhs holds; zeros if the loss reads only the hidden states.
        caches: the T caches of `lstm_forward`.

    Returns:
        `dxs` (B, T, D), `LSTMState(dh_0, dc_0)`, both (B, H), and `LSTMParams(dW_x, dW_h, db)`.
    """
    first = caches[0].params
    dW_x, dW_h, db = zeros_like(first.W_x), zeros_like(first.W_h), zeros_like(first.b)
    dxs = []
    for t in reversed(range(len(caches))):
        dstate = LSTMState(dstate.h + dhs[:, t], dstate.c)
        dx, dstate, dparams = lstm_step_backward(dstate, caches[t])
        dxs.append(dx)
        dW_x, dW_h, db = dW_x + dparams.W_x, dW_h + dparams.W_h, db + dparams.b
    return stack(dxs[::-1], axis=1), dstate, LSTMParams(dW_x, dW_h, db)


def trace(hs: Float[Array, "B T H"], caches: list[LSTMCache]) -> LSTMTrace:
    """Gather the gates and states of a run of `lstm_forward` for plotting and for questions.

    Args:
        hs: the hidden states, (B, T, H).
        caches: the T caches.

    Returns:
        `LSTMTrace(i, f, g, o, c, h, c_0)`.
    """
    gates = {name: stack([getattr(cache, name) for cache in caches], axis=1) for name in "ifgoc"}
    return LSTMTrace(**gates, h=hs, c_0=caches[0].c_prev)


def diagnose_notes_cell(run: LSTMTrace, tolerance: float = 1e-6) -> dict[str, bool]:
    """Find the faults of the LSTM in lecture notes N2, from the trace of somebody else's cell.

    Two arrays count as equal where they differ by at most `tolerance` everywhere.

    Args:
        run: `LSTMTrace(i, f, g, o, c, h, c_0)`; i, f, g, o, c, h are (B, T, H), c_0 is (B, H).
        tolerance: the greatest difference that still counts as equal.

    Returns:
        A dictionary of three findings, each True where the cell has the fault:
        `"input_gate_is_output_gate"`: i equals o;
        `"cell_state_not_updated"`: c is not f c_prev + i g, where c_prev is c one step earlier,
        c_0 at the first;
        `"output_ignores_cell"`: h is not o tanh(c).
    """
    xp = array_namespace(run.c)

    def differ(a: Array, b: Array) -> bool:
        return not bool(xp.max(xp.abs(a - b)) <= tolerance)

    c_prev = concat([run.c_0[:, None, :], run.c[:, :-1]], axis=1)
    return {
        "input_gate_is_output_gate": not differ(run.i, run.o),
        "cell_state_not_updated": differ(run.c, run.f * c_prev + run.i * run.g),
        "output_ignores_cell": differ(run.h, run.o * xp.tanh(run.c)),
    }

"""minGRU by a parallel scan where that is faster, else step by step."""

from typing import Any

import torch
from torch import Tensor

from rnncore.functional.cells import MinGRUParams, RNNState, min_gru_scan
from rnncore.nn.kernels.second_derivatives import differentiable
from rnncore.nn.steps import Steps

_LONG, _NARROW = 256, 256
"""The parallel scan beats one step at a time on a CPU from this many steps on and up to this many
numbers in a state (measured, one thread)."""


def min_gru_by_scan(
    xs: Tensor, steps: Steps, state: RNNState, params: MinGRUParams
) -> tuple[Tensor, RNNState]:
    """The same values and gradients as the loop over `min_gru_step`.

    Gates and candidates do not see the hidden state, so they are computed for all steps at once,
    which leaves h_t = a_t h_{t-1} + b_t. A parallel scan solves it on a GPU, and on a CPU for many
    steps of a small state, where calls cost more than arithmetic. The scan needs about three times
    the products, so elsewhere, and for ragged lengths, each step is one multiplication and addition
    in place, forwards and backwards.

    Args:
        xs: the inputs of all steps, (N, D).
        steps: how the N rows fall into steps.
        state: `RNNState(h)` before the first step, (B, H).
        params: `MinGRUParams(W_x, b)`.

    Returns:
        The hidden states (N, H), and the state after the last step of each sequence.
    """
    T = len(steps.sizes)
    parallel = xs.device.type != "cpu" or (T >= _LONG and state.h.numel() <= _NARROW)
    if parallel and steps.same_length:
        in_time = xs.unflatten(0, (T, steps.B))
        hs, _ = min_gru_scan(in_time.transpose(0, 1), state, params)
        rows = hs.transpose(0, 1).flatten(0, 1)
    else:
        z, n = torch.addmm(params.b, xs, params.W_x).chunk(2, dim=1)
        z = z.sigmoid()
        rows = _LinearRecurrence.apply(1.0 - z, z * n, state.h, steps)
    return rows, RNNState(steps.final_rows(rows))


def _loop(ctx: Any, a: Tensor, b: Tensor, h: Tensor) -> tuple[Tensor]:
    hs = []
    for a_t, b_t in zip(ctx.steps.split(a), ctx.steps.split(b), strict=True):
        h = a_t * h[: len(a_t)] + b_t
        hs.append(h)
    return (torch.cat(hs),)


class _LinearRecurrence(torch.autograd.Function):
    """h_t = a_t h_{t-1} + b_t, and backwards dh_{t-1} += a_t dh_t."""

    @staticmethod
    def forward(ctx: Any, a, b, h_0, steps: Steps):
        hs = b.clone()
        h_steps = steps.split(hs)
        for a_t, h, h_prev in zip(
            steps.split(a), h_steps, steps.previous_states(h_0, h_steps), strict=True
        ):
            h.addcmul_(a_t, h_prev)
        ctx.save_for_backward(a, b, h_0, hs)
        ctx.n_inputs, ctx.steps = 3, steps
        return hs

    @staticmethod
    @differentiable(_loop)
    def backward(ctx: Any, dhs):  # pyright: ignore[reportIncompatibleMethodOverride]
        a, _, h_0, hs = ctx.saved_tensors
        steps, dh, dh_0 = ctx.steps, dhs.clone(), torch.zeros_like(h_0)
        dh_steps = steps.split(dh)
        along = zip(steps.split(a), dh_steps, steps.previous_states(dh_0, dh_steps), strict=True)
        for a_t, dh_t, dh_prev in reversed(list(along)):
            dh_prev.addcmul_(a_t, dh_t)
        return dh * steps.previous_rows(h_0, hs), dh, dh_0, None

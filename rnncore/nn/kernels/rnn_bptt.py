"""The vanilla RNN with hand-written backpropagation through time."""

from typing import Any

import torch
from torch import Tensor

from rnncore.functional.cells import RNNParams, RNNState, relu_rnn_step, rnn_step
from rnncore.nn.kernels.derivatives import relu_backward, tanh_backward
from rnncore.nn.kernels.loop import loop
from rnncore.nn.kernels.products import product, product_adder
from rnncore.nn.kernels.second_derivatives import differentiable
from rnncore.nn.kernels.weight_gradients import WeightGradients, rows_at_a_time
from rnncore.nn.steps import Steps


def rnn_bptt(
    xs: Tensor, steps: Steps, state: RNNState, params: RNNParams
) -> tuple[Tensor, RNNState]:
    """The same values and gradients as the loop over `rnn_step`.

    Args:
        xs: the inputs of all steps, (N, D).
        steps: how the N rows fall into steps.
        state: `RNNState(h)` before the first step, (B, H).
        params: `RNNParams(W_x, W_h, b)`.

    Returns:
        The hidden states (N, H), and the state after the last step of each sequence.
    """
    hs, h = _RNN.apply(xs, *state, *params, steps, rnn_step, torch.tanh_, _tanh_backward_)
    return hs, RNNState(h)


def relu_rnn_bptt(
    xs: Tensor, steps: Steps, state: RNNState, params: RNNParams
) -> tuple[Tensor, RNNState]:
    """As `rnn_bptt`, with max(a, 0) in place of tanh."""
    hs, h = _RNN.apply(xs, *state, *params, steps, relu_rnn_step, torch.relu_, _relu_backward_)
    return hs, RNNState(h)


def _tanh_backward_(dh: Tensor, h: Tensor) -> None:
    tanh_backward(dh, h, grad_input=dh)


def _relu_backward_(dh: Tensor, h: Tensor) -> None:
    relu_backward(dh, h, 0, grad_input=dh)


def _loop(ctx: Any, xs, h_0, *params: Tensor) -> tuple[Tensor, Tensor]:
    hs, state = loop(ctx.step, xs, ctx.steps, RNNState(h_0), RNNParams(*params))
    return hs, *state


class _RNN(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, xs, h_0, W_x, W_h, b, steps: Steps, step, squash_, squash_backward_):
        hs = product(xs, W_x).add_(b)
        add_product_ = product_adder(W_h, steps.B)
        h_steps = steps.split(hs)
        for h, h_prev in zip(h_steps, steps.previous_states(h_0, h_steps), strict=True):
            squash_(add_product_(h, h_prev))
        ctx.save_for_backward(xs, h_0, W_x, W_h, b, hs)
        ctx.n_inputs, ctx.steps, ctx.step = 5, steps, step
        ctx.squash_backward_ = squash_backward_
        return hs, steps.final_rows(hs)

    @staticmethod
    @differentiable(_loop)
    def backward(ctx: Any, dhs, dh_last):  # pyright: ignore[reportIncompatibleMethodOverride]
        xs, h_0, W_x, W_h, _, hs = ctx.saved_tensors
        gradients = WeightGradients(W_x, W_h)
        dx = torch.empty_like(xs) if ctx.needs_input_grad[0] else None
        dh = dh_last.clone()
        add_product_ = product_adder(W_h.T, ctx.steps.B)
        for part in reversed(ctx.steps.parts(rows_at_a_time(W_h, ctx.steps.N))):
            steps, h, rows = part.steps, hs[part.rows], part.rows
            da = dhs[rows].clone()
            steps.add_to_final_rows(da, dh[: steps.B])
            dh[: steps.B] = 0.0
            da_steps = steps.split(da)
            dh_prevs = steps.previous_states(dh[: steps.B], da_steps)
            for da_t, h_t, dh_prev in reversed(
                list(zip(da_steps, steps.split(h), dh_prevs, strict=True))
            ):
                ctx.squash_backward_(da_t, h_t)
                add_product_(dh_prev, da_t)
            gradients.add(xs[rows], da, part.previous_rows(h_0, hs), da)
            if dx is not None:
                dx[rows] = product(da, W_x.T)
        return dx, dh, *gradients.all(), None, None, None, None

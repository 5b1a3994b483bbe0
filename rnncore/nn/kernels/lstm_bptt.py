"""The LSTM with hand-written backpropagation through time."""

from typing import Any

import torch
from torch import Tensor

from rnncore.functional.cells import LSTMParams, LSTMState, lstm_step
from rnncore.nn.kernels.derivatives import sigmoid_backward, tanh_backward
from rnncore.nn.kernels.loop import loop
from rnncore.nn.kernels.products import product, product_adder
from rnncore.nn.kernels.second_derivatives import differentiable
from rnncore.nn.kernels.weight_gradients import WeightGradients, rows_at_a_time
from rnncore.nn.steps import Steps


def lstm_bptt(
    xs: Tensor, steps: Steps, state: LSTMState, params: LSTMParams
) -> tuple[Tensor, LSTMState]:
    """The same values and gradients as the loop over `lstm_step`.

    Forwards, x W_x + b is one product for all steps, and each step computes its gates in place;
    they are kept. Backwards, the factors of dh and dc in the equations of `lstm_step_backward` are
    computed for all steps at once, a step only multiplies, and each weight's gradient is one
    product.

    Args:
        xs: the inputs of all steps, (N, D).
        steps: how the N rows fall into steps.
        state: `LSTMState(h, c)` before the first step, both (B, H).
        params: `LSTMParams(W_x, W_h, b)`.

    Returns:
        The hidden states (N, H), and the state after the last step of each sequence.
    """
    hs, h, c = _LSTM.apply(xs, *state, *params, steps)
    return hs, LSTMState(h, c)


def _loop(ctx: Any, xs, h_0, c_0, *params: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    hs, state = loop(lstm_step, xs, ctx.steps, LSTMState(h_0, c_0), LSTMParams(*params))
    return hs, *state


class _LSTM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, xs, h_0, c_0, W_x, W_h, b, steps: Steps):
        H = W_h.shape[0]
        gates = product(xs, W_x).add_(b)
        add_product_ = product_adder(W_h, steps.B)
        hs, cs = (xs.new_empty(steps.N, H) for _ in range(2))
        h_steps, c_steps = steps.split(hs), steps.split(cs)
        for a, a_if, i, f, g, o, h_prev, c_prev, h, c, tanh_c in zip(
            steps.split(gates),
            steps.split(gates[:, : 2 * H]),
            *map(steps.split, gates.chunk(4, dim=1)),
            steps.previous_states(h_0, h_steps),
            steps.previous_states(c_0, c_steps),
            h_steps,
            c_steps,
            steps.active_rows(torch.empty_like(c_0)),
            strict=True,
        ):
            add_product_(a, h_prev)
            a_if.sigmoid_()
            g.tanh_()
            o.sigmoid_()
            torch.mul(f, c_prev, out=c)
            c.addcmul_(i, g)
            torch.tanh(c, out=tanh_c)
            torch.mul(o, tanh_c, out=h)
        ctx.save_for_backward(xs, h_0, c_0, W_x, W_h, b, gates, hs, cs)
        ctx.n_inputs, ctx.steps = 6, steps
        return hs, steps.final_rows(hs), steps.final_rows(cs)

    @staticmethod
    @differentiable(_loop)
    def backward(ctx: Any, dhs, dh_last, dc_last):  # pyright: ignore[reportIncompatibleMethodOverride]
        xs, h_0, c_0, W_x, W_h, _, gates, hs, cs = ctx.saved_tensors
        H = W_h.shape[0]
        gradients = WeightGradients(W_x, W_h)
        dx = torch.empty_like(xs) if ctx.needs_input_grad[0] else None
        dh, dc = dh_last.clone(), dc_last.clone()
        add_product_ = product_adder(W_h.T, ctx.steps.B)
        for part in reversed(ctx.steps.parts(rows_at_a_time(W_h, ctx.steps.N))):
            steps, rows = part.steps, part.rows
            i, f, g, o = gates[rows].chunk(4, dim=1)
            da = torch.empty_like(gates[rows])
            da_i, da_f, da_g, da_o = da.chunk(4, dim=1)
            tanh_c = torch.tanh(cs[rows])
            sigmoid_backward(g, i, grad_input=da_i)
            sigmoid_backward(part.previous_rows(c_0, cs), f, grad_input=da_f)
            tanh_backward(i, g, grad_input=da_g)
            sigmoid_backward(tanh_c, o, grad_input=da_o)
            dc_dh = tanh_backward(o, tanh_c, grad_input=tanh_c)

            dh_all = dhs[rows].clone()
            steps.add_to_final_rows(dh_all, dh[: steps.B])
            dh[: steps.B] = 0.0
            dh_steps = steps.split(dh_all)
            for a, a_ifg, a_o, by_dh, keep, dh_t, dh_prev, dc_t, dc_ifg in reversed(
                list(
                    zip(
                        steps.split(da),
                        steps.split(da.unflatten(1, (4, H))[:, :3]),
                        steps.split(da_o),
                        steps.split(dc_dh),
                        steps.split(f),
                        dh_steps,
                        steps.previous_states(dh[: steps.B], dh_steps),
                        steps.active_rows(dc[: steps.B]),
                        steps.active_rows(dc[: steps.B, None]),
                        strict=True,
                    )
                )
            ):
                dc_t.addcmul_(dh_t, by_dh)
                a_ifg.mul_(dc_ifg)
                a_o.mul_(dh_t)
                dc_t.mul_(keep)
                add_product_(dh_prev, a)
            gradients.add(xs[rows], da, part.previous_rows(h_0, hs), da)
            if dx is not None:
                dx[rows] = product(da, W_x.T)
        return dx, dh, dc, *gradients.all(), None

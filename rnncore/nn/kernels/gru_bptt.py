"""The GRU in torch's form with hand-written backpropagation through time."""

from typing import Any

import torch
from torch import Tensor

from rnncore.functional.cells import GRUParams, RNNState, gru_step
from rnncore.nn.kernels.derivatives import sigmoid_backward, tanh_backward
from rnncore.nn.kernels.loop import loop
from rnncore.nn.kernels.products import product, product_adder
from rnncore.nn.kernels.second_derivatives import differentiable
from rnncore.nn.kernels.weight_gradients import WeightGradients, rows_at_a_time
from rnncore.nn.steps import Steps


def gru_bptt(
    xs: Tensor, steps: Steps, state: RNNState, params: GRUParams
) -> tuple[Tensor, RNNState]:
    """The same values and gradients as the loop over `gru_step`.

    Each row holds m, r, z and n side by side: x W_x + b, one product for all steps, fills the last
    three, and each step adds its own product to the first three. Backwards, the gradients of all
    four are multiples of dh; the factors are computed for all steps at once.

    Args:
        xs: the inputs of all steps, (N, D).
        steps: how the N rows fall into steps.
        state: `RNNState(h)` before the first step, (B, H).
        params: `GRUParams(W_x, W_h, b, b_n)`.

    Returns:
        The hidden states (N, H), and the state after the last step of each sequence.
    """
    hs, h = _GRU.apply(xs, *state, *params, steps)
    return hs, RNNState(h)


def _loop(ctx: Any, xs, h_0, *params: Tensor) -> tuple[Tensor, Tensor]:
    hs, state = loop(gru_step, xs, ctx.steps, RNNState(h_0), GRUParams(*params))
    return hs, *state


class _GRU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, xs, h_0, W_x, W_h, b, b_n, steps: Steps):
        H = W_h.shape[0]
        gates = xs.new_empty(steps.N, 4 * H)
        gates[:, :H] = b_n
        for part in steps.parts(rows_at_a_time(W_h, steps.N)):
            torch.add(product(xs[part.rows], W_x), b, out=gates[part.rows, H:])
        hs = xs.new_empty(steps.N, H)
        h_steps = steps.split(hs)
        add_product_ = product_adder(W_h.roll(H, dims=1), steps.B)
        for a_mrz, a_rz, m, r, z, n, h_prev, h in zip(
            steps.split(gates[:, : 3 * H]),
            steps.split(gates[:, H : 3 * H]),
            *map(steps.split, gates.chunk(4, dim=1)),
            steps.previous_states(h_0, h_steps),
            h_steps,
            strict=True,
        ):
            add_product_(a_mrz, h_prev)
            a_rz.sigmoid_()
            n.addcmul_(r, m).tanh_()
            torch.lerp(n, h_prev, z, out=h)
        ctx.save_for_backward(xs, h_0, W_x, W_h, b, b_n, gates, hs)
        ctx.n_inputs, ctx.steps = 6, steps
        return hs, steps.final_rows(hs)

    @staticmethod
    @differentiable(_loop)
    def backward(ctx: Any, dhs, dh_last):  # pyright: ignore[reportIncompatibleMethodOverride]
        xs, h_0, W_x, W_h, _, b_n, gates, hs = ctx.saved_tensors
        H = W_h.shape[0]
        gradients = WeightGradients(W_x, W_h)
        db_n = torch.zeros_like(b_n)
        dx = torch.empty_like(xs) if ctx.needs_input_grad[0] else None
        dh = dh_last.clone()
        add_product_ = product_adder(W_h.roll(H, dims=1).T, ctx.steps.B)
        for part in reversed(ctx.steps.parts(rows_at_a_time(W_h, ctx.steps.N))):
            steps, rows = part.steps, part.rows
            h_prev = part.previous_rows(h_0, hs)
            m, r, z, n = gates[rows].chunk(4, dim=1)
            da = torch.empty_like(gates[rows])
            da_m, da_r, da_z, da_n = da.chunk(4, dim=1)
            tanh_backward(1.0 - z, n, grad_input=da_n)
            sigmoid_backward(h_prev - n, z, grad_input=da_z)
            sigmoid_backward(da_n * m, r, grad_input=da_r)
            torch.mul(da_n, r, out=da_m)

            dh_all = dhs[rows].clone()
            steps.add_to_final_rows(dh_all, dh[: steps.B])
            dh[: steps.B] = 0.0
            dh_steps = steps.split(dh_all)
            for a, a_mrz, keep, dh_t, dh_gates, dh_prev in reversed(
                list(
                    zip(
                        steps.split(da.unflatten(1, (4, H))),
                        steps.split(da[:, : 3 * H]),
                        steps.split(z),
                        dh_steps,
                        steps.split(dh_all[:, None]),
                        steps.previous_states(dh[: steps.B], dh_steps),
                        strict=True,
                    )
                )
            ):
                a.mul_(dh_gates)
                dh_prev.addcmul_(dh_t, keep)
                add_product_(dh_prev, a_mrz)
            gradients.add(xs[rows], da[:, H:], h_prev, da[:, : 3 * H])
            db_n += da_m.sum(0)
            if dx is not None:
                dx[rows] = product(da[:, H:], W_x.T)
        dW_x, dW_h, db = gradients.all()
        return dx, dh, dW_x, dW_h.roll(-H, dims=1), db, db_n, None

"""The depth-gated LSTM as a module: a stack of layers whose cells are linked from below."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import dropout

from rnncore.functional.cells import (
    CELLS,
    DepthGatedCache,
    DepthGatedParams,
    LSTMState,
    PeepholeLSTMParams,
    RNNState,
    depth_gated_step,
)
from rnncore.nn.recurrent import Kernel
from rnncore.nn.steps import Steps
from rnncore.nn.variants import Variant


def _step(x: Tensor, state: RNNState, params: DepthGatedParams) -> tuple[RNNState, DepthGatedCache]:
    """`depth_gated_step` that shows [h, c], of which the layer above reads both."""
    new, cache = depth_gated_step(x, LSTMState(*state.h.chunk(2, dim=1)), params)
    return RNNState(torch.cat(new, dim=1)), cache


class DepthGatedLSTM(Variant):
    """Stacked peephole LSTMs whose cells also take in the cell below, through a gate.

    The equations are at `depth_gated_step`. The cell below is that of the same step and direction.
    The first layer has none below and so no depth gate: it is a `PeepholeLSTM`.

    Args:
        args, options: as for all variants.
    """

    _cell_name = "depth_gated"

    @property
    def _step(self) -> Callable[..., Any]:
        return _step

    def _init_params(self, layer: int) -> Callable[..., Any]:
        return CELLS["peephole_lstm" if layer == 0 else "depth_gated"].init_params

    def _cell_params(self, layer: int, end: str) -> DepthGatedParams:
        params = super()._cell_params(layer, end)
        return _without_gate(params) if isinstance(params, PeepholeLSTMParams) else params

    def _layers(
        self, kernel: Kernel, rows: Tensor, steps: Steps, first: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        states = iter(torch.cat(first, dim=2))
        below = [rows.new_zeros(steps.N, self.hidden_size)] * len(self._ends)
        last = []
        for layer in range(self.num_layers):
            if layer > 0:
                rows = dropout(rows, self.dropout, self.training)
            hs, cs = [], []
            for end, c_below in zip(self._ends, below, strict=True):
                xs = torch.cat([rows, c_below], dim=1)
                state, params = RNNState(next(states)), self._cell_params(layer, end)
                shown, state = kernel(steps.reverse(xs) if end else xs, steps, state, params)
                h, c = (steps.reverse(shown) if end else shown).chunk(2, dim=1)
                hs.append(h)
                cs.append(c)
                last.append(state.h)
            rows, below = torch.cat(hs, dim=1), cs
        return rows, list(torch.stack(last).chunk(2, dim=2))


def _without_gate(params: PeepholeLSTMParams) -> DepthGatedParams:
    """The weights of a layer with none below, whose depth gate is fed nothing but zeros."""
    (D, _), H = params.W_x.shape, params.W_h.shape[0]
    zero = params.b.new_zeros(H)
    return DepthGatedParams(*params, params.b.new_zeros(D, H), zero, zero, zero)

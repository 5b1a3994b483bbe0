"""The depth-gated LSTM as a module: a stack of layers whose cells are linked from below."""

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import dropout

from rnncore.functional.cells import (
    DepthGatedCache,
    DepthGatedParams,
    LSTMState,
    RNNState,
    depth_gated_step,
    init_depth_gated_params,
)
from rnncore.nn.kernels.loop import loop
from rnncore.nn.recurrent import Cell, Kernel
from rnncore.nn.steps import Steps
from rnncore.nn.variants import Variant


def _step(x: Tensor, state: RNNState, params: DepthGatedParams) -> tuple[RNNState, DepthGatedCache]:
    """`depth_gated_step` that shows [h, c], of which the layer above reads both."""
    new, cache = depth_gated_step(x, LSTMState(*state.h.chunk(2, dim=1)), params)
    return RNNState(torch.cat(new, dim=1)), cache


class DepthGatedLSTM(Variant):
    """Peephole LSTMs on one another, whose cells also take in the cell below, through a gate.

    The equations are at `depth_gated_step`. The cell below is that of the same step and direction.
    The first layer has none below and so no depth gate: it is a `PeepholeLSTM`.

    Args:
        args, options: as for all variants.
    """

    _fresh = staticmethod(init_depth_gated_params)

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        for name in [name for name in self._parameters if "_d_l0" in name]:
            delattr(self, name)

    def _cell(self) -> Cell:
        return Cell(LSTMState, 2, {"reference": partial(loop, _step)})

    def _cell_params(self, layer: int, end: str) -> DepthGatedParams:
        if layer > 0:
            return super()._cell_params(layer, end)
        W_x, W_h, b, p = (getattr(self, f"{name}_l0{end}") for name in ("W_x", "W_h", "b", "p"))
        H = self.hidden_size
        nothing = b.new_zeros(H)
        gate = b.new_zeros(self.input_size, H), nothing, nothing, nothing
        return DepthGatedParams(W_x, W_h, b, p, *gate)

    def _layers(
        self, kernel: Kernel, rows: Tensor, steps: Steps, first: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        ends = ("", "_reverse")[: 1 + self.bidirectional]
        states = iter(torch.cat(first, dim=2))
        below = [rows.new_zeros(steps.N, self.hidden_size)] * len(ends)
        last = []
        for layer in range(self.num_layers):
            if layer > 0:
                rows = dropout(rows, self.dropout, self.training)
            hs, cs = [], []
            for end, c_below in zip(ends, below, strict=True):
                xs = torch.cat([rows, c_below], dim=1)
                state, params = RNNState(next(states)), self._cell_params(layer, end)
                shown, state = kernel(steps.turn(xs) if end else xs, steps, state, params)
                h, c = (steps.turn(shown) if end else shown).chunk(2, dim=1)
                hs.append(h)
                cs.append(c)
                last.append(state.h)
            rows, below = torch.cat(hs, dim=1), cs
        return rows, list(torch.stack(last).chunk(2, dim=2))

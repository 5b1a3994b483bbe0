"""`RNN`, `LSTM` and `GRU`: torch.nn's modules with a choice of kernel."""

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from rnncore.functional.cells import (
    LSTMState,
    RNNState,
    from_torch,
    gru_from_torch,
    gru_step,
    lstm_step,
    relu_rnn_step,
    rnn_from_torch,
    rnn_step,
)
from rnncore.nn.kernels.gru_bptt import gru_bptt
from rnncore.nn.kernels.loop import loop
from rnncore.nn.kernels.lstm_bptt import lstm_bptt
from rnncore.nn.kernels.rnn_bptt import relu_rnn_bptt, rnn_bptt
from rnncore.nn.recurrent import Cell, Recurrent, require_device, require_kernel

_TANH = Cell(RNNState, 1, {"reference": partial(loop, rnn_step), "bptt": rnn_bptt})
_RELU = Cell(RNNState, 1, {"reference": partial(loop, relu_rnn_step), "bptt": relu_rnn_bptt})
_LSTM = Cell(LSTMState, 2, {"reference": partial(loop, lstm_step), "bptt": lstm_bptt})
_GRU = Cell(RNNState, 1, {"reference": partial(loop, gru_step), "bptt": gru_bptt})

_LONG = 12
"""From how many steps on backpropagation by hand beats torch's loop on a CPU (measured)."""


class _DropIn(Recurrent):
    """What the three have in common; torch.nn's class comes next in the order of inheritance."""

    _from_torch: Any
    proj_size: int

    def __init__(self, *args: Any, kernel: str = "auto", **kwargs: Any):
        require_device(kwargs.get("device"))
        require_kernel(kernel, ("auto", "reference", "bptt", "torch"))
        super().__init__(*args, **kwargs)
        self.kernel = kernel
        if self.proj_size and kernel not in ("auto", "torch"):
            raise ValueError(f"with proj_size, kernel must be auto or torch; got {kernel!r}")

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | tuple[Tensor, Tensor] | None = None
    ) -> tuple[Any, Any]:
        """Run the sequences through all layers.

        Args:
            input: (T, D), (T, B, D), with batch_first (B, T, D), or a `PackedSequence`.
            hx: the state before the first step, zero if left out. With L layers and W = 1 or 2
                directions: (L W, H) or (L W, B, H); for an LSTM the pair of h and c.

        Returns:
            The hidden states of the top layer, in the form of the input with W H in place of D, and
            the state of each layer and direction after its last step, in the form of hx.

        Raises:
            ValueError: if shape, dtype or device do not fit, or there is no step.
        """
        self._check(input, hx)
        kernel = self._fastest(input) if self.kernel == "auto" else self.kernel
        if kernel == "torch":
            return super().forward(input, hx)
        return self._run(self._cell().kernels[kernel], input, hx)

    def extra_repr(self) -> str:
        """What stands between the parentheses of the module's name."""
        return f"{super().extra_repr()}, kernel={self.kernel}"

    def _fastest(self, input: Tensor | PackedSequence) -> str:
        """What measured fastest: `tests/benchmarks/bench_cells.py`."""
        weight = next(self.parameters())
        if self.proj_size or weight.device.type != "cpu" or not torch.is_grad_enabled():
            return "torch"
        if weight.dtype == torch.float32 and isinstance(self, LSTM):
            return "torch"
        if isinstance(input, PackedSequence):
            T = len(input.batch_sizes)
        else:
            T = input.shape[1 if self.batch_first and input.dim() == 3 else 0]
        return "bptt" if T >= _LONG else "torch"

    def _cell_params(self, layer: int, end: str) -> Any:
        name = "{}_l" + str(layer) + end
        weights = {
            f"{kind}_l0": getattr(self, name.format(kind)) for kind in ("weight_ih", "weight_hh")
        }
        for kind in ("bias_ih", "bias_hh"):
            zeros = weights["weight_ih_l0"].new_zeros(weights["weight_ih_l0"].shape[0])
            weights[f"{kind}_l0"] = getattr(self, name.format(kind)) if self.bias else zeros
        return type(self)._from_torch(weights)


class RNN(_DropIn, torch.nn.RNN):
    """The vanilla RNN, a drop-in for `torch.nn.RNN`.

        h_t = tanh(x_t W_x + h_{t-1} W_h + b),   or max(a, 0) in place of tanh

    Args:
        args, kwargs: those of `torch.nn.RNN`.
        kernel: `"reference"`, the loop over `rnn_step` with autograd; `"bptt"`, backpropagation
            through time written by hand; `"torch"`, torch's own; `"auto"`, the fastest for
            the device, the dtype and the length of the input. All give the same outputs and
            gradients; those of `"bptt"` cannot be differentiated once more.

    Raises:
        ValueError: if an argument is out of range, or kernel or device are unknown.
    """

    _from_torch = staticmethod(rnn_from_torch)

    def _cell(self) -> Cell:
        return _TANH if self.nonlinearity == "tanh" else _RELU


class LSTM(_DropIn, torch.nn.LSTM):
    """Long short-term memory, a drop-in for `torch.nn.LSTM`; the equations are at `lstm_step`.

    Args:
        args, kwargs: those of `torch.nn.LSTM`; with proj_size only torch's kernel serves.
        kernel: as for `RNN`.

    Raises:
        ValueError: if an argument is out of range, or kernel or device are unknown.
    """

    _from_torch = staticmethod(from_torch)

    def _cell(self) -> Cell:
        return _LSTM

    def _state_sizes(self) -> tuple[int, ...]:
        return (self.proj_size or self.hidden_size, self.hidden_size)


class GRU(_DropIn, torch.nn.GRU):
    """The gated recurrent unit, a drop-in for `torch.nn.GRU`; the equations are at `gru_step`.

    Args:
        args, kwargs: those of `torch.nn.GRU`.
        kernel: as for `RNN`.

    Raises:
        ValueError: if an argument is out of range, or kernel or device are unknown.
    """

    _from_torch = staticmethod(gru_from_torch)

    def _cell(self) -> Cell:
        return _GRU

"""`RNN`, `LSTM` and `GRU`: torch.nn's modules with a choice of kernel."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from rnncore.nn.fastest import Make, Work, fastest, measuring
from rnncore.nn.kernels.gru_bptt import gru_bptt
from rnncore.nn.kernels.lstm_bptt import lstm_bptt
from rnncore.nn.kernels.rnn_bptt import relu_rnn_bptt, rnn_bptt
from rnncore.nn.recurrent import Kernel, Recurrent, is_autocast, require_device, require_kernel

_BPTT: Mapping[str, Kernel] = {
    "rnn": rnn_bptt,
    "relu_rnn": relu_rnn_bptt,
    "lstm": lstm_bptt,
    "gru": gru_bptt,
}
"""Backpropagation through time written by hand, for each cell that torch has."""

_LONG = 12
"""From how many steps on by rule backpropagation by hand beats torch's loop on a CPU."""


class _DropIn(Recurrent):
    """Base of the three; torch.nn's class comes next in the order of inheritance."""

    proj_size: int

    _by_hand = "bptt"
    _fused_dtypes: ClassVar[tuple[torch.dtype, ...]] = ()
    """The dtypes in which torch runs a padded batch in one call of oneDNN on a CPU."""

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
            RuntimeError: if `"bptt"` is to be traced, exported or transformed by torch.func.
        """
        self._check(input, hx)
        kernel = self._pick_kernel(input, hx)
        if kernel == "torch":
            return super().forward(input, hx)
        return self._run(self._kernels[kernel], input, hx)

    def extra_repr(self) -> str:
        """The options between the parentheses of the module's name."""
        return f"{super().extra_repr()}, kernel={self.kernel}"

    def __prepare_scriptable__(self) -> torch.nn.Module:
        """torch.nn's module with the same weights, which `torch.jit.script` compiles instead."""
        theirs = next(k for k in type(self).__mro__ if k.__module__ == torch.nn.RNN.__module__)
        module = object.__new__(theirs)
        module.__dict__.update(self.__dict__)
        return module

    @property
    def _recordable(self) -> str:
        return "torch"

    @property
    def _transformable(self) -> str:
        return "torch" if self.proj_size else "reference"

    @property
    def _kernels(self) -> Mapping[str, Kernel]:
        return {**super()._kernels, "bptt": _BPTT[self._cell_name]}

    def _fastest(self, input: Tensor | PackedSequence) -> str:
        """The kernel that measures fastest on this machine, or that does by and large."""
        weight = next(self.parameters())
        if self.proj_size or weight.device.type != "cpu" or is_autocast(weight):
            return "torch"
        if weight.dtype not in (torch.float32, torch.float64):
            return "torch"
        training, packed = torch.is_grad_enabled(), isinstance(input, PackedSequence)
        if isinstance(input, PackedSequence):
            T, B = len(input.batch_sizes), int(input.batch_sizes[0])
        elif input.dim() == 2:
            T, B = len(input), 1
        else:
            T, B = input.shape[:2] if not self.batch_first else input.shape[1::-1]
        sizes = (T, B, self.input_size, self.hidden_size)
        if measuring() and all(sizes):
            work = Work(self._cell_name, weight.dtype, *sizes, packed, training)
            return fastest(work, _LAYERS[self._cell_name])
        stepwise = packed or weight.dtype not in self._fused_dtypes
        return "bptt" if training and stepwise and T >= _LONG else "torch"

    def _cell_params(self, layer: int, end: str) -> Any:
        weights = {
            f"{kind}_l0": getattr(self, f"{kind}_l{layer}{end}")
            for kind in ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if self.bias else ()))
        }
        if not self.bias:
            zero_bias = weights["weight_ih_l0"].new_zeros(weights["weight_ih_l0"].shape[0])
            weights |= {"bias_ih_l0": zero_bias, "bias_hh_l0": zero_bias}
        assert self._cell.from_torch is not None
        return self._cell.from_torch(weights)


class RNN(_DropIn, torch.nn.RNN):
    """The vanilla RNN, a drop-in for `torch.nn.RNN`.

        h_t = tanh(x_t W_x + h_{t-1} W_h + b),   or max(a, 0) in place of tanh

    Args:
        args: those of `torch.nn.RNN`.
        kernel: `"reference"`, the loop over `rnn_step` with autograd; `"bptt"`, hand-written
            backpropagation through time; `"torch"`, torch's own; `"auto"`, the one that is
            fastest on this machine for this kind of input; see `rnncore.nn.fastest`. Within
            rounding all give the same outputs and derivatives of any order; but on CUDA `"auto"`
            and `"torch"` are cuDNN, which has first derivatives only, these in training mode only,
            and rounds float32 to TF32 unless `torch.backends.cudnn.allow_tf32` is off. There take
            `"bptt"` or `"reference"` for the others. Under autocast
            `"reference"` and `"bptt"` compute in the dtype of the weights. `"bptt"` can neither be
            traced nor be transformed by torch.func; then `"auto"` takes another.
        kwargs: those of `torch.nn.RNN`, by name.

    Raises:
        ValueError: if an argument is out of range, or kernel or device are unknown.
    """

    def __init__(self, *args: Any, kernel: str = "auto", **kwargs: Any):
        super().__init__(*args, kernel=kernel, **kwargs)
        self._cell_name = "rnn" if self.nonlinearity == "tanh" else "relu_rnn"


class LSTM(_DropIn, torch.nn.LSTM):
    """Long short-term memory, a drop-in for `torch.nn.LSTM`; the equations are at `lstm_step`.

    Args:
        args, kwargs: those of `torch.nn.LSTM`; with proj_size only torch's kernel serves.
        kernel: as for `RNN`.

    Raises:
        ValueError: if an argument is out of range, or kernel or device are unknown.
    """

    _cell_name = "lstm"
    _fused_dtypes = (torch.float32,)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The last axis of h, which proj_size may shorten, and that of c."""
        return (self.proj_size or self.hidden_size, self.hidden_size)


class GRU(_DropIn, torch.nn.GRU):
    """The gated recurrent unit, a drop-in for `torch.nn.GRU`; the equations are at `gru_step`.

    Args:
        args, kwargs: those of `torch.nn.GRU`.
        kernel: as for `RNN`.

    Raises:
        ValueError: if an argument is out of range, or kernel or device are unknown.
    """

    _cell_name = "gru"


_LAYERS: Mapping[str, Make] = {
    "rnn": RNN,
    "relu_rnn": partial(RNN, nonlinearity="relu"),
    "lstm": LSTM,
    "gru": GRU,
}

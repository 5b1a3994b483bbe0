"""The variants of the LSTM and the GRU as modules, used like torch.nn's."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from rnncore.nn.kernels.min_gru_scan import min_gru_by_scan
from rnncore.nn.recurrent import Kernel, Recurrent, require_device, require_kernel


class Variant(Recurrent):
    """Base of the variants.

    The weights of layer l are parameters with the names that the cell's equation has, such as
    `W_x_l0`, of the backward direction `W_x_l0_reverse`, in the layout of `rnncore.functional`,
    drawn uniformly from ±1/√H.

    Args:
        input_size: D.
        hidden_size: H.
        num_layers: the number of layers, each reading the one below.
        batch_first: whether padded sequences are (B, T, D) instead of (T, B, D).
        dropout: the probability of dropping a hidden state between two layers, in training.
        bidirectional: whether each layer reads in both directions.
        kernel: how to run it: `"auto"`, the fastest way, or `"reference"`, the loop with autograd.
        device: the device of the weights.
        dtype: the dtype of the weights.

    Raises:
        ValueError: if an argument is out of range, or kernel or device are unknown.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        kernel: str = "auto",
        device: Any = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        sizes = {
            "input_size": input_size,
            "hidden_size": hidden_size,
            "num_layers": num_layers,
        }
        for name, size in sizes.items():
            if size < 1:
                raise ValueError(f"{name} must be at least 1; got {size}")
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout must be from 0 to 1; got {dropout}")
        require_device(device)
        require_kernel(kernel, ("auto", *self._kernels))
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.batch_first, self.dropout, self.bidirectional = batch_first, dropout, bidirectional
        self.kernel = kernel
        rng = np.random.default_rng(int(torch.randint(2**31, (), device="cpu")))
        options = {"device": device, "dtype": dtype or torch.get_default_dtype()}
        self._params_types: dict[int, type] = {}
        for layer in range(num_layers):
            D = input_size if layer == 0 else len(self._ends) * hidden_size
            for end in self._ends:
                params = self._init_params(layer)(D, hidden_size, rng)
                self._params_types[layer] = type(params)
                for name, array in params._asdict().items():
                    weight = torch.nn.Parameter(torch.tensor(array, **options))
                    self.register_parameter(f"{name}_l{layer}{end}", weight)

    def _init_params(self, layer: int) -> Callable[[int, int, np.random.Generator], Any]:
        """Draws the weights of a layer."""
        return self._cell.init_params

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | tuple[Tensor, Tensor] | None = None
    ) -> tuple[Any, Any]:
        """Run the sequences through all layers; arguments and results are those of `GRU`, or of
        `LSTM` where the state is a pair.

        Raises:
            ValueError: if shape, dtype or device do not fit, or there is no step.
            RuntimeError: if a kernel written by hand is to be traced, exported or transformed by
                torch.func.
        """
        self._check(input, hx)
        return self._run(self._kernels[self._pick_kernel(input, hx)], input, hx)

    def extra_repr(self) -> str:
        """The options between the parentheses of the module's name."""
        return (
            f"{self.input_size}, {self.hidden_size}, num_layers={self.num_layers}, "
            f"batch_first={self.batch_first}, dropout={self.dropout}, "
            f"bidirectional={self.bidirectional}, kernel={self.kernel}"
        )

    def _cell_params(self, layer: int, end: str) -> Any:
        kind = self._params_types[layer]
        return kind(*(getattr(self, f"{name}_l{layer}{end}") for name in kind._fields))


class PeepholeLSTM(Variant):
    """An LSTM whose gates look at the cell; the equations are at `peephole_lstm_step`."""

    _cell_name = "peephole_lstm"


class CoupledLSTM(Variant):
    """An LSTM that writes as much as it forgets; the equations are at `coupled_lstm_step`."""

    _cell_name = "coupled_lstm"


class GRUResetBefore(Variant):
    """The GRU as first published; the equations are at `gru_step_reset_before`."""

    _cell_name = "gru_reset_before"


class MUT1(Variant):
    """The best cell of an evolutionary search; the equations are at `mut1_step`."""

    _cell_name = "mut1"


class MinGRU(Variant):
    """A GRU that is a linear recurrence; the equations are at `min_gru_step`.

    Its kernels are `"reference"` and `"scan"`, which makes the gates of all steps at once.
    """

    _cell_name = "min_gru"
    _by_hand = "scan"

    @property
    def _kernels(self) -> Mapping[str, Kernel]:
        return {**super()._kernels, "scan": min_gru_by_scan}


class ClockworkRNN(Variant):
    """Modules that tick at different rates; the equations are at `clockwork_step`.

    Every call starts the clock at t = 0, even where hx continues an earlier sequence.

    Args:
        input_size, hidden_size: D and H.
        periods: the period of each module in steps, ascending; their number divides H.
        options: as for all variants.

    Raises:
        ValueError: as for all variants, or if the periods are not positive, not ascending, or do
            not divide H into equal modules.
    """

    _cell_name = "clockwork"

    def __init__(self, input_size: int, hidden_size: int, periods: tuple[int, ...], **options: Any):
        self.periods = tuple(periods)
        super().__init__(input_size, hidden_size, **options)
        if not periods or periods[0] < 1 or list(periods) != sorted(periods):
            raise ValueError(f"periods must be positive and ascending; got {periods}")
        if hidden_size % len(periods):
            raise ValueError(
                f"the number of periods must divide H = {hidden_size}; got {len(periods)}"
            )

    @property
    def _step(self) -> Callable[..., Any]:
        return partial(self._cell.step, periods=self.periods)

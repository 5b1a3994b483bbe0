"""One recurrent layer for every cell: depth, both directions, packed and padded input."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.forward_ad import unpack_dual
from torch.nn.functional import dropout
from torch.nn.utils.rnn import PackedSequence

from rnncore.functional.base import require_shape
from rnncore.functional.cells import CELLS, Cell
from rnncore.nn.kernels.loop import loop
from rnncore.nn.steps import Steps

Kernel = Callable[[Tensor, Steps, Any, Any], tuple[Tensor, Any]]
"""`hs, last = kernel(xs, steps, state, params)`: a cell along sequences, rows as `Steps` says."""


class Recurrent(torch.nn.Module):
    """Base of all recurrent layers.

    A subclass has the attributes of `torch.nn.RNNBase` and `kernel`, `_cell_name`, which names its
    cell in `CELLS`, and the method `_cell_params`.
    """

    input_size: int
    hidden_size: int
    num_layers: int
    batch_first: bool
    dropout: float
    bidirectional: bool
    kernel: str
    _cell_name: str
    _by_hand: str | None = None
    """The kernel whose backward pass is written by hand, if there is one."""

    def _cell_params(self, layer: int, end: str) -> Any:
        """The weights of one layer; `end` is "" or "_reverse"."""
        raise NotImplementedError

    @property
    def _cell(self) -> Cell:
        return CELLS[self._cell_name]

    @property
    def _step(self) -> Callable[..., Any]:
        """The cell's step, with its options bound."""
        return self._cell.step

    @property
    def _kernels(self) -> Mapping[str, Kernel]:
        """Ways to run the cell, by name."""
        return {"reference": partial(loop, self._step)}

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The last axis of each tensor in hx: that of h, and for an LSTM that of c."""
        return (self.hidden_size,) * len(self._cell.state_parts)

    @property
    def _ends(self) -> tuple[str, ...]:
        """What the names of a direction's weights end in, for each direction."""
        return ("", "_reverse")[: 1 + self.bidirectional]

    def _fastest(self, input: Tensor | PackedSequence) -> str:
        """The kernel that measured fastest for an input."""
        return self._by_hand or "reference"

    @property
    def _recordable(self) -> str:
        """The kernel that torch can trace, export and compile."""
        return "reference"

    @property
    def _transformable(self) -> str:
        """The kernel that torch.func and forward-mode AD can transform."""
        return "reference"

    def _pick_kernel(self, input: Tensor | PackedSequence, hx: Any) -> str:
        """The name of the kernel to run."""
        tracing = torch.jit.is_tracing()  # pyright: ignore[reportPrivateImportUsage]
        if tracing or torch.compiler.is_compiling():
            serves, refused = self._recordable, tracing or torch.compiler.is_exporting()
        elif _is_transformed(input, hx, self.parameters()):
            serves, refused = self._transformable, True
        else:
            return self._fastest(input) if self.kernel == "auto" else self.kernel
        if self.kernel == "auto":
            return serves
        if refused and self.kernel == self._by_hand:
            raise RuntimeError(
                f"torch can neither trace nor transform kernel={self.kernel!r}, whose backward "
                f"pass is written by hand; take kernel={serves!r} or kernel='auto'"
            )
        return self.kernel

    def _state(self, parts: tuple[Tensor, ...]) -> Any:
        """The cell's state before the first step, with these tensors (B, H)."""
        empty = self._cell.init_state(1, 1)
        return empty._replace(**dict(zip(self._cell.state_parts, parts, strict=True)))

    def _run(self, kernel: Kernel, input: Tensor | PackedSequence, hx: Any) -> tuple[Any, Any]:
        """The output and last state of all layers, in the form of the input.

        Under autocast, too, the kernels compute in the dtype of the weights.
        """
        weight = next(self.parameters())
        if is_autocast(weight):
            with torch.autocast(weight.device.type, enabled=False):
                hx = (
                    None if hx is None else self._hx([part.to(weight.dtype) for part in _parts(hx)])
                )
                return self._run(kernel, input.to(weight.dtype), hx)
        if isinstance(input, PackedSequence):
            rows, sizes, order, back = input
            steps = Steps(sizes.tolist())
            hs, last = self._layers(kernel, rows, steps, self._first(rows, steps.B, hx, order))
            if back is not None:
                last = [part[:, back] for part in last]
            return PackedSequence(hs, sizes, order, back), self._hx(last)
        batched = input.dim() == 3
        axis = 0 if self.batch_first else 1
        xs = input if batched else input.unsqueeze(axis)
        xs = xs.transpose(0, 1) if self.batch_first else xs
        T, B, _ = xs.shape
        if not batched and hx is not None:
            hx = hx[:, None] if isinstance(hx, Tensor) else tuple(part[:, None] for part in hx)
        first = self._first(xs, B, hx, None)
        hs, last = self._layers(kernel, xs.flatten(0, 1), Steps([B] * T), first)
        hs = hs.unflatten(0, (T, B))
        hs = hs.transpose(0, 1) if self.batch_first else hs
        if not batched:
            hs, last = hs.squeeze(axis), [part.squeeze(1) for part in last]
        return hs, self._hx(last)

    def _layers(
        self, kernel: Kernel, rows: Tensor, steps: Steps, first: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        states = iter(zip(*first, strict=True))
        last = []
        for layer in range(self.num_layers):
            if layer > 0:
                rows = dropout(rows, self.dropout, self.training)
            directions = []
            for end in self._ends:
                state, params = self._state(next(states)), self._cell_params(layer, end)
                xs = steps.reverse(rows) if end else rows
                hs, state = kernel(xs, steps, state, params)
                directions.append(steps.reverse(hs) if end else hs)
                last.append([getattr(state, part) for part in self._cell.state_parts])
            # A copy even of one direction: the caller may change the output in place, while the
            # kernel needs its own for the backward pass.
            rows = torch.cat(directions, dim=1)
        return rows, [torch.stack(part) for part in zip(*last, strict=True)]

    def _first(self, like: Tensor, B: int, hx: Any, order: Tensor | None) -> list[Tensor]:
        L = self.num_layers * (1 + self.bidirectional)
        if hx is None:
            return [like.new_zeros(L, B, size) for size in self.state_sizes]
        parts = list(_parts(hx))
        return parts if order is None else [part[:, order] for part in parts]

    def _hx(self, parts: list[Tensor]) -> Any:
        return parts[0] if len(parts) == 1 else tuple(parts)

    def _check(self, input: Any, hx: Any) -> None:
        packed = isinstance(input, PackedSequence)
        xs = input.data if packed else input
        D, weight = self.input_size, next(self.parameters())
        if packed:
            require_shape("the packed input", xs, ("N", D))
            B, T = int(input.batch_sizes[0]), len(input.batch_sizes)
        elif xs.dim() == 3:
            expected = ("B", "T", D) if self.batch_first else ("T", "B", D)
            require_shape("input", xs, expected)
            B, T = xs.shape[:2] if self.batch_first else (xs.shape[1], xs.shape[0])
        else:
            require_shape("input", xs, ("T", D))
            B, T = None, xs.shape[0]
        if T == 0:
            raise ValueError(f"input must have at least one step; got shape {tuple(xs.shape)}")
        require_like("input", xs, weight)
        if hx is None:
            return
        parts = _parts(hx)
        if len(parts) != len(self.state_sizes):
            raise ValueError(f"hx must hold {len(self.state_sizes)} tensor(s); got {len(parts)}")
        L = self.num_layers * (1 + self.bidirectional)
        for name, part, size in zip(("h_0", "c_0"), parts, self.state_sizes, strict=False):
            require_shape(name, part, (L, size) if B is None else (L, B, size))
            require_like(name, part, weight)


def _parts(hx: Tensor | tuple[Tensor, ...] | None) -> tuple[Tensor, ...]:
    """The tensors of hx."""
    if hx is None:
        return ()
    return (hx,) if isinstance(hx, Tensor) else tuple(hx)


def _is_transformed(input: Tensor | PackedSequence, hx: Any, weights: Iterable[Tensor]) -> bool:
    """Whether torch.func or forward-mode AD is at work."""
    if torch._C._are_functorch_transforms_active():
        return True
    xs = input.data if isinstance(input, PackedSequence) else input
    return any(unpack_dual(x).tangent is not None for x in (xs, *_parts(hx), *weights))


def is_autocast(weight: Tensor) -> bool:
    """Whether autocast is enabled on the device of a weight."""
    device = weight.device.type
    return torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)


def require_kernel(kernel: str, known: tuple[str, ...]) -> str:
    """Return a kernel's name if it is one of the known ones.

    Raises:
        ValueError: if it is not.
    """
    if kernel not in known:
        raise ValueError(f"kernel must be one of {', '.join(known)}; got {kernel!r}")
    return kernel


def require_device(device: Any) -> None:
    """Check that torch knows a device of this name.

    Raises:
        ValueError: if it does not.
    """
    try:
        torch.device("cpu" if device is None else device)
    except RuntimeError as error:
        raise ValueError(
            f"device must be one of torch's, such as cpu or cuda; got {device!r}"
        ) from error


def require_like(name: str, array: Tensor, weight: Tensor) -> None:
    """Check that an array has the dtype and device of a weight; `name` is for the message.

    Under autocast any dtype will do.

    Raises:
        ValueError: if it does not.
    """
    if array.dtype != weight.dtype and not is_autocast(weight):
        raise ValueError(f"{name} must be {weight.dtype}, as the weights are; got {array.dtype}")
    if array.device != weight.device:
        raise ValueError(
            f"{name} must be on {weight.device}, as the weights are; got {array.device}"
        )

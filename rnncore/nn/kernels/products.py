"""Matrix products. In float32 on a CPU oneDNN's are up to twice as fast as those behind `@`.

torch exposes oneDNN's through an operator meant for its own compiler; where that is missing, `@` is
used.
"""

from collections.abc import Callable

import torch
from torch import Tensor

_ONEDNN = getattr(torch.ops.mkldnn, "_linear_pointwise", None)

_SMALL = 1_000_000
"""Products of fewer multiplications are faster in torch's own kernel (measured, one thread)."""


def product(x: Tensor, W: Tensor) -> Tensor:
    """x W, for x (N, K) and W (K, M)."""
    return _onednn(_dense(x), _dense(W).T) if _is_faster(x, W) else x @ W


def product_adder(W: Tensor, B: int) -> Callable[[Tensor, Tensor], Tensor]:
    """A function `add_(out, x)` that adds x W to `out` in place, for many x of about B rows."""
    if _is_faster(W.new_empty(B, W.shape[0]), W):
        columns = W.T.contiguous()
        return lambda out, x: out.add_(_onednn(x, columns))
    return lambda out, x: out.addmm_(x, W)


def _is_faster(x: Tensor, W: Tensor) -> bool:
    return bool(
        _ONEDNN is not None
        and x.shape[0] * W.numel() >= _SMALL
        and x.dtype == W.dtype == torch.float32
        and x.device.type == "cpu"
        and torch.backends.mkldnn.is_available()
        and torch.backends.mkldnn.enabled
    )


def _dense(x: Tensor) -> Tensor:
    """A contiguous copy of a column slice, on which oneDNN is a thousand times slower."""
    return x if x.is_contiguous() or x.T.is_contiguous() else x.contiguous()


def _onednn(x: Tensor, columns: Tensor) -> Tensor:
    return _ONEDNN(x, columns, None, "none", [], "")  # pyright: ignore[reportOptionalCall]

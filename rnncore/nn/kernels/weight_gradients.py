"""The gradients of a cell's weights, gathered over parts of a run."""

import torch
from torch import Tensor

from rnncore.nn.kernels.products import product


def rows_at_a_time(W_h: Tensor) -> int:
    """How many rows of a run to send back together.

    Enough for an efficient product, and few enough that what is made for them stays in the cache
    and takes little memory beside what the forward pass has kept.
    """
    return max(_LEAST_ROWS, _NUMBERS // max(1, W_h.shape[0]))


_NUMBERS = 2**16
_LEAST_ROWS = 256


class WeightGradients:
    """dW_x = Σ xᵀ da_x, dW_h = Σ h_prevᵀ da_h and db = Σ da_x, one product each for every part."""

    def __init__(self, W_x: Tensor, W_h: Tensor):
        self._dW_x = torch.zeros_like(W_x.T, memory_format=torch.contiguous_format)
        self._dW_h = torch.zeros_like(W_h.T, memory_format=torch.contiguous_format)
        self._db = W_x.new_zeros(W_x.shape[1])

    def add(self, x: Tensor, da_x: Tensor, h_prev: Tensor, da_h: Tensor) -> None:
        """Add what the rows of a part contribute: x (n, D), h_prev (n, H), da (n, G)."""
        self._dW_x += product(da_x.T, x)
        self._dW_h += product(da_h.T, h_prev)
        self._db += da_x.sum(0)

    def all(self) -> tuple[Tensor, Tensor, Tensor]:
        """dW_x (D, G), dW_h (H, G) and db (G,)."""
        return self._dW_x.T, self._dW_h.T, self._db

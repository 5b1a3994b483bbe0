"""The gradients of a cell's weights, accumulated over parts of a run."""

from torch import Tensor

from rnncore.nn.kernels.products import product


def rows_at_a_time(W_h: Tensor, N: int) -> int:
    """How many of a run's N rows to backpropagate together, for a cell with weights W_h.

    Enough for an efficient product, and few enough that their intermediate results stay in the
    cache and take little memory beside the saved forward pass.
    """
    return min(max(_LEAST_ROWS, _NUMBERS // max(1, W_h.shape[0])), N // _PARTS)


_NUMBERS = 2**16
_LEAST_ROWS = 256
_PARTS = 2
"""At least; more would save memory only where it is small, and cost calls (measured)."""


class WeightGradients:
    """dW_x = Σ xᵀ da_x, dW_h = Σ h_prevᵀ da_h and db = Σ da_x, one product each for every part.

    Args:
        W_x, W_h: the weights, (D, G) and (H, G).
    """

    def __init__(self, W_x: Tensor, W_h: Tensor):
        self._dW_x, self._dW_h, self._db = (
            W_x.new_zeros(shape) for shape in (W_x.shape, W_h.shape, W_x.shape[1])
        )

    def add(self, x: Tensor, da_x: Tensor, h_prev: Tensor, da_h: Tensor) -> None:
        """Add the contribution of a part: x (n, D), h_prev (n, H), da_x and da_h (n, G)."""
        self._dW_x += product(x.T, da_x)
        self._dW_h += product(h_prev.T, da_h)
        self._db += da_x.sum(0)

    def all(self) -> tuple[Tensor, Tensor, Tensor]:
        """dW_x (D, G), dW_h (H, G) and db (G,)."""
        return self._dW_x, self._dW_h, self._db

"""A network that reads a sequence: a recurrent layer, and a readout of its last state."""

import torch
from torch import Tensor


class LastState(torch.nn.Module):
    """y = h_T W_y + b_y.

    Args:
        layer: a recurrent layer of torch, batch_first.
        K: the number of outputs.
    """

    def __init__(self, layer: torch.nn.RNNBase, K: int):
        super().__init__()
        self.layer = layer
        self.readout = torch.nn.Linear(layer.hidden_size, K)

    def forward(self, xs: Tensor) -> Tensor:
        """The outputs (B, K) for sequences (B, T, D)."""
        hs, _ = self.layer(xs)
        return self.readout(hs[:, -1])

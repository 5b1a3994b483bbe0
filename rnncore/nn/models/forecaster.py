"""The next values of a series from a window of past ones."""

import torch
from torch import Tensor

from rnncore.functional.base import require_shape
from rnncore.nn.models.reading import require_batch_first, width
from rnncore.nn.recurrent import Recurrent


class Forecaster(torch.nn.Module):
    """All values up to the horizon at once, from the last hidden state: y = h_L W_y + b_y.

    Args:
        horizon: how many values are wanted.
        layer: a recurrent layer with batch_first=True; its input_size is the number of features.

    Raises:
        ValueError: if the layer is not batch_first.
    """

    def __init__(self, horizon: int, layer: Recurrent):
        super().__init__()
        self.layer = require_batch_first(layer)
        self.readout = torch.nn.Linear(width(layer), horizon)

    def forward(self, windows: Tensor) -> Tensor:
        """The forecasts (B, horizon) from windows of L past steps, (B, L, F).

        Raises:
            ValueError: if the windows do not have this shape, or not the dtype of the weights.
        """
        require_shape("windows", windows, ("B", "L", self.layer.input_size))
        hs, _ = self.layer(windows)
        return self.readout(hs[:, -1])

"""One class for a whole sequence."""

from collections.abc import Callable

import torch
from torch import Tensor

from rnncore.functional.sequence import Lengths, Pooled, pool_states
from rnncore.nn.models.reading import Reader, width
from rnncore.nn.recurrent import Recurrent


class Classifier(torch.nn.Module):
    """Scores of K classes for a sequence, from the mean of its hidden states.

    Args:
        V: the size of the vocabulary.
        K: how many classes there are.
        layer: a recurrent layer with batch_first=True.
        pool: `pool(hs, mask)` makes one vector of the hidden states; its mean is taken.
    """

    def __init__(
        self,
        V: int,
        K: int,
        layer: Recurrent,
        pool: Callable[[Tensor, Tensor], Pooled] = pool_states,
    ):
        super().__init__()
        self.reader = Reader(V, layer)
        self.pool = pool
        self.readout = torch.nn.Linear(width(layer), K)

    def forward(self, ids: Tensor, lengths: Lengths) -> Tensor:
        """The scores (B, K) of sequences `ids` (B, T), of which row b has `lengths[b]` words."""
        return self.readout(self.pool(*self.reader(ids, lengths)).mean)

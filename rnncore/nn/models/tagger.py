"""One class for each word."""

import torch
from torch import Tensor

from rnncore.functional.sequence import Lengths
from rnncore.nn.models.reading import Reader, width
from rnncore.nn.recurrent import Recurrent


class Tagger(torch.nn.Module):
    """Scores of K classes for every word: y_t = h_t W_y + b_y.

    Args:
        V: the size of the vocabulary.
        K: how many classes there are.
        layer: a recurrent layer with batch_first=True; bidirectional, where the words to come help.
    """

    def __init__(self, V: int, K: int, layer: Recurrent):
        super().__init__()
        self.reader = Reader(V, layer)
        self.readout = torch.nn.Linear(width(layer), K)

    def forward(self, ids: Tensor, lengths: Lengths) -> Tensor:
        """The scores (B, T, K) of the words `ids` (B, T), of which row b has `lengths[b]`."""
        hs, _ = self.reader(ids, lengths)
        return self.readout(hs)

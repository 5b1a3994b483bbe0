"""The next word from all words before."""

from typing import Any

import torch
from torch import Tensor

from rnncore.nn.models.reading import embed, require_batch_first, rows_first, width
from rnncore.nn.recurrent import Recurrent


class LanguageModel(torch.nn.Module):
    """Scores of the next word at every step: y_t = h_t W_y + b_y, h_t from words 1 to t.

    Args:
        V: the size of the vocabulary.
        layer: a recurrent layer with batch_first=True, in one direction.

    Raises:
        ValueError: if the layer is bidirectional, and so sees what it is to predict.
    """

    def __init__(self, V: int, layer: Recurrent):
        super().__init__()
        if layer.bidirectional:
            raise ValueError("layer must have bidirectional=False; got bidirectional=True")
        self.layer = require_batch_first(layer)
        self.embedding = torch.nn.Embedding(V, layer.input_size)
        self.readout = torch.nn.Linear(width(layer), V)

    def forward(self, ids: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """The scores of each next word.

        Args:
            ids: the words, (B, T).
            hx: the state to go on from, in the form that the layer has; zero if left out.

        Returns:
            The scores (B, T, V) after each of the words, and the state to go on from.

        Raises:
            ValueError: if ids are not (B, T) or no whole numbers, or hx does not fit.
        """
        hs, hx = self.layer(embed(self.embedding, "ids", ids), hx)
        return self.readout(hs), hx

    def begin(self, B: int) -> Any:
        """The state of `decoder` before the first word: zeros, their first axis B."""
        sizes = self.layer.state_sizes
        first, *rest = (self.readout.weight.new_zeros(B, self.layer.num_layers, H) for H in sizes)
        return (first, *rest) if rest else first

    @torch.no_grad()
    def decoder(self, words: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The model as a decoder of `rnncore.functional.decoding`.

        Args:
            words: the last words, (B,).
            state: the state before them, from `begin` or from the last call.

        Returns:
            The scores of the next words (B, V), and the state after the last.
        """
        scores, hx = self(words[:, None], rows_first(state))
        return scores[:, 0], rows_first(hx)

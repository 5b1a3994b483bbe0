"""Sequences to sequences of another length, with attention."""

import torch
from torch import Tensor

from rnncore.functional.attention import attend, general_scores
from rnncore.functional.padding import Lengths
from rnncore.nn.models.reading import Reader, require_batch_first, width
from rnncore.nn.recurrent import Recurrent


class Seq2Seq(torch.nn.Module):
    """An encoder reads the source; a decoder writes the target and looks back by attention.

        context_t = attention(h_t; source)
        y_t = tanh([context_t, h_t] W_c) W_y + b_y

    The attention has general scores, and the decoder starts from nothing: all that it knows of the
    source comes through the attention.

    Args:
        V_source, V_target: the sizes of the vocabularies.
        encoder: a recurrent layer with batch_first=True.
        decoder: a recurrent layer with batch_first=True, in one direction.

    Raises:
        ValueError: if the decoder is bidirectional, or a layer not batch_first.

    Reference: Luong, Pham and Manning (2015), arXiv:1508.04025, without input feeding.
    """

    def __init__(self, V_source: int, V_target: int, encoder: Recurrent, decoder: Recurrent):
        super().__init__()
        if decoder.bidirectional:
            raise ValueError("decoder must have bidirectional=False; got bidirectional=True")
        E, H = width(encoder), decoder.hidden_size
        self.reader = Reader(V_source, encoder)
        self.decoder = require_batch_first(decoder)
        self.embedding = torch.nn.Embedding(V_target, decoder.input_size)
        self.W_a = torch.nn.Parameter(torch.empty(H, E).uniform_(-(E**-0.5), E**-0.5))
        self.combine = torch.nn.Linear(E + H, H, bias=False)
        self.readout = torch.nn.Linear(H, V_target)

    def forward(self, source: Tensor, lengths: Lengths, target: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of each next word, when the right words before it are given.

        Args:
            source: (B, S).
            lengths: B whole numbers from 1 to S.
            target: the words so far, (B, T), the first of them the start.

        Returns:
            The scores (B, T, V_target), and the weights of the attention (B, T, S).
        """
        keys, mask = self.reader(source, lengths)
        hs, _ = self.decoder(self.embedding(target))
        contexts, weights = attend(general_scores(hs, keys, self.W_a), keys, mask[:, None, :])
        return self.readout(torch.tanh(self.combine(torch.cat([contexts, hs], dim=2)))), weights

    @torch.no_grad()
    def greedy(self, source: Tensor, lengths: Lengths, start: int, T: int) -> Tensor:
        """The T words (B, T) that follow `start`, each the best after those before it."""
        words = source.new_full((source.shape[0], 1), start)
        for _ in range(T):
            scores, _ = self(source, lengths, words)
            words = torch.cat([words, scores[:, -1:].argmax(2)], dim=1)
        return words[:, 1:]

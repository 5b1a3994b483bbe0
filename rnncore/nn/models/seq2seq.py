"""Sequences to sequences of another length, with or without attention."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnncore.functional.attention import attend
from rnncore.functional.base import map_tree
from rnncore.functional.decoding import Decoder, Hypothesis, beam_search, greedy_decode, sample
from rnncore.functional.sequence import Lengths, last_valid
from rnncore.nn.attention import (
    AdditiveAttention,
    Attend,
    DotAttention,
    GeneralAttention,
    LocalAttention,
    NoAttention,
)
from rnncore.nn.models.reading import Reader, embed, require_batch_first, width
from rnncore.nn.recurrent import Recurrent
from rnncore.nn.variants import ClockworkRNN

ATTENTIONS = ("none", "dot", "general", "additive", "local")
"""The attentions of `Seq2Seq`."""


class Seq2Seq(torch.nn.Module):
    """An encoder reads the source; a decoder writes the target, and may look back by attention.

        s = [h→_S, h←_1], h_0 = tanh(s W_s + b_s)
        context_t = attention(h_t; source)
        y_t = tanh([context_t, h_t] W_c) W_y + b_y

    Whatever the attention is, the decoder starts from the summary s: the encoder's last hidden
    state, of both directions where it has two. Without attention there is no context, and all that
    the decoder knows of the source has come through s.

    Args:
        V_source: the size of the source's vocabulary.
        V_target: the size of the target's vocabulary.
        encoder: a recurrent layer with batch_first=True.
        decoder: a recurrent layer with batch_first=True, in one direction; its state must be whole
            in hx, which that of a `ClockworkRNN` is not.
        attention: `"none"`, `"dot"` (the encoder's output as wide as the decoder's), `"general"`,
            `"additive"` or `"local"`.
        half_width: how many steps the window of local attention reaches to each side.
        attend: averages what dot, general and additive attention look at, weighted by the scores.

    Raises:
        ValueError: if the decoder is bidirectional or a `ClockworkRNN`, a layer not batch_first,
            the attention unknown, or dot attention given two widths.

    Reference: Luong, Pham and Manning (2015), arXiv:1508.04025, without input feeding; the first
        state: Bahdanau, Cho and Bengio (2015), appendix A.2.2, arXiv:1409.0473; without attention:
        Cho et al. (2014), arXiv:1406.1078.
    """

    def __init__(
        self,
        V_source: int,
        V_target: int,
        encoder: Recurrent,
        decoder: Recurrent,
        attention: str = "general",
        half_width: float = 10.0,
        attend: Attend = attend,
    ):
        super().__init__()
        if decoder.bidirectional:
            raise ValueError("decoder must have bidirectional=False; got bidirectional=True")
        if isinstance(decoder, ClockworkRNN):
            raise ValueError("decoder must have its whole state in hx; got a ClockworkRNN")
        Q, E = width(decoder), width(encoder)
        self.reader = Reader(V_source, encoder)
        self.decoder = require_batch_first(decoder)
        self.embedding = torch.nn.Embedding(V_target, decoder.input_size)
        self.attention = _attention(attention, Q, E, half_width, attend)
        self.summary = torch.nn.Linear(E, decoder.num_layers * sum(decoder.state_sizes))
        self.combine = torch.nn.Linear(self.attention.width + Q, Q, bias=False)
        self.readout = torch.nn.Linear(Q, V_target)

    def forward(self, source: Tensor, lengths: Lengths, target: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of each next word, when the right words before it are given.

        Args:
            source: (B, S).
            lengths: B whole numbers from 1 to S.
            target: the words so far, (B, T), the first of them the start.

        Returns:
            The scores (B, T, V_target), and the weights of the attention (B, T, S), row t those
            with which word t + 1 is written.

        Raises:
            ValueError: if words are not (B, S) and (B, T) or no whole numbers, or there are not B
                lengths, or one is below 1 or above S.
        """
        keys, mask, hx = self._read(source, lengths)
        scores, weights, _ = self._write(target, hx, keys, mask)
        return scores, weights

    def begin(self, source: Tensor, lengths: Lengths, start: int) -> tuple[Decoder, Any, Tensor]:
        """What the decoders of `rnncore.functional` ask for.

        Args:
            source: (B, S).
            lengths: B whole numbers from 1 to S.
            start: the word that the decoder reads first.

        Returns:
            The decoder, its state after reading the source, and the first words (B,).

        Raises:
            ValueError: if there are not B lengths, or one is below 1 or above S.
        """
        keys, mask, hx = self._read(source, lengths)

        def decoder(words: Tensor, state: Any) -> tuple[Tensor, Any]:
            hx, keys, mask = state
            scores, _, hx = self._write(words[:, None], hx, keys, mask)
            return scores[:, 0], (hx, keys, mask)

        return decoder, (hx, keys, mask), source.new_full((source.shape[0],), start)

    @torch.no_grad()
    def greedy(self, source: Tensor, lengths: Lengths, start: int, T: int, end: int = -1) -> Tensor:
        """The words that follow `start`, each the best after those before it.

        Args:
            source: (B, S).
            lengths: B whole numbers from 1 to S.
            start: the word that the decoder reads first.
            T: how many words are written at most.
            end: the word that ends a sentence; no word by default, for T words in every case.

        Returns:
            The words, (B, n) with n ≤ T; see `greedy_decode`.

        Raises:
            ValueError: if lengths or T are out of range, or a score is NaN.
        """
        return greedy_decode(*self.begin(source, lengths, start), end, T)

    @torch.no_grad()
    def beam(
        self,
        source: Tensor,
        lengths: Lengths,
        start: int,
        T: int,
        end: int,
        width: int,
        alpha: float = 0.0,
    ) -> list[list[Hypothesis]]:
        """The likeliest sentences that beam search finds.

        Args:
            source: (B, S).
            lengths: B whole numbers from 1 to S.
            start: the word that the decoder reads first.
            T: how many words a sentence has at most.
            end: the word that ends a sentence.
            width: how many hypotheses are kept.
            alpha: how much the length is made up for, from 0 to 1.

        Returns:
            For each row up to `width` hypotheses, best first; see `beam_search`.

        Raises:
            ValueError: if lengths, T or width are out of range, or a score is NaN.
        """
        decoder, states, first = self.begin(source, lengths, start)
        found = []
        for b in range(len(source)):
            state = map_tree(lambda part, b=b: part[b : b + 1], states)
            found.append(beam_search(decoder, state, first[b : b + 1], end, T, width, alpha))
        return found

    @torch.no_grad()
    def sample(
        self,
        source: Tensor,
        lengths: Lengths,
        start: int,
        T: int,
        rng: np.random.Generator,
        reshape: Callable[[Tensor], Tensor] = lambda scores: scores,
    ) -> Tensor:
        """Words drawn as likely as the network finds them.

        Args:
            source: (B, S).
            lengths: B whole numbers from 1 to S.
            start: the word that the decoder reads first.
            T: how many words are written.
            rng: the source of randomness.
            reshape: what happens to the log-probabilities before a word is drawn; see `sample` of
                `rnncore.functional.decoding.sampling`.

        Returns:
            The words, (B, T).

        Raises:
            ValueError: if lengths or T are out of range, or a score is NaN.
        """
        return sample(
            *self.begin(source, lengths, start), rng.random((source.shape[0], T)), reshape
        )

    def _read(self, source: Tensor, lengths: Lengths) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Keys (B, S, E), mask (B, S) and the decoder's first state, parts (B, L, H)."""
        keys, mask = self.reader(source, lengths)
        H = width(self.reader.layer) // (1 + self.reader.layer.bidirectional)
        summary = torch.cat([last_valid(keys, lengths)[:, :H], keys[:, 0, H:]], dim=1)
        first = torch.tanh(self.summary(summary)).unflatten(1, (self.decoder.num_layers, -1))
        return keys, mask, list(first.split(self.decoder.state_sizes, dim=2))

    def _write(
        self, words: Tensor, hx: list[Tensor], keys: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Scores (B, T, V), weights (B, T, S) and the decoder's state after T words (B, T)."""
        first = self.decoder._hx([part.transpose(0, 1).contiguous() for part in hx])
        hs, last = self.decoder(embed(self.embedding, "target", words), first)
        contexts, weights = self.attention(hs, keys, mask)
        scores = self.readout(torch.tanh(self.combine(torch.cat([contexts, hs], dim=2))))
        last = (last,) if isinstance(last, Tensor) else last
        return scores, weights, [part.transpose(0, 1) for part in last]


def _attention(
    name: str, Q: int, E: int, half_width: float, attend: Attend
) -> DotAttention | NoAttention:
    if name not in ATTENTIONS:
        raise ValueError(f"attention must be one of {', '.join(ATTENTIONS)}; got {name!r}")
    if name == "none":
        return NoAttention()
    if name == "local":
        return LocalAttention(Q, E, half_width)
    kinds = {"dot": DotAttention, "general": GeneralAttention, "additive": AdditiveAttention}
    return kinds[name](Q, E, attend)

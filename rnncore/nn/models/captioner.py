"""A sentence about an image."""

from typing import Any

import torch
from torch import Tensor

from rnncore.functional.base import require_shape
from rnncore.functional.decoding import Hypothesis, beam_search, greedy_decode
from rnncore.functional.learning import sequence_cross_entropy
from rnncore.nn.models.reading import embed, require_batch_first, rows_first
from rnncore.nn.recurrent import Recurrent, require_like


class Captioner(torch.nn.Module):
    """One-to-many: the code of an image starts a decoder, which goes on from its own words.

        x_0 = encoder(image),   x_t = E[word_t],   y_t = h_t W_y + b_y   for t = 1 ... T

    Args:
        V: the size of the vocabulary.
        encoder: turns images (B, C, H, W) into codes (B, D).
        layer: a recurrent layer with batch_first=True, in one direction; its input_size is D, the
            size of a code and of a word vector.

    Raises:
        ValueError: if the layer is bidirectional, and so sees what it is to predict, or not
            batch_first.

    Reference: Vinyals, Toshev, Bengio and Erhan, Show and Tell: A Neural Image Caption Generator
        (2015), arXiv:1411.4555.
    """

    def __init__(self, V: int, encoder: torch.nn.Module, layer: Recurrent):
        super().__init__()
        if layer.bidirectional:
            raise ValueError("layer must have bidirectional=False; got bidirectional=True")
        self.encoder = encoder
        self.layer = require_batch_first(layer)
        self.embedding = torch.nn.Embedding(V, layer.input_size)
        self.readout = torch.nn.Linear(layer.hidden_size, V)

    def start(self, images: Tensor) -> Any:
        """The state of the layer after it has seen the images, before any word.

        Raises:
            ValueError: if the images are not (B, C, H, W) or not of the weights' dtype, or the
                encoder does not give codes (B, D).
        """
        require_shape("images", images, ("B", "C", "H", "W"))
        require_like("images", images, self.embedding.weight)
        codes = self.encoder(images)
        require_shape("the encoder's codes", codes, (images.shape[0], self.layer.input_size))
        return self.layer(codes[:, None])[1]

    def forward(self, images: Tensor, ids: Tensor) -> Tensor:
        """Scores of each next word, when the right words before it are given.

        Args:
            images: (B, C, H, W).
            ids: the words so far, (B, T), the first of them the start.

        Returns:
            The scores, (B, T, V).

        Raises:
            ValueError: if shapes or kinds of numbers do not fit.
        """
        hs, _ = self.layer(embed(self.embedding, "ids", ids), self.start(images))
        return self.readout(hs)

    def loss(self, images: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """How surprised the model is by each word, given the right ones before it.

        Args:
            images: (B, C, H, W).
            ids: the captions, (B, T), from the start to the end token, padded with any words.
            mask: (B, T), false in the padding.

        Returns:
            The mean over all words in nats, a tensor with one number.
        """
        return sequence_cross_entropy(self(images, ids[:, :-1]), ids[:, 1:], mask[:, 1:])

    @torch.no_grad()
    def greedy(self, images: Tensor, start: int, end: int, T: int) -> Tensor:
        """Captions, each word of which is the best after those before it.

        Args:
            images: (B, C, H, W).
            start: the token that the decoder reads first.
            end: the token that ends a caption; a shorter caption is filled up with it.
            T: how many words are written at most.

        Returns:
            The words, (B, n), n ≤ T; see `greedy_decode`.
        """
        first = torch.full((images.shape[0],), start, device=images.device)
        return greedy_decode(self._step, rows_first(self.start(images)), first, end, T)

    @torch.no_grad()
    def beam(
        self, image: Tensor, start: int, end: int, T: int, width: int, alpha: float = 0.0
    ) -> list[Hypothesis]:
        """The likeliest captions that beam search finds.

        Args:
            image: one image, (C, H, W).
            start: the token that the decoder reads first.
            end: the token that ends a caption.
            T: how many words a caption has at most.
            width: how many hypotheses are kept.
            alpha: how much the length is made up for, from 0 to 1.

        Returns:
            Up to `width` hypotheses, best first; see `beam_search`.
        """
        state = rows_first(self.start(image[None]))
        first = torch.full((1,), start, device=image.device)
        return beam_search(self._step, state, first, end, T, width, alpha)

    def _step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        hs, state = self.layer(self.embedding(tokens[:, None]), rows_first(state))
        return self.readout(hs[:, 0]), rows_first(state)

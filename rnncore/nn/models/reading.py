"""Word vectors through a recurrent layer: what all models that read words share."""

from functools import partial

import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnncore.functional.base import map_tree, require_kind, require_shape
from rnncore.functional.sequence import Lengths
from rnncore.nn.recurrent import Recurrent


def width(layer: Recurrent) -> int:
    """How wide the hidden states are that a layer shows."""
    return layer.state_sizes[0] * (1 + layer.bidirectional)


def require_batch_first(layer: Recurrent) -> Recurrent:
    """The layer itself, if it takes (B, T, D).

    Raises:
        ValueError: if it does not.
    """
    if not layer.batch_first:
        raise ValueError("layer must have batch_first=True; got batch_first=False")
    return layer


rows_first = partial(map_tree, lambda part: part.transpose(0, 1).contiguous())
"""Turns a state (L, B, H) of a layer into one (B, L, H) of a decoder, and back."""


def read_padded(layer: Recurrent, xs: Tensor, lengths: Lengths) -> tuple[Tensor, Tensor]:
    """Run padded sequences through a recurrent layer, so that padding has no influence.

    Args:
        layer: a recurrent layer with batch_first=True.
        xs: the sequences, (B, T, D).
        lengths: B whole numbers from 1 to T.

    Returns:
        The hidden states (B, T, W H), zero in the padding, and the mask (B, T), true where there is
        no padding.

    Raises:
        ValueError: if there are not B lengths, or one is below 1 or above T.
    """
    B, T = xs.shape[:2]
    counts = torch.as_tensor(lengths, dtype=torch.int64, device="cpu")
    if counts.shape != (B,) or bool(((counts < 1) | (counts > T)).any()):
        raise ValueError(f"lengths must be {B} numbers from 1 to {T}; got {counts.tolist()}")
    packed = pack_padded_sequence(xs, counts, batch_first=True, enforce_sorted=False)
    hs, _ = pad_packed_sequence(layer(packed)[0], batch_first=True, total_length=T)
    return hs, torch.arange(T, device=xs.device) < counts.to(xs.device)[:, None]


def embed(embedding: torch.nn.Embedding, name: str, ids: Tensor) -> Tensor:
    """The vectors of words, checked.

    Args:
        embedding: the table, (V, D).
        name: what the words are called in a message.
        ids: the words, (B, T).

    Returns:
        The vectors, (B, T, D).

    Raises:
        ValueError: if ids are not (B, T), or no whole numbers.
    """
    require_shape(name, ids, ("B", "T"))
    require_kind(name, ids, "integral")
    return embedding(ids)


class Reader(torch.nn.Module):
    """Words to hidden states: x_t = E[id_t], then a recurrent layer.

    Args:
        V: the size of the vocabulary.
        layer: a recurrent layer with batch_first=True; its input_size is the size of a word vector.

    Raises:
        ValueError: if the layer is not batch_first.
    """

    def __init__(self, V: int, layer: Recurrent):
        super().__init__()
        self.layer = require_batch_first(layer)
        self.embedding = torch.nn.Embedding(V, layer.input_size)

    def forward(self, ids: Tensor, lengths: Lengths) -> tuple[Tensor, Tensor]:
        """Read padded sequences.

        Args:
            ids: the words, (B, T).
            lengths: B whole numbers from 1 to T.

        Returns:
            The hidden states (B, T, W H), zero in the padding, and the mask (B, T), true where
            there is no padding.

        Raises:
            ValueError: if ids are not (B, T) or no whole numbers, or there are not B lengths, or
                one is below 1 or above T.
        """
        return read_padded(self.layer, embed(self.embedding, "ids", ids), lengths)

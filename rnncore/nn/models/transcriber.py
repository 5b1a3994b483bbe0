"""Labels for a sequence of which nobody knows when each begins."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import ctc_loss

from rnncore.functional.decoding import BLANK, ctc_beam, ctc_greedy
from rnncore.functional.sequence import Lengths
from rnncore.nn.models.reading import read_padded, require_batch_first, width
from rnncore.nn.recurrent import Recurrent


class Transcriber(torch.nn.Module):
    """Probabilities of K - 1 labels and the blank at every step, trained by CTC.

        log p_t = log softmax(h_t W_y + b_y),   class 0 the blank

    Args:
        K: how many classes there are, the blank included, at least 2.
        layer: a recurrent layer with batch_first=True; its input_size is the size of a step.

    Raises:
        ValueError: if K is below 2, or the layer is not batch_first.

    Reference: Graves, Fernández, Gomez and Schmidhuber, Connectionist Temporal Classification
        (2006), doi:10.1145/1143844.1143891.
    """

    def __init__(self, K: int, layer: Recurrent):
        super().__init__()
        if K < 2:
            raise ValueError(f"K must be at least 2; got {K}")
        self.layer = require_batch_first(layer)
        self.readout = torch.nn.Linear(width(layer), K)

    def forward(self, xs: Tensor, lengths: Lengths) -> tuple[Tensor, Lengths]:
        """Read padded sequences.

        Args:
            xs: the sequences, (B, T, D).
            lengths: B whole numbers from 1 to T.

        Returns:
            The logarithms of the class probabilities (B, T, K), and how many steps of each row
            count, (B,).
        """
        hs, _ = read_padded(self.layer, xs, lengths)
        return torch.log_softmax(self.readout(hs), dim=2), lengths

    def loss(self, xs: Any, lengths: Lengths, targets: Tensor, target_lengths: Lengths) -> Tensor:
        """How surprised the model is by the labels: -log P(labels), the mean over the rows.

        Args:
            xs, lengths: as for `forward`.
            targets: the labels, (B, L), whole numbers from 1 to K - 1, padded with anything.
            target_lengths: how many labels each row has, B whole numbers from 0 to L.

        Returns:
            The loss in nats, a tensor with one number: torch's CTC loss, which is also that of
            `rnncore.functional.decoding.ctc`; ∞ where the labels of a row do not fit its steps.
        """
        log_probs, steps = self(xs, lengths)
        steps, counts = (torch.as_tensor(n, dtype=torch.int64) for n in (steps, target_lengths))
        by_time = log_probs.transpose(0, 1)
        return ctc_loss(by_time, targets, steps, counts, blank=BLANK, reduction="none").mean()

    @torch.no_grad()
    def greedy(self, xs: Any, lengths: Lengths) -> list[list[int]]:
        """The labels of each row along its most likely path; arguments as `forward`."""
        return ctc_greedy(*self(xs, lengths))

    @torch.no_grad()
    def beam(self, xs: Any, lengths: Lengths, width: int) -> list[list[int]]:
        """The most likely labels of each row, of those that a beam found.

        Args:
            xs, lengths: as for `forward`.
            width: how many beginnings are kept; see `ctc_beam`.

        Returns:
            The labels of each row.
        """
        log_probs, steps = self(xs, lengths)
        rows = zip(log_probs, steps, strict=True)
        return [ctc_beam(row[: int(n)], width)[0][0] for row, n in rows]

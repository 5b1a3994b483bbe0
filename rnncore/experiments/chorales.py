"""A model of polyphonic music listens to Bach's chorales."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from rnncore.experiments.fitting import Fit, fit
from rnncore.experiments.scores import Scores, measure_scores
from rnncore.tasks.corpora.piano_rolls import N_KEYS, piano_rolls


@dataclass(frozen=True)
class Chorales(Scores):
    """Negative log-likelihood of the next chord, in nats per step, on the test pieces."""

    claim: ClassVar[str] = "An LSTM with 150 units predicts the chords of Bach's chorales."
    reference: ClassVar[str] = (
        "Bai, Kolter and Koltun, An Empirical Evaluation of Generic Convolutional and Recurrent "
        "Networks for Sequence Modeling (2018), table 1"
    )
    published: ClassVar[str] = "8.45, with the best of many settings"
    band: ClassVar[str] = "below 8.7 nats per step in every seed"
    score: ClassVar[str] = "negative log-likelihood, nats per step"
    levels: ClassVar[dict[str, float]] = {"published": 8.45, "band": 8.7}

    @property
    def holds(self) -> bool:
        return bool(np.all(self.scores < 8.7))


class _MusicModel(torch.nn.Module):
    def __init__(self, H: int, dropout: float):
        super().__init__()
        self.recurrent = torch.nn.LSTM(N_KEYS, H, batch_first=True)
        self.dropout = torch.nn.Dropout(dropout)
        self.readout = torch.nn.Linear(H, N_KEYS)

    def forward(self, rolls: Tensor) -> Tensor:
        return self.readout(self.dropout(self.recurrent(rolls)[0]))


def measure_chorales(
    seeds: Sequence[int] = (0, 1, 2),
    *,
    steps: int = 3000,
    H: int = 150,
    B: int = 4,
    learning_rate: float = 5e-3,
    dropout: float = 0.3,
    part: str = "test",
) -> Chorales:
    """Train an LSTM to say which keys are down next.

    Args:
        seeds: weights and order of the pieces are drawn anew for each.
        steps: how many training steps, each of B pieces.
        H: the hidden size.
        B: how many pieces a training step sees.
        learning_rate: the greatest step size.
        dropout: the share of hidden units that the readout does not see in training.
        part: where to measure; `"valid"` for choosing settings.

    Returns:
        A `Chorales` finding.

    Raises:
        OSError: if the music cannot be had; see `rnncore.tasks.corpora.fetch`.
    """
    rolls = piano_rolls("jsb")
    train = _padded(rolls.train)
    held_out = _padded(getattr(rolls, part))

    def run(seed: int) -> tuple[float, Fit]:
        model = _MusicModel(H, dropout)
        cost = fit(
            model,
            lambda batch: _loss(model, *batch),
            _batches(*train, B, np.random.default_rng(seed)),
            steps=steps,
            learning_rate=learning_rate,
        )
        model.eval()
        with torch.no_grad():
            return _loss(model, *held_out).item(), cost

    return measure_scores(Chorales, {f"LSTM-{H}": run}, seeds, steps)


def _padded(pieces: list[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Pieces in one tensor (N, T, 88), and which steps of it are music, (N, T)."""
    lengths = torch.tensor([len(piece) for piece in pieces])
    rolls = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(piece, dtype=torch.float32) for piece in pieces], batch_first=True
    )
    return rolls, torch.arange(rolls.shape[1]) < lengths[:, None]


def _batches(
    rolls: Tensor, mask: Tensor, B: int, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    while True:
        order = torch.tensor(rng.permutation(len(rolls)))
        for rows in order.split(B):
            T = int(mask[rows].sum(1).max())
            yield rolls[rows, :T], mask[rows, :T]


def _loss(model: _MusicModel, rolls: Tensor, mask: Tensor) -> Tensor:
    """The mean over all steps of the sum over the 88 keys."""
    logits = model(rolls[:, :-1])
    errors = binary_cross_entropy_with_logits(logits, rolls[:, 1:], reduction="none").sum(2)
    return errors[mask[:, 1:]].mean()

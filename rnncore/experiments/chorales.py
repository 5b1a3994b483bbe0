"""A model of polyphonic music listens to Bach's chorales."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from rnncore.experiments.batches import shuffled_rows
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import Scores, measure_scores
from rnncore.lab.device import pick_device, recurrent_work
from rnncore.lab.training import Cost, to_device, train
from rnncore.tasks.corpora.piano_rolls import N_KEYS, piano_rolls


@dataclass(frozen=True)
class Chorales(Scores):
    """Negative log-likelihood of the next chord, in nats per step, on the test pieces."""

    claim: ClassVar[Claim] = Claim(
        "An LSTM with 150 units predicts the chords of Bach's chorales.",
        reference=(
            "Bai, Kolter and Koltun, An Empirical Evaluation of Generic Convolutional and "
            "Recurrent Networks for Sequence Modeling (2018), table 1"
        ),
        published="8.45, with the best of many settings",
        bands=(every_seed("LSTM", below=8.7),),
    )
    score: ClassVar[str] = "negative log-likelihood, nats per step"
    levels: ClassVar[dict[str, float]] = {"published": 8.45}


class _MusicModel(torch.nn.Module):
    def __init__(self, H: int, dropout: float):
        super().__init__()
        self.recurrent = torch.nn.LSTM(N_KEYS, H, batch_first=True)
        self.dropout = torch.nn.Dropout(dropout)
        self.readout = torch.nn.Linear(H, N_KEYS)

    def forward(self, rolls: Tensor) -> Tensor:
        return self.readout(self.dropout(self.recurrent(rolls)[0]))


@experiment("chorales")
def measure_chorales(
    seeds: Sequence[int] = (0, 1, 2),
    *,
    steps: int = 3000,
    H: int = 150,
    B: int = 4,
    learning_rate: float = 5e-3,
    dropout: float = 0.3,
    part: str = "test",
    device: str = "auto",
) -> Chorales:
    """Train an LSTM to say which keys are down next.

    Args:
        seeds: each draws its own weights and order of the pieces.
        steps: training steps, each on B pieces.
        H: the hidden size.
        B: pieces in a training step.
        learning_rate: the greatest step size.
        dropout: the share of hidden units that the readout does not see in training.
        part: where to measure; `"valid"` for choosing settings.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `Chorales` finding.

    Raises:
        OSError: if the music cannot be had; see `rnncore.tasks.corpora.fetch`.
    """
    rolls = piano_rolls("jsb")
    place = pick_device(device, recurrent_work(B, N_KEYS, H, gates=4))
    known, held_out = (_padded(pieces) for pieces in (rolls.train, getattr(rolls, part)))

    def run(seed: int) -> tuple[float, Cost]:
        training = train(
            _loss,
            _MusicModel(H, dropout),
            _batches(*known, B, np.random.default_rng(seed)),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        training.model.eval()
        with torch.no_grad():
            return _loss(training.model, to_device(held_out, place)).item(), training.cost

    return measure_scores(Chorales, {"LSTM": run}, seeds, steps, place)


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
    for rows in shuffled_rows(len(rolls), B, rng):
        T = int(mask[rows].sum(1).max())
        yield rolls[rows, :T], mask[rows, :T]


def _loss(model: _MusicModel, batch: tuple[Tensor, Tensor]) -> Tensor:
    """The mean over all steps of the sum over the 88 keys."""
    rolls, mask = batch
    logits = model(rolls[:, :-1])
    errors = binary_cross_entropy_with_logits(logits, rolls[:, 1:], reduction="none").sum(2)
    return errors[mask[:, 1:]].mean()

"""Handwritten digits, read pixel by pixel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rnncore import nn
from rnncore.experiments.fitting import Fit, fit
from rnncore.experiments.scores import Scores, measure_scores
from rnncore.nn.models import Forecaster
from rnncore.tasks.handwritten_digits import Digits, as_sequences, handwritten_digits


@dataclass(frozen=True)
class DigitSequences(Scores):
    """The share of held-out digits that are named after their 64th pixel."""

    claim: ClassVar[str] = (
        "A gated network reads a digit pixel by pixel and names it at the end; without gates that "
        "is harder to train."
    )
    reference: ClassVar[str] = (
        "Le, Jaitly and Hinton, A Simple Way to Initialize Recurrent Networks of Rectified Linear "
        "Units (2015), arXiv:1504.00941"
    )
    published: ClassVar[str] = (
        "on MNIST, 784 steps instead of 64: the tanh RNN fails, the LSTM does better, an RNN of "
        "rectified units that starts from the identity does best"
    )
    band: ClassVar[str] = (
        "accuracy of LSTM and GRU at least 0.9 in every seed; the RNN without a band"
    )
    """Seeds 0 to 2 gave RNN 0.31, 0.89, 0.82, LSTM 0.96, 0.95, 0.94 and GRU 0.96, 0.94, 0.95."""
    score: ClassVar[str] = "accuracy"
    levels: ClassVar[dict[str, float]] = {"band": 0.9}

    @property
    def holds(self) -> bool:
        _, lstm, gru = self.scores.T
        return bool(np.all(np.minimum(lstm, gru) >= 0.9))


def measure_digit_sequences(
    seeds: Sequence[int] = (0, 1, 2),
    *,
    steps: int = 1200,
    H: int = 64,
    B: int = 64,
    learning_rate: float = 1e-2,
) -> DigitSequences:
    """Train an RNN, an LSTM and a GRU on the same four fifths of the digits, and ask for the rest.

    Args:
        seeds: weights and split are drawn anew for each.
        steps: how many training steps, each of B digits.
        H: the hidden size.
        B: how many digits a training step sees.
        learning_rate: the greatest step size.

    Returns:
        A `DigitSequences` finding.
    """

    def run(seed: int, cell: str) -> tuple[float, Fit]:
        rng = np.random.default_rng(seed)
        train, test = map(_tensors, handwritten_digits(rng))
        model = Forecaster(10, getattr(nn, cell)(1, H, batch_first=True))
        cost = fit(
            model,
            lambda batch: cross_entropy(model(batch[0]), batch[1]),
            _batches(*train, B, rng),
            steps=steps,
            learning_rate=learning_rate,
        )
        with torch.no_grad():
            return (model(test[0]).argmax(1) == test[1]).double().mean().item(), cost

    models = {cell: partial(run, cell=cell) for cell in ("RNN", "LSTM", "GRU")}
    return measure_scores(DigitSequences, models, seeds, steps)


def _tensors(digits: Digits) -> tuple[Tensor, Tensor]:
    return torch.tensor(as_sequences(digits), dtype=torch.float32), torch.tensor(digits.labels)


def _batches(
    pixels: Tensor, labels: Tensor, B: int, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    while True:
        order = torch.tensor(rng.permutation(len(labels)))
        for rows in order.split(B):
            yield pixels[rows], labels[rows]

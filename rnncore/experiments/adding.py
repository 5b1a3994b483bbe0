"""The adding problem: two numbers out of a hundred, and a memory that must reach both."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import GRU, LSTM, RNN
from torch.nn.functional import mse_loss

from rnncore.experiments.fitting import Fit, fit
from rnncore.experiments.scores import Scores, measure_scores

_BASELINE = 1.0 / 6.0


@dataclass(frozen=True)
class Adding(Scores):
    """The mean squared error on new sequences of the adding problem."""

    claim: ClassVar[str] = (
        "On sequences of 100 steps a tanh RNN learns no more than always to answer 1, an error of "
        "1/6; an LSTM and a GRU learn to add."
    )
    reference: ClassVar[str] = (
        "Hochreiter and Schmidhuber (1997), experiment 4, doi:10.1162/neco.1997.9.8.1735; Le, "
        "Jaitly and Hinton (2015), arXiv:1504.00941"
    )
    published: ClassVar[str] = (
        "none that compares: 1997 scales the target to [0, 1] and puts a mark among the first ten "
        "steps, 2015 shows curves"
    )
    band: ClassVar[str] = (
        "mean squared error at least 0.14 for the RNN, at most 0.01 for LSTM and GRU in every seed"
    )
    """From 3 seeds (0-2), which also served to choose the settings: RNN 0.161-0.172, LSTM 0.001-
    0.002, GRU below 0.0005. With a forget bias of 0 or 1 the LSTM had learnt nothing after as many
    steps, in eight runs of eight; after 1000 steps it failed on one seed of two even at 3."""

    score: ClassVar[str] = "mean squared error"
    levels: ClassVar[dict[str, float]] = {"always answering 1:": _BASELINE, "band": 0.01}

    @property
    def holds(self) -> bool:
        gated = np.array([model != "tanh RNN" for model in self.models])
        plain, summed = self.scores[:, ~gated], self.scores[:, gated]
        return bool(np.all(plain >= 0.14) and np.all(summed <= 0.01))


class _Adder(torch.nn.Module):
    def __init__(self, recurrent: torch.nn.RNNBase):
        super().__init__()
        self.recurrent = recurrent
        self.readout = torch.nn.Linear(recurrent.hidden_size, 1)

    def forward(self, xs: Tensor) -> Tensor:
        hs, _ = self.recurrent(xs)
        return self.readout(hs[:, -1])[:, 0]


def _lstm(D: int, H: int, batch_first: bool) -> LSTM:
    """An LSTM whose forget gates start open: their bias is 3."""
    layer = LSTM(D, H, batch_first=batch_first)
    with torch.no_grad():
        layer.get_parameter("bias_ih_l0")[H : 2 * H] = 3.0
        layer.get_parameter("bias_hh_l0")[H : 2 * H] = 0.0
    return layer


_LAYERS = {"tanh RNN": RNN, "LSTM": _lstm, "GRU": GRU}


def measure_adding(
    adding_problem: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    models: Sequence[str] = ("tanh RNN", "LSTM", "GRU"),
    T: int = 100,
    H: int = 64,
    B: int = 32,
    steps: int = 1600,
    learning_rate: float = 2e-2,
) -> Adding:
    """Train an RNN, an LSTM and a GRU on the adding problem.

    The weights are torch's first ones, except for the LSTM's forget bias, which is 3.

    Args:
        adding_problem: draws the sequences.
        seeds: weights and sequences are drawn anew for each.
        models: which of the three to train.
        T: the length of the sequences.
        H: the hidden size.
        B: how many sequences a training step sees.
        steps: how many training steps.
        learning_rate: the greatest step size.

    Returns:
        An `Adding` finding.
    """

    def draw(B: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        xs, targets = adding_problem(B, T, rng)
        return torch.tensor(xs).float(), torch.tensor(targets).float()

    def batches(rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield draw(B, rng)

    def learner(layer: Callable[..., torch.nn.RNNBase]) -> Callable[[int], tuple[float, Fit]]:
        def run(seed: int) -> tuple[float, Fit]:
            model = _Adder(layer(2, H, batch_first=True))
            cost = fit(
                model,
                lambda batch: mse_loss(model(batch[0]), batch[1]),
                batches(np.random.default_rng([seed, 1])),
                steps=steps,
                learning_rate=learning_rate,
            )
            xs, targets = draw(1000, np.random.default_rng([seed, 2]))
            with torch.no_grad():
                return mse_loss(model(xs), targets).item(), cost

        return run

    return measure_scores(
        Adding, {model: learner(_LAYERS[model]) for model in models}, seeds, steps
    )

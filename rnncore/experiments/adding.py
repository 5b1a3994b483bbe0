"""The adding problem: two numbers out of a hundred, and a memory that must reach both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import GRU, LSTM, RNN
from torch.nn.functional import mse_loss

from rnncore.experiments.batches import endless
from rnncore.experiments.claim import Band, Claim, every_seed
from rnncore.experiments.last_state import LastState
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import Scores, measure_scores
from rnncore.lab.device import pick_device, recurrent_work
from rnncore.lab.training import Cost, to_device, train
from rnncore.tasks.adding_problem import adding_problem

_BASELINE = 1.0 / 6.0


@dataclass(frozen=True)
class Adding(Scores):
    """The mean squared error on new sequences of the adding problem."""

    claim: ClassVar[Claim] = Claim(
        "On sequences of 100 steps a tanh RNN learns no more than always to answer 1, an error of "
        "1/6; an LSTM and a GRU learn to add.",
        reference=(
            "Hochreiter and Schmidhuber (1997), experiment 4, doi:10.1162/neco.1997.9.8.1735; Le, "
            "Jaitly and Hinton (2015), arXiv:1504.00941"
        ),
        published=(
            "none that compares: 1997 scales the target to [0, 1] and puts a mark among the first "
            "ten steps, 2015 shows curves"
        ),
        bands=(
            every_seed("tanh RNN", at_least=0.14),
            every_seed("LSTM", at_most=0.01),
            every_seed("GRU", at_most=0.01),
        ),
    )
    """From 3 seeds (0-2), which also served to choose the settings: RNN 0.161-0.172, LSTM 0.001-
    0.002, GRU below 0.0005. With a forget bias of 0 or 1 the LSTM had learnt nothing after as many
    steps, in eight runs of eight; after 1000 steps it failed on one seed of two even at 3."""

    score: ClassVar[str] = "mean squared error"
    levels: ClassVar[dict[str, float]] = {"always answering 1:": _BASELINE}

    @property
    def bands(self) -> tuple[Band, ...]:
        """Those of the models that were trained."""
        return tuple(band for band in self.claim.bands if band.quantities[0] in self.models)


def _lstm(D: int, H: int, batch_first: bool) -> LSTM:
    """An LSTM whose forget gates start open: their bias is 3."""
    layer = LSTM(D, H, batch_first=batch_first)
    with torch.no_grad():
        layer.get_parameter("bias_ih_l0")[H : 2 * H] = 3.0
        layer.get_parameter("bias_hh_l0")[H : 2 * H] = 0.0
    return layer


_LAYERS = {"tanh RNN": RNN, "LSTM": _lstm, "GRU": GRU}


@experiment("adding", adding_problem)
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
    device: str = "auto",
) -> Adding:
    """Train an RNN, an LSTM and a GRU on the adding problem.

    The weights are torch's first ones, except for the LSTM's forget bias, which is 3.

    Args:
        adding_problem: draws the sequences.
        seeds: each draws its own weights and sequences.
        models: which of the three to train.
        T: the length of the sequences.
        H: the hidden size.
        B: sequences in a training step.
        steps: number of training steps.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        An `Adding` finding.
    """

    def draw(B: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        xs, targets = adding_problem(B, T, rng)
        return torch.tensor(xs).float(), torch.tensor(targets).float()

    place = pick_device(device, recurrent_work(B, 2, H, gates=4))

    def loss(model: LastState, batch: tuple[Tensor, Tensor]) -> Tensor:
        xs, targets = batch
        return mse_loss(model(xs)[:, 0], targets)

    def run(seed: int, layer: Callable[..., torch.nn.RNNBase]) -> tuple[float, Cost]:
        model, rng = LastState(layer(2, H, batch_first=True), 1), np.random.default_rng([seed, 1])
        training = train(
            loss,
            model,
            endless(lambda: draw(B, rng)),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        test = draw(1000, np.random.default_rng([seed, 2]))
        with torch.no_grad():
            return loss(model, to_device(test, place)).item(), training.cost

    runs = {model: partial(run, layer=_LAYERS[model]) for model in models}
    return measure_scores(Adding, runs, seeds, steps, place)

"""I grew up in Punjab ... I speak fluent Punjabi: how far does the memory of the place reach?"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure
from torch.nn.functional import cross_entropy, linear, one_hot

from rnncore.experiments.finding import Finding, listed
from rnncore.functional.base import map_tree
from rnncore.functional.cells import (
    LSTMParams,
    LSTMState,
    RNNState,
    init_lstm_params,
    init_rnn_params,
)
from rnncore.functional.sequence import ReadoutParams, init_readout_params
from rnncore.lab.plots import plot_curves
from rnncore.lab.training import to_tensor, train, use_threads
from rnncore.tasks.agreement import LANGUAGES, VOCABULARY, Sentences, agreement_sentences

_CHANCE = 1.0 / len(LANGUAGES)


@dataclass(frozen=True)
class Agreement(Finding):
    """How often the language at the end is right, by the distance to the place that settles it."""

    claim: ClassVar[str] = (
        "A vanilla RNN agrees with a word a few steps back, not with one far back; "
        "an LSTM agrees with both."
    )
    reference: ClassVar[str] = (
        "Bengio, Simard and Frasconi (1994); Hochreiter and Schmidhuber (1997), experiment 2"
    )
    band: ClassVar[str] = (
        "mean accuracy at the shortest distance at least 0.95 for both; at the greatest at least "
        "0.75 for the LSTM and at most 0.5 for the RNN"
    )
    """From 22 seeds (0-21): 1.00 for both at distance 5. At 30 the LSTM has 0.74-1.00, and 21 of
    the RNNs 0.08-0.14, but one 0.73. Hence means over seeds: of any three of these the LSTM's mean
    is at least 0.81, the RNN's at most 0.34."""

    distances: tuple[int, ...]
    rnn: np.ndarray
    """Accuracy of the RNN on new sentences, (seeds, distances); chance is 1/8."""
    lstm: np.ndarray
    """Accuracy of the LSTM, (seeds, distances)."""
    trained: tuple[LSTMParams, ...] = ()
    """The first seed's LSTM after training, one for each distance, to look inside."""
    readouts: tuple[ReadoutParams, ...] = ()
    """What was trained with each, to read the language off the last hidden state."""

    @property
    def holds(self) -> bool:
        rnn, lstm = self.rnn.mean(0), self.lstm.mean(0)
        near = rnn[0] >= 0.95 and lstm[0] >= 0.95
        far = lstm[-1] >= 0.75 and rnn[-1] <= 0.5
        return bool(near and far)

    def rows(self) -> list[str]:
        return [
            f"distance {distance:>2}: RNN {listed(rnn, 2)}   LSTM {listed(lstm, 2)}"
            for distance, rnn, lstm in zip(self.distances, self.rnn.T, self.lstm.T, strict=True)
        ]

    def figure(self) -> Figure:
        """Accuracy against distance."""
        return plot_curves(
            self.distances,
            {"vanilla RNN": self.rnn, "LSTM": self.lstm},
            xlabel="distance from the place to the language / words",
            ylabel="accuracy",
            lines={"chance": _CHANCE},
        )


def measure_agreement(
    rnn_step: Callable[..., Any],
    unroll: Callable[..., Any],
    lstm_forward: Callable[..., Any],
    set_forget_bias: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    distances: Sequence[int] = (5, 10, 20, 30),
    bias: float = 3.0,
    H: int = 32,
    B: int = 32,
    steps: int = 400,
    progress: bool = True,
) -> Agreement:
    """Train an RNN and an LSTM at each distance, and ask for the language in new sentences.

    Args:
        rnn_step: the vanilla RNN's step.
        unroll: runs it along the sentences.
        lstm_forward: runs the LSTM along the sentences.
        set_forget_bias: gives the LSTM its first forget bias.
        seeds: one RNN and one LSTM each, at each distance.
        distances: how many words stand between the place and the language.
        bias: the forget bias that the LSTM starts with.
        H: the hidden size of both.
        B: how many sentences a training step sees.
        steps: how many training steps.
        progress: whether to show a bar.

    Returns:
        An `Agreement` finding.
    """
    start = time.perf_counter()
    V = len(VOCABULARY)
    rnn, lstm = [], []
    for seed in seeds:
        rng = np.random.default_rng([seed, 1])
        memory = torch.zeros(1, H)
        learners = {
            "RNN": (rnn, partial(unroll, rnn_step), RNNState(memory), init_rnn_params(V, H, rng)),
            "LSTM": (
                lstm,
                lstm_forward,
                LSTMState(memory, memory),
                set_forget_bias(init_lstm_params(V, H, rng), bias),
            ),
        }
        for name, (results, forward, state, params) in learners.items():
            first = params, init_readout_params(H, len(LANGUAGES), rng)
            results.append(
                [
                    _learn(forward, state, first, distance, seed, B, steps, progress, name)
                    for distance in distances
                ]
            )
    accuracy = {
        name: np.array([[score for score, _ in row] for row in results])
        for name, results in (("rnn", rnn), ("lstm", lstm))
    }
    return Agreement(
        tuple(seeds),
        time.perf_counter() - start,
        tuple(distances),
        **accuracy,
        trained=tuple(params[0] for _, params in lstm[0]),
        readouts=tuple(params[1] for _, params in lstm[0]),
    )


def _learn(
    forward: Callable[..., Any],
    state: Any,
    params: Any,
    distance: int,
    seed: int,
    B: int,
    steps: int,
    progress: bool,
    name: str,
) -> tuple[float, Any]:
    def logits(params: Any, ids: torch.Tensor) -> torch.Tensor:
        xs = one_hot(ids, len(VOCABULARY)).float()
        empty = map_tree(lambda memory: memory.expand(len(ids), -1), state)
        _, last, _ = forward(xs, empty, params[0])
        return linear(last.h, params[1].W_y.T, params[1].b_y)

    def loss(params: Any, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        ids, labels = batch
        return cross_entropy(logits(params, ids), labels)

    def batches(rng: np.random.Generator) -> Iterator[Sentences]:
        while True:
            yield agreement_sentences(B, distance, rng)

    run = train(
        loss,
        params,
        batches,
        steps=steps,
        seed=seed,
        device="cpu",
        progress=progress,
        description=f"{name}, distance {distance}, seed {seed}",
    )
    fresh = agreement_sentences(500, distance, np.random.default_rng([seed, 2]))
    ids, labels = map_tree(to_tensor, fresh)
    with torch.no_grad(), use_threads(1):
        accuracy = torch.mean((logits(run.params, ids).argmax(1) == labels).float())
    return float(accuracy), run.params

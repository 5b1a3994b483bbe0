"""I grew up in Punjab ... I speak fluent Punjabi: how far does the memory of the place reach?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure
from torch.nn.functional import cross_entropy, linear, one_hot

from rnncore.experiments.batches import endless
from rnncore.experiments.claim import Claim, mean_of_seeds
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import accuracy
from rnncore.functional.base import map_tree
from rnncore.functional.cells import (
    LSTMParams,
    LSTMState,
    RNNState,
    init_lstm_params,
    init_rnn_params,
    rnn_step,
)
from rnncore.functional.sequence import ReadoutParams, init_readout_params, lstm_forward, unroll
from rnncore.functional.weights import set_forget_bias
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots import plot_curves
from rnncore.lab.training import to_device, train, use_threads
from rnncore.tasks.agreement import LANGUAGES, VOCABULARY, agreement_sentences

_CHANCE = 1.0 / len(LANGUAGES)


@dataclass(frozen=True)
class Agreement(Finding):
    """Accuracy on the language at the end, by the distance to the place that determines it."""

    claim: ClassVar[Claim] = Claim(
        "A vanilla RNN agrees with a word a few steps back, not with one far back; an LSTM agrees "
        "with both.",
        reference=(
            "Bengio, Simard and Frasconi (1994); Hochreiter and Schmidhuber (1997), experiment 2"
        ),
        bands=(
            mean_of_seeds("RNN nearest", "LSTM nearest", at_least=0.95),
            mean_of_seeds("LSTM farthest", at_least=0.75),
            mean_of_seeds("RNN farthest", at_most=0.5),
        ),
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

    def quantities(self) -> dict[str, np.ndarray]:
        return {
            f"{model} {place}": scores[:, k]
            for model, scores in (("RNN", self.rnn), ("LSTM", self.lstm))
            for place, k in (("nearest", 0), ("farthest", -1))
        }

    def rows(self) -> list[str]:
        return [
            f"distance {distance:>2}: RNN {format_numbers(rnn, 2)}   LSTM {format_numbers(lstm, 2)}"
            for distance, rnn, lstm in zip(self.distances, self.rnn.T, self.lstm.T, strict=True)
        ]

    def _draw(self) -> Figure:
        """Accuracy against distance."""
        return plot_curves(
            self.distances,
            {"vanilla RNN": self.rnn, "LSTM": self.lstm},
            xlabel="distance from the place to the language / words",
            ylabel="accuracy",
            lines={"chance": _CHANCE},
        )


@experiment("agreement", rnn_step, unroll, lstm_forward, set_forget_bias)
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
    device: str = "auto",
) -> Agreement:
    """Train an RNN and an LSTM at each distance, and test them on new sentences.

    Args:
        rnn_step: the vanilla RNN's step.
        unroll: runs it along the sentences.
        lstm_forward: runs the LSTM along the sentences.
        set_forget_bias: gives the LSTM its first forget bias.
        seeds: one RNN and one LSTM each, at each distance.
        distances: numbers of words between the place and the language.
        bias: the forget bias that the LSTM starts with.
        H: the hidden size of both.
        B: sentences in a training step.
        steps: number of training steps.
        progress: whether to show a bar.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        An `Agreement` finding.
    """
    V, K = len(VOCABULARY), len(LANGUAGES)
    place = pick_device(device, recurrent_work(B, V, H, gates=4))

    def learn(
        forward: Callable[..., Any], state: Any, params: Any, distance: int, seed: int, name: str
    ) -> tuple[float, Any]:
        def logits(params: Any, ids: torch.Tensor) -> torch.Tensor:
            xs = one_hot(ids, V).float()
            empty = map_tree(lambda memory: memory.expand(len(ids), -1), state)
            _, last, _ = forward(xs, empty, params[0])
            return linear(last.h, params[1].W_y.T, params[1].b_y)

        rng = np.random.default_rng(seed)
        training = train(
            lambda params, batch: cross_entropy(logits(params, batch.ids), batch.labels),
            params,
            endless(lambda: agreement_sentences(B, distance, rng)),
            steps=steps,
            learning_rate=1e-2,
            schedule="constant",
            device=place,
            progress=progress,
            description=f"{name}, distance {distance}, seed {seed}",
        )
        fresh = agreement_sentences(500, distance, np.random.default_rng([seed, 2]))
        ids, labels = to_device(fresh, place)
        with torch.no_grad(), use_threads(1):
            return accuracy(logits(training.model, ids), labels), training.model

    rnn, lstm = [], []
    for seed in seeds:
        rng = np.random.default_rng([seed, 1])
        memory = torch.zeros(1, H, device=place)
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
            first = params, init_readout_params(H, K, rng)
            results.append(
                [learn(forward, state, first, distance, seed, name) for distance in distances]
            )
    scores = {
        name: np.array([[score for score, _ in row] for row in results])
        for name, results in (("rnn", rnn), ("lstm", lstm))
    }
    return Agreement(
        tuple(seeds),
        tuple(distances),
        rnn=scores["rnn"],
        lstm=scores["lstm"],
        device=device_name(place),
        trained=tuple(params[0] for _, params in lstm[0]),
        readouts=tuple(params[1] for _, params in lstm[0]),
    )

"""Which sentence is likelier? The language at its end hangs on a place in the sentence before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.experiments.text_reader import train_on_sequences
from rnncore.functional.cells import from_torch, to_torch
from rnncore.functional.decoding import Decoder, sentence_logprob
from rnncore.functional.weights import set_forget_bias
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots import plot_curves
from rnncore.lab.training import seeded, use_threads
from rnncore.nn import LSTM
from rnncore.nn.models import LanguageModel
from rnncore.tasks.batching import TextBatch, shift_targets
from rnncore.tasks.ngram import NGram, absolute_discounting, fit_ngram
from rnncore.tasks.trips import LANGUAGES, Trips, trips
from rnncore.tasks.vocab import BOS, Vocab


@dataclass(frozen=True)
class Ranking(Finding):
    """How often the right one of eight sentences is the likeliest, for n-grams and for an LSTM."""

    claim: ClassVar[Claim] = Claim(
        "A language model finds the likelier sentence, if it remembers what decides it.",
        reference="lecture notes N4, the example of Telugu and Tamil",
        published=(
            "P = 2.3e-12 with Telugu and 8.1e-14 with Tamil, 28 times less; it is not said by "
            "which model"
        ),
        bands=(
            every_seed("LSTM", at_least=0.9),
            every_seed("3-gram", at_least=0.05, at_most=0.25),
        ),
    )

    orders: tuple[int, ...]
    ngram: np.ndarray
    """How often the right sentence is the likeliest of eight, (seeds, orders)."""
    lstm: np.ndarray
    """The same of the LSTM, (seeds,)."""
    vocab: Vocab | None = field(default=None, kw_only=True)
    """The words."""
    trained: tuple[LanguageModel, ...] = field(default=(), kw_only=True)
    """The LSTM of each seed."""
    counted: tuple[NGram, ...] = field(default=(), kw_only=True)
    """The n-grams of the first seed, one for each order."""

    def quantities(self) -> dict[str, np.ndarray]:
        counted = {f"{n}-gram": self.ngram[:, k] for k, n in enumerate(self.orders)}
        return {"LSTM": self.lstm, **counted}

    def rows(self) -> list[str]:
        return [
            "measured: how often the right sentence of eight is the likeliest",
            *(
                f"{n:2d}-gram: {format_numbers(column, 2)}"
                for n, column in zip(self.orders, self.ngram.T, strict=True)
            ),
            f"LSTM:    {format_numbers(self.lstm, 2)}",
        ]

    def _draw(self) -> Figure:
        """The share of right choices against the order of the n-gram."""
        return plot_curves(
            self.orders,
            {"n-gram": self.ngram},
            xlabel="n / words",
            ylabel="right sentence is the likeliest",
            title="To choose, a model must still know the place",
            lines={
                f"LSTM, {self.lstm.mean():.2f}": float(self.lstm.mean()),
                f"chance, {1.0 / len(LANGUAGES):.2f}": 1.0 / len(LANGUAGES),
            },
        )


@experiment("ranking", shift_targets, sentence_logprob, absolute_discounting)
def measure_ranking(
    shift_targets: Callable[..., TextBatch],
    sentence_logprob: Callable[..., Any],
    absolute_discounting: Callable[..., np.ndarray],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    orders: Sequence[int] = (2, 3, 5, 8, 11, 14, 17),
    N: int = 2000,
    steps: int = 1200,
    H: int = 128,
    B: int = 32,
    learning_rate: float = 1e-2,
    device: str = "auto",
) -> Ranking:
    """Train on pairs of sentences, and compare new pairs that differ in the language alone.

    Args:
        shift_targets: gives the inputs and targets of a batch of sentences.
        sentence_logprob: says how probable sentences are to a model.
        absolute_discounting: smooths the counts of the n-grams.
        seeds: each draws its own sentences and weights.
        orders: the lengths of the n-grams, in words.
        N: pairs of sentences to train on; a tenth as many new ones to test on.
        steps: training steps of the LSTM, each on B pairs.
        H: the hidden size.
        B: pairs in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `Ranking` finding.
    """
    vocab = Vocab.build(spoken(trips(2000, np.random.default_rng(0))))
    place = pick_device(device, recurrent_work(B, 32, H, gates=4))

    def score(decoder: Decoder, begin: Callable[[int], Any], test: Trips, like: Any) -> float:
        right = []
        for opening, language in zip(*test, strict=True):
            ids = [vocab.encode([*opening, other, "."], eos=True) for other in LANGUAGES]
            start, rest = like([BOS] * len(ids)), like(ids)
            log_p = sentence_logprob(decoder, begin(len(ids)), start, rest)
            right.append(int(log_p.argmax()) == list(LANGUAGES).index(language))
        return float(np.mean(right))

    ngram, lstm, trained, counted = np.zeros((len(seeds), len(orders))), [], [], []
    for row, seed in enumerate(seeds):
        rng = np.random.default_rng([seed, 1])
        known, test = trips(N, rng), trips(N // 10, rng)
        sequences = [vocab.encode(words, bos=True, eos=True) for words in spoken(known)]
        text = [i for sequence in sequences for i in sequence]
        models = [fit_ngram(text, n, len(vocab), smooth=absolute_discounting) for n in orders]
        ngram[row] = [score(model.decoder, model.begin, test, np.array) for model in models]
        counted.append(models)
        with seeded(seed), use_threads(1):
            model = train_on_sequences(
                shift_targets,
                sequences,
                _language_model(len(vocab), H),
                rng,
                B=B,
                steps=steps,
                learning_rate=learning_rate,
                device=place,
            )
            on_place = lambda ids: torch.tensor(ids, device=place)  # noqa: E731
            lstm.append(score(model.decoder, model.begin, test, on_place))
        trained.append(model)
    return Ranking(
        tuple(seeds),
        tuple(orders),
        ngram,
        np.array(lstm),
        vocab=vocab,
        trained=tuple(trained),
        counted=tuple(counted[0]),
        device=device_name(place),
    )


def spoken(pairs: Trips) -> list[list[str]]:
    """The words of pairs of sentences, with the language and the last full stop."""
    return [[*words, language, "."] for words, language in zip(*pairs, strict=True)]


def _language_model(V: int, H: int) -> LanguageModel:
    """Its forget gates start open."""
    layer = LSTM(32, H, batch_first=True)
    layer.load_state_dict(to_torch(set_forget_bias(from_torch(layer.state_dict()), 3.0)))
    return LanguageModel(V, layer)

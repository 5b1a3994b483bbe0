"""A language model of characters reads the source of Python's library."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.experiments.text_reader import WIDTH, cost_of_text, train_on_text
from rnncore.functional.metrics import bits_per_character
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots import plot_curves
from rnncore.lab.training import seeded, use_threads
from rnncore.nn.models import LanguageModel
from rnncore.tasks.batching import TextBatch, tbptt_batches
from rnncore.tasks.ngram import absolute_discounting, fit_ngram
from rnncore.tasks.python_library import python_library
from rnncore.tasks.vocab import Vocab


@dataclass(frozen=True)
class Library(Finding):
    """Bits per character of modules that were not read in training."""

    claim: ClassVar[Claim] = Claim(
        "A recurrent network predicts text better than n-grams of any order.",
        reference=(
            "Mikolov et al., Recurrent Neural Network Based Language Model, Interspeech (2010)"
        ),
        published=(
            "on newspaper text, about half the perplexity of a state-of-the-art backoff model, by "
            "a mixture of several recurrent ones"
        ),
        bands=(every_seed("LSTM", minus="the best n-gram", below=-0.1),),
    )

    orders: tuple[int, ...]
    steps: int
    ngram: np.ndarray
    """Bits per character of the n-grams, (orders,)."""
    ngram_train: np.ndarray
    """The same on a part of the text that they have counted, as long as that of the test."""
    lstm: np.ndarray
    """Bits per character of the LSTM, (seeds,)."""
    epochs: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)), kw_only=True)
    """Of the text that is being read, the mean of each whole epoch, (seeds, epochs)."""
    trained: tuple[LanguageModel, ...] = field(default=(), kw_only=True)
    """The LSTM of each seed."""

    def quantities(self) -> dict[str, np.ndarray]:
        return {"LSTM": self.lstm, "the best n-gram": np.full(len(self.seeds), self.ngram.min())}

    def rows(self) -> list[str]:
        return [
            f"measured: bits per character of new modules; LSTM after {self.steps} steps",
            *(f"{n}-gram: {bits:.3f}" for n, bits in zip(self.orders, self.ngram, strict=True)),
            f"LSTM:   {format_numbers(self.lstm, 3)}",
        ]

    def _draw(self) -> Figure:
        """Bits per character against the order of the n-gram."""
        return plot_curves(
            self.orders,
            {"n-gram, text that it counted": self.ngram_train, "n-gram, new modules": self.ngram},
            xlabel="n / characters",
            ylabel="bits per character",
            title="Longer n-grams know what they have seen, and little else",
            lines={"LSTM, new modules": float(self.lstm.mean())},
        )


@experiment("library", tbptt_batches, absolute_discounting, bits_per_character)
def measure_library(
    tbptt_batches: Callable[..., Sequence[TextBatch]],
    absolute_discounting: Callable[..., np.ndarray],
    bits_per_character: Callable[..., float],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    orders: Sequence[int] = (1, 2, 3, 4, 5, 6, 7, 8),
    steps: int = 2600,
    H: int = 256,
    B: int = 16,
    T: int = 64,
    learning_rate: float = 4e-3,
    device: str = "auto",
) -> Library:
    """Count n-grams and train LSTMs on the same modules, and test both on others.

    Args:
        tbptt_batches: cuts the text into pieces.
        absolute_discounting: smooths the counts of the n-grams.
        bits_per_character: what a character costs, of the nats of all.
        seeds: each draws its own weights.
        orders: the lengths of the n-grams, in characters.
        steps: training steps, each on B T characters.
        H: the hidden size.
        B: streams that are read side by side.
        T: steps that a gradient goes back.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `Library` finding.

    Raises:
        FileNotFoundError: if this Python has no source of its library.
    """
    text = python_library()
    vocab = Vocab.build([text.train])
    known, test = (np.array(vocab.encode(part)) for part in (text.train, text.test))
    place = pick_device(device, recurrent_work(B, WIDTH, H, gates=4))

    def ngram_bits(n: int) -> tuple[float, float]:
        model = fit_ngram(known, n, len(vocab), smooth=absolute_discounting)
        parts = (test, known[: len(test)])
        new, seen = (-model.log_probs(part)[1:] for part in parts)
        return bits_per_character(new, len(new)), bits_per_character(seen, len(seen))

    ngram, ngram_train = np.array([ngram_bits(n) for n in orders]).T
    lstm, epochs, trained = [], [], []
    for seed in seeds:
        with seeded(seed), use_threads(1):
            training = train_on_text(
                tbptt_batches,
                known,
                len(vocab),
                cell="LSTM",
                H=H,
                B=B,
                T=T,
                steps=steps,
                learning_rate=learning_rate,
                device=place,
            )
            nats = cost_of_text(training.model, test)
        lstm.append(bits_per_character(nats, len(nats)))
        epoch = len(tbptt_batches(known, B, T))
        whole = training.losses[: steps // epoch * epoch].reshape(-1, epoch)
        epochs.append(whole.mean(axis=1) / np.log(2.0))
        trained.append(training.model)
    return Library(
        tuple(seeds),
        tuple(orders),
        steps,
        ngram,
        ngram_train,
        np.array(lstm),
        epochs=np.array(epochs),
        trained=tuple(trained),
        device=device_name(place),
    )

"""A network that learns its examples by heart: accuracy on them, and on new ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from rnncore.experiments.batches import padded, shuffled_rows, watched
from rnncore.experiments.claim import Claim, Span, every_seed
from rnncore.experiments.curves import Curves, measure_seeds
from rnncore.experiments.negation import draw_reviews
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import accuracy
from rnncore.functional.sequence import pool_states
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.training import to_device, train
from rnncore.nn import GRU
from rnncore.nn.models import Classifier
from rnncore.tasks.vocab import Vocab


@dataclass(frozen=True)
class Overfitting(Curves):
    """Accuracy after each epoch, for true verdicts and for verdicts drawn by coin."""

    claim: ClassVar[Claim] = Claim(
        "A network can learn its examples by heart, even where their labels are drawn by lot and "
        "there is nothing else to be learned. New examples tell it from one that learned more.",
        reference=(
            "Zhang, Bengio, Hardt, Recht and Vinyals, Understanding Deep Learning Requires "
            "Rethinking Generalization (2017), arXiv:1611.03530"
        ),
        published=(
            "convolutional networks learn 50,000 images with random labels without an error; on "
            "new ones they are at chance"
        ),
        bands=(
            every_seed("known, true", "known, by coin", at_least=0.97, span=Span("epochs", low=28)),
            every_seed("new, by coin", at_least=0.44, at_most=0.56),
            every_seed("new, true", above=0.56, at_most=0.9, span=Span("epochs", low=28)),
        ),
    )
    xlabel: ClassVar[str] = "epochs"
    ylabel: ClassVar[str] = "accuracy"
    levels: ClassVar[dict[str, float]] = {"chance": 0.5}


@experiment("overfitting", pool_states)
def measure_overfitting(
    pool_states: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    drawn: int = 800,
    kept: float = 0.25,
    epochs: int = 28,
    every: int = 4,
    H: int = 32,
    B: int = 20,
    learning_rate: float = 1e-2,
    device: str = "auto",
) -> Overfitting:
    """Train a GRU on few reviews, with their verdicts and with verdicts drawn by coin.

    Args:
        pool_states: makes one vector of the GRU's hidden states; its mean is taken.
        seeds: each draws its own reviews and weights.
        drawn: reviews drawn to train on, before some are left out; for new ones 1,600 are drawn.
        kept: the share of the negated reviews that are kept.
        epochs: how often the network sees them.
        every: after how many epochs it is asked.
        H: the hidden size.
        B: reviews in a training step.
        learning_rate: the step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        An `Overfitting` finding.
    """
    place = pick_device(device, recurrent_work(B, 24, H, gates=3))
    points = tuple(range(0, epochs + 1, every))

    def accuracies(ids: Any, labels: Any, test: Any, vocab: Vocab, rng: Any) -> list[list[float]]:
        """On the known reviews and on the new ones, (2, points)."""
        N, per_epoch = len(ids), -(-len(ids) // B)
        model = Classifier(len(vocab), 2, GRU(24, H, batch_first=True), pool_states).to(place)
        parts = [to_device(part, place) for part in (padded(ids, labels, range(N)), test)]
        found: list[list[float]] = [[], []]

        def ask() -> None:
            for part, (words, lengths, right) in zip(found, parts, strict=True):
                with torch.no_grad():
                    part.append(accuracy(model(words, lengths), right))

        batches = (padded(ids, labels, rows) for rows in shuffled_rows(N, B, rng))
        train(
            lambda model, batch: cross_entropy(model(*batch[:2]), batch[2]),
            model,
            watched(batches, [per_epoch * epoch for epoch in points], ask),
            steps=per_epoch * epochs,
            learning_rate=learning_rate,
            schedule="constant",
            device=place,
        )
        ask()
        return found

    def run(seed: int) -> dict[str, list[float]]:
        rng = np.random.default_rng(seed)
        known, new = draw_reviews(drawn, kept, rng), draw_reviews(1600, kept, rng)
        vocab = Vocab.build(known.sentences)
        ids, new_ids = (list(map(vocab.encode, part.sentences)) for part in (known, new))
        test = padded(new_ids, new.labels, range(len(new_ids)))
        by_coin = rng.integers(0, 2, len(ids))
        found = {}
        for verdicts, labels in {"true": known.labels, "by coin": by_coin}.items():
            of_known, of_new = accuracies(ids, labels, test, vocab, rng)
            found[f"known, {verdicts}"], found[f"new, {verdicts}"] = of_known, of_new
        return found

    return Overfitting(tuple(seeds), points, measure_seeds(run, seeds), device=device_name(place))

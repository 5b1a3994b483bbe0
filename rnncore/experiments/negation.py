"""Reviews with a "not" in them: what word order is good for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import cross_entropy

from rnncore.experiments.batches import padded, shuffled_rows
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.curves import measure_seeds
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.limits import limits_in_rows
from rnncore.experiments.registry import experiment
from rnncore.functional.sequence import pool_states
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots.style import COLOURS, MARKERS, new_figure
from rnncore.lab.training import seeded, to_device, train
from rnncore.nn import LSTM
from rnncore.nn.models import Classifier
from rnncore.tasks.sentiment import POSITIVE, sentiment_reviews
from rnncore.tasks.vocab import Vocab

PARTS = ("all", "plain", "negated")


@dataclass(frozen=True)
class Negation(Finding):
    """Accuracy on the sentiment of all, of plain and of negated reviews."""

    claim: ClassVar[Claim] = Claim(
        "A bag of words takes most reviews right and those with a negation wrong; a network that "
        "reads the words in order gets both.",
        reference=(
            "Socher et al., Recursive Deep Models for Semantic Compositionality Over a Sentiment "
            "Treebank (2013), aclanthology.org/D13-1170"
        ),
        published=(
            "on film reviews, with trees in place of sequences: of the models compared only the "
            "recursive tensor network captures negation; its overall accuracy rises from 80 to "
            "85.4 %"
        ),
        bands=(
            every_seed("bag of words on all reviews", above=0.7),
            every_seed("bag of words on negated reviews", below=0.2),
            every_seed("LSTM on plain reviews", above=0.95),
            every_seed("LSTM on negated reviews", above=0.65),
        ),
    )
    """From 6 seeds (0-5): bag of words 0.78-0.82 and 0.00-0.01; LSTM 1.00 and 0.78-0.90."""

    share: float
    """Of the reviews to test on, the mean share of negated ones."""
    bag: np.ndarray
    """Accuracy of the bag of words on all, plain and negated reviews, (seeds, 3)."""
    lstm: np.ndarray
    """Accuracy of the LSTM, (seeds, 3)."""
    vocab: Vocab | None = None
    """Of the first seed."""
    trained: torch.nn.Module | None = None
    """The first seed's LSTM after training, to look inside."""

    def quantities(self) -> dict[str, np.ndarray]:
        return {
            f"{model} on {part} reviews": scores[:, k]
            for model, scores in (("bag of words", self.bag), ("LSTM", self.lstm))
            for k, part in enumerate(PARTS)
        }

    def rows(self) -> list[str]:
        return [
            f"measured: accuracy on new reviews, {self.share:.0%} of them negated",
            *(
                f"{part:7s} reviews: bag of words {format_numbers(bag, 2)}   "
                f"LSTM {format_numbers(lstm, 2)}"
                for part, bag, lstm in zip(PARTS, self.bag.T, self.lstm.T, strict=True)
            ),
        ]

    def _draw(self) -> Figure:
        """A row for each part of the reviews, a mark for each model and seed."""
        with new_figure(size=(7.0, 2.6)) as (figure, axes):
            models = {"bag of words": self.bag, "LSTM": self.lstm}
            for k, (name, scores) in enumerate(models.items()):
                places = np.broadcast_to(np.arange(3) + 0.16 * (2 * k - 1), scores.shape)
                axes.scatter(
                    scores, places, color=COLOURS[k], marker=MARKERS[k], alpha=0.7, label=name
                )
                rows = {f"{name} on {part} reviews": places[0, j] for j, part in enumerate(PARTS)}
                limits_in_rows(axes, self.bands, rows, height=0.28)
            axes.axvline(0.5, color="#666666", linestyle="--", linewidth=1.2, label="chance")
            axes.set_yticks(range(3), [f"{part} reviews" for part in PARTS])
            axes.set(xlabel="accuracy on new reviews", xlim=(-0.03, 1.03), ylim=(2.5, -0.5))
            figure.legend(loc="outside upper center", ncols=3)
        return figure


class Reviews(NamedTuple):
    """Reviews, their verdicts, and whether the verdict is negated."""

    sentences: list[list[str]]
    labels: np.ndarray
    """(N,), int64: 1 for praise, 0 for blame."""
    negated: np.ndarray
    """(N,), bool."""


class _Bag(torch.nn.Module):
    """A weight for each word and class, added up over the words."""

    def __init__(self, V: int):
        super().__init__()
        self.weights = torch.nn.EmbeddingBag(V, 2, mode="sum", padding_idx=0)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        return self.weights(ids)


@experiment("negation", pool_states)
def measure_negation(
    pool_states: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    kept: float = 0.25,
    N: int = 4000,
    steps: int = 800,
    H: int = 48,
    B: int = 64,
    learning_rate: float = 1e-2,
    device: str = "auto",
) -> Negation:
    """Train a bag of words and an LSTM on the same reviews, of which the fewer are negated.

    The generator negates every second verdict, which leaves a bag of words at chance. Here most of
    the negated reviews are left out, since people say "not bad" less often than "good".

    Args:
        pool_states: makes one vector of the LSTM's hidden states; its mean is taken.
        seeds: each draws its own reviews and weights.
        kept: the share of the negated reviews that are kept.
        N: reviews drawn for training, before some are left out; half as many for
            testing.
        steps: training steps, each on B reviews.
        H: the hidden size of the LSTM.
        B: reviews in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `Negation` finding.
    """
    place = pick_device(device, recurrent_work(B, 32, H, gates=4))
    shares, trained = [], []

    def lstm(V: int) -> torch.nn.Module:
        return Classifier(V, 2, LSTM(32, H, batch_first=True), pool_states)

    def run(seed: int) -> dict[str, list[float]]:
        rng = np.random.default_rng(seed)
        known, test = draw_reviews(N, kept, rng), draw_reviews(N // 2, kept, rng)
        vocab = Vocab.build(known.sentences)
        ids, test_ids = ([*map(vocab.encode, part.sentences)] for part in (known, test))
        every = padded(test_ids, test.labels, range(len(test_ids)))
        shares.append(test.negated.mean())
        found = {}
        for name, kind in (("bag of words", _Bag), ("LSTM", lstm)):
            order = shuffled_rows(len(known.labels), B, np.random.default_rng([seed, 1]))
            with seeded(seed):
                training = train(
                    lambda model, batch: cross_entropy(model(*batch[:2]), batch[2]),
                    kind(len(vocab)),
                    (padded(ids, known.labels, rows) for rows in order),
                    steps=steps,
                    learning_rate=learning_rate,
                    device=place,
                )
            words, lengths, labels = to_device(every, place)
            with torch.no_grad():
                right = (training.model(words, lengths).argmax(1) == labels).cpu().numpy()
            parts = (right, right[~test.negated], right[test.negated])
            found[name] = [float(part.mean()) for part in parts]
        trained.append((vocab, training.model))
        return found

    bag, sequential = measure_seeds(run, seeds).values()
    share = float(np.mean(shares))
    vocab, model = trained[0]
    return Negation(tuple(seeds), share, bag, sequential, vocab, model, device=device_name(place))


def draw_reviews(N: int, kept: float, rng: np.random.Generator) -> Reviews:
    """Reviews of which most that are negated are left out.

    Args:
        N: reviews drawn, before some are left out.
        kept: the share of the negated reviews that are kept.
        rng: the source of randomness.

    Returns:
        The others.
    """
    sentences, labels = sentiment_reviews(N, rng)
    praises = np.array([not set(sentence).isdisjoint(POSITIVE) for sentence in sentences])
    negated = praises != (labels == 1)
    rows = np.flatnonzero(~negated | (rng.random(N) < kept))
    return Reviews([sentences[k] for k in rows], labels[rows], negated[rows])

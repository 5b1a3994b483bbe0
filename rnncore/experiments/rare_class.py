"""One post in twenty is an insult: what accuracy says of a detector, and what recall says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from rnncore.experiments.batches import padded, shuffled_rows, watched
from rnncore.experiments.claim import Claim, Span, every_seed
from rnncore.experiments.curves import Curves, measure_seeds
from rnncore.experiments.registry import experiment
from rnncore.functional.metrics import precision_recall_f1
from rnncore.functional.sequence import pool_states
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.training import to_device, train
from rnncore.nn import GRU
from rnncore.nn.models import Classifier
from rnncore.tasks.abusive_language import abusive_posts
from rnncore.tasks.vocab import Vocab


@dataclass(frozen=True)
class RareClass(Curves):
    """Accuracy, precision and recall on new posts while a detector is trained."""

    claim: ClassVar[Claim] = Claim(
        "Where one post in twenty is abusive, a detector that has learned nothing yet is right in "
        "19 of 20 cases: accuracy is high while recall is next to nothing.",
        reference=(
            "Davidson, Warmsley, Macy and Weber, Automated Hate Speech Detection and the Problem "
            "of Offensive Language (2017), arXiv:1703.04009"
        ),
        published=(
            "on tweets, 5 % of them hate speech: precision 0.91 and recall 0.90 over all classes, "
            "0.44 and 0.61 for hate speech"
        ),
        bands=(
            every_seed("accuracy", at_least=0.92, span=Span("steps", high=100)),
            every_seed("recall", at_most=0.1, span=Span("steps", high=100)),
        ),
    )
    xlabel: ClassVar[str] = "training steps"
    ylabel: ClassVar[str] = "on new posts"

    vocab: Vocab | None = None
    """Of the first seed."""
    trained: torch.nn.Module | None = None
    """The first seed's detector after training."""


@experiment("rare_class", pool_states, precision_recall_f1)
def measure_rare_class(
    pool_states: Callable[..., Any],
    precision_recall_f1: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    share: float = 0.05,
    N: int = 6000,
    points: Sequence[int] = (50, 100, 200, 300, 400, 500, 600),
    H: int = 32,
    B: int = 128,
    learning_rate: float = 1e-2,
    device: str = "auto",
) -> RareClass:
    """Train a GRU to find insults, and ask it on new posts how it does, now and then.

    Args:
        pool_states: makes one vector of the GRU's hidden states; its mean is taken.
        precision_recall_f1: precision and recall of the predictions.
        seeds: each draws its own posts and weights.
        share: the share of insults.
        N: posts to train on; as many to test on.
        points: after how many training steps to ask; the last ends the training.
        H: the hidden size.
        B: posts in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `RareClass` finding.
    """
    place = pick_device(device, recurrent_work(B, 24, H, gates=3))
    trained = []

    def run(seed: int) -> dict[str, list[float]]:
        rng = np.random.default_rng(seed)
        known, new = abusive_posts(N, rng, share), abusive_posts(N, rng, share)
        vocab = Vocab.build(known.sentences)
        encode = partial(map, vocab.encode)
        ids, test_ids = list(encode(known.sentences)), list(encode(new.sentences))
        model = Classifier(len(vocab), 2, GRU(24, H, batch_first=True), pool_states).to(place)
        test = to_device(padded(test_ids, new.labels, range(N)), place)
        found: dict[str, list[float]] = {"accuracy": [], "precision": [], "recall": []}

        def ask() -> None:
            with torch.no_grad():
                predicted = model(*test[:2]).argmax(1).cpu().numpy()
            scores = precision_recall_f1(predicted, new.labels, 1)
            found["accuracy"].append(float(np.mean(predicted == new.labels)))
            found["precision"].append(scores.precision)
            found["recall"].append(scores.recall)

        train(
            lambda model, batch: cross_entropy(model(*batch[:2]), batch[2]),
            model,
            watched(
                (padded(ids, known.labels, rows) for rows in shuffled_rows(N, B, rng)), points, ask
            ),
            steps=points[-1],
            learning_rate=learning_rate,
            device=place,
        )
        ask()
        trained.append((vocab, model))
        return found

    curves = measure_seeds(run, seeds)
    vocab, model = trained[0]
    return RareClass(tuple(seeds), tuple(points), curves, vocab, model, device=device_name(place))

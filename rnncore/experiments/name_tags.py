"""Names in sentences, tagged by networks that read forwards and in both directions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure

from rnncore.experiments.batches import padded, shuffled_rows
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.curves import measure_seeds
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.limits import limits_in_rows
from rnncore.experiments.registry import experiment
from rnncore.functional.learning import tag_loss
from rnncore.functional.metrics import precision_recall_f1
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots.style import COLOURS, MARKERS, new_figure
from rnncore.lab.training import to_device, train
from rnncore.nn import GRU
from rnncore.nn.models import Tagger
from rnncore.tasks.named_entities import TAGS, named_entities
from rnncore.tasks.vocab import Vocab

MODELS = ("all outside", "forwards", "both directions")


@dataclass(frozen=True)
class NameTags(Finding):
    """Accuracy and mean F1 of the six tags of names, on the words of new sentences."""

    claim: ClassVar[Claim] = Claim(
        "A tagger that reads in both directions finds names that one reading forwards misses; "
        "accuracy, which counts all the words outside of names, hardly shows it.",
        reference=(
            "Huang, Xu and Yu, Bidirectional LSTM-CRF Models for Sequence Tagging (2015), "
            "arXiv:1508.01991; the scoring: Tjong Kim Sang and De Meulder (2003), "
            "aclanthology.org/W03-0419"
        ),
        published=(
            "on newspaper text (CoNLL-2003), F1 of whole names and not of words: 83.74 % for an "
            "LSTM, 85.17 % for a bidirectional one"
        ),
        bands=(
            every_seed("forwards, accuracy", at_least=0.93),
            every_seed("forwards, F1", at_most=0.75),
            every_seed("both directions, F1", at_least=0.97),
        ),
    )

    outside: float
    """The share of words outside of names: what a tagger gets right that never finds one."""
    accuracy: np.ndarray
    """(seeds, models)."""
    f1: np.ndarray
    """(seeds, models)."""
    vocab: Vocab | None = None
    """Of the first seed."""
    trained: tuple[torch.nn.Module, ...] = ()
    """The first seed's taggers, forwards and in both directions."""

    def quantities(self) -> dict[str, np.ndarray]:
        return {
            f"{model}, {score}": values[:, k]
            for k, model in enumerate(MODELS)
            for score, values in (("accuracy", self.accuracy), ("F1", self.f1))
        }

    def rows(self) -> list[str]:
        return [
            f"measured: on new sentences, {self.outside:.0%} of their words outside of names",
            *(
                f"{model:15s} accuracy {format_numbers(accuracy, 3)}   F1 {format_numbers(f1, 3)}"
                for model, accuracy, f1 in zip(MODELS, self.accuracy.T, self.f1.T, strict=True)
            ),
        ]

    def _draw(self) -> Figure:
        """A row for each score of each model, a mark for each seed."""
        with new_figure(size=(7.0, 3.0)) as (figure, axes):
            rows = {name: row for row, name in enumerate(self.quantities())}
            for k, values in enumerate(self.quantities().values()):
                colour, marker = COLOURS[k % 2], MARKERS[k % 2]
                axes.scatter(
                    values, np.full(len(values), k), color=colour, marker=marker, alpha=0.7
                )
            limits_in_rows(axes, self.bands, rows)
            axes.set_yticks(range(len(rows)), rows)
            axes.set(xlabel="on new sentences", xlim=(-0.03, 1.03), ylim=(len(rows) - 0.5, -0.5))
            axes.legend()
        return figure


@experiment("name_tags", tag_loss, precision_recall_f1)
def measure_name_tags(
    tag_loss: Callable[..., Any],
    precision_recall_f1: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    N: int = 2000,
    steps: int = 300,
    H: int = 32,
    B: int = 32,
    learning_rate: float = 2e-2,
    device: str = "auto",
) -> NameTags:
    """Train a GRU that reads forwards and one that reads in both directions to tag names.

    Args:
        tag_loss: the loss of scores (B, T, K), with a weight for each tag.
        precision_recall_f1: F1 of one tag.
        seeds: each draws its own sentences and weights.
        N: sentences to train on; half as many to test on.
        steps: training steps.
        H: the hidden size of each direction; the GRU that reads forwards has 2H.
        B: sentences in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `NameTags` finding.
    """
    K, trained, outside = len(TAGS), [], []
    place = pick_device(device, recurrent_work(B, 24, 2 * H, gates=3))

    def loss(tagger: torch.nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        ids, lengths, tags = batch
        mask = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
        return tag_loss(tagger(ids, lengths), tags, mask, torch.ones(K, device=ids.device))

    def run(seed: int) -> dict[str, list[float]]:
        rng = np.random.default_rng(seed)
        known, new = named_entities(N, rng), named_entities(N // 2, rng)
        vocab = Vocab.build(known.sentences, min_count=8)
        encode = partial(map, vocab.encode)
        ids, test_ids = list(encode(known.sentences)), list(encode(new.sentences))
        test_words, lengths, test_tags = padded(test_ids, new.tags, range(N // 2))
        valid = np.arange(test_words.shape[1]) < lengths[:, None]
        actual = test_tags[valid]
        predictions, taggers = [np.zeros_like(actual)], []
        for both in (False, True):
            layer = GRU(24, H if both else 2 * H, batch_first=True, bidirectional=both)
            training = train(
                loss,
                Tagger(len(vocab), K, layer),
                (padded(ids, known.tags, rows) for rows in shuffled_rows(N, B, rng)),
                steps=steps,
                learning_rate=learning_rate,
                device=place,
            )
            with torch.no_grad():
                scores = training.model(*to_device((test_words, lengths), place))
            predictions.append(scores.argmax(2).cpu().numpy()[valid])
            taggers.append(training.model)
        trained.append((vocab, tuple(taggers)))
        outside.append(np.mean(actual == 0))
        return {
            "accuracy": [float(np.mean(guess == actual)) for guess in predictions],
            "F1": [
                float(np.mean([precision_recall_f1(guess, actual, k).f1 for k in range(1, K)]))
                for guess in predictions
            ],
        }

    found = measure_seeds(run, seeds)
    vocab, taggers = trained[0]
    return NameTags(
        tuple(seeds),
        float(np.mean(outside)),
        found["accuracy"],
        found["F1"],
        vocab,
        taggers,
        device=device_name(place),
    )

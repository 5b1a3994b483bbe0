"""A network reads a surname letter by letter and says from which of 18 languages it comes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence

from rnncore.experiments.batches import padded, shuffled_rows
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import Scores, accuracy, measure_scores
from rnncore.lab.device import pick_device, recurrent_work
from rnncore.lab.plots.style import new_figure
from rnncore.lab.training import Cost, to_device, train
from rnncore.tasks.corpora.surnames import LANGUAGES, surnames
from rnncore.tasks.vocab import Vocab


@dataclass(frozen=True)
class SurnameLanguages(Scores):
    """Accuracy on the language of held-out surnames."""

    claim: ClassVar[Claim] = Claim(
        "A recurrent network tells the language of a surname by its letters.",
        reference=(
            "Robertson, Practical PyTorch, Classifying Names with a Character-Level RNN (2017)"
        ),
        published="a matrix of confusions without held-out names; no accuracy",
        bands=(every_seed("bidirectional LSTM", above=0.75),),
    )
    score: ClassVar[str] = "accuracy"
    levels: ClassVar[dict[str, float]] = {"always Russian": 0.53}

    confusion: np.ndarray | None = None
    """The first seed's held-out names, by language and by the language that was named, (K, K)."""
    vocab: Vocab | None = None
    """Of the first seed."""
    trained: torch.nn.Module | None = None
    """The first seed's network after training."""

    def confusion_figure(self) -> Figure:
        """A row for each language: where its held-out names went, as shares of the row.

        Raises:
            ValueError: if the confusion was not measured.
        """
        if self.confusion is None:
            raise ValueError("confusion must be measured; got None")
        shares = self.confusion / np.maximum(self.confusion.sum(1, keepdims=True), 1)
        with new_figure(size=(6.8, 6.0)) as (figure, axes):
            image = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
            names = [
                f"{name} ({n})" for name, n in zip(LANGUAGES, self.confusion.sum(1), strict=True)
            ]
            axes.set_yticks(range(len(LANGUAGES)), names)
            axes.set_xticks(range(len(LANGUAGES)), LANGUAGES, rotation=90)
            axes.set(xlabel="language that was named", ylabel="language (held-out names)")
            figure.colorbar(image, ax=axes, label="share of the row", shrink=0.8)
        return figure


class _SurnameModel(torch.nn.Module):
    def __init__(self, V: int, H: int, dropout: float):
        super().__init__()
        self.embedding = torch.nn.Embedding(V, 64)
        self.recurrent = torch.nn.LSTM(64, H, batch_first=True, bidirectional=True)
        self.dropout = torch.nn.Dropout(dropout)
        self.readout = torch.nn.Linear(2 * H, len(LANGUAGES))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(
            self.dropout(self.embedding(ids)),
            lengths.cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        _, (last, _) = self.recurrent(packed)
        return self.readout(self.dropout(torch.cat([last[0], last[1]], dim=1)))


@experiment("surnames")
def measure_surnames(
    seeds: Sequence[int] = (0, 1, 2),
    *,
    steps: int = 1000,
    H: int = 128,
    B: int = 64,
    learning_rate: float = 4e-3,
    dropout: float = 0.4,
    device: str = "auto",
) -> SurnameLanguages:
    """Train a bidirectional LSTM on four fifths of the spellings, and test it on the others.

    Args:
        seeds: each draws its own weights and split.
        steps: training steps, each on B names.
        H: the hidden size of each direction.
        B: names in a training step.
        learning_rate: the greatest step size.
        dropout: the share of units that the next layer does not see in training.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `SurnameLanguages` finding.

    Raises:
        OSError: if the names cannot be had; see `rnncore.tasks.corpora.fetch`.
    """
    place = pick_device(device, recurrent_work(B, 64, H, gates=4))
    details: list[tuple[np.ndarray, Vocab, torch.nn.Module]] = []

    def run(seed: int) -> tuple[float, Cost]:
        rng = np.random.default_rng(seed)
        known, test = surnames(rng)
        vocab = Vocab.build(known.names)

        ids, test_ids = (
            [vocab.encode(name, bos=True, eos=True) for name in part.names]
            for part in (known, test)
        )
        training = train(
            lambda model, batch: cross_entropy(model(*batch[:2]), batch[2]),
            _SurnameModel(len(vocab), H, dropout),
            (padded(ids, known.labels, rows) for rows in shuffled_rows(len(ids), B, rng)),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        training.model.eval()
        every = padded(test_ids, test.labels, range(len(test_ids)))
        spellings, lengths, labels = to_device(every, place)
        with torch.no_grad():
            logits = training.model(spellings, lengths)
        confusion = np.zeros((len(LANGUAGES), len(LANGUAGES)), dtype=np.int64)
        np.add.at(confusion, (labels.cpu().numpy(), logits.argmax(1).cpu().numpy()), 1)
        details.append((confusion, vocab, training.model.cpu()))
        return accuracy(logits, labels), training.cost

    found = measure_scores(SurnameLanguages, {"bidirectional LSTM": run}, seeds, steps, place)
    confusion, vocab, model = details[0]
    return replace(found, confusion=confusion, vocab=vocab, trained=model)


def reference_surnames() -> SurnameLanguages:
    """The numbers of a run of `measure_surnames(steps=600)`, for where the names cannot be had.

    Returns:
        A `SurnameLanguages` finding without vocabulary and network.
    """
    return SurnameLanguages(
        tuple(range(3)),
        ("bidirectional LSTM",),
        600,
        np.array([[0.7938], [0.79], [0.7813]]),
        np.array([[10.88], [10.12], [9.67]]),
        np.array([[14.12], [13.93], [10.92]]),
        np.array(_REFERENCE_CONFUSION),
        seconds=41.4,
    )


_REFERENCE_CONFUSION = (
    [0, 0, 0, 0, 3, 0, 1, 1, 0, 1, 3, 0, 0, 0, 5, 0, 0, 0],
    [0, 43, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0],
    [0, 0, 17, 0, 35, 0, 7, 0, 0, 4, 5, 0, 0, 0, 28, 0, 0, 0],
    [0, 0, 0, 14, 39, 0, 6, 0, 0, 2, 0, 0, 0, 0, 7, 0, 0, 0],
    [0, 9, 3, 0, 652, 0, 17, 4, 2, 4, 3, 0, 0, 0, 30, 0, 0, 0],
    [0, 0, 0, 0, 34, 0, 2, 0, 0, 0, 0, 0, 0, 0, 6, 0, 2, 0],
    [0, 4, 1, 1, 71, 0, 47, 0, 0, 1, 4, 0, 0, 0, 9, 0, 0, 0],
    [0, 0, 0, 0, 5, 0, 0, 37, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0],
    [0, 1, 0, 0, 21, 0, 0, 0, 12, 0, 0, 0, 0, 0, 5, 0, 0, 0],
    [0, 0, 1, 0, 11, 0, 0, 3, 0, 96, 11, 0, 0, 0, 4, 0, 4, 0],
    [0, 2, 0, 0, 7, 0, 0, 0, 0, 2, 158, 0, 0, 0, 4, 0, 0, 0],
    [0, 15, 0, 0, 3, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0],
    [0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 9, 0, 3, 0],
    [0, 0, 2, 0, 5, 0, 0, 1, 0, 7, 0, 0, 0, 0, 2, 0, 1, 0],
    [1, 16, 1, 0, 74, 0, 7, 7, 1, 18, 15, 0, 0, 0, 1757, 0, 2, 0],
    [0, 2, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 5, 0, 17, 0, 0, 2, 0, 21, 4, 0, 0, 0, 9, 0, 12, 0],
    [0, 12, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
)
"""Of the run's first seed: see `SurnameLanguages.confusion`."""


def guess_languages(finding: SurnameLanguages, name: str) -> dict[str, float]:
    """How probable each language is for a name, most probable first.

    Args:
        finding: of `measure_surnames`, with its network.
        name: any name, with capitals where it has them.

    Returns:
        Probabilities by language.

    Raises:
        ValueError: if the finding has no network, as one of a reference run.
    """
    if finding.trained is None or finding.vocab is None:
        raise ValueError("finding must have its trained network; got one of a reference run")
    ids = torch.tensor([finding.vocab.encode(name, bos=True, eos=True)])
    with torch.no_grad():
        logits = finding.trained(ids, torch.tensor([ids.shape[1]]))
    probabilities = logits.softmax(1)[0].tolist()
    ranked = sorted(zip(LANGUAGES, probabilities, strict=True), key=lambda pair: -pair[1])
    return dict(ranked)

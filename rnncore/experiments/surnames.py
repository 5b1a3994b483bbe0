"""A network reads a surname letter by letter and says from which of 18 languages it comes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence

from rnncore.experiments.batches import shuffled_rows
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import Scores, accuracy, measure_scores
from rnncore.lab.device import pick_device, recurrent_work
from rnncore.lab.training import Cost, to_device, train
from rnncore.tasks.batching import pad_batch
from rnncore.tasks.corpora.surnames import LANGUAGES, Surnames, surnames
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

    def run(seed: int) -> tuple[float, Cost]:
        rng = np.random.default_rng(seed)
        known, test = surnames(rng)
        vocab = Vocab.build(known.names)

        def encoded(part: Surnames, rows: Iterable[int]) -> tuple[np.ndarray, ...]:
            names = [vocab.encode(part.names[k], bos=True, eos=True) for k in rows]
            ids, mask = pad_batch(names)
            return ids, mask.sum(1), part.labels[[*rows]]

        training = train(
            lambda model, batch: cross_entropy(model(*batch[:2]), batch[2]),
            _SurnameModel(len(vocab), H, dropout),
            (encoded(known, rows) for rows in shuffled_rows(len(known.names), B, rng)),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        training.model.eval()
        ids, lengths, labels = to_device(encoded(test, range(len(test.names))), place)
        with torch.no_grad():
            return accuracy(training.model(ids, lengths), labels), training.cost

    return measure_scores(SurnameLanguages, {"bidirectional LSTM": run}, seeds, steps, place)

"""Headlines for generated reports: what is news, in three words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rnncore.experiments.fitting import Fit, fit
from rnncore.experiments.scores import Scores, measure_scores
from rnncore.nn import GRU
from rnncore.nn.models import Seq2Seq
from rnncore.tasks.batching import pad_batch, shift_targets
from rnncore.tasks.headlines import Reports, news_reports
from rnncore.tasks.vocab import BOS, PAD, Vocab

_VOCAB = Vocab.build(
    [words for part in news_reports(2000, np.random.default_rng(0)) for words in part]
)
"""All words of reports and headlines."""

_TESTED = 500
"""Reports that are new to the networks."""


@dataclass(frozen=True)
class Headlines(Scores):
    """The share of new reports whose headline is right, all three words and the end."""

    claim: ClassVar[str] = (
        "A network with attention learns to say in three words what is new in a report; one that "
        "has to keep the report in its last state learns it worse in the same time."
    )
    reference: ClassVar[str] = (
        "Rush, Chopra and Weston, A Neural Attention Model for Abstractive Sentence Summarization "
        "(2015), arXiv:1509.00685"
    )
    published: ClassVar[str] = "ROUGE on newspapers' sentences; none on generated reports"
    band: ClassVar[str] = (
        "in every seed at least 0.9 with attention, and 0.1 more than from the last state alone"
    )
    """The number of steps was chosen after a look at seed 0, which after half of them had 0.55 and
    0.00. Seeds 0 to 2 gave 1.00 1.00 1.00 and 0.04 0.82 0.07."""
    score: ClassVar[str] = "share of right headlines"
    levels: ClassVar[dict[str, float]] = {"band": 0.9}

    @property
    def holds(self) -> bool:
        attending, remembering = self.scores.T
        return bool(np.all(attending >= 0.9) and np.all(attending - remembering >= 0.1))


class _Batch(NamedTuple):
    sources: Tensor
    lengths: list[int]
    written: np.ndarray


def measure_headlines(
    seeds: Sequence[int] = (0, 1, 2),
    *,
    steps: int = 1600,
    H: int = 96,
    B: int = 32,
    learning_rate: float = 5e-3,
) -> Headlines:
    """Train on fresh reports, with and without attention, and let both write new headlines.

    Args:
        seeds: weights and reports are drawn anew for each.
        steps: how many training steps, each of B reports.
        H: the hidden size of the decoder, and of both directions of the encoder together.
        B: how many reports a training step sees.
        learning_rate: the greatest step size.

    Returns:
        A `Headlines` finding.
    """

    def run(seed: int, attention: str) -> tuple[float, Fit]:
        encoder = GRU(32, H // 2, batch_first=True, bidirectional=True)
        decoder = GRU(32, H, batch_first=True)
        model = Seq2Seq(len(_VOCAB), len(_VOCAB), encoder, decoder, attention)

        def loss(batch: _Batch) -> Tensor:
            inputs, targets = map(torch.tensor, shift_targets(batch.written))
            scores, _ = model(batch.sources, batch.lengths, inputs)
            return cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=PAD)

        batches = _batches(B, np.random.default_rng([seed, 0]))
        cost = fit(model, loss, batches, steps=steps, learning_rate=learning_rate)
        return _share_right(model, np.random.default_rng([seed, 1])), cost

    models = {
        "attention": partial(run, attention="general"),
        "last state alone": partial(run, attention="none"),
    }
    return measure_scores(Headlines, models, seeds, steps)


def _encoded(reports: Reports) -> _Batch:
    sources, mask = pad_batch([_VOCAB.encode(words, eos=True) for words in reports.texts])
    written, _ = pad_batch(
        [_VOCAB.encode(words, bos=True, eos=True) for words in reports.headlines]
    )
    return _Batch(torch.tensor(sources), mask.sum(1).tolist(), written)


def _batches(B: int, rng: np.random.Generator) -> Iterator[_Batch]:
    while True:
        yield _encoded(news_reports(B, rng))


def _share_right(model: Seq2Seq, rng: np.random.Generator) -> float:
    sources, lengths, written = _encoded(news_reports(_TESTED, rng))
    words = model.greedy(sources, lengths, BOS, written.shape[1] - 1)
    return float((words.numpy() == written[:, 1:]).all(axis=1).mean())

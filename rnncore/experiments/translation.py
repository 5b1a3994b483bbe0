"""From German to English with attention, on a part of Multi30k."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import Scores, measure_scores
from rnncore.functional.attention import attend, dot_scores
from rnncore.lab.device import pick_device, recurrent_work
from rnncore.lab.training import Cost, to_device, train
from rnncore.tasks.batching import shift_targets
from rnncore.tasks.parallel import ParallelText, encode_pairs, multi30k_text
from rnncore.tasks.reversal import Pairs
from rnncore.tasks.translation import SentencePairs
from rnncore.tasks.vocab import PAD


@dataclass(frozen=True)
class Translation(Scores):
    """Perplexity of the validation sentences, given their sources, after one epoch."""

    claim: ClassVar[Claim] = Claim(
        "Attention lets a decoder use its source within one epoch.",
        reference=(
            "Luong, Pham and Manning, Effective Approaches to Attention-based Neural Machine "
            "Translation (2015); Elliott et al., Multi30K (2016)"
        ),
        published="BLEU of fully trained models; no perplexity after one epoch",
        bands=(
            every_seed("attention", below=60.0),
            every_seed("attention", below="no source"),
        ),
    )
    score: ClassVar[str] = "validation perplexity, per token"


class _Translator(torch.nn.Module):
    """A bidirectional GRU reads, a GRU writes, and looks back by dot attention before each word."""

    def __init__(self, V_source: int, V_target: int, H: int, dropout: float, sees_source: bool):
        super().__init__()
        self.sees_source = sees_source
        self.source = torch.nn.Embedding(V_source, H)
        self.target = torch.nn.Embedding(V_target, H)
        self.encoder = torch.nn.GRU(H, H // 2, batch_first=True, bidirectional=True)
        self.decoder = torch.nn.GRU(H, H, batch_first=True)
        self.combine = torch.nn.Linear(2 * H, H)
        self.dropout = torch.nn.Dropout(dropout)
        self.readout = torch.nn.Linear(H, V_target)

    def forward(self, batch: Any) -> Tensor:
        """Scores of each next word, (B, T, V), for a batch of `Pairs`."""
        inputs, _ = shift_targets(batch.targets)
        embedded = self.dropout(self.target(inputs))
        if self.sees_source:
            packed = pack_padded_sequence(
                self.dropout(self.source(batch.sources)),
                batch.source_lengths.cpu(),
                batch_first=True,
                enforce_sorted=False,
            )
            memory, last = self.encoder(packed)
            memory, _ = pad_packed_sequence(memory, batch_first=True)
            hs, _ = self.decoder(embedded, torch.cat([last[0], last[1]], dim=1)[None])
            context, _ = attend(dot_scores(hs, memory), memory, (batch.sources != PAD)[:, None, :])
        else:
            hs, _ = self.decoder(embedded)
            context = torch.zeros_like(hs)
        both = torch.cat([hs, context], dim=2)
        return self.readout(self.dropout(torch.tanh(self.combine(both))))


@experiment("translation")
def measure_translation(
    seeds: Sequence[int] = (0, 1, 2),
    *,
    longest: int = 12,
    min_count: int = 3,
    H: int = 256,
    B: int = 32,
    learning_rate: float = 3e-3,
    dropout: float = 0.2,
    device: str = "auto",
) -> Translation:
    """Train one epoch on the shorter sentences, with attention and without any source.

    The reduced set has the pairs of which neither sentence has more than `longest` tokens, for
    training and validation alike. Words that occur less often than `min_count` are unknown, and
    count like any other token.

    Args:
        seeds: each draws its own weights and order of the sentences.
        longest: the greatest number of tokens.
        min_count: how often a word must occur to be known.
        H: the hidden size.
        B: pairs in a training step.
        learning_rate: the greatest step size.
        dropout: the share of units that the next layer does not see in training.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `Translation` finding.

    Raises:
        OSError: if the sentences cannot be had; see `rnncore.tasks.corpora.fetch`.
    """
    text = multi30k_text("de", "en", longest, min_count)
    steps = math.ceil(len(text.train) / B)
    place = pick_device(device, recurrent_work(B, H, H, gates=3))

    def run(seed: int, sees_source: bool) -> tuple[float, Cost]:
        order = np.random.default_rng(seed).permutation(len(text.train))
        training = train(
            partial(_loss, reduction="mean"),
            _Translator(len(text.source), len(text.target), H, dropout, sees_source),
            _batches([text.train[k] for k in order], text, B),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        batches = (to_device(batch, place) for batch in _batches(text.valid, text, B))
        return _perplexity(training.model, batches), training.cost

    models = {
        "attention": partial(run, sees_source=True),
        "no source": partial(run, sees_source=False),
    }
    return measure_scores(Translation, models, seeds, steps, place)


def _batches(pairs: SentencePairs, text: ParallelText, B: int) -> Iterator[Pairs]:
    for k in range(0, len(pairs), B):
        yield encode_pairs(pairs[k : k + B], text)


def _loss(model: _Translator, batch: Any, reduction: str) -> Tensor:
    _, targets = shift_targets(batch.targets)
    logits = model(batch).flatten(0, 1)
    return cross_entropy(logits, targets.flatten(), ignore_index=PAD, reduction=reduction)


def _perplexity(model: _Translator, batches: Iterator[Any]) -> float:
    model.eval()
    nats = tokens = 0.0
    with torch.no_grad():
        for batch in batches:
            nats += _loss(model, batch, "sum").item()
            tokens += int((batch.targets[:, 1:] != PAD).sum())
    return math.exp(nats / tokens)

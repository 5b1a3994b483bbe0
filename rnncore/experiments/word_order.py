"""Dog bites man, man bites dog: the same words, told apart only by a model that reads in order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot
from torch.nn.utils.rnn import pack_padded_sequence

from rnncore.experiments.fitting import Fit, fit
from rnncore.experiments.scores import Scores, measure_scores
from rnncore.tasks.word_order import Headlines, headlines


@dataclass(frozen=True)
class WordOrder(Scores):
    """The share of new sentences of which a model knows who does it to whom."""

    claim: ClassVar[str] = (
        "A model that counts words cannot tell 'dog bites man' from 'man bites dog'; one that "
        "reads them in order can."
    )
    reference: ClassVar[str] = (
        "Wallach, Topic Modeling: Beyond Bag-of-Words (2006), doi:10.1145/1143844.1143967; "
        "Elman (1990), doi:10.1207/s15516709cog1402_1"
    )
    published: ClassVar[str] = "none; the papers argue with examples, and measure other things"
    band: ClassVar[str] = (
        "accuracy within 0.01 of 0.5 for the bag of words, at least 0.98 for the RNN in every seed"
    )
    """From 10 seeds (0-9): 0.500 for the bag of words, as it must be for sentences that come with
    their twins, and 1.000 for the RNN."""

    score: ClassVar[str] = "accuracy on new sentences"
    levels: ClassVar[dict[str, float]] = {"chance": 0.5}

    @property
    def holds(self) -> bool:
        bag, rnn = self.scores.T
        return bool(np.all(np.abs(bag - 0.5) <= 0.01) and np.all(rnn >= 0.98))


class _BagOfWords(torch.nn.Module):
    """How often each word occurs, then one hidden layer."""

    def __init__(self, V: int, H: int):
        super().__init__()
        self.V = V
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(V, H), torch.nn.Tanh(), torch.nn.Linear(H, 2)
        )

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        counts = (one_hot(ids, self.V) * mask[:, :, None]).sum(1)
        return self.layers(counts.float())


class _Reader(torch.nn.Module):
    """One word after the other into a hidden state, which after the last one tells the class."""

    def __init__(self, V: int, H: int):
        super().__init__()
        self.embedding = torch.nn.Embedding(V, H)
        self.recurrent = torch.nn.RNN(H, H, batch_first=True)
        self.readout = torch.nn.Linear(H, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        packed = pack_padded_sequence(
            self.embedding(ids), mask.sum(1), batch_first=True, enforce_sorted=False
        )
        _, last = self.recurrent(packed)
        return self.readout(last[0])


def measure_word_order(
    tokenize: Callable[[str], list[str]],
    build_vocab: Callable[..., Sequence[str]],
    encode: Callable[..., list[int]],
    pad_batch: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    steps: int = 300,
    H: int = 16,
    B: int = 32,
    learning_rate: float = 1e-2,
) -> WordOrder:
    """Train a model on the counts of words and one on their order, and ask for new sentences.

    Args:
        tokenize: cuts a sentence into words.
        build_vocab: makes a vocabulary, of the first 500 pairs.
        encode: turns words into ids.
        pad_batch: fills sentences up to one length.
        seeds: weights and sentences are drawn anew for each.
        steps: how many training steps, each of B pairs of sentences.
        H: the hidden size of both models.
        B: how many pairs a training step sees.
        learning_rate: the greatest step size.

    Returns:
        A `WordOrder` finding.
    """

    def learner(kind: Callable[[int, int], torch.nn.Module]) -> Callable[[int], tuple[float, Fit]]:
        def run(seed: int) -> tuple[float, Fit]:
            rng = np.random.default_rng([seed, 1])
            known = headlines(500, rng).sentences
            vocab = build_vocab([tokenize(sentence) for sentence in known])
            id_of = {token: i for i, token in enumerate(vocab)}

            def tensors(drawn: Headlines) -> tuple[Tensor, Tensor, Tensor]:
                sentences = [encode(tokenize(text), id_of) for text in drawn.sentences]
                ids, mask = pad_batch(sentences)
                return torch.tensor(ids), torch.tensor(mask), torch.tensor(drawn.labels)

            def batches() -> Iterator[tuple[Tensor, Tensor, Tensor]]:
                while True:
                    yield tensors(headlines(B, rng))

            model = kind(len(vocab), H)
            cost = fit(
                model,
                lambda batch: cross_entropy(model(*batch[:2]), batch[2]),
                batches(),
                steps=steps,
                learning_rate=learning_rate,
            )
            ids, mask, labels = tensors(headlines(500, np.random.default_rng([seed, 2])))
            with torch.no_grad():
                return (model(ids, mask).argmax(1) == labels).double().mean().item(), cost

        return run

    models = {"bag of words": learner(_BagOfWords), "RNN": learner(_Reader)}
    return measure_scores(WordOrder, models, seeds, steps)

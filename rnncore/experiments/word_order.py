"""Dog bites man, man bites dog: the same words, told apart only by a model that reads in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot
from torch.nn.utils.rnn import pack_padded_sequence

from rnncore.experiments.batches import endless
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import Scores, accuracy, measure_scores
from rnncore.lab.device import pick_device, recurrent_work
from rnncore.lab.training import Cost, to_device, train
from rnncore.tasks.batching import pad_batch
from rnncore.tasks.vocab import build_vocab, encode, tokenize
from rnncore.tasks.word_order import Headlines, headlines


@dataclass(frozen=True)
class WordOrder(Scores):
    """Accuracy on who does it to whom, in new sentences."""

    claim: ClassVar[Claim] = Claim(
        "A model that counts words cannot tell 'dog bites man' from 'man bites dog'; one that "
        "reads them in order can.",
        reference=(
            "Wallach, Topic Modeling: Beyond Bag-of-Words (2006), doi:10.1145/1143844.1143967; "
            "Elman (1990), doi:10.1207/s15516709cog1402_1"
        ),
        published="none; the papers argue with examples, and measure other things",
        bands=(
            every_seed("bag of words", at_least=0.49, at_most=0.51),
            every_seed("RNN", at_least=0.98),
        ),
    )
    """From 10 seeds (0-9): 0.500 for the bag of words, as it must be for sentences that come with
    their twins, and 1.000 for the RNN."""

    score: ClassVar[str] = "accuracy on new sentences"
    levels: ClassVar[dict[str, float]] = {"chance": 0.5}


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
            self.embedding(ids), mask.sum(1).cpu(), batch_first=True, enforce_sorted=False
        )
        _, last = self.recurrent(packed)
        return self.readout(last[0])


@experiment("word_order", tokenize, build_vocab, encode, pad_batch)
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
    device: str = "auto",
) -> WordOrder:
    """Train a model on the counts of words and one on their order, and test both on new sentences.

    Args:
        tokenize: cuts a sentence into words.
        build_vocab: makes a vocabulary, of the first 500 pairs.
        encode: turns words into ids.
        pad_batch: fills sentences up to one length.
        seeds: each draws its own weights and sentences.
        steps: training steps, each on B pairs of sentences.
        H: the hidden size of both models.
        B: pairs in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `WordOrder` finding.
    """

    place = pick_device(device, recurrent_work(B, H, H))

    def run(seed: int, kind: Callable[[int, int], torch.nn.Module]) -> tuple[float, Cost]:
        rng = np.random.default_rng([seed, 1])
        known = headlines(500, rng).sentences
        vocab = build_vocab([tokenize(sentence) for sentence in known])
        id_of = {token: i for i, token in enumerate(vocab)}

        def tensors(drawn: Headlines) -> tuple[Tensor, Tensor, Tensor]:
            sentences = [encode(tokenize(text), id_of) for text in drawn.sentences]
            ids, mask = pad_batch(sentences)
            return torch.tensor(ids), torch.tensor(mask), torch.tensor(drawn.labels)

        training = train(
            lambda model, batch: cross_entropy(model(*batch[:2]), batch[2]),
            kind(len(vocab), H),
            endless(lambda: tensors(headlines(B, rng))),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        test = tensors(headlines(500, np.random.default_rng([seed, 2])))
        ids, mask, labels = to_device(test, place)
        with torch.no_grad():
            return accuracy(training.model(ids, mask), labels), training.cost

    models = {"bag of words": partial(run, kind=_BagOfWords), "RNN": partial(run, kind=_Reader)}
    return measure_scores(WordOrder, models, seeds, steps, place)

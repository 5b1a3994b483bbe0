"""A network that reads only what surprised another one bridges a lag of over 1,000 steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rnncore.experiments.batches import endless
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import Scores, accuracy, measure_scores
from rnncore.functional.memory import chunk, surprises
from rnncore.functional.sequence import Lengths, last_valid
from rnncore.lab.device import pick_device, recurrent_work
from rnncore.lab.training import Cost, train
from rnncore.nn import RNN
from rnncore.nn.models import LanguageModel
from rnncore.nn.models.reading import Reader
from rnncore.tasks.long_lag import long_lag

WINDOW = 20
"""How many steps the lower network learns through."""

SEQUENCES = 100
"""How many there are to learn from, and as many again to be asked."""


@dataclass(frozen=True)
class Chunker(Scores):
    """Share of sequences whose last sign was predicted."""

    claim: ClassVar[Claim] = Claim(
        "What a network cannot learn across a long lag, it learns from the surprises of another.",
        reference="Schmidhuber (1992), doi:10.1162/neco.1992.4.2.234, section 5",
        published=(
            "at a lag of 20 the conventional net fails after 1,000,000 sequences, the chunker "
            "learns from fewer than 35,000 in all 17 runs; a public reproduction, over 1,000: 0 % "
            "and 100 %"
        ),
        bands=(
            every_seed("chunker", at_least=1.0),
            every_seed("plain RNN", at_most=0.75),
        ),
    )
    """From 8 seeds (0-7): the chunker 1 in each, the plain network 0.41 to 0.59."""
    score: ClassVar[str] = "share of last signs predicted"
    levels: ClassVar[dict[str, float]] = {"chance": 0.5}


class _LastState(torch.nn.Module):
    """Scores of the two signs from the state after the last step."""

    def __init__(self, V: int, H: int):
        super().__init__()
        self.reader = Reader(V, RNN(H, H, batch_first=True))
        self.readout = torch.nn.Linear(H, 2)

    def forward(self, ids: Tensor, lengths: Lengths) -> Tensor:
        hs, _ = self.reader(ids, lengths)
        return self.readout(last_valid(hs, lengths))


@experiment("chunker", surprises, chunk)
def measure_chunker(
    surprises: Callable[..., Any],
    chunk: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    lag: int = 1200,
    steps: int = 300,
    H: int = 32,
    B: int = 16,
    learning_rate: float = 1e-2,
    device: str = "auto",
) -> Chunker:
    """Train a network to predict the last sign of long sequences, with and without compression.

    Plain: the network reads all signs but the last, and learns by backpropagation through all of
    them. With compression: one network learns to predict the next sign, from windows of 20 steps
    taken anywhere; a second one, of the same form as the plain one, reads only what `chunk` keeps.

    Args:
        surprises: `surprises(decoder, state, ids)`, a mask.
        chunk: `chunk(ids, surprised)` gives `Surprises`.
        seeds: each draws its own weights and data.
        lag: number of signs between the first and the last.
        steps: number of training steps of each network.
        H: the hidden size of all three.
        B: sequences, or windows, in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `Chunker` finding.
    """
    V = lag + 2
    place = pick_device(device, recurrent_work(B, H, H))

    def learn(compress: Callable[[Tensor], Any], seed: int) -> tuple[float, Cost]:
        rng = np.random.default_rng([seed, 1])
        data = long_lag(2 * SEQUENCES, lag, rng)
        ids, lengths = compress(torch.tensor(data.ids[:, :-1], device=place))
        lengths, labels = np.array(lengths), torch.tensor(data.labels, device=place)

        def draw() -> tuple[Tensor, list[int], Tensor]:
            rows = rng.integers(0, SEQUENCES, size=B)
            return ids[rows], lengths[rows].tolist(), labels[rows]

        training = train(
            lambda model, batch: cross_entropy(model(*batch[:2]), batch[2]),
            _LastState(V, H),
            endless(draw),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        with torch.no_grad():
            logits = training.model(ids[SEQUENCES:], lengths[SEQUENCES:])
        return accuracy(logits, labels[SEQUENCES:]), training.cost

    def plain(seed: int) -> tuple[float, Cost]:
        return learn(lambda ids: (ids, [ids.shape[1]] * len(ids)), seed)

    def chunker(seed: int) -> tuple[float, Cost]:
        lower = LanguageModel(V, RNN(H, H, batch_first=True))
        rng = np.random.default_rng([seed, 2])

        def windows() -> np.ndarray:
            ids = long_lag(B, lag, rng).ids[:, :-1]
            starts = rng.integers(0, ids.shape[1] - WINDOW, size=(B, 1))
            return np.take_along_axis(ids, starts + np.arange(WINDOW + 1), axis=1)

        def loss(lower: LanguageModel, ids: Tensor) -> Tensor:
            return cross_entropy(lower(ids[:, :-1])[0].flatten(0, 1), ids[:, 1:].flatten())

        training = train(
            loss,
            lower,
            endless(windows),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )

        def decoder(tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
            scores, state = lower(tokens[:, None], state)
            return scores[:, 0], state

        def compress(ids: Tensor) -> tuple[Tensor, list[int]]:
            with torch.no_grad():
                short = chunk(ids, surprises(decoder, None, ids))
            return short.tokens, short.lengths

        score, cost = learn(compress, seed)
        return score, training.cost + cost

    return measure_scores(Chunker, {"chunker": chunker, "plain RNN": plain}, seeds, steps, place)

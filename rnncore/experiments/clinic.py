"""What each fault of a training loop costs, and whether anybody would notice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.functional.cells import init_rnn_state
from rnncore.functional.learning import Network, SentenceBatch, Settings, run_epoch
from rnncore.functional.metrics import precision_recall_f1
from rnncore.functional.sequence import embedding_backward, embedding_forward
from rnncore.lab.clinic import init_tagger_params, make_tagger, sentence_batches
from rnncore.lab.plots.style import COLOURS, MARKERS, new_figure
from rnncore.tasks.named_entities import TAGS, named_entities
from rnncore.tasks.vocab import Vocab

SETTINGS = Settings(learning_rate=6.0, max_norm=0.5, dropout=0.4)
FAULTS: tuple[str, ...] = (
    "none",
    "padding in the loss",
    "state leaks",
    "reshape for transpose",
    "no clipping",
    "dropout in evaluation",
)


@dataclass(frozen=True)
class Clinic(Finding):
    """The loss that a run reports for held-out sentences, and how good its network is at them."""

    claim: ClassVar[Claim] = Claim(
        "Training fails silently: no fault raises an error. Some ruin the network, others only "
        "the number that is reported.",
        reference="Karpathy, A Recipe for Training Neural Networks (2019), karpathy.github.io",
        published="advice without a measurement",
        bands=(
            every_seed("F1, none", "F1, padding in the loss", at_least=0.6),
            every_seed("F1, reshape for transpose", "F1, no clipping", at_most=0.45),
            every_seed("loss, padding in the loss", over="loss, none", at_most=0.8),
            every_seed("loss, dropout in evaluation", over="loss, none", above=1.0),
        ),
    )

    losses: dict[str, np.ndarray]
    """For each fault what the run reports after its last epoch, in nats, (seeds,)."""
    f1: dict[str, np.ndarray]
    """For each fault the mean F1 of the six tags of names, found without any fault, (seeds,)."""

    def quantities(self) -> dict[str, np.ndarray]:
        return {
            f"{score}, {fault}": numbers[fault]
            for score, numbers in (("loss", self.losses), ("F1", self.f1))
            for fault in FAULTS
        }

    def rows(self) -> list[str]:
        return [
            "measured: on held-out sentences, each fault alone",
            *(
                f"{fault:22s} reported loss {format_numbers(self.losses[fault], 3)}   "
                f"F1 of names {format_numbers(self.f1[fault], 2)}"
                for fault in FAULTS
            ),
        ]

    def _draw(self) -> Figure:
        """What is reported beside what is so; a row for each fault, a mark for each seed."""
        with new_figure(1, 2, size=(8.5, 2.8), sharey=True) as (figure, panels):
            for row, fault in enumerate(FAULTS):
                for k, numbers in enumerate((self.losses[fault], self.f1[fault])):
                    rows = np.full(len(numbers), row)
                    panels[k].scatter(numbers, rows, color=COLOURS[k], marker=MARKERS[k], alpha=0.7)
            panels[0].set(xlabel="reported loss / nats", title="what the run says")
            panels[0].set_xlim(left=0)
            panels[1].set(xlabel="F1 of names", xlim=(-0.03, 1.03), title="how good it is")
            panels[0].set_yticks(range(len(FAULTS)), FAULTS)
            panels[0].set_ylim(len(FAULTS) - 0.5, -0.5)
        return figure


@experiment("clinic", run_epoch, embedding_forward, embedding_backward, precision_recall_f1)
def measure_clinic(
    run_epoch: Callable[..., Any],
    embedding_forward: Callable[..., Any],
    embedding_backward: Callable[..., Any],
    precision_recall_f1: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    N: int = 1000,
    epochs: int = 5,
    D: int = 16,
    H: int = 32,
    B: int = 20,
    settings: Settings = SETTINGS,
) -> Clinic:
    """Train a tagger with a sound loop that is fed each fault from outside.

    Args:
        run_epoch: the loop.
        embedding_forward: looks word vectors up.
        embedding_backward: the gradient of their table.
        precision_recall_f1: how good the network is at one tag.
        seeds: each draws its own sentences and weights.
        N: sentences to train on; two fifths as many are held out.
        epochs: how often the network sees them.
        D: the size of a word vector.
        H: the hidden size.
        B: sentences in a batch.
        settings: of the training.

    Returns:
        A `Clinic` finding.
    """
    network, empty = make_tagger(embedding_forward, embedding_backward), init_rnn_state(B, H)

    def run(seed: int, fault: str) -> tuple[float, float]:
        rng = np.random.default_rng(seed)
        known, new = named_entities(N, rng), named_entities(2 * N // 5, rng)
        vocab = Vocab.build(known.sentences, min_count=8)
        ids, new_ids = (list(map(vocab.encode, part.sentences)) for part in (known, new))
        weights = init_tagger_params(len(vocab), D, H, len(TAGS), rng)
        held_out = sentence_batches(new_ids, new.tags, B, H, rng)
        used = _leaking(network) if fault == "state leaks" else network
        how = settings._replace(max_norm=1e9) if fault == "no clipping" else settings
        for _ in range(epochs):
            batches = sentence_batches(ids, known.tags, B, H, rng)
            _, weights = run_epoch(used, _spoilt(batches, fault), weights, empty, how, True)
        leaves_dropout = fault == "dropout in evaluation"
        frozen = how._replace(learning_rate=0.0)
        losses, _ = run_epoch(
            used, _spoilt(held_out, fault), weights, empty, frozen, leaves_dropout
        )
        guesses, tags = _guesses(network, held_out, weights, empty)
        f1 = [precision_recall_f1(guesses, tags, k).f1 for k in range(1, len(TAGS))]
        return float(np.mean(losses)), float(np.mean(f1))

    found = np.array([[run(seed, fault) for seed in seeds] for fault in FAULTS])
    losses, f1 = (dict(zip(FAULTS, found[:, :, k], strict=True)) for k in range(2))
    return Clinic(tuple(seeds), losses, f1)


def _leaking(network: Network) -> Network:
    """The network, which starts where it stopped, whatever state it is given."""
    kept: list[Any] = []

    def forward(ids: Any, state: Any, weights: Any, keep: Any) -> tuple[Any, Any, Any]:
        scores, last, cache = network.forward(ids, kept[-1] if kept else state, weights, keep)
        kept[:] = [last]
        return scores, last, cache

    return network._replace(forward=forward)


def _cut(array: np.ndarray) -> np.ndarray:
    """The array (T, B), its rows and columns cut anew from the same numbers."""
    return array.reshape(array.T.shape).T


def _spoilt(batches: Sequence[SentenceBatch], fault: str) -> list[SentenceBatch]:
    """The batches as a loop with the fault would read them."""
    if fault == "padding in the loss":
        return [batch._replace(mask=np.ones_like(batch.mask)) for batch in batches]
    if fault == "reshape for transpose":
        return [
            batch._replace(ids=_cut(batch.ids), tags=_cut(batch.tags), mask=_cut(batch.mask))
            for batch in batches
        ]
    return list(batches)


def _guesses(
    network: Network, batches: Sequence[SentenceBatch], weights: Any, empty: Any
) -> tuple[np.ndarray, np.ndarray]:
    """The tags that a network gives to all words, and the right ones."""
    predicted, actual = [], []
    for batch in batches:
        scores, _, _ = network.forward(batch.ids.T, empty, weights, np.ones((1, 1, 1)))
        predicted.append(np.argmax(scores, axis=2)[batch.mask.T])
        actual.append(batch.tags.T[batch.mask.T])
    return np.concatenate(predicted), np.concatenate(actual)

"""Who is blamed wrongly: false alarms by name and dialect, learned from the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure
from torch.nn.functional import cross_entropy

from rnncore.experiments.batches import padded, shuffled_rows
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.curves import measure_seeds
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.functional.base import class_weights
from rnncore.functional.sequence import pool_states
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots.style import COLOURS, new_figure
from rnncore.lab.training import to_device, train
from rnncore.nn import GRU
from rnncore.nn.models import Classifier
from rnncore.tasks.abusive_language import ForumPosts, forum_posts
from rnncore.tasks.vocab import Vocab

DATA = {"as collected": {"attacked": 0.9, "mistaken": 0.15}, "made even": {}}
"""How the posts to train on are drawn and marked; see `forum_posts`."""
WHO = ("group 0", "group 1", "no dialect", "dialect")


@dataclass(frozen=True)
class FalseAlarms(Finding):
    """The share of harmless new posts that raise an alarm, by whom they concern."""

    claim: ClassVar[Claim] = Claim(
        "A detector of abuse learns from its data to suspect a dialect, and the names of those who "
        "are often attacked: harmless posts of theirs raise more false alarms.",
        reference=(
            "Dixon et al., Measuring and Mitigating Unintended Bias in Text Classification (2018), "
            "doi:10.1145/3278721.3278729; Sap et al., The Risk of Racial Bias in Hate Speech "
            "Detection (2019), aclanthology.org/P19-1163"
        ),
        published=(
            "on tweets, Sap et al.: those in African American English are up to two times as "
            "likely to be called offensive; data, groups and detectors here are invented"
        ),
        bands=(
            every_seed("dialect, as collected", minus="no dialect, as collected", at_least=0.15),
            every_seed("group 1, as collected", minus="group 0, as collected", at_least=0.03),
            every_seed(
                "dialect, made even",
                minus="no dialect, made even",
                at_least=-0.05,
                at_most=0.05,
            ),
            every_seed(
                "group 1, made even", minus="group 0, made even", at_least=-0.05, at_most=0.05
            ),
        ),
    )

    alarms: dict[str, np.ndarray]
    """For each kind of data, (seeds, 4): in the order of `WHO`."""
    recall: dict[str, np.ndarray]
    """For each kind of data, the share of insults that raise an alarm, (seeds,)."""
    vocab: Vocab | None = None
    """Of the first seed, as collected."""
    trained: torch.nn.Module | None = None
    """The first seed's detector, trained on data as collected."""

    def quantities(self) -> dict[str, np.ndarray]:
        return {
            f"{who}, {data}": alarms[:, k]
            for data, alarms in self.alarms.items()
            for k, who in enumerate(WHO)
        }

    def rows(self) -> list[str]:
        rows = ["measured: false alarms, as a share of the harmless new posts"]
        for data, alarms in self.alarms.items():
            rows += [
                f"{data:12s} {who:10s} {format_numbers(alarms[:, k], 2)}"
                for k, who in enumerate(WHO)
            ]
            rows.append(f"{data:12s} insults found {format_numbers(self.recall[data], 2)}")
        return rows

    def _draw(self) -> Figure:
        """A panel for each kind of data, a row for each group, a dot for each seed."""
        with new_figure(1, 2, size=(8.5, 2.6), sharey=True) as (figure, panels):
            for panel, (data, alarms) in zip(panels, self.alarms.items(), strict=True):
                for k in range(len(WHO)):
                    column = alarms[:, k]
                    panel.scatter(column, np.full(len(column), k), color=COLOURS[k % 2])
                panel.axhline(1.5, color="#bbbbbb", linewidth=0.8)
                panel.set(title=data, xlabel="share of harmless posts with an alarm")
                panel.set(xlim=(-0.03, 1.03), ylim=(3.5, -0.5))
            panels[0].set_yticks(range(4), WHO)
        return figure


@experiment("false_alarms", pool_states, class_weights)
def measure_false_alarms(
    pool_states: Callable[..., Any],
    class_weights: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    N: int = 4000,
    steps: int = 300,
    H: int = 32,
    B: int = 64,
    learning_rate: float = 2e-2,
    device: str = "auto",
) -> FalseAlarms:
    """Train detectors on data as collected and on data made even; count false alarms by group.

    Both detectors are asked of the same new posts, in which insults have nothing to do with name
    or dialect.

    Args:
        pool_states: makes one vector of the GRU's hidden states; its mean is taken.
        class_weights: what each class weighs in the loss.
        seeds: each draws its own posts and weights.
        N: posts to train on; as many to test on.
        steps: training steps.
        H: the hidden size.
        B: posts in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `FalseAlarms` finding.
    """
    place = pick_device(device, recurrent_work(B, 24, H, gates=3))
    trained = []

    def detector(posts: ForumPosts, rng: np.random.Generator) -> tuple[Vocab, Any]:
        vocab = Vocab.build(posts.sentences)
        ids = list(map(vocab.encode, posts.sentences))
        weights = torch.tensor(class_weights(posts.marks, 2), dtype=torch.float32, device=place)
        training = train(
            lambda model, batch: cross_entropy(model(*batch[:2]), batch[2], weight=weights),
            Classifier(len(vocab), 2, GRU(24, H, batch_first=True), pool_states),
            (padded(ids, posts.marks, rows) for rows in shuffled_rows(N, B, rng)),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        return vocab, training.model

    def run(seed: int) -> dict[str, list[float]]:
        new = forum_posts(N, np.random.default_rng([seed, 1]))
        harmless = new.labels == 0
        parts = (new.group == 0, new.group == 1, ~new.dialect, new.dialect)
        found = {}
        for data, how in DATA.items():
            rng = np.random.default_rng(seed)
            vocab, model = detector(forum_posts(N, rng, **how), rng)
            trained.append((vocab, model))
            ids = list(map(vocab.encode, new.sentences))
            test = to_device(padded(ids, new.labels, range(N))[:2], place)
            with torch.no_grad():
                alarm = model(*test).argmax(1).cpu().numpy() == 1
            found[data] = [float(alarm[harmless & part].mean()) for part in parts]
            found[f"{data}, recall"] = [float(alarm[~harmless].mean())]
        return found

    found = measure_seeds(run, seeds)
    vocab, model = trained[0]
    return FalseAlarms(
        tuple(seeds),
        {data: found[data] for data in DATA},
        {data: found[f"{data}, recall"][:, 0] for data in DATA},
        vocab,
        model,
        device=device_name(place),
    )

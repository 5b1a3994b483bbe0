"""Findings that are one score for each model and seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.limits import limits_in_rows
from rnncore.lab.device import device_name
from rnncore.lab.plots.style import COLOURS, new_figure
from rnncore.lab.training import Cost, seeded, use_threads


@dataclass(frozen=True)
class Scores(Finding):
    """One score for each model and seed, and what it took to train."""

    score: ClassVar[str]
    """What is measured, with its unit."""
    levels: ClassVar[dict[str, float]] = {}
    """Lines to draw beside the limits of the bands."""

    models: tuple[str, ...]
    steps: int
    """Training steps, the same for all."""
    scores: np.ndarray
    """(seeds, models)."""
    cpu_seconds: np.ndarray
    """Processor time of the training alone, (seeds, models)."""
    clock_seconds: np.ndarray
    """The same on the clock, other programs running, (seeds, models)."""

    def quantities(self) -> dict[str, np.ndarray]:
        return dict(zip(self.models, self.scores.T, strict=True))

    def rows(self) -> list[str]:
        rows = [f"measured: {self.score}, {self.steps} steps"]
        for k, model in enumerate(self.models):
            column = self.scores[:, k]
            spread = f" ± {column.std(ddof=1):.3f}" if len(column) > 1 else ""
            rows.append(
                f"{model}: {column.mean():.3f}{spread} ({format_numbers(column, 3)}), trained in "
                f"{self.cpu_seconds[:, k].mean():.0f} s of one processor, "
                f"{self.clock_seconds[:, k].mean():.0f} s on the clock"
            )
        return rows

    def _draw(self) -> Figure:
        """A row for each model, a dot for each seed; levels and limits of the bands as lines."""
        with new_figure(size=(7.0, 1.6 + 0.45 * len(self.models))) as (figure, axes):
            for k, column in enumerate(self.scores.T):
                axes.scatter(column, np.full(len(column), k), color=COLOURS[k], alpha=0.7)
            for name, level in self.levels.items():
                axes.axvline(level, color="#666666", linestyle="--", label=f"{name} {level:g}")
            limits_in_rows(axes, self.bands, {name: k for k, name in enumerate(self.quantities())})
            axes.set_yticks(range(len(self.models)), self.models)
            axes.set_ylim(len(self.models) - 0.5, -0.5)
            axes.set(xlabel=self.score)
            axes.legend()
        return figure


S = TypeVar("S", bound=Scores)

Run = Callable[[int], tuple[float, Cost]]
"""Trains a model for a seed; returns its score and what the training cost."""


def measure_scores(
    kind: type[S],
    models: Mapping[str, Run],
    seeds: Sequence[int],
    steps: int,
    device: torch.device | None = None,
) -> S:
    """Train every model on every seed, with torch seeded and on one thread.

    Args:
        kind: the finding that is wanted.
        models: by name.
        seeds: one run of every model each.
        steps: training steps, the same for all.
        device: where the models are trained; the CPU if not given.

    Returns:
        The finding.
    """
    scores = np.zeros((len(seeds), len(models)))
    clock, cpu = np.zeros_like(scores), np.zeros_like(scores)
    for row, seed in enumerate(seeds):
        for column, run in enumerate(models.values()):
            with seeded(seed), use_threads(1):
                scores[row, column], cost = run(seed)
            clock[row, column], cpu[row, column] = cost.seconds, cost.cpu_seconds
    name = device_name(device or torch.device("cpu"))
    return kind(tuple(seeds), tuple(models), steps, scores, cpu, clock, device=name)


def accuracy(logits: Tensor, labels: Tensor) -> float:
    """How often the largest logit is that of the label.

    Args:
        logits: scores of the classes, (B, K).
        labels: the right classes, (B,).

    Returns:
        The share, 0 to 1.
    """
    return (logits.argmax(1) == labels).double().mean().item()

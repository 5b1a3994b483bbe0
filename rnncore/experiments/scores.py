"""Findings that are one score for each model and seed."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.finding import Finding, listed
from rnncore.experiments.fitting import Fit, seeded
from rnncore.lab.plots.style import COLOURS, canvas


@dataclass(frozen=True)
class Scores(Finding):
    """One score for each model and seed, and what it took to train."""

    score: ClassVar[str]
    """What is measured, with its unit."""
    published: ClassVar[str]
    """The published figure, and how its experiment differs."""
    levels: ClassVar[dict[str, float]] = {}
    """Lines to draw."""

    models: tuple[str, ...]
    steps: int
    """Training steps, the same for all."""
    scores: np.ndarray
    """(seeds, models)."""
    cpu_seconds: np.ndarray
    """Processor time of the training alone, (seeds, models)."""
    clock_seconds: np.ndarray
    """The same on the clock, other programs running, (seeds, models)."""

    def rows(self) -> list[str]:
        rows = [f"published: {self.published}", f"measured: {self.score}, {self.steps} steps"]
        for k, model in enumerate(self.models):
            column = self.scores[:, k]
            spread = f" ± {column.std(ddof=1):.3f}" if len(column) > 1 else ""
            rows.append(
                f"{model}: {column.mean():.3f}{spread} ({listed(column, 3)}), trained in "
                f"{self.cpu_seconds[:, k].mean():.0f} s of one processor, "
                f"{self.clock_seconds[:, k].mean():.0f} s on the clock"
            )
        return rows

    def figure(self) -> Figure:
        """A row for each model, a dot for each seed, the published figure and the band as lines."""
        with canvas(size=(7.0, 1.4 + 0.45 * len(self.models))) as (figure, axes):
            for k in range(len(self.models)):
                column = self.scores[:, k]
                axes.scatter(column, np.full(len(column), k), color=COLOURS[k], alpha=0.7)
            for (name, level), style in zip(self.levels.items(), ("--", ":"), strict=False):
                axes.axvline(level, color="#666666", linestyle=style, label=f"{name} {level:g}")
            axes.set_yticks(range(len(self.models)), self.models)
            axes.set_ylim(len(self.models) - 0.5, -0.5)
            axes.set(xlabel=self.score)
            axes.legend()
        return figure


S = TypeVar("S", bound=Scores)


def measure_scores(
    kind: type[S],
    models: Mapping[str, Callable[[int], tuple[float, Fit]]],
    seeds: Sequence[int],
    steps: int,
) -> S:
    """Train every model on every seed.

    Args:
        kind: the finding that is wanted.
        models: for each name a function of the seed, which trains with torch seeded, and gives the
            score and what the training took.
        seeds: one run of every model each.
        steps: training steps, the same for all.

    Returns:
        The finding.
    """
    start = time.perf_counter()
    scores = np.zeros((len(seeds), len(models)))
    clock, cpu = np.zeros_like(scores), np.zeros_like(scores)
    for row, seed in enumerate(seeds):
        for column, run in enumerate(models.values()):
            with seeded(seed):
                scores[row, column], (clock[row, column], cpu[row, column]) = run(seed)
    seconds = time.perf_counter() - start
    return kind(tuple(seeds), seconds, tuple(models), steps, scores, cpu, clock)

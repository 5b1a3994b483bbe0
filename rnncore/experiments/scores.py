"""Findings that are one score for each model and seed."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.finding import Finding
from rnncore.lab.plots import plot_bars


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
            every = " ".join(f"{score:.3f}" for score in column)
            rows.append(
                f"{model}: {column.mean():.3f}{spread} ({every}), trained in "
                f"{self.cpu_seconds[:, k].mean():.0f} s of one processor, "
                f"{self.clock_seconds[:, k].mean():.0f} s on the clock"
            )
        return rows

    def figure(self) -> Figure:
        """A bar for each model, a dot for each seed."""
        return plot_bars(
            self.scores,
            xlabel="model",
            ylabel=self.score,
            labels=list(self.models),
            lines=dict(self.levels),
        )

"""Findings that are a curve for each model and seed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.finding import Finding
from rnncore.experiments.limits import limits_along
from rnncore.lab.plots import draw_legend, plot_curves
from rnncore.lab.training import seeded, use_threads


@dataclass(frozen=True)
class Curves(Finding):
    """A quantity measured at some points, for each model and seed."""

    xlabel: ClassVar[str]
    ylabel: ClassVar[str]
    digits: ClassVar[int] = 2
    """Digits after the point in a report."""
    levels: ClassVar[dict[str, float]] = {}
    """Lines to draw beside the limits of the bands."""
    logarithmic: ClassVar[bool] = False

    points: tuple[float, ...]
    curves: dict[str, np.ndarray]
    """For each model (seeds, points)."""

    def quantities(self) -> dict[str, np.ndarray]:
        return dict(self.curves)

    def rows(self) -> list[str]:
        width = max(map(len, [self.xlabel, *self.curves]))
        table = [f"measured: {self.ylabel}, mean ± spread of seeds"]
        table.append(_row(self.xlabel, width, (f"{x:g}" for x in self.points)))
        for name, curve in self.curves.items():
            spreads = curve.std(0, ddof=1) if len(curve) > 1 else np.zeros(len(self.points))
            cells = (
                f"{mean:.{self.digits}f} ± {spread:.{self.digits}f}"
                for mean, spread in zip(curve.mean(0), spreads, strict=True)
            )
            table.append(_row(name, width, cells))
        return table

    def _draw(self) -> Figure:
        """A curve for each model, the mean over the seeds within their range."""
        figure = plot_curves(
            self.points,
            self.curves,
            xlabel=self.xlabel,
            ylabel=self.ylabel,
            lines=self.levels,
            logarithmic=self.logarithmic,
        )
        (axes,) = figure.axes
        limits_along(axes, self.bands, self.points, self.curves)
        draw_legend(figure)
        return figure


def measure_seeds(
    run: Callable[[int], Mapping[str, Sequence[float] | np.ndarray]], seeds: Sequence[int]
) -> dict[str, np.ndarray]:
    """Measure the curves of each seed, with torch seeded and on one thread.

    Args:
        run: `run(seed)` gives for each model a value at each point.
        seeds: one run each.

    Returns:
        For each model (seeds, points).
    """
    runs = []
    for seed in seeds:
        with seeded(seed), use_threads(1):
            runs.append(run(seed))
    return {model: np.array([one[model] for one in runs]) for model in runs[0]}


def _row(name: str, width: int, cells: Iterable[str]) -> str:
    return f"{name:{width}s} " + " ".join(f"{cell:>13s}" for cell in cells)

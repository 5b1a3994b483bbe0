"""Findings that are a curve for each model and seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.finding import Finding
from rnncore.lab.plots import plot_curves


@dataclass(frozen=True)
class Curves(Finding):
    """What was measured at some points, for each model and seed."""

    published: ClassVar[str]
    """The published figure, and how its experiment differs."""
    xlabel: ClassVar[str]
    ylabel: ClassVar[str]
    digits: ClassVar[int] = 2
    """How many digits after the point a report shows."""
    lines: ClassVar[dict[str, float]] = {}
    """Levels to draw."""
    logarithmic: ClassVar[bool] = False

    points: tuple[float, ...]
    curves: dict[str, np.ndarray]
    """For each model (seeds, points)."""

    def rows(self) -> list[str]:
        width = max(map(len, [self.xlabel, *self.curves]))
        table = [f"published: {self.published}", f"measured: {self.ylabel}, mean ± spread of seeds"]
        table.append(_row(self.xlabel, width, (f"{x:g}" for x in self.points)))
        for name, curve in self.curves.items():
            spreads = curve.std(0, ddof=1) if len(curve) > 1 else np.zeros(len(self.points))
            cells = (
                f"{mean:.{self.digits}f} ± {spread:.{self.digits}f}"
                for mean, spread in zip(curve.mean(0), spreads, strict=True)
            )
            table.append(_row(name, width, cells))
        return table

    def figure(self) -> Figure:
        """A curve for each model, the mean over the seeds within their range."""
        return plot_curves(
            self.points,
            self.curves,
            xlabel=self.xlabel,
            ylabel=self.ylabel,
            lines=self.lines,
            logarithmic=self.logarithmic,
        )


def _row(name: str, width: int, cells: Iterable[str]) -> str:
    return f"{name:{width}s} " + " ".join(f"{cell:>13s}" for cell in cells)

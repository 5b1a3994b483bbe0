"""What all plots share: colours that the colour-blind can tell apart, and a clean frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt

from rnncore.lab.plots.described import DescribedFigure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's palette, strongest contrasts first (jfly.uni-koeln.de/color)."""

MARKERS = ("o", "s", "^", "D", "v", "P")

SIGNED = "RdBu_r"
"""Colour map of values around zero: red above, blue below."""

UNSIGNED = "viridis"
"""Colour map of values from zero up."""

SETTINGS: dict[Any, Any] = {
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.edgecolor": "none",
    "legend.framealpha": 0.8,  # so that its text can be read where curves pass behind it
    "lines.linewidth": 1.8,
    "savefig.facecolor": "white",
}
"""What matplotlib is told while a figure is drawn."""


@contextmanager
def new_figure(*shape: int, size: tuple[float, float], **options: Any) -> Iterator[tuple[Any, Any]]:
    """A figure and its axes in house style, closed at the end of the block.

    Args:
        shape: rows and columns of axes; one if left out.
        size: width and height in inches.
        options: further ones of `matplotlib.pyplot.subplots`.

    Yields:
        The figure and its axes.
    """
    with plt.rc_context(SETTINGS):
        figure, axes = plt.subplots(
            *shape, FigureClass=DescribedFigure, figsize=size, layout="constrained", **options
        )
        try:
            yield figure, axes
        finally:
            plt.close(figure)

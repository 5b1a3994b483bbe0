"""Weights of an attention: which word of the target looked where."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from rnncore.lab.plots.style import UNSIGNED, new_figure


def plot_alignment(
    weights: Any,
    source: Sequence[str],
    target: Sequence[str],
    *,
    title: str = "",
    xlabel: str = "read, from left to right",
    ylabel: str = "written, from top to bottom",
) -> Figure:
    """Draw the weights of an attention, a row for each word written.

    Args:
        weights: (T, S), from 0 to 1.
        source: the S words that are looked at.
        target: the T words that look.
        title: the message of the figure.
        xlabel: what the columns are.
        ylabel: what the rows are.

    Returns:
        The figure.
    """
    size = (2.6 + 0.36 * len(source), 1.7 + 0.28 * len(target))
    with new_figure(size=size) as (figure, axes):
        image = axes.imshow(np.asarray(weights), cmap=UNSIGNED, vmin=0.0, vmax=1.0, aspect="auto")
        figure.colorbar(image, ax=axes, label="weight")
        turned = 50 if max(map(len, source)) > 2 else 0
        axes.set_xticks(
            range(len(source)), source, rotation=turned, ha="right" if turned else "center"
        )
        axes.set_yticks(range(len(target)), target)
        axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
        axes.spines[:].set_visible(False)
    return figure

"""Curves and bars over several seeds: the mean, and how far the seeds spread."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from rnncore.lab.plots.style import COLOURS, MARKERS, SETTINGS, new_figure

_DASHES = "--", ":", "-."


def plot_curves(
    x: Sequence[float] | np.ndarray,
    curves: Mapping[str, Any],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    lines: Mapping[str, float] | None = None,
    logarithmic: bool = False,
) -> Figure:
    """Draw curves, each with a band from the lowest to the highest seed.

    Args:
        x: where the curves are measured, (N,).
        curves: values by name, (N,) or one row for each seed, (seeds, N).
        xlabel: what x is, with its unit.
        ylabel: what the curves are, with their unit.
        title: the message of the figure.
        lines: values by name to draw as level lines, each dashed in its way, such as chance.
        logarithmic: whether the y axis is logarithmic; the mean is then the geometric mean.

    Returns:
        The figure.
    """
    with new_figure(size=(7.0, 3.6)) as (figure, axes):
        apart = max(1, len(x) // 8)
        for k, (name, values) in enumerate(curves.items()):
            rows = np.atleast_2d(np.asarray(values, dtype=float))
            middle = np.exp(np.log(rows).mean(0)) if logarithmic else rows.mean(0)
            colour = COLOURS[k % len(COLOURS)]
            # The marks show each of several curves that lie upon each other.
            marks = {"marker": MARKERS[k % len(MARKERS)], "markersize": max(4, 7 - k)}
            every = (k * apart // len(curves), apart)
            axes.plot(x, middle, color=colour, label=name, markevery=every, **marks)
            if len(rows) > 1:
                axes.fill_between(x, rows.min(0), rows.max(0), color=colour, alpha=0.2, lw=0)
        _levels(axes, lines)
        if logarithmic:
            axes.set_yscale("log")
        else:
            bottom, top = axes.get_ylim()
            bottom, highest = min(0.0, bottom), axes.dataLim.y1
            if np.isfinite(highest):
                top = highest + 0.05 * (highest - bottom)  # so that marks at the top are whole
            axes.set_ylim(bottom, top)
        axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if len(curves) > 1 or lines:
        draw_legend(figure)
    return figure


def draw_legend(figure: Figure) -> None:
    """Name the curves of a figure, in the place of an earlier legend.

    From five names on they stand above the axes, where they cover nothing.
    """
    (axes,) = figure.axes
    for legend in filter(None, (axes.get_legend(), *figure.legends)):
        legend.remove()
    with plt.rc_context(SETTINGS):
        if len(axes.get_legend_handles_labels()[1]) > 4:
            figure.legend(loc="outside upper center", ncols=3)
        else:
            axes.legend()


def plot_bars(
    values: np.ndarray,
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    labels: Sequence[str] | None = None,
    lines: Mapping[str, float] | None = None,
    highlight: Sequence[int] = (),
) -> Figure:
    """Draw one bar for each position: the mean over seeds, and each of several seeds as a dot.

    Args:
        values: one row for each seed, (seeds, N).
        xlabel: what the positions are.
        ylabel: what is measured, with its unit.
        title: the message of the figure.
        labels: the names of the positions; 1 ... N if not given.
        lines: values by name to draw as level lines, each dashed in its way, such as chance.
        highlight: positions, counted from 0, to draw in a second colour.

    Returns:
        The figure.
    """
    rows = np.atleast_2d(np.asarray(values, dtype=float))
    N = rows.shape[1]
    with new_figure(size=(7.0, 3.2)) as (figure, axes):
        colours = [COLOURS[1] if n in highlight else COLOURS[0] for n in range(N)]
        axes.bar(range(N), rows.mean(0), color=colours, alpha=0.75, width=0.7)
        for row in rows if len(rows) > 1 else ():
            axes.plot(range(N), row, "o", color="#333333", markersize=3, linestyle="none")
        _levels(axes, lines)
        axes.set_xticks(range(N), labels or [str(n + 1) for n in range(N)])
        axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
        if lines:
            axes.set_ylim(top=1.05 * max(rows.max(), *lines.values()))
            figure.legend(loc="outside upper right", ncols=len(lines))
    return figure


def _levels(axes: Any, lines: Mapping[str, float] | None) -> None:
    for k, (name, level) in enumerate((lines or {}).items()):
        dashes = _DASHES[k % len(_DASHES)]
        axes.axhline(level, color="#666666", linestyle=dashes, linewidth=1.2, label=name)

"""A series, what was forecast of it, and between which limits."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from rnncore.lab.plots.style import COLOURS, new_figure


def plot_forecast(
    times: np.ndarray,
    series: np.ndarray,
    origin: int,
    forecasts: Mapping[str, np.ndarray] | None = None,
    *,
    interval: tuple[np.ndarray, np.ndarray] | None = None,
    interval_name: str = "interval",
    xlabel: str,
    ylabel: str,
    title: str = "",
) -> Figure:
    """Draw a series up to an origin, what came after it, and what was forecast there.

    Args:
        times: when each value was measured, (N,).
        series: the values, (N,).
        origin: how many of them were known, from 1 to N.
        forecasts: forecasts of the next values, (h,), by name.
        interval: lower and upper limits of the next values, each (h,).
        interval_name: what the interval is called in the legend.
        xlabel: what the times are, with their unit.
        ylabel: what the values are, with their unit.
        title: the message of the figure.

    Returns:
        The figure.
    """
    with new_figure(size=(7.0, 3.2)) as (figure, axes):
        axes.plot(times[:origin], series[:origin], color="#333333", label="known")
        if origin < len(series):
            after = slice(origin - 1, None)
            axes.plot(times[after], series[after], color="#999999", lw=1.2, label="came later")
        if interval is not None:
            ahead = times[origin : origin + len(interval[0])]
            label = interval_name
            axes.fill_between(ahead, *interval, color=COLOURS[0], alpha=0.25, lw=0, label=label)
        for k, (name, values) in enumerate((forecasts or {}).items()):
            ahead, colour = times[origin : origin + len(values)], COLOURS[k % len(COLOURS)]
            axes.plot(ahead, values[: len(ahead)], color=colour, marker=".", label=name)
        axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
        if len(axes.get_legend_handles_labels()[1]) > 1:
            axes.legend()
    return figure

"""Plots: each returns its `Figure`, already closed, so that a notebook shows it exactly once."""

from rnncore.lab.plots.alignment import plot_alignment
from rnncore.lab.plots.curves import draw_legend, plot_bars, plot_curves
from rnncore.lab.plots.gates import plot_gates
from rnncore.lab.plots.layouts import draw_layouts
from rnncore.lab.plots.unrolled import draw_unrolled

__all__ = [
    "draw_layouts",
    "draw_legend",
    "draw_unrolled",
    "plot_alignment",
    "plot_bars",
    "plot_curves",
    "plot_gates",
]

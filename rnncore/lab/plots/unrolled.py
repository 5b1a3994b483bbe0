"""The unrolled graph of a recurrent network, drawn from a run of it."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from rnncore.lab.plots.style import SIGNED, new_figure

_CELL = 0.24
_GAP = 0.75


def draw_unrolled(xs: Any, hs: Any, ys: Any = None, *, h_0: Any = None, title: str = "") -> Figure:
    """Draw the chain of states of one sequence, each number as a coloured cell.

    Inputs stand below, states in the middle, outputs on top; time runs to the right. The arrows of
    one kind carry the same weights, W_x, W_h or W_y, at every step. The colours reach to the
    greatest number drawn, and at least from -1 to 1.

    Args:
        xs: the inputs of one sequence, (T, D), of NumPy or torch.
        hs: its hidden states, (T, H).
        ys: its outputs, (T, K), or (K,) for one output after the last step; none if not given.
        h_0: the state before the first step, (H,); zeros if not given.
        title: the message of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if xs or hs is not one row a step, or ys fits neither layout.
    """
    xs, hs = _plain(xs), _plain(hs)
    if xs.ndim != 2 or hs.ndim != 2 or len(xs) != len(hs):
        raise ValueError(
            f"xs must be (T, D) and hs (T, H) of one sequence; got {xs.shape} and {hs.shape}"
        )
    T, H = hs.shape
    outputs = _outputs(ys, T)
    first = np.zeros(H) if h_0 is None else _plain(h_0)
    top = max(float(np.abs(a).max()) for a in (xs, hs, first, *outputs.values()))
    norm = Normalize(-max(1.0, top), max(1.0, top))

    D = xs.shape[1]
    K = len(next(iter(outputs.values()))) if outputs else 0
    low_h = D * _CELL + _GAP
    low_y = low_h + H * _CELL + _GAP
    height = low_y + K * _CELL if outputs else low_h + H * _CELL
    size = (min(12.0, 1.6 + 0.95 * (T + 1)), 0.9 + 0.95 * height)
    with new_figure(size=size) as (figure, axes):
        _column(axes, 0, low_h, first, norm, "$h_0$")
        for t in range(T):
            _column(axes, t + 1, 0.0, xs[t], norm, f"$x_{{{t + 1}}}$")
            _column(axes, t + 1, low_h, hs[t], norm, f"$h_{{{t + 1}}}$")
            _arrow(axes, (t + 1, D * _CELL), (t + 1, low_h), "$W_x$")
            middle = low_h + H * _CELL / 2
            _arrow(axes, (t + _CELL / 2, middle), (t + 1 - _CELL / 2, middle), "$W_h$")
            if t in outputs:
                name = f"$y_{{{t + 1}}}$" if len(outputs) > 1 else "$y$"
                _column(axes, t + 1, low_y, outputs[t], norm, name)
                _arrow(axes, (t + 1, low_h + H * _CELL), (t + 1, low_y), "$W_y$")
        axes.set(xlim=(-0.4, T + 0.6), ylim=(-0.15, height + 0.15), aspect="equal", title=title)
        axes.axis("off")
        scale = figure.colorbar(_mappable(norm), ax=axes, shrink=0.8, pad=0.01, label="value")
        scale.outline.set_visible(False)
    return figure


def _outputs(ys: Any, T: int) -> dict[int, np.ndarray]:
    if ys is None:
        return {}
    ys = _plain(ys)
    if ys.ndim == 1:
        return {T - 1: ys}
    if ys.ndim != 2 or len(ys) != T:
        raise ValueError(f"ys must be ({T}, K), or (K,) for one output; got {ys.shape}")
    return dict(enumerate(ys))


def _plain(array: Any) -> np.ndarray:
    if hasattr(array, "detach"):
        array = array.detach().cpu()
    return np.asarray(array, dtype=float)


def _mappable(norm: Normalize) -> Any:
    return ScalarMappable(norm, SIGNED)


def _column(
    axes: Any, x: float, low: float, values: np.ndarray, norm: Normalize, name: str
) -> None:
    for k, value in enumerate(values):
        corner = (x - _CELL / 2, low + (len(values) - 1 - k) * _CELL)
        colour = colormaps[SIGNED](norm(value))
        axes.add_patch(
            Rectangle(corner, _CELL, _CELL, facecolor=colour, edgecolor="#444444", lw=0.7)
        )
    axes.text(x + _CELL / 2 + 0.05, low + 0.02, name, ha="left", va="bottom", fontsize=10)


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float], name: str) -> None:
    axes.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, color="#444444", lw=1.1)
    )
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    if start[0] == end[0]:
        axes.text(x + 0.05, y, name, ha="left", va="center", fontsize=8, color="#444444")
    else:
        axes.text(x, y + 0.04, name, ha="center", va="bottom", fontsize=8, color="#444444")

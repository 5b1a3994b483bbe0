"""How inputs and outputs hang on a chain of states, drawn from three strings."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rnncore.lab.plots.style import COLOURS, new_figure

_BOX = 0.27
_INK = "#444444"
_INPUT, _STATE, _OUTPUT = 0.0, 1.0, 2.0
_FILL = {
    "x": COLOURS[5],
    "s": COLOURS[5],
    "h": COLOURS[4],
    "@": COLOURS[4],
    "e": COLOURS[4],
    "d": COLOURS[3],
    "y": COLOURS[2],
}


def draw_layouts(layouts: Mapping[str, tuple[str, str, str]]) -> Figure:
    """Draw layouts of recurrent networks side by side, one column of boxes a step.

    A layout is three strings of one character a step, written as they will be seen:

        outputs  "y" an output, " " none
        states   "h" a state; "e", "d" states of an encoder and a decoder; "@" one with a loop
        inputs   "x" an input, "s" a start symbol, "<" the output of the step before, " " none

        draw_layouts({"many-to-one": ("  y", "hhh", "xxx")})

    Args:
        layouts: layouts by name.

    Returns:
        The figure.

    Raises:
        ValueError: if the three strings of a layout are not of one length.
    """
    for name, rows in layouts.items():
        if len({len(row) for row in rows}) != 1:
            raise ValueError(f"the rows of {name!r} must be of one length; got {rows}")
    width = sum(len(states) + 0.9 for _, states, _ in layouts.values())
    with new_figure(size=(min(10.5, 0.56 * width), 2.3)) as (figure, axes):
        left = 0.0
        for name, rows in layouts.items():
            _layout(axes, left, rows)
            axes.text(
                left + (len(rows[1]) - 1) / 2, -0.62, name, ha="center", va="top", fontsize=9.5
            )
            left += len(rows[1]) + 0.9
        axes.set(xlim=(-0.95, left - 0.95), ylim=(-1.25, 2.4), aspect="equal")
        axes.axis("off")
    return figure


def _layout(axes: Any, left: float, rows: tuple[str, str, str]) -> None:
    outputs, states, inputs = rows
    for t, (output, state, source) in enumerate(zip(*rows, strict=True)):
        x = left + t
        if source in "xs":
            _box(
                axes, x, _INPUT, source, "start" if source == "s" else _name("x", inputs, t, state)
            )
            _arrow(axes, (x, _INPUT + _BOX), (x, _STATE - _BOX))
        if source == "<":
            corners = [(x - 1 + _BOX, _OUTPUT), (x - 0.5, _OUTPUT), (x - 0.5, 0.3), (x, 0.3)]
            axes.plot(*zip(*corners, strict=True), color=_INK, lw=1.0, ls=(0, (3, 2)))
            _arrow(axes, (x, 0.3), (x, _STATE - _BOX))
        _box(axes, x, _STATE, state, _name("h", "h" * len(states), t, state))
        if state == "@":
            _arrow(axes, (x + _BOX, 0.85), (x + _BOX, 1.15), "arc3,rad=2.2")
        if t:
            _arrow(axes, (x - 1 + _BOX, _STATE), (x - _BOX, _STATE))
        if output == "y":
            _box(axes, x, _OUTPUT, "y", _name("y", outputs, t, state))
            _arrow(axes, (x, _STATE + _BOX), (x, _OUTPUT - _BOX))


def _name(letter: str, row: str, t: int, state: str) -> str:
    if state == "@":
        return f"${letter}_t$"
    return f"${letter}$" if row.count(letter) == 1 else f"${letter}_{row[: t + 1].count(letter)}$"


def _box(axes: Any, x: float, y: float, kind: str, name: str) -> None:
    low, side = (x - _BOX, y - _BOX), 2 * _BOX
    style = "round,pad=0,rounding_size=0.08"
    axes.add_patch(
        FancyBboxPatch(
            low, side, side, style, facecolor=_FILL[kind], edgecolor=_INK, lw=0.8, alpha=0.75
        )
    )
    axes.text(x, y, name, ha="center", va="center", fontsize=7 if name == "start" else 10)


def _arrow(
    axes: Any, start: tuple[float, float], end: tuple[float, float], bend: str = "arc3"
) -> None:
    arrow = FancyArrowPatch(
        start,
        end,
        arrowstyle="-|>",
        connectionstyle=bend,
        mutation_scale=8,
        color=_INK,
        lw=1.0,
        shrinkA=0,
        shrinkB=0,
    )
    axes.add_patch(arrow)

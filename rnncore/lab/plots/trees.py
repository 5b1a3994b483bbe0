"""A binary tree whose nodes are coloured by a number each."""

from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from rnncore.functional.sequence import Tree
from rnncore.lab.plots.style import UNSIGNED, new_figure

_INK = "#444444"
_LIGHT_TO_DARK = f"{UNSIGNED}_r"


def nodes(tree: Tree) -> Iterator[Tree]:
    """All nodes of a tree, leaves too: those of a left part, then of the right, then the pair."""
    if isinstance(tree, tuple):
        for child in tree:
            yield from nodes(child)
    yield tree


def draw_tree(
    tree: Tree, names: Sequence[str], values: Sequence[float], *, label: str, title: str = ""
) -> Figure:
    """Draw a tree with its root on top, a coloured circle for each node.

    Args:
        tree: whole numbers nested in pairs, such as `((0, 1), 2)`.
        names: what stands under a leaf, by the leaf's number.
        values: a number from 0 up for each node, in the order of `nodes`. The larger, the darker,
            on a logarithmic scale; those of 0 stay white.
        label: what the numbers are, with their unit.
        title: the message of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if there is not one number for each node.
    """
    places = list(_places(tree, 0))
    if len(places) != len(values):
        raise ValueError(f"values must be {len(places)}, one a node; got {len(values)}")
    high = max(values) or 1.0
    norm = LogNorm(min([value for value in values if 0.0 < value < high], default=high / 10), high)
    width, height = max(x for x, _, _ in places) + 1, max(y for _, y, _ in places)
    with new_figure(size=(min(10.0, 2.0 + 0.62 * width), 1.0 + 0.62 * height)) as (figure, axes):
        roots: list[tuple[float, float]] = []
        for (x, y, node), value in zip(places, values, strict=True):
            if isinstance(node, tuple):
                for child in (roots.pop(), roots.pop()):
                    axes.plot(*zip(child, (x, y), strict=True), color=_INK, lw=1.1, zorder=1)
            else:
                axes.text(x, y - 0.32, names[node], ha="center", va="top", fontsize=10)
            roots.append((x, y))
            colour = colormaps[_LIGHT_TO_DARK](norm(value)) if value else "white"
            axes.scatter(x, y, s=210, color=colour, edgecolor=_INK, zorder=2)
        axes.set(xlim=(-0.7, width - 0.3), ylim=(-0.9, height + 0.45), title=title)
        axes.axis("off")
        colours = ScalarMappable(norm, _LIGHT_TO_DARK)
        scale = figure.colorbar(colours, ax=axes, label=label, pad=0.02)
        scale.outline.set_visible(False)
    return figure


def _places(tree: Tree, left: int) -> Iterator[tuple[float, float, Any]]:
    """Where each node stands, in the order of `nodes`: leaves below, a pair above its middle."""
    if not isinstance(tree, tuple):
        yield float(left), 0.0, tree
        return
    first, second = tree
    before = list(_places(first, left))
    after = list(_places(second, left + _leaves(first)))
    yield from before
    yield from after
    (x_1, y_1, _), (x_2, y_2, _) = before[-1], after[-1]
    yield (x_1 + x_2) / 2, 1.0 + max(y_1, y_2), tree


def _leaves(tree: Tree) -> int:
    return sum(not isinstance(node, tuple) for node in nodes(tree))

"""Words in a row, each on a coloured ground."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from rnncore.lab.plots.style import SIGNED, new_figure

_LINE = 78
"""Letters in a line."""


def draw_words(
    sentences: Sequence[Sequence[str]],
    values: Sequence[Sequence[float] | np.ndarray],
    *,
    label: str,
    title: str = "",
) -> Figure:
    """Draw sentences with a colour behind each word; long ones are broken into lines.

    Args:
        sentences: the words of each.
        values: a number for each word, above 0 in red and below in blue.
        label: what the numbers are, with their unit.
        title: the message of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if a sentence does not have one number for each word.
    """
    for words, numbers in zip(sentences, values, strict=True):
        if len(words) != len(numbers):
            raise ValueError(f"values must be {len(words)}, one a word; got {len(numbers)}")
    top = max(float(np.max(np.abs(numbers))) for numbers in values) or 1.0
    norm = Normalize(-top, top)
    places = [list(_places(words)) for words in sentences]
    heights = [lines[-1][1] + 1.6 for lines in places]
    with new_figure(size=(9.0, 0.9 + 0.3 * sum(heights))) as (figure, axes):
        above = 0.0
        for words, numbers, lines, height in zip(sentences, values, places, heights, strict=True):
            for word, number, (x, line) in zip(words, numbers, lines, strict=True):
                colour = colormaps[SIGNED](norm(number))
                dark = abs(number) > 0.6 * top
                axes.text(
                    x,
                    above + line,
                    word,
                    family="monospace",
                    fontsize=9,
                    color="white" if dark else "black",
                    bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.5},
                )
            above += height
        axes.set(xlim=(-1, _LINE), ylim=(above - 0.8, -1.0), title=title)
        axes.axis("off")
        scale = figure.colorbar(ScalarMappable(norm, SIGNED), ax=axes, label=label, pad=0.01)
        scale.outline.set_visible(False)
    return figure


def _places(words: Sequence[str]) -> list[tuple[int, int]]:
    """Column and line of each word."""
    places, column, line = [], 0, 0
    for word in words:
        if column and column + len(word) > _LINE:
            column, line = 0, line + 1
        places.append((column, line))
        column += len(word) + 1
    return places

"""A text, each of its characters on a coloured field."""

import numpy as np
from matplotlib.figure import Figure

from rnncore.lab.plots.style import SIGNED, new_figure


def plot_text(
    text: str, values: np.ndarray, *, label: str, title: str = "", columns: int = 88
) -> Figure:
    """Draw a text over the values of its characters.

    Args:
        text: the text; a line that is too long is broken.
        values: a number for each character, (len(text),).
        label: what the values are.
        title: the message of the figure.
        columns: the most characters in a line.

    Returns:
        The figure.

    Raises:
        ValueError: if there is not one value for each character.
    """
    if np.shape(values) != (len(text),):
        raise ValueError(f"values must be ({len(text)},); got {np.shape(values)}")
    places, row, column = [], 0, 0
    for character in text:
        if column == columns:
            row, column = row + 1, 0
        places.append((row, column))
        row, column = (row + 1, 0) if character == "\n" else (row, column + 1)
    width = 1 + max(column for _, column in places)
    field = np.full((places[-1][0] + 1, width), np.nan)
    for place, value in zip(places, values, strict=True):
        field[place] = value
    limit = float(np.max(np.abs(values), initial=1e-9))
    size = (1.5 + 0.09 * width, 0.8 + 0.2 * len(field))
    with new_figure(size=size) as (figure, axes):
        image = axes.imshow(field, cmap=SIGNED, vmin=-limit, vmax=limit, aspect="auto", alpha=0.8)
        letters = {"family": "monospace", "size": 9, "ha": "center", "va": "center"}
        for (y, x), character, value in zip(places, text, values, strict=True):
            if character.isprintable() and character != " ":
                dark = abs(value) > 0.6 * limit
                axes.text(x, y, character, color="white" if dark else "black", **letters)
        axes.set_axis_off()
        axes.set(title=title, xlabel=f"{label}, by colour")  # unseen, but read out
        figure.colorbar(image, ax=axes, label=label, shrink=0.9, pad=0.01)
    return figure

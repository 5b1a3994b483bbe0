"""Says in words what a figure shows, for readers who cannot see it."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

_MOST_LABELS = 12
"""Labels drawn inside a plot that are read out, such as the nodes of a tree."""


class DescribedFigure(Figure):
    """A figure whose picture in a notebook carries an alternative text."""

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """No picture of its own, but what IPython shall write beside the one that it draws."""
        return {}, {"image/png": {"alt": describe(self)}}


def describe(figure: Figure) -> str:
    """Titles, axes and legends of a figure, in a sentence for each of its plots.

    Args:
        figure: the figure.

    Returns:
        The description. Colour bars and plots that are switched off and empty are left out.
    """
    plots, legends = map(_describe_plot, figure.axes), map(_named, figure.legends)
    return " ".join(f"{text}." for text in (figure.get_suptitle(), *plots, *legends) if text)


def _describe_plot(axes: Axes) -> str:
    if axes.get_label() == "<colorbar>":
        return ""
    x, y = axes.get_xlabel(), axes.get_ylabel()
    across = f"{y} against {x}" if x and y else x or y
    drawn = [text.get_text().strip() for text in axes.texts]
    drawn = [] if across else [text for text in drawn if text][:_MOST_LABELS]
    parts = (axes.get_title(), across, _named(axes.get_legend()), ", ".join(drawn))
    return "; ".join(" ".join(part.split()) for part in parts if part)


def _named(legend: Legend | None) -> str:
    return ", ".join(text.get_text() for text in legend.get_texts()) if legend else ""

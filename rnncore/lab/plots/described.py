"""Says in words what a figure shows, for readers who cannot see it."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
    whole = figure.get_suptitle()
    plots = [text for axes in figure.axes if (text := _describe_plot(axes))]
    return " ".join(f"{text}." for text in (whole, *plots) if text)


def _describe_plot(axes: Axes) -> str:
    if axes.get_label() == "<colorbar>":
        return ""
    x, y = axes.get_xlabel(), axes.get_ylabel()
    across = f"{y} against {x}" if x and y else x or y
    legend = axes.get_legend()
    named = [text.get_text() for text in legend.get_texts()] if legend else []
    drawn = [text.get_text().strip() for text in axes.texts]
    drawn = [text for text in drawn if text][:_MOST_LABELS]
    parts = (axes.get_title(), across, ", ".join(named), ", ".join(drawn) if not across else "")
    return "; ".join(" ".join(part.split()) for part in parts if part)

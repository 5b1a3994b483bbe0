"""A figure with sliders that is still a figure where nobody can move them."""

from collections.abc import Callable
from typing import Any

import ipywidgets
from IPython.display import display
from matplotlib.figure import Figure


def live(
    figure_function: Callable[..., Figure], **sliders: tuple[float, float, float, float]
) -> None:
    """Show a figure, with a slider for each parameter.

    The figure is an ordinary picture, drawn at the first values and replaced when a slider moves.
    So a saved notebook and its web page show the picture even where no kernel runs.

        live(draw, bias=(-1.0, 3.0, 0.5, 0.0))

    Args:
        figure_function: makes the figure from the parameters, by name.
        sliders: for each parameter (lowest, highest, step, first value); whole numbers make a
            slider of whole numbers.

    Raises:
        ValueError: if a slider is not four numbers, or starts outside its range.
    """
    widgets = {name: _slider(name, setting) for name, setting in sliders.items()}

    def draw() -> Figure:
        return figure_function(**{name: widget.value for name, widget in widgets.items()})

    controls = ipywidgets.VBox(list(widgets.values()))
    bundle = dict(controls._repr_mimebundle_() or {})
    bundle["text/plain"] = "The slider works where a kernel runs."
    display(bundle, raw=True)
    picture = display(draw(), display_id=True)

    def redraw(_: Any) -> None:
        if picture is not None:
            picture.update(draw())

    for widget in widgets.values():
        widget.observe(redraw, names="value")


def _slider(name: str, setting: tuple[float, float, float, float]) -> Any:
    if len(setting) != 4:
        raise ValueError(f"{name} must be (lowest, highest, step, first value); got {setting}")
    low, high, step, first = setting
    if not low <= first <= high:
        raise ValueError(f"{name} must start between {low} and {high}; got {first}")
    whole = all(isinstance(number, int) for number in setting)
    kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    return kind(
        value=first, min=low, max=high, step=step, description=name, continuous_update=False
    )

"""Alternative texts of figures. Oracle: what a reader of the picture sees written in it."""

import matplotlib as mpl
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from IPython.core.pylabtools import print_figure
from matplotlib.figure import Figure

from rnncore.lab.plots import plot_curves
from rnncore.lab.plots.described import describe
from rnncore.lab.plots.style import new_figure

mpl.use("agg")


@pytest.fixture
def plots():
    with new_figure(1, 3, size=(6, 2)) as (figure, (curves, image, tree)):
        curves.plot([1, 2], label="RNN")
        curves.plot([2, 1], label="LSTM")
        curves.set(title="Gradient", xlabel="step", ylabel="norm of the gradient")
        curves.legend()
        figure.colorbar(image.imshow(np.eye(3)), label="gate")
        image.set_title("Forget\ngate")
        tree.set_axis_off()
        for word in ("not", " ", "good"):
            tree.text(0, 0, word)
        yield figure


def test_titles_axes_legends_and_drawn_words_are_read_out(plots):
    assert describe(plots) == "Gradient; norm of the gradient against step; RNN, LSTM. Forget gate. not, good."


def test_the_title_of_the_whole_comes_first(plots):
    plots.suptitle("Three views")
    assert describe(plots).startswith("Three views. Gradient;")


def test_a_picture_in_a_notebook_carries_its_alternative_text():
    formatter = DisplayFormatter()
    formatter.formatters["image/png"].for_type(Figure, print_figure)
    figure = plot_curves([0, 1], {"RNN": [1.0, 2.0], "GRU": [1.0, 3.0]}, xlabel="step", ylabel="loss")
    data, metadata = formatter.format(figure)
    assert data["image/png"]
    assert metadata["image/png"]["alt"] == describe(figure) == "loss against step; RNN, GRU."

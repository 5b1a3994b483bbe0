"""Plots draw what they are given, and are closed."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.collections import QuadMesh
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from rnncore.functional.cells import (
    init_lstm_params,
    init_lstm_state,
    init_rnn_params,
    init_rnn_state,
    rnn_step,
)
from rnncore.functional.sequence import lstm_forward, trace, unroll
from rnncore.lab import live as live_module
from rnncore.lab.live import live
from rnncore.lab.plots import (
    draw_layouts,
    draw_legend,
    draw_unrolled,
    plot_alignment,
    plot_bars,
    plot_curves,
    plot_gates,
)
from rnncore.lab.plots.described import describe
from rnncore.lab.plots.forecast import plot_forecast
from rnncore.lab.plots.text import plot_text


@pytest.fixture(autouse=True)
def _closed_figures():
    with mpl.rc_context({"backend": "agg"}):
        yield
        assert plt.get_fignums() == []


def _drawn(figure):
    figure.canvas.draw()
    return figure


@pytest.mark.parametrize(("T", "D", "H", "K"), [(1, 1, 1, 1), (4, 2, 3, 2)])
def test_the_unrolled_graph_has_a_cell_a_number(T, D, H, K, rng):
    xs = rng.normal(size=(1, T, D))
    hs, _, _ = unroll(rnn_step, xs, init_rnn_state(1, H), init_rnn_params(D, H, rng))
    figure = _drawn(draw_unrolled(xs[0], torch.tensor(hs[0]), np.ones((T, K))))
    axes = figure.axes[0]
    cells = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    assert len(cells) == T * (D + H + K) + H
    assert len(arrows) == 3 * T
    words = [text.get_text() for text in axes.texts]
    assert words.count("$W_h$") == words.count("$W_x$") == words.count("$W_y$") == T


def test_the_unrolled_graph_may_have_one_output_or_none():
    xs, hs = np.zeros((3, 1)), np.zeros((3, 2))
    for ys, arrows in ((None, 6), (np.ones(2), 7)):
        axes = _drawn(draw_unrolled(xs, hs, ys, h_0=np.ones(2))).axes[0]
        assert sum(isinstance(patch, FancyArrowPatch) for patch in axes.patches) == arrows
    with pytest.raises(ValueError, match=r"got \(2, 3, 1\) and \(3, 2\)"):
        draw_unrolled(np.zeros((2, 3, 1)), hs)
    with pytest.raises(ValueError, match=r"ys must be \(3, K\)"):
        draw_unrolled(xs, hs, np.zeros((2, 2)))


@pytest.mark.parametrize(("largest", "reach"), [(0.3, 1.0), (2.5, 2.5)])
def test_the_colours_of_the_unrolled_graph_reach_to_the_greatest_number(largest, reach):
    figure = _drawn(draw_unrolled(np.zeros((2, 1)), np.zeros((2, 1)), np.array([[0.0], [-largest]])))
    cells = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    low = mpl.colormaps["RdBu_r"](0.5 - largest / reach / 2)
    assert any(np.allclose(cell.get_facecolor(), low) for cell in cells)
    assert figure.axes[1].get_ylim() == (-reach, reach)
    assert figure.axes[1].get_ylabel() == "value"


@pytest.mark.parametrize(
    ("rows", "boxes", "arrows", "dashed", "names"),
    [
        (("y", "h", "x"), 3, 2, 0, ["$h$", "$x$", "$y$"]),
        (("  y", "hhh", "xxx"), 7, 6, 0, ["$h_1$", "$h_2$", "$h_3$", "$x_1$", "$x_2$", "$x_3$", "$y$"]),
        (("yy", "hh", "x<"), 5, 5, 1, ["$h_1$", "$h_2$", "$x$", "$y_1$", "$y_2$"]),
        (("  y", "eed", "xxs"), 7, 6, 0, ["$h_1$", "$h_2$", "$h_3$", "$x_1$", "$x_2$", "$y$", "start"]),
        (("y", "@", "x"), 3, 3, 0, ["$h_t$", "$x_t$", "$y_t$"]),
    ],
)
def test_a_layout_is_drawn_as_it_is_written(rows, boxes, arrows, dashed, names):
    axes = _drawn(draw_layouts({"a layout": rows})).axes[0]
    assert sum(isinstance(patch, FancyBboxPatch) for patch in axes.patches) == boxes
    assert sum(isinstance(patch, FancyArrowPatch) for patch in axes.patches) == arrows
    assert len(axes.lines) == dashed
    assert sorted(text.get_text() for text in axes.texts) == sorted(["a layout", *names])


def test_layouts_stand_side_by_side():
    axes = _drawn(draw_layouts({"one": ("y", "h", "x"), "many": ("yy", "hh", "xx")})).axes[0]
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert len({round(box.get_x(), 6) for box in boxes}) == 3
    with pytest.raises(ValueError, match="the rows of 'odd' must be of one length"):
        draw_layouts({"odd": ("y", "hh", "xx")})


def test_gates_are_drawn_to_scale(rng):
    hs, _, caches = lstm_forward(rng.normal(size=(2, 6, 3)), init_lstm_state(2, 4), init_lstm_params(3, 4, rng))
    run = trace(hs, caches)
    figure = _drawn(plot_gates(run, labels=list("abcdef"), sequence=1))
    panels = [axes for axes in figure.axes if axes.images]
    assert [panel.get_title(loc="left")[-1] for panel in panels] == list("ifogc")
    assert np.allclose(panels[1].images[0].get_array(), run.f[1].T)
    assert panels[1].images[0].get_clim() == (0.0, 1.0)
    assert [label.get_text() for label in panels[-1].get_xticklabels()] == list("abcdef")
    bars = [axes for axes in figure.axes if any(isinstance(c, QuadMesh) for c in axes.collections)]
    assert len(bars) == 3  # the gates share one
    with pytest.raises(ValueError, match="labels must be 6, one a step; got 2"):
        plot_gates(run, labels=["a", "b"])


def test_curves_show_mean_and_spread():
    rows = np.array([[1.0, 4.0], [4.0, 16.0]])
    for logarithmic, middle in ((False, [2.5, 10.0]), (True, [2.0, 8.0])):
        axes = _drawn(
            plot_curves(
                [0, 1],
                {"a": rows, "b": rows[0]},
                xlabel="x",
                ylabel="y",
                lines={"chance": 2.0},
                logarithmic=logarithmic,
            )
        ).axes[0]
        assert np.allclose(axes.lines[0].get_ydata(), middle)
        assert len(axes.collections) == 1
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "chance"]


def test_bars_show_mean_and_seeds():
    axes = _drawn(plot_bars(np.array([[1.0, 2.0], [3.0, 4.0]]), xlabel="x", ylabel="y", highlight=[1])).axes[0]
    assert [bar.get_height() for bar in axes.patches] == [2.0, 3.0]
    assert axes.patches[0].get_facecolor() != axes.patches[1].get_facecolor()
    assert [line.get_ydata().tolist() for line in axes.lines] == [[1.0, 2.0], [3.0, 4.0]]
    assert not _drawn(plot_bars(np.ones((1, 2)), xlabel="x", ylabel="y")).axes[0].lines


def test_levels_can_be_told_apart_and_are_named_beside_the_bars():
    levels = {"chance": 0.25, "at most": 0.05, "at least": 0.2}
    figure = _drawn(plot_bars(np.ones((1, 2)), xlabel="x", ylabel="y", lines=levels))
    (axes,), (legend,) = figure.axes, figure.legends
    assert [line.get_ydata()[0] for line in axes.lines] == list(levels.values())
    assert len({line.get_linestyle() for line in axes.lines}) == 3
    assert describe(figure) == "y against x. chance, at most, at least."
    assert not legend.get_window_extent().overlaps(axes.get_window_extent())


class _Picture:
    def __init__(self):
        self.figures = []

    def update(self, figure):
        self.figures.append(figure)


def test_a_live_figure_is_a_picture_that_follows_its_slider(monkeypatch):
    shown, picture, values = [], _Picture(), []

    def display(thing, **options):
        shown.append(thing)
        return picture if options.get("display_id") else None

    def draw(bias, k):
        values.append((bias, k))
        return plot_bars(np.ones((1, k)), xlabel="x", ylabel="y")

    sliders = []
    make = live_module._slider

    def slider(name, setting):
        sliders.append(make(name, setting))
        return sliders[-1]

    monkeypatch.setattr(live_module, "display", display)
    monkeypatch.setattr(live_module, "_slider", slider)
    live(draw, bias=(-1.0, 3.0, 0.5, 1.0), k=(1, 5, 1, 2))
    assert values == [(1.0, 2)]
    assert isinstance(shown[1], mpl.figure.Figure)
    sliders[0].value = 2.0
    sliders[1].value = 3
    assert values[1:] == [(2.0, 2), (2.0, 3)]
    assert len(picture.figures) == 2


def test_wrong_sliders_are_named():
    with pytest.raises(ValueError, match="bias must be"):
        live(plot_bars, bias=(0.0, 1.0, 0.5))
    with pytest.raises(ValueError, match=r"bias must start between 0\.0 and 1\.0; got 2\.0"):
        live(plot_bars, bias=(0.0, 1.0, 0.5, 2.0))


def test_a_text_is_drawn_character_by_character():
    text, values = "ab cd\nefghi", np.linspace(-1, 2, 11)
    figure = plot_text(text, values, label="a value", title="letters", columns=4)
    axes, bar = figure.axes
    shown = {tuple(map(round, t.get_position())): t.get_text() for t in axes.texts}
    assert shown[0, 0] == "a"
    assert shown[0, 1] == "d"  # "ab c" fills a line
    assert shown[0, 2] == "e"
    assert shown[0, 3] == "i"
    assert len(shown) == 9
    field = axes.images[0].get_array()
    assert field.shape == (4, 4)
    assert field[2, 0] == values[6]
    colours = {t.get_text(): t.get_color() for t in axes.texts}
    assert (colours["a"], colours["i"]) == ("black", "white")  # -1 and 2 of at most 2
    assert describe(figure) == "letters; a value, by colour."
    assert axes.images[0].get_clim() == (-2.0, 2.0)
    assert bar.get_ylabel() == "a value"
    with pytest.raises(ValueError, match=r"values must be \(11,\); got \(10,\)"):
        plot_text(text, values[1:], label="a value")


def test_an_alignment_has_a_row_for_each_word_written():
    weights = np.array([[1.0, 0.0, 0.0], [0.0, 0.25, 0.75]])
    axes, bar = _drawn(plot_alignment(weights, ["a", "dog", "barks"], ["Hund", "bellt"], title="looked")).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "dog", "barks"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Hund", "bellt"]
    assert np.array_equal(axes.images[0].get_array(), weights)
    assert axes.images[0].get_clim() == (0.0, 1.0)
    assert (axes.get_title(), bar.get_ylabel()) == ("looked", "weight")


def test_a_forecast_starts_where_the_known_series_ends():
    times, series = np.arange(2000, 2010), np.arange(10.0)
    limits = np.full(3, 5.0), np.full(3, 9.0)
    names = {"xlabel": "year", "ylabel": "spots", "title": "Three years"}
    figure = _drawn(plot_forecast(times, series, 6, {"naive": np.full(3, 5.0)}, interval=limits, **names))
    known, came, forecast = figure.axes[0].lines
    assert known.get_xdata().tolist() == [2000, 2001, 2002, 2003, 2004, 2005]
    assert came.get_ydata().tolist() == [5, 6, 7, 8, 9]
    assert forecast.get_xdata().tolist() == [2006, 2007, 2008]
    assert "came later" in describe(figure)
    assert figure.axes[0].collections[0].get_paths()[0].get_extents().bounds == (2006, 5, 2, 4)


def test_a_series_that_is_all_known_needs_no_legend():
    figure = _drawn(plot_forecast(np.arange(4), np.arange(4.0), 4, xlabel="step", ylabel="value"))
    assert figure.axes[0].get_legend() is None


def test_curves_that_lie_upon_each_other_have_marks_of_their_own_and_room_above():
    same = np.linspace(0.9, 1.0, 40)
    figure = plot_curves(np.arange(40), {"a": same, "b": same, "c": same}, xlabel="x", ylabel="y")
    (axes,) = figure.axes
    marked = [range(40)[slice(line.get_markevery()[0], None, line.get_markevery()[1])] for line in axes.lines]
    assert len(set().union(*marked)) == sum(map(len, marked)), "no mark stands upon another"
    assert len({line.get_marker() for line in axes.lines}) == 3
    assert axes.get_ylim() == pytest.approx((0.0, 1.05))


def test_many_names_stand_above_the_curves():
    names = ["one", "two", "three", "four", "five"]
    for shown in (names[:4], names):
        figure = plot_curves([1, 2], {name: [1.0, 2.0] for name in shown}, xlabel="x", ylabel="y")
        above = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
        assert above == (shown if len(shown) > 4 else [])
        draw_legend(figure)
        assert (figure.axes[0].get_legend() is None) == (len(figure.legends) == 1) == (len(shown) > 4)

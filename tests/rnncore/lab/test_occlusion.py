"""Which words decided. Oracle: a model whose answer is a known sum."""

import numpy as np
import pytest

from rnncore.lab.occlusion import occlude
from rnncore.lab.plots.words import draw_words

WEIGHTS = np.array([0.0, 0.1, 0.3, -0.2])


def test_the_effect_of_a_word_is_what_it_adds():
    ids = np.array([3, 1, 2, 1])
    effects = occlude(lambda ids: WEIGHTS[ids].sum(axis=1), ids, blank=0)
    assert np.allclose(effects, WEIGHTS[ids])
    assert np.array_equal(ids, [3, 1, 2, 1])


def test_words_are_drawn_in_lines_each_with_its_colour():
    words = ["word"] * 40
    figure = draw_words([words, ["other"]], [np.linspace(-1, 1, 40), [0.5]], label="effect", title="title")
    (axes, _) = figure.axes
    assert len(axes.texts) == 41
    lines = {text.get_position()[1] for text in axes.texts}
    assert len(lines) == 4
    assert max(text.get_position()[0] + len(text.get_text()) for text in axes.texts) <= 78
    red, blue = axes.texts[39].get_bbox_patch().get_facecolor(), axes.texts[0].get_bbox_patch().get_facecolor()
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    figure.canvas.draw()
    with pytest.raises(ValueError, match="values must be 2, one a word; got 1"):
        draw_words([["a", "b"]], [[0.0]], label="effect")
